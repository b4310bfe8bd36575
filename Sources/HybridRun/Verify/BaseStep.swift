internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Verifies the commit that all workers begin from, before any does.
struct BaseStep: RunPart {
    let context: RunContext
    private var freshWorktrees: FreshWorktrees { FreshWorktrees(context) }
    private var judgeStep: JudgeStep { JudgeStep(context) }
    private var neighbourStep: NeighbourStep { NeighbourStep(context) }
    private var soloStep: SoloStep { SoloStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// Runs the plan's verify commands on the run's base, before anything is launched; gives whether the run may go on.
    ///
    /// The jobs' own commands are left out: what they test does not exist yet. Where the plan or a person accepts a red
    /// base, all commands run, so that what fails there already can be told from what workers broke.
    func verifyBase(_ run: inout RunRecord, _ plan: Plan) throws -> Bool {
        guard !plan.verify.isEmpty else { return true }
        let accepts = plan.redBase == .accept || run.acceptRedBase == true
        if let base = run.base, base.passed || base.accepted { return true }
        _ = try world.traceBudget(plan, workers: plan.jobs.count)
        try freshWorktrees.discardLeftovers(run)
        try runs.withdraw(of: run.id, kind: .verification)
        host.narrate(.stage(.prepare, "the base is verified"))
        let commit = run.targetBefore
        let bench = VerifyBench(job: nil, commit: commit, commands: plan.verify)
        let recall: Recall = run.verifyAnew == true ? .anew : .known
        let verdict = try neighbourStep.watchingNeighbours(run, "while the base was verified") {
            try judgeStep.judge([bench], run, plan, recall: recall, until: accepts ? .end : .firstFailure)
        }
        run.verifyAnew = nil
        guard let first = verdict.failure else {
            run.base = BaseAnswer(commit: run.targetBefore, passed: true, remembered: verdict.remembered)
            try runs.note(run)
            return true
        }
        if first.isSetUp { throw first.setUpError("a worktree of \(run.target)", run) }
        let found = verdict.failures.map(\.failure)
        if accepts {
            run.base = answer(run, found, accepted: true)
            run.base?.remembered = verdict.remembered
            let all = found.map(\.summary).joined(separator: "; ")
            try judgeStep.report(
                first, run, "the base is red, which was accepted: \(all)", kind: .warning,
                tests: judgeStep.tests(found, .failsOnBase))
            try runs.note(run)
            return true
        }
        let again = try judgeStep.judge(run, plan, commit, workers: [], only: first, recall: .anew)
        guard let second = again.failure else {
            // Nothing that workers do can be blamed for it, and it is named.
            run.base = BaseAnswer(commit: run.targetBefore, passed: true)
            try judgeStep.report(
                first, run, "flaky on the base: \(first.summary), and passed when run again on the same tree",
                kind: .warning, tests: judgeStep.tests([first], .flaky))
            try runs.note(run)
            return true
        }
        let lack = try soloStep.lackOnBase(second, plan, at: commit).map { "; \($0)" } ?? ""
        let message = "the base is red: on \(commit.short) of \(run.target), \(second.summary)\(lack)"
        try judgeStep.report(
            second, run, message, kind: .verification, tests: judgeStep.tests([second], .failsOnBase))
        Files.removeEmptyFolder("\(paths.worktrees)/\(run.id)")
        Files.removeEmptyFolder(paths.worktrees)
        let base = answer(run, [second], accepted: false)
        try runs.turn(&run, .baseIsRed(base, why: message + "; nothing was launched"))
        return false
    }

    /// Readies a run that stopped at its red base to go on; with `accept`, it goes on whatever its base says.
    func reopenBase(_ run: inout RunRecord, accept: Bool) throws {
        if accept {
            run.acceptRedBase = true
            try runs.note(run)
        }
        guard run.state == .redBase else { return }
        try runs.turn(&run, .baseIsAskedAgain(accepted: accept))
    }

    private func answer(_ run: RunRecord, _ found: [VerifyFailure], accepted: Bool) -> BaseAnswer {
        BaseAnswer(
            commit: run.targetBefore, passed: false, accepted: accepted,
            failing: Set(found.flatMap(\.failing)).sorted())
    }
}
