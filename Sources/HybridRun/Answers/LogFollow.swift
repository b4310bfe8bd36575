internal import HybridBase
internal import HybridPlan
internal import HybridSystem

/// Gives what a command says while it says it.
package struct LogFollow: RunPart {
    let context: RunContext
    private var look: LogLook { LogLook(context) }

    package init(_ context: RunContext) { self.context = context }

    /// How long to wait for news before looking again, in nanoseconds.
    private static let beat: UInt64 = 500_000_000

    /// Hands on all that an attempt says until it has ended, and then what later attempts say, until nothing more comes.
    ///
    /// Waits for an attempt that is still to begin. With a `number` only that attempt is followed. `begin` hears of each
    /// attempt before its first output.
    package func follow(
        _ source: LogLook.Source, _ number: Int?, begin: (LogAttempt) -> Void, hear: ([UInt8]) -> Void
    ) throws {
        var next = number
        if number == nil, look.attempts(of: source).isEmpty, try look.isAlive(source) {
            try linger(source) { !look.attempts(of: source).isEmpty }
        }
        while true {
            let attempt = try look.attempt(next, of: source)
            begin(attempt)
            try drain(attempt.number, source, hear)
            guard number == nil else { return }
            func later() -> Int? {
                look.attempts(of: source).map(\.number).first { $0 > attempt.number }
            }
            // A failed attempt may be tried again, and the run's own commands come one after the other.
            if later() == nil { try linger(source) { later() != nil } }
            guard let found = later() else { return }
            next = found
        }
    }

    /// Waits until something is so, or nothing more comes.
    private func linger(_ source: LogLook.Source, until holds: () throws -> Bool) throws {
        while try !holds(), try look.isAlive(source) {
            Monotonic.pause(milliseconds: 200)
        }
    }

    /// Reads an attempt's log to its end, and goes on until the attempt has ended or can say nothing more.
    private func drain(_ number: Int, _ source: LogLook.Source, _ hear: ([UInt8]) -> Void) throws {
        let alarm = FolderAlarm()
        alarm.add(try look.attempt(number, of: source).folder, writing: true)
        var read = 0
        while true {
            // Asked before the log is read: what comes after the end is not missed.
            let attempt = try look.attempt(number, of: source)
            let isOver = try attempt.hasEnded || !attempt.isRunning && !look.isAlive(source)
            while let part = Files.part(of: attempt.path, from: &read) { hear(part) }
            if isOver { return }
            Waiting.forFirst(
                of: [alarm.descriptor].compactMap(\.self), until: Monotonic.now() + Self.beat)
            alarm.clear()
        }
    }
}
