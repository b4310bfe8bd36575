#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Reads the entries of a tree object where its bytes lie: the one place that knows their form.
///
/// Source: git's `tree-walk.c`. It refuses what git refuses, modes of nine digits and more, and names with a slash.
struct TreeReader {
    let bytes: UnsafeRawBufferPointer
    /// What errors name the tree by; nil where nobody knows its id.
    let id: ObjectID?

    /// One entry, and where it lies in the bytes.
    struct Entry {
        var kind: EntryKind
        /// Whether the mode is written as git writes it today.
        var isCanonical: Bool
        var start: Int
        var name: Range<Int>
        /// Behind its id.
        var end: Int
    }

    /// The entry that begins at `start`, which is before the end of the bytes; throws where the tree is damaged.
    func entry(at start: Int) throws(GitError) -> Entry {
        var at = start
        var mode: UInt32 = 0
        while at < bytes.count, case let digit = bytes[at], digit != UInt8(ascii: " ") {
            guard digit & 0xF8 == UInt8(ascii: "0"), at - start < 8 else {
                throw damaged("a mode is not an octal number")
            }
            mode = mode << 3 | UInt32(digit & 7)
            at += 1
        }
        guard at > start, at < bytes.count else { throw damaged("an entry has no mode") }
        let name = at + 1
        guard let end = find(0, in: name..<bytes.count) else { throw damaged("it ends within an entry") }
        guard end > name else { throw damaged("an entry has no name") }
        guard end + ObjectID.length < bytes.count else { throw damaged("it ends within an entry") }
        let kind = EntryKind(mode: mode)
        return Entry(
            kind: kind, isCanonical: kind.mode == mode && bytes[start] != UInt8(ascii: "0"), start: start,
            name: name..<end, end: end + 1 + ObjectID.length)
    }

    /// The name of an entry; throws where no file can have it.
    func name(of entry: Entry) throws(GitError) -> UnsafeRawBufferPointer {
        if find(RepoPath.separator, in: entry.name) != nil {
            throw damaged("an entry's name is not a file name")
        }
        return uncheckedName(of: entry)
    }

    /// The name of an entry, to be compared only.
    func uncheckedName(of entry: Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[entry.name])
    }

    /// Whether two names are the same.
    func areEqual(_ one: Range<Int32>, _ other: Range<Int>) -> Bool {
        guard one.count == other.count, let base = bytes.baseAddress else { return false }
        return memcmp(base + Int(one.lowerBound), base + other.lowerBound, other.count) == 0
    }

    /// What the tree holds.
    func value(of entry: Entry) -> TreeEntry {
        let id = UnsafeRawBufferPointer(rebasing: bytes[(entry.end - ObjectID.length)..<entry.end])
        return TreeEntry(kind: entry.kind, id: ObjectID(raw: id))
    }

    private func find(_ byte: UInt8, in range: Range<Int>) -> Int? {
        guard !range.isEmpty, let base = bytes.baseAddress,
            let found = memchr(base + range.lowerBound, Int32(byte), range.count)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    private func damaged(_ reason: String) -> GitError {
        GitError(
            .other, operation: "read tree", subject: id?.description ?? "object",
            reason: "the object is damaged, \(reason); see git fsck")
    }

    /// git's order of tree entries: bytes, a folder's name as if it ended in a slash.
    static func order(
        _ a: UnsafeRawBufferPointer, _ aIsTree: Bool, _ b: UnsafeRawBufferPointer, _ bIsTree: Bool
    ) -> Int {
        let common = min(a.count, b.count)
        let order = common == 0 ? 0 : memcmp(a.baseAddress!, b.baseAddress!, common)
        if order != 0 { return Int(order) }
        let slash = Int(RepoPath.separator)
        let left = a.count > common ? Int(a[common]) : aIsTree ? slash : 0
        let right = b.count > common ? Int(b[common]) : bIsTree ? slash : 0
        return left - right
    }
}
