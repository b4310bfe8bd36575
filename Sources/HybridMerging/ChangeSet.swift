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

    /// Makes a change set.
    public init(changes: [Change]) { self.changes = changes }

    /// Compares two commits' trees.
    ///
    /// Ids come first: equal subtrees are never opened, so that the cost grows with what changed.
    public static func between(
        base: ObjectID, tip: ObjectID, in repository: Repository
    ) throws(GitError) -> ChangeSet {
        try betweenTrees(repository.commit(base).tree, repository.commit(tip).tree, in: repository)
    }

    /// Compares two trees.
    public static func betweenTrees(
        _ old: ObjectID, _ new: ObjectID, in repository: Repository
    ) throws(GitError) -> ChangeSet {
        var changes: [Change] = []
        try compare(old, new, RepoPath(bytes: []), repository, &changes)
        changes.sort { $0.path < $1.path }
        return ChangeSet(changes: changes)
    }

    private static func compare(
        _ old: ObjectID?, _ new: ObjectID?, _ folder: RepoPath, _ repository: Repository,
        _ out: inout [Change]
    ) throws(GitError) {
        guard old != new else { return }
        var before: [[UInt8]: TreeEntry] = [:]
        if let old { for (name, entry) in try repository.treeEntries(old) { before[name] = entry } }
        if let new {
            for (name, entry) in try repository.treeEntries(new) {
                let previous = before.removeValue(forKey: name)
                guard previous != entry else { continue }
                try pair(previous, entry, folder.appending(name), repository, &out)
            }
        }
        for (name, entry) in before { try pair(entry, nil, folder.appending(name), repository, &out) }
    }

    private static func pair(
        _ old: TreeEntry?, _ new: TreeEntry?, _ path: RepoPath, _ repository: Repository,
        _ out: inout [Change]
    ) throws(GitError) {
        let oldFile = old.flatMap { $0.isTree ? nil : $0 }
        let newFile = new.flatMap { $0.isTree ? nil : $0 }
        if oldFile != newFile { out.append(Change(path: path, old: oldFile, new: newFile)) }
        let oldTree = old.flatMap { $0.isTree ? $0.id : nil }
        let newTree = new.flatMap { $0.isTree ? $0.id : nil }
        try compare(oldTree, newTree, path, repository, &out)
    }
}
