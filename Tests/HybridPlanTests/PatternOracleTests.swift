import Foundation
import HybridPlan
import TestSupport
import Testing

/// A tree of texts in memory; a text that begins with `->` is a link.
struct TextTree: BaseTree {
    var files: [String: String]

    func entry(_ path: String) -> BaseEntry? {
        if let text = files[path] { return text.hasPrefix("->") ? .symlink : .file }
        return files.keys.contains { $0.hasPrefix(path + "/") } ? .directory : nil
    }

    func names(in folder: String) -> [(name: [UInt8], entry: BaseEntry)] {
        let start = folder.isEmpty ? "" : folder + "/"
        let names = Set(
            files.keys.filter { $0.hasPrefix(start) }.map {
                String($0.dropFirst(start.count).split(separator: "/")[0])
            })
        return names.sorted().map { (Array($0.utf8), entry(start + $0)!) }
    }

    func content(of path: String) -> [UInt8]? {
        files[path].map { Array(($0.hasPrefix("->") ? String($0.dropFirst(2)) : $0).utf8) }
    }
}

/// git says what a pattern matches and what its ignore rules hide.
@Suite struct PatternOracleTests {
    @Test func globsMatchWhatGitsPathspecsMatch() throws {
        let paths = [
            "a", "b", "ab", "abc", "a.py", ".hidden", ".a.py", "x/a", "x/b", "x/a.py", "x/.a", "x/y/a",
            "x/y/b",
            "x/y/z/a", "x/y/z/a.py", "é", "日本", "a b", "a-b", "a]b", "[", "a[b", "A", "7", "_",
            "src/a/b/c",
            "src/b/c", "src/c", "srcs/c", "x/ab/c", "xa", "!a", "^a", "#a", "a\tb", "~", "a:b", "(", "a{b,c}",
        ]
        let sandbox = try Sandbox()
        try sandbox.repository(Dictionary(uniqueKeysWithValues: paths.map { ($0, "") }))
        let globs =
            Set(
                PatternPairsTests.pairs.flatMap { [$0.0, $0.1] } + [
                    "src/**/c", "**/**/a", "x/**/a", "[[:space:]]", "a[[:space:]]b", "a[[:blank:]]b",
                    "a[[:cntrl:]]b",
                    "[[:punct:]]*", "[^[:alnum:]]*", "a[]]b", "a[!]]b", "[!-a]", "[a-]*", "[--0]*",
                    "[[:alpha:]-]*",
                    "[a-[:digit:]]*", "[[:digit]*", "[[:]*", "a[b-]*", "[Z-a]*", "[!a-c]?", "x/**/*",
                    "x/***/a", "**",
                    "?", "??", "???", "??????", "*[", "a[[]b", "[a-c-e]*", "x/*/*/a", "x/**/y/**/a", "a?b",
                    "a*{*",
                ]
            ).filter { glob in
                // git before 2.41 compares pointers into two buffers here, and may take `a**/` for a whole `**/`.
                PathPattern.hasWildcard(glob)
                    && !glob.split(separator: "/").contains { $0.contains("**") && $0.contains { $0 != "*" } }
            }.sorted()
        for glob in globs {
            let listed = try sandbox.git("ls-files", "-z", ":(glob)" + glob).split(separator: "\0").map(
                String.init)
            let pattern = PathPattern(glob, isLiteral: false)
            // A pathspec is also the name that it spells, and what is below that; a glob of a claim is not.
            let expected = Set(listed.filter { !($0 == glob || $0.hasPrefix(glob + "/")) || !pattern.isGlob })
            let found = Set(paths.filter { pattern.matches($0) && ($0 != glob || !pattern.isGlob) })
            #expect(
                found.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
                    == expected.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }, "\(glob)")
        }
    }

    @Test func ignoreRulesHideWhatGitHides() throws {
        let root = """
            # a comment
            build/
            *.log
            !keep.log
            /only-here
            docs/*.txt
            **/cache
            deep/**/x
            temp*
            \\#sharp
            \\!bang
            trailing\\ \u{20}
            spaced   
            [ab].o
            !important/
            a/**
            *.tmp\r
            foo[
            /vendor/*
            !/vendor/mine
            é*
            end
            """
        let files = [
            ".gitignore": root, "src/.gitignore": "*.gen\n!temp-not\n/local\nsub/\n!x.log\n",
            "src/sub/.gitignore": "!*\n", "src/kept": "", "linked/.gitignore": "->../.gitignore",
            "linked/kept": "",
        ]
        let paths = [
            "build", "build/x", "src/build/x/y", "a.log", "keep.log", "src/keep.log", "src/x.log", "x.log",
            "only-here",
            "src/only-here", "docs/a.txt", "docs/a/b.txt", "cache", "src/cache", "src/cache/x", "deep/x",
            "deep/a/b/x",
            "deep/a/b/x/y", "temporary", "src/temp-not", "src/temp-else", "#sharp", "!bang", "trailing ",
            "trailing",
            "spaced", "spaced ", "a.o", "c.o", "src/a.gen", "a.gen", "local", "src/local", "src/local/x",
            "src/sub/x",
            "src/sub/sub/x", "important/x", "a/b", "a/b/c", "b/a/c", "z.tmp", "foo[", "vendor/x",
            "vendor/mine",
            "vendor/mine/x", "vendor/x/y", "étude", "src/é", "end", "ending", "linked/a.log", "src/new.py",
            "README",
        ]
        let sandbox = try Sandbox()
        try sandbox.repository(files.filter { !$0.value.hasPrefix("->") })
        try FileManager.default.createSymbolicLink(
            atPath: sandbox.root + "/repo/linked/.gitignore", withDestinationPath: "../.gitignore")
        let said = try sandbox.run(
            "git", "-c", "core.quotePath=false", "check-ignore", "-v", "-z", "-n", "--no-index", "--stdin",
            in: "repo",
            input: Data(paths.joined(separator: "\0").utf8))
        let words = said.out.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
        let rules = IgnoreRules(TextTree(files: files))
        var hidden = 0
        for (number, path) in paths.enumerated() {
            let (file, line, rule) = (words[4 * number], words[4 * number + 1], words[4 * number + 2])
            #expect(words[4 * number + 3] == path)
            let isHidden = !file.isEmpty && !rule.hasPrefix("!")
            hidden += isHidden ? 1 : 0
            #expect(
                try rules.rule(hiding: path)?.source == (isHidden ? "\(file):\(line)" : nil),
                "\(path): \(file) \(rule)")
        }
        #expect(hidden > 20)
    }

    @Test func linksAreFollowedWithinTheTree() throws {
        let facts = BaseFacts(
            TextTree(files: [
                "real/x": "", "link": "->real", "deep/up": "->../link", "out": "->../../etc", "abs": "->/etc",
                "a": "->b",
                "b": "->a", "file": "->real/x",
            ]))
        #expect(try facts.resolved("real/x") == .itself)
        #expect(try facts.resolved("link/x") == .elsewhere("real/x"))
        #expect(try facts.resolved("link/new/y") == .elsewhere("real/new/y"))
        #expect(try facts.resolved("deep/up/x") == .elsewhere("real/x"))
        #expect(try facts.resolved("file") == .elsewhere("real/x"))
        for path in ["out/x", "abs/x", "a/x"] {
            guard case .nowhere = try facts.resolved(path) else {
                Issue.record("\(path) leads somewhere")
                continue
            }
        }
    }
}
