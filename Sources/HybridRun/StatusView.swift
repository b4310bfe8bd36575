internal import HybridGit
internal import HybridPlan
internal import HybridRecords
public import HybridReport
internal import HybridSystem

extension Conductor {
    /// Reads how a run stands; takes no lock and changes nothing.
    ///
    /// Grows with the workers' worktrees.
    public func status(of id: String?) throws -> RunStatus {
        let run = try self.run(id)
        let whole = try wholeWorktrees()
        let rows = try workers(of: run).map { worker in
            let there =
                whole.contains(run.names.registration(.job(worker.job))) && Files.exists(worker.worktree)
            let attempt = paths.attempt(run.names, .job(worker.job), max(worker.attempt, 1))
            let isRunning = worker.state == .running && !run.byHand
            return RunStatus.Row(
                record: worker, commits: try commitCount(worker),
                uncommitted: there ? try Repository(at: worker.worktree).status().count : 0,
                lastLine: LastWords.of(log: attempt + "/log") ?? "", hasWorktree: there,
                environmentFile: run.byHand && Files.exists(environmentFile(run.id, worker.job))
                    ? environmentFile(run.id, worker.job) : nil,
                elapsed: isRunning ? Files.age(attempt + "/\(Self.handleFile)") : nil)
        }
        return RunStatus(
            run: run, workers: rows, findings: try findings(of: run),
            next: try nextStep(run, rows.map(\.record)))
    }

    /// The names of the worktrees that can be looked at: not those that are being made, or that a killed process left
    /// half made.
    func wholeWorktrees() throws -> Set<String> {
        Set(try repository.worktrees().filter { !$0.isUnfinished && !$0.isPrunable }.map(\.name))
    }

    private func commitCount(_ worker: WorkerRecord) throws -> Int {
        guard let base = ObjectID(hex: worker.base), let branch = try? BranchName(worker.branch),
            let tip = try repository.id(of: branch.ref)
        else { return 0 }
        return try repository.commits(from: tip, excluding: [base]).count
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
        case .failed where try isSnapshot(worker) || isGonePast(worker):
            "mend it in \(worker.worktree), then: \(resolve); or do it again: \(retry)"
        default: nil
        }
    }
}
