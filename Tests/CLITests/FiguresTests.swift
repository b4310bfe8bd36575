import Foundation
import TestSupport
import Testing

/// What the report and the metrics say of runs that went well, badly, by hand, or waited.
@Suite struct FiguresTests {
    private static let a = PlannedJob("a", ["a.txt"], "sleep 0.2; echo a > a.txt")
    private static let b = PlannedJob("b", ["b.txt"], "sleep 0.2; echo b > b.txt")

    private func report(_ bench: Bench) throws -> [String: Any] {
        try Bench.object(bench.hybrid("report", "--json"))
    }

    private func measures(_ bench: Bench) throws -> [String: Any] {
        try #require(report(bench)["measures"] as? [String: Any])
    }

    private func metrics(_ bench: Bench) throws -> [String: Any] {
        try Bench.object(bench.hybrid("metrics", "--json"))
    }

    /// The worktree that hybrid made for somebody other than a worker.
    private func made(_ bench: Bench, _ whose: String) throws -> String {
        try #require(try bench.linkedWorktrees().first { $0.contains(whose) })
    }

    /// The seconds of each worker.
    private func seconds(_ bench: Bench) throws -> [Double] {
        let workers = try #require(report(bench)["workers"] as? [[String: Any]])
        return workers.compactMap { $0["seconds"] as? Double }
    }

