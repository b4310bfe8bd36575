internal import HybridPlan
internal import HybridRecords

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
        return comments[ExportList.ending(of: file)] ?? ("# ", "")
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
