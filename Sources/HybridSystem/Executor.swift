/// How a submitted command stands.
public enum Poll: Hashable, Sendable {
    /// It runs, or is about to.
    case running
    /// It ended, and nothing of it is left.
    case finished(SupervisedStatus)
    /// Its supervisor is gone and left no status; the command may run on until `cancel` ends it.
    case vanished
}

/// Runs commands under supervision, on this machine or elsewhere.
public protocol Executor: Sendable {
    /// Hands a command over and returns at once; the command outlives the caller.
    ///
    /// Throws `HybridError` where it cannot be handed over; a command that then cannot be started is an outcome.
    func submit(_ spec: SupervisedSpec) throws -> SupervisedHandle

    /// Finds a command that may have been handed over by a process that died before it could keep the handle.
    ///
    /// `handle` holds what is known of it: its files and its attempt. Nil where the command never began, and then it
    /// never will. Throws `HybridError` where a file of the attempt is there but cannot be read.
    func adopt(_ handle: SupervisedHandle) throws -> SupervisedHandle?

    /// Tells how a command stands; takes no time.
    ///
    /// Throws `HybridError` where a file of the attempt is there but cannot be read.
    func poll(_ handle: SupervisedHandle) throws -> Poll

    /// Waits until one of the commands has ended, a descriptor can be read, or a time has come, as ``Monotonic`` tells.
    ///
    /// May return early: what came of it, `poll` tells.
    func wait(for handles: [SupervisedHandle], orReading descriptors: [Int32], until deadline: UInt64?)

    /// Ends a command with all that it started: asks, waits out the grace, kills. Returns when it is gone.
    ///
    /// Does nothing for a command that has ended. Throws `HybridError` where something survives.
    func cancel(_ handle: SupervisedHandle) throws
}
