/// All that is to be told about a run; renderers only render it.
public struct RunReport: Sendable {
    /// The run.
    public var run: RunRecord
    /// Its workers, in plan order.
    public var workers: [WorkerRecord]
    /// What was found, in order.
    public var findings: [FindingRecord]
    /// Its stages' times.
    public var stages: [StageRecord]
    /// The integration checklist's answers.
    public var checklist: [ChecklistItem]
    /// What it cost and gained.
    public var measures: Measures
    /// The command that takes it further; nil when nothing is left to do.
    public var next: String?

    /// What happened, in a few words.
    public var headline: String {
        switch run.state {
        case .landed: "landed"
        case .unverified: "unverified: the target did not move"
        case .leftOut: "not landed: workers were left out"
        case .verificationFailed:
            "not landed: verification \(run.verification == "flaky" ? "is flaky" : "failed")"
        case .landingPending where run.hold == .target: "not landed: the target was moved"
        case .landingPending where run.hold == .worktrees:
            "not landed: a worker changed a worktree that is not its own"
        case .landingPending: "verified, but the target could not be moved yet"
        case .verified: "verified, not yet landed"
        case .rolledBack: "rolled back"
        case .stopped: "stopped"
        case .pausedPrepare, .pausedIntegrate: "waiting for a person"
        case .redBase: "not begun: the base is red"
        case .preparing, .working, .handWorked: "under way"
        case .integrated: "merged, not yet verified"
        }
    }

    /// A name for a job's id.
    func name(_ job: String) -> String { workers.first { $0.job == job }?.name ?? job }
}

extension Conductor {
    /// The report of a run.
    public func report(of run: RunRecord) throws -> RunReport {
        let current = try self.run(run.id)
        let workers = try workers(of: current)
        let stages = try ledger.stages(of: run.id)
        let findings = try findings(of: current)
        let plan = try plan(of: current)
        let estimate = try EstimateReport.make(plan: plan, jobs: current.parallel)
        // A sum of assumptions is nobody's estimate.
        let isEstimated =
            plan.task.sequentialEstimate != nil || plan.jobs.allSatisfy { $0.estimate != nil }
        return RunReport(
            run: current, workers: workers, findings: findings, stages: stages,
            checklist: try ledger.checklist(of: run.id),
            measures: Measures(
                run: current, workers: workers, stages: stages, findings: findings,
                estimated: isEstimated ? Double(estimate.sequentialSeconds) : nil,
                after: Self.order(of: plan, current)), next: try nextStep(current, workers))
    }

    /// For each job those that it had to wait for: what it needs, and where the plan puts it into a later wave, all that
    /// began in an earlier one.
    private static func order(of plan: Plan, _ run: RunRecord) -> [String: Set<String>] {
        let graph = JobGraph(plan)
        // A retry or a resolution gets a wave of its own behind; the first one is the plan's.
        func wave(_ job: String) -> Int { run.waves.firstIndex { $0.contains(job) } ?? 0 }
        var after: [String: Set<String>] = [:]
        for (index, job) in plan.jobs.enumerated() {
            var before = Set(graph.needs(of: index).map { plan.jobs[$0].id })
            if job.wave ?? 1 > 1 {
                let own = wave(job.id)
                before.formUnion(plan.jobs.map(\.id).filter { wave($0) < own })
            }
            after[job.id] = before
        }
        return after
    }
}
