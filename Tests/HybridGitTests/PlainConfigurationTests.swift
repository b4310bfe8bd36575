import Foundation
import HistoryGenerator
import TestSupport
import Testing

@testable import HybridGit

/// What is read without libgit2 is what git reads.
@Suite struct PlainConfigurationTests {
    @Test(arguments: [
        ("[a]\nb = c\n", ["a.b=c"]), ("[A]\n\tB=c  \n\n# x\n; y\n", ["a.b=c"]),
        ("[a \"B c\"]\nd = \"e f \" # g\n", ["a.B c.d=e f "]),
        ("[a]\nb = x\\ty\\\\z\\\"\n", ["a.b=x\ty\\z\""]),
        ("[a]\nb\n[c]\nd =\n", ["a.b", "c.d="]), ("", []),
    ]) func `plain files are read`(_ text: String, _ lines: [String]) throws {
        let read = try #require(PlainConfiguration(Array(text.utf8)))
        #expect(read.lines.map(Self.shown) == lines)
    }

    @Test(arguments: [
        "[include]\npath = x\n", "[includeIf \"gitdir:/x\"]\npath = x\n", "[a]\nb = c\\\nd\n",
        "[a]\nb = \"c\n",
        "[a]\nb = \\q\n", "[a] b = c\n", "[a.b]\nc = d\n", "b = c\n", "[a\nb = c\n", "[a]\n1b = c\n",
        "[a]\nb c\n",
        "[a]\r\nb = c\n", "[a \"b\\\"c\"]\nd = e\n", "[a]\nb = c\td\n", "[a]\nb = \u{0}\n",
        "\u{FEFF}[a]\nb = c\n",
    ]) func `others are for libgit2`(_ text: String) { #expect(PlainConfiguration(Array(text.utf8)) == nil) }

    private static func shown(_ line: PlainConfiguration.Line) -> String {
        let name = [line.section, line.subsection, line.key].compactMap { $0 }.joined(separator: ".")
        return line.value.map { name + "=" + String(decoding: $0, as: UTF8.self) } ?? name
    }

    @Test func `random files are read as git reads them`() throws {
        let sandbox = try Sandbox()
        let pieces = [
            "[", "]", "a", "Bc", " ", "  ", "\t", "=", "\"", "\\", "\\n", "\\\"", "#", ";", "\n", "\n\t",
            "x y", ".", "-",
            "[a]\n", "[b \"c\"]\n", "d = ", "e", "\"f g\"",
        ]
        var random = Random(seed: 1)
        var seen = 0
        for _ in 0..<draws(3000) {
            var text = "[a]\n"
            for _ in 0..<Int.random(in: 1...9, using: &random) {
                text += pieces.randomElement(using: &random)!
            }
            guard let read = PlainConfiguration(Array(text.utf8)) else { continue }
            seen += 1
            if seen > 150 { break }
            try sandbox.write(text, to: "config")
            let git = try sandbox.run("git", "config", "-z", "--list", "-f", sandbox.root + "/config")
            #expect(git.code == 0, "\(text.debugDescription)")
            let expected = git.out.split(separator: "\0").map { entry in
                entry.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).joined(
                    separator: "=")
            }
            #expect(read.lines.map(Self.shown) == expected, "\(text.debugDescription)")
        }
        #expect(seen > 20)
    }
}
