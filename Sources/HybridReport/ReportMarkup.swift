internal import HybridBase

/// HTML that is made of elements: text becomes markup in one place only, where it is escaped.
///
/// Names of elements and attributes are literals of the program; what comes from outside can be text or a value.
struct Markup {
    let html: String

    private init(html: String) { self.html = html }

    /// Text as a browser shows it; nothing in it is seen as an element, and nothing steers a terminal.
    init(_ text: String) { html = Self.escaped(neutraliseLines(text)) }

    /// Elements, one after the other.
    init(_ parts: [Markup]) { html = parts.map(\.html).joined(separator: "\n") }

    /// A style sheet, or a declaration, as the program has it.
    init(literal: StaticString) { html = "\(literal)" }

    /// An element and what it holds.
    static func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ content: Markup...
    ) -> Markup {
        element(name, attributes, holding: content)
    }

    /// An element and all that it holds.
    static func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], holding: [Markup]
    ) -> Markup {
        let words = attributes.map { " \($0)=\"\(escaped(neutraliseLines($1)))\"" }.joined()
        return Markup(html: "<\(name)\(words)>\(holding.map(\.html).joined())</\(name)>")
    }

    private static func escaped(_ text: String) -> String {
        text.map { signs[$0] ?? ($0.isNewline ? " " : String($0)) }.joined()
    }

    private static let signs: [Character: String] = [
        "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;",
    ]
}
