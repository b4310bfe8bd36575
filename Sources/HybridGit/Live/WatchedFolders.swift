internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// The folders of this worktree, at and below one of them, whose files can matter to git, outermost first.
    ///
    /// Ignored folders are left out unless they hold tracked files; repositories inside are named, not entered. Links are
    /// not followed. `path` is empty for all. Grows with the number of files in these folders.
    package func foldersToWatch(below path: RepoPath = .root) throws(GitError) -> [RepoPath] {
        guard let root = workingDirectory else { return [] }
        let (tracked, submodules) = try trackedFolders()
        let handle = try handle
        func counts(_ folder: RepoPath) -> Bool {
            if folder.isRoot || tracked.contains(folder) { return true }
            var ignored: Int32 = 0
            let name = folder.asRepository.terminated
            return git_ignore_path_is_ignored(&ignored, handle, name) != 0 || ignored == 0
        }
        guard counts(path) else { return [] }
        return Disk.folders(at: Array(root.utf8), below: path) { folder, holdsRepository in
            if submodules.contains(folder) || holdsRepository && !folder.isRoot { return .closed }
            return counts(folder) ? .open : .hidden
        }
    }

    /// The folders at and below a git directory's folder, all of them.
    package static func gitFolders(_ directory: String, below path: RepoPath) -> [RepoPath] {
        Disk.folders(at: Array(directory.utf8), below: path) { _, _ in .open }
    }

    private func trackedFolders() throws(GitError) -> (folders: Set<RepoPath>, submodules: Set<RepoPath>) {
        let index = try readIndex()
        defer { git_index_free(index) }
        var folders: Set<RepoPath> = []
        var submodules: Set<RepoPath> = []
        var last: [UInt8] = []
        for position in 0..<git_index_entrycount(index) {
            guard let entry = git_index_get_byindex(index, position)?.pointee, let text = entry.path else {
                continue
            }
            let path = UnsafeRawBufferPointer(start: text, count: strlen(text))
            if entry.held.kind == .gitlink { submodules.insert(RepoPath(bytes: path)) }
            guard let slash = path.lastIndex(of: RepoPath.separator), !path[..<slash].elementsEqual(last)
            else { continue }
            last = Array(path[..<slash])
            var folder = RepoPath(bytes: last)
            while !folder.isRoot, folders.insert(folder).inserted { folder = folder.parent }
        }
        return (folders, submodules)
    }
}

extension Disk {
    /// What a walk does with a folder.
    enum Visit {
        /// It counts, and those in it are asked about.
        case open
        /// It counts by itself.
        case closed
        /// It does not count.
        case hidden
    }

    /// The folders at and below a path, outermost first; `.git` is never one, and what cannot be read has none.
    static func folders(
        at root: [UInt8], below path: RepoPath, visit: (RepoPath, _ holdsRepository: Bool) -> Visit
    ) -> [RepoPath] {
        var found: [RepoPath] = []
        var open = [path]
        while let folder = open.popLast() {
            var place = root
            while place.last == RepoPath.separator { place.removeLast() }
            if !folder.isRoot { place += [RepoPath.separator] + folder.bytes }
            let file = openFolder(RepoPath(bytes: place).terminated)
            guard file >= 0 else { continue }
            guard let stream = fdopendir(file) else {
                close(file)
                continue
            }
            defer { closedir(stream) }
            let (inner, holdsRepository) = folderNames(stream)
            switch visit(folder, holdsRepository) {
            case .open:
                found.append(folder)
                open += inner.map { folder.appending($0) }
            case .closed: found.append(folder)
            case .hidden: break
            }
        }
        return found
    }

    private static func openFolder(_ path: [CChar]) -> Int32 {
        open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    }

    private static func folderNames(_ stream: DirectoryStream) -> (names: [[UInt8]], hasGit: Bool) {
        var names: [[UInt8]] = []
        var hasGit = false
        while let entry = readdir(stream) {
            let type = Int(entry.pointee.d_type)
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { start in
                    type == Int(DT_DIR) || type == Int(DT_UNKNOWN) || start[0] == 46
                        ? Array(UnsafeRawBufferPointer(start: start, count: strlen(start))) : []
                }
            }
            if name.elementsEqual(".git".utf8) {
                hasGit = true
                continue
            }
            if name.isEmpty || name == [46] || name == [46, 46] { continue }
            if type == Int(DT_DIR) {
                names.append(name)
            } else if type == Int(DT_UNKNOWN) {
                var found = stat()
                let text = RepoPath(bytes: name).terminated
                if fstatat(dirfd(stream), text, &found, AT_SYMLINK_NOFOLLOW) == 0, isFolder(found) {
                    names.append(name)
                }
            }
        }
        return (names, hasGit)
    }
}

#if canImport(Glibc)
    private typealias DirectoryStream = OpaquePointer
#else
    private typealias DirectoryStream = UnsafeMutablePointer<DIR>
#endif
