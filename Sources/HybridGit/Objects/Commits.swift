internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Who made something, and when.
public struct Signature: Hashable, Sendable {
    /// The person's name.
    public var name: String
    /// The person's address.
    public var email: String
    /// Seconds since 1970.
    public var time: Int64
    /// Minutes east of UTC.
    public var offsetMinutes: Int

    /// Makes a signature.
    public init(name: String, email: String, time: Int64, offsetMinutes: Int) {
        self.name = name
        self.email = email
        self.time = time
        self.offsetMinutes = offsetMinutes
    }

    init(_ raw: git_signature) {
        self.init(
            name: String(cString: raw.name), email: String(cString: raw.email), time: raw.when.time,
            offsetMinutes: Int(raw.when.offset))
    }

    /// Reads a line such as `A Person <person@example.com> 1700000000 +0100`; nil where it is none.
    ///
    /// The form of commit objects and of `git var`.
    public init?(line: String) {
        guard let open = line.lastIndex(of: "<"), let close = line.lastIndex(of: ">"), open < close else {
            return nil
        }
        let rest = line[line.index(after: close)...].split(separator: " ")
        guard rest.count == 2, let time = Int64(rest[0]), let zone = Int(rest[1]) else { return nil }
        let name = line[..<open]
        self.init(
            name: String(name.hasSuffix(" ") ? name.dropLast() : name),
            email: String(line[line.index(after: open)..<close]), time: time,
            offsetMinutes: zone / 100 * 60 + zone % 100)
    }

    /// As a commit object has it; throws `invalidName` for a name or an address that cannot be written.
    func line() throws(GitError) -> String {
        for text in [name, email] where text.utf8.contains(where: { $0 == 60 || $0 == 62 || $0 < 32 }) {
            throw GitError(
                .invalidName, operation: "sign as", subject: name,
                reason: "names and addresses hold no <, > and control characters")
        }
        return "\(name) <\(email)> \(time) \(zone)"
    }

    /// The time zone as git writes it, such as `+0200`.
    public var zone: String {
        let minutes = abs(offsetMinutes)
        let digits = String(minutes / 60 * 100 + minutes % 60)
        let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
        return (offsetMinutes < 0 ? "-" : "+") + zeros + digits
    }

    func with<R>(_ body: (UnsafePointer<git_signature>) throws(GitError) -> R) throws(GitError) -> R {
        var out: UnsafeMutablePointer<git_signature>?
        try Library.started()
        try check(git_signature_new(&out, name, email, time, Int32(offsetMinutes)), "sign as", name)
        defer { git_signature_free(out) }
        return try body(UnsafePointer(out!))
    }
}

/// A commit as a value.
public struct Commit: Hashable, Sendable {
    /// Its id.
    public var id: ObjectID
    /// Its tree.
    public var tree: ObjectID
    /// Its parents, first the one it was made on.
    public var parents: [ObjectID]
    /// Who wrote it.
    public var author: Signature
    /// Who committed it.
    public var committer: Signature
    /// The message as stored.
    public var message: String
}

extension Repository {
    /// Reads a commit; throws `notFound`.
    public func commit(_ id: ObjectID) throws(GitError) -> Commit {
        var commit: OpaquePointer?
        var oid = id.oid
        try check(git_commit_lookup(&commit, handle, &oid), "read commit", id.description)
        defer { git_commit_free(commit) }
        let parents = (0..<git_commit_parentcount(commit)).map {
            ObjectID(git_commit_parent_id(commit, $0).pointee)
        }
        return Commit(
            id: id, tree: ObjectID(git_commit_tree_id(commit).pointee), parents: parents,
            author: Signature(git_commit_author(commit).pointee),
            committer: Signature(git_commit_committer(commit).pointee),
            message: git_commit_message(commit).map { String(cString: $0) } ?? "")
    }

    /// Writes a commit object; no ref is touched.
    public func createCommit(
        tree: ObjectID, parents: [ObjectID], message: String, author: Signature, committer: Signature
    ) throws(GitError) -> ObjectID {
        var handles: [OpaquePointer?] = []
        defer { handles.forEach { git_commit_free($0) } }
        for parent in parents {
            var commit: OpaquePointer?
            var oid = parent.oid
            try check(git_commit_lookup(&commit, handle, &oid), "read commit", parent.description)
            handles.append(commit)
        }
        var root: OpaquePointer?
        var treeID = tree.oid
        try check(git_tree_lookup(&root, handle, &treeID), "read tree", tree.description)
        defer { git_tree_free(root) }
        let text = message.hasSuffix("\n") ? message : message + "\n"
        var list = handles
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        // git_commit_create of libgit2 answers that all went well, 1.9 as well, where the object could not be written.
        try author.with { (author) throws(GitError) in
            try committer.with { (committer) throws(GitError) in
                _ = try check(
                    git_commit_create_buffer(
                        &buffer, self.handle, author, committer, nil, text, root, list.count, &list),
                    "write commit", message)
            }
        }
        let bytes = UnsafeRawBufferPointer(start: buffer.ptr, count: buffer.size)
        return try write(Array(bytes), GIT_OBJECT_COMMIT)
    }
}

extension Repository {
    /// Whether a commit carries a signature, by whomever.
    package func isSigned(_ id: ObjectID) throws(GitError) -> Bool {
        var commit: OpaquePointer?
        var oid = id.oid
        try check(git_commit_lookup(&commit, handle, &oid), "read commit", id.description)
        defer { git_commit_free(commit) }
        var field = git_buf()
        defer { git_buf_dispose(&field) }
        let status = git_commit_header_field(&field, commit, "gpgsig")
        if status == GIT_ENOTFOUND.rawValue { return false }
        try check(status, "read commit", id.description)
        return true
    }

    /// A commit's message as stored, and the encoding that the commit names for it; nil: UTF-8.
    package func messageBytes(of id: ObjectID) throws(GitError) -> (bytes: [UInt8], encoding: String?) {
        var commit: OpaquePointer?
        var oid = id.oid
        try check(git_commit_lookup(&commit, handle, &oid), "read commit", id.description)
        defer { git_commit_free(commit) }
        let text = git_commit_message(commit)
        let bytes = text.map { text in
            UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
        }
        return (bytes ?? [], git_commit_message_encoding(commit).map { String(cString: $0) })
    }
}
