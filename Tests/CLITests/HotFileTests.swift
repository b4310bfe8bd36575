import Foundation
import TestSupport
import Testing

/// Files that several jobs touch, through whole runs.
@Suite struct HotFileRunTests {
    private static let jobs = [
        PlannedJob("One", ["a.txt"], "echo a > a.txt; sed -i '1a one' CHANGELOG.md; echo one > app.lock"),
        PlannedJob("Two", ["b.txt"], "echo b > b.txt; sed -i '1a two' CHANGELOG.md; echo two > app.lock"),
    ]
    private static let files = ["CHANGELOG.md": "# Changes\n\nold\n", "app.lock": "none\n", "c.txt": "c\n"]
    private static let union = #"{"path": "CHANGELOG.md", "policy": "union"}"#
    private static let regenerate =
        #"{"path": "app.lock", "policy": "regenerate", "command": "cat a.txt b.txt > app.lock"}"#

    @Test func unionAndRegenerateLandEverything() throws {
        let bench = try Bench(Self.files)
        let plan = try bench.plan(Self.jobs, more: ["hot": "[\(Self.union), \(Self.regenerate)]"])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let changes = try #require(try bench.text("CHANGELOG.md"))
        #expect(changes.split(separator: "\n").sorted() == ["# Changes", "old", "one", "two"])
        #expect(try bench.text("app.lock") == "a\nb\n")
        try bench.expectTidy()
    }

    private static func findings(_ bench: Bench, _ path: String) throws -> [String] {
        let status = try Bench.object(bench.hybrid("report", "--json"))
        let all = try #require(status["findings"] as? [[String: Any]])
        return all.filter { $0["path"] as? String == path }.compactMap { $0["message"] as? String }
    }

