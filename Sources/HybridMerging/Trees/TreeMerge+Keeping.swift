import HybridGit

/// What merged contents came to, so that a version that a merge took in is not missed.
///
/// Only kept for merges in which a file may end elsewhere than where it stood.
struct MergedContents {
    private var results: [ObjectID: [ObjectID]] = [:]

    /// Notes that versions were merged to a result.
    mutating func note(_ versions: [TreeEntry?], to result: ObjectID?) {
        guard let result else { return }
        for case let version? in versions where version.id != result {
            results[version.id, default: []].append(result)
        }
    }

    /// Whether a version is there, or went into a merge whose result is.
    func holds(_ id: ObjectID, where isThere: (ObjectID) throws(GitError) -> Bool) throws(GitError) -> Bool {
        var seen: Set<ObjectID> = [id]
        var open = [id]
        while let next = open.popLast() {
            if try isThere(next) { return true }
            for result in results[next] ?? [] where seen.insert(result).inserted { open.append(result) }
        }
        return false
    }
}

extension TreeMerge {
    /// Lists every file of a side that the merged tree does not hold although the other side left it alone, or that the
    /// side itself made, and that no stage holds and no merge of contents took in.
    ///
    /// git, any version, drops such files where folders and files are renamed onto each other. Path by path nothing can
    /// be lost, so this is asked only where something was renamed or stood in something's way. Grows with what both sides
    /// changed; with the whole tree only where a file is missing, which a copy elsewhere may be.
    func findLost(_ trees: ThreeWay<ObjectID>, in merged: ObjectID) throws(GitError) {
        guard mayLose, depth == 0, keepsContents else { return }
        var staged: Set<ObjectID> = []
        // A version at a path without a file would be in nobody's sight.
        for index in conflicted where try context.store.treeEntry(entries[index].path, in: merged) != nil {
            for stage in MergeStage.allCases where entries[index].files.contains(stage) {
                if let entry = entries[index].stages[stage], entry.kind != .nothing {
                    staged.insert(entry.id)
                }
            }
        }
        let known = staged
        var whole: Set<ObjectID>?
        for side in Side.allCases {
            let changes = try ChangeSet.betweenTrees(trees[side.stage], [merged], in: context.store)[0]
                .changes
            let moved = Set(changes.compactMap { $0.new?.id })
            for change in changes {
                guard let old = change.old, old.id != change.new?.id,
                    try !isOthersDecision(change.path, old, side, trees)
                else { continue }
                let isHeld = try contents.holds(old.id) { (id) throws(GitError) in
                    if known.contains(id) || moved.contains(id) { return true }
                    if whole == nil { whole = try ids(below: merged) }
                    return whole?.contains(id) == true
                }
                let item = LostContent(path: change.path, entry: old)
                if !isHeld, !lost.contains(item) { lost.append(item) }
            }
        }
    }

    /// Whether a side left a file as it was, and the other one changed it or took it away.
    private func isOthersDecision(
        _ path: RepoPath, _ entry: TreeEntry, _ side: Side, _ trees: ThreeWay<ObjectID>
    ) throws(GitError) -> Bool {
        guard try context.store.treeEntry(path, in: trees.base)?.id == entry.id else { return false }
        return try context.store.treeEntry(path, in: trees[side.other.stage])?.id != entry.id
    }

    private func ids(below tree: ObjectID) throws(GitError) -> Set<ObjectID> {
        var found: Set<ObjectID> = []
        var folders = [tree]
        var seen: Set<ObjectID> = [tree]
        while let folder = folders.popLast() {
            for (_, entry) in try context.store.tree(folder).entries {
                if !entry.isTree {
                    found.insert(entry.id)
                } else if seen.insert(entry.id).inserted {
                    folders.append(entry.id)
                }
            }
        }
        return found
    }
}
