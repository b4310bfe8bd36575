internal import HybridGit
internal import HybridMerging
public import HybridPlan
public import HybridRecords

/// What a run cost and gained; never clamped to look better.
///
/// What nobody measured is nil, not 0.
public struct Measures: Hashable, Sendable {
    /// Time of one session for all jobs, in seconds, as somebody measured it.
    public var sequential: Double?
    /// Time of one session for all jobs, in seconds, as the plan has it; held against no target.
    public var estimated: Double?
    /// Time of all workers' commands together, all attempts, in seconds; nil where people worked.
    public var workers: Double?
    /// The longest chain of workers of which each has to wait for the one before, in seconds.
    public var criticalPath: Double?
    /// Of the workers that landed, the attempts that counted, in seconds.
    public var landedWork: Double?
    /// The orchestrator's commands for what landed, and the verify commands on it, in seconds.
    public var orchestrator: Double
    /// The verify commands on the tips of the workers that landed, in seconds.
    public var checks: Double
    /// Wall time: the processes that worked on the run, each until its last write, and what ran without them, in seconds.
    public var wall: Double
    /// How long the run waited, by where it stood; not part of ``wall``.
    public var waiting: [Waiting]
    /// The verify commands' own time, in seconds.
    public var verifyCommands: Double
    /// Audit, merge, integrate, verify, advance and clean without the verify commands' own time, in seconds.
    public var integration: Double
    /// How many workers landed.
    public var landed: Int
    /// How many workers the plan has.
    public var jobs: Int
    /// The share of workers that integrated without a conflict or a breach, from 0 to 1.
    public var workerSuccess: Double
    /// Whether the run integrated, all of it, without a conflict or a breach.
    public var isClean: Bool
    /// Workers that are in the result although they touched what they had not claimed.
    public var breaching: Int
    /// Where the run stands.
    public var state: RunState

    /// Time for which a run waited for a person, or nobody drove it.
    public struct Waiting: Hashable, Sendable {
        /// Where it stood.
        public var state: RunState
        /// How long, in seconds.
        public var seconds: Double

        package init(state: RunState, seconds: Double) {
            self.state = state
            self.seconds = seconds
        }

        /// Why, in words.
        package var words: String {
            switch state {
            case .preparing, .working, .integrated: "interrupted"
            case .handWorked: "worked by hand"
            default: state.rawValue
            }
        }
    }

    /// Whether the work was made before the run, so that nobody knows how long it took.
    public private(set) var isAdopted = false

    /// What a speedup is against.
    public enum Yardstick: String, Hashable, Sendable, CaseIterable {
        /// The time that somebody measured for the task without splitting.
        case measured
        /// The orchestrator's commands, the workers' and their checks, added up.
        case sameWork = "same-work"
    }

    /// Whether the run came to an end; until then no measure is held against its target.
    public var isEnded: Bool { state.isEnd }
    /// Whether the target holds the run's result.
    public var isLanded: Bool { state == .landed }
    private var isWhole: Bool { landed == jobs }

    /// The work that landed, done one after the other, in seconds; nil where nothing landed or people worked.
    public var sameWork: Double? { isLanded ? landedWork.map { orchestrator + $0 + checks } : nil }
    /// What ``speedup`` is against; nil where there is none.
    public var yardstick: Yardstick? {
        guard isLanded else { return nil }
        // A time of all jobs says nothing of some.
        if sequential != nil, isWhole { return .measured }
        return sameWork == nil ? nil : .sameWork
    }
    /// Measured time in sequence over wall time; nil where nothing was measured, and for a run that landed nothing.
    public var speedup: Double? {
        let against: Double? =
            switch yardstick {
            case .measured?: sequential
            case .sameWork?: sameWork
            case nil: nil
            }
        return wall > 0 ? against.map { $0 / wall } : nil
    }
    /// The plan's estimate over wall time; nil unless all of it landed.
    public var estimatedSpeedup: Double? {
        isLanded && isWhole && wall > 0 ? estimated.map { $0 / wall } : nil
    }
    /// Integration over wall, from 0.
    public var overhead: Double { wall > 0 ? integration / wall : 0 }

    /// The method's target for the speedup: more than this.
    public static let speedupTarget = EstimateReport.speedupTarget
    /// The method's target for the integration overhead: less than this share.
    public static let overheadTarget = 0.2
    /// The method's target for clean integrations: more than this share.
    public static let successTarget = 0.9

