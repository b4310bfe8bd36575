internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Runs the commands of verify benches in fresh worktrees, and tells what failed beside others from what failed.
final class BenchRunner {
    private let context: RunContext
    private let run: RunRecord
    private let plan: Plan
    private let benches: [VerifyBench]
    private let extent: Extent
    /// What failed while something else ran, by the place of its bench.
    private var besides: [Int: [VerifyFailure]] = [:]

    init(
        _ context: RunContext, _ run: RunRecord, _ plan: Plan, _ benches: [VerifyBench], until extent: Extent
    ) {
        self.context = context
        self.run = run
        self.plan = plan
        self.benches = benches
        self.extent = extent
    }

    /// One bench whose command runs now.
    private struct Active {
        var place: Int
        var next: Int
        var fresh: FreshWorktree
        var attempt: Int
        var handle: SupervisedHandle
        /// Whether one of its commands ran while another bench's did.
        var isBeside: Bool
        /// What makes its worktree ready, while that runs.
        var ready: ReadyWork?
    }

    /// What a bench's failures were worth nothing for, as something else ran meanwhile.
    func doubts(_ place: Int) -> [VerifyFailure] { besides[place] ?? [] }

    /// Runs benches up to the run's limit at once; `doubtful` are those that failed beside others and are to be asked
    /// again.
    func sideBySide(_ places: [Int]) throws -> (verdict: VerifyVerdict, doubtful: [Int]) {
        let turn = try VerifyTurn.beside(in: context.paths, of: run.id) {
            try Attempts(context).heedStop(run)
        }
        let verdict = try go(places, limit: run.parallel) { turn.wasShared }
        return (verdict, places.filter { besides[$0] != nil })
    }

    /// Runs one bench while no other verify command runs in the repository.
    func byItself(_ place: Int) throws -> VerifyVerdict {
        let turn = try VerifyTurn.alone(in: context.paths, of: run.id) { try Attempts(context).heedStop(run) }
        defer { withExtendedLifetime(turn) {} }
        return try go([place], limit: 1) { false }
    }

    /// `isShared` says whether another run verified meanwhile.
    private func go(_ places: [Int], limit: Int, isShared: () -> Bool) throws -> VerifyVerdict {
        let timeout = try JudgeStep(context).verifyTimeout()
        let executor = context.host.executor
        var verdict = VerifyVerdict()
        var pending = places[...]
        var active: [Active] = []
        let wait = CommandWait(executor, hearing: context.paths.run(run.id))
        func isOver() -> Bool { extent == .firstFailure && !verdict.failures.isEmpty }
        do {
            while !active.isEmpty || (!isOver() && !pending.isEmpty) {
                try Attempts(context).heedStop(run)
                while !isOver(), active.count < limit, let place = pending.popFirst() {
                    let fresh = try FreshWorktrees(context).freshWorktree(run, at: benches[place].commit)
                    if let entry = try begin(place, fresh, timeout) { active.append(entry) }
                }
                if active.count > 1 { for index in active.indices { active[index].isBeside = true } }
                var anyEnded = false
                for (index, entry) in active.enumerated().reversed() {
                    if isOver() { try executor.cancel(entry.handle) }
                    switch try executor.poll(entry.handle) {
                    case .running: continue
                    case .vanished:
                        if let work = entry.ready {
                            throw try ReadyStep(context).vanish(run, work).error(
                                "a worktree to verify in", run)
                        }
                        throw HybridError(
                            .programFailed,
                            "verify command \(benches[entry.place].commands[entry.next].display)",
                            "its supervisor ended without leaving a status",
                            next: "hybrid resume \(run.id)")
                    case .finished(let status):
                        active.remove(at: index)
                        anyEnded = true
                        let bench = benches[entry.place]
                        let isBeside = entry.isBeside || status.outcome != .exited(0) && isShared()
                        if entry.ready != nil {
                            if let next = try goOn(entry, status, timeout, isBeside: isBeside, &verdict) {
                                active.append(next)
                            }
                            continue
                        }
                        try Attempts(context).note(
                            run, status, as: .verifyCommand,
                            command: "\(bench.job?.id.text ?? "") \(entry.next)",
                            on: bench.commit)
                        var goesOn = false
                        if !isOver() {
                            verdict.ran += 1
                            let failure = try conclude(entry, status, isBeside: isBeside)
                            if let failure {
                                if isBeside {
                                    besides[entry.place, default: []].append(failure)
                                } else {
                                    verdict.failures.append((entry.place, failure))
                                }
                            }
                            goesOn = failure == nil || extent == .end
                        }
                        if goesOn, entry.next + 1 < benches[entry.place].commands.count {
                            var next = try submit(entry.place, entry.next + 1, entry.fresh, timeout)
                            next.isBeside = entry.isBeside
                            active.append(next)
                        } else {
                            try FreshWorktrees(context).discard(entry.fresh, of: run)
                        }
                    }
                }
                // Where one ended there may be room for the next, or all is over.
                if !active.isEmpty, !anyEnded { wait.forFirst(of: active.map(\.handle)) }
            }
        } catch {
            for entry in active {
                try executor.cancel(entry.handle)
                try FreshWorktrees(context).discard(entry.fresh, of: run)
            }
            throw error
        }
        return verdict
    }

