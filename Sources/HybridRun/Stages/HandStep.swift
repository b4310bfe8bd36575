internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// Takes in the work of people who are workers themselves.
struct HandStep: RunPart {
    let context: RunContext
    private var besideJudge: BesideJudge { BesideJudge(context) }
    private var besideStep: BesideStep { BesideStep(context) }
    private var sharedStep: SharedStep { SharedStep(context) }
    private var waveStep: WaveStep { WaveStep(context) }
    private var workStep: WorkStep { WorkStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// Takes in what people made in the wave's worktrees; throws while one of them holds nothing, unless only
    /// what is finished is wanted.
    func collectByHand(_ run: inout RunRecord, _ plan: Plan, finishedOnly: Bool) throws {
        let wave = run.nextWave
        if try runs.workers(of: run).contains(where: { $0.wave == wave && $0.state == .waiting }) {
            // Killed before their worktrees were made.
            try waveStep.makeHandWorktrees(&run, plan)
            return
        }
        let waiting = try runs.workers(of: run).filter { $0.wave == wave && $0.state == .running }
        if !finishedOnly {
            for worker in waiting
            where try !plan.jobs[worker.index].mayChangeNothing && workStep.isUntouched(worker) {
                throw HybridError(
                    .wrongState, "job \(worker.name)", "nothing was changed yet in \(worker.worktree)",
                    next:
                        "work there and type hybrid merge again, or go on without it: hybrid merge \(run.id) --finished"
                )
            }
        }
        // Before their work is taken in, so that a run that stops here stays as it is.
        try sharedStep.compareShared(run, wave: wave)
        for var worker in waiting {
            try besideStep.keepBeside(run, worker)
            try workStep.accept(run, plan, &worker)
            try runs.note(worker)
            try besideJudge.judgeBeside(run, of: worker)
        }
        try waveStep.finishWave(&run, plan)
    }
}
