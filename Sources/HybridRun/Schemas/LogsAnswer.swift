package import HybridBase
package import HybridPlan

/// The attempts of a job's command, or of one of the run's own.
package struct LogsAnswer: Answer {
    private let run: RunID
    private let attempts: [LogAttempt]

    /// Lists attempts of a run.
    package init(_ run: RunID, _ attempts: [LogAttempt]) {
        self.run = run
        self.attempts = attempts
    }

    package static let schemaName = "log"
    package static let schemaUse = "log --list: the attempts of a command, and where what they said lies"
    package static let jsonFields: [Field<LogsAnswer>] = [
        Field("run", "The run's id.", \.run),
        Field("attempts", "The attempts, the oldest first.", \.attempts),
    ]

    /// A line each.
    package func text() -> String {
        attempts.isEmpty
            ? "nothing of it has run yet"
            : attempts.map { one in
                let end = one.outcome ?? "has not ended, as far as is known"
                return "\(one.words)  \(end)  \(one.command ?? "")"
            }.joined(separator: "\n")
    }
}

extension LogAttempt: DescribedObject {
    package static let jsonFields: [Field<LogAttempt>] = [
        Field("attempt", "Its number, from 1.", \.number),
        Field("path", "The file that holds what it said.", \.path),
        Field("command", "The command line; null where that is not known.", \.command),
        Field("outcome", "How it ended, in words; null while it runs.", \.outcome),
        Field("seconds", "How long it ran; null while it runs.", \.seconds),
    ]
}
