internal import HybridGit

/// The classical diff, used where lines repeat too often for ``HistogramDiff``.
///
/// E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), in its linear-space form, with what
/// git adds (its default `git diff` without `--minimal`):
/// - Equal lines at both ends of the box are paired first.
/// - Lines that the other text lacks are marked at once. Lines that the other text has very often are marked
///   too when they stand among such lines. The search sees only the rest.
/// - A search that grows too costly stops early; see ``MiddlePoint``.
struct MyersDiff: Sendable {
    /// Where a line stands among the lines to weed.
    private enum Partners: UInt8 {
        case none
        case some
        case tooMany
    }

    private let idCount: Int
    /// How often a line occurs among the old lines of the box, by number; all zero between two calls.
    ///
    /// Empty before the first call, because most merges make none.
    private var oldCounts: [Int32] = []
    /// The same for the new lines.
    private var newCounts: [Int32] = []

    /// Tables for texts whose lines' numbers are all below `idCount`.
    init(idCount: Int) { self.idCount = idCount }

    /// Marks the lines of a box that have no partner.
    mutating func mark(_ old: Span<Int32>, _ new: Span<Int32>, _ box: LineBox, _ marks: inout LineMarks) {
        if oldCounts.isEmpty {
            oldCounts = [Int32](repeating: 0, count: idCount)
            newCounts = oldCounts
        }
        for line in box.old { oldCounts[Int(old[line])] += 1 }
        for line in box.new { newCounts[Int(new[line])] += 1 }
        let inner = box.withoutEqualEnds(old, new)
        let keptOld = Self.weed(
            old, inner.old, &marks.old, limit: Self.limit(box.old.count), partners: newCounts)
        let keptNew = Self.weed(
            new, inner.new, &marks.new, limit: Self.limit(box.new.count), partners: oldCounts)
        for line in box.old { oldCounts[Int(old[line])] = 0 }
        for line in box.new { newCounts[Int(new[line])] = 0 }

        let (one, two) = (keptOld.map { old[$0] }, keptNew.map { new[$0] })
        MiddlePoint.search(one.span, two.span) { went, came in
            for index in went { marks.old[keptOld[index]] = true }
            for index in came { marks.new[keptNew[index]] = true }
        }
    }

    /// From how many partners on a line has too many: about the root of its text's length, 1,024 at most.
    private static func limit(_ count: Int) -> Int32 { Int32(min(roughRoot(count), 1024)) }

    /// A power of two near the square root, as git reckons it: one doubling for every two bits.
    static func roughRoot(_ value: Int) -> Int {
        1 << ((Int.bitWidth - value.leadingZeroBitCount + 1) / 2)
    }

    /// Marks the lines not worth a search and gives the others.
    ///
    /// Out go lines without partners, and lines with too many that lie among lines without; see
    /// ``isNoise(_:in:)``.
    private static func weed(
        _ text: Span<Int32>, _ lines: Range<Int>, _ marks: inout [Bool], limit: Int32,
        partners counts: [Int32]
    ) -> [Int] {
        var partners: [Partners] = []
        partners.reserveCapacity(lines.count)
        for line in lines {
            let count = counts[Int(text[line])]
            partners.append(count == 0 ? .none : count >= limit ? .tooMany : .some)
        }
        var kept: [Int] = []
        kept.reserveCapacity(lines.count)
        for (index, line) in lines.enumerated() {
            switch partners[index] {
            case .some: kept.append(line)
            case .tooMany where !isNoise(index, in: partners): kept.append(line)
            default: marks[line] = true
            }
        }
        return kept
    }

    /// Whether a line with too many partners stands in a stretch of lines that mostly have none.
    ///
    /// The stretch reaches to the nearest line with some partners, but 100 lines at most, and needs lines
    /// without partners on both sides. Noise it is when more than three quarters of it have none, the line
    /// itself counting twice on the other side.
    private static func isNoise(_ index: Int, in partners: [Partners]) -> Bool {
        let reach = 100
        func tally(_ indices: some Sequence<Int>) -> (none: Int, tooMany: Int) {
            var (none, tooMany) = (0, 1)
            for other in indices {
                switch partners[other] {
                case .none: none += 1
                case .tooMany: tooMany += 1
                case .some: return (none, tooMany)
                }
            }
            return (none, tooMany)
        }
        let above = tally(stride(from: index - 1, through: max(0, index - reach), by: -1))
        guard above.none > 0 else { return false }
        let below = tally(index + 1..<min(partners.count, index + reach + 1))
        guard below.none > 0 else { return false }
        let (none, tooMany) = (above.none + below.none, above.tooMany + below.tooMany)
        return tooMany * 4 < tooMany + none
    }
}
