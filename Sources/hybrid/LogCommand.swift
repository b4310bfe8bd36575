import ArgumentParser
import HybridCore

/// `hybrid log`.
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Prints what a worker said, or what made its worktree ready.",
        discussion: """
            The newest attempt's, with whatever could harm a terminal made visible; stderr says which and where the file \
            is. "prepare", "integrate" and "verify" name the run's own commands. Where a job's set-up failed, its command \
            never ran, and the set-up's log is printed.
            """)

    @Argument(help: "The job, by id or name; or prepare, integrate, verify.") var job: String
    @Option(name: .customLong("run"), help: "The run; the newest one when left out.") var id: String?
    @OptionGroup var options: RunOptionsGroup
    @Flag(help: "Print what made the worktree ready instead.") var setUp = false

    func run() throws {
        try reporting {
            let log = try LogLook(options.context()).newest(id, of: job, setUp: setUp)
            say("\(log.words): \(log.path)")
            let text = String(decoding: try readBytes(log.path), as: UTF8.self)
            show(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        }
    }
}
