internal import HybridGit

/// The rules by which git's merges came to differ between 2.39 and today, each with the release that brought it.
///
/// Merging follows the newest git unless it is asked for an older one's answers, as tests do that compare with whatever
/// git is installed. Source: git's release notes and the commits named.
public struct GitRules: OptionSet, Hashable, Sendable {
    /// One bit a rule.
    public let rawValue: UInt8

    /// Makes rules from bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Similarity counts a last line without a line feed (1c5bc6971e, 2.43.2): more changed files are found to be renamed.
    public static let lastLineCounts = GitRules(rawValue: 1 << 0)
    /// What to do about conflicted submodules is advice and none of the merge's messages (b9e55be740, 2.45).
    public static let adviceApart = GitRules(rawValue: 1 << 1)
    /// A folder rename never puts a file where another file of the base was, nor takes one away that it puts back to its
    /// own place (f6ecb603ff and 885ffe538b, 2.51.1).
    public static let renameSourcesStay = GitRules(rawValue: 1 << 2)
    /// A folder that one side left alone and the other replaced by a file is settled as such (979ee83e8a, 2.53).
    public static let replacedFoldersSettle = GitRules(rawValue: 1 << 3)
    /// Changed lines that came together by sliding are compared again (e417277ae9, 2.54): fewer false conflicts.
    public static let slidGroupsCompared = GitRules(rawValue: 1 << 4)

    /// `merge.renames` and `diff.renames` can turn renames off (a707d4f941, 2.50).
    public static let renamesCanBeOff = GitRules(rawValue: 1 << 5)

    /// All of them: the rules of git 2.55.
    public static let newest: GitRules = [
        .lastLineCounts, .adviceApart, .renameSourcesStay, .replacedFoldersSettle, .slidGroupsCompared,
        .renamesCanBeOff,
    ]

    /// Which release brought each, the earliest first.
    private static let releases: [(rule: GitRules, version: [Int])] = [
        (.lastLineCounts, [2, 43, 2]), (.adviceApart, [2, 45]), (.renamesCanBeOff, [2, 50]),
        (.renameSourcesStay, [2, 51, 1]),
        (.replacedFoldersSettle, [2, 53]), (.slidGroupsCompared, [2, 54]),
    ]

    /// The oldest git whose answers can be given.
    public static let oldest = "2.38"

    /// The rules of a release, as `git --version` names it, with or without words in front: `2.39.5`, `2.46.0.windows.1`.
    ///
    /// Nil for what names no version, and for versions without `git merge-tree --write-tree`. Example:
    /// `GitRules(version: "git version 2.45.1")` has the first two rules.
    public init?(version: String) {
        guard
            let digits = version.split(separator: " ").first(where: { $0.first?.isNumber == true })
        else { return nil }
        let parts = digits.split(separator: ".").prefix { Int($0) != nil }.compactMap { Int($0) }
        guard parts.count >= 2, !parts.lexicographicallyPrecedes([2, 38]) else { return nil }
        self = Self.releases.reduce(into: []) { found, release in
            if !parts.lexicographicallyPrecedes(release.version) { found.insert(release.rule) }
        }
    }
}
