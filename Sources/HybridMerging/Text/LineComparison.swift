internal import HybridGit

/// Compares texts as git's merge does: histogram diff, then the sliding of changes.
///
/// Holds the tables that the algorithms need, so that many small comparisons do not pay for them again.
struct LineComparison: Sendable {
    private var histogram: HistogramDiff
    private let rules: GitRules

    /// Tables for texts whose lines' numbers are all below `idCount`.
    init(idCount: Int, rules: GitRules = .newest) {
        histogram = HistogramDiff(idCount: idCount)
        self.rules = rules
    }

    /// How `old` became `new`.
    mutating func edits(from old: ArraySlice<Int32>, to new: ArraySlice<Int32>) -> [LineEdit] {
        if old == new { return [] }
        var marks = LineMarks(oldCount: old.count, newCount: new.count)
        histogram.mark(old.span, new.span, &marks)
        let again = rules.contains(.slidGroupsCompared)
        ChangeCompaction.compact(
            old.span, &marks.old, beside: new.span, &marks.new, again: again, with: &histogram.myers)
        ChangeCompaction.compact(
            new.span, &marks.new, beside: old.span, &marks.old, again: again, with: &histogram.myers)
        return marks.edits()
    }
}
