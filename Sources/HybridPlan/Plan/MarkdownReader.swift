internal import HybridBase
internal import HybridGit
internal import HybridMerging

/// Takes the lines of a plan apart into sections, fields and list items.
struct MarkdownReader {
    let source: PlanSource

    /// What stands below one heading, or below one job's title.
    struct Block {
        var section: PlanMarkdown.Section
        var title: String?
        var job: String?
        var line: Int
        var fields: [PlanMarkdown.Field] = []
        var items: [(text: String, line: Int)] = []

        /// Whether a line of prose that begins with this word and a colon can only be meant as a field.
        func expects(_ key: String) -> Bool {
            switch section {
            case .jobs: job != nil && PlanMarkdown.jobKeys[key] != nil
            case .orchestrator: PlanMarkdown.orchestratorKeys.contains(key)
            default: false
            }
        }
    }

    func read() throws -> [Block] {
        var blocks = [Block(section: .none, line: 1)]
        var fence: String?
        var skipping = false
        for (index, raw) in source.lines.enumerated() {
            let number = index + 1
            let line = String(raw.text)
            if raw.begins {
                fence = nil
                skipping = false
            }
            let trimmed = MarkdownText.trimmed(line)
            if trimmed.hasPrefix("```") || trimmed.hasPrefix("~~~") {
                let mark = String(trimmed.prefix(3))
                if fence == nil {
                    fence = mark
                    let info = trimmed.drop { $0 == "`" || $0 == "~" }.lowercased()
                    // The template is often pasted with the fence that it was shown in.
                    skipping = !(info.hasPrefix("markdown") || info.hasPrefix("md"))
                } else if fence == mark {
                    fence = nil
                    skipping = false
                }
                continue
            }
            if skipping || trimmed.isEmpty || trimmed.allSatisfy({ $0 == "-" || $0 == "*" || $0 == "_" }) {
                continue
            }
            if trimmed.hasPrefix("#") {
                blocks.append(heading(trimmed, number))
            } else {
                try take(line, trimmed, number, &blocks)
            }
        }
        return blocks
    }

    private func heading(_ line: String, _ number: Int) -> Block {
        let text = MarkdownText.trimmed(String(line.drop { $0 == "#" }))
        let lower = text.lowercased()
        if lower.hasPrefix("task:") {
            return Block(section: .task, title: MarkdownText.trimmed(String(text.dropFirst(5))), line: number)
        }
        if let job = Self.jobTitle(text) { return Block(section: .jobs, job: job, line: number) }
        let section: PlanMarkdown.Section =
            if lower.hasPrefix("components") {
                .components
            } else if lower.contains("conflict analysis") || lower.contains("checklist") {
                .checklist
            } else if lower.contains("orchestrator") {
                .orchestrator
            } else if lower.contains("jobs") || lower.contains("workers") {
                .jobs
            } else if lower.hasPrefix("verif") {
                .verification
            } else if lower.hasPrefix("export") {
                .exports
            } else if lower.hasPrefix("hot files") {
                .hot
            } else if lower.contains("execution plan") || lower.hasPrefix("settings") {
                .plan
            } else {
                .unknown(text)
            }
        return Block(section: section, line: number)
    }

    private func take(_ line: String, _ trimmed: String, _ number: Int, _ blocks: inout [Block]) throws {
        let last = blocks.count - 1
        let indent = line.prefix { $0 == " " || $0 == "\t" }.reduce(0) { $0 + ($1 == "\t" ? 4 : 1) }
        let (bullet, text) = MarkdownText.bullet(trimmed)
        if blocks[last].section == .jobs, let job = Self.jobTitle(text) {
            blocks.append(Block(section: .jobs, job: job, line: number))
            return
        }
        switch blocks[last].section {
        case .components, .checklist, .hot:
            if bullet { blocks[last].items.append((text, number)) }
            return
        default: break
        }
        if blocks[last].section == .jobs, bullet || indent == 0,
            text.hasPrefix("[") && text.contains("additional jobs")
        {
            return
        }
        let parent = blocks[last].fields.last
        let nested = bullet && parent.map { indent > $0.indent } == true
        let hasFields = blocks[last].section != .exports && nested
        if !hasFields, let (key, value) = MarkdownText.field(text),
            bullet || text.hasPrefix("**") || blocks[last].expects(key)
        {
            blocks[last].fields.append(
                PlanMarkdown.Field(key: key, value: value, line: number, indent: indent))
        } else if nested {
            let at = blocks[last].fields.count - 1
            blocks[last].fields[at].items.append((text, number))
        } else if bullet {
            blocks[last].items.append((text, number))
            if blocks[last].section == .orchestrator
                || (blocks[last].section == .jobs && blocks[last].job != nil)
            {
                throw source.place(number, "list item").error(
                    "\"\(shortened(text))\" is no field of the form \"Key: value\"",
                    next: "a file is written as \"- File: PATH\"")
            }
        }
    }

    /// The name in "**Job 1:** name" or "Job 1: name"; nil for other lines.
    static func jobTitle(_ text: String) -> String? {
        let bare = text.replacing("**", with: "", maxReplacements: 2)
        guard bare.lowercased().hasPrefix("job "), let colon = bare.firstIndex(of: ":") else { return nil }
        let number = bare[bare.index(bare.startIndex, offsetBy: 4)..<colon]
        guard !number.isEmpty, number.allSatisfy({ $0.isNumber || $0.isLetter }), number.count <= 6 else {
            return nil
        }
        return MarkdownText.trimmed(String(bare[bare.index(after: colon)...]))
    }
}

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

    private static func json(_ text: String) -> JSONSpan.Kind? {
        do throws(HybridError) {
            return try JSONSpan.read(Array(text.utf8), file: "").kind
        } catch {
            // A shell command that only looks like JSON, such as `[ -f a ]`.
            return nil
        }
    }
}
