public import HybridPlan
public import HybridRecords
public import HybridSystem

/// What a run gets from the world outside: the environment, a way to run commands, a listener.
public struct Host: Sendable {
    /// The environment that user commands start from, before hybrid cleans it.
    public var environment: [String: String]
    /// The program that workers' hooks call, by its absolute path; nil: workers get no hooks.
    public var program: String?
    /// Runs supervised commands.
    public var executor: any Executor
    /// Hears what happens, for people.
    public var narrate: @Sendable (Narration) -> Void
    /// Whether somebody looks on how workers go: then what they print and the time they take is told as well.
    public var isWatched: Bool
    /// The longest a worker's command may take when its job does not say, in seconds.
    public var workerTimeout: Double?
    /// The longest a verify command may take, in seconds.
    public var verifyTimeout: Double
    /// The most verifications that tracing one failure may cost; nil: by the number of workers.
    public var traceBudget: Int?

    /// Makes a host.
    public init(
        environment: [String: String], executor: any Executor, program: String? = nil,
        isWatched: Bool = true, workerTimeout: Double? = 7200,
        verifyTimeout: Double = 1800, traceBudget: Int? = nil,
        narrate: @escaping @Sendable (Narration) -> Void = { _ in }
    ) {
        self.environment = environment
        self.executor = executor
        self.program = program
        self.isWatched = isWatched
        self.workerTimeout = workerTimeout
        self.verifyTimeout = verifyTimeout
        self.traceBudget = traceBudget
        self.narrate = narrate
    }
}

/// Something that happened, told while it happens.
public enum Narration: Sendable {
    /// A stage begins.
    case stage(Stage, String)
    /// A fact worth a line.
    case note(String)
    /// How the workers of a wave stand now; comes when a state changes, and where the host is watched, also as they
    /// print and as time passes.
    case workers([WorkerProgress])
}

/// One worker's line on a terminal.
public struct WorkerProgress: Hashable, Sendable {
    /// The job's id.
    public var job: JobID
    /// The job's name as written.
    public var name: String
    /// Where it stands.
    public var state: WorkerState
    /// How long its command has run, in seconds.
    public var seconds: Double
    /// Its last output line, made safe for a terminal.
    public var lastLine: String
}
