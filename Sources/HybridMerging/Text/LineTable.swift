internal import HybridGit

/// A text cut into lines, each known by a small number that equal lines share.
///
/// A line includes its LF. A last line without one is therefore another line than the same characters with it,
/// which is how git tells them apart.
struct LineText: Sendable {
    /// The whole text.
    let bytes: [UInt8]
    /// Where each line ends, behind its LF.
    let ends: [Int]
    /// Each line's number in the table.
    let ids: [Int32]

    /// The number of lines.
    var count: Int { ids.count }

    /// The bytes of neighbouring lines.
    func slice(_ lines: Range<Int>) -> ArraySlice<UInt8> {
        bytes[start(of: lines.lowerBound)..<start(of: lines.upperBound)]
    }

    /// Whether a line ends with an LF; only the last may not.
    func isTerminated(_ line: Int) -> Bool { bytes[ends[line] - 1] == LineEnding.lf }

    /// Whether a line that ends with an LF has a CR before it.
    func hasCarriageReturn(_ line: Int) -> Bool {
        let end = ends[line]
        return end - start(of: line) > 1 && bytes[end - 2] == LineEnding.cr
    }

    private func start(of line: Int) -> Int { line == 0 ? 0 : ends[line - 1] }
}

/// The bytes that end lines.
enum LineEnding {
    static let lf: UInt8 = 10
    static let cr: UInt8 = 13
}

/// The lines of the three texts of a merge, numbered together: equal lines have equal numbers.
///
/// Numbers count from 0 in the order of first sight, so that neighbouring lines have neighbouring numbers and
/// tables indexed by them stay in the cache. One pass over the bytes.
struct LineTable: Sendable {
    /// The three texts.
    let texts: ThreeWay<LineText>
    /// How many different lines there are; every number is below it.
    let idCount: Int

    /// Cuts and numbers three texts; lines that differ only in whitespace that does not count are equal.
    init(_ files: ThreeWay<[UInt8]>, _ whitespace: Whitespace = .counts) {
        guard whitespace == .counts else {
            var known: [[UInt8]: Int32] = [:]
            texts = files.map { Self.text($0, whitespace, &known) }
            idCount = known.count
            return
        }
        let size = files.base.count + files.ours.count + files.theirs.count
        var interner = LineInterner(expecting: size / 128)
        let (b, o, t) = (files.base, files.ours, files.theirs)
        let (one, two, three) = unsafe (b.span.bytes, o.span.bytes, t.span.bytes)
        let base = interner.intern(one, as: .base, one, two, three)
        let ours = interner.intern(two, as: .ours, one, two, three)
        let theirs = interner.intern(three, as: .theirs, one, two, three)
        texts = files.zip(ThreeWay(base: base, ours: ours, theirs: theirs)) {
            LineText(bytes: $0, ends: $1.ends, ids: $1.ids)
        }
        idCount = interner.known.count
    }

    private static func text(
        _ bytes: [UInt8], _ whitespace: Whitespace, _ known: inout [[UInt8]: Int32]
    ) -> LineText {
        var (ends, ids, start) = ([Int](), [Int32](), 0)
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: LineEnding.lf).map { $0 + 1 } ?? bytes.count
            let compared = whitespace.compared(bytes[start..<end])
            let id = known[compared] ?? Int32(known.count)
            known[compared] = id
            ends.append(end)
            ids.append(id)
            start = end
        }
        return LineText(bytes: bytes, ends: ends, ids: ids)
    }
}

/// Gives equal lines equal numbers: an open-addressed hash table over places in the texts, never over copies.
private struct LineInterner {
    /// Where a line was first seen.
    struct Place {
        var side: MergeStage
        var start: Int
        var length: Int
    }

    private(set) var known: [Place] = []
    /// A line's hash in the upper half and its number plus one in the lower; 0 is free.
    private var slots: [UInt64]

    init(expecting lines: Int) {
        var size = 64
        while size < lines * 2 { size *= 2 }
        slots = [UInt64](repeating: 0, count: size)
        known.reserveCapacity(size / 2)
    }

    /// Cuts `text`, which is the given one of the three, and numbers its lines.
    mutating func intern(
        _ text: RawSpan, as side: MergeStage, _ base: RawSpan, _ ours: RawSpan, _ theirs: RawSpan
    ) -> (ends: [Int], ids: [Int32]) {
        var ends: [Int] = []
        var ids: [Int32] = []
        ends.reserveCapacity(text.byteCount / 40 + 4)
        ids.reserveCapacity(text.byteCount / 40 + 4)
        var start = 0
        while start < text.byteCount {
            let line = ByteScan.line(of: text, from: start)
            if known.count * 2 >= slots.count { grow() }
            let mask = slots.count - 1
            var slot = Int(line.hash) & mask
            var id: Int32 = -1
            while slots[slot] != 0 {
                let entry = slots[slot]
                if UInt32(truncatingIfNeeded: entry >> 32) == line.hash {
                    let candidate = Int(UInt32(truncatingIfNeeded: entry)) - 1
                    let place = known[candidate]
                    let same =
                        place.length == line.end - start
                        && {
                            switch place.side {
                            case .base: ByteScan.equal(text, start, base, place.start, place.length)
                            case .ours: ByteScan.equal(text, start, ours, place.start, place.length)
                            case .theirs: ByteScan.equal(text, start, theirs, place.start, place.length)
                            }
                        }()
                    if same {
                        id = Int32(candidate)
                        break
                    }
                }
                slot = (slot + 1) & mask
            }
            if id < 0 {
                id = Int32(known.count)
                known.append(Place(side: side, start: start, length: line.end - start))
                slots[slot] = UInt64(line.hash) << 32 | UInt64(known.count)
            }
            ends.append(line.end)
            ids.append(id)
            start = line.end
        }
        return (ends, ids)
    }

    /// Doubles the table; the hashes in it are all that is needed.
    private mutating func grow() {
        var bigger = [UInt64](repeating: 0, count: slots.count * 2)
        let mask = bigger.count - 1
        for entry in slots where entry != 0 {
            var slot = Int(entry >> 32) & mask
            while bigger[slot] != 0 { slot = (slot + 1) & mask }
            bigger[slot] = entry
        }
        slots = bigger
    }
}
