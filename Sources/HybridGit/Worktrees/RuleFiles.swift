internal import CLibgit2
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// Looks at the files that say what is ignored and converted in a working tree, before they are read.
    ///
    /// Goes where a status goes: into folders that hold files of the index, and into others that are not ignored. With
    /// `paths` only into those: all else was looked at.
    func lookAtRules(_ index: OpaquePointer, below paths: [RepoPath]? = nil) throws(GitError) {
        try lookAgain()
        for key in ["core.excludesfile", "core.attributesfile"] {
            // A place that libgit2 cannot tell (`~USER/list`) it does not open, either.
            if let own = try? configPath(key) { try Disk.refuseEndless(own) }
        }
        guard let root = workingDirectory else { return }
        var waiting: [[UInt8]] = [[]]
        if let paths {
            waiting = paths.filter { path in
                var facts = stat()
                let whole = RepoPath(bytes: Array(root.utf8) + path.bytes)
                return lstat(whole.terminated, &facts) == 0 && Disk.isFolder(facts)
            }.map { $0.bytes + [RepoPath.separator] }
            waiting = try only(waiting, index)
        }
        while let folder = waiting.popLast() {
            let path = Array(root.utf8) + folder
            var inner: [[UInt8]] = []
            var isNested = false
            try Disk.eachEntry(of: path) { (name, isFolder) throws(GitError) in
                if RulePlace.names.contains(name) {
                    if Self.isDeep(folder), try isIgnored(folder) { return }
                    try Disk.refuseEndless(String(decoding: path + name, as: UTF8.self))
                } else if name == RulePlace.git {
                    isNested = !folder.isEmpty
                } else if isFolder {
                    inner.append(folder + name + [RepoPath.separator])
                }
            }
            // What is in a repository of its own is not looked at.
            if isNested { continue }
            waiting += try only(inner, index)
        }
    }

    /// Those of some folders that a status goes into.
    private func only(_ folders: [[UInt8]], _ index: OpaquePointer) throws(GitError) -> [[UInt8]] {
        var found: [[UInt8]] = []
        for folder in folders where try isLookedInto(folder, index) { found.append(folder) }
        return found
    }

    /// The rule files above a folder were looked at.
    private func isLookedInto(_ folder: [UInt8], _ index: OpaquePointer) throws(GitError) -> Bool {
        let text = folder.map { CChar(bitPattern: $0) } + [0]
        var position = 0
        if git_index_find_prefix(&position, index, text) == 0 { return true }
        if Self.isDeep(folder) { return true }
        return try !isIgnored(folder)
    }

    private func isIgnored(_ folder: [UInt8]) throws(GitError) -> Bool {
        var ignored: Int32 = 0
        let text = folder.map { CChar(bitPattern: $0) } + [0]
        return git_ignore_path_is_ignored(&ignored, try handle, text) == 0 && ignored == 1
    }

    /// Whether so many folders lie above that to ask libgit2 for the rules of all of them takes long: it looks for a file in
    /// each, by its whole path, at every call.
    private static func isDeep(_ folder: [UInt8]) -> Bool {
        folder.count > 64 && folder.count(where: { $0 == RepoPath.separator }) > 32
    }
}

/// The names of files that say what is ignored and converted, and of a repository's own.
enum RulePlace {
    static let names: Set<[UInt8]> = [Array(".gitignore".utf8), Array(".gitattributes".utf8)]
    static let git = Array(".git".utf8)

    /// Whether C text is such a name.
    static func isRule(_ name: UnsafePointer<CChar>) -> Bool {
        strcmp(name, ".gitignore") == 0 || strcmp(name, ".gitattributes") == 0
    }
}

extension Disk {
    /// Visits the names in a folder, and whether each is a folder itself; nothing where it cannot be listed.
    static func eachEntry(
        of path: [UInt8], _ body: (_ name: [UInt8], _ isFolder: Bool) throws(GitError) -> Void
    ) throws(GitError) {
        // What cannot be listed is told by the status, which comes to it as well.
        guard let stream = opendir(path.map { CChar(bitPattern: $0) } + [0]) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: UInt8.self, capacity: 1) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
                }
            }
            if name == [46] || name == [46, 46] { continue }
            var isFolder = entry.pointee.d_type == UInt8(DT_DIR)
            if entry.pointee.d_type == UInt8(DT_UNKNOWN) {
                var found = stat()
                let whole = (path + name).map { CChar(bitPattern: $0) } + [0]
                isFolder = lstat(whole, &found) == 0 && Disk.isFolder(found)
            }
            try body(name, isFolder)
        }
    }
}
