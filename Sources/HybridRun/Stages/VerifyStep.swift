internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// Verifies the merged tree, and decides what follows from a failure.
struct VerifyStep: RunPart {
    let context: RunContext
    private var bringStep: BringStep { BringStep(context) }
    private var besideJudge: BesideJudge { BesideJudge(context) }
    private var checklistStep: ChecklistStep { ChecklistStep(context) }
    private var commitMessages: CommitMessages { CommitMessages(context) }
    private var freshWorktrees: FreshWorktrees { FreshWorktrees(context) }
    private var integrateStep: IntegrateStep { IntegrateStep(context) }
    private var judgeStep: JudgeStep { JudgeStep(context) }
    private var mergeStep: MergeStep { MergeStep(context) }
    private var readyStep: ReadyStep { ReadyStep(context) }
    private var prepareStep: PrepareStep { PrepareStep(context) }
    private var ruledHistory: RuledHistory { RuledHistory(context) }
    private var sharedStep: SharedStep { SharedStep(context) }
    private var traceStep: TraceStep { TraceStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// Stage 7: verifies exactly the commit that will land.
    func verify(
        _ run: inout RunRecord, _ plan: Plan, _ integration: Integration, workers: [WorkerRecord]
    ) throws {
        try forgetVerification(run)
        guard hasVerification(plan, workers) else {
            try checklistStep.answerChecklist(run, plan, integration, tested: nil)
            try runs.turn(&run, .unverified(integration.tip))
            return
        }
        host.narrate(.stage(.verify, "the merged tree"))
        var verdict = VerifyVerdict()
        try watching(run, plan) {
            try runs.timed(run, .verify) {
                verdict = try judgeStep.judge(
                    run, plan, integration.tip, workers: workers,
                    recall: run.verifyAnew == true ? .anew : .known)
            }
        }
        run.verifyAnew = nil
        run.remembered = verdict.remembered
        guard let failure = verdict.failure else {
            try checklistStep.answerChecklist(run, plan, integration, tested: true)
            let known =
                verdict.remembered.map { "; \($0.words)" } ?? ""
            try runs.turn(&run, .verified(integration.tip, known: known))
            return
        }
        try checklistStep.answerChecklist(run, plan, integration, tested: false)
        try settleFailure(&run, plan, failure, workers: workers, candidate: integration.tip)
    }

    /// Compares around commands of the run's own what the worktrees share, and what their links lead to.
    private func watching<T>(_ run: RunRecord, _ plan: Plan, _ body: () throws -> T) throws -> T {
        try bringStep.noteLinks(run, plan)
        let result = try sharedStep.watching(run, body)
        try bringStep.compareLinks(run, plan, "while the run verified or integrated")
        return result
    }

    private func hasVerification(_ plan: Plan, _ workers: [WorkerRecord]) -> Bool {
        !plan.verify.isEmpty || workers.contains { !plan.jobs[$0.index].verify.isEmpty }
    }

    /// Takes back what an earlier verification found; why a worker was left out stays, as long as it is, and so does it that
    /// the command gave two answers.
    private func forgetVerification(_ run: RunRecord) throws {
        let out = Set(try runs.workers(of: run).filter { $0.state == .verificationFailed }.map(\.job))
        for finding in try ledger.findings(of: run.id) where finding.kind == .verification {
            // Of a set that fails only together one may have stayed.
            let left = finding.out ?? finding.jobs
            guard left.isEmpty || !out.isSuperset(of: left) else { continue }
            try runs.withdraw(finding)
            guard run.verification == .flaky else { continue }
            var past = finding
            past.kind = .warning
            try runs.note(past)
        }
    }

    /// A red verification: told from a flaky one, traced to workers, and the rest landed where the plan says so.
    func settleFailure(
        _ run: inout RunRecord, _ plan: Plan, _ first: VerifyFailure, workers: [WorkerRecord],
        candidate: ObjectID?
    ) throws {
        try judgeStep.refuseSetUp(first, run, plan, at: run.targetBefore)
        host.narrate(.note("\(first.summary); looking for the cause"))
        var failure = first
        var flaked: Set<String> = []
        if let candidate {
            var verdict = VerifyVerdict()
            try watching(run, plan) {
                try runs.timed(run, .verify) {
                    verdict = try judgeStep.judge(
                        run, plan, candidate, workers: workers, only: first, recall: .anew)
                }
            }
            guard let again = verdict.failure, again.isOf(first) else {
                // Another command of the same worktree that passed before and fails now is flaky itself.
                let flaky = verdict.failure ?? first
                let answers =
                    verdict.failure == nil
                    ? "\(flaky.summary), and passed when run again on the same tree"
                    : "\(flaky.summary), and had passed on the same tree"
                try settleFlaky(&run, flaky, answers)
                return
            }
            let both = Set(first.failing).intersection(again.failing)
            flaked = both.isEmpty ? [] : Set(first.failing).symmetricDifference(again.failing)
            failure = again
            if !both.isEmpty { failure.failing = again.failing.filter(both.contains) }
        }
        var trace = Trace()
        // What was only recalled is no run.
        let failed = candidate == nil || first.remembered != nil ? 1 : 2
        try watching(run, plan) {
            try runs.timed(run, .verify) {
                trace = try traceStep.trace(
                    run, plan, &failure, flaked: &flaked, workers: workers, candidate: candidate,
                    failed: failed)
            }
        }
        if trace.isFlaky {
            try settleFlaky(&run, failure, "\(failure.summary); \(trace.text)")
            return
        }
        let culprits = trace.sets.flatMap { $0 }
        try judgeStep.report(
            failure, run, jobs: culprits.map(\.job), "\(failure.summary); \(trace.text)", kind: .verification,
            cause: trace.cause, tests: named(failure, flaked, trace),
            sets: trace.sets.map { $0.map(\.job) }, out: trace.out.map(\.job))
        if plan.landTheRest, try landRest(&run, plan, trace, failure, workers) { return }
        try runs.turn(
            &run, .verificationFailed(isFlaky: false, why: "\(failure.summary); \(trace.text)"))
    }

    private func settleFlaky(_ run: inout RunRecord, _ flaky: VerifyFailure, _ words: String) throws {
        try judgeStep.report(
            flaky, run, "flaky: \(words)", kind: .verification, tests: judgeStep.tests([flaky], .flaky))
        try runs.turn(&run, .verificationFailed(isFlaky: true, why: words))
    }

    /// Takes out the fewest without whom it passes; gives whether somebody is left.
    private func landRest(
        _ run: inout RunRecord, _ plan: Plan, _ trace: Trace, _ failure: VerifyFailure,
        _ workers: [WorkerRecord]
    ) throws -> Bool {
        let rest = workers.filter { !trace.out.contains($0) && !trace.above.contains($0) }
        guard !trace.out.isEmpty, !rest.isEmpty,
            let tip = try mergeStep.assemble(run, plan, only: rest, of: workers, lands: true)
        else { return false }
        func stays(beside worker: WorkerRecord) -> String {
            let others = trace.sets.filter { $0.contains(worker) }.joined().filter { rest.contains($0) }
            guard let other = others.first else { return "" }
            return "; it fails only together with \(other.name), which stays"
        }
        var changed = try trace.out.map { worker in
            var left = worker
            try left.become(.verificationFailed)
            left.detail = failure.summary + stays(beside: worker)
            return left
        }
        let names = trace.out.map(\.name).joined(separator: ", ")
        changed += try trace.above.map { worker in
            var worker = worker
            try worker.become(.blocked)
            worker.detail = "stands on the work of \(names), left out"
            return worker
        }
        try runs.turn(
            &run, .rebuiltWithout(changed.map(\.name), tip), changed, pointing: [.run(.integrated): tip])
        return true
    }

    private func named(_ failure: VerifyFailure, _ flaked: Set<String>, _ trace: Trace) -> [NamedTest] {
        let failing = failure.failing.map { name in
            NamedTest(
                name: name,
                standing: trace.onBase.contains(name)
                    ? .failsOnBase : trace.together.contains(name) ? .failsTogether : .fails)
        }
        return failing + flaked.sorted().map { NamedTest(name: $0, standing: .flaky) }
    }

    /// Stage 6, then 7: the merged tree is integrated and exactly that is verified.
    func integrateAndVerify(_ run: inout RunRecord, _ plan: Plan) throws {
        try freshWorktrees.discardLeftovers(run)
        try besideJudge.judgeBeside(run)
        let merged = run.mergedSoFar
        if run.pauseToIntegrate {
            let path = paths.worktree(run.names, .integrate)
            try freshWorktrees.ensureWorktree(run, .integrate, at: merged)
            let at = ReadyPlace(
                place: .integrate, name: run.names.registration(.integrate), path: path, commit: merged)
            // A person comes there, who can mend it.
            if let failed = try readyStep.make(run, plan, at) { host.narrate(.note(failed.summary)) }
            let why = "integrate by hand in \(path), then: hybrid resume \(run.id)"
            try runs.turn(&run, .waitsForIntegration(why: why))
            return
        }
        let workers = try runs.workers(of: run).filter { $0.state == .merged }
        host.narrate(.stage(.integrate, "\(workers.count) workers' work"))
        func integrated() throws -> Result<Integration, IntegrationFailed> {
            do {
                return .success(try integrateStep.integrate(run, plan, on: merged, workers: workers))
            } catch let failed as IntegrationFailed {
                return .failure(failed)
            }
        }
        let outcome = try runs.timed(run, .integrate) {
            try runs.step(.integrate, run) {
                plan.integrateCommands.isEmpty
                    ? try integrated() : try watching(run, plan) { try integrated() }
            }
        }
        var integration: Integration
        switch outcome {
        case .success(let made): integration = made
        case .failure(let failed):
            try settleFailure(&run, plan, failed.failure, workers: workers, candidate: nil)
            return
        }
        if integration.tip != merged, run.commitForm != .squash {
            integration.tip = try ruledHistory.committed(integration.tip, run)
        }
        integration.tip = try commitMessages.candidate(run, for: integration.tip, workers: workers)
        try runs.point(run, .run(.candidate), at: integration.tip)
        try verify(&run, plan, integration, workers: workers)
    }

    /// Goes on after a person integrated by hand.
    func takeIntegration(_ run: inout RunRecord, _ plan: Plan) throws {
        let merged = run.mergedSoFar
        let tip = try prepareStep.commitOwn(
            in: paths.worktree(run.names, .integrate), branch: try run.names.branch(.integrate), base: merged,
            message: "Integrate by hand: \(plan.task.name)", of: .integrate, run)
        try runs.turn(
            &run, .integratedByHand(tip), pointing: [.run(.byHand): tip, .run(.integrated): tip])
    }
}
