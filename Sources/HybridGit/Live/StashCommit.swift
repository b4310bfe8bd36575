extension ObjectStore {
    /// Makes of what a snapshot holds a commit in the form that `git stash create` gives it; nil where it holds nothing.
    ///
    /// The commit's tree has the tracked files as they lay there; its parents are HEAD, a commit of the index and, where
    /// there are untracked files, one of them, so that `git stash apply --index ID` brings all of it back. Files that
    /// could not be read are left out, and conflicts count as HEAD has them in the index. The objects wait in memory until
    /// they are saved. `contents` are those of files that the repository may not hold yet. Source: git-stash(1).
    package func createStash(
        of snapshot: WorktreeSnapshot, contents: [ObjectID: [UInt8]], author: Signature,
        committer: Signature
    ) throws(GitError) -> ObjectID? {
        guard snapshot.files.contains(where: { $0.unread == nil || $0.staged != nil }) else { return nil }
        for bytes in contents.values { _ = try write(blob: bytes) }
        let (base, root, subject): (ObjectID, ObjectID, Substring)
        if let head = snapshot.headCommit {
            let commit = try repository.commit(head)
            (base, root) = (head, commit.tree)
            subject = commit.message.split(separator: "\n").first ?? ""
        } else {
            root = try write(tree: [])
            subject = "no commit yet"
            base = try write(
                commitOf: root, parents: [], message: String(subject), author: author, committer: committer)
        }
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
        let place = "\(snapshot.branch ?? "(no branch)"): \(base.short) \(subject)"
        func made(_ tree: ObjectID, _ parents: [ObjectID], _ message: String) throws(GitError) -> ObjectID {
            try write(
                commitOf: tree, parents: parents, message: "\(message) \(place)", author: author,
                committer: committer)
        }
        var parents = [base, try made(editTree(root, index), [base], "index on")]
        if !untracked.isEmpty {
            parents.append(try made(editTree(Repository.emptyTree, untracked), [], "untracked files on"))
        }
        return try made(editTree(root, tracked), parents, "WIP on")
    }
}
