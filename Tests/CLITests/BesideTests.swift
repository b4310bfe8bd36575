import Foundation
import TestSupport
import Testing

/// Verify commands that run at the same time and get into each other's way.
@Suite struct BesideTests {
    /// Fails while another of its kind holds the folder.
    static let exclusive = #"mkdir "$ROOT/held" || exit 1; sleep 0.3; rmdir "$ROOT/held""#

    /// Binds a port of the loopback for a moment, as a test server does; fails where it is taken.
    private func binding() throws -> String {
        func bind(_ port: String) -> String {
            "import socket; s = socket.socket(); s.bind(('127.0.0.1', \(port)))"
        }
        let free = try execute(
            ["python3", "-c", bind("0") + "; print(s.getsockname()[1])"], in: "/",
            environment: ProcessInfo.processInfo.environment)
        let port = free.out.trimmingCharacters(in: .whitespacesAndNewlines)
        return "python3 -c \"\(bind(port)); import time; time.sleep(0.4)\""
    }

    private static func jobs(_ own: String, _ names: [String]) throws -> [PlannedJob] {
        let text = String(decoding: try JSONSerialization.data(withJSONObject: [own]), as: UTF8.self)
        return names.map {
            PlannedJob($0, ["\($0).txt"], "echo \($0) > \($0).txt", more: ["verify": text])
        }
    }

    @Test(arguments: ["port", "folder"])
    func whatOnlyOneCanHaveMakesNobodyGuilty(kind: String) throws {
        let bench = try Bench(["README": "base\n"])
        let own = kind == "port" ? try binding() : Self.exclusive
        let ran = try bench.hybrid("run", bench.plan(Self.jobs(own, ["a", "b", "c"])))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let told = "failed beside others, passed alone: the verify command of job"
        #expect(ran.out.contains(told), "\(ran.out)")
        #expect(!ran.out.contains("flaky"), "\(ran.out)")
        #expect(try bench.workers() == ["a": "landed", "b": "landed", "c": "landed"])
        try bench.expectTidy()
    }

    @Test func thePlansCommandsOnEachTipToo() throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try bench.hybrid(
            "run",
            bench.plan(
                VerificationTests.jobs("a", "b", "c"), verify: [Self.exclusive],
                more: ["verify_alone": "true"]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("c.txt") == "c\n")
    }

    @Test func aFailureThatStaysIsBlamedOnItsOwner() throws {
        let bench = try Bench(["README": "base\n"])
        var jobs = try Self.jobs(Self.exclusive, ["a", "b", "c"])
        jobs[1].command = "echo bad > b.txt"
        let own = try String(
            decoding: JSONSerialization.data(withJSONObject: [Self.exclusive + "; ! grep -q bad b.txt"]),
            as: UTF8.self)
        jobs[1].more["verify"] = own
        let ran = try bench.hybrid("run", bench.plan(jobs))
        #expect(ran.code == 1)
        #expect(try bench.workers() == ["a": "merged", "b": "verification-failed", "c": "merged"])
        #expect(ran.out.contains("b fails alone"), "\(ran.out)")
    }

    @Test func anotherRunsVerificationCountsAsWell() throws {
        let bench = try Bench(["README": "base\n"])
        let verify =
            #"echo x >> "$ROOT/tries"; mkdir "$ROOT/held" || exit 1; touch "$ROOT/began"; "#
            + #"while [ ! -e "$ROOT/go" ]; do sleep 0.05; done; rmdir "$ROOT/held""#
        func tries() -> Int { bench.sandbox.read("tries")?.split(separator: "\n").count ?? 0 }
        let first = try bench.begin("run", bench.plan(VerificationTests.jobs("a"), verify: [verify]))
        try wait(for: "the first run's verification") { bench.sandbox.read("began") != nil }
        let plan = try bench.plan(VerificationTests.jobs("b"), verify: [verify])
        try bench.shell("mv ../plan.json ../other.json")
        let second = try bench.begin("run", plan.replacingOccurrences(of: "plan.json", with: "other.json"))
        try wait(for: "the second run's verification") { tries() == 2 }
        try bench.sandbox.write("", to: "go")
        first.waitUntilExit()
        second.waitUntilExit()
        #expect(first.terminationStatus == 0)
        #expect(second.terminationStatus == 0)
        #expect(try bench.text("a.txt") == "a\n")
        #expect(try bench.text("b.txt") == "b\n")
        let ids = Set(try bench.refs("refs/hybrid/").keys.map { String($0.split(separator: "/")[2]) })
        let reports = try ids.map { try bench.hybrid("report", $0).out }
        #expect(reports.contains { $0.contains("failed beside others, passed alone") }, "\(reports)")
    }
}

