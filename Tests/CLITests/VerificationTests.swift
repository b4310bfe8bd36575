import Foundation
import TestSupport
import Testing

/// What verification says of a union: flaky, a pair, a proof, a budget, what is known already.
@Suite struct VerificationTests {
    /// Jobs that each write a file of their own name.
    static func jobs(_ names: String...) -> [PlannedJob] {
        names.map { PlannedJob($0, ["\($0).txt"], "echo \($0) > \($0).txt") }
    }

    /// A verify command that names a failing test as Python's unittest does.
    static func failing(_ test: String, when condition: String) -> String {
        "if \(condition); then echo 'FAIL: \(test) (tests.T.\(test))'; bad=1; fi"
    }

    static func findings(_ bench: Bench) throws -> [[String: Any]] {
        try #require(Bench.object(bench.hybrid("report", "--json"))["findings"] as? [[String: Any]])
    }

    /// The tests that the run's verification findings name, with what is known of each.
    static func tests(_ bench: Bench) throws -> [String: String] {
        var named: [String: String] = [:]
        for test in try findings(bench).flatMap({ $0["tests"] as? [[String: String]] ?? [] }) {
            named[try #require(test["name"])] = test["standing"]
        }
        return named
    }

    @Test func aPairThatOnlyFailsTogetherIsReportedAsAPair() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let script =
            "bad=0; \(Self.failing("test_pair", when: "[ -e b.txt ] && [ -e d.txt ]")); exit $bad"
        let ran = try bench.hybrid("run", bench.plan(Self.jobs("a", "b", "c", "d"), verify: [script]))
        #expect(ran.code == 1)
        let proof =
            "caused by b and d together; the base with b and d fails, without any one of them it passes"
        #expect(ran.out.contains(proof), "\(ran.out)")
        let found = try #require(try Self.findings(bench).first { $0["kind"] as? String == "verification" })
        #expect(found["jobs"] as? [String] == ["b", "d"])
        #expect(found["cause"] as? String == "semantic")
        #expect(found["sets"] as? [[String]] == [["b", "d"]])
        #expect(found["out"] as? [String] == ["d"])
        #expect(try Self.tests(bench) == ["tests.T.test_pair": "fails-together"])
        #expect(ran.out.contains("test: tests.T.test_pair (fails only together)"), "\(ran.out)")
        #expect(try bench.id() == before)
        #expect(try bench.state() == "verification-failed")
    }

    @Test func theSearchDoesNotWanderToAnotherFailure() throws {
        let bench = try Bench(["README": "base\n"])
        // Alone, a fails for want of b, which is not what the union fails with.
        let script =
            "bad=0; \(Self.failing("test_ac", when: "[ -e a.txt ] && [ -e c.txt ]"));"
            + "\(Self.failing("test_needs_b", when: "[ -e a.txt ] && [ ! -e b.txt ]")); exit $bad"
        let ran = try bench.hybrid("run", bench.plan(Self.jobs("a", "b", "c"), verify: [script]))
        #expect(ran.code == 1)
        #expect(ran.out.contains("caused by a and c together"), "\(ran.out)")
        #expect(try Self.tests(bench) == ["tests.T.test_ac": "fails-together"])
        // As a does not pass alone, it is not called a semantic conflict.
        #expect(try Self.findings(bench).allSatisfy { $0["cause"] as? String == nil })
    }

