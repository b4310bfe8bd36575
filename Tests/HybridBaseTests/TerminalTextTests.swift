import HybridBase
import Testing

@Suite struct TerminalTextTests {
    @Test(
        "shows no control and hides no character",
        arguments: [
            ("plain é 漢 👩‍👩", "plain é 漢 👩‍👩"), ("\u{1B}[31mred\u{1B}[0m", "red"), ("\u{1B}]0;title\u{07}x", "x"),
            ("\u{1B}]8;;http://e\u{1B}\\link", "link"), ("\u{9B}2Jx", "x"), ("a\rb", "a b"),
            ("a\nb\tc", "a b    c"),
            ("a\u{202E}b", "a\\u{202E}b"), ("a\u{200B}b", "a\\u{200B}b"), ("\u{7F}\u{00}", "\\u{7F}\\u{00}"),
            ("\u{1B}", ""), ("\u{1B}]never ended", "never ended"), ("\u{1B}(Bx", "x"),
            ("\u{E0041}", "\\u{E0041}"),
        ])
    func neutral(_ text: String, _ shown: String) {
        #expect(neutralise(text) == shown)
        #expect(neutralise(neutralise(text)) == shown)
    }

    @Test("cuts what is long, and at once")
    func long() {
        let shown = neutralise(String(repeating: "x", count: 5_000_000))
        #expect(shown.unicodeScalars.count == 200 && shown.hasSuffix("…"))
        #expect(neutralise(String(repeating: "x", count: 200)).hasSuffix("x"))
        #expect(neutralise(shown) == shown)
    }
}
