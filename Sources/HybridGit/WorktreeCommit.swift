internal import CLibgit2

extension Repository {
    /// Commits everything in this worktree that git would add: changed and untracked files, not ignored ones.
    ///
    /// The branch moves by compare-and-swap from `tip`, after the objects are synced; hooks are not run. Gives nil
    /// when there is nothing to commit. Throws `changed` when HEAD is elsewhere, `unsupported` for what must go
    /// through the user's own git (filters, nested repositories, unmerged entries).
    public func commitAll(
        message: String, author: Signature, committer: Signature, expecting tip: ObjectID
    ) throws(GitError) -> ObjectID? {
        guard let branch = try currentBranch() else {
            throw GitError(
                .changed, operation: "commit in", subject: workingDirectory ?? "", reason: "HEAD is detached")
        }
        guard try id(of: branch.ref) == tip else {
            throw GitError(
                .changed, operation: "commit in", subject: workingDirectory ?? "",
                reason: "\(branch) moved meanwhile")
        }
        let index = try stagedIndex()
        defer { git_index_free(index) }
        let tree = try writeTree(index)
        guard try tree != self.commit(tip).tree else {
            // Entries may still be staged in another form than the files have: the index agrees with HEAD now.
            try check(git_index_write(index), "write index", workingDirectory ?? "")
            return nil
        }
        let commit = try createCommit(
            tree: tree, parents: [tip], message: message, author: author, committer: committer)
        let title = message.split(separator: "\n").first.map(String.init) ?? ""
        try updateReference(branch.ref, to: commit, expecting: tip, message: "commit: \(title)")
        try check(git_index_write(index), "write index", workingDirectory ?? "")
        return commit
    }

    /// The tree that ``commitAll(message:author:committer:expecting:)`` would commit; branch and index stay.
    public func snapshotTree() throws(GitError) -> ObjectID {
        let index = try stagedIndex()
        defer {
            // Read again from disk: the next reader of this handle must not see what was only asked.
            git_index_read(index, 1)
            git_index_free(index)
        }
        return try writeTree(index)
    }

    /// This worktree's index with all changes added, in memory only.
    private func stagedIndex() throws(GitError) -> OpaquePointer? {
        let place = workingDirectory ?? gitDirectory
        let changes = try status()
        for change in changes { try refuse(change) }
        var index: OpaquePointer?
        try check(git_repository_index(&index, handle), "read index", place)
        do throws(GitError) {
            guard git_index_has_conflicts(index) == 0 else {
                throw GitError(
                    .unsupported, operation: "commit in", subject: place,
                    reason: "the index holds unmerged paths; finish or abort the merge there")
            }
            for change in changes { try stage(change, index, place) }
        } catch {
            git_index_free(index)
            throw error
        }
        return index
    }

    private func stage(_ change: StatusEntry, _ index: OpaquePointer?, _ place: String) throws(GitError) {
        let path = change.path.bytes.map { CChar(bitPattern: $0) } + [0]
        if change.kind == .deleted {
            try check(git_index_remove_bypath(index, path), "add", change.path.description)
        } else {
            let status = git_index_add_bypath(index, path)
            // Gone between the look and the add: then it is a deletion.
            if status == GIT_ENOTFOUND.rawValue {
                try check(git_index_remove_bypath(index, path), "add", change.path.description)
            } else {
                try check(status, "add", change.path.description)
            }
        }
    }

    /// libgit2 runs no filters and would add a nested repository as a submodule: refused, never guessed.
    private func refuse(_ change: StatusEntry) throws(GitError) {
        let path = change.path
        if path.bytes.last == 47 {
            throw GitError(
                .unsupported, operation: "commit", subject: path.description,
                reason: "it is a git repository of its own; move it away or ignore it")
        }
        guard change.kind != .conflicted else {
            throw GitError(
                .unsupported, operation: "commit", subject: path.description,
                reason: "it is unmerged; finish or abort the merge there")
        }
        guard change.kind != .deleted, let filter = try filter(of: path) else { return }
        throw GitError(
            .unsupported, operation: "commit", subject: path.description,
            reason: "it goes through the filter \"\(filter)\"; commit it with your own git")
    }

    /// The name of the filter that a path's attributes set; nil when none does.
    func filter(of path: RepoPath) throws(GitError) -> String? {
        var value: UnsafePointer<CChar>?
        let name = path.bytes.map { CChar(bitPattern: $0) } + [0]
        try check(git_attr_get(&value, handle, 0, name, "filter"), "read attributes of", path.description)
        guard git_attr_value(value) == GIT_ATTR_VALUE_STRING, let value else { return nil }
        return String(cString: value)
    }

    private func writeTree(_ index: OpaquePointer?) throws(GitError) -> ObjectID {
        var id = git_oid()
        try check(git_index_write_tree_to(&id, index, handle), "write tree of", workingDirectory ?? "")
        return ObjectID(id)
    }
}
