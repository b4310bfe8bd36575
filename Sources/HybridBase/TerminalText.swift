/// The longest text that `neutralise` gives, in Unicode scalars.
let shownTextLimit = 200

/// Makes text of unknown origin safe to show on one line of a terminal.
///
/// Escape sequences go (ECMA-48: control sequences, control strings, two-character escapes). Other control
/// characters, and all that nobody sees (Unicode's Default_Ignorable_Code_Point: bidirectional controls, zero-width and
/// tag characters, fillers; also the blank Braille pattern and annotations), are spelled out, as `\u{202E}`; not so what
/// joins emoji and gives them colour. A tab becomes four spaces, a line break one. What is longer than 200
/// scalars is cut and ends with `…`. Doing it twice changes nothing.
public func neutralise(_ text: String) -> String { neutralise(text, limit: shownTextLimit) }

/// The same for each line of a whole answer, whose lines may be longer.
package func neutraliseLines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map {
        $0.utf8.allSatisfy { $0 >= 32 && $0 < 127 } ? String($0) : neutralise(String($0), limit: 4000)
    }.joined(separator: "\n")
}

/// All of a text that somebody is to decide on: nothing is left out, and what cannot be seen is spelled.
///
/// Line feeds are `\n`, tabs `\t`, escapes and other controls `\u{1B}`. Linear in the text.
package func spelledOut(_ text: String) -> String {
    var shown: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x0A: shown.append(contentsOf: "\\n".unicodeScalars)
        case 0x09: shown.append(contentsOf: "\\t".unicodeScalars)
        case 0x20..<0x7F: shown.append(scalar)
        case 0..<0x20, 0x7F..<0xA1, 0x2028, 0x2029: spell(scalar, in: &shown)
        // Blanks of other widths look like none, or like many.
        case _ where scalar.properties.isWhitespace: spell(scalar, in: &shown)
        default: append(scalar, before: nil, to: &shown)
        }
    }
    var result = String.UnicodeScalarView()
    result.append(contentsOf: shown)
    return String(result)
}

package func neutralise(_ text: String, limit: Int) -> String {
    // An endless line is never read as a whole: what is shown comes from its first part.
    var scalars: [Unicode.Scalar] = []
    var index = text.unicodeScalars.startIndex
    while index < text.unicodeScalars.endIndex, scalars.count < 40 * limit {
        scalars.append(text.unicodeScalars[index])
        text.unicodeScalars.formIndex(after: &index)
    }
    var cut = index < text.unicodeScalars.endIndex
    var shown: [Unicode.Scalar] = []
    var at = 0
    while at < scalars.count {
        if shown.count > limit {
            cut = true
            break
        }
        let end = endOfEscape(scalars, at)
        if end > at {
            at = end
            continue
        }
        append(scalars[at], before: at + 1 < scalars.count ? scalars[at + 1] : nil, to: &shown)
        at += 1
    }
    if shown.count > limit || (cut && shown.count == limit) {
        shown.removeLast(shown.count - limit + 1)
        cut = true
    }
    if cut, shown.last != "\u{2026}" { shown.append("\u{2026}") }
    var result = String.UnicodeScalarView()
    result.append(contentsOf: shown)
    return String(result)
}

private func append(
    _ scalar: Unicode.Scalar, before next: Unicode.Scalar?, to shown: inout [Unicode.Scalar]
) {
    switch scalar.value {
    case 0x09: shown.append(contentsOf: Array(repeating: " ", count: 4))
    case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: shown.append(" ")
    case 0..<0x20, 0x7F..<0xA0: spell(scalar, in: &shown)  // C0, DEL, C1
    case 0x20..<0x7F: shown.append(scalar)
    // Two emoji become one, or one gets its colour: there is something to see.
    case 0x200D where isEmoji(next) && (isEmoji(shown.last) || shown.last == "\u{FE0F}"): shown.append(scalar)
    case 0xFE0E where isEmoji(shown.last), 0xFE0F where isEmoji(shown.last) || next == "\u{20E3}":
        shown.append(scalar)
    case 0x2800, 0xFFF9...0xFFFB, 0xE0000...0xE0FFF: spell(scalar, in: &shown)
    default:
        scalar.properties.isDefaultIgnorableCodePoint ? spell(scalar, in: &shown) : shown.append(scalar)
    }
}

private func isEmoji(_ scalar: Unicode.Scalar?) -> Bool {
    scalar.map { $0.value > 0x7F && ($0.properties.isEmoji || $0.properties.isEmojiModifier) } ?? false
}

private func spell(_ scalar: Unicode.Scalar, in shown: inout [Unicode.Scalar]) {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    shown.append(contentsOf: "\\u{\(digits.count < 2 ? "0" : "")\(digits)}".unicodeScalars)
}

/// Where the escape sequence that begins at `start` ends; `start` itself when none begins there.
private func endOfEscape(_ scalars: [Unicode.Scalar], _ start: Int) -> Int {
    var at = start + 1
    var introducer = scalars[start].value
    if introducer == 0x1B {
        guard at < scalars.count else { return at }
        // ESC and a letter of this range spells one C1 control.
        introducer = (0x40...0x5F).contains(scalars[at].value) ? scalars[at].value + 0x40 : 0x1B
        if introducer != 0x1B { at += 1 }
    }
    func skip(_ range: ClosedRange<UInt32>) {
        while at < scalars.count, range.contains(scalars[at].value) { at += 1 }
    }
    switch introducer {
    case 0x9B:
        skip(0x30...0x3F)
        skip(0x20...0x2F)
        return at < scalars.count && (0x40...0x7E).contains(scalars[at].value) ? at + 1 : at
    case 0x90, 0x98, 0x9D, 0x9E, 0x9F:
        let limit = min(scalars.count, at + 2048)
        for end in at..<max(at, limit) {
            switch scalars[end].value {
            case 0x07, 0x9C: return end + 1
            case 0x1B: return end + 1 < scalars.count && scalars[end + 1] == "\\" ? end + 2 : end
            default: continue
            }
        }
        // Without an end it hides nothing: what follows is shown as text.
        return at
    case 0x1B:
        skip(0x20...0x2F)
        return at < scalars.count && (0x30...0x7E).contains(scalars[at].value) ? at + 1 : at
    case 0x80...0x9F where scalars[start].value == 0x1B: return at
    default: return start
    }
}
