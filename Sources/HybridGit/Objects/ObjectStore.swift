internal import CLibgit2

/// Objects for many merges in a row: parsed trees are kept, and what is written stays in memory until it is saved.
///
/// Not Sendable, like the handle behind it. What it keeps is bounded, so that memory does not grow with the number of
/// merges.
public final class ObjectStore {
    /// The handle that objects are read from.
    public let repository: Repository
    private var opened: OpaquePointer?
    private let own: OwnObjects
    private var trees: RecentCache<ObjectID, TreeObject>
    private var sizes: RecentCache<ObjectID, Int>
    private var blobs = RecentCache<ObjectID, [UInt8]>(limit: 16 << 20)
    private(set) var written: [ObjectID: WaitingObject] = [:]
    /// How many bytes of objects wait in memory.
    public private(set) var writtenBytes = 0
    private var lent = LentObjects()

    /// Reads from `repository`; keeps parsed trees of about `treeBytes` bytes.
    public init(_ repository: Repository, treeBytes: Int = 48 << 20) throws(GitError) {
        self.repository = repository
        own = try repository.freshObjects()
        trees = RecentCache(limit: treeBytes)
        sizes = RecentCache(limit: 200_000)
    }

    deinit { if let opened { git_odb_free(opened) } }

    /// libgit2's object database, opened when something is first asked of it.
    private func database() throws(GitError) -> OpaquePointer {
        if let opened { return opened }
        var database: OpaquePointer?
        try check(
            git_repository_odb(&database, repository.handle), "open object database",
            repository.commonDirectory)
        opened = database
        return database!
    }

    // MARK: Reading

    /// A parsed tree.
    ///
    /// Read once while it is in use. Throws `notFound`, or says what is damaged.
    public func tree(_ id: ObjectID) throws(GitError) -> TreeObject {
        if let known = trees[id] { return known }
        if id == Repository.emptyTree { return TreeObject.empty }
        let tree = try TreeObject(parsing: content(id, GIT_OBJECT_TREE), id: id)
        trees.insert(tree, for: id, cost: tree.cost)
        return tree
    }

    /// The bytes of a blob; throws `notFound`.
    public func blob(_ id: ObjectID) throws(GitError) -> [UInt8] {
        if let own = waiting(id), own.type == GIT_OBJECT_BLOB { return own.bytes }
        if let known = blobs[id] { return known }
        let bytes = try content(id, GIT_OBJECT_BLOB)
        // A large one would drive out all others.
        if bytes.count < 1 << 20 { blobs.insert(bytes, for: id, cost: bytes.count + 64) }
        return bytes
    }

    /// A number that objects have in common of which one lies in a pack as changes of another: what is unpacked for one
    /// serves the others.
    ///
    /// Nil for what is in no pack.
    package func family(of id: ObjectID) -> Int? { own.packs.family(of: id) }

    /// Keeps blobs that another store has read, as if they had been read here.
    package func keep(_ blobs: [(id: ObjectID, bytes: [UInt8])]) {
        for (id, bytes) in blobs { self.blobs.insert(bytes, for: id, cost: bytes.count + 64) }
    }

    /// The size of a blob in bytes, without reading it where the database can tell.
    public func blobSize(_ id: ObjectID) throws(GitError) -> Int {
        if let own = waiting(id) { return own.bytes.count }
        if let known = sizes[id] { return known }
        var size = 0
        if let packed = own.packs.size(of: id) {
            size = packed
        } else if let single = try own.read(id) {
            size = single.count
        } else {
            var type = GIT_OBJECT_INVALID
            var oid = id.oid
            try check(git_odb_read_header(&size, &type, try database(), &oid), "read object", id.description)
        }
        sizes.insert(size, for: id, cost: 1)
        return size
    }

    /// The content of a commit object.
    func commitContent(_ id: ObjectID) throws(GitError) -> [UInt8] { try content(id, GIT_OBJECT_COMMIT) }

    /// A tree's content where it lies; one that waits in memory or was lent is copied.
    func rawTree(_ id: ObjectID) throws(GitError) -> StoredObject { try raw(id, GIT_OBJECT_TREE) }

    /// A blob's content where it lies, not kept for later.
    func rawBlob(_ id: ObjectID) throws(GitError) -> StoredObject { try raw(id, GIT_OBJECT_BLOB) }

    private func raw(_ id: ObjectID, _ type: git_object_t) throws(GitError) -> StoredObject {
        if let own = waiting(id), own.type == type,
            let copy = StoredObject(
                own.type, count: own.bytes.count,
                {
                    $0.copyBytes(from: own.bytes)
                    return true
                })
        {
            return copy
        }
        return try stored(id, type)
    }

