public import HybridBase
internal import HybridGit
internal import HybridMerging

/// The decision framework's answer for a plan, each rule with its figure.
///
/// Figures are kept as whole seconds and compared as exact fractions: 0.40 is not above 0.4.
public struct EstimateReport: Hashable, Sendable {
    /// One rule of the framework.
    public struct Rule: Hashable, Sendable {
        /// A stable name.
        public var id: String
        /// What the rule asks, with its threshold.
        public var text: String
        /// The plan's figure.
        public var figure: String
        /// Whether the rule is met.
        public var passed: Bool

        package init(id: String, text: String, figure: String, passed: Bool) {
            self.id = id
            self.text = text
            self.figure = figure
            self.passed = passed
        }
    }

    /// The rules, in the framework's order.
    public var rules: [Rule]
    /// Time of one session for all of it, in seconds.
    public var sequentialSeconds: Int
    /// The orchestrator's own time, in seconds.
    public var orchestratorSeconds: Int
    /// The jobs' time over waves and the limit, in seconds.
    public var makespanSeconds: Int
    /// The number of jobs.
    public var jobs: Int
    /// Figures that the plan leaves out, and where they come from.
    public var assumptions: [String]

    /// Whether splitting is worth it.
    public var worthIt: Bool { rules.allSatisfy(\.passed) }
    /// Predicted wall time: orchestrator + makespan, in seconds.
    public var hybridSeconds: Int { orchestratorSeconds + makespanSeconds }
    /// Predicted speedup; nil where nothing takes time.
    public var speedup: Double? {
        hybridSeconds > 0 ? Double(sequentialSeconds) / Double(hybridSeconds) : nil
    }
    /// The method's own score, components / (1 + integration complexity).
    public var score: Double

    package init(
        rules: [Rule], sequentialSeconds: Int, orchestratorSeconds: Int, makespanSeconds: Int, jobs: Int,
        assumptions: [String], score: Double
    ) {
        self.rules = rules
        self.sequentialSeconds = sequentialSeconds
        self.orchestratorSeconds = orchestratorSeconds
        self.makespanSeconds = makespanSeconds
        self.jobs = jobs
        self.assumptions = assumptions
        self.score = score
    }

    /// Judges a plan for at most `jobs` workers at once.
    ///
    /// Throws for a circle among the jobs.
    public static func make(plan: Plan, jobs limit: Int) throws(HybridError) -> EstimateReport {
        let waves = try JobGraph(plan).waves()
        var assumptions: [String] = []
        let each = plan.jobs.map { job in
            job.estimate?.seconds ?? assumed(job, plan.task.complexity ?? .medium, &assumptions)
        }
        let orchestrator = plan.orchestrator.estimate?.seconds ?? 0
        if plan.orchestrator.estimate == nil {
            assumptions.append("no time is given for the orchestrator: 0 assumed")
        }
        let sequential = plan.task.sequentialEstimate?.seconds ?? orchestrator + each.reduce(0, +)
        if plan.task.sequentialEstimate == nil {
            assumptions.append("no sequential time is given: the sum of all parts is used")
        }
        let makespan = waves.map { Self.makespan($0.map { each[$0] }, limit: max(1, limit)) }.reduce(0, +)
        let components = JobGraph(plan).independentCount
        // n / (1 + o/s) >= 3/2  is  2·n·s >= 3·(s + o), in whole numbers.
        let score =
            sequential > 0 ? Double(components) / (1 + Double(orchestrator) / Double(sequential)) : 0
        let rules = [
            Rule(
                id: "components", text: "at least 2 independent components", figure: "\(components)",
                passed: components >= 2),
            Rule(
                id: "integration_complexity", text: "integration complexity at most 0.4",
                figure: sequential > 0
                    ? decimals(Double(orchestrator) / Double(sequential), apartFrom: 0.4) : "unknown",
                passed: sequential > 0 && orchestrator * 10 <= sequential * 4),
            Rule(
                id: "total_time", text: "at least 20 minutes of sequential time",
                figure: minutes(sequential), passed: sequential >= 20 * 60),
            Rule(
                id: "expected_speedup", text: "a score of at least 1.5",
                figure: decimals(score, apartFrom: 1.5),
                passed: sequential > 0 && 2 * components * sequential >= 3 * (sequential + orchestrator)),
        ]
        return EstimateReport(
            rules: rules, sequentialSeconds: sequential, orchestratorSeconds: orchestrator,
            makespanSeconds: makespan, jobs: plan.jobs.count, assumptions: assumptions, score: score)
    }

