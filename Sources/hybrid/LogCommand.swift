import ArgumentParser
import HybridCore

/// `hybrid log`.
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Prints what a worker said, or what made its worktree ready.",
        usage: "hybrid log <job> [--follow] [--attempt <n>] [--set-up] [--list] [<options>]",
        discussion: """
            The newest attempt's, with whatever could harm a terminal made visible; stderr says which and where the file \
            is. "prepare", "integrate" and "verify" name the run's own commands; those of "verify" are also the jobs' \
            own, each command an attempt. Where a job's set-up failed, its command never ran, and the set-up's log is \
            printed. Events that agents print as JSON are shown in words: > for a tool's call, $ for a command, ! for \
            what failed; --raw shows them as they are.

            --follow goes on until the command has ended, and with the attempts after it.
            """)

    @Argument(help: "The job, by id or name; or prepare, integrate, verify.") var job: String
    @Option(name: .customLong("run"), help: "The run; the newest one when left out.") var id: String?
    @OptionGroup var options: RunOptionsGroup
    @Flag(help: "Print what made the worktree ready instead.") var setUp = false
    @Flag(name: .shortAndLong, help: "Go on printing while it runs.") var follow = false
    @Option(help: "The attempt, from 1; the newest one when left out.") var attempt: Int?
    @Flag(help: "List the attempts instead: how each ended, and its command.") var list = false
    @Flag(help: "Print agents' events as they are.") var raw = false
    @Flag(help: "Print JSON; only with --list.") var json = false

    func validate() throws {
        if let attempt, attempt < 1 { throw ValidationError("--attempt must be at least 1") }
        if json, !list { throw ValidationError("--json goes with --list") }
        if list, follow || attempt != nil {
            throw ValidationError("--list takes no --follow and no --attempt")
        }
    }

    func run() throws {
        try reporting(json: json) {
            let context = try options.context()
            let look = LogLook(context)
            let source = try look.source(id, of: job, setUp: setUp)
            if list {
                let answer = LogsAnswer(source.run, look.attempts(of: source))
                return json ? print(rendered(answer)) : show(answer.text())
            }
            guard follow else {
                let log = try look.attempt(attempt, of: source)
                tell(log)
                return put(lines(try readBytes(log.path)))
            }
            try followed(source, context)
        }
    }

    private func tell(_ log: LogAttempt) {
        if !options.quiet { say("\(log.words): \(log.path)") }
    }

    private func lines(_ bytes: [UInt8]) -> [String] {
        var reader = AgentLines(readsEvents: !raw)
        return reader.read(bytes) + reader.finish()
    }

    private func put(_ lines: [String]) {
        if !lines.isEmpty { showNow(lines.joined(separator: "\n")) }
    }

    private func followed(_ source: LogLook.Source, _ context: RunContext) throws {
        var reader = AgentLines(readsEvents: !raw)
        try LogFollow(context).follow(
            source, attempt,
            begin: { log in
                put(reader.finish())
                tell(log)
            },
            hear: { put(reader.read($0)) })
        put(reader.finish())
    }
}
