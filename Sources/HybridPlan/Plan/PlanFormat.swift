internal import HybridBase

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
    public static let largestFile = 16 << 20
    /// The longest line that is read, in bytes.
    package static let longestLine = 64 << 10

    /// Reads a plan.
    ///
    /// `exists` says whether a path stands literally at the base.
    ///
    /// Throws `HybridError` naming file, line and field.
    public static func parse(
        _ text: String, format: PlanFormat, file: String, exists: (String) throws -> Bool
    ) throws -> Plan {
        if format == .markdown { return try parse(markdown: [(file, text)], exists: exists) }
        let text = try measured(text, format, file)
        return try withoutActuallyEscaping(exists) { exists in
            let draft = PlanDraft(exists: exists)
            switch format {
            case .markdown, .yaml:
                return try PlanNodes(file: file, draft: draft).parse(try PlanNode.yaml(text, file: file))
            case .json:
                return try PlanNodes(file: file, draft: draft).parse(try PlanNode.json(text, file: file))
            }
        }
    }
    /// Reads the plan that a run keeps, as JSON; of branches that exist already nobody said what they may touch.
    package static func parse(recorded text: String, file: String, mayClaimNothing: Bool) throws -> Plan {
        let draft = PlanDraft(exists: { _ in true }, mayClaimNothing: mayClaimNothing)
        return try PlanNodes(file: file, draft: draft).parse(
            try PlanNode.json(measured(text, .json, file), file: file))
    }

    /// Reads a plan whose task analysis and execution plan may be documents of their own.
    ///
    /// `exists` says whether a path stands literally at the base.
    ///
    /// Throws `HybridError` naming file, line and field.
    public static func parse(
        markdown documents: [(file: String, text: String)], exists: (String) throws -> Bool
    ) throws -> Plan {
        let all = try documents.map { (file: $0.file, text: try measured($0.text, .markdown, $0.file)) }
        return try withoutActuallyEscaping(exists) { exists in
            try PlanMarkdown(source: PlanSource(all), draft: PlanDraft(exists: exists)).parse()
        }
    }

    /// The text without a byte order mark; throws where it is larger than any plan.
    private static func measured(_ text: String, _ format: PlanFormat, _ file: String) throws -> String {
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
                        .planInvalid, "\(file):\(number)", "the line is longer than \(longestLine >> 10) KiB",
                        next: "break it up")
                }
            }
        }
        guard text.utf8.count <= largestFile else {
            throw HybridError(
                .planInvalid, file, "it is larger than \(largestFile >> 20) MiB, which is no plan",
                next: "hybrid plan new")
        }
        return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }
}