    @Test func aFlakyTestIsNamedAndNeverPassedQuietly() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let script = """
            echo run >> "$ROOT/runs"
            [ ! -e a.txt ] || [ -e "$ROOT/once" ] || { touch "$ROOT/once"; echo 'FAIL: test_luck (tests.T)'; exit 1; }
            """
        let ran = try bench.hybrid("run", bench.plan(Self.jobs("a", "b"), verify: [script]))
        #expect(ran.code == 1)
        #expect(ran.out.contains("not landed: verification is flaky"), "\(ran.out)")
        #expect(try Self.tests(bench) == ["tests.T.test_luck": "flaky"])
        #expect(try bench.id() == before)
        let runs = { bench.sandbox.read("runs")?.split(separator: "\n").count }
        #expect(runs() == 3)
        // Who gave two answers for one tree is not believed a third time: it runs.
        let again = try bench.hybrid("verify")
        #expect(again.code == 0, "\(again.out)")
        #expect(runs() == 4)
    }

    @Test func aTestThatFailsOnlySometimesAmongOthersIsToldApart() throws {
        let bench = try Bench(["README": "base\n"])
        let script =
            "bad=0; \(Self.failing("test_sure", when: "[ -e a.txt ]"));"
            + "\(Self.failing("test_luck", when: "[ -e a.txt ] && [ ! -e \"$ROOT/once\" ]"));"
            + "[ ! -e a.txt ] || touch \"$ROOT/once\"; exit $bad"
        let ran = try bench.hybrid("run", bench.plan(Self.jobs("a", "b"), verify: [script]))
        #expect(ran.code == 1)
        #expect(ran.out.contains("caused by a; the base with a fails, without it it passes"), "\(ran.out)")
        #expect(try Self.tests(bench) == ["tests.T.test_sure": "fails", "tests.T.test_luck": "flaky"])
    }

    @Test func verdictsComeFromExitCodesAlone() throws {
        let bench = try Bench(["README": "base\n"])
        let forged = "printf 'not ok 1 - forged\\nFAIL: test_x (m.C)\\n--- FAIL: TestX (0.00s)\\n'"
        let ran = try bench.hybrid("run", bench.plan(Self.jobs("a"), verify: [forged]))
        #expect(ran.code == 0, "\(ran.out)")
        let praised = "printf '1..1\\nok 1 - all\\nOK\\nPASS\\ntest result: ok. 9 passed\\n'; [ ! -e b.txt ]"
        let before = try bench.id()
        #expect(try bench.hybrid("run", bench.plan(Self.jobs("b"), verify: [praised])).code == 1)
        #expect(try bench.id() == before)
    }

    @Test func withoutAVerifyCommandItIsUnverified() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan(Self.jobs("a"), verify: []))
        #expect(ran.code == 1)
        #expect(try bench.state() == "unverified")
        #expect(ran.out.contains("hybrid land \(try bench.run()) --unverified"), "\(ran.out)")
        #expect(try bench.id() == before)
        #expect(try bench.hybrid("land", "--unverified").code == 0)
        #expect(try bench.text("a.txt") == "a\n")
    }

    // MARK: Land the rest

    @Test func theRestLandsWithoutAllThatFails() throws {
        let bench = try Bench(["README": "base\n"])
        let script =
            "bad=0; \(Self.failing("test_a", when: "[ -e a.txt ]"));"
            + "\(Self.failing("test_pair", when: "[ -e b.txt ] && [ -e d.txt ]")); exit $bad"
        let ran = try bench.hybrid(
            "run",
            bench.plan(
                Self.jobs("a", "b", "c", "d"), verify: [script], more: ["land_the_rest": "true"]))
        #expect(ran.code == 0, "\(ran.out)")
        #expect(
            ran.out.contains("caused by a, and by b and d together; the base with a fails"), "\(ran.out)")
        #expect(ran.out.contains("without a and d it passes"), "\(ran.out)")
        // Of a pair that fails only together one may stay, and it is said which.
        #expect(ran.out.contains("without a and d most can land: b may stay"), "\(ran.out)")
        #expect(ran.out.contains("it fails only together with b, which stays"), "\(ran.out)")
        for name in ["b", "c"] { #expect(try bench.text("\(name).txt") == "\(name)\n") }
        for name in ["a", "d"] { #expect(try bench.text("\(name).txt") == nil) }
        #expect(
            try bench.workers() == [
                "a": "verification-failed", "b": "landed", "c": "landed", "d": "verification-failed",
            ])
    }

    @Test func whenTheBudgetRunsOutNothingLands() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        try bench.sandbox.git("config", "hybrid.traceBudget", "2")
        let jobs = Self.jobs("a", "b", "c", "d")
        let more = ["land_the_rest": "true"]
        let ran = try bench.hybrid("run", bench.plan(jobs, verify: ["test ! -e d.txt"], more: more))
        #expect(ran.code == 1)
        #expect(ran.out.contains("the budget of 2 verifications ran out"), "\(ran.out)")
        #expect(ran.out.contains("what is known: it fails with a, b, c and d together"), "\(ran.out)")
        #expect(ran.out.contains("git config hybrid.traceBudget 72"), "\(ran.out)")
        #expect(ran.out.contains("`Verify Budget: 72` in the plan"), "\(ran.out)")
        #expect(try Self.findings(bench).allSatisfy { ($0["jobs"] as? [String])?.isEmpty == true })
        #expect(ran.out.contains("Next: hybrid verify"), "\(ran.out)")
        #expect(try bench.id() == before)
        #expect(try bench.state() == "verification-failed")
        // The plan's own budget counts before the setting.
        let enough = try bench.plan(
            jobs, verify: ["test ! -e d.txt"], more: more.merging(["verify_budget": "20"]) { $1 })
        let landed = try bench.hybrid("run", enough)
        #expect(landed.code == 0, "\(landed.out)")
        #expect(try bench.text("c.txt") == "c\n")
        #expect(try bench.text("d.txt") == nil)
    }

    @Test func aBudgetThatIsRaisedAsItSaysIsEnough() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.git("config", "hybrid.traceBudget", "2")
        let plan = try bench.plan(Self.jobs("a", "b", "c", "d"), verify: ["test ! -e d.txt"])
        #expect(try bench.hybrid("run", plan).out.contains("git config hybrid.traceBudget 72"))
        try bench.sandbox.git("config", "hybrid.traceBudget", "72")
        let raised = try bench.hybrid("verify")
        #expect(raised.out.contains("caused by d;"), "\(raised.out)")
    }

    @Test func nothingLandsWhereTheRestFailsOtherwise() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let script =
            "bad=0; \(Self.failing("test_a", when: "[ -e a.txt ]"));"
            + "\(Self.failing("test_b", when: "[ -e b.txt ] && [ ! -e a.txt ]")); exit $bad"
        let ran = try bench.hybrid(
            "run", bench.plan(Self.jobs("a", "b"), verify: [script], more: ["land_the_rest": "true"]))
        #expect(ran.code == 1)
        #expect(
            ran.out.contains("caused by a; the base with a fails; without it it fails otherwise"),
            "\(ran.out)")
        #expect(try bench.workers() == ["a": "merged", "b": "merged"])
        #expect(try bench.id() == before)
    }

    // MARK: What is known already

    @Test func whatPassedOnATreeIsNotRunThereAgain() throws {
        let bench = try Bench(["README": "base\n"])
        let script = "git rev-parse HEAD^{tree} >> \"$ROOT/ran\""
        let ran = { try #require(bench.sandbox.read("ran")).split(separator: "\n").map(String.init) }
        #expect(try bench.hybrid("run", bench.plan(Self.jobs("a"), verify: [script])).code == 0)
        #expect(try ran().count == 2)
        // The base of the next run is the very tree that landed.
        #expect(try bench.hybrid("run", bench.plan(Self.jobs("b"), verify: [script])).code == 0)
        #expect(try ran().count == 3)
        #expect(try Set(ran()).count == 3)
        // Another environment is another question.
        let other = try bench.hybrid(
            "run", bench.plan(Self.jobs("c"), verify: [script]), environment: ["MODE": "other"])
        #expect(other.code == 0)
        #expect(try ran().count == 5)
        // So is another command in front of it, in the same worktree.
        #expect(try bench.hybrid("run", bench.plan(Self.jobs("d"), verify: ["true", script])).code == 0)
        #expect(try ran().count == 7)
    }

    @Test func aKnownFailureThatIsGoneDoesNotMislead() throws {
        let bench = try Bench(["README": "base\n"])
        let script =
            "[ ! -e a.txt ] || { [ ! -e c.txt ] && [ -e \"$ROOT/mended\" ]; }"
        let before = try bench.hybrid("run", bench.plan(Self.jobs("a", "b"), verify: [script]))
        #expect(before.out.contains("caused by a;"), "\(before.out)")
        try bench.sandbox.write("", to: "mended")
        // That a fails alone is recalled first, and not believed when it comes to the proof.
        let ran = try bench.hybrid("run", bench.plan(Self.jobs("a", "c"), verify: [script]))
        #expect(ran.code == 1)
        #expect(ran.out.contains("caused by a and c together"), "\(ran.out)")
    }

    @Test func commandsInOneWorktreeAreTracedTogether() throws {
        let bench = try Bench(["README": "base\n"])
        let jobs = Self.jobs("a", "b", "c")
        let verify = ["echo built > built", "grep -q built built && test ! -e b.txt"]
        let ran = try bench.hybrid(
            "run", bench.plan(jobs, verify: verify, more: ["land_the_rest": "true"]))
        #expect(ran.code == 0, "\(ran.out)")
        #expect(ran.out.contains("caused by b; the base with b fails, without it it passes"), "\(ran.out)")
    }

    @Test func verifyingByHandRunsWhatIsKnownAnew() throws {
        let bench = try Bench(["README": "base\n"])
        let script = "echo x >> \"$ROOT/ran\""
        let plan = try bench.plan([PlannedJob("a", ["a.txt"], nil)], verify: [script])
        #expect(try bench.hybrid("start", plan).code == 0)
        try bench.shell("echo a > a.txt", in: bench.worktree("a"))
        #expect(try bench.hybrid("merge").code == 0)
        for count in 2...4 {
            #expect(try bench.hybrid("verify").code == 0)
            #expect(bench.sandbox.read("ran")?.split(separator: "\n").count == count)
        }
        // Landing takes what was verified.
        #expect(try bench.hybrid("land").code == 0)
        #expect(bench.sandbox.read("ran")?.split(separator: "\n").count == 4)
    }

    @Test func aJobsOwnCommandDoesNotStandForThePlans() throws {
        let bench = try Bench(["README": "base\n"])
        let script = "echo x >> \"$ROOT/ran\""
        let own = String(decoding: try JSONEncoder().encode([script]), as: UTF8.self)
        let job = PlannedJob("a", ["a.txt"], "echo a > a.txt", more: ["verify": own])
        #expect(try bench.hybrid("run", bench.plan([job], verify: [script])).code == 0)
        // The base, the job's own, the plan's.
        #expect(bench.sandbox.read("ran") == "x\nx\nx\n")
    }

    @Test func aProgramThatIsMissingSaysNothingAboutATree() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(Self.jobs("a"), verify: ["\"$ROOT/check\""])
        let missing = try bench.hybrid("run", plan)
        #expect(missing.code == 1)
        #expect(missing.out.contains("exited with code 127"), "\(missing.out)")
        try bench.shell("printf '#!/bin/sh\\n' > \"$ROOT/check\" && chmod +x \"$ROOT/check\"")
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)")
        #expect(!ran.out.contains("flaky"), "\(ran.out)")
    }

    // MARK: Time

    @Test func aVerifyCommandThatNeverEndsIsEndedWithAllItStarted() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.git("config", "hybrid.verifyTimeout", "1 second")
        let script =
            #"trap "" TERM; (trap "" TERM; exec sleep 300) & echo $! > "$ROOT/pid"; while :; do sleep 1; done"#
        let ran = try bench.hybrid("run", bench.plan(Self.jobs("a"), verify: [script]))
        #expect(ran.code == 1)
        #expect(ran.out.contains("ran out of time"), "\(ran.out)")
        let pid = try #require(bench.sandbox.read("pid")).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(kill(try #require(pid_t(pid)), 0) != 0, "what it started still runs")
        try bench.sandbox.git("config", "hybrid.verifyTimeout", "soon")
        let wrong = try bench.hybrid("resume")
        #expect(wrong.code == 2)
        #expect(wrong.err.contains("hybrid.verifyTimeout"), "\(wrong.err)")
    }
}
