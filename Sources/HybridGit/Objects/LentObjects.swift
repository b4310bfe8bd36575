internal import CLibgit2

/// Blobs and trees that exist in memory only, for any number of stores to read.
public struct LentObjects: Sendable {
    struct Object: Sendable {
        var isTree: Bool
        var bytes: [UInt8]
    }

    private(set) var objects: [ObjectID: Object] = [:]

    /// No objects.
    public init() {}

    /// How many there are.
    public var count: Int { objects.count }

    /// Takes in a blob or a tree and gives its id; nothing is written anywhere.
    mutating func add(_ bytes: [UInt8], isTree: Bool) throws(GitError) -> ObjectID {
        let id = try ObjectID(hashing: bytes, isTree: isTree)
        add(bytes, isTree: isTree, as: id)
        return id
    }

    /// Takes in an object whose id is known.
    mutating func add(_ bytes: [UInt8], isTree: Bool, as id: ObjectID) {
        objects[id] = Object(isTree: isTree, bytes: bytes)
    }

    /// Takes in what others hold; the bytes are shared.
    public mutating func add(_ others: LentObjects) { objects.merge(others.objects) { one, _ in one } }
}

extension ObjectID {
    /// The id that git would give these bytes.
    init(hashing bytes: [UInt8], isTree: Bool) throws(GitError) {
        var oid = git_oid()
        try check(
            git_odb_hash(&oid, bytes, bytes.count, isTree ? GIT_OBJECT_TREE : GIT_OBJECT_BLOB), "hash object",
            "of \(bytes.count) bytes")
        self.init(oid)
    }
}
