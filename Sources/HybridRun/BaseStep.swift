internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension Conductor {
    /// Runs the plan's verify commands on the run's base, before anything is launched; gives whether the run may go on.
    ///
    /// The jobs' own commands are left out: what they test does not exist yet. Where the plan or a person accepts a red
    /// base, all commands run, so that what fails there already can be told from what workers broke.
    func verifyBase(_ run: inout RunRecord, _ plan: Plan) throws -> Bool {
        guard !plan.verify.isEmpty else { return true }
        let accepts = plan.redBase == .accept || run.acceptRedBase == true
        if let base = run.base, base.passed || base.accepted { return true }
        _ = try traceBudget(plan, workers: plan.jobs.count)
        try discardLeftovers(run)
        try ledger.removeFindings(of: run.id, kind: .verification)
        host.narrate(.stage(.prepare, "the base is verified"))
        let commit = try commitID(run.targetBefore, "run \(run.id)")
        let bench = VerifyBench(job: nil, commit: commit, commands: plan.verify)
        let recall: Recall = run.verifyAnew == true ? .anew : .known
        let verdict = try watchingNeighbours(run, "while the base was verified") {
            try judge([bench], run, plan, recall: recall, until: accepts ? .end : .firstFailure)
        }
        run.verifyAnew = nil
        guard let first = verdict.failure else {
            run.base = BaseAnswer(commit: run.targetBefore, passed: true)
            try ledger.update(run)
            return true
        }
        let found = verdict.failures.map(\.failure)
        if accepts {
            run.base = answer(run, found, accepted: true)
            let all = found.map(\.summary).joined(separator: "; ")
            try report(
                first, run, "the base is red, which was accepted: \(all)", kind: .warning,
                tests: tests(found, .failsOnBase))
            try ledger.update(run)
            return true
        }
        let again = try judge(run, plan, commit, workers: [], only: first, recall: .anew)
        guard let second = again.failure else {
            // Nothing that workers do can be blamed for it, and it is named.
            run.base = BaseAnswer(commit: run.targetBefore, passed: true)
            try report(
                first, run, "flaky on the base: \(first.summary), and passed when run again on the same tree",
                kind: .warning, tests: tests([first], .flaky))
            try ledger.update(run)
            return true
        }
        run.base = answer(run, [second], accepted: false)
        let lack = try lackOnBase(second, at: commit).map { "; \($0)" } ?? ""
        let message = "the base is red: on \(commit.short) of \(run.target), \(second.summary)\(lack)"
        try report(second, run, message, kind: .verification, tests: tests([second], .failsOnBase))
        Files.removeEmptyFolder(paths.worktrees + "/" + run.id)
        Files.removeEmptyFolder(paths.worktrees)
        try save(&run, .redBase, message + "; nothing was launched")
        return false
    }

    /// Readies a run that stopped at its red base to go on; with `accept`, it goes on whatever its base says.
    func reopenBase(_ run: inout RunRecord, accept: Bool) throws {
        if accept {
            run.acceptRedBase = true
            try ledger.update(run)
        }
        guard run.state == .redBase else { return }
        run.base = nil
        run.verifyAnew = accept ? nil : true
        try save(&run, .preparing, "the base is verified again")
    }

    private func answer(_ run: RunRecord, _ found: [VerifyFailure], accepted: Bool) -> BaseAnswer {
        BaseAnswer(
            commit: run.targetBefore, passed: false, accepted: accepted,
            failing: Set(found.flatMap(\.failing)).sorted())
    }

    func tests(_ failures: [VerifyFailure], _ standing: NamedTest.Standing) -> [NamedTest] {
        failures.flatMap(\.failing).map { NamedTest(name: $0, standing: standing) }
    }

    /// Records what a verify command said, with the end of its output, and tells it.
    func report(
        _ failure: VerifyFailure, _ run: RunRecord, jobs: [String] = [], _ message: String,
        kind: FindingRecord.Kind, cause: ConflictCause? = nil, tests: [NamedTest], sets: [[String]] = [],
        out: [String] = []
    ) throws {
        let tail = failure.tail.isEmpty ? "" : "\n" + failure.tail.joined(separator: "\n")
        var finding = FindingRecord(
            run: run.id, kind: kind, jobs: jobs, message: message + tail, cause: cause,
            tests: tests.isEmpty ? nil : tests)
        if !sets.isEmpty { (finding.sets, finding.out) = (sets, out) }
        try ledger.save(finding)
        host.narrate(.note(message))
    }
}
