public import HybridRecords

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
    /// What is kept for later worktrees; nil for nothing.
    public var pool: PoolSize?
    /// Whether a hybrid works on the run now; one that was killed does not.
    public var isDriven: Bool

    package init(
        run: RunRecord, workers: [Row], findings: [FindingRecord], next: String? = nil,
        pending: ConflictReport? = nil, pool: PoolSize? = nil, isDriven: Bool = true
    ) {
        self.pool = pool
        self.isDriven = isDriven
        self.run = run
        self.workers = workers
        self.findings = findings
        self.next = next
        self.pending = pending
    }

    /// What became of a command that is recorded as running.
    public enum Process: String, Hashable, Sendable, CaseIterable {
        /// It runs.
        case running
        /// It ended, and no hybrid has taken that in yet.
        case ended
        /// Its supervisor is gone without a word of how it ended: something killed it, or the machine was restarted.
        case lost
    }

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
        /// What became of its command; nil where none is recorded as running, or that cannot be told.
        public var process: Process?

        package init(
            record: WorkerRecord, commits: Int, uncommitted: Int, lastLine: String, hasWorktree: Bool,
            environmentFile: String? = nil, elapsed: Double? = nil, process: Process? = nil
        ) {
            self.process = process
            self.record = record
            self.commits = commits
            self.uncommitted = uncommitted
            self.lastLine = lastLine
            self.hasWorktree = hasWorktree
            self.environmentFile = environmentFile
            self.elapsed = elapsed
        }
    }
}

/// How many folders of finished worktrees are kept for later ones.
public struct PoolSize: Hashable, Sendable {
    /// How many there are.
    public var worktrees: Int
    /// How many there may be: `hybrid.pool`.
    public var most: Int
    /// The bytes of their files as git wrote them.
    public var bytes: Int

    package init(worktrees: Int, most: Int, bytes: Int) {
        self.worktrees = worktrees
        self.most = most
        self.bytes = bytes
    }
}
