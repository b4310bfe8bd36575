/// What walking needs of a commit object; the date is the committer's.
struct CommitHeader {
    var tree: ObjectID
    var parents: [ObjectID] = []
    var date: Int64 = 0

    init(_ bytes: [UInt8], _ id: ObjectID) throws(GitError) {
        func value(_ line: ArraySlice<UInt8>, _ key: String) -> ArraySlice<UInt8>? {
            line.starts(with: key.utf8) ? line.dropFirst(key.utf8.count) : nil
        }
        func name(_ text: ArraySlice<UInt8>?) -> ObjectID? { text.flatMap { ObjectID(hexDigits: $0) } }
        var rest = bytes[...]
        func line() -> ArraySlice<UInt8>? {
            guard let end = rest.firstIndex(of: 10) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }
        guard let first = line(), let tree = name(value(first, "tree ")) else {
            throw GitError(
                .other, operation: "read commit", subject: id.description,
                reason: "the object is damaged; see git fsck")
        }
        self.tree = tree
        while let next = line(), !next.isEmpty {
            if let parent = name(value(next, "parent ")) {
                parents.append(parent)
            } else if let committer = value(next, "committer ") {
                guard let end = committer.lastIndex(of: UInt8(ascii: ">")) else { break }
                let seconds = committer[(end + 1)...].drop { $0 == 32 }.prefix { (48...57).contains($0) }
                date = seconds.reduce(into: Int64(0)) { $0 = $0 &* 10 &+ Int64($1 - 48) }
                break
            }
        }
    }
}