    /// The content of an object of this type, whether it waits in memory or is in the repository.
    func content(_ id: ObjectID, _ type: git_object_t) throws(GitError) -> [UInt8] {
        if let own = waiting(id), own.type == type { return own.bytes }
        return try stored(id, type).withBytes { Array($0) }
    }

    private func stored(_ id: ObjectID, _ wanted: git_object_t) throws(GitError) -> StoredObject {
        func kind() -> String { ObjectKind.name(of: wanted) }
        let object: StoredObject
        if let found = try own.read(id) {
            object = found
        } else {
            var read: OpaquePointer?
            var oid = id.oid
            try check(git_odb_read(&read, try database(), &oid), "read \(kind())", id.description)
            object = StoredObject(owning: read!)
        }
        guard object.type == wanted else {
            throw GitError(
                .other, operation: "read \(kind())", subject: id.description, reason: "it is not a \(kind())")
        }
        return object
    }

    // MARK: Lending

    /// From now on these objects can be read here, instead of those that were lent before.
    ///
    /// They are never saved or published: whoever lent them knows where they come from.
    public func lend(_ objects: LentObjects) { lent = objects }

    /// What was written here and not saved yet, for other stores to read; the bytes are shared.
    public var lendable: LentObjects { LentObjects(written) }

    private func waiting(_ id: ObjectID) -> WaitingObject? { written[id] ?? lent.objects[id] }

    // MARK: Writing

    /// Keeps a blob in memory and gives its id.
    public func write(blob bytes: [UInt8]) throws(GitError) -> ObjectID { try write(bytes, GIT_OBJECT_BLOB) }

    /// Keeps a tree in memory and gives its id; the bytes are a tree object's content.
    ///
    /// `origin` is the tree that it was made from by changing some entries: packs become smaller.
    public func write(tree bytes: [UInt8], from origin: ObjectID? = nil) throws(GitError) -> ObjectID {
        try write(bytes, GIT_OBJECT_TREE, origin)
    }

    /// Keeps a commit in memory and gives its id; its tree and parents must be there or be written as well.
    public func write(
        commitOf tree: ObjectID, parents: [ObjectID], message: String, author: Signature, committer: Signature
    ) throws(GitError) -> ObjectID {
        var text = "tree \(tree)\n"
        for parent in parents { text += "parent \(parent)\n" }
        text += "author \(try author.line())\ncommitter \(try committer.line())\n\n"
        text += message.hasSuffix("\n") ? message : message + "\n"
        return try write(Array(text.utf8), GIT_OBJECT_COMMIT)
    }

    /// Keeps a blob whose id is known.
    func write(blob bytes: [UInt8], as id: ObjectID) { keep(bytes, GIT_OBJECT_BLOB, nil, as: id) }

    private func write(
        _ bytes: [UInt8], _ type: git_object_t, _ origin: ObjectID? = nil
    ) throws(GitError) -> ObjectID {
        let id = try ObjectID(hashing: bytes, as: type)
        keep(bytes, type, origin, as: id)
        return id
    }

    private func keep(_ bytes: [UInt8], _ type: git_object_t, _ origin: ObjectID?, as id: ObjectID) {
        // The first time counts, so that what something was made from is always older.
        guard written[id] == nil else { return }
        written[id] = WaitingObject(type: type, bytes: bytes, origin: origin, number: written.count)
        writtenBytes += bytes.count
    }

    /// Forgets what was written and not saved.
    package func forget() {
        written = [:]
        writtenBytes = 0
    }

    /// Whether the repository lacks an object.
    ///
    /// Without looking for packs that came meanwhile: at worst an object is there twice.
    func isNew(_ id: ObjectID) -> Bool { !own.holds(id) }
}

/// A cache that forgets what was not used for a while: two generations, the older dropped when the younger is full.
package struct RecentCache<Key: Hashable, Value> {
    private var young: [Key: (value: Value, cost: Int)] = [:]
    private var old: [Key: (value: Value, cost: Int)] = [:]
    private var cost = 0
    private let limit: Int

    /// Keeps values worth between `limit` / 2 and `limit`.
    package init(limit: Int) { self.limit = limit / 2 }

    package subscript(key: Key) -> Value? {
        mutating get {
            if let found = young[key] { return found.value }
            guard let found = old.removeValue(forKey: key) else { return nil }
            insert(found.value, for: key, cost: found.cost)
            return found.value
        }
    }

    package mutating func insert(_ value: Value, for key: Key, cost added: Int) {
        if cost + added > limit {
            old = young
            young = [:]
            cost = 0
        }
        young[key] = (value, added)
        cost += added
    }
}
