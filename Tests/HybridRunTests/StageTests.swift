import Foundation
import HybridBase
import HybridGit
import HybridPlan
import HybridRecords
import HybridSystem
import TestSupport
import Testing

@testable import HybridRun

/// Stages with a stand-in for processes: what each makes of every way a command can end, in no time.
@Suite struct StageTests {
    private static let two = [(name: "alpha", claims: "a/"), (name: "beta", claims: "b/")]
    private static let good = [
        "do alpha": [Act.writes(["a/file": "a\n"])], "do beta": [Act.writes(["b/file": "b\n"])],
        "check all": [Act.passes],
    ]

    private func script(_ changes: [String: [Act]]) -> [String: [Act]] {
        Self.good.merging(changes) { $1 }
    }

    /// How beta's command ends, and what becomes of beta and of the run.
    private static let ends: [(act: Act, worker: WorkerState, run: RunState)] = [
        (.writes(["b/file": "b\n"]), .landed, .landed),
        (.passes, .nothingDone, .leftOut),
        (.ends(.exited(3), writing: ["b/file": "b\n"]), .failed, .leftOut),
        (.ends(.signalled(9), writing: ["b/file": "b\n"]), .failed, .leftOut),
        (.ends(.timedOut, writing: ["b/file": "b\n"]), .timedOut, .leftOut),
        (.ends(.couldNotStart("no such program")), .failed, .leftOut),
        // Nobody saw it end, again and again.
        (.ends(nil, writing: ["b/file": "b\n"]), .failed, .leftOut),
        (.writes(["b/file": "b\n", "README": "mine\n"]), .breach, .leftOut),
        (.writes(["a/other": "mine\n"]), .breach, .leftOut),
        (.writes(["README": nil]), .breach, .leftOut),
    ]

    @Test(arguments: ends.indices)
    func `what becomes of a worker is told from how it ended and what it touched`(_ index: Int) throws {
        let row = Self.ends[index]
        let bench = try StageBench(Self.two)
        let (run, workers, _) = try bench.run(script(["do beta": [row.act]]))
        #expect(workers.map(\.state) == [row.run == .landed ? .landed : .merged, row.worker])
        #expect(run.state == row.run, "\(run.detail)")
        let onTarget = try bench.sandbox.git("ls-tree", "-r", "--name-only", "main")
        #expect(onTarget.contains("a/file") == (row.run == .landed), "all or nothing")
        if row.act.outcome == nil { #expect(workers[1].lost == 3 && workers[1].attempt == 4) }
        // What it made is never gone.
        if row.act.files["b/file"] != nil, row.run != .landed {
            let kept = try bench.sandbox.git("for-each-ref", "--format=%(refname)", "refs/hybrid/")
            let found = try kept.split(separator: "\n").contains { ref in
                try bench.sandbox.git("ls-tree", "-r", "--name-only", String(ref)).contains("b/file")
            }
            #expect(found, "\(kept)")
        }
    }

    @Test(arguments: ends.indices.dropFirst())
    func `the rest lands where the plan says so`(_ index: Int) throws {
        let row = Self.ends[index]
        let (run, workers, _) = try StageBench(Self.two, ["land_the_rest": true]).run(
            script(["do beta": [row.act]]))
        #expect(run.state == .landed && workers.map(\.state) == [.landed, row.worker], "\(run.detail)")
    }

    @Test func `an attempt that failed is begun again on the same base, as often as the plan says`() throws {
        let bench = try StageBench(Self.two, retries: 2)
        let (run, workers, standIn) = try bench.run(
            script([
                "do beta": [
                    .ends(.exited(1), writing: ["b/wrong": "x\n"]),
                    .ends(.timedOut, writing: ["b/wrong": "y\n"]),
                    .writes(["b/file": "b\n"]),
                ]
            ]))
        #expect(run.state == .landed && workers[1].attempt == 3 && workers[1].seconds == 3 * 3600)
        #expect(standIn.said.count { $0 == "do beta" } == 3)
        // What failed did not slip in with what succeeded.
        let landed = try bench.sandbox.git("ls-tree", "-r", "--name-only", "main")
        #expect(landed.contains("b/file") && !landed.contains("b/wrong"))
    }

    @Test func `who needs what was left out is not launched`() throws {
        let bench = try StageBench(
            Self.two + [(name: "gamma", claims: "c/")], ["land_the_rest": true], needs: ["gamma": ["beta"]])
        let (run, workers, standIn) = try bench.run(
            script(["do beta": [.fails], "do gamma": [.writes(["c/file": "c\n"])]]))
        #expect(workers.map(\.state) == [.landed, .failed, .blocked] && run.state == .landed)
        #expect(!standIn.said.contains("do gamma"))
        #expect(workers[2].detail == "needs beta, which was left out")
    }

    @Test func `a later wave begins where the earlier one was merged`() throws {
        let bench = try StageBench(Self.two, needs: ["beta": ["alpha"]])
        let (run, workers, standIn) = try bench.run(Self.good)
        #expect(run.state == .landed && run.waves == [["alpha"], ["beta"]])
        let base = try #require(workers[1].base)
        #expect(try bench.sandbox.git("ls-tree", "-r", "--name-only", base.description).contains("a/file"))
        #expect(standIn.said == ["check all", "do alpha", "do beta", "check all"])
    }

    @Test(arguments: [false, true])
    func `a red base stops the run before anything is launched, unless that is accepted`(accepts: Bool) throws
    {
        let bench = try StageBench(Self.two)
        let standIn = StandIn(script(["check all": [.fails]]))
        let context = try bench.context(standIn)
        let options = RunOptions(parallel: 4, acceptRedBase: accepts)
        let run = try DriveStep(context).drive(bench.begin(context, options).id, to: .landed)
        #expect(run.state == (accepts ? .verificationFailed : .redBase), "\(run.detail)")
        #expect(standIn.said.contains("do alpha") == accepts)
        #expect(run.base?.passed == false && run.base?.accepted == accepts)
    }

    @Test func `a base that fails once and then passes is flaky and stops nothing`() throws {
        let bench = try StageBench(Self.two)
        let (run, _, _) = try bench.run(script(["check all": [.fails, .passes]]))
        #expect(run.state == .landed && run.base?.passed == true)
    }

    @Test func `without a verify command nothing lands by itself`() throws {
        let bench = try StageBench(Self.two, ["verify": [String]()])
        let (run, workers, _) = try bench.run(Self.good)
        #expect(run.state == .unverified && run.verification == .unverified)
        #expect(workers.map(\.state) == [.merged, .merged])
        let context = try bench.context(StandIn([:]))
        let landed = try DriveStep(context).drive(run.id, to: .landed, allowUnverified: true)
        #expect(landed.state == .landed)
    }

    @Test func `whoever breaks the union is found and left out, and the rest lands where the plan says so`()
        throws
    {
        let breaks: @Sendable (String) -> Bool = { !FileManager.default.fileExists(atPath: $0 + "/b/file") }
        for landsTheRest in [false, true] {
            let bench = try StageBench(Self.two, ["land_the_rest": landsTheRest])
            let (run, workers, _) = try bench.run(script(["check all": [.passes(where: breaks)]]))
            #expect(run.state == (landsTheRest ? .landed : .verificationFailed), "\(run.detail)")
            #expect(
                workers.map(\.state) == (landsTheRest ? [.landed, .verificationFailed] : [.merged, .merged]))
            let findings = try bench.context(StandIn([:])).ledger.findings(of: run.id)
            #expect(findings.contains { $0.kind == .verification && $0.jobs == ["beta"] }, "\(findings)")
        }
    }

