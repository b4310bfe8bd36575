package import HybridGit
public import HybridMerging

extension MergeOptions {
    /// Merges a plan's shared hot files as their policies say, whatever else names a driver for them.
    public mutating func follow(_ hot: [HotFile]) {
        let policies = HotPolicies(hot)
        if policies.isEmpty { return }
        attributes = HotAttributes(policies, attributes)
        drivers = HotDrivers(drivers)
    }
}

/// Which files a plan lets any job touch, and how what several made of them comes together.
package struct HotPolicies {
    private let sets: [(claims: ClaimSet, policy: HotFile.Policy)]

    package init(_ hot: [HotFile]) {
        sets = hot.filter(\.policy.isShared).map {
            (ClaimSet(ofBothReadings: [Claim(path: $0.path)]), $0.policy)
        }
    }

    package var isEmpty: Bool { sets.isEmpty }

    /// The policy that merges a path; nil where none does.
    package func policy(of path: RepoPath) -> HotFile.Policy? {
        sets.first { $0.claims.covers(path.text) != nil }?.policy
    }
}

/// The attribute `merge` of hot files from their policies; everything else from where it came from before.
private final class HotAttributes: MergeAttributes {
    private let policies: HotPolicies
    private let others: (any MergeAttributes)?

    init(_ policies: HotPolicies, _ others: (any MergeAttributes)?) {
        self.policies = policies
        self.others = others
    }

    func values(
        of names: [String], for path: RepoPath, in store: ObjectStore
    ) throws(GitError) -> [AttributeValue] {
        var values =
            try others?.values(of: names, for: path, in: store)
            ?? names.map { _ in AttributeValue.unspecified }
        if let place = names.firstIndex(of: "merge"), let policy = policies.policy(of: path) {
            values[place] = .value(policy == .union ? "union" : KeepOurs.name)
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
        _ files: ThreeWay<[UInt8]>, path: RepoPath, markerSize: Int, labels: ThreeWay<[UInt8]>
    ) throws(GitError) -> (bytes: [UInt8], isClean: Bool) {
        (files.ours, true)
    }
}
