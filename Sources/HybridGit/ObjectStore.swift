internal import CLibgit2

/// Objects for many merges in a row: parsed trees are kept, and what is written stays in memory until it is saved.
///
/// Not Sendable, like the handle behind it. What it keeps is bounded, so that memory does not grow with the number of
/// merges.
public final class ObjectStore {
    /// The handle that objects are read from.
    public let repository: Repository
    private let database: OpaquePointer
    private var trees: RecentCache<ObjectID, TreeObject>
    private var sizes: RecentCache<ObjectID, Int>
    private var blobs = RecentCache<ObjectID, [UInt8]>(limit: 16 << 20)
    private var written: [ObjectID: Written] = [:]
    /// How many bytes of objects wait in memory.
    public private(set) var writtenBytes = 0
    private var lent = LentObjects()

    private typealias Written = LentObjects.Object

    /// Reads from `repository`; keeps parsed trees of about `treeBytes` bytes.
    public init(_ repository: Repository, treeBytes: Int = 48 << 20) throws(GitError) {
        self.repository = repository
        var database: OpaquePointer?
        try check(
            git_repository_odb(&database, repository.handle), "open object database",
            repository.commonDirectory)
        self.database = database!
        trees = RecentCache(limit: treeBytes)
        sizes = RecentCache(limit: 200_000)
    }

    deinit { git_odb_free(database) }

    // MARK: Reading

    /// A parsed tree.
    ///
    /// Read once while it is in use. Throws `notFound`, or says what is damaged.
    public func tree(_ id: ObjectID) throws(GitError) -> TreeObject {
        if let known = trees[id] { return known }
        if id == Repository.emptyTree { return TreeObject.empty }
        let bytes: [UInt8]
        if let own = own(id), own.isTree {
            bytes = own.bytes
        } else {
            bytes = try read(id, GIT_OBJECT_TREE, "tree")
        }
        let tree: TreeObject
        do throws(GitError) {
            tree = try TreeObject(parsing: bytes)
        } catch {
            var named = error
            named.subject = id.description
            throw named
        }
        trees.insert(tree, for: id, cost: tree.cost)
        return tree
    }

    /// The bytes of a blob; throws `notFound`.
    public func blob(_ id: ObjectID) throws(GitError) -> [UInt8] {
        if let own = own(id) { return own.bytes }
        if let known = blobs[id] { return known }
        let bytes = try read(id, GIT_OBJECT_BLOB, "blob")
        // A large one would drive out all others.
        if bytes.count < 1 << 20 { blobs.insert(bytes, for: id, cost: bytes.count + 64) }
        return bytes
    }

    /// The size of a blob in bytes, without reading it where the database can tell.
    public func blobSize(_ id: ObjectID) throws(GitError) -> Int {
        if let own = own(id) { return own.bytes.count }
        if let known = sizes[id] { return known }
        var size = 0
        var type = GIT_OBJECT_INVALID
        var oid = id.oid
        try check(git_odb_read_header(&size, &type, database, &oid), "read object", id.description)
        sizes.insert(size, for: id, cost: 1)
        return size
    }

    /// The content of a commit object.
    func commitContent(_ id: ObjectID) throws(GitError) -> [UInt8] {
        try read(id, GIT_OBJECT_COMMIT, "commit")
    }

    /// A tree as the database gives it; the caller frees it.
    func rawTree(_ id: ObjectID) throws(GitError) -> OpaquePointer? {
        var object: OpaquePointer?
        var oid = id.oid
        try check(git_odb_read(&object, database, &oid), "read tree", id.description)
        guard git_odb_object_type(object) == GIT_OBJECT_TREE else {
            git_odb_object_free(object)
            throw GitError(
                .other, operation: "read tree", subject: id.description, reason: "it is not a tree")
        }
        return object
    }

    private func read(_ id: ObjectID, _ wanted: git_object_t, _ kind: String) throws(GitError) -> [UInt8] {
        var object: OpaquePointer?
        var oid = id.oid
        try check(git_odb_read(&object, database, &oid), "read \(kind)", id.description)
        defer { git_odb_object_free(object) }
        guard git_odb_object_type(object) == wanted else {
            throw GitError(
                .other, operation: "read \(kind)", subject: id.description, reason: "it is not a \(kind)")
        }
        return Array(
            UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object)))
    }

    // MARK: Lending

    /// From now on these objects can be read here, instead of those that were lent before.
    ///
    /// They are never saved or published: whoever lent them knows where they come from.
    public func lend(_ objects: LentObjects) { lent = objects }

    /// A tree that was lent; nil where the database has to be asked.
    func lentTree(_ id: ObjectID) -> [UInt8]? {
        guard let own = lent.objects[id], own.isTree else { return nil }
        return own.bytes
    }

    private func own(_ id: ObjectID) -> LentObjects.Object? { written[id] ?? lent.objects[id] }

    // MARK: Writing

    /// Keeps a blob in memory and gives its id.
    public func write(blob bytes: [UInt8]) throws(GitError) -> ObjectID { try write(bytes, isTree: false) }

    /// Keeps a tree in memory and gives its id; the bytes are a tree object's content.
    public func write(tree bytes: [UInt8]) throws(GitError) -> ObjectID { try write(bytes, isTree: true) }

    private func write(_ bytes: [UInt8], isTree: Bool) throws(GitError) -> ObjectID {
        let id = try ObjectID(hashing: bytes, isTree: isTree)
        if written.updateValue(Written(isTree: isTree, bytes: bytes), forKey: id) == nil {
            writtenBytes += bytes.count
        }
        return id
    }

    /// Forgets what was written and not saved.
    package func forget() {
        written = [:]
        writtenBytes = 0
    }

    /// Hands what was written to the repository's handle: into its staging area where it has one.
    ///
    /// Afterwards the handle's own operations, such as making commits, find the objects.
    public func publish() throws(GitError) {
        for (_, object) in written {
            _ = try repository.write(object.bytes, object.isTree ? GIT_OBJECT_TREE : GIT_OBJECT_BLOB)
        }
        forget()
    }

    /// Writes what waits in memory into the repository as one pack, synced to disk.
    ///
    /// What the repository holds already is left out. Grows with what is new.
    public func save() throws(GitError) {
        defer { forget() }
        var new: [ObjectID] = []
        for id in written.keys {
            var oid = id.oid
            // Without looking for packs that came meanwhile: at worst an object is there twice.
            if git_odb_exists_ext(database, &oid, GIT_ODB_LOOKUP_NO_REFRESH.rawValue) != 1 { new.append(id) }
        }
        guard !new.isEmpty else { return }
        let handle = try Repository(at: repository.commonDirectory)
        try handle.beginStaging()
        for id in new {
            guard let object = written[id] else { continue }
            _ = try handle.write(object.bytes, object.isTree ? GIT_OBJECT_TREE : GIT_OBJECT_BLOB)
        }
        try handle.writePack(new.sorted())
    }
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
