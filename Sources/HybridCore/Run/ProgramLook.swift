internal import HybridGit

/// Whether the programs that a plan's workers are to run are there, as far as that can be told before.
struct ProgramLook {
    private let plan: Plan
    private let tree: CommitTree
    private let path: String

    init(_ plan: Plan, _ tree: CommitTree, _ environment: [String: String]) {
        (self.plan, self.tree) = (plan, tree)
        path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
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
                .init("git", HybridError("git", "it is not on PATH, and runs need it", next: "install git")))
        }
        for job in plan.jobs {
            guard let program = job.command.flatMap(Self.program), try !mayBeThere(program.name) else {
                continue
            }
            let error = HybridError(
                "job \(job.name)",
                "its program \(RepoPath(program.name)) is not \(program.name.lastSlash == nil ? "on PATH" : "there")",
                next: "install it, or correct the job's command")
            // What is prepared, or merged by an earlier wave, may bring it.
            let mayCome =
                plan.orchestrator.prepare != nil || !job.needs.isEmpty || (job.wave ?? 1) > 1
                || program.name.lastSlash != nil && !program.name.beginsWithBytes(of: "/")
            found.append(
                program.isAll && !mayCome
                    ? .init("program", error, refusedBy: [.run]) : .init(warning: "program", error))
        }
        return found
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
