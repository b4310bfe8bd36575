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

        /// Takes a line further in as the next one of a text for agents; false where the last field is none.
        mutating func goesOn(_ line: String) -> Bool {
            guard let field = fields.last, PlanMarkdown.proseKeys.contains(field.key) else { return false }
            let at = fields.count - 1
            if let item = field.items.last {
                fields[at].items[field.items.count - 1].text = item.text + "\n  " + line
            } else {
                fields[at].value = field.value.isEmpty ? line : field.value + "\n" + line
            }
            return true
        }

        /// What stands in a line that is to be done, claimed or brought, and the name of its field.
        func value(inLine line: Int) -> (key: String, text: String)? {
            if let item = items.last, item.line == line {
                switch section {
                case .verification: return ("verification", item.text)
                case .setup: return ("setup", item.text)
                case .copy: return ("copy", item.text)
                case .hot: return ("hot files", item.text)
                default: return nil
                }
            }
            guard let field = fields.last, PlanMarkdown.lineKeys.contains(field.key) else { return nil }
            let last = field.items.last ?? (field.value, field.line)
            return last.line == line ? (field.key, last.text) : nil
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
            } else if lower.hasPrefix("setup") || lower.hasPrefix("set-up") {
                .setup
            } else if lower.hasPrefix("copy") {
                .copy
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
        case .components, .checklist, .hot, .copy:
            if bullet {
                blocks[last].items.append((text, number))
            } else {
                try refuseContinuation(of: blocks[last], trimmed, indent, number)
            }
            return
        default: break
        }
        if blocks[last].section == .jobs, bullet || indent == 0,
            text.hasPrefix("[") && text.contains("additional jobs")
        {
            return
        }
        let parent = blocks[last].fields.last
        // Below a line that is no list item, a list needs not stand further in (CommonMark): it is that field's.
        let isPlainItem = MarkdownText.field(text) == nil
        let nested =
            bullet
            && parent.map { indent > $0.indent || isPlainItem && $0.takesList && indent == $0.indent } == true
        let hasFields = blocks[last].section != .exports && nested
        if !hasFields, let (key, value) = MarkdownText.field(text),
            bullet || text.hasPrefix("**") || blocks[last].expects(key)
        {
            blocks[last].fields.append(
                PlanMarkdown.Field(
                    key: key, value: value, line: number, indent: indent, isBullet: bullet))
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
        } else if indent == 0 || !blocks[last].goesOn(trimmed) {
            try refuseContinuation(of: blocks[last], trimmed, indent, number)
        }
    }

    /// Throws where a line goes on with the one above it and that is no prose: what it says would be dropped.
    ///
    /// A line further in belongs to the item above it (CommonMark, paragraph continuation text); one at the left does
    /// where the item's code has not ended.
    private func refuseContinuation(of block: Block, _ text: String, _ indent: Int, _ number: Int) throws {
        guard let (key, value) = block.value(inLine: number - 1),
            indent > 0 || MarkdownText.leavesCodeOpen(value)
        else { return }
        throw source.place(number, key).error(
            "\"\(shortened(text))\" goes on with the line above it, and a value has one line only",
            next: "write it all in one line, or what takes many lines into a script that the line calls")
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
