/// A path in quotes as git writes it, with C's escapes (git-config(1), core.quotePath).
struct QuotedPath {
    /// What stands in the quotes.
    private(set) var text: [UInt8] = []
    /// What follows them.
    private(set) var rest: ArraySlice<UInt8>

    /// Reads it at the begin of a line; nil where there is none, or it does not end.
    init?(_ line: ArraySlice<UInt8>) {
        guard line.first == UInt8(ascii: "\"") else { return nil }
        rest = line.dropFirst()
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"):
                guard let meant = Self.escaped(&rest) else { return nil }
                text.append(meant)
            default: text.append(byte)
            }
        }
        return nil
    }

    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        guard let byte = rest.popFirst() else { return nil }
        switch byte {
        case UInt8(ascii: "a"): return 7
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "v"): return 11
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): return byte
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            // Three octal digits.
            let more = rest.prefix(2)
            guard more.count == 2, more.allSatisfy({ 48...55 ~= $0 }) else { return nil }
            rest = rest.dropFirst(2)
            return more.reduce(byte - 48) { $0 << 3 | ($1 - 48) }
        default: return nil
        }
    }
}
