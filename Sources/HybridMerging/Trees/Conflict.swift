public import HybridGit

/// A path where two sides do not merge cleanly.
public struct Conflict: Hashable, Sendable {
    /// The path.
    public var path: RepoPath
    /// What is wrong, each kind once.
    public var kinds: [ConflictKind]
    /// What each side has there.
    public var entries: ThreeWay<TreeEntry?>
    /// Where each version came from, where it was renamed; nil otherwise.
    public var origins: ThreeWay<RepoPath?>
    /// The places that differ, for texts.
    public var hunks: [Hunk]

    /// git's names for what is wrong, such as "CONFLICT (contents)".
    public var types: [String] { kinds.map(\.rawValue) }

    /// Lines of one side.
    public struct Span: Hashable, Sendable {
        /// The number of the first line, from 1.
        public var start: Int
        /// The lines, without their ends.
        public var lines: [String]
    }

    /// One place where both sides changed the same lines differently.
    public struct Hunk: Hashable, Sendable {
        /// The merge base's lines.
        public var base: Span
        /// Our lines.
        public var ours: Span
        /// Their lines.
        public var theirs: Span
    }
}

extension Conflict {
    /// The hunks of a text merge as a report shows them: line numbers from 1, lines without their ends.
    ///
    /// `files` are the three texts that were merged. Linear in their size.
    static func hunks(_ conflicts: [TextMerge.Hunk], in files: ThreeWay<[UInt8]>) -> [Hunk] {
        guard !conflicts.isEmpty else { return [] }
        let texts = LineTable(files).texts
        return conflicts.map { hunk in
            let spans = hunk.zip(texts) { Span($0, of: $1) }
            return Hunk(base: spans.base, ours: spans.ours, theirs: spans.theirs)
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