    /// Readies a bench's worktree, or begins with its commands where nothing is to be done for that; nil where there is
    /// nothing to run at all.
    private func begin(_ place: Int, _ fresh: FreshWorktree, _ timeout: Double) throws -> Active? {
        let bench = benches[place]
        let at = ReadyPlace(
            place: fresh.place, name: fresh.name, path: fresh.path, commit: bench.commit, job: bench.job)
        if let work = try ReadyStep(context).begin(run, plan, at) {
            return Active(
                place: place, next: 0, fresh: fresh, attempt: work.attempt, handle: work.handle,
                isBeside: false,
                ready: work)
        }
        return try first(place, fresh, timeout)
    }

    private func first(_ place: Int, _ fresh: FreshWorktree, _ timeout: Double) throws -> Active? {
        if benches[place].commands.isEmpty {
            try FreshWorktrees(context).discard(fresh, of: run)
            return nil
        }
        return try submit(place, 0, fresh, timeout)
    }

    /// Takes in how a command ended that makes a worktree ready; gives what runs there next.
    private func goOn(
        _ entry: Active, _ status: SupervisedStatus, _ timeout: Double, isBeside: Bool,
        _ verdict: inout VerifyVerdict
    ) throws -> Active? {
        guard var work = entry.ready else { return nil }
        if extent == .firstFailure, !verdict.failures.isEmpty {
            try FreshWorktrees(context).discard(entry.fresh, of: run)
            return nil
        }
        let bench = benches[entry.place]
        if bench.commands.isEmpty || status.outcome != .exited(0) { verdict.ran += 1 }
        switch try ReadyStep(context).goOn(run, &work, status) {
        case .goesOn:
            var next = entry
            (next.ready, next.attempt, next.handle) = (work, work.attempt, work.handle)
            return next
        case .ready:
            var next = try first(entry.place, entry.fresh, timeout)
            next?.isBeside = entry.isBeside
            return next
        case .failed(let failed):
            var failure = VerifyFailure(
                job: bench.job?.id, command: failed.command, what: failed.what, how: failed.how,
                tail: failed.tail)
            failure.isSetUp = true
            if isBeside {
                besides[entry.place, default: []].append(failure)
            } else {
                verdict.failures.append((entry.place, failure))
            }
            try FreshWorktrees(context).discard(entry.fresh, of: run)
            return nil
        }
    }

    private func submit(
        _ place: Int, _ next: Int, _ fresh: FreshWorktree, _ timeout: Double
    ) throws -> Active {
        let bench = benches[place]
        let attempt = Attempts(context).nextAttempt(run, .verify)
        let spec = try Attempts(context).spec(
            run, .verify, attempt: attempt, command: bench.commands[next], directory: fresh.path,
            timeout: timeout,
            environment: Attempts(context).environment(
                run, plan, job: bench.job, base: bench.commit, in: fresh.path, attempt: attempt))
        return Active(
            place: place, next: next, fresh: fresh, attempt: attempt,
            handle: try context.host.executor.submit(spec), isBeside: false)
    }

    /// What a command that ended says; nil when it passed.
    ///
    /// The answer is kept, but not a failure beside others.
    private func conclude(
        _ entry: Active, _ status: SupervisedStatus, isBeside: Bool
    ) throws -> VerifyFailure? {
        let bench = benches[entry.place]
        let command = bench.commands[entry.next]
        var failure: VerifyFailure?
        if status.outcome != .exited(0) {
            let log =
                Files.read(context.paths.attempt(run.names, .verify, entry.attempt) + "/log") ?? []
            failure = VerifyFailure(
                job: bench.job?.id, command: command, what: JudgeStep(context).words(bench, command),
                how: Attempts(context).words(status.outcome),
                tail: Attempts(context).logTail(run, .verify, attempt: entry.attempt),
                failing: TestOutput.failing(in: log))
        }
        // Only what a command itself answers says something about the tree: not a signal, not the time that it
        // took, and not that this machine has no such program (126 and 127, as shells say it).
        if case .exited(let code) = status.outcome {
            failure?.exitCode = code
            guard code != 126, code != 127, code == 0 || !isBeside else { return failure }
            let tree = try context.repository.commit(bench.commit).tree
            try context.runs.note(
                Judgement(
                    tree: tree.description, job: bench.job?.id, command: command.display,
                    exitCode: code, failing: failure?.failing ?? [], tail: failure?.tail ?? [],
                    since: WallClock.now(), run: run.id),
                key: try JudgeStep(context).key(bench, through: entry.next, run, plan))
        }
        return failure
    }
}