    @Test func theSpeedupThatCountsIsMeasured() throws {
        let bench = try Bench(["README": "base\n"])
        let own = PlannedJob("a", ["a.txt"], Self.a.command, more: ["verify": #"["sleep 0.1"]"#])
        let plan = try bench.plan(
            [own, Self.b],
            more: ["orchestrator": #"{"estimate": "5 minutes", "prepare": "sleep 0.1; echo x > x.txt"}"#])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let got = try measures(bench)
        func figure(_ name: String) throws -> Double { try #require(got[name] as? Double) }
        let sum = try seconds(bench).reduce(0, +)
        #expect(try abs(figure("workers_seconds") - sum) < 1e-6)
        #expect(try figure("checks_seconds") >= 0.1 && figure("orchestrator_seconds") >= 0.1)
        // A command's time is its own, as its supervisor measured it: not what it costs to start it and to see its end.
        let statuses = try bench.shell("cat .git/hybrid/runs/*/step/verify/*/status.json")
        let measured = try statuses.split(separator: "\n").map { line in
            let status = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            return try #require(status["seconds"] as? Double)
        }
        #expect(measured.count == 3)
        #expect(try abs(figure("verify_commands_seconds") - measured.reduce(0, +)) < 1e-6)
        let same = try figure("same_work_seconds")
        #expect(try abs(same - (sum + figure("checks_seconds") + figure("orchestrator_seconds"))) < 1e-6)
        #expect(try abs(figure("speedup") - same / figure("wall_seconds")) < 1e-6)
        #expect(got["sequential_source"] as? String == "same-work")
        #expect(try figure("estimated_seconds") == 2400)
        #expect(try abs(figure("estimated_speedup") - 2400 / figure("wall_seconds")) < 1e-3)
        #expect(ran.out.contains("x (against the same work in sequence)"), "\(ran.out)")
        #expect(ran.out.contains("x: counts for no target"), "\(ran.out)")
        for form in [["--markdown"], ["--html", bench.sandbox.root + "/page.html"]] {
            let shown = try bench.hybrid(list: ["report"] + form)
            let text = shown.out + (bench.sandbox.read("page.html") ?? "")
            #expect(text.contains("against the same work in sequence"))
        }
        // The clean-up counts, and nothing is written behind the time that is told.
        let stages = try #require(report(bench)["stages"] as? [[String: Any]]).compactMap {
            $0["stage"] as? String
        }
        #expect(stages.contains("check") && stages.contains("clean") && stages.last == "session")
        for name in ["report", "metrics"] {
            try bench.expectValid(bench.hybrid(name, "--json"), bench.hybrid("schema", name))
        }
    }

    @Test func aMeasuredTimeIsThatOfAllJobs() throws {
        let bench = try Bench(["README": "base\n"])
        #expect(try bench.hybrid("run", bench.plan([Self.a]), "--sequential", "10 minutes").code == 0)
        let whole = try measures(bench)
        #expect(whole["sequential_source"] as? String == "measured")
        #expect(whole["sequential_seconds"] as? Double == 600)
        let failing = PlannedJob("c", ["c.txt"], "exit 1")
        let part = try bench.hybrid(
            "run", bench.plan([Self.b, failing], more: ["land_the_rest": "true"]), "--sequential",
            "10 minutes")
        #expect(part.code == 0, "\(part.out)")
        let got = try measures(bench)
        #expect(got["jobs"] as? Int == 2 && got["jobs_landed"] as? Int == 1)
        #expect(got["sequential_source"] as? String == "same-work")
        let one = try #require(seconds(bench).first)
        let checks = try #require(got["orchestrator_seconds"] as? Double)
        #expect(try abs(#require(got["sequential_seconds"] as? Double) - one - checks) < 1e-6)
        #expect(got["estimated_speedup"] is NSNull)
        #expect(part.out.contains("1 of 2 jobs landed"), "\(part.out)")
    }

    @Test func aRunWhoseVerificationFailedIntegratedNothing() throws {
        let bench = try Bench(["README": "base\n"])
        #expect(try bench.hybrid("run", bench.plan([Self.a, Self.b], verify: ["! [ -e a.txt ]"])).code == 1)
        let got = try measures(bench)
        #expect(got["worker_success"] as? Double == 0 && got["clean"] as? Bool == false)
        #expect(got["speedup"] is NSNull && got["sequential_seconds"] is NSNull)
        #expect(try metrics(bench)["clean_integrations"] as? Double == 0)
    }

    @Test func anAcceptedBreachIsNoSuccess() throws {
        let bench = try Bench(["README": "base\n"])
        let reaching = PlannedJob("c", ["c.txt"], "echo c > c.txt; echo d > d.txt")
        #expect(try bench.hybrid("run", bench.plan([Self.a, reaching])).code == 1)
        #expect(try bench.hybrid("resolve", "c", "--accept-breach").code == 0)
        let got = try measures(bench)
        #expect(got["worker_success"] as? Double == 0.5 && got["clean"] as? Bool == false)
        // What a policy lets through is none either.
        let more = PlannedJob("e", ["e.txt"], "echo e > e.txt; echo f > f.txt")
        let lenient = try bench.hybrid("run", bench.plan([more], more: ["audit": #""allow-unclaimed""#]))
        #expect(lenient.code == 0, "\(lenient.out)")
        #expect(try measures(bench)["worker_success"] as? Double == 0)
        #expect(try metrics(bench)["clean_integrations"] as? Double == 0)
    }

    @Test func theCriticalPathIsNoSumOfWhatRanAtOnce() throws {
        let bench = try Bench(["f": "1\n"])
        let jobs = ["a", "b"].map {
            PlannedJob($0, ["\($0).txt"], "sleep 0.2; echo \($0) > f; echo > \($0).txt")
        }
        #expect(try bench.hybrid("run", bench.plan(jobs, more: ["audit": #""report""#])).code == 1)
        try #require(try bench.workers()["b"] == "conflict")
        #expect(try bench.hybrid("resolve", "b").code == 0)
        try bench.shell("echo both > f", in: made(bench, "resolve"))
        #expect(try bench.hybrid("resolve", "b").code == 0)
        let got = try measures(bench)
        #expect(try got["critical_path_seconds"] as? Double == seconds(bench).max())
        #expect(got["clean"] as? Bool == false)
        // A job that needs another comes behind it.
        var second = Self.b
        second.more["needs"] = #"["a"]"#
        #expect(try bench.hybrid("run", bench.plan([Self.a, second])).code == 0)
        let chain = try #require(measures(bench)["critical_path_seconds"] as? Double)
        #expect(try abs(chain - seconds(bench).reduce(0, +)) < 1e-6)
    }

    @Test func whatConflictedOnceIsRememberedThroughARetry() throws {
        let bench = try Bench(["f": "1\n"])
        let jobs = ["a", "b"].map { name in
            let write = "[ $(cat f) = 1 ] && echo \(name) > f; echo > \(name).txt"
            return PlannedJob(name, ["\(name).txt"], write)
        }
        #expect(try bench.hybrid("run", bench.plan(jobs, more: ["audit": #""report""#])).code == 1)
        #expect(try bench.hybrid("retry", "b").code == 0)
        let got = try measures(bench)
        #expect(got["jobs_landed"] as? Int == 2 && got["clean"] as? Bool == false)
        #expect(try #require(got["worker_success"] as? Double) < 1)
    }

    @Test func waitingForPeopleStandsApart() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [Self.a], more: ["orchestrator": #"{"estimate": "5 minutes", "files": ["x.txt"]}"#])
        #expect(try bench.hybrid("run", plan, "--pause").code == 1)
        #expect(try bench.state() == "paused-prepare")
        try bench.shell("sleep 0.5; echo x > x.txt", in: made(bench, "orchestrator"))
        #expect(try bench.hybrid("resume").code == 1)
        #expect(try bench.state() == "paused-integrate")
        let landed = try bench.hybrid("resume")
        #expect(landed.code == 0, "\(landed.out)")
        let waiting = try #require(measures(bench)["waiting"] as? [[String: Any]])
        #expect(waiting.map { $0["state"] as? String } == ["paused-prepare", "paused-integrate"])
        #expect(try #require(waiting[0]["seconds"] as? Double) >= 0.5)
        #expect(landed.out.contains("beside it (paused-prepare"), "\(landed.out)")
    }

    @Test func workByHandIsWaitingAndItsTimesAreUnknown() throws {
        let bench = try Bench(["README": "base\n"])
        #expect(try bench.hybrid("start", bench.plan([PlannedJob("a", ["a.txt"], nil)])).code == 0)
        try bench.shell("sleep 0.3; echo a > a.txt", in: bench.worktree("a"))
        for verb in ["merge", "verify", "land"] { #expect(try bench.hybrid(verb).code == 0) }
        let got = try measures(bench)
        for name in ["workers_seconds", "critical_path_seconds", "speedup", "same_work_seconds"] {
            #expect(got[name] is NSNull, "\(name)")
        }
        let waiting = try #require(got["waiting"] as? [[String: Any]])
        #expect(waiting.first?["state"] as? String == "hand-worked")
        #expect(try #require(waiting.first?["seconds"] as? Double) >= 0.3)
        let text = try bench.hybrid("report").out
        #expect(text.contains("sum of workers         unknown, people worked by hand"), "\(text)")
    }

    @Test func stoppedAndRedRunsStayInTheHistory() throws {
        let bench = try Bench(["README": "base\n"])
        #expect(try bench.hybrid("run", bench.plan([Self.a])).code == 0)
        #expect(try bench.hybrid("run", bench.plan([Self.b], verify: ["false"])).code == 1)
        #expect(try bench.hybrid("start", bench.plan([PlannedJob("c", ["c.txt"], nil)])).code == 0)
        #expect(try bench.hybrid("stop").code == 0)
        let got = try metrics(bench)
        #expect(got["states"] as? [String: Int] == ["landed": 1, "red-base": 1, "stopped": 1])
        #expect(try #require(got["clean_integrations"] as? Double) == 1.0 / 3)
        let runs = try #require(got["runs"] as? [[String: Any]])
        #expect(runs.map { $0["state"] as? String } == ["stopped", "red-base", "landed"])
        #expect(try bench.hybrid("metrics").out.hasPrefix("3 runs: 1 landed, 1 red-base, 1 stopped\n"))
    }
}
