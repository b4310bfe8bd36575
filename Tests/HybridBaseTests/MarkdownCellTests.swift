import HybridBase
import Testing

@Suite struct MarkdownCellTests {
    @Test(
        "calls nobody, closes nothing and marks nothing up",
        arguments: [
            ("plain, a#b, a - b, UTF-8, !x, a@ b, 1:2", "plain, a#b, a - b, UTF-8, !x, a@ b, 1:2"),
            ("@octocat and me@host", "@&#8203;octocat and me@&#8203;host"), ("@org/team", "@&#8203;org/team"),
            ("fixes #12", "fixes #&#8203;12"), ("closes owner/repo#12", "closes owner/repo#&#8203;12"),
            ("see !34", "see !&#8203;34"), ("Resolves GH-12", "Resolves GH-&#8203;12"),
            ("gh-1", "gh-&#8203;1"),
            ("Fixes: ABC-12", "Fixes: ABC-&#8203;12"), ("closing A1_B-7", "closing A1\\_B-&#8203;7"),
            ("Implements ABC-1, ABC-2", "Implements ABC-&#8203;1, ABC-2"),
            ("closes https://example.org/o/r/issues/1", "closes https:&#8203;//example.org/o/r/issues/1"),
            ("www.example.org", "www.&#8203;example.org"),
            (
                "a|b `c` *d* _e_ [f](g) <h> &amp; \\ ~~i~~\nj",
                "a\\|b \\`c\\` \\*d\\* \\_e\\_ \\[f](g) &lt;h> &amp;amp; \\\\ \\~\\~i\\~\\~ j"
            ),
        ])
    func harmless(_ text: String, _ shown: String) {
        #expect(markdownCell(text) == shown)
    }
}