    /// Works out a run's measures from its records.
    ///
    /// `estimated` is the plan's sequential time in seconds; `after` names, for each job, those that it waits for.
    public init(
        run: RunRecord, workers: [WorkerRecord], stages: [StageRecord], findings: [FindingRecord],
        estimated: Double?, after: [JobID: Set<JobID>] = [:]
    ) {
        state = run.state
        sequential = run.sequentialMeasured
        self.estimated = estimated
        jobs = workers.count
        let done = workers.filter { $0.state == .landed }
        landed = done.count
        isAdopted = run.adoption != nil
        let isTimed = !run.byHand && run.adoption == nil
        self.workers = isTimed ? workers.compactMap(\.seconds).reduce(0, +) : nil
        criticalPath = isTimed ? Self.longestChain(workers, after) : nil
        landedWork = isTimed ? done.compactMap { $0.lastSeconds ?? $0.seconds }.reduce(0, +) : nil
        (orchestrator, checks) = Self.commands(stages, run, done)

        let active = stages.filter { $0.stage != .paused }
        wall = Self.union(active)
        waiting = Self.waiting(stages, wall, active)
        verifyCommands = Self.union(stages.filter { $0.stage == .verifyCommand })
        let late: Set<Stage> = [.audit, .merge, .integrate, .verify, .verifyCommand, .advance, .clean]
        integration = Self.union(stages.filter { late.contains($0.stage) }) - verifyCommands

        let conflicted = Set(findings.filter { $0.kind == .conflict }.flatMap(\.jobs))
            .union(workers.filter { $0.hasConflicted == true }.map(\.job))
        let breaches = findings.filter { $0.kind == .breach }
        let breached = Set(breaches.filter { !$0.path.isEmpty }.compactMap(\.jobs.first))
        let integrated = workers.filter(run.state.countsAsIntegrated)
        breaching = integrated.count { breached.contains($0.job) }
        let good = integrated.filter { !conflicted.contains($0.job) && !breached.contains($0.job) }
        workerSuccess = workers.isEmpty ? 0 : Double(good.count) / Double(workers.count)
        isClean =
            [.landed, .verified, .landingPending].contains(run.state) && !workers.isEmpty
            && good.count == workers.count && conflicted.isEmpty && breaches.isEmpty
    }

    // MARK: Sums

    /// The longest chain of workers of which each waits for the one before.
    static func longestChain(_ workers: [WorkerRecord], _ after: [JobID: Set<JobID>]) -> Double {
        let own = Dictionary(workers.map { ($0.job, $0.seconds ?? 0) }) { first, _ in first }
        var ends: [JobID: Double] = [:]
        func end(_ job: JobID, _ above: Set<JobID>) -> Double {
            if let known = ends[job] { return known }
            let before = (after[job] ?? []).subtracting(above).map { end($0, above.union([job])) }.max() ?? 0
            let found = before + (own[job] ?? 0)
            ends[job] = found
            return found
        }
        return workers.map { end($0.job, [$0.job]) }.max() ?? 0
    }

    /// The time of the commands without which what landed would not be: each once, as it last succeeded.
    private static func commands(
        _ stages: [StageRecord], _ run: RunRecord, _ landed: [WorkerRecord]
    ) -> (orchestrator: Double, checks: Double) {
        let tips = Set(landed.compactMap(\.tip))
        var orchestrator: [String: Double] = [:]
        var checks: [String: Double] = [:]
        for stage in stages where stage.passed == true {
            let key = "\(stage.stage.rawValue) \(stage.commit?.description ?? "") \(stage.command ?? "")"
            if stage.stage == .orchestratorCommand, stage.commit == nil || stage.commit == run.integrated {
                orchestrator[key] = stage.seconds
            } else if stage.stage == .verifyCommand, let commit = stage.commit {
                if tips.contains(commit) {
                    checks[key] = stage.seconds
                } else if commit == run.verified {
                    orchestrator[key] = stage.seconds
                }
            }
        }
        return (orchestrator.values.reduce(0, +), checks.values.reduce(0, +))
    }

    /// How long the run waited where it stood, less what ran all the same.
    private static func waiting(
        _ stages: [StageRecord], _ wall: Double, _ active: [StageRecord]
    ) -> [Waiting] {
        var found: [Waiting] = []
        for pause in stages where pause.stage == .paused {
            let seconds = union(active + [pause]) - wall
            guard seconds > 0 else { continue }
            let state = pause.state ?? .pausedPrepare
            if let place = found.firstIndex(where: { $0.state == state }) {
                found[place].seconds += seconds
            } else {
                found.append(Waiting(state: state, seconds: seconds))
            }
        }
        return found
    }

    /// The length of the union of intervals, in seconds: what overlaps counts once.
    package static func union(_ stages: [StageRecord]) -> Double {
        var total: UInt64 = 0
        var end: UInt64 = 0
        for stage in stages.sorted(by: { $0.begin < $1.begin }) where stage.end > stage.begin {
            let from = max(stage.begin, end)
            if stage.end > from { total += stage.end - from }
            end = max(end, stage.end)
        }
        return Double(total) / 1e9
    }
}

extension RunState {
    /// Whether a worker's work is part of a result that holds, as far as this run's state tells.
    ///
    /// What was merged, and then failed, was taken back or was never checked, has not integrated.
    func countsAsIntegrated(_ worker: WorkerRecord) -> Bool {
        switch self {
        case .verificationFailed, .rolledBack, .unverified, .redBase, .stopped: false
        default: worker.state == .merged || worker.state == .landed
        }
    }
}
