/// One command to run under supervision, and where its traces go.
///
/// All paths are absolute.
public struct SupervisedSpec: Codable, Hashable, Sendable {
    /// The program, by path or by a name to be found on the environment's PATH, and its arguments.
    public var arguments: [String]
    /// The folder that the command starts in.
    public var directory: String
    /// The command's whole environment.
    public var environment: [String: String]
    /// The longest the command may take, in seconds; nil: as long as it likes.
    public var timeoutSeconds: Double?
    /// Where its output goes, standard output and standard error together.
    public var logPath: String
    /// Where the supervisor writes how it ended.
    public var statusPath: String
    /// Where the supervisor writes which processes are at work; the spec itself goes beside it.
    public var pidPath: String
    /// The number of this attempt; a status of another attempt is not this one's.
    public var attempt: Int
    /// The most the log may hold, in bytes.
    public var logLimit: Int
    /// How long a command has between being asked to end and being killed, in seconds.
    public var graceSeconds: Double
    /// Files whose locks the supervisor shares as long as the command runs.
    package var locks: [String]?
    /// What tells this command from any other that had this attempt's number; nil until it is submitted.
    package var nonce: String?

    /// Makes a spec; a log of 8 MiB and a grace of 5 seconds unless told.
    public init(
        arguments: [String], directory: String, environment: [String: String], timeoutSeconds: Double? = nil,
        logPath: String, statusPath: String, pidPath: String, attempt: Int, logLimit: Int = 8 << 20,
        graceSeconds: Double = 5
    ) {
        self.arguments = arguments
        self.directory = directory
        self.environment = environment
        self.timeoutSeconds = timeoutSeconds
        self.logPath = logPath
        self.statusPath = statusPath
        self.pidPath = pidPath
        self.attempt = attempt
        self.logLimit = logLimit
        self.graceSeconds = graceSeconds
    }
}

/// How a supervised command ended.
public struct SupervisedStatus: Codable, Hashable, Sendable {
    /// The ways to end.
    public enum Outcome: Codable, Hashable, Sendable {
        /// By itself, with this exit code.
        case exited(Int)
        /// By this signal, which hybrid did not send.
        case signalled(Int)
        /// It took longer than it might and was ended.
        case timedOut
        /// It never ran, and why.
        case couldNotStart(String)
        /// It was ended because somebody asked for that.
        case stopped
    }

    /// How it ended.
    public var outcome: Outcome
    /// The attempt that this is about.
    public var attempt: Int
    /// How long the command ran, in seconds of a clock that nobody sets.
    public var seconds: Double
    /// Output that the log holds, in bytes.
    public var logBytes: Int
    /// Output that was left out of the log, in bytes.
    public var logDropped: Int
    /// Which command ended: the nonce of its spec.
    package var nonce: String?

    /// Makes a status.
    public init(outcome: Outcome, attempt: Int, seconds: Double, logBytes: Int = 0, logDropped: Int = 0) {
        self.outcome = outcome
        self.attempt = attempt
        self.seconds = seconds
        self.logBytes = logBytes
        self.logDropped = logDropped
    }
}

/// What finds a submitted command again, also from another process after a crash.
public struct SupervisedHandle: Codable, Hashable, Sendable {
    /// Which executor it belongs to, `local` for this machine's.
    public var executor: String
    /// The spec's file.
    public var specPath: String
    /// The status file.
    public var statusPath: String
    /// The file that names the processes.
    public var pidPath: String
    /// The attempt's number.
    public var attempt: Int
    /// The supervisor; nil where it is no process of this machine.
    public var supervisor: ProcessIdentity?
    /// Which command it is: the nonce of its spec.
    package var nonce: String?
    /// How long the command has between being asked to end and being killed, in seconds.
    public var graceSeconds: Double

    /// Makes a handle.
    public init(
        executor: String, specPath: String, statusPath: String, pidPath: String, attempt: Int,
        supervisor: ProcessIdentity? = nil, graceSeconds: Double = 5
    ) {
        self.executor = executor
        self.specPath = specPath
        self.statusPath = statusPath
        self.pidPath = pidPath
        self.attempt = attempt
        self.supervisor = supervisor
        self.graceSeconds = graceSeconds
    }
}

/// A process that cannot be mistaken for a later one with the same number.
public struct ProcessIdentity: Codable, Hashable, Sendable {
    /// Its number.
    public var pid: Int32
    /// When it started: clock ticks after boot on Linux, microseconds of the calendar on macOS.
    public var start: UInt64
    /// The boot it started in; empty where `start` already tells.
    public var boot: String

    /// Makes an identity.
    public init(pid: Int32, start: UInt64, boot: String) {
        self.pid = pid
        self.start = start
        self.boot = boot
    }
}

/// The content of the file that names an attempt's processes.
package struct ProcessRecord: Codable, Hashable {
    package var attempt: Int
    /// Nil: nobody supervises this attempt, and nobody may begin to.
    package var supervisor: ProcessIdentity?
    /// The command's first process, which leads its process group; nil before it runs.
    package var command: ProcessIdentity?
    var graceSeconds: Double

    package init(
        attempt: Int, supervisor: ProcessIdentity? = nil, command: ProcessIdentity? = nil,
        graceSeconds: Double
    ) {
        self.attempt = attempt
        self.supervisor = supervisor
        self.command = command
        self.graceSeconds = graceSeconds
    }
}
