/// Ticks the boxes of a plan's own conflict analysis, in place.
public enum ChecklistEdit {
    /// The text with the four boxes below "Conflict Analysis" set; every other byte stays.
    ///
    /// Throws when the document has no such checklist.
    public static func ticked(_ bytes: [UInt8], report: CheckReport, file: String) throws(HybridError)
        -> [UInt8]
    {
        var out = bytes
        var inside = false
        var ticked = 0
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 10) ?? bytes.count
            let line = String(decoding: bytes[start..<end], as: UTF8.self).lowercased()
            let trimmed = MarkdownText.trimmed(line)
            if trimmed.hasPrefix("#") {
                inside = trimmed.contains("conflict analysis")
            } else if inside, let item = report.checklist.first(where: { trimmed.contains(key($0.id)) }),
                let box = box(bytes, start, end)
            {
                let isSet = bytes[box] != 32
                if isSet != item.passed { out[box] = item.passed ? 120 : 32 }
                ticked += 1
            }
            start = end + 1
        }
        guard ticked > 0 else {
            throw HybridError(
                file, "it has no \"Conflict Analysis\" checklist to tick",
                next: "see the template: hybrid plan new")
        }
        return out
    }

    private static func key(_ id: String) -> String {
        switch id {
        case "no_file_overlaps": "overlap"
        case "clear_interfaces": "interface"
        case "dependencies_documented": "dependenc"
        default: "integration path"
        }
    }

    /// Where the character between `[` and `]` of a task list item stands.
    private static func box(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Int? {
        guard let open = bytes[start..<end].firstIndex(of: 91), open + 2 < end, bytes[open + 2] == 93,
            [32, 88, 120].contains(bytes[open + 1])
        else { return nil }
        return open + 1
    }
}
