internal import HybridSystem

/// Waits for commands of a run, and hears at once when somebody wants the run to stop.
struct CommandWait {
    private let executor: any Executor
    private let alarm = FolderAlarm()

    /// How long one wait lasts, in nanoseconds: not every file system tells what others do in it.
    private static let longest: UInt64 = 500_000_000
    /// The same where the kernel tells nothing of files.
    private static let lookInterval: UInt64 = 8_000_000

    /// Hears what comes into a run's folder, as the file that asks it to stop does.
    init(_ executor: any Executor, hearing folder: String) {
        self.executor = executor
        alarm.add(folder)
    }

    /// Returns when one of the commands has ended or a file came into the folder, or after a moment.
    func forFirst(of handles: [SupervisedHandle]) {
        executor.wait(
            for: handles, orReading: [alarm.descriptor].compactMap(\.self),
            until: Monotonic.now() + (alarm.hearsAll ? Self.longest : Self.lookInterval))
        alarm.clear()
    }
}
