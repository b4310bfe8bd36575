internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
package import HybridRecords
internal import HybridReport

/// Readies a job to be done again.
package struct RetryStep: RunPart {
    let context: RunContext
    private var adoptStep: AdoptStep { AdoptStep(context) }
    private var besideStep: BesideStep { BesideStep(context) }
    private var fence: Fence { Fence(context) }
    private var mergeStep: MergeStep { MergeStep(context) }
    private var nextStep: NextStep { NextStep(context) }
    private var overlapStep: OverlapStep { OverlapStep(context) }
    private var runSessions: RunSessions { RunSessions(context) }
    private var setAside: SetAside { SetAside(context) }
    private var waveStep: WaveStep { WaveStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Readies a job to be done again on the newest integrated tip, as a wave of its own; `drive` goes on.
    ///
    /// What the job made before is kept at a ref. A job that is in the merge already is taken out of it first,
    /// and the jobs of later waves, which stand on it, are done again after it.
    /// Throws when the job is running, waiting or landed.
    package func retry(_ id: String?, job name: String) throws -> RunRecord {
        var run = try runs.run(id)
        let lock = try runs.lock(run)
        defer { withExtendedLifetime(lock) {} }
        // Another process may have taken it further until the lock was ours.
        run = try runs.run(run.id)
        return try runSessions.session(run) { try readyAgain(&run, job: name) }
    }

    private func readyAgain(_ run: inout RunRecord, job name: String) throws -> RunRecord {
        try runs.refuseUnlessOpen(run, "retry")
        let plan = try runs.plan(of: run)
        let worker = try runs.worker(run, name)
        switch worker.state {
        case .waiting, .running, .landed:
            throw HybridError(
                .wrongState, "job \(worker.name)", "it is \(worker.state.rawValue), not left out",
                next: "hybrid status \(run.id)")
        case .merged where run.state != .verificationFailed:
            throw HybridError(
                .wrongState, "job \(worker.name)", "it is merged already",
                next: try nextStep.stepFromRest(run, runs.workers(of: run)) ?? "hybrid report \(run.id)")
        default: break
        }
        guard run.nextWave >= run.waves.count else {
            throw HybridError(
                .wrongState, "run \(run.id)",
                "wave \(run.nextWave + 1) of \(run.waves.count) is still to come",
                next: "hybrid resume \(run.id)")
        }
        let beginning = try overlapStep.beginLock()
        defer { withExtendedLifetime(beginning) {} }
        try overlapStep.refuseOverlap(
            of: plan, run: run.id, at: run.targetBefore)
        var again = [[worker]]
        var rebuilt: ObjectID?
        if worker.state == .merged {
            let merged = try runs.workers(of: run).filter { $0.state == .merged }
            let stay = merged.filter { $0.wave <= worker.wave && $0.job != worker.job }
            guard let tip = try mergeStep.assemble(run, plan, only: stay, of: stay, lands: true) else {
                throw HybridError(
                    .wrongState, "job \(worker.name)", "the merge cannot be rebuilt without it",
                    next: "begin anew: \(run.anew)")
            }
            rebuilt = tip
            let later = Dictionary(grouping: merged.filter { $0.wave > worker.wave }, by: \.wave)
            again += later.keys.sorted().map { later[$0]! }
        }
        try runs.step(.retry, run, worker.job.text) {
            var changed: [WorkerRecord] = []
            var waves: [[JobID]] = []
            for wave in again {
                changed += try wave.map { try reset(run, $0, to: run.waves.count + waves.count) }
                waves.append(wave.map(\.job))
            }
            try unblock(run, plan, &changed, &waves)
            // All or nothing: a retry that was cut short is typed again.
            try runs.turn(
                &run, .reopened(waves: waves, on: rebuilt, why: "\(worker.name) is done again"), changed,
                without: outdated(run, changed), pointing: rebuilt.map { [.run(.integrated): $0] } ?? [:])
        }
        if run.byHand { try waveStep.makeHandWorktrees(&run, plan) }
        return run
    }

    /// What was found about jobs that are done anew, and about all of them together.
    func outdated(_ run: RunRecord, _ changed: [WorkerRecord]) throws -> [FindingRecord] {
        let jobs = Set(changed.map(\.job))
        return try ledger.findings(of: run.id).filter { finding in
            // A changed configuration that the user accepted is there still, whoever made the change.
            if finding.accepted == true, finding.path.isEmpty { return false }
            // What lies beside a branch, or was changed elsewhere, is there still.
            if finding.kind == .beside || finding.worktree != nil { return false }
            return finding.kind == .verification || finding.jobs.first.map(jobs.contains) == true
        }
    }

    /// Jobs that were blocked only wait for those that are done again: they get waves after them.
    func unblock(
        _ run: RunRecord, _ plan: Plan, _ changed: inout [WorkerRecord], _ waves: inout [[JobID]]
    ) throws {
        let graph = JobGraph(plan)
        while true {
            let all = try runs.workers(of: run).map { old in changed.first { $0.job == old.job } ?? old }
            let open = Set(all.filter { $0.state == .waiting || $0.state == .merged }.map(\.index))
            let ready = all.filter { $0.state == .blocked && graph.needs(of: $0.index).isSubset(of: open) }
            guard !ready.isEmpty else { return }
            changed += try ready.map { try reset(run, $0, to: run.waves.count + waves.count) }
            waves.append(ready.map(\.job))
        }
    }

    /// Sets a worker's work aside; gives its record as it is to be.
    private func reset(_ run: RunRecord, _ old: WorkerRecord, to wave: Int) throws -> WorkerRecord {
        var worker = old
        try besideStep.keepLateBeside(run, worker)
        if try repository.id(of: worker.branch.ref) != nil {
            // Whoever outlived a lost attempt may write where that was.
            let ref =
                try (worker.lost ?? 0) > 0
                ? fence.giveUp(run, &worker, as: .attempt) : setAside.setAside(run, worker, as: .attempt)
            host.narrate(.note("\(worker.name): what it made before is kept at \(ref)"))
        }
        try adoptStep.askAgain(&worker)
        worker.wave = wave
        worker.base = nil
        worker.tip = nil
        try worker.become(.waiting)
        worker.detail = ""
        worker.exitCode = nil
        return worker
    }
}
