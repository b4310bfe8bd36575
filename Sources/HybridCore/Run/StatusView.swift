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
                lastLine: lastLine(of: attempt + "/log").map(neutralise) ?? "", hasWorktree: there,
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

    /// The command that takes a run further.
    public func nextStep(_ run: RunRecord, _ workers: [WorkerRecord]) throws -> String? {
        switch run.state {
        case .preparing, .pausedPrepare, .working, .pausedIntegrate, .stopped: "hybrid resume \(run.id)"
        case .redBase:
            "hybrid resume \(run.id) --accept-red-base, or when the cause lay outside the repository: "
                + "hybrid resume \(run.id), or when \(run.target) is mended: hybrid run \(run.planPath)"
        case .handWorked: "hybrid merge \(run.id)"
        case .integrated: "hybrid verify \(run.id)"
        case .landingPending where run.hold != nil: run.hold?.next(run.id)
        case .verified, .landingPending: "hybrid land \(run.id)"
        case .unverified: "hybrid land \(run.id) --unverified"
        case .leftOut, .verificationFailed:
            if let conflicted = workers.first(where: { $0.state == .conflict }) {
                "hybrid resolve \(conflicted.job), or hybrid retry \(conflicted.job)"
            } else if let breach = workers.first(where: { $0.state == .breach }) {
                "hybrid retry \(breach.job), or take it as it is: hybrid resolve \(breach.job) --accept-breach"
            } else if let left = workers.first(where: { ![.merged, .landed, .blocked].contains($0.state) }) {
                "hybrid retry \(left.job)"
            } else if let cause = try ledger.findings(of: run.id).last(where: { $0.kind == .verification })?
                .jobs
                .first
            {
                "hybrid retry \(cause), or when the cause is elsewhere: hybrid verify \(run.id)"
            } else {
                run.state == .leftOut ? "hybrid resolve \(run.target)" : "hybrid verify \(run.id)"
            }
        case .landed, .rolledBack: nil
        }
    }
}
