internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// Writes a commit's tree into this worktree, which has to be new and empty, and its index, by means of libgit2.
    ///
    /// For what ``FreshTree`` leaves to it: it asks for the attributes of each file anew. Content is what `git checkout`
    /// gives; what only git can convert is written by it in the end. Nothing that exists is written to or through: a path that is already there ends with `exists`. Symlinks become
    /// symlinks, submodules empty folders.
    func fillFreshWorktree(with commit: ObjectID, registration: String?) throws(GitError) {
        let (own, drivers) = try gitsOwn(self.commit(commit).tree, registration)
        guard let root = workingDirectory else {
            throw GitError(
                .bare, operation: "check out", subject: gitDirectory, reason: "it has no working tree")
        }
        var oid = commit.oid
        var source: OpaquePointer?
        try check(git_commit_lookup(&source, handle, &oid), "read commit", commit.description)
        defer { git_commit_free(source) }
        var tree: OpaquePointer?
        try check(git_commit_tree(&tree, source), "read the tree of", commit.description)
        defer { git_tree_free(tree) }
        var index: OpaquePointer?
        try check(git_repository_index(&index, handle), "open the index of", root)
        defer { git_index_free(index) }
        // The index comes first: reading a tree into it checks every path, and the filters then see all
        // `.gitattributes` of the tree, whatever the order in which files are written.
        try check(git_index_read_tree(index, tree), "check out", root)
        let folder = try Disk.openFolder(root)
        defer { close(folder) }
        var writer = WorktreeWriter(
            repository: self, root: root, folder: folder,
            links: try setting("core.symlinks", in: handle, default: true), gitsOwn: Set(own))
        for position in 0..<git_index_entrycount(index) {
            // In place: an entry that is added again would make the index forget which trees it holds, and every later
            // comparison with HEAD would read them all.
            let entry = UnsafeMutablePointer(mutating: git_index_get_byindex(index, position)!)
            entry.pointee.mode = EntryKind(mode: entry.pointee.mode).mode
            if let written = try writer.write(entry.pointee) { entry.pointee.fill(from: written) }
        }
        var made = git_oid()
        try Patience.wait(.file) { () throws(GitError) in
            _ = try check(git_index_write_tree(&made, index), "index", root)
        }
        try Patience.wait(.file) { () throws(GitError) in
            _ = try check(git_index_write(index), "write the index of", root)
        }
        if let filters = Self.fileFilters, !own.isEmpty {
            let (place, draft) = (gitDirectory + "index", Self.indexDraft(gitDirectory))
            try Disk.write(Disk.bytes(place) ?? [], to: draft)
            try filters.checkOut(own, in: root, index: draft, drivers)
            guard rename(draft, place) == 0 else { throw Disk.failure("write the index of", root) }
        }
    }

    /// The files of a tree that git itself has to write, and the drivers that it may run for them.
    private func gitsOwn(
        _ tree: ObjectID, _ registration: String?
    ) throws(GitError) -> ([RepoPath], FilterDrivers) {
        guard Self.fileFilters != nil else { return ([], FilterDrivers()) }
        let files = try filteredFiles(in: tree)
        if files.isEmpty { return ([], FilterDrivers()) }
        let drivers = try filterDrivers(registration: registration)
        var own: [RepoPath] = []
        for file in files where try drivers.attribute(file.use, of: file.path) != nil {
            own.append(file.path)
        }
        return (own, drivers)
    }

    /// Gives `body` what a checkout writes for a blob: line endings and `$Id$` as the attributes say.
    ///
    /// A link that becomes a plain file (core.symlinks is off) holds its target as it is.
    func checkedOut<T>(
        _ blob: OpaquePointer, at path: UnsafePointer<CChar>, isLink: Bool,
        _ body: (UnsafeRawBufferPointer) throws(GitError) -> T
    ) throws(GitError) -> T {
        var filters: OpaquePointer?
        if !isLink {
            try prepareIndex()
            try check(
                git_filter_list_load(&filters, handle, blob, path, GIT_FILTER_TO_WORKTREE, 0),
                "filter", String(cString: path))
        }
        guard let filters else {
            return try body(
                UnsafeRawBufferPointer(
                    start: git_blob_rawcontent(blob), count: Int(git_blob_rawsize(blob))))
        }
        defer { git_filter_list_free(filters) }
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        try check(git_filter_list_apply_to_blob(&buffer, filters, blob), "filter", String(cString: path))
        return try body(UnsafeRawBufferPointer(start: buffer.ptr, count: buffer.size))
    }

    /// A boolean of the merged configuration, as libgit2 itself reads it for this repository.
    func setting(_ key: String, in handle: OpaquePointer, default fallback: Bool) throws(GitError) -> Bool {
        try Disk.refuseEndless(commonDirectory + "config")
        var config: OpaquePointer?
        try check(git_repository_config_snapshot(&config, handle), "read configuration", key)
        defer { git_config_free(config) }
        var value: Int32 = 0
        let status = git_config_get_bool(&value, config, key)
        if status == GIT_ENOTFOUND.rawValue { return fallback }
        try check(status, "read configuration", key)
        return value != 0
    }
}

