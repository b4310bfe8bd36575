internal import HybridMerging

/// The end of a claim that says which part of a file is meant.
package struct SectionText {
    package var path: String
    /// What stands behind the path, its sign included.
    package var part: String
    /// Nil where `part` is none.
    package var section: Claim.Section?

    package init(path: String, part: String, section: Claim.Section? = nil) {
        self.path = path
        self.part = part
        self.section = section
    }

    /// Splits `path#L10-L80` and `path::name`; nil for a claim without a section.
    package static func split(_ raw: String) -> SectionText? {
        // A look at the bytes first: most claims are no section, and plans hold many.
        guard raw.utf8.contains(where: { $0 == 35 || $0 == 58 }) else { return nil }
        if let sign = raw.firstRange(of: "::") {
            let names = raw[sign.upperBound...].split(separator: ".", omittingEmptySubsequences: false)
                .map(String.init)
            let isName = !names.contains { $0.isEmpty || $0.contains { $0.isWhitespace || $0 == "/" } }
            return SectionText(
                path: String(raw[..<sign.lowerBound]), part: String(raw[sign.lowerBound...]),
                section: isName ? .symbol(names) : nil)
        }
        // A name may hold # itself: only #L and a digit is a section.
        guard let sign = raw.lastIndex(of: "#"), let letter = raw[sign...].dropFirst().first,
            letter == "L" || letter == "l", raw[sign...].dropFirst(2).first?.isASCIIDigit == true
        else { return nil }
        let part = String(raw[sign...])
        return SectionText(path: String(raw[..<sign]), part: part, section: lines(part.dropFirst()))
    }

    private static func lines(_ text: Substring) -> Claim.Section? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        func number(_ end: Substring) -> Int? {
            let digits = end.first == "L" || end.first == "l" ? end.dropFirst() : end
            guard !digits.isEmpty, digits.count < 10, digits.allSatisfy(\.isASCIIDigit) else { return nil }
            return Int(digits)
        }
        guard ends.count <= 2, let first = number(ends[0]), let last = number(ends[ends.count - 1]),
            first > 0,
            first <= last
        else { return nil }
        return .lines(first...last)
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
