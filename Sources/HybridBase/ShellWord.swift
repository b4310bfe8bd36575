/// Words of a command line that a person pastes into sh.
package enum ShellWord {
    /// A text as one word, in single quotes; nothing in it can act on a terminal or is lost on the way.
    ///
    /// What a terminal would not show as it is, such as control characters, is spelled by printf(1).
    package static func quoted(_ text: String) -> String {
        let shown = text.utf8.allSatisfy { $0 >= 32 && $0 < 127 } || neutralise(text) == text
        if shown { return "'" + text.replacing("'", with: "'\\''") + "'" }
        return "\"$(printf '" + text.utf8.map(spelled).joined() + "')\""
    }

    /// A text as one word, in quotes only where it needs them.
    package static func bare(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 43, 45, 46, 47, 58, 61, 64, 95: true
            default: false
            }
        }
        return plain && !word.isEmpty ? word : quoted(word)
    }

    /// One byte in the format of printf(1).
    private static func spelled(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: " "):
            String(UnicodeScalar(byte))
        default: "\\" + octal(byte)
        }
    }

    private static func octal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 8)
        return String(repeating: "0", count: 3 - digits.count) + digits
    }
}
