internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// The tree that `git add -A` would make of what lies here now.
    ///
    /// Writes objects, and nothing else: branch and index stay, and an operation under way does not matter. Throws
    /// `unsupported` for conflicts, a path that a filter driver or `working-tree-encoding` applies to, a repository inside
    /// the working tree, and what git cannot store.
    public func snapshotTree() throws(GitError) -> ObjectID {
        let base = try headCommit().map { id throws(GitError) in try commit(id).tree } ?? Repository.emptyTree
        let changes = try changes()
        return changes.isEmpty ? base : try editTree(base, try collect(changes))
    }
}

extension Repository {
    /// Writes the changed files as objects, converted as git converts them; nil for a path that is gone.
    private func collect(_ changes: [Change]) throws(GitError) -> [RepoPath: TreeEntry?] {
        let root = workingDirectory ?? ""
        let folder = try Disk.openFolder(root)
        defer { close(folder) }
        let modes = try setting("core.fileMode", in: handle, default: true)
        let links = try setting("core.symlinks", in: handle, default: true)
        var files: [RepoPath: TreeEntry?] = [:]
        // Refused before anything is written.
        for change in changes {
            if change.entry.kind == .conflicted {
                throw refusal("\(change.entry.path) has conflicts that are not resolved")
            }
            if change.entry.path.bytes.last == 47, try !isLinkedWorktree(change.entry.path) {
                throw refusal(
                    "\(change.entry.path) is a repository of its own: move it out of the worktree or ignore it"
                )
            }
        }
        // A worktree of this repository that stands in here keeps its own work.
        for change in changes where change.entry.path.bytes.last != 47 {
            let path = change.entry.path
            guard change.inWorkingTree else {
                files[path] = .some(change.index)
                continue
            }
            if change.entry.kind == .deleted {
                // A pipe or socket in the place of a file hides it from the status.
                var found = stat()
                if fstatat(folder, path.terminated, &found, AT_SYMLINK_NOFOLLOW) == 0,
                    ![S_IFREG, S_IFLNK, S_IFDIR].contains(found.st_mode & S_IFMT)
                {
                    throw refusal("\(path) is neither a file nor a symlink")
                }
                files[path] = .some(nil)
                continue
            }
            files[path] = .some(try store(path, change.index, folder, modes: modes, links: links))
        }
        return files
    }

    private func isLinkedWorktree(_ path: RepoPath) throws(GitError) -> Bool {
        let place = (workingDirectory ?? "") + String(path.text.dropLast())
        // A repository of its own has a folder there.
        guard let found = try Disk.find(place + "/.git"), found.st_mode & S_IFMT == S_IFREG,
            let link = try Disk.text(place + "/.git"), link.hasPrefix("gitdir: "),
            let target = target(link.dropFirst(8), from: place), let real = Disk.real(target),
            let all = Disk.real(registrations)
        else { return false }
        return real.hasPrefix(all + "/")
    }

    private func store(
        _ path: RepoPath, _ index: TreeEntry?, _ folder: Int32, modes: Bool, links: Bool
    ) throws(GitError) -> TreeEntry? {
        var found = stat()
        if fstatat(folder, path.terminated, &found, AT_SYMLINK_NOFOLLOW) != 0 {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Disk.failure("commit", path.description)
        }
        var mode = GIT_FILEMODE_BLOB.rawValue
        switch found.st_mode & S_IFMT {
        case S_IFLNK: mode = GIT_FILEMODE_LINK.rawValue
        case S_IFREG:
            if !links, index?.mode == GIT_FILEMODE_LINK.rawValue {
                mode = GIT_FILEMODE_LINK.rawValue
            } else if modes
                ? found.st_mode & 0o100 != 0 : index?.mode == GIT_FILEMODE_BLOB_EXECUTABLE.rawValue
            {
                mode = GIT_FILEMODE_BLOB_EXECUTABLE.rawValue
            }
            if mode != GIT_FILEMODE_LINK.rawValue, let attribute = try conversion(of: path) {
                throw refusal("\(path) has the attribute \(attribute): commit it with git itself")
            }
        case S_IFDIR where index?.mode == GIT_FILEMODE_COMMIT.rawValue: return try submodule(path)
        case S_IFDIR:
            throw refusal("\(path) is a folder that git does not look into: move it away or ignore it")
        default: throw refusal("\(path) is neither a file nor a symlink")
        }
        var oid = git_oid()
        try Patience.wait(.file) { () throws(GitError) in
            _ = try check(
                git_blob_create_from_workdir(&oid, handle, path.terminated), "store", path.description)
        }
        return TreeEntry(mode: mode, id: ObjectID(oid))
    }

    /// The commit that a submodule has checked out, as `git add` takes it.
    private func submodule(_ path: RepoPath) throws(GitError) -> TreeEntry? {
        let inside = try Repository(at: (workingDirectory ?? "") + path.text)
        guard let head = try inside.headCommit() else {
            throw refusal("\(path) is a submodule without a commit")
        }
        return TreeEntry(mode: GIT_FILEMODE_COMMIT.rawValue, id: head)
    }

    private func refusal(_ reason: String) -> GitError {
        GitError(.unsupported, operation: "commit", subject: workingDirectory ?? gitDirectory, reason: reason)
    }
}
