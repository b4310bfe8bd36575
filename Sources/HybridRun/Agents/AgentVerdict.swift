internal import HybridBase
internal import HybridSystem

/// What an agent says of itself when it has exited with 0: a failure, or nothing against it.
///
/// It can only take away from what the exit code says, so that nothing printed ever makes a success.
enum AgentVerdict {
    /// Where Vibe leaves its own account of an attempt.
    static func vibeFolder(_ attempt: String) -> String { attempt + "/vibe" }

    /// Why it did not succeed; nil where it did.
    ///
    /// `log` is the output, `folder` the attempt's own.
    static func failure(_ form: AgentForm, log: [UInt8], folder: String) -> String? {
        switch form {
        case .claude: claude(events(log))
        case .codex: codex(events(log))
        case .aider: aider(log)
        case .vibe: vibe(Files.read(vibeFolder(folder) + "/export.json"))
        case .cline: cline(events(log))
        case .gemini: gemini(events(log))
        }
    }

    /// Several results occur: one that is an error is one too many.
    private static func claude(_ events: [Event]) -> String? {
        let results = events.filter { $0.text("type") == "result" }
        guard !results.isEmpty else { return "it ended without a result" }
        guard let bad = results.first(where: { $0.says("is_error", "true") }) else { return nil }
        return "it says that it failed" + (bad.text("subtype").map { " (\(neutralise($0)))" } ?? "")
    }

    private static func codex(_ events: [Event]) -> String? {
        let turns = events.compactMap { $0.text("type") }.filter { $0.hasPrefix("turn.") }
        switch turns.last {
        case "turn.completed": return nil
        case "turn.failed": return "its turn failed"
        default: return "its turn did not end"
        }
    }

    private static func aider(_ log: [UInt8]) -> String? {
        let text = String(decoding: log, as: UTF8.self)
        if text.contains("litellm.") { return "its model's server failed" }
        if text.contains("reflections allowed") { return "it gave up: its edits did not fit" }
        return text.contains("Applied edit to") ? nil : "it applied no edit"
    }

    private static func vibe(_ export: [UInt8]?) -> String? {
        guard let export, let whole = try? JSONSpan.read(export, file: "export.json") else {
            return "it left no account of itself (export.json)"
        }
        let outcome = whole.value("outcome")?.text ?? "no outcome"
        return outcome == "finished" ? nil : "its outcome is \(neutralise(outcome))"
    }

    private static func cline(_ events: [Event]) -> String? {
        guard let last = events.last(where: { $0.text("type") == "run_result" }) else { return nil }
        let isBad =
            last.says("success", "false") || last.says("is_error", "true") || last.text("error") != nil
        return isBad ? "it says that it failed" : nil
    }

    private static func gemini(_ events: [Event]) -> String? {
        guard let last = events.last(where: { $0.text("type") == "result" }) else {
            return "it ended without a result"
        }
        let status = last.text("status") ?? "success"
        return status == "success" ? nil : "its result is \(neutralise(status))"
    }

    /// One event of an agent's output.
    struct Event {
        private let bytes: [UInt8]
        private let span: JSONSpan

        /// Reads a line; nil where it is no JSON.
        init?(_ line: ArraySlice<UInt8>) {
            bytes = Array(line)
            guard line.first == UInt8(ascii: "{"), let span = try? JSONSpan.read(bytes, file: "log") else {
                return nil
            }
            self.span = span
        }

        /// The text of a field; nil where it has none.
        func text(_ key: String) -> String? { span.value(key)?.text }

        /// Whether a field holds this word: true, false, a number.
        func says(_ key: String, _ word: String) -> Bool {
            guard let value = span.value(key), case .other = value.kind else { return false }
            return bytes[value.range].elementsEqual(word.utf8)
        }
    }

    /// The events in some output, a JSON object a line.
    static func events(_ log: [UInt8]) -> [Event] { log.split(separator: 10).compactMap(Event.init) }
}
