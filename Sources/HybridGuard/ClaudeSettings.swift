internal import HybridBase

/// The settings that hybrid gives to Claude Code with `--settings`.
package enum ClaudeSettings {
    /// What the hook at the beginning of a session prints: in the stream of events it proves that the hooks are on.
    package static let proof = "hybrid: the guard is on"

    /// Settings that call the hook at `script` before each tool, refuse worktrees of Claude's own, and let it write.
    ///
    /// They win over the project's, the user's and the main checkout's, where `disableAllHooks` would switch the guard off
    /// without a word. In its default mode `claude -p` denies every write.
    package static func text(script: String, program: String) -> String {
        let guarded = hook(ShellWord.bare(script), matcher: "*")
        return JSONValue.object([
            ("disableAllHooks", .bool(false)),
            (
                "permissions",
                .object([
                    ("defaultMode", .string("acceptEdits")),
                    (
                        "allow",
                        .array(
                            ["hybrid", ShellWord.bare(program)].map { .string("Bash(\($0) claim add:*)") })
                    ),
                ])
            ),
            (
                "hooks",
                .object([
                    ("PreToolUse", guarded),
                    ("SessionStart", hook("\(mark); echo \(ShellWord.bare(proof))")),
                    ("WorktreeCreate", hook("echo \(ShellWord.bare(refusal)) >&2; exit 2")),
                ])
            ),
        ]).text() + "\n"
    }

    private static let mark = "[ -z \"$HYBRID_GUARD_MARK\" ] || : >\"$HYBRID_GUARD_MARK\""

    private static let refusal =
        "hybrid: this worker has a worktree already, and what is done elsewhere is not taken in; work where you are"

    /// One event's hooks.
    private static func hook(_ command: String, matcher: String? = nil) -> JSONValue {
        let call = JSONValue.object([("type", .string("command")), ("command", .string(command))])
        let match = matcher.map { [("matcher", JSONValue.string($0))] } ?? []
        return .array([.object(match + [("hooks", .array([call]))])])
    }
}
