internal import CLibgit2

/// Where trees are read from.
public protocol TreeSource {
    /// A parsed tree; throws `notFound`, or says what is damaged.
    func tree(_ id: ObjectID) throws(GitError) -> TreeObject
}

extension TreeSource {
    /// What a tree holds at a path; nil when nothing is there.
    ///
    /// The root is the tree itself. Only the folders on the way are read.
    public func treeEntry(_ path: RepoPath, in tree: ObjectID) throws(GitError) -> TreeEntry? {
        try treeEntry(along: path.components, in: tree)
    }

    /// What a tree holds at the end of a way through folders, name by name; nil when nothing is there.
    package func treeEntry(
        along names: [ArraySlice<UInt8>], in tree: ObjectID
    ) throws(GitError) -> TreeEntry? {
        var entry = TreeEntry.tree(tree)
        for name in names {
            guard entry.isTree, let next = try self.tree(entry.id).entry(named: name) else { return nil }
            entry = next
        }
        return entry
    }

    /// Visits every entry that is not a tree, in git's order, until `visit` gives false.
    package func walkFiles(_ tree: ObjectID, _ visit: (RepoPath, TreeEntry) throws -> Bool) throws {
        _ = try walk(tree, .root, visit)
    }

    private func walk(
        _ tree: ObjectID, _ folder: RepoPath, _ visit: (RepoPath, TreeEntry) throws -> Bool
    ) throws -> Bool {
        for (name, entry) in try self.tree(tree).entries {
            let path = folder.appending(name)
            let go = entry.isTree ? try walk(entry.id, path, visit) : try visit(path, entry)
            if !go { return false }
        }
        return true
    }
}

extension Repository: TreeStore {
    /// The id of the tree without entries.
    public static var emptyTree: ObjectID { ObjectID(hex: "4b825dc642cb6eb9a060e54bf8d69288fbee4904")! }

    /// A parsed tree, read anew each time; throws `notFound`, or says what is damaged.
    public func tree(_ id: ObjectID) throws(GitError) -> TreeObject {
        if id == Self.emptyTree { return .empty }
        let (type, bytes) = try object(id)
        guard type == GIT_OBJECT_TREE else {
            throw GitError(
                .other, operation: "read tree", subject: id.description, reason: "it is not a tree")
        }
        return try TreeObject(parsing: bytes, id: id)
    }

    /// Writes the content of a tree and gives its id.
    public func write(tree bytes: [UInt8], from origin: ObjectID?) throws(GitError) -> ObjectID {
        try write(bytes, GIT_OBJECT_TREE)
    }
}

extension ObjectStore: TreeStore {}
