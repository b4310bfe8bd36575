internal import HybridBase

/// The agents whose calls the guard reads and answers, each in its own words.
public enum GuardedAgent: String, Hashable, Sendable, CaseIterable {
    case claude, cline, codex, copilot, cursor, gemini, qwen, vibe

    /// Whether an empty answer lets the agent go on.
    var hearsNothing: Bool { self != .cline && self != .cursor }

    /// Whether what hook scripts cannot answer is told by exit code 2 and stderr; others need words on stdout.
    var stopsByExitCode: Bool {
        switch self {
        case .claude, .codex, .gemini, .qwen: true
        case .cline, .copilot, .cursor, .vibe: false
        }
    }

    /// The fields of an answer; `reason` says why where it is not allowed.
    ///
    /// Only Claude Code and Qwen can ask a person while they work; elsewhere it is stopped, and the reason says whom to ask.
    func says(_ decision: GuardAnswer.Decision, _ reason: String) -> [(String, JSONValue)] {
        switch decision {
        case .allow: self == .cline ? [("cancel", .bool(false))] : []
        case .warn: warns(reason)
        case .deny, .ask:
            stops(decision == .ask && (self == .claude || self == .qwen) ? "ask" : "deny", reason)
        }
    }

    /// Sources: code.claude.com/docs/en/hooks ("PreToolUse decision control"), Codex' schema pre-tool-use.command.output,
    /// docs.cline.bot/features/hooks/hook-reference, Vibe's own skill "vibe"; the others by their documentation.
    private func stops(_ word: String, _ reason: String) -> [(String, JSONValue)] {
        switch self {
        case .claude, .codex, .qwen:
            specific([("permissionDecision", .string(word)), ("permissionDecisionReason", .string(reason))])
        case .cline: [("cancel", .bool(true)), ("errorMessage", .string(reason))]
        case .copilot: [("permissionDecision", .string(word)), ("permissionDecisionReason", .string(reason))]
        case .cursor:
            [
                ("permission", .string(word)), ("user_message", .string(reason)),
                ("agent_message", .string(reason)),
            ]
        case .gemini, .vibe: [("decision", .string(word)), ("reason", .string(reason))]
        }
    }

    /// A warning for the model where the agent passes one on before a tool is used, and for the person.
    ///
    /// Nothing in it says "allow": that would skip the user's own rules.
    private func warns(_ reason: String) -> [(String, JSONValue)] {
        switch self {
        case .claude, .codex, .gemini, .qwen:
            [("systemMessage", .string(reason))] + specific([("additionalContext", .string(reason))])
        case .cline: [("cancel", .bool(false)), ("contextModification", .string("WARNING: " + reason))]
        case .copilot: [("additionalContext", .string(reason))]
        case .cursor: [("user_message", .string(reason)), ("agent_message", .string(reason))]
        case .vibe: [("system_message", .string(reason))]
        }
    }

    private func specific(_ fields: [(String, JSONValue)]) -> [(String, JSONValue)] {
        let event = self == .gemini ? "BeforeTool" : "PreToolUse"
        return [("hookSpecificOutput", .object([("hookEventName", .string(event))] + fields))]
    }
}
