internal import HybridBase
internal import HybridGuard
internal import HybridPlan

/// An agent that hybrid does not know, as the user describes it in git config.
///
/// `hybrid.agent.NAME.command` is a shell command; `.prompt` says where it gets its brief from: `file` (the default; its
/// path is in HYBRID_BRIEF) or `stdin`; `.success` is a text that its output has to hold; `.hook` names the agent whose
/// words it speaks before a write, and the script to call is then in HYBRID_GUARD_HOOK.
struct AgentDescription: Equatable {
    /// Where the brief comes from.
    enum Prompt: String, CaseIterable {
        case file, stdin
    }

    var command: String
    var prompt = Prompt.file
    var success: String?
    var hook: GuardedAgent?

    /// Reads it from settings, by name as git lists them; throws where it is not described, or not well.
    init(_ name: AgentName, _ settings: [String: String]) throws(HybridError) {
        func value(_ key: String) -> String? { settings["hybrid.agent.\(name).\(key)"] }
        guard let command = value("command"), command.contains(where: { !$0.isWhitespace }) else {
            throw HybridError(
                .settingInvalid, "agent \(name)",
                "hybrid knows \(AgentForm.allCases.map(\.rawValue).joined(separator: ", ")), and no command is set for this one",
                next: "git config hybrid.agent.\(name).command 'PROGRAM --prompt-file \"$HYBRID_BRIEF\"'")
        }
        self.command = command
        success = value("success")
        prompt = try Self.word(value("prompt"), "hybrid.agent.\(name).prompt", usual: "file") ?? .file
        hook = try Self.word(value("hook"), "hybrid.agent.\(name).hook", usual: "claude")
    }

    private static func word<Word: RawRepresentable & CaseIterable>(
        _ text: String?, _ key: String, usual: String
    ) throws(HybridError) -> Word? where Word.RawValue == String {
        guard let text else { return nil }
        if let word = Word(rawValue: text.lowercased()) { return word }
        throw HybridError(
            .settingInvalid, key,
            "\"\(neutralise(text))\" is none of \(Word.allCases.map(\.rawValue).joined(separator: ", "))",
            next: "git config \(key) \(usual)")
    }

    /// The call.
    func command(_ work: AgentWork) -> AgentCommand {
        let text = prompt == .stdin ? "exec < \"$HYBRID_BRIEF\"\n\(command)" : command
        return AgentCommand(
            arguments: ["/bin/sh", "-c", text],
            environment: hook.map { ["HYBRID_GUARD_HOOK": "\(work.hooks)/\($0.rawValue)/PreToolUse"] } ?? [:])
    }

    /// Why it did not succeed; nil where it did.
    func failure(log: [UInt8]) -> String? {
        guard let success, !String(decoding: log, as: UTF8.self).contains(success) else { return nil }
        return "its output does not hold \"\(neutralise(success))\""
    }
}
