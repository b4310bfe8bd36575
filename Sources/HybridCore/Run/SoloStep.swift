internal import HybridGit

extension Conductor {
    /// Verifies each finished worker of the wave on its own branch: its own verify commands and the plan's, all workers
    /// side by side, each in fresh worktrees.
    ///
    /// Who fails alone is left out of the merge, so that nobody else is blamed for it. Where the base is red and was
    /// accepted, only tests that do not fail there already count.
    func verifyAlone(_ run: RunRecord, _ plan: Plan, wave: Int) throws {
        let workers = try workers(of: run).filter { $0.wave == wave && $0.state.isFinishedWork }
        var benches: [VerifyBench] = []
        var owners: [Int] = []
        for (place, worker) in workers.enumerated() {
            let job = plan.jobs[worker.index]
            let tip = try commitID(worker.tip ?? worker.base, "job \(worker.job)")
            for (owner, commands) in [(job, job.verify), (nil, plan.verify)] where !commands.isEmpty {
                benches.append(VerifyBench(job: owner, commit: tip, commands: commands))
                owners.append(place)
            }
        }
        guard !benches.isEmpty else { return }
        host.narrate(.stage(.verify, "each worker alone"))
        let first = try judge(benches, run, plan, recall: .known, until: .firstOfEach)
        let suspects = first.failures.filter { !isAsOnBase($0.failure, run) }
        for (_, failure) in first.failures where isAsOnBase(failure, run) {
            host.narrate(.note("\(failure.summary), as on the base: nobody is blamed for it"))
        }
        guard !suspects.isEmpty else { return }
        let again = try judge(
            suspects.map { benches[$0.bench] }, run, plan, recall: .anew, until: .firstOfEach)
        for (place, suspect) in suspects.enumerated() {
            var worker = try self.worker(run, workers[owners[suspect.bench]].job)
            guard let second = again.failures.first(where: { $0.bench == place })?.failure else {
                try report(
                    suspect.failure, run, jobs: [worker.job],
                    "flaky: \(worker.name) alone: \(suspect.failure.summary), and passed when run again on the same tree",
                    kind: .warning, tests: tests([suspect.failure], .flaky))
                continue
            }
            worker.state = .verificationFailed
            worker.detail = "fails alone: \(second.summary)"
            try ledger.save(worker)
            let onBase = Set(run.base?.failing ?? [])
            try report(
                second, run, jobs: [worker.job], "\(worker.name) fails alone: \(second.summary)",
                kind: .verification,
                tests: second.failing.map {
                    NamedTest(name: $0, standing: onBase.contains($0) ? .failsOnBase : .fails)
                })
        }
    }

    /// Whether a plan's command fails no otherwise than on an accepted red base, as far as names tell.
    private func isAsOnBase(_ failure: VerifyFailure, _ run: RunRecord) -> Bool {
        guard failure.job == nil, let base = run.base, !base.passed else { return false }
        return Set(failure.failing).isSubset(of: base.failing)
    }
}
