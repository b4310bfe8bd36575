internal import CLibgit2

/// What a tree holds under one name.
public struct TreeEntry: Hashable, Sendable {
    /// git's mode, such as 0o100644, 0o120000 (symlink), 0o160000 (submodule), 0o40000 (tree).
    public var mode: UInt32
    /// The object.
    public var id: ObjectID

    /// Makes an entry.
    public init(mode: UInt32, id: ObjectID) {
        self.mode = mode
        self.id = id
    }

    /// Whether it is a tree.
    public var isTree: Bool { mode & 0o170000 == 0o40000 }
    /// Whether it is a file, executable or not, and no link.
    public var isRegularFile: Bool { mode & 0o170000 == 0o100000 }
}

extension Repository {
    /// The id of the tree without entries.
    public static var emptyTree: ObjectID { ObjectID(hex: "4b825dc642cb6eb9a060e54bf8d69288fbee4904")! }

    /// The entries of a tree object, in git's order, with the modes that git takes theirs for.
    ///
    /// One object read; subtrees are not opened.
    public func treeEntries(_ tree: ObjectID) throws(GitError) -> [(name: [UInt8], entry: TreeEntry)] {
        if tree == Self.emptyTree { return [] }
        let (type, bytes) = try object(tree)
        guard type == GIT_OBJECT_TREE else {
            throw GitError(
                .other, operation: "read tree", subject: tree.description, reason: "it is not a tree")
        }
        do throws(GitError) {
            let parsed = try TreeObject(parsing: bytes)
            return parsed.items.indices.map { (Array(parsed.name($0)), parsed.items[$0].entry) }
        } catch {
            throw GitError(
                .other, operation: "read tree", subject: tree.description,
                reason: "the object is damaged; see git fsck")
        }
    }

    /// What a tree holds at a path; nil when nothing is there.
    ///
    /// The empty path is the tree itself.
    public func treeEntry(_ path: RepoPath, in tree: ObjectID) throws(GitError) -> TreeEntry? {
        var entry = TreeEntry(mode: 0o40000, id: tree)
        for part in path.bytes.split(separator: 47) {
            guard entry.isTree else { return nil }
            guard let next = try treeEntries(entry.id).first(where: { $0.name.elementsEqual(part) }) else {
                return nil
            }
            entry = next.entry
        }
        return entry
    }

    /// Visits every entry that is not a tree, in git's order, until `visit` gives false.
    public func walkFiles(_ tree: ObjectID, _ visit: (RepoPath, TreeEntry) throws -> Bool) throws {
        _ = try walk(tree, RepoPath(bytes: []), visit)
    }

    private func walk(
        _ tree: ObjectID, _ folder: RepoPath, _ visit: (RepoPath, TreeEntry) throws -> Bool
    ) throws -> Bool {
        for (name, entry) in try treeEntries(tree) {
            let path = folder.appending(name)
            let go = entry.isTree ? try walk(entry.id, path, visit) : try visit(path, entry)
            if !go { return false }
        }
        return true
    }

    /// A tree with some paths changed; nil takes a path out.
    ///
    /// Only the subtrees on the way are read and written.
    ///
    /// A folder that becomes empty goes; a file in the way of a folder gives way to it.
    public func editTree(_ tree: ObjectID, _ edits: [RepoPath: TreeEntry?]) throws(GitError) -> ObjectID {
        try editTree(tree, edits) { (bytes) throws(GitError) in try write(bytes, GIT_OBJECT_TREE) }
    }

    /// The same, with the new trees going where `write` puts them.
    func editTree(
        _ tree: ObjectID, _ edits: [RepoPath: TreeEntry?], write: ([UInt8]) throws(GitError) -> ObjectID
    ) throws(GitError) -> ObjectID {
        let list = edits.map { (path: Array($0.key.bytes.split(separator: 47)), entry: $0.value) }
        if let edited = try edit(tree, list, write) { return edited }
        return try write([])
    }

    private func edit(
        _ tree: ObjectID?, _ edits: [(path: [ArraySlice<UInt8>], entry: TreeEntry?)],
        _ write: ([UInt8]) throws(GitError) -> ObjectID
    ) throws(GitError) -> ObjectID? {
        var entries: [[UInt8]: TreeEntry] = [:]
        if let tree { for (name, entry) in try treeEntries(tree) { entries[name] = entry } }
        let before = entries
        var below: [[UInt8]: [(path: [ArraySlice<UInt8>], entry: TreeEntry?)]] = [:]
        var here: [[UInt8]: TreeEntry] = [:]
        for edit in edits {
            guard let first = edit.path.first else { continue }
            let name = Array(first)
            if edit.path.count > 1 {
                below[name, default: []].append((Array(edit.path.dropFirst()), edit.entry))
            } else if let entry = edit.entry {
                here[name] = entry
            } else if let old = entries[name], !old.isTree || below[name] == nil {
                entries[name] = nil
            }
        }
        for (name, edits) in below {
            let old = entries[name]
            // Removals below something that is no tree have nothing to remove.
            if old?.isTree != true, edits.allSatisfy({ $0.entry == nil }) { continue }
            let subtree = old?.isTree == true ? old?.id : nil
            entries[name] = try edit(subtree, edits, write).map { TreeEntry(mode: 0o40000, id: $0) }
        }
        entries.merge(here) { $1 }
        guard !entries.isEmpty else { return nil }
        // A tree that stays keeps its id, whatever way its modes are written; as git's index does.
        if let tree, entries == before { return tree }
        var bytes: [UInt8] = []
        // git sorts a tree's name as if it ended in a slash.
        let sorted = entries.map {
            (key: $0.key + ($0.value.isTree ? [47] : []), name: $0.key, entry: $0.value)
        }
        .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for item in sorted {
            bytes +=
                Array(String(item.entry.mode, radix: 8).utf8) + [32] + item.name + [0] + item.entry.id.bytes
        }
        return try write(bytes)
    }
}
