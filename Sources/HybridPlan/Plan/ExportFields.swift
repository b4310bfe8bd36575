internal import HybridBase

extension ExportList {
    /// The form that counts: what the plan says, or what the file's ending does.
    package var shape: Form {
        if let form { return form }
        switch Self.ending(of: file) {
        case "py", "pyi": return .python
        case "ts", "tsx", "mts", "js", "jsx", "mjs": return .typescript
        case "rs": return .rust
        case "h", "hh", "hpp", "hxx": return .cpp
        case "go": return .go
        default: return .list
        }
    }

    /// What a template can ask for.
    package static let fields = ["path", "name", "dir", "Type", "root", "folder", "import"]

    /// A template, whose fields are all known.
    ///
    /// A brace with anything but one word in it is a brace of the template's own language.
    package static func template(_ text: String, at place: PlanPlace) throws -> String {
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            rest = rest[rest.index(after: open)...]
            guard let close = rest.firstIndex(of: "}") else { break }
            let word = String(rest[..<close])
            let isWord =
                !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
            guard isWord, !fields.contains(word) else { continue }
            let near = nearest(word, in: fields).map { "did you mean {\($0)}? " } ?? ""
            throw place.error(
                "{\(shortened(word))} is no field of a template",
                next: near
                    + "the fields are: \(fields.map { "{\($0)}" }.joined(separator: ", ")); a brace of "
                    + "the file's own language has a space in it: { \(shortened(word)) }")
        }
        return text
    }

    /// A file's ending, in lower case; empty where it has none.
    package static func ending(of file: String) -> String {
        let name = file.pathName
        return name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
    }
}
