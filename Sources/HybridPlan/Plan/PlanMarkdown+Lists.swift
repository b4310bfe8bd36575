internal import HybridBase

extension PlanMarkdown {
    /// The fields that take several values; what stands below another one would be dropped.
    static let listKeys: Set<String> = [
        "verify", "verification", "setup", "set-up", "copy", "file", "files", "dependencies", "dependency",
        "depends on", "needs", "responsibilities", "responsibility", "task", "conventions",
    ]

    /// The fields whose value, or each of whose values, is one line to be taken as it stands; the others are words for people.
    static let lineKeys = listKeys.subtracting(["responsibilities", "responsibility"]).subtracting(proseKeys)
        .union(["command"])

    /// The fields that hold a text for agents, of as many lines as it takes.
    static let proseKeys: Set<String> = ["task", "conventions"]

    /// A text for people or agents: what stands behind the colon, and a list below it, a line each.
    ///
    /// A text that one line cannot hold is written as JSON writes it.
    func words(of field: Field, _ at: PlanPlace) throws -> String {
        try refuseEmpty(field)
        if field.items.isEmpty, let text = MarkdownText.string(field.value) {
            return try draft.text(text, at: at)
        }
        let lines = (field.value.isEmpty ? [] : [field.value]) + field.items.map { "- \($0.text)" }
        return try draft.text(lines.joined(separator: "\n"), at: at)
    }

    /// Throws where a list stands below a field that has one value.
    func refuseLists(_ fields: [Field]) throws {
        for field in fields where !Self.listKeys.contains(field.key) {
            guard let item = field.items.first else { continue }
            throw source.place(item.line, shortened(field.key)).error(
                "\"\(shortened(item.text))\" stands in a list below it, and it has one value only",
                next: "write the value behind the colon, and what is no field as a paragraph of its own")
        }
    }

    /// Throws where a field that names what is to be done or brought names nothing, such as above a block of code.
    func refuseEmpty(_ field: Field) throws {
        guard field.value.isEmpty, field.items.isEmpty else { return }
        throw source.place(field.line, shortened(field.key)).error(
            "nothing stands behind it",
            next: "write it behind the colon or as a list below (- `make test`), or take the line away")
    }
}

extension PlanMarkdown.Field {
    /// Whether a list right below it, no further in, can only be meant for it.
    var takesList: Bool { !isBullet && PlanMarkdown.listKeys.contains(key) }
}
