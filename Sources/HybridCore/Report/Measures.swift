/// What a run cost and gained; never clamped to look better.
public struct Measures: Hashable, Sendable {
    /// Time of one session for all of it, in seconds; nil where nobody said.
    public var sequential: Double?
    /// Whether the sequential time was measured, or is the plan's estimate.
    public var sequentialIsMeasured: Bool
    /// Time of all workers' commands together, in seconds.
    public var workers: Double
    /// The longest worker of each wave, added up, in seconds.
    public var criticalPath: Double
    /// Wall time: the union of all stages, pauses and idle time between processes left out, in seconds.
    public var wall: Double
    /// The verify commands' own time, in seconds.
    public var verifyCommands: Double
    /// Audit, merge, integrate, verify and advance without the verify commands' own time, in seconds.
    public var integration: Double
    /// The share of workers that integrated without a conflict, from 0 to 1.
    public var workerSuccess: Double
    /// Whether the run integrated without a conflict.
    public var isClean: Bool

    /// Whether the run came to an end; until then no measure is held against its target.
    public var isEnded: Bool
    /// Whether the target holds the run's result.
    public var isLanded: Bool

    /// Sequential over wall; nil where there is no sequential time, and for a run that landed nothing: it gained nothing.
    public var speedup: Double? { isLanded ? sequential.flatMap { wall > 0 ? $0 / wall : nil } : nil }
    /// Integration over wall, from 0.
    public var overhead: Double { wall > 0 ? integration / wall : 0 }

    /// The method's target for the speedup: more than this.
    public static let speedupTarget = 2.0
    /// The method's target for the integration overhead: less than this share.
    public static let overheadTarget = 0.2
    /// The method's target for clean integrations: more than this share.
    public static let successTarget = 0.9

    /// Works out a run's measures from its records.
    ///
    /// `estimated` is the plan's sequential time in seconds.
    public init(
        run: RunRecord, workers: [WorkerRecord], stages: [StageRecord], findings: [FindingRecord],
        estimated: Double?
    ) {
        isEnded = run.state.isEnd
        isLanded = run.state == .landed
        sequential = run.sequentialMeasured ?? estimated
        sequentialIsMeasured = run.sequentialMeasured != nil
        self.workers = workers.compactMap(\.seconds).reduce(0, +)
        criticalPath = Dictionary(grouping: workers, by: \.wave).values
            .map { $0.compactMap(\.seconds).max() ?? 0 }.reduce(0, +)
        wall = Self.union(stages.filter { $0.stage != .paused })
        verifyCommands = Self.union(stages.filter { $0.stage == .verifyCommand })
        let late: Set<Stage> = [.audit, .merge, .integrate, .verify, .verifyCommand, .advance]
        integration = Self.union(stages.filter { late.contains($0.stage) }) - verifyCommands
        let clean = workers.filter { $0.state == .merged || $0.state == .landed }
        let conflicted = Set(findings.filter { $0.kind == .conflict }.flatMap(\.jobs))
        workerSuccess =
            workers.isEmpty
            ? 0 : Double(clean.filter { !conflicted.contains($0.job) }.count) / Double(workers.count)
        isClean = conflicted.isEmpty && clean.count == workers.count && !workers.isEmpty
    }

    /// The length of the union of intervals, in seconds: what overlaps counts once.
    static func union(_ stages: [StageRecord]) -> Double {
        var total: UInt64 = 0
        var end: UInt64 = 0
        for stage in stages.sorted(by: { $0.begin < $1.begin }) where stage.end > stage.begin {
            let from = max(stage.begin, end)
            if stage.end > from { total += stage.end - from }
            end = max(end, stage.end)
        }
        return Double(total) / 1e9
    }

    /// The measures beside their targets, as rows of name, figure, target, met.
    public var rows: [(name: String, figure: String, target: String, met: Bool?)] {
        let source = sequentialIsMeasured ? "measured" : "estimated"
        return [
            ("sequential time", sequential.map { "\(Self.time($0)) (\(source))" } ?? "unknown", "", nil),
            ("hybrid time", Self.time(wall), "", nil),
            ("sum of workers", Self.time(workers), "", nil),
            ("critical path", Self.time(criticalPath), "", nil),
            (
                "speedup",
                speedup.map { "\(EstimateReport.decimals($0))x (sequential time \(source))" }
                    ?? (isLanded ? "unknown" : "none, the run has not landed"),
                "> 2x", speedup.map { $0 > Self.speedupTarget }
            ),
            (
                "integration overhead", "\(Self.percent(overhead)) (\(Self.time(integration)))", "< 20%",
                isEnded ? overhead < Self.overheadTarget : nil
            ),
            (
                "success rate", "\(Self.percent(workerSuccess)) of workers", "> 90%",
                isEnded ? workerSuccess > Self.successTarget : nil
            ),
        ]
    }

    /// The measures as a value.
    public func json() -> JSONValue {
        .object([
            ("sequential_seconds", .optional(sequential)),
            (
                "sequential_source",
                sequential == nil ? .null : .string(sequentialIsMeasured ? "measured" : "estimated")
            ),
            ("workers_seconds", .double(workers)), ("critical_path_seconds", .double(criticalPath)),
            ("wall_seconds", .double(wall)), ("verify_commands_seconds", .double(verifyCommands)),
            ("integration_seconds", .double(integration)), ("integration_overhead", .double(overhead)),
            ("speedup", .optional(speedup)), ("worker_success", .double(workerSuccess)),
            ("clean", .bool(isClean)),
            (
                "targets",
                .object([
                    ("speedup_above", .double(Self.speedupTarget)),
                    ("integration_overhead_below", .double(Self.overheadTarget)),
                    ("success_above", .double(Self.successTarget)),
                ])
            ),
        ])
    }

    static func time(_ seconds: Double) -> String {
        if seconds >= 90 { return "\(EstimateReport.decimals(seconds / 60)) min" }
        return seconds >= 1
            ? "\(EstimateReport.decimals(seconds)) s" : "\(Int((seconds * 1000).rounded())) ms"
    }

    static func percent(_ share: Double) -> String { "\(EstimateReport.decimals(share * 100))%" }
}