    /// Both versions of a line stay, or one comes back that a side removed.
    @Test(arguments: [
        ("sed -i s/old/one/ CHANGELOG.md", "sed -i s/old/two/ CHANGELOG.md", true),
        ("sed -i /old/d CHANGELOG.md", "sed -i 's/old/old and more/' CHANGELOG.md", true),
        ("echo one >> CHANGELOG.md", "echo two >> CHANGELOG.md", false),
        ("sed -i /old/d CHANGELOG.md", "sed -i '1i two' CHANGELOG.md", false),
        ("sed -i s/old/new/ CHANGELOG.md", "sed -i s/old/new/ CHANGELOG.md", false),
    ])
    func aUnionOfChangedLinesIsAFinding(_ one: String, _ two: String, _ isTold: Bool) throws {
        let bench = try Bench(Self.files)
        let jobs = [
            PlannedJob("One", ["a.txt"], "echo a > a.txt; \(one)"),
            PlannedJob("Two", ["b.txt"], "echo b > b.txt; \(two)"),
        ]
        let ran = try bench.hybrid("run", bench.plan(jobs, more: ["hot": "[\(Self.union)]"]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let told = try Self.findings(bench, "CHANGELOG.md")
        #expect(told.count == (isTold ? 1 : 0), "\(told)")
        if isTold {
            #expect(told[0].contains("One and Two meet at line 3"), "\(told)")
            #expect(ran.out.contains(told[0]), "\(ran.out)")
        }
    }

    /// Every version can be read, and what union makes of them cannot.
    @Test(arguments: [
        ("x.json", "{\n}\n", "printf '{\\n\"a\": 1\\n}\\n'", "printf '{\\n\"b\": 1\\n}\\n'", "no JSON"),
        ("y.json", "[\n1,\n2\n]\n", "printf '[\\n0,\\n1,\\n2\\n]\\n'", "printf '[\\n1,\\n2\\n]\\n'", ""),
    ])
    func aUnionThatCannotBeReadIsAFinding(_ row: (String, String, String, String, String)) throws {
        let (path, base, one, two, words) = row
        let bench = try Bench([path: base])
        let jobs = [
            PlannedJob("One", ["a.txt"], "echo a > a.txt; \(one) > \(path)"),
            PlannedJob("Two", ["b.txt"], "echo b > b.txt; \(two) > \(path)"),
        ]
        let hot = #"[{"path": "\#(path)", "policy": "union"}]"#
        let ran = try bench.hybrid("run", bench.plan(jobs, more: ["hot": hot]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let told = try Self.findings(bench, path)
        #expect(
            told.contains { $0.contains("any more") } == !words.isEmpty,
            "\(told)")
        if !words.isEmpty { #expect(told.contains { $0.contains(words) }, "\(told)") }
    }

    /// Without the policies the same work is refused: nobody claimed the files.
    @Test func withoutPoliciesTheyAreBreaches() throws {
        let bench = try Bench(Self.files)
        let plan = try bench.plan(Self.jobs)
        #expect(try bench.hybrid("run", plan).code == 1)
        #expect(try bench.text("a.txt") == nil)
    }

    @Test func aFailingCommandLandsNothing() throws {
        let bench = try Bench(Self.files)
        let hot = #"[{"path": "app.lock", "policy": "regenerate", "command": "exit 3"}, \#(Self.union)]"#
        let ran = try bench.hybrid("run", bench.plan(Self.jobs, more: ["hot": hot]))
        #expect(ran.code == 1)
        #expect((ran.out + ran.err).contains("the command that makes app.lock anew"), "\(ran.out)\(ran.err)")
        #expect(try bench.text("a.txt") == nil)
    }

    @Test(arguments: [
        (#"{"path": "CHANGELOG.md", "policy": "orchestrator"}"#, ["Two", "orchestrator"]),
        (#"{"path": "CHANGELOG.md", "policy": "job", "job": "One"}"#, ["One", "Two"]),
    ])
    func ownersRefuseOthers(_ hot: String, _ jobs: [String]) throws {
        let bench = try Bench(Self.files)
        let planned = [PlannedJob("One", ["a.txt"], "true"), PlannedJob("Two", ["CHANGELOG.md"], "true")]
        let plan = try bench.plan(planned, more: ["hot": "[\(hot)]"])
        let checked = try bench.hybrid("check", plan, "--json")
        #expect(checked.code == 1)
        let overlaps = try #require(try Bench.object(checked)["overlaps"] as? [[String: Any]])
        #expect(overlaps.map { $0["jobs"] as? [String] } == [jobs])
    }

    @Test func checkTellsOfHotFilesWithoutAPolicy() throws {
        let bench = try Bench(Self.files)
        let planned = [
            PlannedJob("One", ["CHANGELOG.md"], "true", more: ["wave": "1"]),
            PlannedJob("Two", ["CHANGELOG.md"], "true", more: ["wave": "2"]),
        ]
        let checked = try bench.hybrid("check", bench.plan(planned))
        #expect(
            checked.out.contains("warning: CHANGELOG.md is a changelog, and One, Two may touch it"),
            "\(checked.out)")
        let said = try bench.hybrid("check", bench.plan(planned, more: ["hot": "[\(Self.union)]"]))
        #expect(!said.out.contains("warning"), "\(said.out)")
    }

    @Test func whatTheHistoryTouchesIsToldBeforeLaunch() throws {
        let bench = try Bench(["src/table.c": "0\n", "src/a.c": "0\n", "src/b.c": "0\n"])
        // Thirty commits touch the table and another file, ten the other alone, and one everything.
        try bench.shell(
            """
            for i in $(seq 30); do echo $i > src/table.c; echo $i > src/a.c; git commit -qam "both $i"; done
            for i in $(seq 10); do echo alone $i > src/b.c; git commit -qam "alone $i"; done
            """)
        let plan = try bench.plan([
            PlannedJob("One", ["src/*.c"], "true"), PlannedJob("Two", ["lib/**"], "true"),
        ])
        let told = try bench.hybrid("check", plan)
        let words = "src/table.c is touched by 30 of the last 40 commits, and One may touch it"
        #expect((told.out + told.err).contains(words), "\(told.out)\(told.err)")
        #expect(!(told.out + told.err).contains("src/b.c"), "\(told.out)\(told.err)")
        #expect(bench.sandbox.read("repo/.git/hybrid/hot-history.json") == nil, "looking makes nothing")
        // What is kept serves the next check, is made anew where it is damaged, and when the branch moves.
        try bench.sandbox.write("", to: "repo/.git/hybrid/other")
        let kept = "repo/.git/hybrid/hot-history.json"
        _ = try bench.hybrid("check", plan)
        let first = try #require(bench.sandbox.read(kept))
        #expect(first.contains("src/table.c"))
        try bench.sandbox.write("not JSON", to: kept)
        #expect(try bench.hybrid("check", plan).err.contains(words) || told.out.contains(words))
        #expect(bench.sandbox.read(kept) == first)
        try bench.sandbox.git("commit", "-q", "--allow-empty", "-m", "more")
        _ = try bench.hybrid("check", plan)
        #expect(bench.sandbox.read(kept) != first)
    }

    @Test(arguments: [("package.json", true), ("conf/*.TOML", true), ("CHANGELOG.md", false)])
    func unionOfWhatHasASyntaxIsWarnedOf(_ path: String, _ isWarned: Bool) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["a.txt"], "true")],
            more: ["hot": #"[{"path": "\#(path)", "policy": "union"}]"#])
        let checked = try bench.hybrid("check", plan)
        #expect(
            (checked.out + checked.err).contains("union puts") == isWarned, "\(checked.out)\(checked.err)")
    }
}
