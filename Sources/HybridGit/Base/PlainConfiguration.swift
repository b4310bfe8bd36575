/// A configuration file of the form that nearly all have: sections, and a line for each setting.
///
/// What is written in any other way is for libgit2 to read, which knows all of git's rules. Source: git-config(1), "Syntax".
struct PlainConfiguration {
    /// One setting.
    struct Line {
        /// In lower case.
        var section: String
        /// What stands in quotes behind the section.
        var subsection: String?
        /// In lower case.
        var key: String
        /// Nil for a name without `=`.
        var value: [UInt8]?
    }

    private(set) var lines: [Line] = []

    /// Nil where libgit2 has to read the file: for includes, values of several lines, and whatever may be a mistake.
    init?(_ bytes: [UInt8]) {
        var section: (name: String, sub: String?)?
        for line in bytes.split(separator: 10) {
            let line = line.drop(while: Self.isBlank)
            guard let first = line.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else {
                continue
            }
            guard line.allSatisfy({ $0 == 9 || $0 >= 32 }) else { return nil }
            if first == UInt8(ascii: "[") {
                guard let read = Self.section(line), !read.name.hasPrefix("include") else { return nil }
                section = read
            } else {
                guard let section, let (key, value) = Self.setting(line) else { return nil }
                lines.append(Line(section: section.name, subsection: section.sub, key: key, value: value))
            }
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45: true
        default: false
        }
    }

    private static func lowered(_ name: ArraySlice<UInt8>) -> String {
        String(decoding: name.map { 65...90 ~= $0 ? $0 | 32 : $0 }, as: UTF8.self)
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }

    /// Reads `[name]` or `[name "subsection"]`, with nothing behind it.
    private static func section(_ line: ArraySlice<UInt8>) -> (name: String, sub: String?)? {
        let line = trimmed(line)
        guard line.last == UInt8(ascii: "]") else { return nil }
        let inner = line.dropFirst().dropLast()
        let name = inner.prefix(while: isName)
        guard !name.isEmpty else { return nil }
        let rest = inner[name.endIndex...]
        if rest.isEmpty { return (lowered(name), nil) }
        let mark = UInt8(ascii: "\"")
        let quoted = rest.drop { $0 == 32 }
        guard quoted.count < rest.count, quoted.count >= 2, quoted.first == mark, quoted.last == mark else {
            return nil
        }
        let text = quoted.dropFirst().dropLast()
        if text.contains(mark) || text.contains(UInt8(ascii: "\\")) { return nil }
        return (lowered(name), String(decoding: text, as: UTF8.self))
    }

    /// Reads `key = value`, or a key alone.
    private static func setting(_ line: ArraySlice<UInt8>) -> (key: String, value: [UInt8]?)? {
        let key = line.prefix(while: isName)
        guard let first = key.first, first | 32 >= UInt8(ascii: "a") else { return nil }
        let rest = trimmed(line[key.endIndex...])
        if rest.isEmpty { return (lowered(key), nil) }
        guard rest.first == UInt8(ascii: "=") else { return nil }
        return value(trimmed(rest.dropFirst())).map { (lowered(key), $0) }
    }

    /// A value without its quotes, escapes and comment; nil where it goes on in the next line, has a tab that is not in
    /// quotes, or may be a mistake.
    private static func value(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var value: [UInt8] = []
        // How much of it stays where blanks come last.
        var (kept, isQuoted) = (0, false)
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\\"):
                guard let next = rest.popFirst(), let meant = escaped(next) else { return nil }
                value.append(meant)
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "#") where !isQuoted, UInt8(ascii: ";") where !isQuoted:
                return Array(value[..<kept])
            case 9 where !isQuoted: return nil
            default: value.append(byte)
            }
            if isQuoted || byte != 32 { kept = value.count }
        }
        return isQuoted ? nil : Array(value[..<kept])
    }

    private static func escaped(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "t"): 9
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
        default: nil
        }
    }
}
