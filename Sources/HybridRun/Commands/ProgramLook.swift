internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridSystem

/// Whether the programs that a plan's workers are to run are there, as far as that can be told before.
struct ProgramLook {
    private let plan: Plan
    private let tree: CommitTree
    private let path: String

    init(_ plan: Plan, _ tree: CommitTree, _ environment: [String: String]) {
        (self.plan, self.tree) = (plan, tree)
        path = ProcessTree.searchPath(environment)
    }

    /// What a command begins with.
    private struct Program {
        var name: String
        /// Whether the command comes to nothing without it.
        var isAll: Bool
    }

    func findings() throws -> [Preflight.Finding] {
        var found: [Preflight.Finding] = []
        if !isThere("git") {
            found.append(
                .init(
                    "git",
                    HybridError(
                        .programMissing, "git", "it is not on PATH, and runs need it", next: "install git")))
        }
        for use in uses {
            guard let program = Self.program(use.command), try !mayBeThere(program.name) else { continue }
            let isNamed = program.name.lastSlash == nil
            let error = HybridError(
                .programMissing, use.thing,
                "its program \(RepoPath(program.name)) is not \(isNamed ? "on PATH" : "there")",
                next: "install it, or correct the \(use.what)")
            let mayCome = use.mayCome || !isNamed && !program.name.beginsWithBytes(of: "/")
            found.append(
                program.isAll && !mayCome && !use.refusedBy.isEmpty
                    ? .init("program", error, refusedBy: use.refusedBy)
                    : .init(warning: "program", error))
        }
        return found
    }

    /// A command of the plan.
    private struct Use {
        var command: Command
        /// Whose it is.
        var thing: String
        var what: String
        /// Whether what runs before it may bring its program.
        var mayCome: Bool
        /// What cannot begin without it.
        var refusedBy: Set<Preflight.Way> = []
    }

    private var uses: [Use] {
        let orchestrator = plan.orchestrator
        let isPrepared = orchestrator.prepare != nil
        var found: [Use] = []
        if let command = orchestrator.prepare {
            found.append(
                Use(
                    command: command, thing: "the orchestrator's prepare command", what: "command",
                    mayCome: false, refusedBy: Set(Preflight.Way.allCases)))
        }
        for job in plan.jobs {
            guard let command = job.command ?? agentProgram(job) else { continue }
            // What is prepared, or merged by an earlier wave, may bring it.
            found.append(
                Use(
                    command: command, thing: "job \(job.name)", what: "job's command",
                    mayCome: isPrepared || !job.needs.isEmpty || (job.wave ?? 1) > 1, refusedBy: [.run]))
        }
        // A run may begin on a base that is red for want of them, where that is accepted.
        func warn(_ command: Command, _ thing: String) {
            found.append(Use(command: command, thing: thing, what: "command", mayCome: isPrepared))
        }
        for command in plan.verify { warn(command, "the verify command `\(neutralise(command.display))`") }
        for job in plan.jobs {
            for command in job.verify {
                warn(command, "the verify command of job \(job.name) `\(neutralise(command.display))`")
            }
        }
        if let command = orchestrator.integrate { warn(command, "the orchestrator's integrate command") }
        for file in plan.hot {
            if case .regenerate(let command) = file.policy { warn(command, "the command for \(file.path)") }
        }
        return found
    }

    /// What is called for a job that one of the agents does that hybrid knows; of others git config speaks.
    private func agentProgram(_ job: Job) -> Command? {
        plan.agent(of: job).flatMap(AgentForm.init).map { .argv([$0.program]) }
    }

    private func isThere(_ name: String) -> Bool {
        ProcessTree.find(name, path: path, directory: "/") != nil
    }

    private func mayBeThere(_ name: String) throws -> Bool {
        guard name.lastSlash != nil else {
            // A folder of PATH that is not absolute lies in a worktree.
            return isThere(name)
                || path.parts(at: ":", omittingEmpty: false).contains { !$0.beginsWithBytes(of: "/") }
        }
        if name.beginsWithBytes(of: "/") { return Files.exists(name) }
        return try tree.entry(name) != nil
    }

    /// The program that a command plainly begins with; nil where only a shell could tell.
    private static func program(_ command: Command) -> Program? {
        switch command {
        case .argv(let words): return words.first.map { Program(name: $0, isAll: true) }
        case .shell(let text):
            let bytes = text.utf8.drop { $0 == 32 || $0 == 9 || $0 == 10 }
            let word = bytes.prefix { ![9, 10, 32].contains($0) && !isMeta($0) }
            guard !word.isEmpty, word.allSatisfy(isPlain) else { return nil }
            let rest = bytes[word.endIndex...]
            // A sign right behind it would be part of the word, as in `a=b` or `f()`.
            if let next = rest.first, ![9, 10, 32, 59, 38, 124].contains(next) { return nil }
            let name = String(decoding: word, as: UTF8.self)
            if ownWords.contains(name) { return nil }
            let isAlone = !rest.contains { isMeta($0) || $0 == 10 }
            return Program(name: name, isAll: isAlone)
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 43, 45, 46, 47, 95: true
        default: byte > 127
        }
    }

    /// What means something to a shell beyond a word, quotes aside.
    private static func isMeta(_ byte: UInt8) -> Bool { "&|;<>()$`\\!{}*?[]~#=".utf8.contains(byte) }

    /// Words that a shell knows itself: POSIX's reserved words and built-in utilities, and those of dash and bash.
    private static let ownWords: Set<String> = [
        "!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until",
        "while", "function", "select", "time", "coproc",
        ".", ":", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift",
        "times", "trap", "unset", "alias", "bg", "cd", "command", "echo", "false", "fc", "fg", "getopts",
        "hash",
        "jobs", "kill", "newgrp", "printf", "pwd", "read", "test", "true", "type", "ulimit", "umask",
        "unalias",
        "wait", "local", "source", "chdir", "let", "declare", "typeset", "shopt", "builtin", "enable",
        "pushd",
        "popd", "dirs", "history", "logout", "mapfile", "readarray", "disown", "suspend", "help", "caller",
        "compgen", "complete", "bind",
    ]
}