/// A job's own verify commands: on its own tip, before the merge.
@Suite struct OwnVerificationTests {
    private static func own(_ command: String) throws -> [String: String] {
        ["verify": String(decoding: try JSONSerialization.data(withJSONObject: [command]), as: UTF8.self)]
    }

    private static func job(_ name: String, _ own: String, command: String? = nil) throws -> PlannedJob {
        PlannedJob(
            name, ["\(name).txt"], command ?? "echo \(name) > \(name).txt", more: try Self.own(own))
    }

    @Test func theyRunOnTheTipAndNotOnTheUnion() throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try bench.hybrid(
            "run",
            bench.plan([
                Self.job("a", "[ -e a.txt ] && [ ! -e b.txt ]"),
                Self.job("b", "[ -e b.txt ] && [ ! -e a.txt ]"),
            ]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let merge = try #require(ran.err.range(of: "merge: in memory"))
        let alone = try #require(ran.err.range(of: "verify: alone: a, b"))
        #expect(alone.lowerBound < merge.lowerBound)
    }

    @Test func whoFailsAloneIsLeftOutAndNobodyElseIsBlamed() throws {
        let bench = try Bench(["README": "base\n"])
        let jobs = try [Self.job("a", "test -e b.txt"), Self.job("b", "test -e b.txt")]
        let ran = try bench.hybrid("run", bench.plan(jobs))
        #expect(ran.code == 1)
        #expect(try bench.workers() == ["a": "verification-failed", "b": "merged"])
        let found = try VerificationTests.findings(bench).filter { $0["kind"] as? String == "verification" }
        #expect(found.map { $0["jobs"] as? [String] } == [["a"]])
        #expect(ran.out.contains("Next: hybrid retry a"), "\(ran.out)")
        let rest = try bench.hybrid("run", bench.plan(jobs, more: ["land_the_rest": "true"]))
        #expect(rest.code == 0, "\(rest.out)")
        #expect(try bench.text("b.txt") == "b\n")
        #expect(try bench.text("a.txt") == nil)
    }

    @Test func aBreachIsShownBeforeAnythingIsVerified() throws {
        let bench = try Bench(["README": "base\n"])
        let job = try Self.job(
            "a", "touch \"$ROOT/verified\"", command: "echo a > a.txt; echo x > other.txt")
        #expect(try bench.hybrid("run", bench.plan([job])).code == 1)
        #expect(try bench.workers() == ["a": "breach"])
        #expect(bench.sandbox.read("verified") == nil)
        // Taken as it is, it is verified like any other.
        let bad = try Self.job("a", "false", command: "echo a > a.txt; echo x > other.txt")
        #expect(try bench.hybrid("run", bench.plan([bad])).code == 1)
        let taken = try bench.hybrid("resolve", "a", "--accept-breach")
        #expect(taken.code == 1)
        #expect(taken.out.contains("a fails alone"), "\(taken.out)")
        #expect(try bench.workers() == ["a": "verification-failed"])
    }

    @Test func aLaterWaveIsVerifiedOnWhatItStandsOn() throws {
        let bench = try Bench(["README": "base\n"])
        var second = try Self.job("b", "[ -e a.txt ] && [ -e b.txt ] && [ ! -e c.txt ]")
        second.more["needs"] = #"["a"]"#
        var third = try Self.job("c", "false")
        third.more["needs"] = #"["a"]"#
        var fourth = try Self.job("d", "true")
        fourth.more["needs"] = #"["c"]"#
        let ran = try bench.hybrid(
            "run",
            bench.plan([Self.job("a", "true"), second, third, fourth], more: ["land_the_rest": "true"]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(
            try bench.workers() == ["a": "landed", "b": "landed", "c": "verification-failed", "d": "blocked"])
    }

    @Test func byHandAndRetriedWorkIsVerifiedAlone() throws {
        let bench = try Bench(["README": "base\n"])
        var job = try Self.job("a", "grep -q good a.txt")
        job.command = nil
        #expect(try bench.hybrid("start", bench.plan([job])).code == 0)
        try bench.shell("echo bad > a.txt", in: bench.worktree("a"))
        let merged = try bench.hybrid("merge")
        #expect(merged.code == 1, "\(merged.out)")
        #expect(try bench.workers() == ["a": "verification-failed"])
        #expect(try bench.hybrid("retry", "a").code == 0)
        try bench.shell("echo good > a.txt", in: bench.worktree("a"))
        let landed = try bench.hybrid("land")
        #expect(landed.code != 0)
        for verb in ["merge", "verify", "land"] {
            let done = try bench.hybrid(verb)
            #expect(done.code == 0, "\(done.out)\(done.err)")
        }
        #expect(try bench.text("a.txt") == "good\n")
    }

    @Test func whereThePlanNamesNoneTheyTestTheUnionToo() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let ran = try bench.hybrid(
            "run", bench.plan([Self.job("a", "test ! -e b.txt"), Self.job("b", "true")], verify: []))
        #expect(ran.code == 1)
        #expect(ran.out.contains("caused by a and b together"), "\(ran.out)")
        #expect(try bench.id() == before)
    }

    @Test func whatAFreshWorktreeLacksIsNamed() throws {
        let bench = try Bench(["README": "base\n", ".gitignore": "/.venv/\n"])
        try bench.shell("mkdir .venv; printf '#!/bin/sh\\n' > .venv/tool; chmod +x .venv/tool")
        let ran = try bench.hybrid("run", bench.plan([Self.job("a", ".venv/tool")]))
        #expect(ran.code == 1)
        #expect(ran.out.contains("it ends so on its base as well"), "\(ran.out)")
        #expect(ran.out.contains("a fresh worktree has not and the main checkout has: .venv"), "\(ran.out)")
        let red = try bench.hybrid("run", bench.plan(VerificationTests.jobs("b"), verify: [".venv/tool"]))
        #expect(red.out.contains("the base is red"), "\(red.out)")
        #expect(red.out.contains("main checkout has: .venv"), "\(red.out)")
        // What the job itself broke is not put down to that.
        let own = try bench.hybrid("run", bench.plan([Self.job("c", "grep -q x c.txt")]))
        #expect(!own.out.contains("fresh worktree"), "\(own.out)")
    }

    @Test func whatNamesTheMainCheckoutIsWarnedOf() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [Self.job("a", "cd \(bench.repo) && true")], verify: ["~/../repo/.venv/bin/python -V || true"])
        let checked = try bench.hybrid("check", plan)
        #expect(checked.code == 0, "\(checked.out)")
        let named = "the verify command of job a `cd \(bench.repo) && true` names \(bench.repo)"
        #expect(checked.out.contains("warning: \(named)"), "\(checked.out)")
        let json = try bench.hybrid("check", "--json", plan)
        let found = try #require(Bench.object(json)["wrong_trees"] as? [[String: Any]])
        #expect(found.contains { $0["job"] as? String == "a" && $0["path"] as? String == bench.repo })
        try bench.expectValid(json, bench.hybrid("schema", "check"))
        let ran = try bench.hybrid("run", plan)
        #expect(ran.err.contains("hybrid: warning: the verify command of job a"), "\(ran.err)")
        #expect(ran.out.contains("warning: the verify command of job a"), "\(ran.out)")
    }
}
