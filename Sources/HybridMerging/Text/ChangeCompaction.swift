internal import HybridGit

/// Slides groups of changed lines to where git shows them.
///
/// A group can move up when the line above it equals its last, and down when the line below it equals its
/// first; a group that it meets on the way becomes part of it. git's rule, as its merge uses it (without the
/// indent heuristic, which only `git diff` turns on):
/// - A group goes as far up as it can, then as far down as it can, again and again while it grows.
/// - It stays at the bottom, or goes back up to the lowest place where the other text has a changed group too.
/// - A histogram diff anchors at lines that slid groups can cross, so that lines which are equal may come to face each
///   other: where a group moved and the other text has one there, the classical diff compares the two anew.
enum ChangeCompaction {
    /// The changed lines, possibly none, between two neighbouring unchanged ones.
    ///
    /// Both texts have the same number of unchanged lines, and so of gaps: the n-th of one goes with the n-th
    /// of the other.
    private struct Gap: Equatable {
        var start: Int
        var end: Int
        var isEmpty: Bool { start == end }
        var count: Int { end - start }
    }

    /// Slides the groups of one text beside those of the other; with `again` compares those anew that moved.
    static func compact(
        _ lines: Span<Int32>, _ marks: inout [Bool], beside otherLines: Span<Int32>, _ others: inout [Bool],
        again: Bool, with myers: inout MyersDiff
    ) {
        var marks = marks.mutableSpan
        var others = others.mutableSpan
        var gap = first(marks.span)
        var other = first(others.span)
        while true {
            if !gap.isEmpty {
                let from = gap
                settle(&gap, lines, &marks, &other, others.span)
                if again, !other.isEmpty, gap != from {
                    compare(gap, lines, &marks, other, otherLines, &others, with: &myers)
                }
            }
            // Behind the last gap both texts end.
            guard gap.end < marks.count, other.end < others.count else { return }
            gap = below(gap, marks.span)
            other = below(other, others.span)
        }
    }

    /// Pairs the lines of two groups that stand side by side, as if they were whole texts.
    private static func compare(
        _ gap: Gap, _ lines: Span<Int32>, _ marks: inout MutableSpan<Bool>, _ other: Gap,
        _ otherLines: Span<Int32>, _ others: inout MutableSpan<Bool>, with myers: inout MyersDiff
    ) {
        var found = LineMarks(oldCount: gap.count, newCount: other.count)
        myers.mark(
            lines.extracting(gap.start..<gap.end), otherLines.extracting(other.start..<other.end),
            LineBox(old: 0..<gap.count, new: 0..<other.count), &found)
        for (line, isChanged) in found.old.enumerated() { marks[gap.start + line] = isChanged }
        for (line, isChanged) in found.new.enumerated() { others[other.start + line] = isChanged }
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
