internal import CLibgit2

extension Repository {
    /// The bytes of a blob; throws `notFound`.
    public func blob(_ id: ObjectID) throws(GitError) -> [UInt8] {
        let (type, bytes) = try object(id)
        guard type == GIT_OBJECT_BLOB else {
            throw GitError(
                .other, operation: "read blob", subject: id.description, reason: "it is not a blob")
        }
        return bytes
    }

    /// Writes a blob and gives its id.
    public func writeBlob(_ bytes: [UInt8]) throws(GitError) -> ObjectID { try write(bytes, GIT_OBJECT_BLOB) }

    /// Whether the repository holds an object.
    public func exists(_ id: ObjectID) throws(GitError) -> Bool {
        try withDatabase { (database) throws(GitError) in
            var oid = id.oid
            return git_odb_exists(database, &oid) == 1
        }
    }

    func object(_ id: ObjectID) throws(GitError) -> (git_object_t, [UInt8]) {
        try withDatabase { (database) throws(GitError) in
            var object: OpaquePointer?
            var oid = id.oid
            try check(git_odb_read(&object, database, &oid), "read object", id.description)
            defer { git_odb_object_free(object) }
            let bytes = UnsafeRawBufferPointer(
                start: git_odb_object_data(object), count: git_odb_object_size(object))
            return (git_odb_object_type(object), Array(bytes))
        }
    }

    func write(_ bytes: [UInt8], _ type: git_object_t) throws(GitError) -> ObjectID {
        try withDatabase { (database) throws(GitError) in
            try Patience.wait(.file) { () throws(GitError) in
                var id = git_oid()
                try check(
                    git_odb_write(&id, database, bytes, bytes.count, type), "write object",
                    "of \(bytes.count) bytes")
                return ObjectID(id)
            }
        }
    }

    func withDatabase<R>(_ body: (OpaquePointer?) throws(GitError) -> R) throws(GitError) -> R {
        var database: OpaquePointer?
        try check(git_repository_odb(&database, handle), "open object database", commonDirectory)
        defer { git_odb_free(database) }
        return try body(database)
    }
}

// MARK: Staging

extension Repository {
    /// From now on what this handle writes stays in memory, until ``writeStaged(reachableFrom:beyond:keptFor:)``.
    public func beginStaging() throws(GitError) {
        var backend: UnsafeMutablePointer<git_odb_backend>?
        try check(git_mempack_new(&backend), "stage objects", commonDirectory)
        try withDatabase { (database) throws(GitError) in
            _ = try check(git_odb_add_backend(database, backend, 999), "stage objects", commonDirectory)
        }
    }

    /// Writes a commit with all that it reaches beyond `known` commits, as one pack, synced to disk.
    ///
    /// A pack of only these ids: mempack's own dump would pack every object that a commit reaches. What the repository
    /// holds already is written all the same: it may lie in a pack that no ref reaches, and be deleted with it. So
    /// `known` must be commits that refs name, or that are kept otherwise. Grows with what differs from them.
    ///
    /// What it gives keeps the pack until a ref names the commit; `owner` says for whom.
    public func writeStaged(
        reachableFrom tip: ObjectID, beyond known: [ObjectID], keptFor owner: String
    ) throws(GitError) -> KeptPack? {
        var new: [ObjectID] = []
        var seen = Set(known)
        let bases = try known.map { (id) throws(GitError) in try commit(id).tree }
        var commits = [tip]
        var trees: [(id: ObjectID, bases: [ObjectID])] = []
        while let id = commits.popLast() {
            guard seen.insert(id).inserted else { continue }
            let commit = try commit(id)
            new.append(id)
            commits += commit.parents
            trees.append((commit.tree, bases))
        }
        while let (id, bases) = trees.popLast() {
            guard !bases.contains(id), seen.insert(id).inserted else { continue }
            new.append(id)
            var known: [[UInt8]: [TreeEntry]] = [:]
            for base in bases {
                for (name, entry) in try treeEntries(base) { known[name, default: []].append(entry) }
            }
            for (name, entry) in try treeEntries(id) where entry.mode & 0o170000 != 0o160000 {
                let there = known[name] ?? []
                if entry.isTree {
                    trees.append((entry.id, there.filter(\.isTree).map(\.id)))
                } else if !there.contains(where: { $0.id == entry.id }), seen.insert(entry.id).inserted {
                    new.append(entry.id)
                }
            }
        }
        return try writePack(new, keptFor: (owner, tip))
    }

    /// Writes these objects, which the handle can read, as one pack synced to disk.
    private func writePack(
        _ ids: [ObjectID], keptFor owner: (name: String, tip: ObjectID)
    ) throws(GitError) -> KeptPack? {
        guard !ids.isEmpty else { return nil }
        let pack = try PackWriter(in: commonDirectory + "objects/pack", count: ids.count)
        for id in ids {
            let (type, bytes) = try object(id)
            try pack.add(id, type, bytes)
        }
        return try pack.finish(keptFor: owner)
    }
}
