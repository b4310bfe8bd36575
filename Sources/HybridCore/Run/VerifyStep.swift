internal import HybridGit

extension Conductor {
    /// Stage 7: verifies exactly the commit that will land.
    func verify(
        _ run: inout RunRecord, _ plan: Plan, _ integration: Integration, workers: [WorkerRecord]
    ) throws {
        try ledger.removeFindings(of: run.id, kind: .verification)
        guard hasVerification(plan, workers) else {
            run.verification = "unverified"
            try answerChecklist(run, plan, integration, tested: nil)
            try save(&run, .unverified, "the plan names no verify command, so nothing was checked")
            return
        }
        host.narrate(.stage(.verify, "the merged tree"))
        var failure: VerifyFailure?
        try timed(run, .verify) { failure = try judge(run, plan, integration.tip, workers: workers) }
        guard let failure else {
            run.verification = "passed"
            try answerChecklist(run, plan, integration, tested: true)
            try save(&run, .verified, "every verify command passed on \(integration.tip.short)")
            return
        }
        try answerChecklist(run, plan, integration, tested: false)
        try settleFailure(&run, plan, failure, workers: workers, candidate: integration.tip)
    }

    private func hasVerification(_ plan: Plan, _ workers: [WorkerRecord]) -> Bool {
        !plan.verify.isEmpty || workers.contains { !plan.jobs[$0.index].verify.isEmpty }
    }

    /// A red verification: told from a flaky one, traced to workers, and the rest landed where the plan says so.
    func settleFailure(
        _ run: inout RunRecord, _ plan: Plan, _ failure: VerifyFailure, workers: [WorkerRecord],
        candidate: ObjectID?
    ) throws {
        host.narrate(.note("\(failure.summary); looking for the cause"))
        if let candidate {
            var again: VerifyFailure?
            try timed(run, .verify) { again = try judge(run, plan, candidate, workers: workers) }
            if again == nil {
                run.verification = "flaky"
                try report(
                    failure, run, jobs: [],
                    "flaky: \(failure.summary), and passed when run again on the same tree")
                try save(&run, .verificationFailed, "flaky: \(failure.summary), and passed when run again")
                return
            }
        }
        run.verification = "failed"
        let cause = try trace(run, plan, failure, workers: workers)
        let why = ConflictClaims.causeOfFailure(
            try cause.workers.map { worker in
                let base = try commitID(worker.base, "job \(worker.job)")
                let tip = try commitID(worker.tip ?? worker.base, "job \(worker.job)")
                return (plan.jobs[worker.index], try touched(from: base, to: tip).map(\.path))
            })
        try report(
            failure, run, jobs: cause.workers.map(\.job), "\(failure.summary); \(cause.text)", cause: why)
        if plan.landTheRest, !cause.workers.isEmpty, cause.workers.count < workers.count {
            let rest = workers.filter { !cause.workers.contains($0) }
            if let tip = try assemble(run, plan, only: rest, of: workers) {
                let out = cause.workers.map { worker in
                    var worker = worker
                    worker.state = .verificationFailed
                    worker.detail = failure.summary
                    return worker
                }
                run.integrated = tip.description
                try point(run, "integrated", at: tip)
                try save(&run, .integrated, "left out: \(out.map(\.name).joined(separator: ", "))", out)
                return
            }
        }
        try save(&run, .verificationFailed, "\(failure.summary); \(cause.text)")
    }

    private func report(
        _ failure: VerifyFailure, _ run: RunRecord, jobs: [String], _ message: String,
        cause: ConflictCause? = nil
    ) throws {
        let tail = failure.tail.isEmpty ? "" : "\n" + failure.tail.joined(separator: "\n")
        try ledger.save(
            FindingRecord(
                run: run.id, kind: .verification, jobs: jobs, message: message + tail, cause: cause))
        host.narrate(.note(message))
    }

    /// The smallest set of workers with which `failure` shows, by delta debugging on real merges.
    private func trace(
        _ run: RunRecord, _ plan: Plan, _ failure: VerifyFailure, workers: [WorkerRecord]
    ) throws -> (workers: [WorkerRecord], text: String) {
        if try repository.id(of: RefName(RunNames.ref(run.id, "by-hand"))) != nil {
            return ([], "the work integrated by hand belongs to no single worker, so it was not traced")
        }
        func fails(_ subset: [WorkerRecord]) throws -> Bool? {
            guard let tip = try assemble(run, plan, only: subset, of: workers) else { return nil }
            do {
                let integration = try integrate(run, plan, on: tip, workers: subset)
                var found: VerifyFailure?
                try timed(run, .verify) {
                    found = try judge(run, plan, integration.tip, workers: subset, only: failure)
                }
                return found != nil
            } catch let failed as IntegrationFailed {
                return failed.failure.command == failure.command
            }
        }
        if try fails([]) != false {
            return ([], "it fails without any worker's change as well, so no worker can be singled out")
        }
        let result = try DeltaDebugging.minimise(workers, budget: host.traceBudget) { try fails($0) }
        let names = result.failing.map(\.name).joined(separator: " and ")
        let last = result.failing.map(\.wave).max() ?? 0
        let newest = result.failing.filter { $0.wave == last }
        if result.unjudged > 0, newest.count < result.failing.count {
            // Who stands on another's work cannot be judged without it; the other without it can.
            let others = workers.filter { !newest.contains($0) }
            let added = newest.map(\.name).joined(separator: " and ")
            let below = result.failing.filter { $0.wave < last }.map(\.name).joined(separator: " and ")
            guard try fails(others) == false else {
                return (
                    result.failing,
                    "caused by \(names), some or all of them: as \(added) stands on the work of \(below), it was not told which"
                )
            }
            return (
                newest,
                "caused by \(added), on top of the work of \(below), where it was made; without "
                    + "\(newest.count == 1 ? "it" : "them") it passes"
            )
        }
        let rest = workers.filter { !result.failing.contains($0) }
        let restPasses = rest.isEmpty ? nil : try fails(rest).map { !$0 }
        let proof =
            switch restPasses {
            case true?: "; without \(result.failing.count == 1 ? "it" : "them") it passes"
            case false?: "; the others fail it as well"
            case nil: ""
            }
        let minimal =
            result.isMinimal
            ? "" : " (the budget of \(host.traceBudget) checks ran out before it was smallest)"
        return (
            result.failing,
            result.failing.count == 1
                ? "caused by \(names)\(minimal)\(proof)" : "caused by \(names) together\(minimal)\(proof)"
        )
    }
}
