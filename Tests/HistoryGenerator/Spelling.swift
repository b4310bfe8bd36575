/// How bytes are written in a history's text: bare where plain, else quoted; contents with runs of numbered lines.
enum Spelling {
    /// Bytes that need no quotes.
    static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "._/~+,:=-^".utf8.contains(byte)
        }
    }

    /// A path, a target or a name.
    static func word(_ bytes: [UInt8]) -> String {
        if bytes.isEmpty || !bytes.allSatisfy(isBare) { return quoted(bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A path; the root is a dot.
    static func path(_ path: Path) -> String { path == .root ? "." : word(path.bytes) }

    /// Bytes between quotes; all but printable ASCII is escaped.
    static func quoted(_ bytes: some Sequence<UInt8>) -> String {
        var text = "\""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"): text += "\\n"
            case UInt8(ascii: "\t"): text += "\\t"
            case UInt8(ascii: "\r"): text += "\\r"
            case UInt8(ascii: "\""): text += "\\\""
            case UInt8(ascii: "\\"): text += "\\\\"
            case 0x20...0x7e: text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let octal = String(byte, radix: 8)
                text += "\\" + String(repeating: "0", count: 3 - octal.count) + octal
            }
        }
        return text + "\""
    }

    /// A file's content: `a1..a9` for lines that count up, quoted text for the rest.
    static func content(_ bytes: [UInt8]) -> String {
        var words: [String] = []
        var rest: [UInt8] = []
        func flush() {
            if !rest.isEmpty { words.append(quoted(rest)) }
            rest = []
        }
        let lines = Lines(bytes).lines
        var index = 0
        while index < lines.count {
            var end = index
            if let first = counted(lines[index]) {
                var number = first.number
                while end + 1 < lines.count, let next = counted(lines[end + 1]), next.prefix == first.prefix,
                    next.number == number + 1
                {
                    number += 1
                    end += 1
                }
                if end - index >= 2 {
                    flush()
                    words.append("\(first.prefix)\(first.number)..\(first.prefix)\(number)")
                    index = end + 1
                    continue
                }
            }
            rest += lines[index]
            index += 1
        }
        flush()
        return words.isEmpty ? "\"\"" : words.joined(separator: " ")
    }

    /// A line that is letters and a number, whole.
    private static func counted(_ line: [UInt8]) -> (prefix: String, number: Int)? {
        guard line.last == UInt8(ascii: "\n"), line.count < 20 else { return nil }
        return numbered(line.dropLast())
    }

    /// Letters and then a number without leading zeros.
    private static func numbered(_ bytes: ArraySlice<UInt8>) -> (prefix: String, number: Int)? {
        let letters = bytes.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        let digits = bytes.dropFirst(letters.count)
        let text = String(decoding: digits, as: UTF8.self)
        guard !letters.isEmpty, let number = Int(text), String(number) == text, number >= 0 else {
            return nil
        }
        return (String(decoding: letters, as: UTF8.self), number)
    }

    /// The lines of a bare `a1..a9`; nil when it is something else.
    static func run(_ word: [UInt8]) -> [UInt8]? {
        guard let dots = word.indices.dropLast().first(where: { word[$0...].starts(with: "..".utf8) }),
            let first = numbered(word[..<dots]), let last = numbered(word[(dots + 2)...]),
            first.prefix == last.prefix, first.number <= last.number, last.number - first.number < 1_000_000
        else { return nil }
        return (first.number...last.number).flatMap { Array("\(first.prefix)\($0)\n".utf8) }
    }
}

/// A content as lines, each with its line feed where it has one.
package struct Lines: Hashable, Sendable {
    /// The lines.
    package var lines: [[UInt8]]

    /// Splits a content.
    package init(_ bytes: [UInt8]) {
        lines = []
        var start = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            lines.append(Array(bytes[start...index]))
            start = index + 1
        }
        if start < bytes.count { lines.append(Array(bytes[start...])) }
    }

    /// The content again.
    package var bytes: [UInt8] { Array(lines.joined()) }
}
