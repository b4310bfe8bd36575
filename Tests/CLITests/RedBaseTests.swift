import Foundation
import TestSupport
import Testing

/// Runs whose verify commands fail before any worker changed anything, and workers that are verified alone.
@Suite struct RedBaseTests {
    private static let failingSuite = """
        import unittest
        class Sums(unittest.TestCase):
            def test_right(self): self.assertEqual(1 + 1, 2)
            def test_wrong(self): self.assertEqual(1 + 1, 3)
        """
    private static let unittest = "python3 -m unittest discover -s tests"
    private static let launched = PlannedJob("a", ["a.txt"], "touch \"$ROOT/launched\"; echo a > a.txt")

    private func bench() throws -> Bench {
        try Bench(["README": "base\n", "tests/test_sums.py": Self.failingSuite])
    }

    @Test func nothingIsLaunchedOnARedBase() throws {
        let bench = try bench()
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan([Self.launched], verify: [Self.unittest]))
        #expect(ran.code == 1)
        #expect(bench.sandbox.read("launched") == nil)
        #expect(try bench.state() == "red-base")
        #expect(try bench.id() == before)
        try bench.expectTidy()
        for text in [
            Self.unittest, "exited with code 1", "test_sums.Sums.test_wrong (fails on the base already)",
            "AssertionError: 2 != 3", "--accept-red-base",
        ] {
            #expect(ran.out.contains(text), "\(text) is not in:\n\(ran.out)")
        }
        #expect(!ran.out.contains("test_right"), "\(ran.out)")
    }

    @Test func resumingVerifiesTheBaseAnew() throws {
        let bench = try Bench(["README": "base\n"])
        let script = "echo x >> \"$ROOT/ran\"; [ -e \"$ROOT/mended\" ]"
        #expect(try bench.hybrid("run", bench.plan([Self.launched], verify: [script])).code == 1)
        #expect(try bench.hybrid("resume").code == 1)
        #expect(try bench.state() == "red-base")
        #expect(bench.sandbox.read("launched") == nil)
        // The first answer, the second look at it, and both again.
        #expect(bench.sandbox.read("ran") == "x\nx\nx\nx\n")
        // Of another run the failure is known, and looked at once more.
        let other = try bench.hybrid("run", bench.plan([Self.launched], verify: [script]))
        #expect(other.code == 1)
        #expect(bench.sandbox.read("ran") == "x\nx\nx\nx\nx\n")
        try bench.sandbox.write("", to: "mended")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try bench.text("a.txt") == "a\n")
        try bench.expectTidy()
    }

    @Test func aFlakyBaseIsNamedAndStopsNothing() throws {
        let bench = try Bench(["README": "base\n"])
        let script = "[ -e \"$ROOT/once\" ] || { touch \"$ROOT/once\"; echo 'not ok 1 - luck'; exit 1; }"
        let ran = try bench.hybrid("run", bench.plan([Self.launched], verify: [script]))
        #expect(ran.code == 0, "\(ran.out)")
        #expect(ran.out.contains("flaky on the base"), "\(ran.out)")
        #expect(try VerificationTests.tests(bench) == ["luck": "flaky"])
    }

    @Test(arguments: ["run", "resume"])
    func aRedBaseIsAcceptedByAPerson(command: String) throws {
        let bench = try bench()
        let before = try bench.id()
        let plan = try bench.plan([Self.launched], verify: [Self.unittest])
        if command == "resume" { #expect(try bench.hybrid("run", plan).code == 1) }
        let ran =
            command == "run"
            ? try bench.hybrid("run", plan, "--accept-red-base")
            : try bench.hybrid("resume", "--accept-red-base")
        // The union must pass all the same, and nobody is blamed for what the base does.
        #expect(ran.code == 1)
        #expect(bench.sandbox.read("launched") != nil)
        #expect(try bench.state() == "verification-failed")
        #expect(try bench.id() == before)
        #expect(ran.out.contains("it fails without any worker's change as well"), "\(ran.out)")
        #expect(try VerificationTests.tests(bench) == ["test_sums.Sums.test_wrong": "fails-on-base"])
        let base = try #require(
            try Bench.object(bench.hybrid("report", "--json"))["base"] as? [String: Any])
        #expect(base["accepted"] as? Bool == true && base["passed"] as? Bool == false)
        #expect(base["failing"] as? [String] == ["test_sums.Sums.test_wrong"])
        #expect(base["commit"] as? String == before)
        try expectValid(bench)
    }

    @Test(arguments: [true, false])
    func whatAWorkerBreaksIsToldFromWhatTheBaseDoes(alone: Bool) throws {
        let bench = try bench()
        let breaking = PlannedJob(
            "b", ["tests/test_more.py"],
            "sed 's/Sums/More/; s/test_wrong/test_new/; s/, 3/, 4/' tests/test_sums.py > tests/test_more.py")
        let plan = try bench.plan(
            alone ? [breaking] : [Self.launched, breaking], verify: [Self.unittest],
            more: ["red_base": #""accept""#])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 1)
        #expect(ran.out.contains("caused by b"), "\(ran.out)")
        #expect(
            try VerificationTests.tests(bench) == [
                "test_sums.Sums.test_wrong": "fails-on-base", "test_more.More.test_new": "fails",
            ])
    }

    @Test func aPlanMaySayThatItsChecksPassOnlyOnceTheWorkIsDone() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write(
            """
            ## Task: First tests
            - Red Base: accept
            ### Cline CLI Jobs:
            **Job 1:** One
            - File: a.txt
            - Command: `echo a > a.txt`
            ### Verification:
            - `test -e a.txt`
            """, to: "plan.md")
        let ran = try bench.hybrid("run", bench.sandbox.root + "/plan.md")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("the base is red, which was accepted"), "\(ran.out)")
        #expect(try bench.text("a.txt") == "a\n")
    }

    @Test func worktreesForPeopleAreNotMadeOnARedBase() throws {
        let bench = try bench()
        let plan = try bench.plan([PlannedJob("a", ["a.txt"], nil)], verify: [Self.unittest])
        let started = try bench.hybrid("start", plan)
        #expect(started.code == 1)
        #expect(started.out.contains("red-base: the base is red"), "\(started.out)")
        try bench.expectTidy()
        #expect(try bench.hybrid("resume", "--accept-red-base").code == 1)
        #expect(try bench.state() == "hand-worked")
        #expect(try bench.linkedWorktrees() == [bench.worktree("a")])
        try #require(try bench.hybrid("stop").code == 0)
        let again = try bench.hybrid("start", plan, "--accept-red-base")
        #expect(again.code == 0, "\(again.err)")
    }

    /// Asks a validator of others whether the report follows the published schema.
    private func expectValid(_ bench: Bench) throws {
        try bench.expectValid(bench.hybrid("report", "--json"), bench.hybrid("schema", "report"))
    }

    // MARK: Alone

    /// `a` breaks the plan's check and `b` its own; `c` is good.
    private func alone(_ more: [String: String] = [:], in bench: Bench) throws -> String {
        let own = ["verify": #"["test ! -s b.txt"]"#]
        return try bench.plan(
            [
                PlannedJob("a", ["a.txt"], "echo bad > a.txt"),
                PlannedJob("b", ["b.txt"], "echo b > b.txt", more: own),
                PlannedJob("c", ["c.txt"], "echo c > c.txt"),
            ], verify: ["! grep -q bad *.txt"],
            more: more.merging(["verify_alone": "true"]) { $1 })
    }

    @Test func whoFailsAloneIsLeftOutOfTheMerge() throws {
        let bench = try Bench(["README": "base\n", "old.txt": "old\n"])
        let before = try bench.id()
        let ran = try bench.hybrid("run", alone(in: bench))
        #expect(ran.code == 1)
        #expect(try bench.id() == before)
        #expect(
            try bench.workers() == ["a": "verification-failed", "b": "verification-failed", "c": "merged"])
        #expect(ran.out.contains("verification: a fails alone: the verify command `! grep"), "\(ran.out)")
        #expect(
            ran.out.contains("verification: b fails alone: the verify command of job b"), "\(ran.out)")
        let merged = "refs/hybrid/\(try bench.run())/integrated"
        #expect(try bench.text("c.txt", at: merged) == "c\n")
        #expect(try bench.text("a.txt", at: merged) == nil)

        let rest = try bench.hybrid("run", alone(["land_the_rest": "true"], in: bench))
        #expect(rest.code == 0, "\(rest.out)")
        #expect(rest.out.contains("a fails alone"), "why it was left out stays in the report")
        #expect(try bench.text("c.txt") == "c\n")
        #expect(try bench.text("b.txt") == nil)
    }

    @Test func whoIsFlakyAloneIsNamedAndMerged() throws {
        let bench = try Bench(["README": "base\n"])
        let script = "[ ! -e a.txt ] || [ -e \"$ROOT/once\" ] || { touch \"$ROOT/once\"; exit 1; }"
        let ran = try bench.hybrid(
            "run",
            bench.plan(VerificationTests.jobs("a"), verify: [script], more: ["verify_alone": "true"]))
        #expect(ran.out.contains("flaky: a alone"), "\(ran.out)")
        // Alone it is the union: the same tree, which gave two answers, runs once more.
        #expect(ran.code == 0, "\(ran.out)")
    }

    @Test func whoFailsAloneIsBlamedOnlyByManyRuns() throws {
        let bench = try Bench(["README": "base\n"])
        func runs() throws -> Int {
            defer { try? bench.sandbox.write("", to: "runs") }
            return try #require(bench.sandbox.read("runs")).split(separator: "\n").count
        }
        let count = "echo x >> \"$ROOT/runs\"; n=$(wc -l < \"$ROOT/runs\");"
        func plan(_ command: String, _ more: [String: String] = [:]) throws -> String {
            let own = try String(
                decoding: JSONSerialization.data(withJSONObject: [count + command]), as: UTF8.self)
            return try bench.plan(
                [PlannedJob("a", ["a.txt"], "echo a >> a.txt", more: ["verify": own])]
                    + VerificationTests.jobs("b"),
                verify: ["true"], more: more)
        }
        // Five failures in a row are what three flaky runs in ten bring about once in four hundred times.
        let lucky = try bench.hybrid("run", plan("[ $n -gt 5 ]"))
        #expect(lucky.code == 0, "\(lucky.out)")
        #expect(lucky.out.contains("flaky: a alone"), "\(lucky.out)")
        #expect(try runs() == 6)
        let sure = try bench.hybrid("run", plan("false"))
        #expect(sure.code == 1)
        #expect(sure.out.contains("a fails alone") && sure.out.contains("in each of 11 runs"), "\(sure.out)")
        #expect(try runs() == 11)
        // Whoever cannot wait sets a budget, and is told what the blame rests on.
        let short = try bench.hybrid("run", plan("false #", ["verify_budget": "3"]))
        #expect(short.out.contains("in each of 3 runs"), "\(short.out)")
        #expect(try runs() == 3)
    }

    @Test func nobodyIsBlamedAloneForWhatARedBaseDoes() throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try bench.hybrid(
            "run",
            bench.plan(
                VerificationTests.jobs("a", "b"), verify: ["test -e a.txt && test -e b.txt"],
                more: ["verify_alone": "true", "red_base": #""accept""#]))
        #expect(ran.code == 0, "\(ran.out)")
    }
}
