import ArgumentParser
import HybridCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `hybrid guard`: the one check behind git's hooks and agents' hooks.
struct GuardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard",
        _superCommandName: "hybrid",
        abstract: "May this worker write this path? The one check behind git's hooks and agents' hooks.",
        usage: """
            hybrid guard <path> ... [--worktree <folder>] [--json]
            hybrid guard --hook <pre-commit|pre-push|claude|cline|codex|copilot|cursor|gemini|qwen|vibe>
            """,
        discussion: """
            Answers for workers of hybrid's; for everybody else all is allowed, without a word. Exits 0 when the \
            write is allowed, 1 when not, with whose the path is and what to do. A worker whose claims cannot be read \
            may write nothing. The guard is advice while a worker works: hybrid run proves afterwards, from git alone, \
            what each worker touched.

            hybrid.guard in git config says what becomes of a write that is not allowed: deny (the default), ask (a \
            person is asked where the agent can ask) or warn. It is read when a worker is launched.

            With --hook it answers an agent in the agent's own words: what the agent says before it uses a tool is read from \
            stdin. A tool that is not known to read only counts as a write where its arguments name a path; patches within \
            shell commands are read, and a worktree that an agent would make for itself is refused.

            Workers that hybrid launches have the guard in git already. An agent gets it in the plan's command:
              claude --settings "$HYBRID_CLAUDE_SETTINGS" -p "..."
              cline --hooks-dir "$HYBRID_CLINE_HOOKS" "..."
            A person who works in a worktree of hybrid start sources the file that start prints.
            """)

    /// Who asks.
    enum Hook: String, ExpressibleByArgument, CaseIterable {
        case preCommit = "pre-commit"
        case prePush = "pre-push"
        case claude, cline, codex, copilot, cursor, gemini, qwen, vibe

        /// The agent whose hook it is; nil for git's.
        var agent: GuardedAgent? { GuardedAgent(rawValue: rawValue) }
    }

    @Argument(help: "Files that are about to be written, absolute or from here.") var paths: [String] = []
    @Option(
        help:
            "The worker's worktree; by default the one that HYBRID_WORKTREE names, or that holds this folder."
    )
    var worktree: String?
    @Option(help: "Answer as this hook; an agent's call, or git's lines for pre-push, are read from stdin.")
    var hook: Hook?
    @Flag(help: "Print the answer as JSON.") var json = false
    @Flag(name: .customShort("z"), help: "Read more paths from stdin, each ended by a zero byte.") var zero =
        false

    func validate() throws {
        if hook != nil, !paths.isEmpty || json || zero {
            throw ValidationError("--hook takes neither paths nor --json nor -z")
        }
        if hook == nil, paths.isEmpty, !zero { throw ValidationError("name a path, or --hook") }
    }

    func run() throws {
        try reporting(json: json) {
            try GuardRequest(paths: paths, worktree: worktree, hook: hook, json: json, zero: zero).answer()
        }
    }
}

/// What `hybrid guard` was asked, however its words were read.
struct GuardRequest {
    var paths: [String]
    var worktree: String?
    var hook: GuardCommand.Hook?
    var json = false
    var zero = false

    /// Writes the answer; throws the exit code where a write is stopped.
    func answer() throws {
        let asked = Guard(
            folder: try currentFolder(), environment: processEnvironment(), worktree: worktree)
        switch hook {
        case nil: try answer(asked.answer(try targets()))
        case .preCommit: try stop(asked.commitAnswer())
        case .prePush: try stop(asked.pushAnswer(try readInput()))
        case let hook?:
            if let agent = hook.agent { respond(asked.answer(agent, call: try readInput())) }
        }
    }

    private func targets() throws -> [Guard.Target] {
        var all = paths
        if zero {
            all += try readBytes("-").split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        }
        return all.map { Guard.Target($0) }
    }

    private func answer(_ answer: GuardAnswer) throws {
        if json {
            print(rendered(answer))
        } else if answer.decision == .warn {
            say(neutraliseLines(answer.refusals()))
        } else if !answer.paths.isEmpty {
            show(answer.text())
        }
        if answer.isStop { throw Exit.no }
    }

    /// A hook of git's says why on stderr, and only then.
    private func stop(_ answer: GuardAnswer) throws {
        let refusals = answer.refusals()
        if !refusals.isEmpty { say(neutraliseLines(refusals)) }
        if answer.isStop { throw Exit.no }
    }

    /// All of stdin; nothing of what is too long, so that it cannot be read, but it is taken all the same: who writes
    /// must not be ended by a broken pipe before it has the answer.
    private func readInput() throws -> [UInt8] {
        var all = try readBytes("-")
        while try !readBytes("-").isEmpty { all = [] }
        return all
    }

    private func respond(_ text: String) {
        if !text.isEmpty { print(text) }
    }

    private func currentFolder() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        guard unsafe getcwd(&buffer, buffer.count) != nil else {
            throw HybridError(
                .unreadable, "this folder", "it cannot be found: it may be gone", next: "go into another one")
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
