internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The last thing that a command said, for a person.
///
/// Agents print a JSON object a line, whose end holds counters rather than words: what the agent itself said last, or the
/// error that ended it, is taken from there. Anything else is the last line that shows something. Nothing is concluded
/// from it.
package enum LastWords {
    /// How much of a log's end is looked at, in bytes: an agent's last message may lie before long counters.
    package static let window = 256 << 10
    /// The longest that is given, in Unicode scalars, and how much of a longer text's beginning it holds.
    private static let (limit, start) = (300, 120)

    /// What the end of a log says; nil where it shows nothing.
    ///
    /// Reads at most `window` bytes.
    package static func of(log path: String, window: Int = window) -> String? {
        do {
            let file = try Descriptor(opening: path, O_RDONLY)
            let size = try file.size()
            return of(try file.read(window, at: max(0, size - window)), isWhole: size <= window)
        } catch {
            // Nothing to show yet: a log begins when its command does.
            return nil
        }
    }

    /// What the end of some output says; nil where it shows nothing.
    ///
    /// Of a line that was drawn over, as progress bars are, the last drawing counts.
    package static func of(_ bytes: [UInt8], isWhole: Bool) -> String? {
        var lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }[...]
        // A line whose beginning is not here means something only where there is no other.
        if !isWhole, lines.count > 1 { lines = lines.dropFirst() }
        // What serves where nobody says anything: a line without a letter, or an event without words.
        var least: String?
        var pieces: [String] = []
        for (place, line) in zip(lines.indices, lines).reversed() {
            let text = neutralise(String(decoding: line, as: UTF8.self))
            guard text.contains(where: { !$0.isWhitespace }), line.contains(where: { $0 > 32 && $0 != 127 }),
                !isOfLog(line)
            else { continue }
            if let event = AgentEvent(line) {
                if let piece = event.piece {
                    pieces.insert(piece, at: 0)
                } else if let words = event.words {
                    if pieces.isEmpty { return shown(words) }
                    break
                } else {
                    least = least ?? text
                }
                continue
            }
            if !pieces.isEmpty { break }
            if text.contains(where: { $0.isLetter || $0.isNumber }) { return shown(text) }
            // A bracket alone may end a document of several lines.
            if let words = document(lines[...place]) { return shown(words) }
            least = least ?? text
        }
        return pieces.isEmpty ? least.map(shown) : shown(pieces.joined())
    }

    /// Whether a line is what hybrid wrote where it left output out.
    private static func isOfLog(_ line: ArraySlice<UInt8>) -> Bool {
        line.starts(with: "[hybrid: ".utf8) && line.reversed().starts(with: "left out here]".utf8.reversed())
    }

    /// The words of a JSON document of several lines that ends here; nil where none does, or it has none.
    private static func document(_ lines: ArraySlice<ArraySlice<UInt8>>) -> String? {
        guard lines.last?.elementsEqual("}".utf8) == true,
            let first = lines.lastIndex(where: { $0.elementsEqual("{".utf8) })
        else { return nil }
        return AgentEvent(Array(lines[first...].joined(separator: [10]))[...])?.words
    }

    /// On one line, and short; the end of a long text says what came of it.
    private static func shown(_ text: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let safe = Array(neutralise(words, limit: 64 << 10).unicodeScalars)
        guard safe.count > limit else { return string(safe[...]) }
        return string(safe.prefix(start)) + " \u{2026} " + string(safe.suffix(limit - start))
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}

/// One line of what an agent prints with `--output-format stream-json`, `--json` and their like.
///
/// Sources: Claude Code, Cursor and Amp (`type` result, assistant), Codex (`item.completed`, `turn.failed`, `error`), Gemini
/// and Qwen (`message` with `delta`), Cline (`say`, `run_result`), opencode (`text` with `part`), Vibe (`role`, `content`).
private struct AgentEvent {
    /// What the agent says in it; nil where it says nothing.
    var words: String?
    /// A part of a message that comes in several lines.
    var piece: String?
    private static let silent: Set<String> = [
        "user", "tool", "system", "tool_use", "tool_result", "tool_call",
    ]
    private static let spoken: Set<String> = [
        "agent_message", "assistant_message", "error", "text", "message",
    ]
    private static let keys = [
        "result", "text", "content", "message", "response", "error", "errors", "item", "part", "data",
        "output", "summary", "msg", "detail", "details", "reason", "stderr",
    ]

    /// A line as JSON, in the form of server-sent events too; nil where it is none.
    private static func read(_ line: ArraySlice<UInt8>) -> JSONSpan? {
        var line = line.drop { $0 == 32 || $0 == 9 }
        if line.starts(with: "data:".utf8) { line = line.dropFirst(5).drop { $0 == 32 } }
        guard let first = line.first, "{[".utf8.contains(first) else { return nil }
        return try? JSONSpan.read(Array(line), file: "log")
    }

    /// Reads a line; nil where it is no JSON object that an agent or a logger would print.
    init?(_ line: ArraySlice<UInt8>) {
        guard var event = Self.read(line) else { return nil }
        // A list of events: the last one.
        if case .array(let items) = event.kind, let last = items.last { event = last }
        guard case .object = event.kind else { return nil }
        let marks = ["type", "event", "role", "status", "level"] + Self.keys
        guard marks.contains(where: { event.value($0) != nil }) else { return nil }
        if let kind = event.value("type")?.text, Self.silent.contains(kind) { return }
        if let role = event.value("role")?.text, Self.silent.contains(role) { return }
        let text = Self.words(event, depth: 0) ?? Self.failure(event)
        if let delta = event.value("delta"), case .other = delta.kind {
            piece = text
        } else {
            words = text
        }
    }

    /// Claude's word for how a run ended that has no result.
    private static func failure(_ event: JSONSpan) -> String? {
        event.value("subtype")?.text.flatMap { $0.hasPrefix("error") ? $0 : nil }
    }

    private static func words(_ value: JSONSpan, depth: Int) -> String? {
        guard depth < 6 else { return nil }
        switch value.kind {
        case .string(let text): return text.contains { !$0.isWhitespace } ? text : nil
        case .array(let items):
            return items.reversed().lazy.compactMap { words($0, depth: depth + 1) }.first
        case .object:
            if depth > 0, let kind = value.value("type")?.text, !spoken.contains(kind) { return nil }
            return keys.lazy.compactMap { key in value.value(key).flatMap { words($0, depth: depth + 1) } }
                .first
        case .other: return nil
        }
    }
}
