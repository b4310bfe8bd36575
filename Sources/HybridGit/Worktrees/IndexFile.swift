internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// git's index as it lies in its file, versions 2 to 4, split or not: names, modes and ids, and the record of trees.
///
/// libgit2 hashes the whole file and makes an object of every entry, which costs more than all else that a commit's check
/// does. As git does, this takes the file's checksum on trust. Source: gitformat-index(5).
final class IndexFile {
    /// A folder in the record of trees.
    final class Tree {
        /// The tree that the folder's entries make; nil where that is not known.
        let id: ObjectID?
        var children: [[UInt8]: Tree] = [:]

        init(id: ObjectID?) { self.id = id }
    }

    private struct Entry {
        var fields: Int
        var name: Int
        var length: Int
        var stage: UInt8
        var isIntended: Bool
    }

    private let path: String
    private var bytes: [UInt8]
    /// The names where they are not in `bytes`: version 4 stores only how each differs from the one before.
    private var names: [UInt8] = []
    private var entries: [Entry] = []
    private var version: UInt32
    /// The root of the record of trees; nil where the index has none.
    private(set) var trees: Tree?
    private var split: SplitIndex?
    /// Whether its form is one of those that libgit2 does not read: split, sparse, without a checksum.
    private(set) var isUnusual = false

    /// Reads a file; one that is not there is an empty index.
    ///
    /// `shared` is the folder of shared indexes, that of the file itself when nil.
    init(_ path: String, sharedIn shared: String? = nil) throws(GitError) {
        self.path = path
        bytes = try Self.read(path)
        guard !bytes.isEmpty else {
            version = 2
            return
        }
        guard bytes.count >= 32, bytes.starts(with: Array("DIRC".utf8)) else {
            throw GitError(.other, operation: "read the index", subject: path, reason: "it is no index file")
        }
        version = Self.number(bytes, 4)
        guard (2...4).contains(version) else {
            throw GitError(
                .unsupported, operation: "read the index", subject: path, reason: "it has version \(version)")
        }
        isUnusual = bytes.suffix(ObjectID.length).allSatisfy { $0 == 0 }
        let end = try readEntries(Int(Self.number(bytes, 8)))
        try readExtensions(end)
        if let split {
            bytes = try joined(split, sharedIn: shared ?? path.pathFolder.map(String.init) ?? ".")
            (entries, names, version) = ([], [], Self.number(bytes, 4))
            _ = try readEntries(Int(Self.number(bytes, 8)))
        }
        // Only a split index has entries without a name.
        if entries.contains(where: { $0.length == 0 }) { throw damaged() }
    }

    /// The number of entries.
    var count: Int { entries.count }

    /// An entry's whole path.
    func name(_ index: Int) -> ArraySlice<UInt8> {
        let entry = entries[index]
        let slice = (version == 4 ? names : bytes)[entry.name..<entry.name + entry.length]
        return ArraySlice(Array(slice))
    }

    /// An entry's mode and object.
    func entry(_ index: Int) -> TreeEntry {
        let fields = entries[index].fields
        return TreeEntry(
            kind: EntryKind(mode: Self.number(bytes, fields + 24)),
            id: ObjectID(rawAt: fields + IndexForm.idOffset, in: bytes))
    }

