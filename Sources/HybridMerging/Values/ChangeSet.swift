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
    /// Folders that differ and were not looked into, as nobody else touched them; only in change sets that are compared
    /// with each other.
    var unopened: [RepoPath] = []

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
            repository.commit(base).tree, [repository.commit(tip).tree], in: ObjectStore(repository))[0]
    }

    /// Compares trees with one older tree, which is read once.
    ///
    /// Grows with the entries of the folders that differ.
    package static func betweenTrees(
        _ old: ObjectID, _ new: [ObjectID], in store: ObjectStore
    ) throws(GitError) -> [ChangeSet] { try betweenTrees(old, new, onlyShared: false, in: store) }

    static func betweenTrees(
        _ old: ObjectID, _ new: [ObjectID], onlyShared: Bool, in store: ObjectStore
    ) throws(GitError) -> [ChangeSet] {
        var comparison = TreeComparison(store, count: new.count, onlyShared: onlyShared)
        try comparison.compare(
            SubtreeComparison(
                path: .root, old: old,
                new: new.indices.filter { new[$0] != old }.map { ($0, new[$0]) }))
        return comparison.sorted
    }
}

extension ChangeSet {
    /// The same changes in the order that a change set has.
    var sorted: ChangeSet {
        var set = self
        set.changes.sort { $0.path < $1.path }
        set.removedFolders.sort()
        return set
    }
}

/// A folder that differs in some of the trees that are compared with one older tree.
struct SubtreeComparison: Sendable {
    var path: RepoPath
    var old: ObjectID?
    /// The numbers of the trees that differ here, and their version of the folder.
    var new: [(tree: Int, id: ObjectID?)]
}

/// Walks many trees beside one older tree, folder by folder.
struct TreeComparison {
    private let store: ObjectStore
    private let onlyShared: Bool
    /// What was found so far, in no order.
    private(set) var found: [ChangeSet]

    /// Compares `count` trees.
    ///
    /// With `onlyShared`, folders that differ in one of them only are not opened: nothing below can meet another's change.
    init(_ store: ObjectStore, count: Int, onlyShared: Bool = false) {
        self.store = store
        self.onlyShared = onlyShared
        found = [ChangeSet](repeating: ChangeSet(changes: []), count: count)
    }

    /// What was found, each sorted by path.
    var sorted: [ChangeSet] { found.map(\.sorted) }

    /// What was found for the trees that differ in a folder.
    func found(in folder: SubtreeComparison) -> [(tree: Int, changes: ChangeSet)] {
        folder.new.map { ($0.tree, found[$0.tree]) }
    }

    /// Adds what was found elsewhere.
    mutating func add(_ parts: [(tree: Int, changes: ChangeSet)]) {
        for part in parts {
            found[part.tree].changes += part.changes.changes
            found[part.tree].removedFolders += part.changes.removedFolders
            found[part.tree].unopened += part.changes.unopened
        }
    }

    /// Compares a folder and all below it.
    mutating func compare(_ folder: SubtreeComparison) throws(GitError) {
        for below in try compareHere(folder) { try compare(below) }
    }

    /// Compares a folder, and gives the folders in it that differ.
    mutating func compareHere(_ folder: SubtreeComparison) throws(GitError) -> [SubtreeComparison] {
        var below: [SubtreeComparison] = []
        var places: [ArraySlice<UInt8>: Int] = [:]
        let lists = try store.differences(from: folder.old, to: folder.new.map(\.id))
        for (member, differences) in zip(folder.new, lists) {
            for difference in differences {
                guard (difference.old ?? difference.new)?.isTree == true else {
                    found[member.tree].changes.append(
                        Change(
                            path: folder.path.appending(difference.name), old: difference.old,
                            new: difference.new))
                    continue
                }
                let place: Int
                if let known = places[difference.name[...]] {
                    place = known
                } else {
                    place = below.count
                    places[difference.name[...]] = place
                    below.append(
                        SubtreeComparison(
                            path: folder.path.appending(difference.name), old: difference.old?.id, new: []))
                }
                below[place].new.append((member.tree, difference.new?.id))
                if difference.new == nil { found[member.tree].removedFolders.append(below[place].path) }
            }
        }
        guard onlyShared else { return below }
        return below.filter { folder in
            guard folder.new.count == 1, let only = folder.new.first else { return true }
            found[only.tree].unopened.append(folder.path)
            return false
        }
    }
}
