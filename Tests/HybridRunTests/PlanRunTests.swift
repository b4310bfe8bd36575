import HybridBase
import HybridPlan
import HybridRecords
import HybridReport
import HybridRun
import TestSupport
import Testing

/// Runs of plans that a program makes itself.
@Suite struct PlanRunTests {
    private let sandbox = try! Sandbox()

    /// Two jobs that write one file.
    private var plan: Plan {
        let jobs = ["one", "two"].map { name in
            Job(
                name: name, id: JobID(unchecked: name), files: [Claim(path: "list")],
                estimate: Estimate(seconds: 600), command: .shell("echo \(name) >> list"))
        }
        return Plan(
            task: PlannedTask(name: "T"), jobs: jobs, verify: [.argv(["true"])], target: "main")
    }

    private func host() throws -> Host {
        var host = try Host.using(hybridProgram())
        host.environment = hermetic(home: sandbox.home)
        return host
    }

    @Test func `jobs that overlap are refused, or run one after the other`() throws {
        try sandbox.repository(["README": "base\n"])
        let folder = sandbox.root + "/repo"
        let host = try host()
        let refused = try #require(throws: HybridError.self) {
            try PlanRun(plan, named: "its plan", in: folder, host: host).run()
        }
        #expect((refused.code, refused.thing) == (.overlap, "its plan"))
        #expect(refused.reason.contains("one and two both claim list"))
        #expect(try sandbox.git("for-each-ref", "refs/hybrid/") == "")
        let options = RunOptions(parallel: 2, commits: .squash)
        let report = try PlanRun(plan, in: folder, inWaves: true, options: options, host: host).run()
        #expect(report.run.state == .landed, "\(report.text())")
        #expect(report.run.waves == [["one"], ["two"]])
        #expect(try sandbox.git("show", "main:list") == "one\ntwo")
        // One commit, as the options say.
        #expect(try sandbox.git("rev-list", "--count", "main") == "2")
    }

    @Test func `the user's settings count where nobody says otherwise`() throws {
        try sandbox.repository(["README": "base\n"])
        try sandbox.git("config", "hybrid.commits", "squash")
        try sandbox.git("config", "hybrid.jobs", "3")
        var plan = plan
        plan.jobs.removeLast()
        let report = try PlanRun(plan, in: sandbox.root + "/repo", host: host()).run()
        #expect((report.run.state, report.run.commits, report.run.parallel) == (.landed, .squash, 3))
    }
}
