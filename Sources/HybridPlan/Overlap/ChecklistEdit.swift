public import HybridBase
internal import HybridMerging

/// Ticks the boxes of a plan's own conflict analysis, in place.
public enum ChecklistEdit {
    /// The text with the four boxes below "Conflict Analysis" set; every other byte stays.
    ///
    /// Throws when the document has no such checklist.
    public static func ticked(_ bytes: [UInt8], report: CheckReport, file: String) throws(HybridError)
        -> [UInt8]
    {
        let boxes = boxes(in: bytes)
        guard !boxes.isEmpty else {
            throw HybridError(
                .planInvalid, file, "it has no \"Conflict Analysis\" checklist to tick",
                next: "see the template: hybrid plan new")
        }
        var out = bytes
        for (place, id) in boxes {
            guard let item = report.checklist.first(where: { $0.id == id }) else { continue }
            let isSet = bytes[place] != 32
            if isSet != item.passed { out[place] = item.passed ? 120 : 32 }
        }
        return out
    }

    /// Whether a document has such a checklist.
    public static func isThere(in bytes: [UInt8]) -> Bool { !boxes(in: bytes).isEmpty }

    /// The places of the boxes' characters, each with the item that it answers.
    private static func boxes(in bytes: [UInt8]) -> [(place: Int, id: CheckReport.Item.ID)] {
        var found: [(place: Int, id: CheckReport.Item.ID)] = []
        var inside = false
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 10) ?? bytes.count
            let line = String(decoding: bytes[start..<end], as: UTF8.self).lowercased()
            let trimmed = MarkdownText.trimmed(line)
            if trimmed.hasPrefix("#") {
                inside = trimmed.contains("conflict analysis")
            } else if inside, let id = keys.first(where: { trimmed.contains($0.word) })?.id,
                let place = box(bytes, start, end)
            {
                found.append((place, id))
            }
            start = end + 1
        }
        return found
    }

    private static let keys = [
        (word: "overlap", id: CheckReport.Item.ID.noFileOverlaps), (word: "interface", id: .clearInterfaces),
        (word: "dependenc", id: .dependenciesDocumented),
        (word: "integration path", id: .integrationPathClear),
    ]

    /// Where the character between `[` and `]` of a task list item stands.
    private static func box(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Int? {
        guard let open = bytes[start..<end].firstIndex(of: 91), open + 2 < end, bytes[open + 2] == 93,
            [32, 88, 120].contains(bytes[open + 1])
        else { return nil }
        return open + 1
    }
}
