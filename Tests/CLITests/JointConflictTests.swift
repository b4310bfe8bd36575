import Foundation
import TestSupport
import Testing

/// Three workers of whom no two conflict, and who merge in some orders only.
@Suite struct JointConflictTests {
    /// A shell line that makes lines of a file the worker's own.
    private static func edit(_ name: String, _ lines: String, _ file: String) -> String {
        "sed -i '\(lines)s/.*/what \(name) makes of it/' \(file)"
    }

    private static let jobs = [
        PlannedJob("a", ["f", "g"], "git mv f g && \(edit("a", "1,30", "g"))"),
        PlannedJob("b", ["f"], edit("b", "35,65", "f")), PlannedJob("c", ["f"], edit("c", "90", "f")),
    ]

    private func bench() throws -> Bench {
        try Bench(["f": (1...100).map { "the old line \($0) of the file\n" }.joined()])
    }

    /// Claims keep them apart as sections; what the plan cannot say is how many edits a rename bears.
    private func plan(_ bench: Bench, verify: [String] = ["true"]) throws -> String {
        try bench.plan(
            [
                PlannedJob("a", ["f#L1-L30", "g"], Self.jobs[0].command),
                PlannedJob("b", ["f#L35-L65"], Self.jobs[1].command),
                PlannedJob("c", ["f#L90-L90"], Self.jobs[2].command),
            ], verify: verify, more: ["audit": #""report""#])
    }

    @Test func allThreeLandAndARebuildKeepsTheOrder() throws {
        let bench = try bench()
        let before = try bench.id()
        let verify = "! [ -e g ] || [ -e \"$ROOT/mended\" ]"
        let ran = try bench.hybrid("run", plan(bench, verify: [verify]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(
            try bench.workers() == ["a": "merged", "b": "merged", "c": "merged"], "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("not every order of these workers merges"), "\(ran.out)")
        #expect(ran.out.contains("caused by a;"), "\(ran.out)")
        #expect(try bench.id() == before)
        let merged = try bench.id("refs/hybrid/\(bench.run())/integrated")
        try bench.sandbox.write("", to: "mended")
        #expect(try bench.hybrid("verify").code == 0)
        #expect(try bench.hybrid("land").code == 0)
        #expect(try bench.id("\(merged)^{tree}") == bench.id("main^{tree}"))
        let text = try #require(try bench.text("g"))
        for name in ["a", "b", "c"] { #expect(text.contains("what \(name) makes of it")) }
        #expect(try bench.text("f") == nil)
        let back = try bench.hybrid("rollback")
        #expect(back.code == 0, "\(back.err)")
        #expect(try bench.id() == before)
    }

    @Test func whatIsSuggestedMergesInThatOrder() throws {
        let bench = try bench()
        for job in Self.jobs {
            let command = try #require(job.command)
            try bench.shell("git switch -qc \(job.name) main && \(command) && git add -A && git commit -qm x")
        }
        try bench.shell("git switch -q main")
        for names in [["a", "b", "c"], ["c", "b", "a"], ["b", "a", "c"], ["b", "c", "a"]] {
            let answer = try bench.hybrid(list: ["conflicts", "--suggest", "--json"] + names)
            #expect(answer.code == 0, "\(answer.err)")
            let waves = try #require(Bench.object(answer)["waves"] as? [[String]])
            #expect(waves.map { $0.sorted() } == [["a", "b", "c"]])
            let script = waves[0].map { "git merge -q -m x \($0)" }.joined(separator: " && ")
            try bench.shell("git switch -q --detach main && \(script) && git switch -q main")
            let text = try bench.hybrid(list: ["conflicts", "--suggest"] + names)
            #expect(text.out.contains(": \(waves[0].joined(separator: ", "))\n"), "\(text.out)")
        }
    }

    @Test func uncommittedEditsAreFoldedToo() throws {
        let bench = try bench()
        let plan = try plan(bench)
        #expect(try bench.hybrid("start", plan).code == 0)
        for job in Self.jobs {
            try bench.shell(try #require(job.command), in: bench.worktree(job.name))
        }
        let answer = try bench.hybrid("conflicts", "--suggest", "--json")
        let waves = try #require(Bench.object(answer)["waves"] as? [[String]])
        #expect(waves.map { $0.sorted() } == [["a", "b", "c"]], "\(answer.out)")
        #expect(waves[0] != ["a", "b", "c"])
        try bench.shell("git fsck --strict --no-dangling")
    }
}
