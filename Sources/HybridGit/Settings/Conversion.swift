#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What a checkout makes of a file's content: line endings and `$Id$`.
///
/// Source: git's convert.c.
struct Conversion: Hashable {
    /// How lines end.
    enum Endings: Hashable {
        case kept
        /// Each LF becomes CRLF.
        case crlf
        /// The same, where the file is text without any CR.
        case crlfIfText
    }

    var endings = Endings.kept
    var expandsIdent = false
    /// What only git itself could do.
    var filter = FilterUse.none

    /// Files that are written as they are stored.
    static let none = Conversion()

    /// The content as it is written; nil where that is what is stored.
    func apply(to bytes: UnsafeRawBufferPointer, id: ObjectID) -> [UInt8]? {
        let expanded = expandsIdent ? Self.expandingIdent(bytes, id) : nil
        let ended = expanded?.withUnsafeBytes { ending($0) } ?? ending(bytes)
        return ended ?? expanded
    }

    // MARK: Line endings

    private static let (lf, cr) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))

    private func ending(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        guard endings != .kept, !bytes.isEmpty else { return nil }
        let found = Statistics(bytes)
        if found.lone == 0 { return nil }
        if endings == .crlfIfText, found.returns > 0 || found.isBinary { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + found.lone)
        var last: UInt8 = 0
        for byte in bytes {
            if byte == Self.lf && last != Self.cr { result.append(Self.cr) }
            result.append(byte)
            last = byte
        }
        return result
    }

    /// The text with each CRLF as LF; nil where there is none.
    static func withoutReturns(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        var result: [UInt8] = []
        var isChanged = false
        for at in bytes.indices {
            if bytes[at] == cr, at + 1 < bytes.count, bytes[at + 1] == lf {
                if !isChanged {
                    result.reserveCapacity(bytes.count)
                    result += bytes[..<at]
                    isChanged = true
                }
                continue
            }
            if isChanged { result.append(bytes[at]) }
        }
        return isChanged ? result : nil
    }

    /// Whether git takes the content for no text.
    static func isBinary(_ bytes: UnsafeRawBufferPointer) -> Bool { Statistics(bytes).isBinary }

    private struct Statistics {
        /// Line feeds without a return before them.
        var lone = 0
        /// Returns of any kind.
        var returns = 0
        var isBinary = false

        init(_ bytes: UnsafeRawBufferPointer) {
            var (printable, others, zeros, loneReturns) = (0, 0, 0, 0)
            var at = 0
            while at < bytes.count {
                switch bytes[at] {
                case Conversion.cr:
                    returns += 1
                    if at + 1 < bytes.count, bytes[at + 1] == Conversion.lf {
                        at += 1
                    } else {
                        loneReturns += 1
                    }
                case Conversion.lf: lone += 1
                case 0:
                    zeros += 1
                    others += 1
                // Backspace, tab, escape, form feed.
                case 8, 9, 27, 12: printable += 1
                case 127, 0..<32: others += 1
                default: printable += 1
                }
                at += 1
            }
            // DOS's end of file.
            if bytes.last == 26 { others -= 1 }
            isBinary = loneReturns > 0 || zeros > 0 || printable >> 7 < others
        }
    }

    // MARK: $Id$

    private static func expandingIdent(_ bytes: UnsafeRawBufferPointer, _ id: ObjectID) -> [UInt8]? {
        let (dollar, word) = (UInt8(ascii: "$"), Array("Id".utf8))
        var result: [UInt8] = []
        var rest = bytes[...]
        var isChanged = false
        while let start = rest.firstIndex(of: dollar) {
            result += rest[...start]
            rest = rest[(start + 1)...]
            guard rest.count >= 3, rest.starts(with: word) else { continue }
            let third = rest.startIndex + 2
            if rest[third] == dollar {
                rest = rest[(third + 1)...]
            } else if rest[third] == UInt8(ascii: ":") {
                guard let end = rest[(third + 1)...].firstIndex(of: dollar) else { break }
                let inside = rest[(third + 1)..<end]
                // Another line, or a blank within: what another system left stays.
                if inside.contains(lf) { continue }
                if let blank = inside.dropFirst().firstIndex(of: 32), blank < end - 1 { continue }
                rest = rest[(end + 1)...]
            } else {
                continue
            }
            result += "Id: \(id) $".utf8
            isChanged = true
        }
        if !isChanged { return nil }
        return result + rest
    }
}
