internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

extension Conductor {
    /// Makes the branches and worktrees of the next wave for people who launch by hand.
    func makeHandWorktrees(_ run: inout RunRecord, _ plan: Plan) throws {
        let wave = run.nextWave
        let base = try integratedTip(run)
        let begin = Monotonic.now()
        try noteShared(run, wave: wave)
        for var worker in try workers(of: run) where worker.wave == wave && worker.state == .waiting {
            if let needed = try blocker(of: worker, run, plan) {
                worker.state = .blocked
                worker.detail = "needs \(needed), which was left out"
                try ledger.save(worker)
                continue
            }
            if worker.base.isEmpty { worker.base = base.description }
            try ledger.save(worker)
            try ensureWorktree(
                run, .job(worker.job), path: worker.worktree,
                at: try commitID(worker.base, "job \(worker.job)"))
            try guardByHand(run, plan, worker)
            worker.state = .running
            worker.detail = "by hand"
            worker.attempt += 1
            try ledger.save(worker)
        }
        try ledger.save(
            StageRecord(run: run.id, stage: .launch, wave: wave, begin: begin, end: Monotonic.now()))
        try save(&run, .handWorked, "wave \(wave + 1) of \(run.waves.count) is worked on by hand")
        if try !workers(of: run).contains(where: { $0.wave == wave && $0.state == .running }) {
            try finishWave(&run, plan)
        }
    }

    /// Takes in what people made in the wave's worktrees; throws while one of them holds nothing, unless only
    /// what is finished is wanted.
    func collectByHand(_ run: inout RunRecord, _ plan: Plan, finishedOnly: Bool) throws {
        let wave = run.nextWave
        if try workers(of: run).contains(where: { $0.wave == wave && $0.state == .waiting }) {
            // Killed before their worktrees were made.
            try makeHandWorktrees(&run, plan)
            return
        }
        let waiting = try workers(of: run).filter { $0.wave == wave && $0.state == .running }
        if !finishedOnly {
            for worker in waiting
            where try !plan.jobs[worker.index].mayChangeNothing && isUntouched(worker) {
                throw HybridError(
                    "job \(worker.name)", "nothing was changed yet in \(worker.worktree)",
                    next:
                        "work there and type hybrid merge again, or go on without it: hybrid merge \(run.id) --finished"
                )
            }
        }
        // Before their work is taken in, so that a run that stops here stays as it is.
        try compareShared(run, wave: wave)
        for var worker in waiting {
            try keepBeside(run, worker)
            try accept(run, plan, &worker)
            try ledger.save(worker)
            try judgeBeside(run, of: worker)
        }
        try finishWave(&run, plan)
    }

    func isUntouched(_ worker: WorkerRecord) throws -> Bool {
        guard try repository.id(of: BranchName(worker.branch).ref)?.description == worker.base else {
            return false
        }
        return try !Files.exists(worker.worktree) || Repository(at: worker.worktree).isClean()
    }
}
