package import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
public import HybridRecords

extension RunStatus: Answer {
    package static let schemaName = "status"
    package static let schemaUse = "status, and start, merge, verify: how a run stands now"
    package static let jsonFields: [Field<RunStatus>] =
        RunRecord.head.map { $0.of(\.run) } + [
            RunRecord.holdField.of(\.run),
            Field("driven", "Whether a hybrid works on the run now.", \.isDriven),
            Field("wave", "The next wave to launch, from 1.") { $0.run.nextWave + 1 },
            Field("waves", "The ids of each wave's jobs, in order.", \.run.waves),
            Field("workers", "The workers, in plan order.", \.workers),
            Field("pending_conflicts", "Who conflicts as the worktrees lie now; null where nobody asked.") {
                $0.pending.map { report in report.meetings(report.matrix.pairs, PendingConflict.init) }
            },
            Field("findings", "What was found so far, in order.", \.findings),
            Field("next", "What to type next; null where nothing is left to do.", \.next),
            Field("pool", "What is kept for later worktrees; null where hybrid.pool keeps none.", \.pool),
        ]
}

extension PoolSize: DescribedObject {
    package static let jsonFields: [Field<PoolSize>] = [
        Field("worktrees", "How many are kept.", \.worktrees),
        Field("most", "How many may be: hybrid.pool.", \.most),
        Field("bytes", "The bytes of their files, as git wrote them.", \.bytes),
    ]
}

extension RunStatus.Process: DescribedWord {}

extension RunStatus.Row: DescribedObject {
    package static let jsonFields: [Field<RunStatus.Row>] =
        WorkerRecord.jsonFields.map { $0.of(\.record) } + [
            Field("commits", "Commits on its branch since its base.", \.commits),
            Field("uncommitted", "Files changed in its worktree that are not committed.", \.uncommitted),
            Field("has_worktree", "Whether its worktree is there.", \.hasWorktree),
            Field("environment_file", "The file to source for who works in its place.", \.environmentFile),
            Field("last_line", "Its last output line, safe for a terminal.", \.lastLine),
            Field("elapsed", "How long its command has run so far; null while none runs.", \.elapsed),
            Field(
                "process",
                "What became of a command that is recorded as running: it runs, it ended, or its supervisor is gone.",
                \.process),
        ]
}

/// Two workers that conflict as their worktrees lie.
private struct PendingConflict: DescribedObject {
    let meeting: ConflictReport.Meeting

    static let jsonFields: [Field<PendingConflict>] =
        ConflictReport.Meeting.names.map { $0.of(\.meeting) } + [
            Field("paths", "Where they conflict.") {
                Set($0.meeting.pair.conflicts.map(\.path)).sorted().map(\.text)
            }
        ]
}

/// All runs of a repository, the newest first.
public struct RunList: Sendable {
    /// The runs.
    public var runs: [RunRecord]

    /// Wraps the ledger's list.
    public init(_ runs: [RunRecord]) {
        self.runs = runs
    }

    /// A line each.
    public func text() -> String {
        runs.isEmpty
            ? "this repository has no run yet"
            : runs.map { "\($0.id)  \($0.state.rawValue)  \($0.task)" }.joined(separator: "\n")
    }
}

extension RunList: Answer {
    package static let schemaName = "runs"
    package static let schemaUse = "status --all: the runs of a repository"
    package static let jsonFields: [Field<RunList>] = [
        Field("runs", "The runs, the newest first.") { $0.runs.map(Row.init) }
    ]

    private struct Row: DescribedObject {
        let run: RunRecord

        static let jsonFields: [Field<Row>] = [
            Field("run", "The run's id.", \.run.id),
            Field("task", "The task's name.", \.run.task),
            Field("state", "Where the run stands.", \.run.state),
            Field("target", "The branch that the run integrates into.", \.run.target),
            Field("landed", "The commit that landed; null where none did.", \.run.landedCommit),
        ]
    }
}
