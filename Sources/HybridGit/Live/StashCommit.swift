extension Repository {
    /// Writes what a snapshot holds as a commit in the form that `git stash create` gives it; nil where it holds nothing.
    ///
    /// The commit's tree has the tracked files as they lay there; its parents are HEAD, a commit of the index and, where
    /// there are untracked files, one of them, so that `git stash apply --index ID` brings all of it back. Files that
    /// could not be read are left out, and conflicts count as HEAD has them in the index. Only objects are written.
    /// `contents` are those of files that the repository may not hold yet. Source: git-stash(1).
    public func createStash(
        of snapshot: WorktreeSnapshot, contents: [ObjectID: [UInt8]], author: Signature,
        committer: Signature
    ) throws(GitError) -> ObjectID? {
        guard snapshot.files.contains(where: { $0.unread == nil || $0.staged != nil }) else { return nil }
        for bytes in contents.values { _ = try writeBlob(bytes) }
        let base: ObjectID
        if let head = snapshot.headCommit {
            base = head
        } else {
            base = try createCommit(
                tree: try editTree(Self.emptyTree, [:]), parents: [], message: "no commit yet",
                author: author,
                committer: committer)
        }
        let root = try commit(base).tree
        var index: [RepoPath: TreeEntry?] = [:]
        var tracked: [RepoPath: TreeEntry?] = [:]
        var untracked: [RepoPath: TreeEntry?] = [:]
        for file in snapshot.files {
            let committed = try treeEntry(file.path, in: root)
            if !file.isConflicted, file.staged != committed { index[file.path] = .some(file.staged) }
            if file.staged == nil, committed == nil, !file.isConflicted {
                if let work = file.work { untracked[file.path] = work }
            } else if file.unread == nil, file.work != committed {
                tracked[file.path] = .some(file.work)
            } else if file.unread != nil, !file.isConflicted {
                tracked[file.path] = .some(file.staged)
            }
        }
        let subject = try commit(base).message.split(separator: "\n").first.map(String.init) ?? ""
        let place = "\(snapshot.branch ?? "(no branch)"): \(base.short) \(subject)"
        func write(_ tree: ObjectID, _ parents: [ObjectID], _ message: String) throws(GitError) -> ObjectID {
            try createCommit(
                tree: tree, parents: parents, message: "\(message) \(place)", author: author,
                committer: committer)
        }
        var parents = [base, try write(editTree(root, index), [base], "index on")]
        if !untracked.isEmpty {
            parents.append(try write(editTree(Self.emptyTree, untracked), [], "untracked files on"))
        }
        return try write(editTree(root, tracked), parents, "WIP on")
    }
}