    /// All of an entry but its name.
    func fields(_ index: Int) -> PlainIndex.Fields {
        let start = entries[index].fields
        func half(_ at: Int) -> UInt16 { UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]) }
        let flags = half(start + IndexForm.flagsOffset)
        return PlainIndex.Fields(
            facts: bytes[start..<start + IndexForm.flagsOffset], flags: flags,
            extended: flags & PlainIndex.Fields.isExtended == 0 ? 0 : half(start + IndexForm.nameOffset))
    }

    /// 0, or which side of an unmerged path it is.
    func stage(_ index: Int) -> UInt8 { entries[index].stage }

    /// Whether it is only intended to be added.
    func isIntended(_ index: Int) -> Bool { entries[index].isIntended }

    /// Where the entries end that share their first `length` bytes with the first of `range`.
    func end(of range: Range<Int>, sharing length: Int) -> Int {
        func shares(_ index: Int) -> Bool {
            let (a, b) = (entries[range.lowerBound], entries[index])
            guard b.length >= length else { return false }
            return (version == 4 ? names : bytes).withUnsafeBufferPointer {
                memcmp($0.baseAddress! + a.name, $0.baseAddress! + b.name, length) == 0
            }
        }
        var (low, high) = (range.lowerBound + 1, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if shares(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Reading

    private static func read(_ path: String) throws(GitError) -> [UInt8] {
        let file: Int32
        do throws(GitError) {
            file = try Disk.openFile(path)
        } catch {
            if error.code == .notFound { return [] }
            throw error
        }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { throw Disk.failure("read the index", path) }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(facts.st_size)) { buffer, count in
            while count < buffer.count {
                let some = Self.read(file, buffer.baseAddress! + count, buffer.count - count)
                if some < 0, errno == EINTR { continue }
                if some <= 0 {
                    failed = some < 0
                    break
                }
                count += some
            }
        }
        if failed { throw Disk.failure("read the index", path) }
        return bytes
    }

    #if canImport(Glibc)
        private static let read = Glibc.read
    #else
        private static let read = Darwin.read
    #endif

    private static func number(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8
            | UInt32(bytes[at + 3])
    }

    func damaged() -> GitError {
        GitError(
            .other, operation: "read the index", subject: path,
            reason: "it is damaged; git read-tree HEAD makes it anew")
    }

    /// Reads the entries; gives where they end.
    private func readEntries(_ count: Int) throws(GitError) -> Int {
        let limit = bytes.count - ObjectID.length
        // An entry takes so much at the least.
        guard count <= limit / IndexForm.nameOffset else { throw damaged() }
        entries.reserveCapacity(count)
        var at = 12
        for _ in 0..<count {
            guard at + IndexForm.nameOffset < limit else { throw damaged() }
            let flags =
                UInt16(bytes[at + IndexForm.flagsOffset]) << 8 | UInt16(bytes[at + IndexForm.flagsOffset + 1])
            var start = at + IndexForm.nameOffset
            var isIntended = false
            if flags & 0x4000 != 0 {
                guard version > 2, at + 64 < limit else { throw damaged() }
                isIntended = bytes[at + IndexForm.nameOffset] & 0x20 != 0
                start += 2
            }
            let shared: Int
            if version == 4 {
                let drop = try varint(&start, limit)
                let last = entries.last.map(\.length) ?? 0
                guard drop <= last else { throw damaged() }
                shared = last - drop
            } else {
                shared = 0
            }
            let short = Int(flags & 0xFFF)
            var end = version < 4 && short < 0xFFF ? start + short : start
            while end < limit, bytes[end] != 0 { end += 1 }
            guard end < limit else { throw damaged() }
            var entry = Entry(
                fields: at, name: start, length: end - start, stage: UInt8(flags >> 12 & 3),
                isIntended: isIntended)
            if version == 4 {
                let previous = entries.last?.name ?? 0
                entry.name = names.count
                entry.length += shared
                names += names[previous..<previous + shared] + bytes[start..<end]
                at = end + 1
            } else {
                // One to eight zero bytes make the length a multiple of eight.
                at += (end - at + 8) & ~7
            }
            entries.append(entry)
        }
        return at
    }

    /// The number form of pack files' offsets.
    private func varint(_ at: inout Int, _ limit: Int) throws(GitError) -> Int {
        guard at < limit else { throw damaged() }
        var byte = bytes[at]
        var value = Int(byte & 127)
        at += 1
        while byte & 128 != 0 {
            guard at < limit, value < 1 << 40 else { throw damaged() }
            byte = bytes[at]
            value = (value + 1) << 7 | Int(byte & 127)
            at += 1
        }
        return value
    }

    private func readExtensions(_ start: Int) throws(GitError) {
        var at = start
        while at + 8 <= bytes.count - ObjectID.length {
            let name = String(decoding: bytes[at..<at + 4], as: UTF8.self)
            let size = Int(Self.number(bytes, at + 4))
            guard size <= bytes.count - ObjectID.length - at - 8 else { throw damaged() }
            let body = at + 8..<at + 8 + size
            switch name {
            case "TREE":
                var place = body.lowerBound
                trees = try readTree(&place, body.upperBound, depth: 0)?.tree
            case "link":
                guard let read = SplitIndex(bytes[body]) else { throw damaged() }
                split = read
                isUnusual = true
            case "sdir": isUnusual = true
            default:
                // Such an extension must be understood.
                if bytes[at] & 0x20 != 0 {
                    throw GitError(
                        .unsupported, operation: "read the index", subject: path,
                        reason: "it has an extension \(name)")
                }
            }
            at = body.upperBound
        }
    }

    private func readTree(_ at: inout Int, _ end: Int, depth: Int) throws(GitError) -> (
        name: [UInt8], tree: Tree
    )? {
        guard at < end else { return nil }
        func until(_ byte: UInt8) throws(GitError) -> ArraySlice<UInt8> {
            guard depth < 4096, let stop = bytes[at..<end].firstIndex(of: byte) else { throw damaged() }
            defer { at = stop + 1 }
            return bytes[at..<stop]
        }
        let name = Array(try until(0))
        guard let entries = Int(String(decoding: try until(32), as: UTF8.self)),
            let children = Int(String(decoding: try until(10), as: UTF8.self)), children <= end - at
        else { throw damaged() }
        var id: ObjectID?
        if entries >= 0 {
            guard at + ObjectID.length <= end else { throw damaged() }
            id = ObjectID(rawAt: at, in: bytes)
            at += ObjectID.length
        }
        let tree = Tree(id: id)
        for _ in 0..<max(0, children) {
            guard let child = try readTree(&at, end, depth: depth + 1) else { throw damaged() }
            tree.children[child.name] = child.tree
        }
        return (name, tree)
    }
}