    /// The method's table of time estimates for a model, the middle of each range.
    private static func assumed(_ job: Job, _ size: Complexity, _ assumptions: inout [String]) -> Int {
        let tested = !job.verify.isEmpty || job.files.contains { $0.path.lowercased().contains("test") }
        let range =
            switch (size, tested) {
            case (.small, false): (3, 5)
            case (.small, true): (5, 8)
            case (.medium, false): (8, 12)
            case (.medium, true): (12, 18)
            case (.large, false): (20, 30)
            case (.large, true): (30, 45)
            }
        assumptions.append(
            "job \(job.name) has no estimate: \(range.0)-\(range.1) minutes, the table's range for a \(size.rawValue) task"
                + (tested ? " with tests" : ""))
        return (range.0 + range.1) * 30
    }

    /// The end of the last job when each goes to the worker that is free first, in plan order.
    static func makespan(_ seconds: [Int], limit: Int) -> Int {
        var free = [Int](repeating: 0, count: min(limit, max(1, seconds.count)))
        for job in seconds {
            let first = free.indices.min { free[$0] < free[$1] }!
            free[first] += job
        }
        return free.max() ?? 0
    }

    /// What speaks against the split whatever the rules say.
    public var warnings: [String] {
        guard let speedup, speedup < 1 else { return [] }
        return [
            "it is predicted to take longer than one after the other: \(Self.minutes(hybridSeconds)) instead of "
                + Self.minutes(sequentialSeconds)
        ]
    }

    /// The report for a person.
    public func text(task: String) -> String {
        var out = ["\(task): \(worthIt ? "worth splitting" : "not worth splitting")", ""]
        for rule in rules {
            out.append("  \(rule.passed ? "✓" : "✗") \(rule.text): \(rule.figure)")
        }
        out += [
            "", "  sequential     \(Self.minutes(sequentialSeconds))",
            "  hybrid         \(Self.minutes(orchestratorSeconds)) orchestrator + "
                + "\(Self.minutes(makespanSeconds)) workers = \(Self.minutes(hybridSeconds))",
            "  speedup        \(speedup.map(Self.speedupText) ?? "unknown"), the method's target is above 2x",
        ]
        out += warnings.map { "  warning: \($0)" }
        if !assumptions.isEmpty { out += [""] + assumptions.map { "  note: \($0)" } }
        return out.joined(separator: "\n")
    }

    /// The method's target for a speedup: above this.
    package static let speedupTarget = 2.0

    /// A speedup, told apart from the method's target.
    package static func speedupText(_ value: Double) -> String {
        decimals(value, apartFrom: speedupTarget) + "x"
    }

    static func minutes(_ seconds: Int) -> String {
        seconds % 60 == 0 ? "\(seconds / 60) min" : "\(decimals(Double(seconds) / 60)) min"
    }

    /// As many decimals, from two to six, as tell a value from a boundary that it is not.
    package static func decimals(_ value: Double, apartFrom boundary: Double) -> String {
        let short = decimals(value)
        guard value != boundary, value.isFinite, Double(short) == boundary else { return short }
        for digits in 3...6 {
            let power = (0..<digits).reduce(1.0) { power, _ in power * 10 }
            let rounded = (value * power).rounded() / power
            if rounded != boundary { return "\(rounded)" }
        }
        return (value < boundary ? "just below " : "just above ") + short
    }

    /// Two decimals at most, without trailing zeros.
    package static func decimals(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let hundredths = Int((value * 100).rounded())
        let (whole, part) = (hundredths / 100, abs(hundredths % 100))
        if part == 0 { return "\(whole)" }
        return part % 10 == 0 ? "\(whole).\(part / 10)" : "\(whole).\(part < 10 ? "0" : "")\(part)"
    }
}
