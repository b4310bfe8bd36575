/// What stands at a path of the base.
public enum BaseEntry: Hashable, Sendable {
    case file, directory, symlink, submodule
}

/// The tree that a plan is checked against, asked path by path.
public protocol BaseTree {
    /// What stands at a path; nil when nothing does.
    func entry(_ path: String) throws -> BaseEntry?
}

/// The pre-launch conflict analysis of a plan: four items, each with evidence.
public struct CheckReport: Sendable {
    /// Two jobs that are planned for the same place.
    public struct Overlap: Hashable, Sendable {
        /// Their names.
        public var jobs: [String]
        /// A path that both claim.
        public var path: String
        /// How they meet: path, directory, glob, case, unicode.
        public var kind: String
        /// The two claims.
        public var claims: [String]
        /// Indices into the plan's jobs; fewer than two where the orchestrator is one side.
        var indices: [Int]
    }

    /// One item of the plan's own checklist.
    public struct Item: Hashable, Sendable {
        /// A stable name.
        public var id: String
        /// The template's words.
        public var text: String
        /// What speaks for it.
        public var evidence: [String]
        /// What speaks against it, and stops a run.
        public var problems: [String]
        /// What speaks against it without stopping a run.
        public var gaps: [String]
        /// Whether it holds.
        public var passed: Bool { problems.isEmpty && gaps.isEmpty }
    }

    /// Jobs that are planned for the same place in the same wave.
    public var overlaps: [Overlap]
    /// The four items, in the template's order.
    public var checklist: [Item]
    /// The jobs of each wave, as indices into the plan's jobs; empty for a circle.
    public var waves: [[Int]]
    /// Facts worth saying that are no finding.
    public var warnings: [String]
    /// What would mend the overlaps.
    public var repairs: [String]

    /// Whether every item holds.
    public var isClear: Bool { checklist.allSatisfy(\.passed) }
    /// Whether a run may begin: a missing verify command is said but stops nobody before the end.
    public var mayRun: Bool { checklist.allSatisfy { $0.problems.isEmpty } }

    /// Checks a plan against its base.
    ///
    /// Throws only where the base cannot be read.
    public static func make(plan: Plan, base: any BaseTree, targetExists: Bool) throws -> CheckReport {
        try Checker(plan: plan, base: base).report(targetExists: targetExists)
    }

    /// The plan with its overlapping jobs put one after the other; nil where that does not help, as with the
    /// orchestrator's own files.
    public func repairedByWaves(_ plan: Plan) throws -> Plan? {
        guard !overlaps.isEmpty, overlaps.allSatisfy({ $0.indices.count == 2 }) else { return nil }
        var wave = [Int](repeating: 0, count: plan.jobs.count)
        for (number, jobs) in waves.enumerated() { for job in jobs { wave[job] = number + 1 } }
        let graph = JobGraph(plan)
        var changed = true
        while changed {
            changed = false
            for overlap in overlaps {
                let (first, second) = (
                    min(overlap.indices[0], overlap.indices[1]), max(overlap.indices[0], overlap.indices[1])
                )
                if wave[first] == wave[second] {
                    wave[second] += 1
                    changed = true
                }
            }
            for job in wave.indices {
                for need in graph.needs(of: job) where wave[need] >= wave[job] {
                    wave[job] = wave[need] + 1
                    changed = true
                }
            }
        }
        var repaired = plan
        for job in repaired.jobs.indices { repaired.jobs[job].wave = wave[job] }
        return repaired
    }
}