/// Writes index entries below one folder that was empty at the start.
private struct WorktreeWriter {
    let repository: Repository
    let root: String
    let folder: Int32
    let links: Bool
    /// What git writes itself.
    let gitsOwn: Set<RepoPath>
    /// Folders made here.
    ///
    /// One that exists but is not among them (a symlink, another spelling of a name on a disk that folds
    /// case) is never entered.
    private var made: Set<RepoPath> = []
    private var latest = RepoPath.root

    init(repository: Repository, root: String, folder: Int32, links: Bool, gitsOwn: Set<RepoPath>) {
        self.repository = repository
        self.root = root
        self.folder = folder
        self.links = links
        self.gitsOwn = gitsOwn
    }

    /// Writes one entry; gives its stat, nil for a submodule's folder.
    mutating func write(_ entry: git_index_entry) throws(GitError) -> stat? {
        let path = entry.path!
        let name = RepoPath(
            bytes: UnsafeBufferPointer(start: path, count: strlen(path)).map(UInt8.init(bitPattern:)))
        try makeFolder(name.parent)
        if gitsOwn.contains(name) { return nil }
        let kind = EntryKind(mode: entry.mode)
        if kind == .gitlink {
            try makeFolder(name)
            return nil
        }
        var oid = entry.id
        var blob: OpaquePointer?
        try check(git_blob_lookup(&blob, repository.handle, &oid), "read the blob of", name.description)
        defer { git_blob_free(blob) }
        if kind == .symlink && links {
            try writeLink(blob!, at: path, name)
        } else {
            try writeFile(blob!, at: path, name, kind)
        }
        var found = stat()
        guard fstatat(folder, path, &found, AT_SYMLINK_NOFOLLOW) == 0 else { throw failure(name) }
        return found
    }

    private mutating func makeFolder(_ path: RepoPath) throws(GitError) {
        if path.isRoot || path == latest || made.contains(path) { return }
        try makeFolder(path.parent)
        guard mkdirat(folder, path.terminated, 0o777) == 0 else { throw failure(path) }
        made.insert(path)
        latest = path
    }

    private func writeLink(_ blob: OpaquePointer, at path: UnsafePointer<CChar>, _ name: RepoPath)
        throws(GitError)
    {
        let size = Int(git_blob_rawsize(blob))
        let raw = UnsafeRawBufferPointer(start: git_blob_rawcontent(blob), count: size)
        guard symlinkat(raw.map { CChar(bitPattern: $0) } + [0], folder, path) == 0 else {
            throw failure(name)
        }
    }

    private func writeFile(
        _ blob: OpaquePointer, at path: UnsafePointer<CChar>, _ name: RepoPath, _ kind: EntryKind
    ) throws(GitError) {
        try repository.checkedOut(blob, at: path, isLink: kind == .symlink) { (bytes) throws(GitError) in
            try write(bytes, at: path, name, executable: kind == .executable)
        }
    }

    private func write(
        _ bytes: UnsafeRawBufferPointer, at path: UnsafePointer<CChar>, _ name: RepoPath, executable: Bool
    ) throws(GitError) {
        let permissions: mode_t = executable ? 0o777 : 0o666
        let file = openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, permissions)
        guard file >= 0 else { throw failure(name) }
        let written = Disk.writeAll(file, bytes)
        let reason = written ? 0 : errno
        // close reports what a network file system could not store.
        if close(file) != 0 && written { throw failure(name) }
        if !written {
            errno = reason
            throw failure(name)
        }
    }

    private func failure(_ name: RepoPath) -> GitError { Disk.checkoutFailure(root + name.description) }
}

extension git_index_entry {
    /// Takes over what git keeps of a file's stat, so that an unchanged file is not read again.
    mutating func fill(from found: stat) {
        #if canImport(Darwin)
            let (changed, modified) = (found.st_ctimespec, found.st_mtimespec)
        #else
            let (changed, modified) = (found.st_ctim, found.st_mtim)
        #endif
        ctime = git_index_time(
            seconds: Int32(truncatingIfNeeded: changed.tv_sec),
            nanoseconds: UInt32(truncatingIfNeeded: changed.tv_nsec))
        mtime = git_index_time(
            seconds: Int32(truncatingIfNeeded: modified.tv_sec),
            nanoseconds: UInt32(truncatingIfNeeded: modified.tv_nsec))
        dev = UInt32(truncatingIfNeeded: found.st_dev)
        ino = UInt32(truncatingIfNeeded: found.st_ino)
        uid = found.st_uid
        gid = found.st_gid
        file_size = UInt32(truncatingIfNeeded: found.st_size)
    }
}
