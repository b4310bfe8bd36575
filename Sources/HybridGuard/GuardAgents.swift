internal import HybridBase
internal import HybridMerging
internal import HybridPlan
internal import HybridUserGit

/// The agents whose calls the guard reads.
public enum GuardedAgent: String, Hashable, Sendable, CaseIterable {
    case claude, cline
}

extension Guard {
    /// The answer to an agent's call, as the JSON that the agent reads; empty where it is to hear nothing.
    ///
    /// A write that is allowed is passed on to the agent's own rules; only Cline wants to hear that.
    public func answer(_ agent: GuardedAgent, call bytes: [UInt8]) -> String {
        let answer: GuardAnswer
        do throws(HybridError) {
            let call = try AgentCall(bytes)
            var there = self
            if let own = call.folder, own.beginsWithBytes(of: "/") { there.folder = own }
            answer = call.targets.isEmpty ? .silent : there.answer(call.targets)
        } catch {
            // Whose call it was can still be told.
            switch subject([]) {
            case .nobody: answer = .silent
            case .worker, .unknown: answer = GuardAnswer(refusing: ["anything"], error)
            }
        }
        return switch agent {
        case .claude: Self.claude(answer)
        case .cline: Self.cline(answer)
        }
    }

    /// Source: code.claude.com/docs/en/hooks, "PreToolUse decision control"; `allow` would skip the user's own prompt.
    private static func claude(_ answer: GuardAnswer) -> String {
        switch answer.decision {
        case .allow: ""
        case .warn: JSONValue.object([("systemMessage", .string(answer.refusals()))]).line()
        case .deny, .ask:
            JSONValue.object([
                (
                    "hookSpecificOutput",
                    .object([
                        ("hookEventName", .string("PreToolUse")),
                        ("permissionDecision", .string(answer.decision.rawValue)),
                        ("permissionDecisionReason", .string(answer.refusals())),
                    ])
                )
            ]).line()
        }
    }

    /// Source: docs.cline.bot/features/hooks/hook-reference; Cline cannot ask, so it is told whom to ask.
    private static func cline(_ answer: GuardAnswer) -> String {
        var fields: [(String, JSONValue)] = [("cancel", .bool(answer.isStop))]
        if answer.isStop { fields.append(("errorMessage", .string(answer.refusals()))) }
        if answer.decision == .warn {
            fields.append(("contextModification", .string("WARNING: " + answer.refusals())))
        }
        return JSONValue.object(fields).line()
    }
}
