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
        for file in files { edits[try freePlace(file.path, answer.tree, edits)] = file.entry }
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

    /// The path itself, or one in which the first name that something is in the way of has `~lost` behind it.
    private func freePlace(
        _ path: RepoPath, _ tree: ObjectID, _ edits: [RepoPath: TreeEntry?]
    ) throws(GitError) -> RepoPath {
        var place = RepoPath.root
        let names = path.components
        for (number, name) in names.enumerated() {
            let isLast = number == names.count - 1
            var candidate = place.appending(name)
            var suffix = 0
            while try isTaken(candidate, isLast: isLast, tree, edits) {
                candidate = place.appending(name + (suffix == 0 ? "~lost" : "~lost_\(suffix)").utf8)
                suffix += 1
            }
            place = candidate
        }
        return place
    }

    /// Whether something stands at a path: anything for a file that is to go there, all but a folder for one above it.
    private func isTaken(
        _ path: RepoPath, isLast: Bool, _ tree: ObjectID, _ edits: [RepoPath: TreeEntry?]
    ) throws(GitError) -> Bool {
        if let edit = edits[path] { return edit != nil }
        if isLast, edits.contains(where: { $0.value != nil && $0.key.parents.contains(path) }) { return true }
        guard let there = try store.treeEntry(path, in: tree) else { return false }
        return isLast || !there.isTree
    }
}
