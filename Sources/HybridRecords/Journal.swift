internal import GRDB
internal import HybridGit
internal import HybridMerging
public import HybridPlan

/// The steps of a run that change something beside the ledger.
///
/// Each writes its intent before and its outcome after, and each can be done again.
public enum JournalStep: String, Codable, Hashable, Sendable, CaseIterable {
    /// The run's record and first ref.
    case begin
    /// The orchestrator's command and its checkpoint.
    case prepare
    /// A worker's branch and worktree.
    case makeWorktree = "make-worktree"
    /// Ignored files of the user's checkout are put into a worktree.
    case bring
    /// A command that makes a worktree ready is handed to a supervisor.
    case setUp = "set-up"
    /// A worker's command is handed to a supervisor.
    case launch
    /// What a worker left is committed or salvaged.
    case collect
    /// A wave is held against its claims.
    case audit
    /// Audited work is committed by the user's own git.
    case commit
    /// A wave is folded into the merge so far.
    case merge
    /// The integrate commands, and what is written by rule.
    case integrate
    /// The verify commands on the tree that is to land, and what follows from their answer.
    case verify
    /// What is to land is pushed to a remote.
    case push
    /// The target moves.
    case advance
    /// The landing is recorded.
    case landed
    /// Worktrees and branches that are proven merged go.
    case clean
    /// A landing is taken back.
    case rollback
    /// A left-out job is readied to be done again.
    case retry
    /// A conflict is opened, or its resolution taken in.
    case resolve
    /// A run's refs, worktrees and folder go; the ledger forgets it after that.
    case forget
}

/// One step that was begun.
public struct JournalEntry: Hashable, Sendable {
    /// Its place in the journal, from 1.
    public var number: Int64
    /// The run's id.
    public var run: RunID
    /// What was to be done; nil for a step of a newer version.
    public var step: JournalStep?
    /// To what: a job, a wave; empty where the step has one subject only.
    public var subject: String
    /// What came of it: `done`, or why not; nil while it goes on, or where its process was killed.
    public var outcome: String?

    package init(
        number: Int64, run: RunID, step: JournalStep? = nil, subject: String, outcome: String? = nil
    ) {
        self.number = number
        self.run = run
        self.step = step
        self.subject = subject
        self.outcome = outcome
    }
}

extension Ledger {
    /// The outcome of a step whose process ended before it.
    package static let interrupted = "interrupted"

    /// Writes down that a step is about to be done; gives its number.
    package func intend(_ step: JournalStep, _ subject: String, run: RunID) throws -> Int64 {
        var number: Int64 = 0
        try change(run, [.journal]) { db in
            try db.execute(
                sql: "INSERT INTO journal (run, step, subject) VALUES (?, ?, ?)",
                arguments: [run.text, step.rawValue, subject])
            number = db.lastInsertedRowID
        }
        return number
    }

    /// Writes down what came of a step.
    package func conclude(_ number: Int64, _ outcome: String, run: RunID) throws {
        try change(run, [.journal]) { db in
            try db.execute(
                sql: "UPDATE journal SET outcome = ? WHERE number = ?", arguments: [outcome, number])
        }
    }

    /// A run's steps, in the order in which they were begun.
    package func journal(of run: RunID) throws -> [JournalEntry] {
        try access { _ in
            try queue.read { db in
                _ = try rows(.journal, of: run, db)
                return try Row.fetchAll(
                    db,
                    sql: """
                        SELECT number, run, step, subject, outcome FROM journal WHERE run = ? ORDER BY number
                        """, arguments: [run.text]
                ).map { row in
                    JournalEntry(
                        number: row["number"], run: run, step: JournalStep(rawValue: row["step"]),
                        subject: row["subject"], outcome: row["outcome"])
                }
            }
        }
    }
}
