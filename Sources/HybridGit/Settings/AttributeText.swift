/// The lines of an attributes file, as git's `parse_attr_line` reads them (gitattributes(5)).
struct AttributeText {
    /// What a line says of an attribute.
    struct State {
        var name: String
        var value: AttributeValue
    }

    /// A pattern with what it sets, or a macro's name with what it stands for.
    struct Line {
        var pattern: ArraySlice<UInt8>
        var isMacro: Bool
        var states: [State]
    }

    private(set) var lines: [Line] = []

    /// git does not read longer lines, nor larger files.
    private static let (longest, largest) = (2048, 100 << 20)

    /// Reads a file's bytes; macros are defined in a top file only.
    ///
    /// The mark of UTF-8 at its begin is skipped where the file lies on a disk, and not in a tree, as with git.
    init(_ bytes: [UInt8], allowsMacros: Bool, skipsMark: Bool = false) {
        guard bytes.count < Self.largest else { return }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = skipsMark && bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
        // As for C, the text ends at a NUL.
        for line in text.prefix(while: { $0 != 0 }).split(separator: 10) where line.count < Self.longest {
            if let line = Self.read(line, allowsMacros) { lines.append(line) }
        }
    }

    private static func read(_ line: ArraySlice<UInt8>, _ allowsMacros: Bool) -> Line? {
        let line = line.drop(while: isBlank)
        guard line.first != UInt8(ascii: "#"), let (first, rest) = firstWord(line) else { return nil }
        let words = rest.split(whereSeparator: isBlank)
        let prefix = Array("[attr]".utf8)
        var pattern = first
        let isMacro = first.starts(with: prefix) && first.count > prefix.count
        if isMacro {
            pattern = first.dropFirst(prefix.count)
            guard allowsMacros, isName(pattern) else { return nil }
        } else if pattern.first == UInt8(ascii: "!") || pattern.last == RepoPath.separator {
            // Negative patterns are forbidden, and one for folders sets nothing on files.
            return nil
        }
        var states: [State] = []
        for word in words {
            guard let state = state(word) else { return nil }
            states.append(state)
        }
        return Line(pattern: pattern, isMacro: isMacro, states: states)
    }

    /// A line's first word, which may stand in quotes, and what follows; nil for an empty line.
    private static func firstWord(
        _ line: ArraySlice<UInt8>
    ) -> (word: ArraySlice<UInt8>, rest: ArraySlice<UInt8>)? {
        if line.isEmpty { return nil }
        if let quoted = QuotedPath(line) { return (quoted.text[...], quoted.rest) }
        let end = line.firstIndex(where: isBlank) ?? line.endIndex
        return (line[..<end], line[end...])
    }

    private static func state(_ word: ArraySlice<UInt8>) -> State? {
        let end = word.firstIndex(of: UInt8(ascii: "=")) ?? word.endIndex
        var name = word[..<end]
        var value = AttributeValue.set
        switch name.first {
        case UInt8(ascii: "-"): value = .unset
        case UInt8(ascii: "!"): value = .unspecified
        default:
            if end < word.endIndex {
                value = .value(String(decoding: word[word.index(after: end)...], as: UTF8.self))
            }
        }
        if value == .unset || value == .unspecified { name = name.dropFirst() }
        guard isName(name) else { return nil }
        return State(name: String(decoding: name, as: UTF8.self), value: value)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 || byte == 10 }

    private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, first != UInt8(ascii: "-") else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95: true
            default: false
            }
        }
    }
}
