extension Conflict.Hunk {
    /// The hunks of a text merge as a report shows them: line numbers from 1, lines without their ends.
    ///
    /// `files` are the three texts that were merged. Linear in their size.
    static func list(_ conflicts: [TextMerge.Hunk], in files: ThreeWay<[UInt8]>) -> [Conflict.Hunk] {
        guard !conflicts.isEmpty else { return [] }
        let texts = LineTable(files).texts
        return conflicts.map { hunk in
            Conflict.Hunk(
                base: Conflict.Span(hunk.base, of: texts.base),
                ours: Conflict.Span(hunk.ours, of: texts.ours),
                theirs: Conflict.Span(hunk.theirs, of: texts.theirs))
        }
    }
}

extension Conflict.Span {
    fileprivate init(_ lines: Range<Int>, of text: LineText) {
        start = lines.lowerBound + 1
        self.lines = lines.map { line in
            var bytes = text.slice(line..<line + 1)
            if bytes.last == LineEnding.lf { bytes.removeLast() }
            if bytes.last == LineEnding.cr { bytes.removeLast() }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
