internal import HybridBase

/// What a command said, line by line, for people: what agents print as a JSON object a line becomes words.
///
/// Whatever is no event of an agent's stays as it is. Nothing is concluded from it.
///
/// Sources: Claude Code and Amp (`assistant`, `user`, `result`), Codex (`item.started`, `item.completed`, `turn.failed`),
/// Gemini and Qwen (`message` with `delta`, `tool_use`), Cline (`say`, `run_result`), opencode (`part`), Vibe (`role`,
/// `effect`).
package struct AgentLines {
    /// A longer line is given in parts, in bytes.
    private static let longest = 1 << 20
    private var partial: [UInt8] = []
    /// A message that comes in several events.
    private var piece = ""
    private var lastSaid = ""
    private let readsEvents: Bool

    /// With `readsEvents` off every line stays as it is.
    package init(readsEvents: Bool = true) { self.readsEvents = readsEvents }

    /// Takes output; gives the lines that are whole now.
    package mutating func read(_ bytes: some Sequence<UInt8>) -> [String] {
        var out: [String] = []
        for byte in bytes {
            if byte == 10 || partial.count >= Self.longest {
                out += line()
                if byte == 10 { continue }
            }
            partial.append(byte)
        }
        return out
    }

    /// Gives what is left when nothing more comes.
    package mutating func finish() -> [String] {
        (partial.isEmpty ? [] : line()) + said()
    }

    private mutating func line() -> [String] {
        let bytes = partial
        partial = []
        guard readsEvents, let event = AgentMoment(bytes) else {
            return said() + [String(decoding: bytes, as: UTF8.self)]
        }
        if let part = event.piece {
            piece += part
            return []
        }
        let before = said()
        var lines = event.lines
        // A result repeats what was said last.
        if event.isResult, lines.last == lastSaid { lines.removeLast() }
        lastSaid = lines.last ?? lastSaid
        return before + lines
    }

    private mutating func said() -> [String] {
        defer { piece = "" }
        return piece.isEmpty ? [] : AgentMoment.split(piece)
    }
}

/// One event of an agent's.
private struct AgentMoment {
    /// What to show; empty for what nobody misses.
    private(set) var lines: [String] = []
    /// A part of a message whose other parts are events of their own.
    private(set) var piece: String?
    private(set) var isResult = false
    private let bytes: [UInt8]

    /// Kinds that only say that something goes on.
    private static let silent: Set<String> = [
        "thread.started", "turn.started", "turn.completed", "system", "init", "stream_event", "step_start",
        "step_finish", "item.updated", "ping",
    ]

    /// Reads a line; nil where it is no event of an agent's.
    init?(_ line: [UInt8]) {
        var line = line[...]
        if line.starts(with: "data:".utf8) { line = line.dropFirst(5) }
        bytes = Array(line.drop { $0 == 32 || $0 == 9 })
        guard bytes.first == UInt8(ascii: "{"), let event = try? JSONSpan.read(bytes, file: "log"),
            event.value("type")?.text != nil || event.value("role")?.text != nil
        else { return nil }
        read(event, event.value("type")?.text ?? "")
    }

    static func split(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            .reversed().drop { $0.allSatisfy(\.isWhitespace) }.reversed()
    }

    private mutating func read(_ event: JSONSpan, _ kind: String) {
        switch kind {
        case "assistant", "user": blocks(event.value("message")?.value("content"), role: kind)
        case "message": message(event)
        case "result", "run_result": result(event)
        case "item.started", "item.completed":
            if let item = event.value("item") { read(item: item, isStart: kind == "item.started") }
        case "turn.failed", "error": lines = ["error: " + (words(event) ?? "without a word")]
        case "tool_use", "tool_call": call(event)
        case "tool_result": outcome(event)
        case "effect": effect(event)
        case "text", "say", "ask": lines = words(event).map(Self.split) ?? []
        case "system" where event.value("subtype")?.text == "api_retry":
            lines = ["waits for the model: " + (words(event) ?? "tries again")]
        case "": blocks(event.value("content"), role: event.value("role")?.text ?? "")
        case _ where Self.silent.contains(kind): break
        default: lines = words(event).map(Self.split) ?? ["(\(kind))"]
        }
    }

    // MARK: Forms

