internal import HybridGit
internal import HybridSystem

/// What the user's configuration asks of every commit that lands: which hooks run, and whether it is signed.
package struct CommitRules {
    /// The hooks in effect at launch; nil where the user turned them off.
    package let hooks: HookFiles?
    /// Whether commits are signed.
    package let isSigned: Bool
    /// The longest that git and its hooks may take for one commit, in seconds.
    package let timeout: Double
    /// What git finds in its environment.
    package let environment: [String: String]

    package init(hooks: HookFiles?, isSigned: Bool, timeout: Double, environment: [String: String]) {
        self.hooks = hooks
        self.isSigned = isSigned
        self.timeout = timeout
        self.environment = environment
    }

    /// How long hooks may take unless `hybrid.hookTimeout` says otherwise, in seconds: set-up of theirs takes minutes.
    package static let defaultTimeout = 600.0

    /// Whether merges need more than the engine that makes them.
    var concernMerges: Bool { isSigned || hasMessageHooks }

    /// Whether a hook reads or writes messages.
    package var hasMessageHooks: Bool {
        hooks.map { $0.has("prepare-commit-msg") || $0.has("commit-msg") } ?? false
    }

    /// git and the settings that hold for this call: the hooks as they were at launch, never a program that watches files.
    package var git: [String] {
        ["git", "-c", "core.hooksPath=\(hooks?.folder ?? "/dev/null")", "-c", "core.fsmonitor=false"]
    }

    /// The settings that say what a message's bytes are; messages of hybrid's are UTF-8.
    package static func encoding(of message: String) -> [String] {
        message.utf8.allSatisfy { $0 < 128 } ? [] : ["-c", "i18n.commitEncoding=UTF-8"]
    }

    /// The environment of a commit: cleaned, and nothing in it can wait for a person at a terminal.
    package static func environment(from environment: [String: String]) -> [String: String] {
        var result = WorkerEnvironment.cleaned(environment)
        for editor in ["GIT_EDITOR", "GIT_SEQUENCE_EDITOR"] { result[editor] = "false" }
        result["GIT_TERMINAL_PROMPT"] = "0"
        // The audit has answered already what the guard would be asked.
        result[WorkerEnvironment.audited] = "1"
        return result
    }

    /// Whether a value is one of git's truth values.
    package static func isTruth(_ text: String) -> Bool { truth(text) != nil }

    /// Whether git's truth value is true; nil where it is none.
    package static func truth(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "true", "yes", "on", "1": true
        case nil, "false", "no", "off", "0", "": false
        default: text.flatMap { Int($0) }.map { $0 != 0 }
        }
    }
}
