import HybridBase
import Testing

/// Names and paths are bytes to git and the file system, and not what a reader takes for the same or for one letter.
@Suite struct PathTextTests {
    @Test(arguments: [
        ("a/b", ["a", "b"]), ("/ü//日本/", ["ü", "日本"]), ("", []), ("a/\u{301}b/c", ["a", "\u{301}b", "c"]),
        ("x/\u{200D}y", ["x", "\u{200D}y"]), ("👩‍👩‍👧/u\u{308}", ["👩‍👩‍👧", "u\u{308}"]),
    ])
    func components(_ path: String, _ parts: [String]) {
        #expect(path.pathParts.map { Array($0.utf8) } == parts.map { Array($0.utf8) })
        #expect(
            path.isEmpty
                || Array(path.pathName.utf8)
                    == Array(path.utf8.split(separator: 47, omittingEmptySubsequences: false).last!)
        )
    }

    @Test(
        arguments: [
            ("a/b", "a"), ("/b", "/"), ("b", nil), ("ü/\u{301}b", "ü"), ("/", "/"), ("ü ß/日/x", "ü ß/日"),
        ] as [(String, String?)])
    func folders(_ path: String, _ folder: String?) {
        #expect(path.pathFolder.map { Array($0.utf8) } == folder.map { Array($0.utf8) })
    }

    @Test(arguments: [
        ("a", "a", true), ("a/b", "a", true), ("ab", "a", false), ("/x", "/", true), ("ü/x", "ü", true),
        ("ü/\u{301}x", "ü", true), ("ü/x", "u\u{308}", false), ("üx", "ü", false), ("a/b", "a/", true),
    ])
    func lying(_ path: String, _ folder: String, _ lies: Bool) {
        #expect(path.lies(in: folder) == lies)
    }

    @Test func `begins, ends and rests by bytes`() {
        #expect("gitdir: \u{301}x".rest(behind: "gitdir: ").map { Array($0.utf8) } == Array("\u{301}x".utf8))
        #expect("x\r\n".rest(before: "\n") == "x\r")
        #expect("ü".rest(behind: "u\u{308}") == nil && !"ü".hasBytes(of: "u\u{308}"))
        #expect("refs/heads/\u{301}x".beginsWithBytes(of: "refs/heads/"))
        #expect("a///".withoutFinalSlashes == "a" && "/".withoutFinalSlashes == "/")
        #expect("K=\u{301}v=w".parts(at: "=", most: 1).map { Array($0.utf8).count } == [1, 5])
        #expect("::a".parts(at: ":", omittingEmpty: false) == ["", "", "a"])
    }
}
