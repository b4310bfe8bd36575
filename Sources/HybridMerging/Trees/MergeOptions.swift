/// How merges are done.
public struct MergeOptions {
    /// With more than this number squared pairs of files left to compare, only cheap renames are found.
    public var renameLimit = 7000
    /// Whether renames are looked for at all: git's `merge.renames`.
    public var detectsRenames = true
    /// What happens with files that one side adds to a folder that the other side renamed.
    public var directoryRenames = DirectoryRenames.suggest
    /// How alike a file must be to count as renamed, of ``wholeScore``: git's `-X find-renames`.
    ///
    /// At ``wholeScore`` only files with the same bytes count.
    public var renameScore = ChunkCounts.renamed
    /// The score of two files that are the same.
    public static let wholeScore = ChunkCounts.exact
    /// What becomes of conflicts within files.
    public var favor = TextMerge.Favor.none
    /// Which differences between lines count for nothing.
    public var whitespace = Whitespace.counts
    /// How conflicts are written into texts.
    public var conflictStyle = TextMerge.ConflictStyle.merge
    /// Where attributes come from; nil for none.
    public var attributes: (any MergeAttributes)?
    /// The user's merge drivers; nil for none.
    public var drivers: (any MergeDrivers)?
    /// Whether histories without a common commit are merged, as if an empty tree came before both.
    public var allowsUnrelatedHistories = false
    /// Which git's answers are given: the newest's, unless an older one's are asked for.
    public var rules = GitRules.newest

    /// git's `merge.directoryRenames`.
    public enum DirectoryRenames: Sendable {
        /// They are left where they are.
        case ignore
        /// They are moved, and a conflict asks whether that is right: git's default.
        case suggest
        /// They are moved.
        case apply
    }

    /// git's defaults, without attributes and drivers.
    public init() {}
}

/// What messages and markers call the versions.
public struct MergeLabels: Sendable {
    /// The side that is merged into.
    public var ours: [UInt8]
    /// The side that is merged.
    public var theirs: [UInt8]
    /// The base; nil for its id, shortened.
    ///
    /// Shown only by the conflict styles that show the base.
    public var base: [UInt8]?

    /// Makes labels from bytes, which may be in any encoding.
    public init(ours: [UInt8], theirs: [UInt8], base: [UInt8]? = nil) {
        self.ours = ours
        self.theirs = theirs
        self.base = base
    }

    /// Makes labels from texts.
    public init(ours: String, theirs: String) {
        self.init(ours: Array(ours.utf8), theirs: Array(theirs.utf8))
    }
}
