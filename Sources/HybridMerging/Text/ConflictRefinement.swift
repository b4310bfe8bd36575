/// Makes conflicts smaller where the two sides have lines in common.
enum ConflictRefinement {
    /// For the style that shows no base: each conflict becomes the places where the sides really differ.
    ///
    /// git's rules: the sides are compared like two versions of a text; then places with at most three lines
    /// between them are joined again, because markers take as many lines. Every part keeps the base lines of
    /// the conflict that it comes from.
    static func refine(
        _ regions: [MergeRegion], in texts: ThreeWay<LineText>, with comparison: inout LineComparison
    ) -> [MergeRegion] {
        var refined: [MergeRegion] = []
        for region in regions {
            let lines = region.lines
            guard region.kind == .conflict, !lines.ours.isEmpty, !lines.theirs.isEmpty else {
                add(region, to: &refined)
                continue
            }
            let edits = comparison.edits(
                from: texts.ours.ids[lines.ours], to: texts.theirs.ids[lines.theirs])
            if edits.isEmpty { refined.append(MergeRegion(kind: .agreed, lines: lines)) }
            for edit in edits {
                let part = ThreeWay(
                    base: lines.base, ours: edit.old.shifted(by: lines.ours.lowerBound),
                    theirs: edit.new.shifted(by: lines.theirs.lowerBound))
                add(MergeRegion(kind: .conflict, lines: part), to: &refined)
            }
        }
        return refined
    }

    /// Appends a region, or joins a conflict with one that ends three lines or fewer above it.
    private static func add(_ region: MergeRegion, to regions: inout [MergeRegion]) {
        guard region.kind == .conflict, let last = regions.last, last.kind == .conflict,
            region.lines.ours.lowerBound - last.lines.ours.upperBound <= 3
        else {
            regions.append(region)
            return
        }
        regions[regions.count - 1].lines = last.lines.zip(region.lines) { $0.lowerBound..<$1.upperBound }
    }

    /// For zdiff3: lines that both sides have at the beginning or the end of a conflict leave it.
    static func trim(_ regions: [MergeRegion], in texts: ThreeWay<LineText>) -> [MergeRegion] {
        regions.map { region in
            guard region.kind == .conflict else { return region }
            var (ours, theirs) = (region.lines.ours, region.lines.theirs)
            let (a, b) = (texts.ours.ids, texts.theirs.ids)
            while let one = ours.first, let two = theirs.first, a[one] == b[two] {
                ours.removeFirst()
                theirs.removeFirst()
            }
            while let one = ours.last, let two = theirs.last, a[one] == b[two] {
                ours.removeLast()
                theirs.removeLast()
            }
            return MergeRegion(
                kind: .conflict, lines: ThreeWay(base: region.lines.base, ours: ours, theirs: theirs))
        }
    }
}