    @Test func `two answers about the same tree blame nobody`() throws {
        // The base, then the union twice.
        let bench = try StageBench(Self.two)
        let (run, workers, _) = try bench.run(script(["check all": [.passes, .fails, .passes]]))
        #expect(run.state == .verificationFailed && run.verification == .flaky, "\(run.detail)")
        #expect(workers.map(\.state) == [.merged, .merged])
    }

    @Test func `work that does not merge is left out, with what it met`() throws {
        let bench = try StageBench(
            [(name: "alpha", claims: "a/"), (name: "beta", claims: "b/")], ["audit": "report"])
        let (run, workers, _) = try bench.run(
            script([
                "do alpha": [.writes(["a/file": "a\n", "shared": "1\nalpha\n3\n"])],
                "do beta": [.writes(["b/file": "b\n", "shared": "1\nbeta\n3\n"])],
            ]))
        #expect(run.state == .leftOut && Set(workers.map(\.state)) == [.merged, .conflict], "\(run.detail)")
        #expect(workers.first { $0.state == .conflict }?.hasConflicted == true)
        // A person decides; then the run goes on from there.
        let out = try #require(workers.first { $0.state == .conflict }?.job)
        let context = try bench.context(StandIn(Self.good))
        guard
            case .opened(let path, _) = try ResolveStep(context).resolve(
                run.id.text, job: out.text, acceptOneSide: false)
        else {
            Issue.record("it was not opened")
            return
        }
        try bench.sandbox.write("1\nboth\n3\n", to: path + "/shared")
        guard
            case .resolved(let resolved) = try ResolveStep(context).resolve(
                run.id.text, job: out.text, acceptOneSide: false)
        else {
            Issue.record("it was not taken")
            return
        }
        #expect(resolved.state == .integrated && resolved.waves.last == [out] && resolved.nextWave == 2)
        #expect(try DriveStep(context).drive(run.id, to: .landed).state == .landed)
        #expect(try bench.sandbox.git("show", "main:shared") == "1\nboth\n3")
    }

