internal import HybridBase

extension PlanMarkdown {
    /// The fields that take several values; what stands below another one would be dropped.
    static let listKeys: Set<String> = [
        "verify", "verification", "setup", "set-up", "copy", "file", "files", "dependencies", "dependency",
        "depends on", "needs", "responsibilities", "responsibility",
    ]

    /// The fields whose value, or each of whose values, is one line to be taken as it stands; the others are words for people.
    static let lineKeys = listKeys.subtracting(["responsibilities", "responsibility"]).union(["command"])

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
