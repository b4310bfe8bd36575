internal import HybridGit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A command that said no about a tree.
struct VerifyFailure: Equatable {
    /// The job whose own command it is; nil for the plan's.
    var job: String?
    /// The command.
    var command: Command
    /// What it is, in words.
    var what: String
    /// How it ended, in words.
    var how: String
    /// The end of its output, safe for display.
    var tail: [String]

    var summary: String { "\(what) \(how)" }
}

/// One worktree's worth of verify commands, run one after the other.
private struct Bench {
    var job: Job?
    var commands: [Command]
}

extension Conductor {
    /// Runs the verify commands on a commit: each component's own side by side, then the plan's.
    ///
    /// Each group has a fresh worktree. Gives the first failure, nil when all passed. `only` narrows it to one
    /// command, as tracing does.
    func judge(
        _ run: RunRecord, _ plan: Plan, _ commit: ObjectID, workers: [WorkerRecord],
        only: VerifyFailure? = nil
    ) throws -> VerifyFailure? {
        var components = workers.map { plan.jobs[$0.index] }.filter { !$0.verify.isEmpty }
            .map { Bench(job: $0, commands: $0.verify) }
        var union = plan.verify
        if let only {
            components = components.filter { $0.job?.id == only.job }
                .map { Bench(job: $0.job, commands: [only.command]) }
            union = only.job == nil && union.contains(only.command) ? [only.command] : []
        }
        if let failure = try runBenches(components, run, plan, commit) { return failure }
        return union.isEmpty ? nil : try runBenches([Bench(job: nil, commands: union)], run, plan, commit)
    }

    private struct Active {
        var bench: Bench
        var next: Int
        var fresh: FreshWorktree
        var attempt: Int
        var handle: SupervisedHandle
        var begin: UInt64
    }

    private func runBenches(
        _ benches: [Bench], _ run: RunRecord, _ plan: Plan, _ commit: ObjectID
    ) throws -> VerifyFailure? {
        var pending = benches[...]
        var active: [Active] = []
        var failure: VerifyFailure?
        do {
            while !active.isEmpty || (failure == nil && !pending.isEmpty) {
                try heedStop(run)
                while failure == nil, active.count < run.parallel, let bench = pending.popFirst() {
                    let fresh = try freshWorktree(run, at: commit)
                    active.append(try submit(bench, 0, fresh, run, plan, commit))
                }
                for (index, entry) in active.enumerated().reversed() {
                    if failure != nil { try host.executor.cancel(entry.handle) }
                    switch try host.executor.poll(entry.handle) {
                    case .running: continue
                    case .vanished:
                        throw HybridError(
                            "verify command \(entry.bench.commands[entry.next].display)",
                            "its supervisor ended without leaving a status", next: "hybrid verify \(run.id)")
                    case .finished(let status):
                        try ledger.save(
                            StageRecord(
                                run: run.id, stage: .verifyCommand, begin: entry.begin, end: Monotonic.now()))
                        if failure == nil { failure = self.failure(entry, run, status) }
                        active.remove(at: index)
                        if failure == nil, entry.next + 1 < entry.bench.commands.count {
                            active.append(
                                try submit(entry.bench, entry.next + 1, entry.fresh, run, plan, commit))
                        } else {
                            try discard(entry.fresh)
                        }
                    }
                }
                if !active.isEmpty { usleep(Self.pollInterval) }
            }
        } catch {
            for entry in active {
                try host.executor.cancel(entry.handle)
                try discard(entry.fresh)
            }
            throw error
        }
        return failure
    }

    private func failure(_ entry: Active, _ run: RunRecord, _ status: SupervisedStatus) -> VerifyFailure? {
        guard status.outcome != .exited(0) else { return nil }
        let command = entry.bench.commands[entry.next]
        let owner = entry.bench.job.map { "the verify command of job \($0.name)" } ?? "the verify command"
        return VerifyFailure(
            job: entry.bench.job?.id, command: command, what: "\(owner) `\(neutralise(command.display))`",
            how: words(status.outcome), tail: logTail(run, job: "verify", attempt: entry.attempt))
    }

    private func submit(
        _ bench: Bench, _ next: Int, _ fresh: FreshWorktree, _ run: RunRecord, _ plan: Plan,
        _ commit: ObjectID
    ) throws -> Active {
        let attempt = nextAttempt(run, "verify")
        let spec = try spec(
            run, job: "verify", attempt: attempt, command: bench.commands[next], directory: fresh.path,
            timeout: host.verifyTimeout,
            environment: environment(
                run, plan, job: bench.job, base: commit, in: fresh.path, attempt: attempt))
        let begin = Monotonic.now()
        return Active(
            bench: bench, next: next, fresh: fresh, attempt: attempt,
            handle: try host.executor.submit(spec), begin: begin)
    }
}
