internal import HybridGit
internal import HybridMerging

/// The pre-launch conflict analysis of a plan: four items, each with evidence.
public struct CheckReport: Sendable {
    /// Two jobs that are planned for the same place.
    public struct Overlap: Hashable, Sendable {
        /// Their names.
        public var jobs: [String]
        /// A path that both claim.
        public var path: String
        /// How they meet: path, directory, glob, section, case, unicode, symlink.
        public var kind: String
        /// The two claims.
        public var claims: [String]
        /// How many more pairs of their claims meet, counted up to a hundred and within what a check may
        /// take; where a `**/` meets the folders of a job, one of them is counted.
        public var more = 0
        /// Whether it only counts as an overlap because the claims could not be compared within bounds.
        public var isUndecided: Bool
        /// Whether the path stands at the base.
        public var isAtBase: Bool
        /// What else there is to say about it.
        public var reason: String?
        /// Indices into the plan's jobs; fewer than two where the orchestrator is one side.
        package var indices: [Int]

        package init(
            jobs: [String], path: String, kind: String, claims: [String], more: Int = 0, isUndecided: Bool,
            isAtBase: Bool, reason: String? = nil, indices: [Int]
        ) {
            self.jobs = jobs
            self.path = path
            self.kind = kind
            self.claims = claims
            self.more = more
            self.isUndecided = isUndecided
            self.isAtBase = isAtBase
            self.reason = reason
            self.indices = indices
        }
    }

    /// One item of the plan's own checklist.
    public struct Item: Hashable, Sendable {
        /// The items, in the template's order.
        public enum ID: String, Hashable, Sendable, CaseIterable {
            /// No two jobs of one wave are planned for the same place.
            case noFileOverlaps = "no_file_overlaps"
            /// What jobs depend on is there, or is made by a job of the plan.
            case clearInterfaces = "clear_interfaces"
            /// No jobs wait for each other in a circle.
            case dependenciesDocumented = "dependencies_documented"
            /// The target is there, and something verifies what lands.
            case integrationPathClear = "integration_path_clear"
        }

        /// Which item.
        public var id: ID
        /// The template's words.
        public var text: String
        /// What speaks for it.
        public var evidence: [String]
        /// What speaks against it, and stops a run.
        public var problems: [String]
        /// What speaks against it without stopping a run.
        public var gaps: [String]

        package init(id: ID, text: String, evidence: [String], problems: [String], gaps: [String]) {
            self.id = id
            self.text = text
            self.evidence = evidence
            self.problems = problems
            self.gaps = gaps
        }

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
    /// What would mend the overlaps, in words.
    public var repairs: [String]
    /// Changes of the plan that mend overlaps, for the first overlaps, each checked.
    public var proposals: [Proposal]
    /// Files that several jobs could touch at once, and whether the plan says what becomes of them.
    public var hot: [HotFinding]
    /// Verify commands that may test another tree than the one that lands.
    public var wrongTrees: [WrongTree] = []
    /// Jobs of one wave that could only meet if what looks like a file's name became a folder.
    public var unlikely: [Overlap] = []
    /// Jobs that meet in different waves, as indices into the plan's jobs.
    package var apart: [[Int]]

    package init(
        overlaps: [Overlap], checklist: [Item], waves: [[Int]], warnings: [String], repairs: [String],
        proposals: [Proposal], hot: [HotFinding], wrongTrees: [WrongTree] = [], unlikely: [Overlap] = [],
        apart: [[Int]]
    ) {
        self.overlaps = overlaps
        self.checklist = checklist
        self.waves = waves
        self.warnings = warnings
        self.repairs = repairs
        self.proposals = proposals
        self.hot = hot
        self.wrongTrees = wrongTrees
        self.unlikely = unlikely
        self.apart = apart
    }

    /// Whether every item holds.
    public var isClear: Bool { checklist.allSatisfy(\.passed) }
    /// Whether a run may begin: a missing verify command is said but stops nobody before the end.
    public var mayRun: Bool { checklist.allSatisfy { $0.problems.isEmpty } }

    /// The plan with its overlapping jobs put one after the other; nil where that does not help, as with the
    /// orchestrator's own files.
    public func repairedByWaves(_ plan: Plan) throws -> Plan? {
        guard !overlaps.isEmpty, overlaps.allSatisfy({ $0.indices.count == 2 }) else { return nil }
        var meets = [Set<Int>](repeating: [], count: plan.jobs.count)
        for pair in overlaps.map(\.indices) + apart {
            meets[pair[0]].insert(pair[1])
            meets[pair[1]].insert(pair[0])
        }
        let graph = JobGraph(plan)
        let needs = plan.jobs.indices.map { graph.needs(of: $0) }
        let hints = plan.jobs.map { $0.wave ?? 1 }
        // In the order of the waves, so that what a job needs has its place before it.
        let wave = WaveSearch(needs: needs, meets: meets, earliest: hints, order: waves.flatMap { $0 })
            .waves()
        let natural = plan.jobs.indices.map { job in
            max(hints[job], needs[job].map { wave[$0] + 1 }.max() ?? 1)
        }
        var repaired = plan
        let hasHints = plan.jobs.contains { $0.wave != nil }
        // A job that stands where its needs put it anyway keeps no number.
        for job in repaired.jobs.indices where hasHints || wave[job] != natural[job] {
            repaired.jobs[job].wave = wave[job]
        }
        return repaired
    }
}
