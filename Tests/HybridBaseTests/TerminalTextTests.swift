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
            ("a\u{AD}b", "a\\u{AD}b"), ("a\u{200D}b", "a\\u{200D}b"), ("\u{3164}", "\\u{3164}"),
            ("a\u{180E}b", "a\\u{180E}b"), ("\u{115F}\u{FFA0}\u{34F}", "\\u{115F}\\u{FFA0}\\u{34F}"),
            ("a\u{FE0F}b", "a\\u{FE0F}b"), ("a\u{2800}b", "a\\u{2800}b"), ("a\u{E0100}", "a\\u{E0100}"),
            ("\u{2764}\u{FE0F}", "\u{2764}\u{FE0F}"), ("👩\u{200D}", "👩\\u{200D}"),
            ("👩\u{200D}x", "👩\\u{200D}x"),
            ("👍🏽", "👍🏽"), ("🏳️‍🌈", "🏳️‍🌈"), ("1\u{FE0F}\u{20E3}", "1\u{FE0F}\u{20E3}"),
            ("می\u{200C}خواهم", "می\\u{200C}خواهم"),
        ])
    func neutral(_ text: String, _ shown: String) {
        #expect(neutralise(text) == shown)
        #expect(neutralise(neutralise(text)) == shown)
    }

    @Test("leaves nothing out of what is to be decided on")
    func spelled() {
        let long = String(repeating: " ", count: 5000)
        #expect(spelledOut("true #\(long); touch x") == "true #\(long); touch x")
        #expect(
            spelledOut("a\nb\tc\u{1B}]0;touch x\u{07}\u{200B}\u{3000}é")
                == "a\\nb\\tc\\u{1B}]0;touch x\\u{07}\\u{200B}\\u{3000}é")
    }

    @Test("cuts what is long, and at once")
    func long() {
        let shown = neutralise(String(repeating: "x", count: 5_000_000))
        #expect(shown.unicodeScalars.count == 200 && shown.hasSuffix("…"))
        #expect(neutralise(String(repeating: "x", count: 200)).hasSuffix("x"))
        #expect(neutralise(shown) == shown)
    }
}
