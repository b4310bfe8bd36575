/// Names and paths that are text, read byte by byte, as git and a file system read them.
///
/// Swift's characters and its `==` are a reader's: `ü` in one code point or in two is the same text, a `/` with a
/// combining mark behind it is one letter and separates nothing, and so is a line feed behind a carriage return.
extension StringProtocol where SubSequence == Substring, UTF8View: BidirectionalCollection {
    /// Whether it is the same text byte for byte.
    package func hasBytes(of other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Whether its bytes begin with those of another text.
    package func beginsWithBytes(of start: some StringProtocol) -> Bool { utf8.starts(with: start.utf8) }

    /// Whether its bytes end with those of another text.
    package func endsWithBytes(of end: some StringProtocol) -> Bool {
        utf8.reversed().starts(with: end.utf8.reversed())
    }

    /// What stands behind a text that it begins with; nil where it begins otherwise.
    package func rest(behind start: some StringProtocol) -> Substring? {
        beginsWithBytes(of: start) ? self[utf8.index(startIndex, offsetBy: start.utf8.count)...] : nil
    }

    /// What stands before a text that it ends with; nil where it ends otherwise.
    package func rest(before end: some StringProtocol) -> Substring? {
        endsWithBytes(of: end) ? self[..<utf8.index(endIndex, offsetBy: -end.utf8.count)] : nil
    }

    /// The parts between one ASCII sign, empty ones left out as `split` leaves them.
    package func parts(
        at sign: Unicode.Scalar, most: Int = Int.max, omittingEmpty: Bool = true
    ) -> [Substring] {
        utf8.split(
            separator: UInt8(ascii: sign), maxSplits: most, omittingEmptySubsequences: omittingEmpty
        ).map { self[$0.startIndex..<$0.endIndex] }
    }

    /// A path's components.
    package var pathParts: [Substring] { parts(at: "/") }

    /// Where its last `/` stands; nil where it has none.
    package var lastSlash: Index? { utf8.lastIndex(of: UInt8(ascii: "/")) }

    /// A path's last component.
    package var pathName: Substring { lastSlash.map { self[utf8.index(after: $0)...] } ?? self[...] }

    /// The folder that a path lies in, `/` for one of the root's; nil where it has no `/`.
    package var pathFolder: Substring? {
        lastSlash.map { $0 == startIndex ? self[...$0] : self[..<$0] }
    }

    /// Whether a path is a folder or lies in it.
    package func lies(in folder: String) -> Bool {
        guard let rest = rest(behind: folder) else { return false }
        return rest.isEmpty || folder.endsWithBytes(of: "/") || rest.utf8.first == UInt8(ascii: "/")
    }

    /// The text without the final slashes of a folder's name.
    package var withoutFinalSlashes: String {
        var text = self[...]
        while text.utf8.count > 1, let shorter = text.rest(before: "/") { text = shorter }
        return String(text)
    }

    /// Orders by bytes.
    package func precedesInBytes(_ other: some StringProtocol) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }
}