    /// Blocks of a message: text, calls of tools, and what came of them where that is an error.
    private mutating func blocks(_ content: JSONSpan?, role: String) {
        guard role == "assistant" || role == "user" else { return }
        if let text = content?.text {
            if role == "assistant" { lines += Self.split(text) }
            return
        }
        guard case .array(let blocks)? = content?.kind else { return }
        for block in blocks {
            switch block.value("type")?.text {
            case "text" where role == "assistant": lines += Self.split(block.value("text")?.text ?? "")
            case "tool_use": call(block)
            case "tool_result": outcome(block)
            default: break
            }
        }
    }

    private mutating func message(_ event: JSONSpan) {
        guard event.value("role")?.text ?? "assistant" == "assistant" else { return }
        guard let text = event.value("content")?.text ?? words(event) else { return }
        isTrue(event.value("delta")) ? (piece = text) : (lines = Self.split(text))
    }

    private mutating func result(_ event: JSONSpan) {
        isResult = true
        let status = event.value("status")?.text
        let failed = isTrue(event.value("is_error")) || status == "error" || status == "failed"
        let text = words(event).map(Self.split) ?? []
        lines = [failed ? "ended with an error" : "ended"] + text
    }

    private mutating func read(item: JSONSpan, isStart: Bool) {
        switch item.value("type")?.text ?? "" {
        case "command_execution":
            guard isStart else { return ended(item) }
            lines = ["$ " + Self.first(item.value("command")?.text ?? "")]
        case _ where isStart: break
        case "file_change":
            guard case .array(let changes)? = item.value("changes")?.kind else { break }
            lines = changes.map {
                "> \($0.value("kind")?.text ?? "change") \($0.value("path")?.text ?? "")"
            }
        case "reasoning", "todo_list": break
        case "mcp_tool_call": call(item)
        case "error": lines = ["error: " + (words(item) ?? "without a word")]
        default: lines = words(item).map(Self.split) ?? []
        }
    }

    /// A command that ended; what it said counts where it failed.
    private mutating func ended(_ item: JSONSpan) {
        guard let code = raw(item.value("exit_code")), code != "0", code != "null" else { return }
        let said = Self.split(item.value("aggregated_output")?.text ?? "").suffix(6)
        lines = ["  exit code \(code)"] + said.map { "  | " + $0 }
    }

    /// A call of a tool, with what it is about.
    private mutating func call(_ event: JSONSpan) {
        let part = event.value("part") ?? event
        let name = ["name", "tool_name", "tool"].lazy.compactMap { part.value($0)?.text }.first ?? "a tool"
        let input =
            ["input", "parameters", "arguments"].lazy.compactMap { part.value($0) }.first
            ?? part.value("state")?.value("input")
        let about = [
            "file_path", "notebook_path", "path", "filePath", "command", "pattern", "query", "url",
            "description",
        ]
        let words = about.lazy.compactMap { input?.value($0)?.text }.first
        lines.append("> \(name)" + (words.map { " " + Self.first($0) } ?? ""))
    }

    private mutating func outcome(_ event: JSONSpan) {
        guard isTrue(event.value("is_error")) || event.value("status")?.text == "error" else { return }
        lines += Self.split(words(event) ?? "it failed").prefix(6).map { "  ! " + $0 }
    }

    private mutating func effect(_ event: JSONSpan) {
        guard let detail = event.value("detail"), let kind = detail.value("kind")?.text else { return }
        let about = ["path", "command", "message"].lazy.compactMap { detail.value($0)?.text }.first
        lines = ["> \(kind)" + (about.map { " " + Self.first($0) } ?? "")]
    }

    // MARK: Values

    /// What an event says in words, wherever they are.
    private func words(_ value: JSONSpan, depth: Int = 0) -> String? {
        switch value.kind {
        case .string(let text): return text.contains { !$0.isWhitespace } ? text : nil
        case .array(let items) where depth < 6:
            let found = items.compactMap { words($0, depth: depth + 1) }
            return found.isEmpty ? nil : found.joined(separator: "\n")
        case .object where depth < 6:
            let keys = [
                "result", "text", "message", "content", "error", "output", "part", "data", "item", "detail",
                "reason",
            ]
            return keys.lazy.compactMap { key in value.value(key).flatMap { words($0, depth: depth + 1) } }
                .first
        default: return nil
        }
    }

    private static func first(_ text: String) -> String {
        let line = text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
        return line.count < text.count ? line + " \u{2026}" : line
    }

    private func raw(_ value: JSONSpan?) -> String? {
        value.map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }

    private func isTrue(_ value: JSONSpan?) -> Bool { raw(value) == "true" }
}
