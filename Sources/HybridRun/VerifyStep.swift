internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

extension Conductor {
    /// Stage 7: verifies exactly the commit that will land.
    func verify(
        _ run: inout RunRecord, _ plan: Plan, _ integration: Integration, workers: [WorkerRecord]
    ) throws {
        try forgetVerification(run)
        guard hasVerification(plan, workers) else {
            run.verification = "unverified"
            run.verified = integration.tip.description
            try answerChecklist(run, plan, integration, tested: nil)
            try save(&run, .unverified, "the plan names no verify command, so nothing was checked")
            return
        }
        host.narrate(.stage(.verify, "the merged tree"))
        var verdict = VerifyVerdict()
        // What is verified is the workers' code, and it runs here as freely as they did.
        try noteShared(run, wave: run.nextWave)
        try timed(run, .verify) {
            verdict = try judge(
                run, plan, integration.tip, workers: workers, recall: run.verifyAnew == true ? .anew : .known)
        }
        try compareShared(run, wave: run.nextWave)
        run.verifyAnew = nil
        guard let failure = verdict.failure else {
            run.verification = "passed"
            run.verified = integration.tip.description
            try answerChecklist(run, plan, integration, tested: true)
            let known =
                verdict.since.map {
                    verdict.ran == 0
                        ? "; known since \(moment($0)), so none ran again"
                        : "; some of it known since \(moment($0))"
                } ?? ""
            try save(&run, .verified, "every verify command passed on \(integration.tip.short)\(known)")
            return
        }
        try answerChecklist(run, plan, integration, tested: false)
        try settleFailure(&run, plan, failure, workers: workers, candidate: integration.tip)
    }

    private func hasVerification(_ plan: Plan, _ workers: [WorkerRecord]) -> Bool {
        !plan.verify.isEmpty || workers.contains { !plan.jobs[$0.index].verify.isEmpty }
    }

    /// Takes back what an earlier verification found; why a worker was left out stays, as long as it is, and so does it that
    /// the command gave two answers.
    private func forgetVerification(_ run: RunRecord) throws {
        let out = Set(try workers(of: run).filter { $0.state == .verificationFailed }.map(\.job))
        for finding in try ledger.findings(of: run.id) where finding.kind == .verification {
            // Of a set that fails only together one may have stayed.
            let left = finding.out ?? finding.jobs
            guard left.isEmpty || !out.isSuperset(of: left) else { continue }
            try ledger.remove(finding)
            guard run.verification == "flaky" else { continue }
            var past = finding
            past.kind = .warning
            try ledger.save(past)
        }
    }

    /// A red verification: told from a flaky one, traced to workers, and the rest landed where the plan says so.
    func settleFailure(
        _ run: inout RunRecord, _ plan: Plan, _ first: VerifyFailure, workers: [WorkerRecord],
        candidate: ObjectID?
    ) throws {
        host.narrate(.note("\(first.summary); looking for the cause"))
        var failure = first
        var flaked: Set<String> = []
        if let candidate {
            var verdict = VerifyVerdict()
            try timed(run, .verify) {
                verdict = try judge(run, plan, candidate, workers: workers, only: first, recall: .anew)
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
        let failed = candidate == nil || first.since != nil ? 1 : 2
        try timed(run, .verify) {
            trace = try self.trace(
                run, plan, &failure, flaked: &flaked, workers: workers, candidate: candidate, failed: failed)
        }
        if trace.isFlaky {
            try settleFlaky(&run, failure, "\(failure.summary); \(trace.text)")
            return
        }
        run.verification = "failed"
        let culprits = trace.sets.flatMap { $0 }
        try report(
            failure, run, jobs: culprits.map(\.job), "\(failure.summary); \(trace.text)", kind: .verification,
            cause: trace.cause, tests: named(failure, flaked, trace),
            sets: trace.sets.map { $0.map(\.job) }, out: trace.out.map(\.job))
        if plan.landTheRest, try landRest(&run, plan, trace, failure, workers) { return }
        try save(&run, .verificationFailed, "\(failure.summary); \(trace.text)")
    }

    private func settleFlaky(_ run: inout RunRecord, _ flaky: VerifyFailure, _ words: String) throws {
        run.verification = "flaky"
        try report(flaky, run, "flaky: \(words)", kind: .verification, tests: tests([flaky], .flaky))
        try save(&run, .verificationFailed, "flaky: \(words)")
    }

    /// Takes out the fewest without whom it passes; gives whether somebody is left.
    private func landRest(
        _ run: inout RunRecord, _ plan: Plan, _ trace: Trace, _ failure: VerifyFailure,
        _ workers: [WorkerRecord]
    ) throws -> Bool {
        let rest = workers.filter { !trace.out.contains($0) && !trace.above.contains($0) }
        guard !trace.out.isEmpty, !rest.isEmpty,
            let tip = try assemble(run, plan, only: rest, of: workers, lands: true)
        else { return false }
        func stays(beside worker: WorkerRecord) -> String {
            let others = trace.sets.filter { $0.contains(worker) }.joined().filter { rest.contains($0) }
            guard let other = others.first else { return "" }
            return "; it fails only together with \(other.name), which stays"
        }
        var changed = trace.out.map { worker in
            var left = worker
            left.state = .verificationFailed
            left.detail = failure.summary + stays(beside: worker)
            return left
        }
        let names = trace.out.map(\.name).joined(separator: ", ")
        changed += trace.above.map { worker in
            var worker = worker
            worker.state = .blocked
            worker.detail = "stands on the work of \(names), left out"
            return worker
        }
        run.integrated = tip.description
        try point(run, .run(.integrated), at: tip)
        try save(&run, .integrated, "left out: \(changed.map(\.name).joined(separator: ", "))", changed)
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
}
