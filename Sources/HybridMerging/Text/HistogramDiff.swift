internal import HybridGit

/// Histogram diff: splits two texts at their rarest common run of lines, then does the same on either side.
///
/// The algorithm is JGit's, in the form in which git 2.39 has it (`git diff --histogram`; git's merge always
/// uses it). The rules that decide the outcome:
/// - For every new line, every place where it occurs among the old lines of the box is grown into a run of
///   equal lines, backward and forward. A run is as rare as its rarest line's number of old occurrences.
/// - A run is better than the best so far when it is longer, or when it is rarer. Lines that occur more often
///   than the best run's rarity are passed over.
/// - After a new line the search goes on behind the longest of its runs, and after an old occurrence at the
///   first one behind the run grown from it.
/// - Where lines are common to both but each occurs more than 64 times, the box goes to ``MyersDiff``.
/// - Unlike in the classical diff, common lines at both ends are not taken away first: they count as
///   occurrences.
///
/// git gives up on texts in which 64 different lines fall into one bucket of its hash table; there is no such
/// table here, and these texts are compared like any other.
struct HistogramDiff: Sendable {
    /// Lines with more old occurrences than this do not anchor anything.
    static let mostOccurrences: Int32 = 64
    private static let none: Int32 = -1

    /// A line's occurrences among the old lines of the box in hand.
    private struct Occurrences {
        var count: Int32 = 0
        var first: Int32 = HistogramDiff.none
    }

    /// What to do with a box.
    private enum Verdict {
        case split(LineBox)
        case nothingInCommon
        case tooCommon
    }

    /// By line number; all zero between two boxes.
    private var occurrences: [Occurrences]
    /// By old line, the next old line that equals it.
    private var next: [Int32] = []
    /// The classical diff, with tables of the same size.
    var myers: MyersDiff

    /// Tables for texts whose lines' numbers are all below `idCount`.
    init(idCount: Int) {
        occurrences = [Occurrences](repeating: Occurrences(), count: idCount)
        myers = MyersDiff(idCount: idCount)
    }

    /// Marks the lines of both texts that have no partner.
    ///
    /// Boxes wait on a list rather than on the stack, which a long text would overflow.
    mutating func mark(_ old: Span<Int32>, _ new: Span<Int32>, _ marks: inout LineMarks) {
        if next.count < old.count { next = [Int32](repeating: Self.none, count: old.count) }
        var waiting = [LineBox(old: 0..<old.count, new: 0..<new.count)]
        while let box = waiting.popLast() {
            guard !box.old.isEmpty, !box.new.isEmpty else {
                marks.mark(box)
                continue
            }
            switch Self.verdict(old, new, box, &occurrences, &next) {
            case .nothingInCommon: marks.mark(box)
            case .tooCommon: myers.mark(old, new, box, &marks)
            case .split(let run):
                waiting.append(
                    LineBox(
                        old: run.old.upperBound..<box.old.upperBound,
                        new: run.new.upperBound..<box.new.upperBound))
                waiting.append(
                    LineBox(
                        old: box.old.lowerBound..<run.old.lowerBound,
                        new: box.new.lowerBound..<run.new.lowerBound))
            }
        }
    }

    private static func verdict(
        _ old: Span<Int32>, _ new: Span<Int32>, _ box: LineBox, _ occurrences: inout [Occurrences],
        _ next: inout [Int32]
    ) -> Verdict {
        var table = occurrences.mutableSpan
        var chain = next.mutableSpan
        count(old, box.old, &table, &chain)
        let verdict = search(old, new, box, table.span, chain.span)
        for line in box.old { table[Int(old[line])] = Occurrences() }
        return verdict
    }

    /// Counts the old lines from the last to the first, so that chains lead down the text.
    private static func count(
        _ old: Span<Int32>, _ lines: Range<Int>, _ table: inout MutableSpan<Occurrences>,
        _ chain: inout MutableSpan<Int32>
    ) {
        var line = lines.upperBound
        while line > lines.lowerBound {
            line -= 1
            let id = Int(old[line])
            var entry = table[id]
            chain[line] = entry.first
            entry.first = Int32(truncatingIfNeeded: line)
            entry.count &+= 1
            table[id] = entry
        }
    }

    private static func search(
        _ old: Span<Int32>, _ new: Span<Int32>, _ box: LineBox, _ table: Span<Occurrences>,
        _ chain: Span<Int32>
    ) -> Verdict {
        var best = Run(old: 0, new: 0, length: 1)
        var rarity = mostOccurrences + 1
        var found = false
        var common = false
        var line = box.new.lowerBound
        while line < box.new.upperBound {
            let entry = table[Int(new[line])]
            guard entry.count > 0 else {
                line += 1
                continue
            }
            common = true
            guard entry.count <= rarity else {
                line += 1
                continue
            }
            var behind = line + 1
            var place = entry.first
            while place != none {
                let (run, rarest) = grow(old, new, box, Int(place), line, entry.count, table)
                behind = max(behind, run.new + run.length)
                if run.length > best.length || rarest < rarity {
                    best = run
                    rarity = rarest
                    found = true
                }
                let end = run.old + run.length
                repeat { place = chain[Int(place)] } while place != none && Int(place) < end
            }
            line = behind
        }
        if common, rarity > mostOccurrences { return .tooCommon }
        guard found else { return .nothingInCommon }
        return .split(
            LineBox(
                old: best.old..<(best.old + best.length), new: best.new..<(best.new + best.length)))
    }

    private struct Run {
        var old: Int
        var new: Int
        var length: Int
    }

    /// Grows one pair of equal lines into a run inside the box.
    ///
    /// Once the rarity is 1 there is nothing left to learn from further lines' counts.
    @inline(__always)
    private static func grow(
        _ old: Span<Int32>, _ new: Span<Int32>, _ box: LineBox, _ oldLine: Int, _ newLine: Int,
        _ count: Int32, _ table: Span<Occurrences>
    ) -> (Run, rarity: Int32) {
        var rarity = count
        var (a, b) = (oldLine, newLine)
        while a > box.old.lowerBound, b > box.new.lowerBound, old[a - 1] == new[b - 1] {
            a -= 1
            b -= 1
            if rarity > 1 { rarity = min(rarity, table[Int(old[a])].count) }
        }
        var end = oldLine + 1
        var newEnd = newLine + 1
        while end < box.old.upperBound, newEnd < box.new.upperBound, old[end] == new[newEnd] {
            if rarity > 1 { rarity = min(rarity, table[Int(old[end])].count) }
            end += 1
            newEnd += 1
        }
        return (Run(old: a, new: b, length: end - a), rarity)
    }
}
