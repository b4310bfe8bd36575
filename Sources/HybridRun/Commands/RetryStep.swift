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
    private var feedbackStep: FeedbackStep { FeedbackStep(context) }
    private var fence: Fence { Fence(context) }
    private var mergeStep: MergeStep { MergeStep(context) }
    private var nextStep: NextStep { NextStep(context) }
    private var overlapStep: OverlapStep { OverlapStep(context) }
    private var planEdit: PlanEdit { PlanEdit(context) }
    private var runSessions: RunSessions { RunSessions(context) }
    private var setAside: SetAside { SetAside(context) }
    private var waveStep: WaveStep { WaveStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Readies jobs to be done again on the newest integrated tip, in waves of their own; `drive` goes on.
    ///
    /// What they made before is kept at refs. A job that is in the merge already is taken out of it first,
    /// and the jobs of later waves, which stand on it, are done again after it. The plan file is taken as it is now, where
    /// `answer` agrees.
    /// Throws when a job is running, waiting or landed, and ``PlanChanged``.
    package func retry(_ id: String?, jobs names: [String], plan answer: PlanAnswer = .unasked) throws
        -> RunRecord
    {
        var run = try runs.run(id)
        let lock = try runs.lock(run)
        defer { withExtendedLifetime(lock) {} }
        // Another process may have taken it further until the lock was ours.
        run = try runs.run(run.id)
        return try runSessions.session(run) { try readyAgain(&run, names, answer) }
    }

    private func readyAgain(_ run: inout RunRecord, _ names: [String], _ answer: PlanAnswer) throws
        -> RunRecord
    {
        try runs.refuseUnlessOpen(run, "retry")
        var workers: [WorkerRecord] = []
        for name in names {
            let worker = try runs.worker(run, name)
            try refuseUnlessLeftOut(worker, run)
            if !workers.contains(where: { $0.job == worker.job }) { workers.append(worker) }
        }
        guard run.nextWave >= run.waves.count else {
            throw HybridError(
                .wrongState, "run \(run.id)",
                "wave \(run.nextWave + 1) of \(run.waves.count) is still to come",
                next: "hybrid resume \(run.id)")
        }
        if let changed = try planEdit.changed(run, workers.map(\.job), answer) {
            run.plan = try changed.json()
        }
        let plan = try runs.plan(of: run)
        let beginning = try overlapStep.beginLock()
        defer { withExtendedLifetime(beginning) {} }
        try overlapStep.refuseOverlap(
            of: plan, run: run.id, at: run.targetBefore)
        var again = inOrder(workers, plan)
        let (rebuilt, later) = try takeOut(workers, run, plan)
        again += later
        let named = workers.map(\.name).joined(separator: ", ")
        try runs.step(.retry, run, workers.map(\.job.text).joined(separator: " ")) {
            var changed: [WorkerRecord] = []
            var waves: [[JobID]] = []
            for wave in again {
                changed += try wave.map { try reset(run, $0, to: run.waves.count + waves.count) }
                waves.append(wave.map(\.job))
            }
            try unblock(run, plan, &changed, &waves)
            // All or nothing: a retry that was cut short is typed again.
            try runs.turn(
                &run, .reopened(waves: waves, on: rebuilt, why: "\(named) is done again"), changed,
                without: outdated(run, changed), pointing: rebuilt.map { [.run(.integrated): $0] } ?? [:])
        }
        if run.byHand { try waveStep.makeHandWorktrees(&run, plan) }
        return run
    }

    private func refuseUnlessLeftOut(_ worker: WorkerRecord, _ run: RunRecord) throws {
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
    }

    /// Jobs in waves: each after those that it needs.
    private func inOrder(_ workers: [WorkerRecord], _ plan: Plan) -> [[WorkerRecord]] {
        let graph = JobGraph(plan)
        var waves: [[WorkerRecord]] = []
        var left = workers
        while !left.isEmpty {
            let open = Set(left.map(\.index))
            let ready = left.filter { graph.needs(of: $0.index).isDisjoint(with: open) }
            // A plan has no circle of needs; were there one, nobody would wait for ever.
            waves.append(ready.isEmpty ? left : ready)
            left = ready.isEmpty ? [] : left.filter { one in !ready.contains { $0.job == one.job } }
        }
        return waves
    }

    /// The merge without those of these jobs that are in it, and the waves of jobs that stood on them; nil where none is.
    private func takeOut(
        _ workers: [WorkerRecord], _ run: RunRecord, _ plan: Plan
    ) throws -> (rebuilt: ObjectID?, later: [[WorkerRecord]]) {
        guard let first = workers.filter({ $0.state == .merged }).map(\.wave).min() else { return (nil, []) }
        let merged = try runs.workers(of: run).filter { one in
            one.state == .merged && !workers.contains { $0.job == one.job }
        }
        let stay = merged.filter { $0.wave <= first }
        guard let tip = try mergeStep.assemble(run, plan, only: stay, of: stay, lands: true) else {
            throw HybridError(
                .wrongState, "job \(workers[0].name)", "the merge cannot be rebuilt without it",
                next: "begin anew: \(run.anew)")
        }
        let later = Dictionary(grouping: merged.filter { $0.wave > first }, by: \.wave)
        return (tip, later.keys.sorted().map { later[$0]! })
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
        if old.state != .blocked, old.state != .merged || run.state == .verificationFailed {
            try feedbackStep.keep(
                run, old, "it was \(old.state.rawValue)" + (old.detail.isEmpty ? "" : ": \(old.detail)"))
        }
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
