internal import HybridBase
internal import HybridGuard
internal import HybridPlan

/// An agent that hybrid knows how to call, and how to tell what came of it.
///
/// An exit code of 0 means nothing with any of them: each has its own word for success.
enum AgentForm: String, CaseIterable {
    case claude, codex, aider, vibe, cline, gemini

    init?(_ name: AgentName) { self.init(rawValue: name.text) }

    /// The program that is called, by its name on PATH.
    var program: String { rawValue }

    /// Whose words the guard speaks to it; nil where it has no hook before a write.
    var guarded: GuardedAgent? { GuardedAgent(rawValue: rawValue) }
}

/// What one call of an agent is made of.
struct AgentWork {
    /// The brief, whole.
    var brief: String
    /// Where the brief lies as a file.
    var briefPath: String
    /// The attempt's own folder, for what the agent writes about itself.
    var folder: String
    /// The folder of the run's hooks for agents, one folder each.
    var hooks: String
    /// What the job may write, where the plan names it file by file, from the worktree's root.
    var files: [String]
    /// What it reads of others, likewise.
    var readOnly: [String]
    /// Whether the worktree lies below a folder for temporary files, where a sandbox would let all be written.
    var isTemporary = false
    /// What makes Codex run our hook without asking a person; nil where it is not known.
    var codexTrust: String?
    /// Whether the installed Cline takes `--task`.
    var clineTakesTask = false
}

/// How an agent is called.
struct AgentCommand: Equatable {
    var arguments: [String]
    /// What it finds in its environment beside what every worker does.
    var environment: [String: String] = [:]
}

extension AgentForm {
    /// The call; the brief begins with a letter, so that it cannot be taken for an option.
    func command(_ work: AgentWork) -> AgentCommand {
        switch self {
        case .claude: claude(work)
        case .codex: AgentCommand(arguments: CodexCall.arguments(work))
        case .aider: AgentCommand(arguments: aider(work))
        case .vibe:
            AgentCommand(
                arguments: [
                    program, "--prompt-file", work.briefPath, "--output", "streaming", "--output-dir",
                    AgentVerdict.vibeFolder(work.folder),
                ], environment: ["VIBE_HOME": work.hooks + "/vibe/home"])
        case .cline:
            AgentCommand(
                arguments: work.clineTakesTask
                    ? [program, "--hooks-dir", work.hooks + "/cline", "--task", work.brief]
                    : [program, "--hooks-dir", work.hooks + "/cline", "--yolo", "--json", work.brief])
        case .gemini:
            AgentCommand(
                arguments: [
                    program, "--approval-mode", "auto_edit", "--output-format", "stream-json", "--prompt",
                    work.brief,
                ], environment: ["GEMINI_CLI_SYSTEM_SETTINGS_PATH": work.hooks + "/gemini/settings.json"])
        }
    }

    /// In its default mode Claude Code denies every write and exits with 0.
    ///
    /// As text it prints nothing until the end. A
    /// background task left running would hold it for minutes after its result.
    private func claude(_ work: AgentWork) -> AgentCommand {
        AgentCommand(
            arguments: [
                program, "-p", "--output-format", "stream-json", "--verbose", "--include-hook-events",
                "--settings",
                work.hooks + "/claude/settings.json", "--permission-mode", "acceptEdits", work.brief,
            ], environment: ["CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1"])
    }

    /// By itself it would write `.gitignore` in every worktree, commit past the user's hooks, and keep histories there.
    private func aider(_ work: AgentWork) -> [String] {
        [
            program, "--yes-always", "--no-gitignore", "--no-auto-commits", "--no-dirty-commits",
            "--map-tokens", "0",
            "--chat-history-file", "/dev/null", "--input-history-file", "/dev/null", "--message-file",
            work.briefPath,
        ] + work.readOnly.flatMap { ["--read", $0] } + work.files.flatMap { ["--file", $0] }
    }
}
