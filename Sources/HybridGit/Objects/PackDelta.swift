internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A tree written as what it takes from another tree (git's gitformat-pack, "Deltified representation").
struct PackDelta {
    /// The delta's content.
    private(set) var bytes: [UInt8] = []
    private let new: UnsafeRawBufferPointer
    /// The stretch of the base that is being copied, and the stretch of new bytes that is being inserted.
    private var copied = 0..<0
    private var inserted = 0..<0

    /// The delta that makes `new` out of `base`; nil where it is not worth having.
    ///
    /// Both are trees' contents. Grows with their size.
    static func make(from base: [UInt8], to new: [UInt8]) -> [UInt8]? {
        base.withUnsafeBytes { base in
            new.withUnsafeBytes { new in
                // Most trees differ in one place: what is the same before and after it is found fastest.
                var delta = PackDelta(base, new)
                if delta.takeEnds(base) || delta.takeEntries(base) { return delta.bytes }
                return nil
            }
        }
    }

    private init(_ base: UnsafeRawBufferPointer, _ new: UnsafeRawBufferPointer) {
        self.new = new
        start(base)
    }

    private mutating func start(_ base: UnsafeRawBufferPointer) {
        bytes = []
        (copied, inserted) = (0..<0, 0..<0)
        append(size: base.count)
        append(size: new.count)
    }

    /// All but one place that differs; false where that is too large.
    private mutating func takeEnds(_ base: UnsafeRawBufferPointer) -> Bool {
        let common = min(base.count, new.count)
        var front = 0
        while front + 8 <= common,
            base.loadUnaligned(fromByteOffset: front, as: UInt64.self)
                == new.loadUnaligned(fromByteOffset: front, as: UInt64.self)
        { front += 8 }
        while front < common, base[front] == new[front] { front += 1 }
        var back = 0
        while front + back < common, base[base.count - back - 1] == new[new.count - back - 1] { back += 1 }
        guard (new.count - front - back) * 4 <= new.count else { return false }
        copy(0..<front)
        insert(front..<new.count - back)
        copy(base.count - back..<base.count)
        close()
        return isWorthIt
    }

    /// Entry by entry; false where less than half is the same.
    private mutating func takeEntries(_ base: UnsafeRawBufferPointer) -> Bool {
        start(base)
        var (old, next) = (0, 0)
        while next < new.count {
            guard let end = Self.end(new, next) else { return false }
            var isThere = false
            while old < base.count {
                guard let oldEnd = Self.end(base, old) else { return false }
                let order = Self.order(base, old..<oldEnd.name, new, next..<end.name)
                if order > 0 { break }
                isThere =
                    order == 0
                    && memcmp(base.baseAddress! + oldEnd.name, new.baseAddress! + end.name, 21) == 0
                if isThere { copy(old..<oldEnd.entry) }
                old = oldEnd.entry
                if order == 0 { break }
            }
            if !isThere { insert(next..<end.entry) }
            next = end.entry
        }
        close()
        return isWorthIt
    }

    private var isWorthIt: Bool { bytes.count * 2 <= new.count }

    /// Where the name of the entry at `start` ends, and the entry itself.
    private static func end(_ tree: UnsafeRawBufferPointer, _ start: Int) -> (name: Int, entry: Int)? {
        guard let zero = memchr(tree.baseAddress! + start, 0, tree.count - start) else { return nil }
        let name = UnsafeRawPointer(zero) - tree.baseAddress!
        return name + 21 <= tree.count ? (name, name + 21) : nil
    }

    /// By names, then by modes: nearly git's order, which is enough to walk two trees side by side.
    private static func order(
        _ a: UnsafeRawBufferPointer, _ x: Range<Int>, _ b: UnsafeRawBufferPointer, _ y: Range<Int>
    ) -> Int {
        let space = UInt8(ascii: " ")
        let i = a[x].firstIndex(of: space) ?? x.lowerBound
        let j = b[y].firstIndex(of: space) ?? y.lowerBound
        // The NUL behind the shorter one decides.
        let count = min(x.upperBound - i, y.upperBound - j) + 1
        let names = Int(memcmp(a.baseAddress! + i, b.baseAddress! + j, count))
        if names != 0 { return names }
        let modeCount = min(i - x.lowerBound, j - y.lowerBound)
        let modes = Int(memcmp(a.baseAddress! + x.lowerBound, b.baseAddress! + y.lowerBound, modeCount))
        return modes != 0 ? modes : (i - x.lowerBound) - (j - y.lowerBound)
    }

    // MARK: Instructions

    private mutating func copy(_ range: Range<Int>) {
        if range.isEmpty { return }
        if !inserted.isEmpty { close() }
        if !copied.isEmpty, copied.upperBound == range.lowerBound {
            copied = copied.lowerBound..<range.upperBound
        } else {
            close()
            copied = range
        }
    }

    private mutating func insert(_ range: Range<Int>) {
        if range.isEmpty { return }
        if !copied.isEmpty { close() }
        inserted = inserted.isEmpty ? range : inserted.lowerBound..<range.upperBound
    }

    /// Writes the stretch that is open.
    private mutating func close() {
        // git reads more, and writes no more than this at once.
        while !copied.isEmpty {
            let count = min(copied.count, 0xFFFF)
            let place = bytes.count
            bytes.append(0x80)
            for (bit, value) in [copied.lowerBound, count].enumerated() {
                for byte in 0..<(bit == 0 ? 4 : 2) where value >> (8 * byte) & 0xFF != 0 {
                    bytes[place] |= 1 << (bit == 0 ? byte : 4 + byte)
                    bytes.append(UInt8(value >> (8 * byte) & 0xFF))
                }
            }
            copied = copied.lowerBound + count..<copied.upperBound
        }
        while !inserted.isEmpty {
            let count = min(inserted.count, 0x7F)
            bytes.append(UInt8(count))
            bytes += new[inserted.lowerBound..<inserted.lowerBound + count]
            inserted = inserted.lowerBound + count..<inserted.upperBound
        }
    }

    private mutating func append(size: Int) {
        var size = size
        while size > 0x7F {
            bytes.append(UInt8(size & 0x7F) | 0x80)
            size >>= 7
        }
        bytes.append(UInt8(size))
    }
}
