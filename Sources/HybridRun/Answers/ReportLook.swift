internal import HybridPlan
package import HybridRecords
package import HybridReport

/// A run's report, from its records.
package struct ReportLook: RunPart {
    let context: RunContext
    private var claimGrants: ClaimGrants { ClaimGrants(context) }
    private var nextStep: NextStep { NextStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// The report of a run.
    package func report(of run: RunRecord) throws -> RunReport {
        let current = try runs.run(run.id)
        let workers = try runs.workers(of: current)
        let stages = try ledger.stages(of: run.id)
        let findings = try claimGrants.findings(of: current)
        let plan = try runs.plan(of: current)
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
                after: Self.order(of: plan, current)), next: try nextStep.nextStep(current, workers))
    }

    /// For each job those that it had to wait for: what it needs, and where the plan puts it into a later wave, all that
    /// began in an earlier one.
    private static func order(of plan: Plan, _ run: RunRecord) -> [JobID: Set<JobID>] {
        let graph = JobGraph(plan)
        // A retry or a resolution gets a wave of its own behind; the first one is the plan's.
        func wave(_ job: JobID) -> Int { run.waves.firstIndex { $0.contains(job) } ?? 0 }
        var after: [JobID: Set<JobID>] = [:]
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
