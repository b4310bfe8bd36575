internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// Commits all that differs from HEAD, untracked files included and ignored ones not, on the branch that is
    /// checked out here; gives the commit, nil when there is nothing to commit.
    ///
    /// What `git add -A` and `git commit` would store, hooks left out. Once the objects are written, `beforeMoving`
    /// hears the new commit, and the branch moves from `tip` by compare-and-swap; then the index follows, so that the
    /// status is clean. Throws what `beforeMoving` throws,
    /// `changed` when HEAD is detached or not at `tip`, `locked` while git works on the index, `unsupported` for
    /// conflicts, an operation under way, a path that a filter driver or `working-tree-encoding` applies to, a
    /// repository inside the working tree, and what git cannot store. Nothing has changed then.
    public func commitAll(
        message: String, author: Signature, committer: Signature, expecting tip: ObjectID,
        beforeMoving: (ObjectID) throws(GitError) -> Void = { _ in }
    ) throws(GitError) -> ObjectID? {
        guard let branch = try currentBranch() else {
            throw moved("HEAD is detached: check out the worktree's branch again")
        }
        let head = try headCommit()
        guard head == tip else {
            throw moved(
                "branch \(branch) is at \(head.map(\.short) ?? "no commit"), not at \(tip.short) as expected")
        }
        if let operation = operationInProgress() {
            throw refusal("a \(operation) is in progress: finish or abort it")
        }
        let lock = gitDirectory + "index.lock"
        if try Disk.find(lock) != nil {
            throw GitError(
                .locked, operation: "commit", subject: gitDirectory,
                reason:
                    "\(lock) exists: a git process works here, or was killed; remove the file when none runs")
        }
        let changes = try changes()
        if changes.isEmpty { return nil }
        let files = try collect(changes)
        let old = try commit(tip).tree
        let tree = try editTree(old, files.mapValues(\.entry))
        guard tree != old else {
            // Only the index differs, such as a staged change that was taken back in the file.
            try follow(files, commit: nil)
            return nil
        }
        let new = try createCommit(
            tree: tree, parents: [tip], message: message, author: author, committer: committer)
        let subject = message.split(separator: "\n", maxSplits: 1).first ?? ""
        try beforeMoving(new)
        try updateReference(branch.ref, to: new, expecting: tip, message: "commit: \(subject)")
        try follow(files, commit: new)
        return new
    }

    /// The tree that ``commitAll(message:author:committer:expecting:)`` would make of what lies here now.
    ///
    /// Writes objects, and nothing else: branch and index stay, and an operation under way does not matter. Throws
    /// `unsupported` as it does.
    public func snapshotTree() throws(GitError) -> ObjectID {
        let base = try headCommit().map { id throws(GitError) in try commit(id).tree } ?? Repository.emptyTree
        let changes = try changes()
        return changes.isEmpty ? base : try editTree(base, try collect(changes).mapValues(\.entry))
    }
}

extension Repository {
    /// The new content of one path.
    private struct NewFile {
        /// What the tree gets; nil removes the path.
        var entry: TreeEntry?
        /// The file's stat from before it was read; nil when the index's own entry is taken.
        var found: stat?
    }

    /// Writes the changed files as objects, converted as git converts them.
    private func collect(_ changes: [Change]) throws(GitError) -> [RepoPath: NewFile] {
        let root = workingDirectory ?? ""
        let folder = try Disk.openFolder(root)
        defer { close(folder) }
        let modes = try setting("core.fileMode", in: handle, default: true)
        let links = try setting("core.symlinks", in: handle, default: true)
        var files: [RepoPath: NewFile] = [:]
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
                files[path] = NewFile(entry: change.index, found: nil)
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
                files[path] = NewFile(entry: nil, found: nil)
                continue
            }
            files[path] = try store(path, change.index, folder, modes: modes, links: links)
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
    ) throws(GitError) -> NewFile {
        var found = stat()
        if fstatat(folder, path.terminated, &found, AT_SYMLINK_NOFOLLOW) != 0 {
            if errno == ENOENT || errno == ENOTDIR { return NewFile(entry: nil, found: nil) }
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
        return NewFile(entry: TreeEntry(mode: mode, id: ObjectID(oid)), found: found)
    }

    /// The commit that a submodule has checked out, as `git add` takes it.
    private func submodule(_ path: RepoPath) throws(GitError) -> NewFile {
        let inside = try Repository(at: (workingDirectory ?? "") + path.text)
        guard let head = try inside.headCommit() else {
            throw refusal("\(path) is a submodule without a commit")
        }
        return NewFile(entry: TreeEntry(mode: GIT_FILEMODE_COMMIT.rawValue, id: head), found: nil)
    }

    /// Makes the index hold what was committed.
    private func follow(_ files: [RepoPath: NewFile], commit: ObjectID?) throws(GitError) {
        do throws(GitError) {
            let index = try readIndex()
            defer { git_index_free(index) }
            for (path, file) in files
            where file.entry == nil && git_index_get_bypath(index, path.terminated, 0) != nil {
                try check(git_index_remove(index, path.terminated, 0), "index", path.description)
            }
            for (path, file) in files {
                // What was staged already needs nothing.
                guard let new = file.entry, file.found != nil || new.mode == GIT_FILEMODE_COMMIT.rawValue
                else { continue }
                var entry = git_index_entry()
                if let found = file.found { entry.fill(from: found) }
                entry.mode = new.mode
                entry.id = new.id.oid
                let name = path.terminated
                let status = name.withUnsafeBufferPointer {
                    entry.path = $0.baseAddress
                    return git_index_add(index, &entry)
                }
                try check(status, "index", path.description)
            }
            try write(index)
        } catch {
            guard let commit else { throw error }
            var error = error
            error.reason =
                "committed as \(commit.short), but the index could not follow: run git reset. \(error.reason)"
            throw error
        }
    }

    /// Waits a moment for a git process that looks at the status just now.
    private func write(_ index: OpaquePointer) throws(GitError) {
        try Patience.wait(.file) { () throws(GitError) in
            _ = try check(git_index_write(index), "write the index of", gitDirectory)
        }
    }

    private func moved(_ reason: String) -> GitError {
        GitError(.changed, operation: "commit", subject: workingDirectory ?? gitDirectory, reason: reason)
    }

    private func refusal(_ reason: String) -> GitError {
        GitError(.unsupported, operation: "commit", subject: workingDirectory ?? gitDirectory, reason: reason)
    }
}
