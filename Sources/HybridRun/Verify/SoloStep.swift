internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Each worker's own verify commands on its own tip, before the merge.
struct SoloStep: RunPart {
    let context: RunContext
    private var judgeStep: JudgeStep { JudgeStep(context) }
    private var sharedStep: SharedStep { SharedStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// Verifies finished workers, each on its own tip: its own verify commands, and the plan's where the plan says so;
    /// all side by side, each in fresh worktrees.
    ///
    /// Who fails alone is left out of the merge, so that nobody else is blamed for it. Where the base is red and was
    /// accepted, only tests that do not fail there already count against a worker by the plan's commands. Its own are
    /// held against its tip alone: what they test is not on the base.
    func verifyAlone(_ run: RunRecord, _ plan: Plan, _ workers: [WorkerRecord]) throws {
        var benches: [VerifyBench] = []
        var owners: [WorkerRecord] = []
        for worker in workers {
            let job = plan.jobs[worker.index]
            let tip = try worker.work()
            let plans = plan.verifyAlone ? plan.verify : []
            for (owner, commands) in [(job, job.verify), (nil, plans)] where !commands.isEmpty {
                benches.append(VerifyBench(job: owner, commit: tip, commands: commands))
                owners.append(worker)
            }
        }
        guard !benches.isEmpty else { return }
        let names = workers.filter { worker in owners.contains { $0.job == worker.job } }.map(\.name)
        host.narrate(.stage(.verify, "alone: \(names.joined(separator: ", "))"))
        try runs.timed(run, .verify, wave: workers.first?.wave) {
            let failed = try sharedStep.watching(run) { try failuresAlone(run, plan, benches, owners) }
            for found in failed {
                try leaveOut(
                    owners[found.bench], run, plan, benches[found.bench], found.failure,
                    failures: found.failures)
            }
        }
    }

    /// What failed on the same tree as often as it takes to blame somebody, by the place of its bench.
    ///
    /// There is no tree to compare with: what a job's own command tests is not on the base. So failures alone must tell.
    private func failuresAlone(
        _ run: RunRecord, _ plan: Plan, _ benches: [VerifyBench], _ owners: [WorkerRecord]
    ) throws -> [(bench: Int, failure: VerifyFailure, failures: Int)] {
        let first = try judgeStep.judge(benches, run, plan, recall: .known, until: .firstOfEach)
        for job in Set(owners.map(\.job)).sorted() {
            var worker = try runs.worker(run, job.text)
            let remembered = owners.indices.filter { owners[$0].job == job }.compactMap(first.remembered)
                .min { $0.since < $1.since }
            if worker.remembered == remembered { continue }
            worker.remembered = remembered
            try runs.note(worker)
        }
        for (_, failure) in first.failures where isAsOnBase(failure, run) {
            host.narrate(.note("\(failure.summary), as on the base: nobody is blamed for it"))
        }
        let most = min(
            CulpritSearch.Evidence.alone, try max(2, world.traceBudget(plan, workers: owners.count)))
        var failed: [(bench: Int, failure: VerifyFailure, failures: Int)] = []
        for suspect in first.failures where !isAsOnBase(suspect.failure, run) {
            let base = try owners[suspect.bench].started()
            try judgeStep.refuseSetUp(suspect.failure, run, plan, at: base)
            var last = suspect.failure
            // What was only recalled is no run.
            var seen = last.remembered == nil ? 1 : 0
            var contrary: String?
            while seen < most, contrary == nil {
                let again = try judgeStep.judge(
                    [benches[suspect.bench]], run, plan, recall: .anew, alone: true)
                if let failure = again.failure, failure.isOf(last) {
                    last = failure
                } else {
                    contrary = again.failure.map { "and \($0.summary)" } ?? "and passed"
                }
                seen += 1
            }
            guard let contrary else {
                failed.append((suspect.bench, last, seen))
                continue
            }
            let worker = owners[suspect.bench]
            try judgeStep.report(
                suspect.failure, run, jobs: [worker.job],
                "flaky: \(worker.name) alone: \(suspect.failure.summary), \(contrary) when run again on the same tree",
                kind: .warning, tests: judgeStep.tests([suspect.failure], .flaky))
        }
        return failed
    }

    private func leaveOut(
        _ old: WorkerRecord, _ run: RunRecord, _ plan: Plan, _ bench: VerifyBench, _ failure: VerifyFailure,
        failures: Int
    ) throws {
        var worker = try runs.worker(run, old.job.text)
        let hint = try lackOnBase(failure, bench, worker, run, plan).map { "; \($0)" } ?? ""
        try worker.become(.verificationFailed)
        let words = "fails alone: \(failure.summary), in each of \(failures) runs\(hint)"
        worker.detail = words
        try runs.note(worker)
        let onBase = Set(run.base?.failing ?? [])
        try judgeStep.report(
            failure, run, jobs: [worker.job], "\(worker.name) \(words)",
            kind: .verification,
            tests: failure.failing.map {
                NamedTest(name: $0, standing: onBase.contains($0) ? .failsOnBase : .fails)
            })
    }

    /// Whether a plan's command fails no otherwise than on an accepted red base, as far as names tell.
    private func isAsOnBase(_ failure: VerifyFailure, _ run: RunRecord) -> Bool {
        guard failure.job == nil, let base = run.base, !base.passed else { return false }
        return Set(failure.failing).isSubset(of: base.failing)
    }

    // MARK: What a fresh worktree lacks

    /// Whether a job's own command ends on its base as on its tip, and what it may lack there and here; nil where
    /// nothing speaks for that.
    private func lackOnBase(
        _ failure: VerifyFailure, _ bench: VerifyBench, _ worker: WorkerRecord, _ run: RunRecord, _ plan: Plan
    ) throws -> String? {
        guard let job = bench.job, let base = worker.base,
            let last = bench.commands.firstIndex(of: failure.command)
        else { return nil }
        let lacks = try lack(at: base)?.things.map(\.path) ?? []
        guard failure.isProgramMissing || !lacks.isEmpty else { return nil }
        let before = VerifyBench(job: job, commit: base, commands: Array(bench.commands[...last]))
        let onBase = try judgeStep.judge([before], run, plan, recall: .known)
        guard let same = onBase.failure, same.isOf(failure), same.exitCode == failure.exitCode,
            failure.isProgramMissing || same.tail.last == failure.tail.last
        else { return nil }
        return "it ends so on its base as well: \(wordsOfLack(lacks))"
    }

    /// What a failure on the base may lack in a fresh worktree; nil where nothing speaks for that.
    func lackOnBase(_ failure: VerifyFailure, _ plan: Plan, at base: ObjectID) throws -> String? {
        let lack = try lack(at: base)
        let lacks = lack?.things.map(\.path) ?? []
        let named = lacks.filter { path in
            let name = path.pathParts.last.map(String.init) ?? path
            return failure.tail.contains { $0.contains(name) }
        }
        // What git ignores is the usual reason, though nothing names it.
        let usual = try lack?.ignored(besides: plan.copy).map(\.path) ?? []
        guard failure.isProgramMissing || !named.isEmpty || !usual.isEmpty else { return nil }
        return wordsOfLack(!named.isEmpty ? named : usual.isEmpty ? lacks : usual) + Self.readyHint
    }

    private func wordsOfLack(_ names: [String]) -> String {
        let shown = names.prefix(5).map(neutralise).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
        return names.isEmpty
            ? "the program is not there"
            : "perhaps for want of what a fresh worktree has not and the main checkout has: \(shown)"
    }

    /// How a person brings what is missing.
    private static let readyHint =
        "; Setup: or Copy: in the plan bring it to a new run (hybrid init proposes lines)"

    /// What lies in the user's checkout and in no fresh worktree of a commit; nil without a checkout.
    private func lack(at commit: ObjectID) throws -> FreshLack? {
        guard let checkout = try BroughtSource.checkout(of: repository) else { return nil }
        return try FreshLack(
            of: checkout, against: CommitTree(repository, commit: commit),
            besides: [paths.worktrees] + repository.worktrees().map(\.path), environment: host.environment)
    }
}

extension VerifyFailure {
    /// Whether the shell said that there is no such program, or that it cannot be run.
    var isProgramMissing: Bool { exitCode == 126 || exitCode == 127 }
}
