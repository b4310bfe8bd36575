public import HybridGit

/// A path where two sides do not merge cleanly.
public struct Conflict: Hashable, Sendable {
    /// The path.
    public var path: RepoPath
    /// git's names for what is wrong, such as "CONFLICT (contents)".
    public var types: [String]
    /// What each side has there.
    public var entries: ThreeWay<TreeEntry?>
    /// The places that differ, for texts.
    public var hunks: [Hunk]

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

/// Reads hunks from a text merged with markers that cannot occur in it.
enum HunkReader {
    /// Long enough that no text line looks like one.
    static let markerSize = 61

    static func hunks(in merged: [UInt8], base: [UInt8], ours: [UInt8], theirs: [UInt8]) -> [Conflict.Hunk] {
        let opens = [UInt8](repeating: 60, count: markerSize)
        let bars = [UInt8](repeating: 124, count: markerSize)
        let middles = [UInt8](repeating: 61, count: markerSize)
        let closes = [UInt8](repeating: 62, count: markerSize)
        var found: [(base: [String], ours: [String], theirs: [String])] = []
        var side = 0
        var current: (base: [String], ours: [String], theirs: [String]) = ([], [], [])
        for line in lines(merged) {
            if line.starts(with: opens) {
                side = 1
                current = ([], [], [])
            } else if side == 1, line.starts(with: bars) {
                side = 2
            } else if side > 0, line.starts(with: middles) {
                side = 3
            } else if side == 3, line.starts(with: closes) {
                found.append(current)
                side = 0
            } else {
                let text = String(decoding: line, as: UTF8.self)
                switch side {
                case 1: current.ours.append(text)
                case 2: current.base.append(text)
                case 3: current.theirs.append(text)
                default: break
                }
            }
        }
        let files = (lines(base), lines(ours), lines(theirs))
        var from = (0, 0, 0)
        return found.map { hunk in
            Conflict.Hunk(
                base: locate(hunk.base, in: files.0, from: &from.0),
                ours: locate(hunk.ours, in: files.1, from: &from.1),
                theirs: locate(hunk.theirs, in: files.2, from: &from.2))
        }
    }

    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { $0.last == 13 ? $0.dropLast() : $0 }
    }

    /// Hunks come in the order of the file, so each lies behind the one before.
    private static func locate(
        _ hunk: [String], in file: [ArraySlice<UInt8>], from: inout Int
    ) -> Conflict.Span {
        let wanted = hunk.map { Array($0.utf8) }
        guard !wanted.isEmpty else { return Conflict.Span(start: from + 1, lines: []) }
        var at = from
        while at + wanted.count <= file.count {
            if (0..<wanted.count).allSatisfy({ file[at + $0].elementsEqual(wanted[$0]) }) {
                from = at + wanted.count
                return Conflict.Span(start: at + 1, lines: hunk)
            }
            at += 1
        }
        return Conflict.Span(start: from + 1, lines: hunk)
    }
}
