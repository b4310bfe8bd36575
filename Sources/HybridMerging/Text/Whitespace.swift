/// Which differences between lines count for nothing: git's `-X ignore-…`.
///
/// Source: git-merge(1), "MERGE STRATEGIES"; git's `xdl_recmatch`. What git takes for whitespace is a space, a tab, a line
/// feed and a carriage return.
public enum Whitespace: Hashable, Sendable, CaseIterable, Comparable {
    /// Every difference counts.
    case counts
    /// A carriage return at the end of a line does not count.
    case ignoreReturnAtEnd
    /// Whitespace at the end of a line does not count.
    case ignoreAtEnd
    /// Neither does how much whitespace there is elsewhere.
    case ignoreAmount
    /// No whitespace counts.
    case ignoreAll

    /// A line, its LF included, as it is compared: lines that come to the same are equal.
    func compared(_ line: ArraySlice<UInt8>) -> [UInt8] {
        switch self {
        case .counts: return Array(line)
        case .ignoreReturnAtEnd: return withoutReturn(line)
        case .ignoreAtEnd: return Array(withoutEnd(line))
        case .ignoreAll: return line.filter { !Self.isSpace($0) }
        case .ignoreAmount:
            var out: [UInt8] = []
            for byte in withoutEnd(line) {
                if !Self.isSpace(byte) { out.append(byte) } else if out.last != 32 { out.append(32) }
            }
            return out
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

    private func withoutEnd(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.prefix(line.lastIndex { !Self.isSpace($0) }.map { $0 - line.startIndex + 1 } ?? 0)
    }

    /// Nothing is taken away from a last line without a line feed.
    private func withoutReturn(_ line: ArraySlice<UInt8>) -> [UInt8] {
        guard line.last == LineEnding.lf else { return Array(line) }
        let text = line.dropLast()
        return Array(text.last == LineEnding.cr ? text.dropLast() : text)
    }
}
