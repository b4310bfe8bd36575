internal import HybridBase
internal import HybridGit
internal import HybridPlan

/// The shell scripts that call `hybrid guard`; those in the project's `hooks/` folder are these with `hybrid` from PATH.
public enum HookScripts {
    /// git's hooks that the guard answers.
    public static let guarded = ["pre-commit", "pre-push"]

    /// git's hooks on a user's side, which a worker may get while it works, as husky makes them.
    ///
    /// Others are passed on too where the user has them: some change what git does by being there.
    package static let common = [
        "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit",
        "prepare-commit-msg", "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge",
        "pre-push",
        "post-rewrite", "pre-auto-gc", "sendemail-validate",
    ]

    /// The first line behind `#!`, by which an installed hook is known.
    package static func mark(_ hook: String) -> String {
        "# hybrid guard, \(hook): stops a worker of hybrid's that goes beyond its claims; silent for everybody else."
    }

    /// A hook of git's as `hybrid hooks install` writes it.
    ///
    /// Without the program only workers are stopped: nobody else is to miss it.
    public static func git(_ hook: String, program: String) -> String {
        """
        #!/bin/sh
        \(mark(hook))
        hybrid=\(ShellWord.bare(program))
        if command -v "$hybrid" >/dev/null; then exec "$hybrid" guard --hook \(hook); fi
        [ -e "$(git rev-parse --git-path \(GuardClaims.fileName))" ] || exit 0
        \(missing(hook))
        exit 1

        """
    }

    /// A hook of git's for the workers of one run: the guard where it has something to say, then the user's own hook.
    ///
    /// Which hook that is comes from git at the time it runs: the last `core.hooksPath` before `folder`, where this script
    /// lies, or the repository's own hooks. So it is right in any repository that the worker makes, too, and runs within a
    /// run do not call each other in a circle.
    ///
    /// `log` is where it notes what goes beyond the worker's own branch; `chains` says whether the user may have such a hook.
    package static func worker(
        _ hook: String, program: String, folder: String, log: String, chains: Bool = true
    ) -> String {
        let check =
            """
            hybrid=\(ShellWord.bare(program))
            if [ ! -x "$hybrid" ]; then
                \(missing(hook))
                exit 1
            fi
            \(hook == "pre-push" ? "printf %s \"${input%.}\" | " : "")"$hybrid" guard --hook \(hook) || exit

            """
        let isGuarded = guarded.contains(hook)
        // What git says can be read once, and more than one wants it.
        let isRead = hook == "pre-push" || hook == "reference-transaction" && chains
        let head = """
            #!/bin/sh
            # hybrid, \(hook) of one run's workers: \(isGuarded ? "the guard, then " : "")the hook that you have.
            \(isRead ? "input=$(cat; echo .)\n" : "")\(isGuarded ? check : "")\(noting(hook, log: log, isRead: isRead))
            """
        guard chains else { return head }
        return """
            \(head)theirs=$(git config --type=path --get-all core.hooksPath | {
                last=
                while IFS= read -r path && [ "$path" != \(ShellWord.bare(folder)) ]; do last=$path; done
                printf '%s\n' "$last"
            })
            [ -n "$theirs" ] || theirs=$(git rev-parse --git-common-dir)/hooks
            \(hook == "post-commit" ? notingPassed(log: log) : "")theirs=$theirs/\(hook)
            if [ ! -f "$theirs" ] || [ ! -x "$theirs" ]; then exit 0; fi
            \(call(hook, isRead: isRead))

            """
    }

    /// How the user's own hook is called.
    private static func call(_ hook: String, isRead: Bool) -> String {
        if isRead { return "printf %s \"${input%.}\" | \"$theirs\" \"$@\"" }
        return passable.contains(hook) ? callMarking(hook) : "exec \"$theirs\" \"$@\""
    }

    private static func missing(_ hook: String) -> String {
        let way = hook == "pre-push" ? "git push --no-verify" : "git commit --no-verify"
        return
            "echo \"hybrid: $hybrid is not there, so nobody can say whether this is allowed; put it back, or go on with: \(way) (the audit looks all the same)\" >&2"
    }

    /// The line that adds the guard to a hook that stands already; at its beginning.
    package static func line(_ hook: String, program: String) -> String {
        let call = "\(ShellWord.bare(program)) guard --hook \(hook)"
        guard hook == "pre-push" else { return "\(call) || exit" }
        // What git says about the push can be read once, and the hook may want it too.
        return
            "t=$(mktemp) && cat >\"$t\" && \(call) <\"$t\" || { rm -f \"$t\"; exit 1; }; exec <\"$t\"; rm -f \"$t\""
    }

    // MARK: Agents

    /// Whether the script runs for a worker, where the program itself cannot say it.
    private static let isWorker =
        "[ -n \"$HYBRID_JOB\" ] || [ -e \"$(git rev-parse --git-path \(GuardClaims.fileName) 2>/dev/null)\" ]"

    private static let unanswered =
        "hybrid cannot answer, so nobody can say whether this worker may write here; tell the person who leads the run"

    /// An agent's hook.
    ///
    /// What no answer would let pass is stopped where it is a worker's.
    public static func agent(_ agent: GuardedAgent, program: String) -> String {
        let head = """
            #!/bin/sh
            # \(agent.rawValue)'s hook before a tool: may this worker of hybrid's write where it is about to? All others may.
            hybrid=\(ShellWord.bare(program))
            # That it was called at all: an agent may leave hooks out without a word.
            [ -z "$HYBRID_GUARD_MARK" ] || : >"$HYBRID_GUARD_MARK"

            """
        return head + (agent.stopsByExitCode ? exiting(agent) : saying(agent))
    }

    /// For those that exit code 2 stops, with the reason on stderr.
    private static func exiting(_ agent: GuardedAgent) -> String {
        """
        if answer=$("$hybrid" guard --hook \(agent.rawValue)); then
            [ -z "$answer" ] || printf '%s\\n' "$answer"
            exit 0
        fi
        \(isWorker) || exit 0
        echo "\(unanswered)" >&2
        exit 2

        """
    }

    /// For those that need to hear it in their own words.
    private static func saying(_ agent: GuardedAgent) -> String {
        let refusal = JSONValue.object(agent.says(.deny, unanswered)).line()
        let nothing = agent.hearsNothing ? "" : JSONValue.object(agent.says(.allow, "")).line()
        return """
            if answer=$("$hybrid" guard --hook \(agent.rawValue)); then
                [ -z "$answer" ] || printf '%s\\n' "$answer"
            elif \(isWorker); then
                echo '\(refusal)'
            \(nothing.isEmpty ? "" : "else\n    echo '\(nothing)'\n")fi

            """
    }
}
