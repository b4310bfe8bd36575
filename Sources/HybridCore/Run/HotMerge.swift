internal import HybridGit
internal import HybridMerging

extension MergeOptions {
    /// Merges a plan's shared hot files as their policies say, whatever else names a driver for them.
    mutating func follow(_ hot: [HotFile]) {
        let shared = hot.filter(\.policy.isShared)
        if shared.isEmpty { return }
        attributes = HotAttributes(shared, attributes)
        drivers = HotDrivers(drivers)
    }
}

/// The attribute `merge` of hot files from their policies; everything else from where it came from before.
private final class HotAttributes: MergeAttributes {
    private let sets: [(claims: ClaimSet, merge: String)]
    private let others: (any MergeAttributes)?

    init(_ hot: [HotFile], _ others: (any MergeAttributes)?) {
        sets = hot.map { file in
            (
                ClaimSet(ofBothReadings: [Claim(path: file.path)]),
                file.policy == .union ? "union" : KeepOurs.name
            )
        }
        self.others = others
    }

    func values(of names: [String], for path: RepoPath) throws(GitError) -> [AttributeValue] {
        var values =
            try others?.values(of: names, for: path) ?? names.map { _ in AttributeValue.unspecified }
        if let place = names.firstIndex(of: "merge"),
            let found = sets.first(where: { $0.claims.covers(path.text) != nil })
        {
            values[place] = .value(found.merge)
        }
        return values
    }
}

/// The user's drivers, and hybrid's own for files that are made anew.
private struct HotDrivers: MergeDrivers {
    let others: (any MergeDrivers)?

    init(_ others: (any MergeDrivers)?) { self.others = others }

    var fallback: String? { get throws(GitError) { try others?.fallback } }

    func driver(named name: String) throws(GitError) -> (any MergeDriver)? {
        if name == KeepOurs.name { return KeepOurs() }
        return try others?.driver(named: name)
    }

    func isUndefined(_ name: String, for path: RepoPath) { others?.isUndefined(name, for: path) }
}

/// Keeps what the merge has so far: the file is made anew afterwards.
private struct KeepOurs: MergeDriver {
    /// No file of attributes can name it: values there hold no space.
    static let name = "hybrid regenerate"

    var virtualBaseDriver: String? { nil }

    func merge(
        _ files: ThreeWay<[UInt8]>, path: RepoPath, markerSize: Int
    ) throws(GitError) -> (bytes: [UInt8], isClean: Bool) {
        (files.ours, true)
    }
}
