internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// A worktree that is to be made ready before anything runs in it.
struct ReadyPlace {
    var place: RunPlace
    /// Its registration.
    var name: String
    var path: String
    /// The commit that is checked out there.
    var commit: ObjectID
    /// The job whose worker, or whose own verify commands, run there; nil for the plan's.
    var job: Job?

    /// Whether a worker or a person works there, and not a check.
    var isForWork: Bool {
        if case .job = place { return true }
        return false
    }
}

/// A command that makes a worktree ready.
struct ReadyCommand {
    var command: Command
    /// What it is, in words.
    var what: String
    /// Whether the user's git would not mind that it fails.
    var mayFail = false
}

/// A worktree whose commands run.
struct ReadyWork {
    var at: ReadyPlace
    /// The one that runs, and those behind it.
    var commands: ArraySlice<ReadyCommand>
    var environment: [String: String]
    var attempt: Int
    var handle: SupervisedHandle
}

/// What came of a command that makes a worktree ready.
enum ReadyAnswer {
    /// Another one runs now.
    case goesOn
    /// Nothing is left to do.
    case ready
    case failed(ReadyFailure)
}

/// A set-up that failed: no verdict on anybody's work.
struct ReadyFailure: Error {
    var command: Command
    /// Which command, in words.
    var what: String
    /// How it ended, and what it said last, in words.
    var how: String
    /// The end of its output, safe for display.
    var tail: [String]
    /// Where all of it is.
    var log: String

    var summary: String { "\(what) \(how)" }

    /// The same, where a run stops for it.
    func error(_ whose: String, _ run: RunRecord) -> HybridError {
        HybridError(
            .setUpFailed, "the set-up of \(whose)", summary,
            next: "read \(log), then: hybrid resume \(run.id)")
    }
}

/// What is kept of how far a worktree is ready, in its registration: it goes with it.
struct ReadyNote: Codable {
    enum State: String, Codable { case begun, failed, done }
    var state: State
    /// The number that the worktree had: its set-up may have written down the ports.
    var slot: Int?

    static let file = "hybrid-ready.json"
}
