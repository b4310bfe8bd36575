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
    private var adoptStep: AdoptStep { AdoptStep(context) }
    private var agentStep: AgentStep { AgentStep(context) }
    private var attempts: Attempts { Attempts(context) }
    private var bringStep: BringStep { BringStep(context) }
    private var auditStep: AuditStep { AuditStep(context) }
    private var besideJudge: BesideJudge { BesideJudge(context) }
    private var commitWave: CommitWave { CommitWave(context) }
    private var freshWorktrees: FreshWorktrees { FreshWorktrees(context) }
    private var historyStep: HistoryStep { HistoryStep(context) }
    private var mergeStep: MergeStep { MergeStep(context) }
    private var neighbourFindings: NeighbourFindings { NeighbourFindings(context) }
    private var readyStep: ReadyStep { ReadyStep(context) }
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
        if run.adoption != nil {
            // Nobody is launched, and what the branches touched is nobody's to allow.
            try adoptStep.take(&run, plan, wave: wave)
            return try finishWave(&run, plan)
        }
        host.narrate(.stage(.launch, "wave \(wave + 1) of \(run.waves.count)"))
        try readyFirst(&run, plan, wave: wave)
        try sharedStep.noteShared(run, wave: wave)
        try bringStep.noteLinks(run, plan)
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
        if run.adoption == nil { try audit(run, plan, wave: wave) }
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

    /// Stage 4: what each worker changed, and that it is committed by the user's rules.
    private func audit(_ run: RunRecord, _ plan: Plan, wave: Int) throws {
        host.narrate(.stage(.audit, "what each worker changed, against its claims"))
        try runs.timed(run, .audit, wave: wave) {
            try commitWave.takeMadeCommits(run, wave: wave)
            try runs.step(.audit, run, "wave \(wave + 1)") {
                try sharedStep.compareShared(run, wave: wave)
                try bringStep.compareLinks(run, plan, "while wave \(wave + 1) ran")
                try auditStep.audit(run, plan, wave: wave)
            }
            try commitWave.commitWave(run, plan, wave: wave)
            try neighbourFindings.compareSiblings(run, wave: wave)
            try historyStep.audit(run, plan, wave: wave)
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
        var readying: [(worker: WorkerRecord, work: ReadyWork)] = []
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
                        paths.attempt(run.names, .job(worker.job), worker.attempt) + "/"
                            + AttemptFiles.handleName
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
        func begin(_ worker: WorkerRecord) throws {
            var worker = worker
            let handle = try start(run, plan, &worker)
            running.append((worker, handle, Monotonic.now()))
            teller.follow(worker)
        }
        while !waiting.isEmpty || !running.isEmpty || !readying.isEmpty {
            let isToStop = Files.exists(attempts.stopMarker(run))
            if isToStop {
                // Their workers never ran: they wait on.
                for (_, work) in readying { try host.executor.cancel(work.handle) }
                readying = []
                if running.isEmpty { break }
            }
            while running.count + readying.count < run.parallel, !waiting.isEmpty, !isToStop {
                var worker = waiting.removeFirst()
                let next = waiting.prefix(run.parallel - running.count - readying.count - 1)
                if let work = try ready(run, plan, &worker, base: base, before: next) {
                    readying.append((worker, work))
                } else {
                    try begin(worker)
                }
            }
            let open = readying
            readying = []
            for (worker, work) in open {
                switch try follow(run, plan, worker, work) {
                case .goesOn(let work): readying.append((worker, work))
                case .ready: try begin(worker)
                case .failed: teller.ended()
                }
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
                if entry.worker.state == .waiting {
                    waiting.append(entry.worker)
                } else {
                    world.slots.release(entry.worker.worktree)
                }
                teller.ended()
            }
            let nobodyEnded =
                still.count == running.count && readying.map(\.work.attempt) == open.map(\.work.attempt)
                && readying.count == open.count
            running = still
            let begins = running.map { ($0.worker.job, $0.begin) }
            try teller.tell(begins: Dictionary(uniqueKeysWithValues: begins), atOnce: running.isEmpty)
            // Where one ended there may be room for the next.
            if nobodyEnded { teller.wait(for: running.map(\.handle) + readying.map(\.work.handle)) }
        }
    }

    /// Makes the worker's branch and worktree, and begins to make it ready; nil where it is.
    ///
    /// Those that start next get worktrees with it.
    private func ready(
        _ run: RunRecord, _ plan: Plan, _ worker: inout WorkerRecord, base: ObjectID,
        before next: ArraySlice<WorkerRecord> = []
    ) throws -> ReadyWork? {
        let job = plan.jobs[worker.index]
        // What an interrupted start made already stands on the same base.
        if worker.base == nil { worker.base = base }
        let started = try worker.started()
        try runs.step(.makeWorktree, run, job.id.text) {
            try runs.note(worker)
            try readyStep.dropHalfReady(run, .job(job.id), at: started)
            try freshWorktrees.ensureWorktree(
                run, .job(job.id), path: worker.worktree, at: started,
                together: next.filter { ($0.base ?? base) == started }.map { (.job($0.job), $0.worktree) })
            try workerGuard.writeClaims(run, plan, of: worker)
        }
        guard let work = try readyStep.begin(run, plan, readyPlace(run, plan, worker)) else { return nil }
        worker.detail = "its worktree is made ready"
        try runs.note(worker)
        return work
    }

    private func readyPlace(_ run: RunRecord, _ plan: Plan, _ worker: WorkerRecord) throws -> ReadyPlace {
        ReadyPlace(
            place: .job(worker.job), name: run.names.registration(.job(worker.job)), path: worker.worktree,
            commit: try worker.started(), job: plan.jobs[worker.index])
    }

    /// Where a worker is whose worktree is being made ready.
    private enum Readiness {
        case goesOn(ReadyWork)
        case ready, failed
    }

    private func follow(
        _ run: RunRecord, _ plan: Plan, _ worker: WorkerRecord, _ work: ReadyWork
    ) throws -> Readiness {
        var work = work
        let failure: ReadyFailure
        switch try host.executor.poll(work.handle) {
        case .running: return .goesOn(work)
        case .vanished: failure = try readyStep.vanish(run, work)
        case .finished(let status):
            switch try readyStep.goOn(run, &work, status) {
            case .goesOn: return .goesOn(work)
            case .ready: return .ready
            case .failed(let failed): failure = failed
            }
        }
        var worker = worker
        try worker.become(.setUpFailed)
        worker.detail = failure.summary
        try runs.note(worker)
        world.slots.release(worker.worktree)
        host.narrate(.note("\(worker.job) \(worker.state.rawValue): \(worker.detail)"))
        return .failed
    }

    /// Makes the first worktree of a run ready while nobody works: what a set-up does to what all worktrees share is the
    /// user's then, and what comes later is compared with it.
    ///
    /// Throws where that fails, for the others would fail as well.
    private func readyFirst(_ run: inout RunRecord, _ plan: Plan, wave: Int) throws {
        for var worker in try runs.workers(of: run) where worker.wave == wave && worker.state == .waiting {
            guard try blocker(of: worker, run, plan) == nil,
                try readyStep.isFirst(run, plan, plan.jobs[worker.index])
            else { continue }
            let failure = try runs.timed(run, .launch, wave: wave) { () throws -> ReadyFailure? in
                guard var work = try ready(run, plan, &worker, base: run.mergedSoFar) else { return nil }
                return try readyStep.finish(run, &work)
            }
            if let failure { throw failure.error("job \(worker.name)", run) }
            break
        }
        try readyStep.noteHooks(&run)
    }

    /// Submits the command of a worker whose worktree is ready.
    private func start(
        _ run: RunRecord, _ plan: Plan, _ worker: inout WorkerRecord
    ) throws -> SupervisedHandle {
        let job = plan.jobs[worker.index]
        let started = try worker.started()
        worker.attempt += 1
        let settings = try attempts.environment(
            run, runs.granted(plan, run), job: runs.granted(plan, run).jobs[worker.index], base: started,
            in: worker.worktree, attempt: worker.attempt)
        var guarded = try workerGuard.guarded(settings, run, in: worker.worktree)
        guard let command = try agentStep.command(run, runs.granted(plan, run), worker, &guarded) else {
            throw HybridError(
                .planInvalid, "job \(job.name)", "it has no command",
                next: "work in \(worker.worktree), then: hybrid merge \(run.id)")
        }
        let spec = try attempts.spec(
            run, .job(job.id), attempt: worker.attempt, command: command, directory: worker.worktree,
            timeout: job.timeoutSeconds.map(Double.init) ?? host.workerTimeout, environment: guarded)
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
        try readyFirst(&run, plan, wave: wave)
        try sharedStep.noteShared(run, wave: wave)
        var waiting: [WorkerRecord] = []
        for var worker in try runs.workers(of: run) where worker.wave == wave && worker.state == .waiting {
            guard let needed = try blocker(of: worker, run, plan) else {
                waiting.append(worker)
                continue
            }
            try worker.become(.blocked)
            worker.detail = "needs \(needed), which was left out"
            try runs.note(worker)
        }
        for (index, var worker) in waiting.enumerated() {
            // The first pass makes all the worktrees.
            if var work = try ready(run, plan, &worker, base: base, before: waiting[(index + 1)...]),
                let failure = try readyStep.finish(run, &work)
            {
                throw failure.error("job \(worker.name)", run)
            }
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
