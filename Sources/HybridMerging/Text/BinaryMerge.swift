/// Files that are not merged by lines: what git's merge takes for binary, and what becomes of it.
public struct BinaryMerge: Hashable, Sendable {
    /// The file that is kept.
    public var kept: MergeStage
    /// Whether this settles it; otherwise the path conflicts.
    public var isClean: Bool

    /// The most bytes that git merges by lines: a megabyte less than a gigabyte.
    public static let largestText = 1023 * 1024 * 1024
    /// How many bytes git searches for a NUL.
    public static let inspected = 8000

    /// Whether git takes a file for binary: a NUL among the first 8,000 bytes.
    public static func isBinary(_ bytes: [UInt8]) -> Bool { bytes.prefix(inspected).contains(0) }

    /// Whether one of the three files is binary or too large to be merged by lines.
    public static func applies(to files: ThreeWay<[UInt8]>) -> Bool {
        MergeStage.allCases.contains { files[$0].count > largestText || isBinary(files[$0]) }
    }

    /// What becomes of such files.
    ///
    /// Ours stays and the path conflicts, unless a side is favoured. For a virtual merge base, which may hold no
    /// open question, the base stays and nothing conflicts. `union` cannot join binary files.
    public static func outcome(favor: TextMerge.Favor, isVirtualBase: Bool = false) -> BinaryMerge {
        if isVirtualBase { return BinaryMerge(kept: .base, isClean: true) }
        switch favor {
        case .ours: return BinaryMerge(kept: .ours, isClean: true)
        case .theirs: return BinaryMerge(kept: .theirs, isClean: true)
        case .none, .union: return BinaryMerge(kept: .ours, isClean: false)
        }
    }
}
