internal import HybridBase

/// Small parts of Markdown text.
package enum MarkdownText {
    package static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while let c = text.first, c.isWhitespace { text.removeFirst() }
        while let c = text.last, c.isWhitespace { text.removeLast() }
        return String(text)
    }

    /// Takes a list mark away: `-`, `*`, `+`, `1.`, `1)`.
    static func bullet(_ text: String) -> (Bool, String) {
        if let first = text.first, "-*+".contains(first), text.dropFirst().first?.isWhitespace == true {
            return (true, trimmed(String(text.dropFirst())))
        }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let rest = text[digits.endIndex...]
        if !digits.isEmpty, digits.count < 5, let mark = rest.first, ".)".contains(mark),
            rest.dropFirst().first?.isWhitespace == true
        {
            return (true, trimmed(String(rest.dropFirst())))
        }
        return (false, text)
    }

    /// "Key: value", the key lowercased and without its emphasis.
    package static func field(_ text: String) -> (String, String)? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let key = trimmed(text[..<colon].filter { $0 != "*" && $0 != "_" })
        guard !key.isEmpty, key.count <= 60, !key.contains("`"), !key.contains("/") else { return nil }
        var value = text[text.index(after: colon)...]
        while value.hasPrefix("*") { value.removeFirst() }
        return (key.lowercased(), trimmed(String(value)))
    }

    /// What stands between a run of backticks that opens and closes the text; nil where none does.
    static func unquoted(_ text: String) -> String? {
        let run = text.prefix { $0 == "`" }.count
        guard run > 0, text.count > 2 * run, text.suffix(run).allSatisfy({ $0 == "`" }) else { return nil }
        let inner = String(text.dropFirst(run).dropLast(run))
        guard !inner.contains(String(repeating: "`", count: run)) || run > 1 else { return nil }
        // A space on both sides lets the inner text begin or end with a backtick (CommonMark, code spans).
        if inner.hasPrefix(" "), inner.hasSuffix(" "), inner.contains(where: { $0 != " " }) {
            return String(inner.dropFirst().dropLast())
        }
        return inner
    }

    /// Whether the run of backticks with which a text begins has none of its length behind it.
    static func leavesCodeOpen(_ text: String) -> Bool {
        let fence = text.prefix { $0 == "`" }
        return !fence.isEmpty && !text.dropFirst(fence.count).contains(fence)
    }

    /// Code spans that hold `text`, whatever it is.
    package static func quoted(_ text: String) -> String {
        var longest = 0
        var run = 0
        for c in text {
            run = c == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let pad =
            text.hasPrefix("`") || text.hasSuffix("`") || text.hasPrefix(" ") && text.hasSuffix(" ")
            ? " " : ""
        return fence + pad + text + pad + fence
    }

    /// Splits at commas outside code spans.
    package static func split(_ text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var quoted = false
        for c in text {
            if c == "`" { quoted.toggle() }
            if c == ",", !quoted {
                parts.append(part)
                part = ""
            } else {
                part.append(c)
            }
        }
        parts.append(part)
        return parts.map(trimmed).filter { !$0.isEmpty }
    }

    /// The words of `["a", "b"]`; nil for anything else.
    package static func words(_ text: String) -> [String]? {
        guard text.hasPrefix("["), case .array(let items)? = json(text), !items.isEmpty else { return nil }
        let words = items.compactMap(\.text)
        return words.count == items.count ? words : nil
    }

    /// The text of `{"shell": "..."}`, which holds what one line cannot; nil for anything else.
    package static func shell(_ text: String) -> String? {
        guard text.hasPrefix("{"), case .object(let pairs)? = json(text), pairs.count == 1 else { return nil }
        return pairs[0].key == "shell" ? pairs[0].value.text : nil
    }

    /// The text of a JSON string, which holds what one line cannot; nil for anything else.
    static func string(_ text: String) -> String? {
        guard text.hasPrefix("\""), case .string(let inner)? = json(text) else { return nil }
        return inner
    }

    private static func json(_ text: String) -> JSONSpan.Kind? {
        do throws(HybridError) {
            return try JSONSpan.read(Array(text.utf8), file: "").kind
        } catch {
            // A shell command that only looks like JSON, such as `[ -f a ]`.
            return nil
        }
    }
}
