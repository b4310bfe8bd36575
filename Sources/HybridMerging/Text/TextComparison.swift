internal import HybridGit

/// How one text became another, line by line, as git's merge sees it: histogram diff with slid changes.
public struct TextComparison: Sendable {
    /// Lines that became other lines, counted from 0; either range may be empty.
    public struct Edit: Hashable, Sendable {
        /// The lines that went.
        public var old: Range<Int>
        /// The lines that came.
        public var new: Range<Int>
    }

    /// The edits, in the order of the texts.
    public let edits: [Edit]
    private let texts: ThreeWay<LineText>

    /// Compares two texts; grows with their length and with how much differs.
    public init(from old: [UInt8], to new: [UInt8]) {
        let table = LineTable(ThreeWay(base: old, ours: new, theirs: []))
        texts = table.texts
        var comparison = LineComparison(idCount: table.idCount)
        edits = comparison.edits(from: texts.base.ids[...], to: texts.ours.ids[...]).map {
            Edit(old: $0.old, new: $0.new)
        }
    }

    /// How many lines the old text has.
    public var oldCount: Int { texts.base.count }

    /// Lines of the old text, without their ends.
    package func oldLines(_ lines: Range<Int>) -> [[UInt8]] { Self.cut(texts.base, lines) }

    /// Lines of the new text, without their ends.
    public func newLines(_ lines: Range<Int>) -> [[UInt8]] { Self.cut(texts.ours, lines) }

    private static func cut(_ text: LineText, _ lines: Range<Int>) -> [[UInt8]] {
        lines.map { line in
            var bytes = text.slice(line..<line + 1)
            if bytes.last == LineEnding.lf { bytes.removeLast() }
            if bytes.last == LineEnding.cr { bytes.removeLast() }
            return Array(bytes)
        }
    }

    /// All places where an edit could as well be said to lie: where lines come or go, equal ones beside them make
    /// no difference (`git diff` slides such changes as it likes).
    ///
    /// Old lines; empty where lines only came. An edit that both takes and brings lines lies in one place.
    public func places(of edit: Edit) -> [Range<Int>] {
        if edit.old.isEmpty == edit.new.isEmpty { return [edit.old] }
        // Two edits side by side would slide into each other.
        let index = edits.firstIndex(of: edit)
        let before = index.flatMap { $0 > 0 ? edits[$0 - 1] : nil }
        let after = index.flatMap { $0 + 1 < edits.count ? edits[$0 + 1] : nil }
        let (ids, lines) =
            edit.old.isEmpty ? (texts.ours.ids, edit.new) : (texts.base.ids, edit.old)
        let first = (edit.old.isEmpty ? before?.new.upperBound : before?.old.upperBound) ?? 0
        let last = (edit.old.isEmpty ? after?.new.lowerBound : after?.old.lowerBound) ?? ids.count
        var (up, down) = (0, 0)
        while lines.lowerBound - up > first, ids[lines.lowerBound - up - 1] == ids[lines.upperBound - up - 1]
        {
            up += 1
        }
        while lines.upperBound + down < last, ids[lines.lowerBound + down] == ids[lines.upperBound + down] {
            down += 1
        }
        return (-up...down).map { edit.old.lowerBound + $0..<edit.old.upperBound + $0 }
    }

    /// Where lines of the old text are in the new one; an edit that reaches into them belongs to them.
    ///
    /// What came directly before or behind does not.
    public func newPlace(of lines: Range<Int>) -> Range<Int> {
        var (start, end) = (lines.lowerBound, lines.upperBound)
        for edit in edits where edit.old.lowerBound < lines.upperBound {
            let growth = edit.new.count - edit.old.count
            if edit.old.upperBound <= lines.lowerBound {
                start += growth
            } else if edit.old.lowerBound < lines.lowerBound {
                start = edit.new.lowerBound
            }
            if edit.old.upperBound > lines.upperBound {
                end = edit.new.upperBound
            } else {
                end += growth
            }
        }
        return start..<max(start, end)
    }
}
