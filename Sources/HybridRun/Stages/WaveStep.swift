internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// Launches a wave of workers, waits for them, audits and settles each.
struct WaveStep: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }
    private var auditStep: AuditStep { AuditStep(context) }
    private var besideJudge: BesideJudge { BesideJudge(context) }
    private var commitWave: CommitWave { CommitWave(context) }
    private var freshWorktrees: FreshWorktrees { FreshWorktrees(context) }
    private var historyStep: HistoryStep { HistoryStep(context) }
    private var mergeStep: MergeStep { MergeStep(context) }
    private var neighbourFindings: NeighbourFindings { NeighbourFindings(context) }
    private var sharedStep: SharedStep { SharedStep(context) }
    private var soloStep: SoloStep { SoloStep(context) }
    private var workStep: WorkStep { WorkStep(context) }
    private var workerGuard: WorkerGuard { WorkerGuard(context) }

    init(_ context: RunContext) { self.context = context }

    /// Stages 3 to 5 for the next wave: launch, audit, merge.
    func runWave(_ run: inout RunRecord, _ plan: Plan) throws {
        let wave = run.nextWave
        guard wave < run.waves.count else {
            try settle(&run, plan)
            return
        }
        host.narrate(.stage(.launch, "wave \(wave + 1) of \(run.waves.count)"))
        try sharedStep.noteShared(run, wave: wave)
        try runs.timed(run, .launch, wave: wave) { try launch(run, plan, wave: wave) }
        if Files.exists(attempts.stopMarker(run)) {
            for var worker in try runs.workers(of: run) where worker.state == .waiting {
                try worker.become(.stopped)
                worker.detail = "not launched"
                try runs.note(worker)
            }
            try runs.turn(&run, .stopped(during: "wave \(wave + 1) ran"))
            return
        }
        try finishWave(&run, plan)
    }

    /// Stages 4 and 5 for the wave whose workers have ended.
    func finishWave(_ run: inout RunRecord, _ plan: Plan) throws {
        let wave = run.nextWave
        host.narrate(.stage(.audit, "what each worker changed, against its claims"))
        try runs.timed(run, .audit, wave: wave) {
            try commitWave.takeMadeCommits(run, wave: wave)
            try runs.step(.audit, run, "wave \(wave + 1)") {
                try sharedStep.compareShared(run, wave: wave)
                try auditStep.audit(run, plan, wave: wave)
            }
            try commitWave.commitWave(run, plan, wave: wave)
            try neighbourFindings.compareSiblings(run, wave: wave)
            try historyStep.audit(run, plan, wave: wave)
        }
        try soloStep.verifyAlone(
            run, plan, runs.workers(of: run).filter { $0.wave == wave && $0.state.isFinishedWork })
        host.narrate(.stage(.merge, "in memory"))
        try runs.timed(run, .merge, wave: wave) {
            try runs.step(.merge, run, "wave \(wave + 1)") { try mergeStep.merge(&run, plan, wave: wave) }
        }
        run.nextWave = wave + 1
        if run.nextWave < run.waves.count {
            if run.byHand {
                try makeHandWorktrees(&run, plan)
            } else {
                try runs.turn(&run, .waveIsMerged)
            }
        } else {
            try settle(&run, plan)
        }
    }

    /// After the last wave: all or nothing, unless the plan lands the rest.
    ///
    /// `changed` are workers whose new state is recorded with it.
    func settle(_ run: inout RunRecord, _ plan: Plan, _ changed: [WorkerRecord] = []) throws {
        try besideJudge.judgeBeside(run)
        let workers = try runs.workers(of: run).map { old in changed.first { $0.job == old.job } ?? old }
        let out = workers.filter { $0.state != .merged }.map { "\($0.name) (\($0.state.rawValue))" }
        try runs.turn(
            &run, .settled(leftOut: out, count: workers.count, landsTheRest: plan.landTheRest), changed)
    }

    /// Launches the wave's workers, up to the run's limit at once, and waits until all have ended.
    private func launch(_ run: RunRecord, _ plan: Plan, wave: Int) throws {
        let base = run.mergedSoFar
        var waiting: [WorkerRecord] = []
        var running: [(worker: WorkerRecord, handle: SupervisedHandle, begin: UInt64)] = []
        let teller = WaveTeller(context, run, wave: wave)
        for var worker in try runs.workers(of: run) where worker.wave == wave {
            switch worker.state {
            case .waiting:
                if let needed = try blocker(of: worker, run, plan) {
                    try worker.become(.blocked)
                    worker.detail = "needs \(needed), which was left out"
                    try runs.note(worker)
                } else {
                    waiting.append(worker)
                }
            case .running:
                // Launched before this process began: its supervisor kept it, so it is adopted.
                if let handle = try attempts.handle(run, .job(worker.job), attempt: worker.attempt) {
                    let age = Files.age(
                        paths.attempt(run.names, .job(worker.job), worker.attempt) + "/" + Attempts.handleFile
                    )
                    let now = Monotonic.now()
                    running.append((worker, handle, now - min(now, UInt64(age * 1e9))))
                    teller.follow(worker)
                } else {
                    worker.lost = (worker.lost ?? 0) + 1
                    waiting.append(worker)
                }
            default: break
            }
        }
        if let first = running.map(\.begin).min() {
            // They ran on while nobody looked, and that is time of the run.
            try runs.note(
                StageRecord(run: run.id, stage: .launch, wave: wave, begin: first, end: Monotonic.now()))
        }
        while !waiting.isEmpty || !running.isEmpty {
            if running.isEmpty, Files.exists(attempts.stopMarker(run)) { break }
            while running.count < run.parallel, !waiting.isEmpty, !Files.exists(attempts.stopMarker(run)) {
                var worker = waiting.removeFirst()
                let next = waiting.prefix(run.parallel - running.count - 1)
                let handle = try start(run, plan, &worker, base: base, before: next)
                running.append((worker, handle, Monotonic.now()))
                teller.follow(worker)
            }
            var still: [(worker: WorkerRecord, handle: SupervisedHandle, begin: UInt64)] = []
            for var entry in running {
                switch try host.executor.poll(entry.handle) {
                case .running:
                    still.append(entry)
                    continue
                case .finished(let status):
                    try runs.step(.collect, run, entry.worker.job.text) {
                        try workStep.finish(run, plan, &entry.worker, status: status)
                    }
                case .vanished:
                    try host.executor.cancel(entry.handle)
                    try runs.step(.collect, run, entry.worker.job.text) {
                        try workStep.vanish(run, plan, &entry.worker)
                    }
                }
                if entry.worker.state == .waiting { waiting.append(entry.worker) }
                teller.ended()
            }
            let nobodyEnded = still.count == running.count
            running = still
            let begins = running.map { ($0.worker.job, $0.begin) }
            try teller.tell(begins: Dictionary(uniqueKeysWithValues: begins), atOnce: running.isEmpty)
            // Where one ended there may be room for the next.
            if nobodyEnded { teller.wait(for: running.map(\.handle)) }
        }
    }

    /// Makes the worker's branch and worktree, and submits its command; those that start next get worktrees with it.
    func start(
        _ run: RunRecord, _ plan: Plan, _ worker: inout WorkerRecord, base: ObjectID,
        before next: ArraySlice<WorkerRecord>
    ) throws -> SupervisedHandle {
        let job = plan.jobs[worker.index]
        guard let command = job.command else {
            throw HybridError(
                .planInvalid, "job \(job.name)", "it has no command",
                next: "work in \(worker.worktree), then: hybrid merge \(run.id)")
        }
        // What an interrupted start made already stands on the same base.
        if worker.base == nil { worker.base = base }
        let started = try worker.started()
        try runs.step(.makeWorktree, run, job.id.text) {
            try runs.note(worker)
            try freshWorktrees.ensureWorktree(
                run, .job(job.id), path: worker.worktree, at: started,
                together: next.filter { ($0.base ?? base) == started }.map { (.job($0.job), $0.worktree) })
            try workerGuard.writeClaims(run, plan, of: worker)
        }
        worker.attempt += 1
        let settings = try attempts.environment(
            run, runs.granted(plan, run), job: runs.granted(plan, run).jobs[worker.index], base: started,
            in: worker.worktree, attempt: worker.attempt)
        let spec = try attempts.spec(
            run, .job(job.id), attempt: worker.attempt, command: command, directory: worker.worktree,
            timeout: job.timeoutSeconds.map(Double.init) ?? host.workerTimeout,
            environment: workerGuard.guarded(settings, run, in: worker.worktree))
        try worker.become(.running)
        worker.detail = ""
        return try runs.step(.launch, run, job.id.text) {
            try runs.note(worker)
            let handle = try host.executor.submit(spec)
            try attempts.keep(handle, run, .job(job.id))
            return handle
        }
    }

    /// The name of a job that `worker` needs and that is not in the merge.
    func blocker(of worker: WorkerRecord, _ run: RunRecord, _ plan: Plan) throws -> String? {
        let needed = JobGraph(plan).needs(of: worker.index)
        return try runs.workers(of: run).first { needed.contains($0.index) && $0.state != .merged }?.name
    }

    /// Makes the branches and worktrees of the next wave for people who launch by hand.
    func makeHandWorktrees(_ run: inout RunRecord, _ plan: Plan) throws {
        let wave = run.nextWave
        let base = run.mergedSoFar
        let begin = Monotonic.now()
        try sharedStep.noteShared(run, wave: wave)
        for var worker in try runs.workers(of: run) where worker.wave == wave && worker.state == .waiting {
            if let needed = try blocker(of: worker, run, plan) {
                try worker.become(.blocked)
                worker.detail = "needs \(needed), which was left out"
                try runs.note(worker)
                continue
            }
            if worker.base == nil { worker.base = base }
            try runs.note(worker)
            try freshWorktrees.ensureWorktree(
                run, .job(worker.job), path: worker.worktree,
                at: try worker.started())
            try workerGuard.guardByHand(run, plan, worker)
            try worker.become(.running)
            worker.detail = "by hand"
            worker.attempt += 1
            try runs.note(worker)
        }
        try runs.note(
            StageRecord(run: run.id, stage: .launch, wave: wave, begin: begin, end: Monotonic.now()))
        try runs.turn(&run, .handedOut)
        if try !runs.workers(of: run).contains(where: { $0.wave == wave && $0.state == .running }) {
            try finishWave(&run, plan)
        }
    }
}
