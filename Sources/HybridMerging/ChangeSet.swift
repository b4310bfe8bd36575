public import HybridGit

/// One path that differs between two trees.
public struct Change: Hashable, Sendable {
    /// The path.
    public var path: RepoPath
    /// What stood there; nil for an added path.
    public var old: TreeEntry?
    /// What stands there; nil for a deleted path.
    public var new: TreeEntry?

    /// Makes a change.
    public init(path: RepoPath, old: TreeEntry?, new: TreeEntry?) {
        self.path = path
        self.old = old
        self.new = new
    }
}

/// What changed between two commits, path by path: a rename is a deletion and an addition.
public struct ChangeSet: Hashable, Sendable {
    /// The changes, sorted by path.
    public var changes: [Change]
    /// The folders that are gone, sorted; a folder that became a file is among them.
    public var removedFolders: [RepoPath]

    /// Makes a change set.
    public init(changes: [Change], removedFolders: [RepoPath] = []) {
        self.changes = changes
        self.removedFolders = removedFolders
    }

    /// Compares two commits' trees.
    ///
    /// Ids come first: equal subtrees are never opened, so that the cost grows with what changed.
    public static func between(
        base: ObjectID, tip: ObjectID, in repository: Repository
    ) throws(GitError) -> ChangeSet {
        try betweenTrees(
            repository.commit(base).tree, repository.commit(tip).tree, in: ObjectStore(repository))
    }

    /// Compares two trees.
    ///
    /// Grows with the entries of the folders that differ.
    public static func betweenTrees(
        _ old: ObjectID, _ new: ObjectID, in store: ObjectStore
    ) throws(GitError) -> ChangeSet {
        var comparison = TreeComparison(store)
        try comparison.compare(old, new, RepoPath(bytes: []))
        comparison.found.changes.sort { $0.path < $1.path }
        comparison.found.removedFolders.sort()
        return comparison.found
    }
}

/// Walks two trees side by side, in git's order, where a folder and a file of one name stand apart.
private struct TreeComparison {
    let store: ObjectStore
    var found = ChangeSet(changes: [])

    init(_ store: ObjectStore) { self.store = store }

    mutating func compare(_ old: ObjectID?, _ new: ObjectID?, _ folder: RepoPath) throws(GitError) {
        guard old != new else { return }
        let before: TreeObject
        let after: TreeObject
        if let old { before = try store.tree(old) } else { before = TreeObject.empty }
        if let new { after = try store.tree(new) } else { after = TreeObject.empty }
        var (i, j) = (0, 0)
        while i < before.count || j < after.count {
            let order =
                i == before.count ? 1 : j == after.count ? -1 : TreeObject.compareEntries(before, i, after, j)
            if order == 0 {
                let (one, two) = (before.items[i].entry, after.items[j].entry)
                if one != two {
                    let path = folder.appending(before.name(i))
                    if one.isTree {
                        try compare(one.id, two.id, path)
                    } else {
                        found.changes.append(Change(path: path, old: one, new: two))
                    }
                }
                i += 1
                j += 1
            } else if order < 0 {
                let (entry, path) = (before.items[i].entry, folder.appending(before.name(i)))
                if entry.isTree {
                    found.removedFolders.append(path)
                    try compare(entry.id, nil, path)
                } else {
                    found.changes.append(Change(path: path, old: entry, new: nil))
                }
                i += 1
            } else {
                let (entry, path) = (after.items[j].entry, folder.appending(after.name(j)))
                if entry.isTree {
                    try compare(nil, entry.id, path)
                } else {
                    found.changes.append(Change(path: path, old: nil, new: entry))
                }
                j += 1
            }
        }
    }
}
