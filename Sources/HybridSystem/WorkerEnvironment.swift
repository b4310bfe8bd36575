/// The environment of commands that hybrid starts: the user's own, without what would lead git astray.
public enum WorkerEnvironment {
    /// The variables that tell a worker about itself.
    package static let own: Set<String> = [
        "HYBRID_RUN", "HYBRID_JOB", "HYBRID_JOB_NAME", "HYBRID_CLAIMS", "HYBRID_BASE", "HYBRID_WORKTREE",
        "HYBRID_ATTEMPT", "HYBRID_SLOT", "HYBRID_PORT", "HYBRID_PORTS", "HYBRID_MAIN_WORKTREE", "HYBRID_SPEC",
        "HYBRID_CLAUDE_SETTINGS", "HYBRID_CLINE_HOOKS", "HYBRID_BRIEF", "HYBRID_FEEDBACK",
        "HYBRID_GUARD_MARK", "HYBRID_GUARD_HOOK", audited,
    ]

    /// Says to the guard that what is committed was audited already: hybrid itself commits.
    package static let audited = "HYBRID_AUDITED"

    /// Variables of git's that are the user's own: who they are, how they reach a server, what they forbid.
    ///
    /// All others name a repository, an index or a file of the caller's (`git rev-parse --local-env-vars`), or would
    /// make a worker trace, page or edit where nobody looks.
    package static let kept: Set<String> = [
        "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_TERMINAL_PROMPT",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_ATTR_NOSYSTEM", "GIT_ALLOW_PROTOCOL",
        "GIT_PROTOCOL_FROM_USER", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH",
    ]
    static let keptPrefixes = ["GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_LFS_"]

    /// What hybrid sets for every git below it: nothing repacks or prunes while worktrees share an object store.
    package static let settings = [("gc.auto", "0"), ("maintenance.auto", "false")]

    /// What a worker of `job` finds in its environment.
    ///
    /// Claims stand one on a line, as the plan writes them.
    public static func make(
        from environment: [String: String], run: String, job: String, jobName: String, claims: [String],
        base: String, worktree: String, attempt: Int
    ) -> [String: String] {
        var result = cleaned(environment)
        result["HYBRID_RUN"] = run
        result["HYBRID_JOB"] = job
        result["HYBRID_JOB_NAME"] = jobName
        result["HYBRID_CLAIMS"] = claims.joined(separator: "\n")
        result["HYBRID_BASE"] = base
        result["HYBRID_WORKTREE"] = worktree
        result["HYBRID_ATTEMPT"] = String(attempt)
        result["PWD"] = worktree
        for name in ["GIT_EDITOR", "GIT_SEQUENCE_EDITOR"] { result[name] = noEditor }
        return result
    }

    /// The environment without what lets its holder act in the user's name: variables that are called after tokens, keys,
    /// passwords and the like, agents that hold keys, and programs that git asks for passwords.
    package static func withoutCredentials(_ environment: [String: String]) -> [String: String] {
        let words = [
            "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "APIKEY", "API_KEY",
            "ACCESS_KEY",
            "PRIVATE_KEY", "SSH_AUTH", "ASKPASS", "GPG_AGENT", "COOKIE",
        ]
        return environment.filter { name, _ in
            let name = name.uppercased()
            return !words.contains(where: name.contains) && !name.hasSuffix("_PAT") && !name.hasSuffix("_KEY")
                && !name.hasSuffix("_AUTH")
        }
    }

    /// What git runs where it would open an editor, which nobody would ever close.
    package static let noEditor =
        "echo 'hybrid: nobody can edit here: give the message with -m or -F, or --no-edit' >&2; false"

    /// The environment without what names the caller's repository, folder or run, and with hybrid's git settings.
    ///
    /// Settings that the user passes through `GIT_CONFIG_COUNT` stay, in front of hybrid's.
    public static func cleaned(_ environment: [String: String]) -> [String: String] {
        var result = environment.filter { name, _ in
            if name == "PWD" || name == "OLDPWD" || own.contains(name) { return false }
            return !name.hasPrefix("GIT_") || kept.contains(name)
                || keptPrefixes.contains { name.hasPrefix($0) }
        }
        var pairs: [(String, String)] = []
        if let count = environment["GIT_CONFIG_COUNT"].flatMap({ Int($0) }), count > 0 {
            for index in 0..<min(count, environment.count) {
                // git refuses to run with half a pair.
                guard let key = environment["GIT_CONFIG_KEY_\(index)"],
                    let value = environment["GIT_CONFIG_VALUE_\(index)"]
                else { continue }
                pairs.append((key, value))
            }
        }
        pairs += settings
        result["GIT_CONFIG_COUNT"] = String(pairs.count)
        for (index, pair) in pairs.enumerated() {
            result["GIT_CONFIG_KEY_\(index)"] = pair.0
            result["GIT_CONFIG_VALUE_\(index)"] = pair.1
        }
        return result
    }
}
