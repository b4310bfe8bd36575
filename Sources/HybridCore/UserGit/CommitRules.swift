internal import HybridGit

/// What the user's configuration asks of every commit that lands: which hooks run, and whether it is signed.
struct CommitRules {
    /// The hooks in effect at launch; nil where the user turned them off.
    let hooks: HookFiles?
    /// Whether commits are signed.
    let isSigned: Bool
    /// The longest that git and its hooks may take for one commit, in seconds.
    let timeout: Double
    /// What git finds in its environment.
    let environment: [String: String]

    /// How long hooks may take unless `hybrid.hookTimeout` says otherwise, in seconds: set-up of theirs takes minutes.
    static let defaultTimeout = 600.0

    /// Whether merges need more than the engine that makes them.
    var concernMerges: Bool { isSigned || hasMessageHooks }

    /// Whether a hook reads or writes messages.
    var hasMessageHooks: Bool { hooks.map { $0.has("prepare-commit-msg") || $0.has("commit-msg") } ?? false }

    /// git and the settings that hold for this call: the hooks as they were at launch, never a program that watches files.
    var git: [String] {
        ["git", "-c", "core.hooksPath=\(hooks?.folder ?? "/dev/null")", "-c", "core.fsmonitor=false"]
    }

    /// The settings that say what a message's bytes are; messages of hybrid's are UTF-8.
    static func encoding(of message: String) -> [String] {
        message.utf8.allSatisfy { $0 < 128 } ? [] : ["-c", "i18n.commitEncoding=UTF-8"]
    }

    /// The environment of a commit: cleaned, and nothing in it can wait for a person at a terminal.
    static func environment(from environment: [String: String]) -> [String: String] {
        var result = WorkerEnvironment.cleaned(environment)
        for editor in ["GIT_EDITOR", "GIT_SEQUENCE_EDITOR"] { result[editor] = "false" }
        result["GIT_TERMINAL_PROMPT"] = "0"
        // The audit has answered already what the guard would be asked.
        result[WorkerEnvironment.audited] = "1"
        return result
    }

    /// Whether git's truth value is true; nil where it is none.
    static func truth(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "true", "yes", "on", "1": true
        case nil, "false", "no", "off", "0", "": false
        default: text.flatMap { Int($0) }.map { $0 != 0 }
        }
    }
}

extension Conductor {
    /// The folder whose hooks git runs where the user stands now, absolute.
    func hooksFolder() throws -> String {
        let cleaned = WorkerEnvironment.cleaned(host.environment)
        guard let path = try UserGit.hooksPath(in: home, environment: cleaned) else {
            return repository.commonDirectory + "hooks"
        }
        let root = home.hasSuffix("/") ? String(home.dropLast()) : home
        return GuardPath.joined(path, to: root)
    }

    /// The user's rules for the commits of a run.
    func rules(of run: RunRecord) throws -> CommitRules {
        let settings = try settings()
        let isOff = try hooksAreOff(settings)
        return CommitRules(
            hooks: isOff
                ? nil : HookFiles(in: try run.hooks ?? hooksFolder(), root: repository.workingDirectory),
            isSigned: try isSigned(settings), timeout: try hookTimeout(settings),
            environment: CommitRules.environment(from: host.environment))
    }

    private func hooksAreOff(_ settings: [String: String]) throws -> Bool {
        switch settings["hybrid.hooks"] {
        case nil, "launch": return false
        case "never": return true
        case let text?:
            throw HybridError(
                "hybrid.hooks", "\"\(shortened(text))\" is neither never nor launch",
                next: "git config --unset hybrid.hooks")
        }
    }

    private func isSigned(_ settings: [String: String]) throws -> Bool {
        guard let answer = CommitRules.truth(settings["commit.gpgsign"]) else {
            throw HybridError(
                "commit.gpgsign",
                "\"\(shortened(settings["commit.gpgsign"] ?? ""))\" is neither true nor false",
                next: "git config commit.gpgsign true")
        }
        return answer
    }

    private func hookTimeout(_ settings: [String: String]) throws -> Double {
        guard let text = settings["hybrid.hooktimeout"] else { return CommitRules.defaultTimeout }
        let seconds = try Estimate.read(text, field: "hybrid.hookTimeout").seconds
        guard seconds > 0 else {
            throw HybridError(
                "hybrid.hookTimeout", "\"\(shortened(text))\" leaves hooks no time",
                next: "git config hybrid.hookTimeout \"10 minutes\"")
        }
        return Double(seconds)
    }

    /// Tries to sign as the user's configuration asks, before anything is launched; writes nothing.
    ///
    /// Throws where it cannot be done without a terminal.
    func refuseWhatCannotBeSigned() throws {
        guard try isSigned(settings()) else { return }
        try SigningTrial.make(in: home, common: repository.commonDirectory, environment: host.environment)
    }
}

extension Inspection {
    /// Why a run could not sign its commits here; nil where it can, or where commits are not signed.
    public func unsignable() throws -> String? {
        // Asking git takes a moment, which only those have to wait who may have said something.
        let elsewhere = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_COUNT"]
        guard
            try repository.configString("commit.gpgsign") != nil
                || elsewhere.contains(where: { environment[$0] != nil })
        else { return nil }
        let home = repository.workingDirectory ?? repository.commonDirectory
        do {
            let settings = try UserGit.settings(
                in: home, environment: WorkerEnvironment.cleaned(environment))
            guard CommitRules.truth(settings["commit.gpgsign"]) == true else { return nil }
            try SigningTrial.make(in: home, common: repository.commonDirectory, environment: environment)
            return nil
        } catch let error as HybridError {
            return "\(error)"
        }
    }
}

/// A commit signed for nothing, to see whether it can be done.
enum SigningTrial {
    /// How long signing may take, in seconds: a token may want to be touched.
    static let patience = 60.0

    /// Throws where git cannot sign a commit here without a terminal.
    static func make(in folder: String, common: String, environment: [String: String]) throws {
        let objects = try TemporaryFolder.make("hybrid-signing", in: environment)
        // What cannot be removed lies in the folder for temporary files, where others clean up.
        defer { try? Files.remove(objects) }
        var settings = CommitRules.environment(from: environment)
        // Nothing of it is to be left in the repository.
        settings["GIT_OBJECT_DIRECTORY"] = objects
        settings["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = common + "objects"
        let answer: UserGit.Answer
        do {
            answer = try UserGit.ask(
                ["commit-tree", "-S", "-m", "May commits be signed?", "HEAD^{tree}"], in: folder,
                environment: settings, timeout: patience)
        } catch {
            throw refusal("git did not sign: \(error.reason)")
        }
        if answer.code != 0 { throw refusal(answer.lastWords) }
    }

    static func refusal(_ words: String) -> HybridError {
        HybridError(
            "commit.gpgsign", "commits are to be signed, and signing one fails without a terminal: \(words)",
            next: "see it fail: git commit-tree -S -m trial 'HEAD^{tree}' </dev/null; or do without for this "
                + "repository: git config commit.gpgsign false")
    }
}
