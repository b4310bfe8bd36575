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
