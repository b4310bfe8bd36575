internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// The command to type next, for where a run stands.
struct NextStep: RunPart {
    let context: RunContext
    private var commitWave: CommitWave { CommitWave(context) }

    init(_ context: RunContext) { self.context = context }

    /// Does what a command does to a run whose lock is held, and writes down why where it cannot; then `status` tells.
    func recordingProblems(of id: RunID, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            do {
                var run = try runs.run(id)
                run.problem = RunProblem(error)
                try runs.note(run)
                try runs.writeRecord(id)
            } catch let other {
                host.narrate(.note("it could not be written down why the run stopped: \(other)"))
            }
            throw error
        }
    }

    /// Whether a process works on a run now.
    func isAtWork(_ run: RunRecord) -> Bool { paths.isDriven(run.id) }

    /// What to type to take a run further; nil where nothing is left to do.
    package func nextStep(_ run: RunRecord, _ workers: [WorkerRecord]) throws -> String? {
        if isAtWork(run) { return "hybrid status \(run.id) --watch, or to end it: hybrid stop \(run.id)" }
        if let problem = run.problem {
            guard let next = problem.next else { return "hybrid resume \(run.id)" }
            return next.contains("hybrid ") ? next : "\(next), then: hybrid resume \(run.id)"
        }
        return try stepFromRest(run, workers)
    }

    /// What takes a run further that nobody works on and nothing is known to stop.
    func stepFromRest(_ run: RunRecord, _ workers: [WorkerRecord]) throws -> String? {
        switch run.state {
        case .preparing, .working, .stopped: "hybrid resume \(run.id)"
        case .pausedPrepare:
            "make them in \(ShellWord.bare(paths.worktree(run.names, .orchestrator))), then: hybrid resume \(run.id)"
        case .pausedIntegrate: "when it is done: hybrid resume \(run.id)"
        case .redBase:
            "hybrid resume \(run.id) --accept-red-base, or when the cause lay outside the repository: "
                + "hybrid resume \(run.id), or when \(run.target) is mended: \(run.anew)"
        case .handWorked: "when they are done: hybrid merge \(run.id)"
        case .integrated: "hybrid verify \(run.id)"
        case .landingPending where run.hold != nil: run.hold?.next(run.id)
        case .verified, .landingPending: "hybrid land \(run.id)"
        case .unverified: "hybrid land \(run.id) --unverified"
        case .leftOut, .verificationFailed: try repair(run, workers)
        case .landed, .rolledBack: nil
        }
    }

    /// What brings back what a run left out, or lands it without.
    private func repair(_ run: RunRecord, _ workers: [WorkerRecord]) throws -> String {
        let out = workers.filter { $0.state != .merged && $0.state != .landed }
        // The newest run may be another one by the time this is typed.
        let own = "--run \(run.id)"
        let rest =
            run.state == .leftOut && !out.isEmpty && out.count < workers.count
            ? ", or without what was left out: hybrid land \(run.id) --rest" : ""
        if let conflicted = out.first(where: { $0.state == .conflict }) {
            return "hybrid resolve \(conflicted.job) \(own), or hybrid retry \(conflicted.job) \(own)" + rest
        }
        if let left = out.first(where: { $0.state == .breach }) ?? out.first(where: { $0.state != .blocked })
        {
            return try (leftOutStep(left, own) ?? "hybrid retry \(left.job) \(own)") + rest
        }
        if run.state == .leftOut { return "hybrid resolve \(ShellWord.bare(run.target.text)) \(own)" }
        let culprit = try ledger.findings(of: run.id).last { $0.kind == .verification }?.jobs.first
        guard let culprit else { return "hybrid verify \(run.id)" }
        return "hybrid retry \(culprit) \(own), or when the cause is elsewhere: hybrid verify \(run.id)"
    }

    /// What can be done about a job that was left out; nil where nothing but doing it again.
    ///
    /// `own` names the run, which may not be the newest one by the time this is typed.
    func leftOutStep(_ worker: WorkerRecord, _ own: String = "") throws -> String? {
        let own = own.isEmpty ? "" : " " + own
        let (resolve, retry) = ("hybrid resolve \(worker.job)\(own)", "hybrid retry \(worker.job)\(own)")
        return switch worker.state {
        case .breach:
            "do it again within its claims: \(retry), or take it as it is: \(resolve) --accept-breach"
        case .hooksChanged: "take it as it is: \(resolve) --accept-hooks, or do it again: \(retry)"
        case .failed where try commitWave.isSnapshot(worker) || commitWave.isGonePast(worker):
            "mend it in \(worker.worktree), then: \(resolve); or do it again: \(retry)"
        default: nil
        }
    }
}
