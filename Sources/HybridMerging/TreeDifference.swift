import HybridGit

/// What differs between two trees, path by path, read through a store that knows trees not yet written.
enum TreeDifference {
    /// Files that differ, sorted by path; equal folders are never opened.
    static func between(
        _ old: ObjectID, _ new: ObjectID, in store: ObjectStore
    ) throws(GitError) -> [Change] {
        var changes: [Change] = []
        try compare(old, new, RepoPath(bytes: []), store, &changes)
        changes.sort { $0.path < $1.path }
        return changes
    }

    private static func compare(
        _ old: ObjectID?, _ new: ObjectID?, _ folder: RepoPath, _ store: ObjectStore, _ out: inout [Change]
    ) throws(GitError) {
        guard old != new else { return }
        let before = try old.map { (id) throws(GitError) in try store.tree(id) } ?? .empty
        let after = try new.map { (id) throws(GitError) in try store.tree(id) } ?? .empty
        for index in 0..<after.count {
            let entry = after.items[index].entry
            // Most entries stand where they stood.
            if index < before.count, before.items[index].entry == entry,
                TreeObject.compareNames(before, index, after, index) == 0
            {
                continue
            }
            let name = after.name(index)
            try pair(before.entry(named: name), entry, folder.appending(Array(name)), store, &out)
        }
        for index in 0..<before.count {
            if index < after.count, TreeObject.compareNames(before, index, after, index) == 0 { continue }
            let name = before.name(index)
            if after.entry(named: name) == nil {
                try pair(before.items[index].entry, nil, folder.appending(Array(name)), store, &out)
            }
        }
    }

    private static func pair(
        _ old: TreeEntry?, _ new: TreeEntry?, _ path: RepoPath, _ store: ObjectStore, _ out: inout [Change]
    ) throws(GitError) {
        guard old != new else { return }
        let oldFile = old.flatMap { $0.isTree ? nil : $0 }
        let newFile = new.flatMap { $0.isTree ? nil : $0 }
        if oldFile != newFile { out.append(Change(path: path, old: oldFile, new: newFile)) }
        try compare(
            old.flatMap { $0.isTree ? $0.id : nil }, new.flatMap { $0.isTree ? $0.id : nil }, path, store,
            &out)
    }
}
