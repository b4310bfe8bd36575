internal import HybridGit

/// The two lines around an export list.
struct ExportStyle {
    var begin: String
    var end: String

    /// The markers that a list names, or else comments of the file's language.
    ///
    /// Before there were comments for each language, such a file got "#": markers that stand there are taken.
    init(_ list: ExportList, in lines: [String]) {
        let (open, close) = Self.comment(of: list.file, list.shape)
        begin = list.begin.map(ExportWriter.trimmed) ?? open + "hybrid:begin" + close
        end = list.end.map(ExportWriter.trimmed) ?? open + "hybrid:end" + close
        let old = (begin: "# hybrid:begin", end: "# hybrid:end")
        guard list.begin == nil, list.end == nil,
            !lines.contains(where: { ExportWriter.trimmed($0) == begin }),
            lines.contains(where: { ExportWriter.trimmed($0) == old.begin })
        else { return }
        (begin, end) = old
    }

    private static func comment(of file: String, _ form: ExportList.Form) -> (open: String, close: String) {
        switch form {
        case .python: return ("# ", "")
        case .typescript, .rust, .cpp, .go: return ("// ", "")
        case .list: break
        }
        return comments[ending(of: file)] ?? ("# ", "")
    }

    static func ending(of file: String) -> String {
        let name = file.pathName
        return name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
    }

    private static let comments: [String: (open: String, close: String)] = {
        let kinds: [(String, String, String)] = [
            (
                "// ", "",
                "c cc cpp cxx m mm h hh hpp java kt kts swift cs fs scala dart php groovy gradle proto zig sol scss less "
                    + "jsonc js mjs cjs jsx ts mts cts tsx rs go"
            ),
            ("-- ", "", "sql lua hs elm adb ads vhd"), (";; ", "", "el clj cljs lisp scm rkt"),
            ("% ", "", "tex erl hrl"), ("/* ", " */", "css"), ("<!-- ", " -->", "html htm xml md svg vue"),
        ]
        var found: [String: (open: String, close: String)] = [:]
        for (open, close, endings) in kinds {
            for ending in endings.split(separator: " ") { found[String(ending)] = (open, close) }
        }
        return found
    }()
}

extension ExportList {
    /// The form that counts: what the plan says, or what the file's ending does.
    var shape: Form {
        if let form { return form }
        switch ExportStyle.ending(of: file) {
        case "py", "pyi": return .python
        case "ts", "tsx", "mts", "js", "jsx", "mjs": return .typescript
        case "rs": return .rust
        case "h", "hh", "hpp", "hxx": return .cpp
        case "go": return .go
        default: return .list
        }
    }

    /// What a template can ask for.
    static let fields = ["path", "name", "dir", "Type", "root", "folder", "import"]

    /// A template, whose fields are all known.
    ///
    /// A brace with anything but one word in it is a brace of the template's own language.
    static func template(_ text: String, at place: PlanPlace) throws -> String {
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
}
