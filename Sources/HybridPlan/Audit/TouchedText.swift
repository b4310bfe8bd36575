public import HybridBase
internal import HybridMerging
internal import HybridSystem

extension Audit {
    /// Lines that a worker changed in a file.
    public struct Edit: Hashable, Sendable {
        /// Where, among the lines of the base from 0: every place that it could as well be said to lie in.
        public var places: [Range<Int>]
        /// The first changed line of the worker's version, from 0.
        public var newStart: Int
        /// The lines that went, safe for display.
        public var oldLines: [String]
        /// The lines that came, safe for display.
        public var newLines: [String]

        /// Makes an edit.
        public init(places: [Range<Int>], newStart: Int, oldLines: [String], newLines: [String]) {
            self.places = places
            self.newStart = newStart
            self.oldLines = oldLines
            self.newLines = newLines
        }

        /// Whether it lies wholly in some lines; what is put in directly before or behind them counts as theirs.
        package func lies(in lines: ClosedRange<Int>) -> Bool {
            places.contains { $0.lowerBound >= lines.lowerBound - 1 && $0.upperBound <= lines.upperBound }
        }
    }

    /// What is known of touched files, asked where it is needed.
    public struct Texts<Failure: Error> {
        /// The edits of a file; nil where it is no text.
        public var edits: (Touched) throws(Failure) -> [Edit]?
        /// The lines of a claimed section in the version that the worker began with, from 1, or why it has none.
        public var lines: (Claim) throws(Failure) -> Result<ClosedRange<Int>, HybridError>

        /// Makes them of two questions.
        public init(
            edits: @escaping (Touched) throws(Failure) -> [Edit]?,
            lines: @escaping (Claim) throws(Failure) -> Result<ClosedRange<Int>, HybridError>
        ) {
            self.edits = edits
            self.lines = lines
        }
    }

    /// The edits that made one text of another; nil where one of them is binary.
    public static func edits(from old: [UInt8], to new: [UInt8]) -> [Edit]? {
        // git's own test: a NUL among the first 8,000 bytes.
        if old.prefix(8000).contains(0) || new.prefix(8000).contains(0) { return nil }
        let comparison = TextComparison(from: old, to: new)
        func shown(_ lines: [[UInt8]]) -> [String] {
            lines.map { neutralise(String(decoding: $0, as: UTF8.self)) }
        }
        return comparison.edits.map { edit in
            Edit(
                places: comparison.places(of: edit), newStart: edit.new.lowerBound,
                oldLines: shown(comparison.oldLines(edit.old)), newLines: shown(comparison.newLines(edit.new))
            )
        }
    }
}
