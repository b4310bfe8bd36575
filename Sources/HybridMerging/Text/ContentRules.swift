public import HybridGit

/// How the contents of a path are merged, as its attributes say.
struct ContentRules: Sendable {
    /// The attribute `merge`.
    var merge = AttributeValue.unspecified
    /// The attribute `conflict-marker-size`; nil where it does not give a positive number.
    var markerSize: Int?

    /// Who merges.
    enum Merger {
        case text, union, binary
        case driver(any MergeDriver)

        static func == (a: Merger, b: Merger) -> Bool {
            switch (a, b) {
            case (.text, .text), (.union, .union), (.binary, .binary): true
            default: false
            }
        }
    }

    /// Who merges: one of git's three, or a driver that the user's own configuration defines.
    ///
    /// A name that nothing defines stands for text. For a virtual base a driver may name another one.
    func merger(
        for path: RepoPath, isVirtualBase: Bool, _ drivers: (any MergeDrivers)?
    ) throws(GitError) -> Merger {
        let name: String
        switch merge {
        case .set: return .text
        case .unset: return .binary
        case .unspecified:
            guard let fallback = try drivers?.fallback else { return .text }
            name = fallback
        case .value(let value): name = value
        }
        let found = try Self.merger(named: name, for: path, drivers)
        if isVirtualBase, case .driver(let driver) = found, let inner = driver.virtualBaseDriver {
            return try Self.merger(named: inner, for: path, drivers)
        }
        return found
    }

    private static func merger(
        named name: String, for path: RepoPath, _ drivers: (any MergeDrivers)?
    ) throws(GitError) -> Merger {
        if let driver = try drivers?.driver(named: name) { return .driver(driver) }
        switch name {
        case "binary": return .binary
        case "union": return .union
        case "text": return .text
        default:
            drivers?.isUndefined(name, for: path)
            return .text
        }
    }
}

/// Where attributes of paths come from.
public protocol MergeAttributes {
    /// The values of some attributes of a path, in the order of `names`; trees are read from `store`.
    func values(
        of names: [String], for path: RepoPath, in store: ObjectStore
    ) throws(GitError) -> [AttributeValue]
}

/// The merge drivers that the user's own configuration defines.
///
/// A repository's files can name a driver and never define one.
public protocol MergeDrivers {
    /// The driver for files without a `merge` attribute: git's `merge.default`.
    var fallback: String? { get throws(GitError) }
    /// The driver of this name; nil where the user defines none.
    func driver(named name: String) throws(GitError) -> (any MergeDriver)?
    /// Hears that a path asks for a driver that nothing defines, so that it is merged as text.
    func isUndefined(_ name: String, for path: RepoPath)
}

/// A program of the user's that merges files.
public protocol MergeDriver {
    /// The driver to use instead for virtual merge bases: git's `merge.<name>.recursive`.
    var virtualBaseDriver: String? { get }
    /// Merges three versions of a file; throws where the program fails rather than finds a conflict.
    ///
    /// `labels` are what markers call the versions.
    func merge(
        _ files: ThreeWay<[UInt8]>, path: RepoPath, markerSize: Int, labels: ThreeWay<[UInt8]>
    ) throws(GitError) -> (bytes: [UInt8], isClean: Bool)
}
