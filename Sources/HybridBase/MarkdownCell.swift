/// Makes text of unknown origin safe to stand in one line of Markdown that is posted somewhere.
///
/// What has a meaning in Markdown is escaped. Where services read more than Markdown into a text, a zero-width space, as
/// an entity, keeps it from that: nobody is called (`@name`), nothing is linked, crossed out or closed (`#12`, `!12`,
/// `GH-12`, an address, and `Fixes ABC-12`, after the words that GitHub, GitLab and Jira close things for).
package func markdownCell(_ text: String) -> String {
    var out = ""
    var rest = text[...]
    while let sign = rest.first {
        if let (plain, end) = reference(in: rest, after: out) {
            out += plain + nothing
            rest = rest[end...]
            continue
        }
        out += escapes[sign] ?? (sign.isNewline ? " " : String(sign))
        rest.removeFirst()
    }
    return out
}

private let nothing = "&#8203;"

private let escapes: [Character: String] = [
    "\\": "\\\\", "|": "\\|", "<": "&lt;", "&": "&amp;", "`": "\\`", "*": "\\*", "_": "\\_", "[": "\\[",
    "~": "\\~",
]

/// What a service would read as naming something else begins here: the part that is kept, and where the rest begins.
private func reference(
    in text: Substring, after before: String
) -> (plain: String, end: Substring.Index)? {
    guard let sign = text.first else { return nil }
    let second = text.index(after: text.startIndex)
    func goesOn(with fits: (Character) -> Bool) -> Bool { second < text.endIndex && fits(text[second]) }
    switch sign {
    case "@" where goesOn { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }: return ("@", second)
    case "#" where goesOn { $0.isNumber }, "!" where goesOn { $0.isNumber }: return (String(sign), second)
    case ":" where text.hasPrefix("://"): return (":", second)
    case "-" where goesOn { $0.isNumber } && endsInKey(before): return ("-", second)
    case "." where before.lowercased().hasSuffix("www"): return (".", second)
    default: return nil
    }
}

/// Whether a text ends in what a number makes an issue's name: `GH`, or a project's after a word that closes things.
private func endsInKey(_ text: String) -> Bool {
    // A backslash there is one that escapes an underscore.
    let key = text.reversed().prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "\\") }
    let name = String(key.reversed().filter { $0 != "\\" })
    if name.uppercased() == "GH" { return true }
    guard name.first?.isUppercase == true, name.count > 1, name == name.uppercased() else { return false }
    let word = text.dropLast(key.count).reversed().drop { $0 == " " || $0 == ":" }.prefix { $0.isLetter }
    return closing.contains(String(word.reversed()).lowercased())
}

private let closing: Set<String> = [
    "close", "closes", "closed", "closing", "fix", "fixes", "fixed", "fixing", "resolve", "resolves",
    "resolved",
    "resolving", "implement", "implements", "implemented", "implementing",
]