    @Test func `a job is done again as a wave of its own`() throws {
        let bench = try StageBench(Self.two)
        let (run, _, _) = try bench.run(script(["do beta": [.fails]]))
        #expect(run.state == .leftOut)
        let context = try bench.context(StandIn(Self.good))
        let again = try RetryStep(context).retry(run.id.text, jobs: ["beta"])
        #expect(
            again.state == .working && again.waves == [["alpha", "beta"], ["beta"]]
                && again.detail == "beta is done again")
        #expect(try DriveStep(context).drive(run.id, to: .landed).state == .landed)
    }

    @Test func `a target that moves while the run is verified is merged with and verified again`() throws {
        let bench = try StageBench(Self.two)
        let folder = bench.folder
        let moves = Act(beside: {
            let tree = try bench.sandbox.git("rev-parse", "main^{tree}")
            let commit = try bench.sandbox.git("commit-tree", "-p", "main", "-m", "meanwhile", tree)
            try bench.sandbox.git("-C", folder, "update-ref", "refs/heads/main", commit)
        })
        let (run, workers, standIn) = try bench.run(script(["check all": [.passes, moves, .passes]]))
        #expect(run.state == .landed && run.landingTries == 1, "\(run.detail)")
        #expect(workers.map(\.state) == [.landed, .landed])
        #expect(
            standIn.said.count { $0 == "check all" } == 2 || standIn.said.count { $0 == "check all" } == 3)
        #expect(try bench.sandbox.git("log", "--format=%s", "main").contains("meanwhile"))
    }

    @Test func `a run begins on the commit that its plan was checked on`() throws {
        let bench = try StageBench(Self.two)
        let checked = try bench.checked()
        try bench.sandbox.git("commit", "-q", "--allow-empty", "-m", "meanwhile")
        let context = try bench.context(StandIn(Self.good))
        let run = try BeginStep(context).begin(
            checked, planPath: "plan.json", options: RunOptions(parallel: 4), createdAt: 1)
        #expect(run.targetBefore == checked.base && run.planned == checked.base)
        #expect(try bench.sandbox.git("rev-parse", "main^") == checked.base.description)
        let ended = try DriveStep(context).drive(run.id, to: .landed)
        #expect(ended.state == .landed && ended.landingTries == 1, "\(ended.detail)")
        #expect(try bench.sandbox.git("log", "--format=%s", "main").contains("meanwhile"))
    }

    @Test func `a plan that overlaps begins no run`() throws {
        var bench = try StageBench(Self.two)
        bench.plan.jobs[1].files = bench.plan.jobs[0].files
        let inspection = try Inspection(at: bench.folder, environment: hermetic(home: bench.sandbox.home))
        guard case .refused(let report, _) = try inspection.checked(bench.plan, inWaves: false) else {
            Issue.record("it may run")
            return
        }
        #expect(!report.overlaps.isEmpty)
        guard case .mayRun(let inWaves) = try inspection.checked(bench.plan, inWaves: true) else {
            Issue.record("waves do not mend it")
            return
        }
        #expect(inWaves.waves == [[0], [1]])
    }

    @Test func `what landed is taken back as a whole, once`() throws {
        let bench = try StageBench(Self.two)
        let before = try bench.sandbox.git("rev-parse", "main")
        let (run, _, _) = try bench.run(Self.good)
        #expect(run.state == .landed)
        let context = try bench.context(StandIn([:]))
        #expect(try RollbackStep(context).rollback(run.id.text).state == .rolledBack)
        #expect(try bench.sandbox.git("rev-parse", "main") == before)
        #expect(throws: HybridError.self) { try RollbackStep(context).rollback(run.id.text) }
    }

    @Test func `a run that is stopped keeps what was made, and goes on with what was not begun`() throws {
        let bench = try StageBench(Self.two, needs: ["beta": ["alpha"]])
        let standIn = StandIn(Self.good)
        let context = try bench.context(standIn)
        let run = try bench.begin(context)
        _ = try DriveStep(context).drive(run.id, to: .landed)
        #expect(throws: HybridError.self) { try StopStep(context).stop(run.id.text) }

        let other = try StageBench(Self.two)
        let begun = try other.begin(other.context(StandIn([:])))
        let stopped = try StopStep(other.context(StandIn([:]))).stop(begun.id.text)
        #expect(stopped.state == .stopped)
        #expect(
            try other.context(StandIn([:])).runs.workers(of: stopped).map(\.state) == [.stopped, .stopped])
        let ended = try DriveStep(other.context(StandIn(Self.good))).drive(begun.id, to: .landed)
        #expect(ended.state == .landed, "\(ended.detail)")
    }
}
