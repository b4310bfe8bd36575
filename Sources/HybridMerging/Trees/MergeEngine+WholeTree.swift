package import HybridGit

extension MergeEngine {
    /// The tree of an answer with everything in it that git's tree leaves out.
    ///
    /// What is missing goes to its path, or beside it with `~lost` behind its name where something else stands there.
    /// The same tree where nothing is missing. The new objects wait in ``store``.
    package func wholeTree(of answer: MergeAnswer) throws(GitError) -> ObjectID {
        guard !answer.lost.isEmpty else { return answer.tree }
        var edits: [RepoPath: TreeEntry?] = [:]
        // git's entries that name nothing.
        for item in answer.conflicted where item.entry.kind == .nothing { edits[item.path] = .some(nil) }
        var files: [(path: RepoPath, entry: TreeEntry)] = []
        for item in answer.lost { try collect(item, &files) }
        for file in files {
            var path = file.path
            var suffix = 0
            while try isTaken(path, answer.tree, edits) {
                path = RepoPath(bytes: file.path.bytes + (suffix == 0 ? "~lost" : "~lost_\(suffix)").utf8)
                suffix += 1
            }
            edits[path] = file.entry
        }
        return try store.editTree(answer.tree, edits)
    }

    private func collect(
        _ lost: LostContent, _ files: inout [(path: RepoPath, entry: TreeEntry)]
    ) throws(GitError) {
        guard lost.entry.isTree else {
            files.append((lost.path, lost.entry))
            return
        }
        for (name, entry) in try store.tree(lost.entry.id).entries {
            try collect(LostContent(path: lost.path.appending(name), entry: entry), &files)
        }
    }

    /// Whether something stands at a path, or a file where one of its folders would have to be.
    private func isTaken(
        _ path: RepoPath, _ tree: ObjectID, _ edits: [RepoPath: TreeEntry?]
    ) throws(GitError) -> Bool {
        if let edit = edits[path] { return edit != nil }
        for folder in path.parents {
            if let edit = edits[folder], edit != nil { return true }
        }
        var entry = TreeEntry.tree(tree)
        for part in path.components {
            guard entry.isTree else { return true }
            guard let next = try store.tree(entry.id).entry(named: part) else { return false }
            entry = next
        }
        return true
    }
}
