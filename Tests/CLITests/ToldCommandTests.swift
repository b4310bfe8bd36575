import Foundation
import TestSupport
import Testing

/// The commands that messages tell people to type, as they stand in the sources.
@Suite struct ToldCommandTests {
    /// A command of hybrid in a line of source: the subcommand, and what of its words is literal.
    private struct Told {
        var place: String
        var words: [String]
        var isNext: Bool
    }

    private static func told() throws -> [Told] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        let command = /hybrid ([a-z][a-z-]*(?: (?:--?[a-z][a-z-]*|\\\([^)]*\)|[A-Z]+|[a-z]+))*)/
        // What is said of hybrid itself.
        let prose: Set = ["does", "cannot"]
        var found: [Told] = []
        let files = try #require(FileManager.default.enumerator(atPath: root.path))
        for case let file as String in files where file.hasSuffix(".swift") {
            let text = try String(contentsOfFile: root.path + "/" + file, encoding: .utf8)
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                guard line.contains("\""), !line.drop(while: { $0 == " " }).hasPrefix("//") else { continue }
                for match in line.matches(of: command) {
                    found.append(
                        Told(
                            place: "\(file):\(number + 1)",
                            words: match.1.split(separator: " ").map(String.init),
                            isNext: line.contains("next:")
                                && !prose.contains(String(match.1.prefix { $0 != " " }))))
                }
            }
        }
        return found
    }

    /// Each names a subcommand that is there, and options that it has.
    @Test func everyCommandThatIsToldIsThere() throws {
        let bench = try Bench(["README": "base\n"])
        var helps: [[String]: String] = [:]
        func help(_ words: [String]) throws -> String {
            if let known = helps[words] { return known }
            let answer = try bench.hybrid(list: words + ["--help"])
            helps[words] = answer.code == 0 ? answer.out : ""
            return helps[words]!
        }
        let names = Set(try help([]).matches(of: /\n  ([a-z-]+)/).map { String($0.1) })
        var count = 0
        for told in try Self.told() {
            guard names.contains(told.words[0]) else {
                #expect(!told.isNext, "\(told.place): there is no hybrid \(told.words[0])")
                continue
            }
            count += 1
            var text = try help([told.words[0]])
            if text.contains("SUBCOMMANDS"), told.words.count > 1, text.contains("\n  \(told.words[1]) ") {
                text = try help(Array(told.words.prefix(2)))
            }
            for option in told.words where option.hasPrefix("--") {
                #expect(text.contains(option), "\(told.place): hybrid \(told.words[0]) has no \(option)")
            }
        }
        #expect(count > 100, "\(count) commands were found")
    }
}
