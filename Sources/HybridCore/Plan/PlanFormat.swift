/// The forms that a plan is written in.
public enum PlanFormat: String, CaseIterable, Sendable {
    case markdown, yaml, json

    /// The form that a file's name says; Markdown where it says nothing.
    public static func of(path: String) -> PlanFormat {
        let lower = path.lowercased()
        if lower.hasSuffix(".json") { return .json }
        return lower.hasSuffix(".yaml") || lower.hasSuffix(".yml") ? .yaml : .markdown
    }
}

extension Plan {
    /// The largest plan that is read, in bytes.
    public static let largestFile = 4 << 20
    /// The longest line that is read, in bytes.
    static let longestLine = 64 << 10

    /// Reads a plan.
    ///
    /// `exists` says whether a path stands literally at the base.
    ///
    /// Throws `HybridError` naming file, line and field.
    public static func parse(
        _ text: String, format: PlanFormat, file: String, exists: (String) throws -> Bool
    ) throws -> Plan {
        guard text.utf8.count <= largestFile else {
            throw HybridError(
                file, "it is larger than \(largestFile >> 20) MiB, which is no plan", next: "hybrid plan new")
        }
        // Runs found in the ledger hold long but single-line JSON: only documents that people write are capped.
        if format != .json {
            var number = 1
            var length = 0
            for byte in text.utf8 {
                length += 1
                if byte == 10 {
                    number += 1
                    length = 0
                }
                guard length <= longestLine else {
                    throw HybridError(
                        "\(file):\(number)", "the line is longer than \(longestLine >> 10) KiB",
                        next: "break it up")
                }
            }
        }
        return try withoutActuallyEscaping(exists) { exists in
            let draft = PlanDraft(exists: exists)
            switch format {
            case .markdown: return try PlanMarkdown(file: file, draft: draft).parse(text)
            case .yaml, .json: return try PlanNodes(file: file, draft: draft).parse(text)
            }
        }
    }
}
