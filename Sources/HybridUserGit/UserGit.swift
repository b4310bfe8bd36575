package import HybridBase
package import HybridGit
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Questions that only the user's own git answers rightly: who commits, what is configured, whom it trusts.
///
/// libgit2 knows neither a worktree's own configuration nor all conditional includes, nor what the environment adds.
package enum UserGit {
    /// What git said.
    package struct Answer {
        /// Its exit code.
        package var code: Int
        /// Its standard output.
        package var output: [UInt8]
        /// Its standard error.
        var errors: [UInt8]

        package init(code: Int, output: [UInt8], errors: [UInt8]) {
            self.code = code
            self.output = output
            self.errors = errors
        }

        /// The output as text, without its last line break.
        package var text: String {
            let text = String(decoding: output, as: UTF8.self)
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        }

        /// The last line that it said on standard error, safe for a terminal.
        package var lastWords: String {
            let line = errors.split(separator: 10).last { !$0.allSatisfy { $0 <= 32 } }
            return neutralise(String(decoding: line?.prefix(300) ?? [], as: UTF8.self))
        }

        /// The last lines that it said on standard error in one: of a program that git could not run, the first tells why.
        package var allWords: String {
            let lines = errors.split { $0 == 10 || $0 == 13 }.filter { !$0.allSatisfy { $0 <= 32 } }
            return lines.suffix(4).map { neutralise(String(decoding: $0.prefix(300), as: UTF8.self)) }
                .joined(separator: " | ")
        }
    }

    /// The longest that git may take to answer, in seconds.
    package static let patience = 120.0

    /// Runs git in a folder, in a session of its own, so that nothing it starts can ask on the user's terminal.
    ///
    /// `paths` stand behind the words. `environment` is a cleaned one. Throws where git cannot be run or does not come to
    /// an end; any exit code is an answer.
    package static func ask(
        _ words: [String], paths: ArraySlice<RepoPath> = [], in folder: String,
        environment: [String: String], timeout: Double = patience
    ) throws(HybridError) -> Answer {
        func failure(_ reason: String) -> HybridError {
            HybridError(
                .programFailed, "git \(words.first { !$0.hasPrefix("-") } ?? "")",
                "it cannot be asked in \(folder): \(reason)",
                next: "see that git works there: git -C \(ShellWord.bare(folder)) status")
        }
        guard let git = ProcessTree.find("git", path: environment["PATH"] ?? "", directory: folder) else {
            throw failure("there is no git on PATH")
        }
        do throws(ChildProcess.Failure) {
            let ended = try ChildProcess.run(
                ([git] + words).map { Array($0.utf8) } + paths.map(\.bytes), in: folder,
                environment: environment,
                timeout: timeout, keeping: .start(64 << 20), errorsApart: true, newSession: true)
            return Answer(code: ended.code, output: ended.output, errors: ended.errors)
        } catch {
            switch error {
            case .notStarted(let error), .unknown(let error): throw failure("\(error)")
            case .timedOut: throw failure("it took longer than \(Int(timeout)) s")
            case .signalled(let signal, _): throw failure("it was ended by signal \(signal)")
            }
        }
    }

    // MARK: What passes

    /// How long to wait before a command is given again that failed for what passes, in microseconds.
    private static let pauses: [UInt32] = [2_000, 20_000, 100_000, 500_000, 1_000_000]

    /// Whether git failed because another git, which packs, took away a folder that it was writing an object into.
    ///
    /// git makes such a folder again once only. Its words are known in English alone: otherwise this is a failure.
    package static func passes(_ code: Int, _ words: String) -> Bool {
        code == 128 && words.contains("No such file or directory")
            && ["temporary file", "object", "tree"].contains(where: words.contains)
    }

    /// Does again, with a bound, what came to an end of which `passes` says that it passes; gives the last end.
    package static func again<T>(
        whileIt passes: (T) throws -> Bool, _ body: () throws -> T
    ) rethrows -> T {
        for pause in pauses {
            let end = try body()
            if try !passes(end) { return end }
            usleep(pause)
        }
        return try body()
    }

    /// Asks git for what it can be asked for twice, again where it failed for what passes.
    package static func askPatiently(
        _ words: [String], in folder: String, environment: [String: String]
    ) throws -> Answer {
        try again(whileIt: { passes($0.code, String(decoding: $0.errors, as: UTF8.self)) }) {
            try ask(words, in: folder, environment: environment)
        }
    }

    /// The value of `core.hooksPath` for a worktree, as git reads it; nil where it is not set.
    ///
    /// A relative one is relative to the root of the worktree whose hook runs (git-config(1)). `environment` is a cleaned
    /// one. Throws where git cannot be asked.
    package static func hooksPath(in worktree: String, environment: [String: String]) throws(HybridError)
        -> String?
    {
        let answer = try ask(
            ["config", "-z", "--type=path", "--get", "core.hooksPath"], in: worktree, environment: environment
        )
        switch answer.code {
        case 0: return String(decoding: answer.output.prefix { $0 != 0 }, as: UTF8.self)
        case 1: return nil
        case let code:
            throw HybridError(
                .programFailed, "core.hooksPath",
                "git cannot be asked for it in \(worktree): it exited with code \(code): \(answer.lastWords)",
                next: "see git config --get core.hooksPath there")
        }
    }

    /// All settings in effect in a folder, by name as git lists them: section and key in lower case.
    ///
    /// Of several values the last counts. Throws where git cannot be asked.
    package static func settings(
        in folder: String, environment: [String: String]
    ) throws(HybridError) -> [String: String] {
        let answer = try ask(["config", "--list", "-z", "--includes"], in: folder, environment: environment)
        guard answer.code == 0 else {
            throw HybridError(
                .programFailed, "git's configuration", "it cannot be read in \(folder): \(answer.lastWords)",
                next: "see git config --list there")
        }
        var settings: [String: String] = [:]
        for entry in answer.output.split(separator: 0) {
            let parts = entry.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
            // A name without a value is true.
            settings[String(decoding: parts[0], as: UTF8.self)] =
                parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : "true"
        }
        return settings
    }

    /// Whether git itself works in the repository that holds a folder, whoever owns it.
    ///
    /// `safe.directory` counts from every place that git reads it from. Throws where git cannot be asked.
    static func trusts(_ folder: String, environment: [String: String]) throws(HybridError) -> Bool {
        try ask(["rev-parse", "--git-dir"], in: folder, environment: environment).code == 0
    }
}
