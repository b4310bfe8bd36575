internal import HybridGit

/// The Markdown documents of one plan as a single run of lines, each of which still knows its file.
struct PlanSource {
    private struct Part {
        var file: String
        /// The number of its first line in the run, from 1.
        var first: Int
    }

    private var parts: [Part] = []
    /// All lines; `begins` where a document does, so that nothing of the one before stays open.
    private(set) var lines: [(text: Substring, begins: Bool)] = []

    init(_ documents: [(file: String, text: String)]) {
        for document in documents {
            parts.append(Part(file: document.file, first: lines.count + 1))
            // CR LF is one character to Swift, which a split at LF would not find.
            let split = document.text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
            lines += split.enumerated().map { ($0.element, $0.offset == 0) }
        }
    }

    /// The names of all documents.
    var file: String { parts.map(\.file).joined(separator: " ") }

    /// Where a line of the run stands, for errors about `field`.
    func place(_ line: Int, _ field: String) -> PlanPlace {
        let part = parts.last { $0.first <= line } ?? Part(file: file, first: 1)
        return PlanPlace(file: part.file, line: line - part.first + 1, field: field)
    }
}
