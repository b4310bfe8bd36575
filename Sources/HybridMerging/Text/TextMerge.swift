/// Three versions of a text merged into one, byte for byte as git's merge-ort does it.
public struct TextMerge: Hashable, Sendable {
    /// The merged text, with markers where it conflicts.
    public var bytes: [UInt8]
    /// Where it conflicts, in the order of the text; their number is what git's own text merge reports.
    public var conflicts: [Hunk]
    /// Whether it does not conflict.
    public var isClean: Bool { conflicts.isEmpty }

    /// The lines that one conflict covers in each text, counted from 0; any of the ranges may be empty.
    ///
    /// In the style ``ConflictStyle/merge`` one overlap of changes may give several conflicts, each where the
    /// sides differ: these have the base lines of the whole overlap in common.
    public typealias Hunk = ThreeWay<Range<Int>>

    /// How conflicts are written: git's `merge.conflictStyle`.
    public enum ConflictStyle: String, Hashable, Sendable, CaseIterable {
        /// Both sides, as small as possible.
        case merge
        /// Both sides and the base.
        case diff3
        /// Both sides without the lines that they share at either end, and the base.
        case zdiff3
    }

    /// What a conflict becomes.
    public enum Favor: Hashable, Sendable, CaseIterable {
        /// It stays one.
        case none
        /// Our lines: git's `-X ours`.
        case ours
        /// Their lines: git's `-X theirs`.
        case theirs
        /// Our lines, then their lines: git's attribute `merge=union`.
        case union
    }

    /// How to merge and how to write.
    public struct Options: Hashable, Sendable {
        /// How conflicts are written.
        public var style: ConflictStyle
        /// How many characters a marker has; what is not above 0 stands for 7.
        public var markerSize: Int
        /// What stands behind the markers; nil for nothing, not even a space.
        public var labels: ThreeWay<[UInt8]?>
        /// What a conflict becomes.
        public var favor: Favor
        /// Which differences between lines count for nothing.
        public var whitespace: Whitespace
        /// Which git's comparison of lines is used.
        public var rules: GitRules

        /// Makes options; git's defaults, without labels.
        public init(
            style: ConflictStyle = .merge, markerSize: Int = 7,
            labels: ThreeWay<[UInt8]?> = ThreeWay(repeating: nil), favor: Favor = .none,
            whitespace: Whitespace = .counts, rules: GitRules = .newest
        ) {
            self.style = style
            self.markerSize = markerSize
            self.labels = labels
            self.favor = favor
            self.whitespace = whitespace
            self.rules = rules
        }
    }

    /// Merges the changes of two sides to a base; a missing base is an empty text.
    ///
    /// The rules are git's: histogram diffs of base and side, changes that overlap or touch conflict unless they
    /// are the same, and conflicts are refined according to the style. Meant for texts that
    /// ``BinaryMerge/applies(to:)`` denies; other bytes are merged by lines all the same, up to two gigabytes.
    /// Where git gives up (see the engine's histogram diff), this still merges.
    ///
    /// Usually linear in the texts' size; at worst quadratic, for texts that differ everywhere.
    public static func merge(_ files: ThreeWay<[UInt8]>, _ options: Options = Options()) -> TextMerge {
        if files.ours == files.base { return TextMerge(bytes: files.theirs, conflicts: []) }
        if files.theirs == files.base { return TextMerge(bytes: files.ours, conflicts: []) }
        let table = LineTable(files, options.whitespace)
        let texts = table.texts
        var comparison = LineComparison(idCount: table.idCount, rules: options.rules)
        let ours = comparison.edits(from: texts.base.ids[...], to: texts.ours.ids[...])
        let theirs = comparison.edits(from: texts.base.ids[...], to: texts.theirs.ids[...])
        // A side whose changes do not count has nothing to say, not even where lines only look different.
        if ours.isEmpty { return TextMerge(bytes: files.theirs, conflicts: []) }
        if theirs.isEmpty { return TextMerge(bytes: files.ours, conflicts: []) }
        var regions = MergeRegion.combine(ours: ours, theirs: theirs, in: texts)
        switch options.style {
        case .merge: regions = ConflictRefinement.refine(regions, in: texts, with: &comparison)
        case .diff3: break
        case .zdiff3: regions = ConflictRefinement.trim(regions, in: texts)
        }
        var writer = MergeWriter(texts, options)
        writer.write(regions)
        let conflicts = options.favor == .none ? regions.filter { $0.kind == .conflict }.map(\.lines) : []
        return TextMerge(bytes: writer.bytes, conflicts: conflicts)
    }
}
