internal import HybridGit

/// How a run stands now, uncommitted edits included.
public struct RunStatus: Sendable {
    /// The run.
    public var run: RunRecord
    /// Its workers, in plan order.
    public var workers: [Row]
    /// What was found so far.
    public var findings: [FindingRecord]
    /// What to type next; nil when nothing is left to do.
    public var next: String?
    /// Which workers conflict as their worktrees lie now; nil where nobody asked.
    public var pending: ConflictReport?

    /// One worker's line.
    public struct Row: Sendable {
        /// Its record.
        public var record: WorkerRecord
        /// Commits on its branch since its base.
        public var commits: Int
        /// Files changed in its worktree that are not committed.
        public var uncommitted: Int
        /// Its last output line, safe for a terminal.
        public var lastLine: String
        /// Whether its worktree is there.
        public var hasWorktree: Bool
        /// The file to source for a person who works in its place; nil where there is none.
        public var environmentFile: String?
        /// How long its command has run so far, in seconds; nil while none runs.
        public var elapsed: Double?
    }
}

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
