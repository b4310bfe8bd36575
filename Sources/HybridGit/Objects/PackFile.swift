internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A pack with its index, mapped into memory (git's gitformat-pack; indexes of version 2).
///
/// Nothing in either file is believed: a number that leads outside makes an answer nil.
final class PackFile {
    /// What stands at a place in the pack.
    struct Entry {
        enum Kind {
            /// A commit, a tree, a blob or a tag, by git's numbers.
            case whole(UInt8)
            /// What to change in the object at another place in this pack.
            case delta(base: Int)
        }

        var kind: Kind
        /// The length of the content when expanded, in bytes.
        var size: Int
        /// The compressed content and all that follows it.
        var rest: UnsafeRawBufferPointer
    }

    private let name: String
    private let index: MappedFile
    private let count: Int
    /// Mapped when there is first something to read in it: most of many packs are only looked up in.
    private lazy var pack = mapped()

    /// The head of an index with its fan-out table, and the two checksums at its end.
    private static let (tables, trailer) = (8 + 1024, 2 * ObjectID.length)

    /// What an index holds of an object: its id, a checksum and its offset.
    private static let entry = ObjectID.length + 8

    /// Maps `NAME.idx`; nil where that is not of the kind that is known.
    init?(_ name: String) {
        guard let index = MappedFile(name + ".idx"), index.bytes.count >= Self.tables + Self.trailer,
            index.bytes.starts(with: PackIndex.head)
        else { return nil }
        count = Int(index.bytes.number(at: 8 + 255 * 4))
        if Self.tables + count * Self.entry > index.bytes.count - Self.trailer { return nil }
        (self.name, self.index) = (name, index)
    }

    /// `NAME.pack`; nil where it is not of a kind that is known, or not the one that the index is of.
    private func mapped() -> MappedFile? {
        let end = index.bytes.count - Self.trailer
        guard let pack = MappedFile(name + ".pack"), pack.bytes.count >= 32,
            pack.bytes.starts(with: Array("PACK".utf8)), [2, 3].contains(pack.bytes.number(at: 4)),
            index.bytes[end..<end + ObjectID.length].elementsEqual(pack.bytes.suffix(ObjectID.length))
        else { return nil }
        return pack
    }

    /// Where an object begins; nil where the pack does not hold it.
    func offset(of id: ObjectID) -> Int? {
        let bytes = index.bytes
        let first = Int(id.high >> 56)
        var low = first == 0 ? 0 : Int(bytes.number(at: 8 + (first - 1) * 4))
        var high = min(Int(bytes.number(at: 8 + first * 4)), count)
        while low < high {
            let middle = (low + high) / 2
            let found = ObjectID(
                raw: UnsafeRawBufferPointer(rebasing: bytes[(Self.tables + middle * ObjectID.length)...]))
            if found == id { return offset(middle) }
            if found < id { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    private func offset(_ place: Int) -> Int? {
        let bytes = index.bytes
        let small = bytes.number(at: Self.tables + count * (ObjectID.length + 4) + place * 4)
        if small >> 31 == 0 { return Int(small) }
        // What does not fit into 31 bits stands in a table of its own.
        let large = Self.tables + count * Self.entry + Int(small & 0x7FFF_FFFF) * 8
        guard large + 8 <= bytes.count - Self.trailer else { return nil }
        return Int(exactly: UInt64(bytes.number(at: large)) << 32 | UInt64(bytes.number(at: large + 4)))
    }

    /// What stands at `start`; nil where that is no entry.
    func entry(at start: Int) -> Entry? {
        guard let pack else { return nil }
        // The checksum at the end is no part of an entry.
        let bytes = UnsafeRawBufferPointer(rebasing: pack.bytes.dropLast(ObjectID.length))
        guard start >= 12, start < bytes.count else { return nil }
        var reader = PackNumbers(bytes: bytes, at: start)
        guard let head = reader.byte() else { return nil }
        guard let size = head & 0x80 == 0 ? Int(head & 15) : reader.size(after: Int(head & 15), known: 4)
        else {
            return nil
        }
        let kind: Entry.Kind
        switch head >> 4 & 7 {
        case let type where 1...4 ~= type: kind = .whole(type)
        case 6:
            guard let distance = reader.distance(), distance > 0, start - distance >= 12 else { return nil }
            kind = .delta(base: start - distance)
        case 7:
            guard reader.at + ObjectID.length <= bytes.count else { return nil }
            let id = ObjectID(raw: UnsafeRawBufferPointer(rebasing: bytes[reader.at...]))
            guard let base = offset(of: id) else { return nil }
            reader.at += ObjectID.length
            kind = .delta(base: base)
        default: return nil
        }
        return Entry(kind: kind, size: size, rest: UnsafeRawBufferPointer(rebasing: bytes[reader.at...]))
    }
}

/// Reads numbers as packs and deltas have them.
struct PackNumbers {
    let bytes: UnsafeRawBufferPointer
    var at = 0

    mutating func byte() -> UInt8? {
        guard at < bytes.count else { return nil }
        defer { at += 1 }
        return bytes[at]
    }

    /// A size of which the lowest bits were read, `known` of them: seven more in each byte, the lowest first.
    mutating func size(after low: Int = 0, known: Int = 0) -> Int? {
        var (size, shift) = (low, known)
        while shift < 56, let next = byte() {
            size |= Int(next & 0x7F) << shift
            if next & 0x80 == 0 { return size }
            shift += 7
        }
        return nil
    }

    /// How far back a base lies: seven bits a byte, the highest first, each but the last one less.
    mutating func distance() -> Int? {
        guard var next = byte() else { return nil }
        var distance = Int(next & 0x7F)
        while next & 0x80 != 0 {
            guard distance < 1 << 48, let more = byte() else { return nil }
            next = more
            distance = (distance + 1) << 7 | Int(next & 0x7F)
        }
        return distance
    }
}

/// A file's bytes in memory while this lives.
final class MappedFile {
    let bytes: UnsafeRawBufferPointer

    /// Nil for what is empty, no file, or cannot be read.
    init?(_ path: String) {
        // Never waits for a pipe that somebody put there.
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var found = stat()
        guard fstat(file, &found) == 0, found.st_mode & S_IFMT == S_IFREG, found.st_size > 0 else {
            return nil
        }
        let size = Int(found.st_size)
        guard let place = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), place != MAP_FAILED else {
            return nil
        }
        bytes = UnsafeRawBufferPointer(start: place, count: size)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count) }
}

extension UnsafeRawBufferPointer {
    /// The four bytes at a place as a number, the highest first.
    fileprivate func number(at place: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }
}
