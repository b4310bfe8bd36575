/// Slides groups of changed lines to where git shows them.
///
/// A group can move up when the line above it equals its last, and down when the line below it equals its
/// first; a group that it meets on the way becomes part of it. git's rule, as its merge uses it (without the
/// indent heuristic, which only `git diff` turns on):
/// - A group goes as far up as it can, then as far down as it can, again and again while it grows.
/// - It stays at the bottom, or goes back up to the lowest place where the other text has a changed group too.
enum ChangeCompaction {
    /// The changed lines, possibly none, between two neighbouring unchanged ones.
    ///
    /// Both texts have the same number of unchanged lines, and so of gaps: the n-th of one goes with the n-th
    /// of the other.
    private struct Gap {
        var start: Int
        var end: Int
        var isEmpty: Bool { start == end }
        var count: Int { end - start }
    }

    /// Slides the groups of one text beside those of the other.
    static func compact(_ lines: Span<Int32>, _ marks: inout [Bool], beside others: inout [Bool]) {
        var marks = marks.mutableSpan
        let others = others.span
        var gap = first(marks.span)
        var other = first(others)
        while true {
            if !gap.isEmpty { settle(&gap, lines, &marks, &other, others) }
            // Behind the last gap both texts end.
            guard gap.end < marks.count, other.end < others.count else { return }
            gap = below(gap, marks.span)
            other = below(other, others)
        }
    }

    /// Slides one group to its place and takes the other text's gap along.
    private static func settle(
        _ gap: inout Gap, _ lines: Span<Int32>, _ marks: inout MutableSpan<Bool>, _ other: inout Gap,
        _ others: Span<Bool>
    ) {
        var top: Int
        var aligned: Bool
        var size: Int
        repeat {
            size = gap.count
            while slideUp(&gap, lines, &marks) { other = above(other, others) }
            top = gap.end
            aligned = !other.isEmpty
            while slideDown(&gap, lines, &marks) {
                other = below(other, others)
                if !other.isEmpty { aligned = true }
            }
        } while gap.count != size
        guard aligned, gap.end != top else { return }
        while other.isEmpty, slideUp(&gap, lines, &marks) { other = above(other, others) }
    }

    private static func slideUp(
        _ gap: inout Gap, _ lines: Span<Int32>, _ marks: inout MutableSpan<Bool>
    ) -> Bool {
        guard gap.start > 0, lines[gap.start - 1] == lines[gap.end - 1] else { return false }
        gap.start -= 1
        gap.end -= 1
        marks[gap.start] = true
        marks[gap.end] = false
        while gap.start > 0, marks[gap.start - 1] { gap.start -= 1 }
        return true
    }

    private static func slideDown(
        _ gap: inout Gap, _ lines: Span<Int32>, _ marks: inout MutableSpan<Bool>
    ) -> Bool {
        guard gap.end < marks.count, lines[gap.start] == lines[gap.end] else { return false }
        marks[gap.start] = false
        marks[gap.end] = true
        gap.start += 1
        gap.end += 1
        while gap.end < marks.count, marks[gap.end] { gap.end += 1 }
        return true
    }

    private static func first(_ marks: Span<Bool>) -> Gap { Gap(start: 0, end: end(from: 0, marks)) }

    private static func below(_ gap: Gap, _ marks: Span<Bool>) -> Gap {
        Gap(start: gap.end + 1, end: end(from: gap.end + 1, marks))
    }

    private static func above(_ gap: Gap, _ marks: Span<Bool>) -> Gap {
        var start = gap.start - 1
        let end = start
        while start > 0, marks[start - 1] { start -= 1 }
        return Gap(start: start, end: end)
    }

    private static func end(from start: Int, _ marks: Span<Bool>) -> Int {
        var end = start
        while end < marks.count, marks[end] { end += 1 }
        return end
    }
}
