internal import HybridBase
internal import HybridGit
internal import HybridMerging
package import HybridPlan

extension ConflictReport {
    /// A path that several branches changed, which is no conflict because the plan's policy merges it.
    struct Decided {
        var path: RepoPath
        var policy: HotFile.Policy
        /// The branches that meet there, in order.
        var branches: [Int]
    }

    /// What the plan's policies for hot files decide among these branches, by path.
    ///
    /// A path on which two branches conflict all the same, such as one that a branch deleted, is left out for those two.
    var decided: [Decided] {
        let policies = HotPolicies(hot)
        if policies.isEmpty { return [] }
        var known: [RepoPath: HotFile.Policy?] = [:]
        var met: [RepoPath: Set<Int>] = [:]
        for pair in matrix.pairs + matrix.touching {
            let conflicts = Set(pair.conflicts.map(\.path))
            for path in pair.shared where !conflicts.contains(path) {
                let policy = known[path] ?? policies.policy(of: path)
                known[path] = .some(policy)
                if policy != nil { met[path, default: []].formUnion([pair.ours, pair.theirs]) }
            }
        }
        return met.keys.sorted().compactMap { path in
            known[path].flatMap { $0 }.map { policy in
                Decided(path: path, policy: policy, branches: (met[path] ?? []).sorted())
            }
        }
    }
}

extension HotFile.Policy {
    /// What becomes of a shared file, for people.
    package var words: String {
        switch self {
        case .union: "union: the lines of both sides"
        case .regenerate(let command): "regenerate: made anew after the merge by \(command.display)"
        case .orchestrator, .job: word
        }
    }
}
