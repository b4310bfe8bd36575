internal import HybridBase
internal import HybridGit

/// Where a side changed the merge base, and what becomes of the place.
struct MergeRegion: Hashable, Sendable {
    /// What is written for a region.
    enum Kind: Hashable, Sendable {
        case ours, theirs, conflict
        /// Both sides have the same lines after all: written as any unchanged lines.
        case agreed
    }

    var kind: Kind
    var lines: ThreeWay<Range<Int>>

    /// The regions of two sets of edits to one base, in the order of the text.
    ///
    /// git's rules (`git merge`, its level "zealous" before refinement): edits that overlap or touch conflict,
    /// unless both sides made the very same edit; what then lies next to another region becomes part of it.
    static func combine(
        ours: [LineEdit], theirs: [LineEdit], in texts: ThreeWay<LineText>
    ) -> [MergeRegion] {
        var regions: [MergeRegion] = []
        var (one, two) = (ours[...], theirs[...])
        while one.first != nil || two.first != nil {
            let (mine, other) = (one.first, two.first)
            if let mine, mine.old.upperBound < (other?.old.lowerBound ?? .max) {
                // The other side's line numbers run on by what it has changed so far.
                let shift = other.map { $0.new.lowerBound - $0.old.lowerBound }
                let lines = mine.old.shifted(by: shift ?? texts.theirs.count - texts.base.count)
                append(.ours, ThreeWay(base: mine.old, ours: mine.new, theirs: lines), to: &regions)
                one.removeFirst()
            } else if let other, other.old.upperBound < (mine?.old.lowerBound ?? .max) {
                let shift = mine.map { $0.new.lowerBound - $0.old.lowerBound }
                let lines = other.old.shifted(by: shift ?? texts.ours.count - texts.base.count)
                append(.theirs, ThreeWay(base: other.old, ours: lines, theirs: other.new), to: &regions)
                two.removeFirst()
            } else if let mine, let other {
                if !isSame(mine, other, texts) {
                    append(.conflict, overlap(mine, other), to: &regions)
                }
                let (end, otherEnd) = (mine.old.upperBound, other.old.upperBound)
                if end <= otherEnd { one.removeFirst() }
                if otherEnd <= end { two.removeFirst() }
            }
        }
        return regions
    }

    private static func isSame(_ mine: LineEdit, _ other: LineEdit, _ texts: ThreeWay<LineText>) -> Bool {
        mine.old == other.old && mine.new.count == other.new.count
            && texts.ours.ids[mine.new] == texts.theirs.ids[other.new]
    }

    /// The base lines that either edit covers, and what they are on both sides.
    private static func overlap(_ mine: LineEdit, _ other: LineEdit) -> ThreeWay<Range<Int>> {
        let base =
            min(mine.old.lowerBound, other.old.lowerBound)..<max(mine.old.upperBound, other.old.upperBound)
        func side(_ edit: LineEdit) -> Range<Int> {
            edit.new.lowerBound - (edit.old.lowerBound - base.lowerBound)..<edit.new.upperBound
                + (base.upperBound - edit.old.upperBound)
        }
        return ThreeWay(base: base, ours: side(mine), theirs: side(other))
    }

    private static func append(_ kind: Kind, _ lines: ThreeWay<Range<Int>>, to regions: inout [MergeRegion]) {
        guard let last = regions.last,
            lines.ours.lowerBound <= last.lines.ours.upperBound
                || lines.theirs.lowerBound <= last.lines.theirs.upperBound
        else {
            regions.append(MergeRegion(kind: kind, lines: lines))
            return
        }
        regions[regions.count - 1].lines = last.lines.zip(lines) { $0.lowerBound..<$1.upperBound }
        if kind != last.kind { regions[regions.count - 1].kind = .conflict }
    }
}

extension Range<Int> {
    func shifted(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}
