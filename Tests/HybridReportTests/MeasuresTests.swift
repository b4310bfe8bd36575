import HybridGit
import HybridPlan
import TestSupport
import Testing

@testable import HybridRecords
@testable import HybridReport

private func seconds(_ from: Double, _ to: Double, _ stage: Stage) -> StageRecord {
    StageRecord(run: "20260101-000000-rrrr", stage: stage, begin: UInt64(from * 1e9), end: UInt64(to * 1e9))
}

/// A commit id that a test knows by a name.
func commit(_ name: String) -> ObjectID {
    ObjectID(bytes: (Array(name.utf8) + Array(repeating: 0, count: 20)).prefix(20))!
}

func runRecord(_ state: RunState, id: RunID = "20260101-000000-rrrr") -> RunRecord {
    RunRecord(
        id: id, plan: "{}", planPath: "p.md", task: "Task <b>&\u{1B}[31m", target: try! BranchName("main"),
        targetBefore: commit("0"),
        state: state,
        createdAt: 0)
}

func workerRecord(_ job: JobID, _ state: WorkerState, wave: Int = 0, seconds: Double? = 10) -> WorkerRecord {
    WorkerRecord(
        run: "20260101-000000-rrrr", job: job, name: job.text.uppercased(), index: 0, wave: wave,
        branch: try! BranchName("hybrid/r/\(job)"),
        worktree: "/w/\(job)", base: commit("0"), state: state, seconds: seconds)
}

@Suite struct MeasuresTests {
    private func command(
        _ from: Double, _ to: Double, _ stage: Stage, on tip: String? = nil, _ name: String = " 0",
        passed: Bool = true
    ) -> StageRecord {
        var record = seconds(from, to, stage)
        (record.commit, record.command, record.passed) = (tip.map { commit($0) }, name, passed)
        return record
    }

    /// Two waves, overlapping spans, a pause, checks of a tip and of the union, and one of the base.
    private var stages: [StageRecord] {
        var pause = seconds(16, 30, .paused)
        pause.state = .pausedIntegrate
        return [
            seconds(0, 2, .prepare), command(0, 0.5, .verifyCommand, on: "base"),
            command(1, 2, .orchestratorCommand, "prepare"), seconds(2, 12, .launch), seconds(10, 14, .audit),
            command(12, 13, .verifyCommand, on: "tip-a", "a 0", passed: false),
            command(13, 14, .verifyCommand, on: "tip-a", "a 0"), seconds(14, 16, .merge), pause,
            seconds(30, 34, .verify), command(30, 31, .verifyCommand, on: "union"),
            command(31, 34, .verifyCommand, on: "union"), seconds(34, 35, .advance),
            seconds(35, 35.5, .clean), seconds(0, 15, .session), seconds(30, 36, .session),
        ]
    }
    private var workers: [WorkerRecord] {
        var all = [
            workerRecord("a", .landed, seconds: 8), workerRecord("b", .landed, seconds: 10),
            workerRecord("c", .landed, wave: 1, seconds: 4),
        ]
        all[0].tip = commit("tip-a")
        all[1].lastSeconds = 6
        return all
    }

    private func measures(
        _ state: RunState = .landed, findings: [FindingRecord] = [], workers: [WorkerRecord]? = nil,
        after: [JobID: Set<JobID>] = ["c": ["a"]], change: (inout RunRecord) -> Void = { _ in }
    ) -> Measures {
        var run = runRecord(state)
        run.verified = commit("union")
        change(&run)
        return Measures(
            run: run, workers: workers ?? self.workers, stages: stages, findings: findings, estimated: 440,
            after: after)
    }

    private func row(_ measures: Measures, _ name: String) -> (figure: String, met: Bool?)? {
        measures.rows.first { $0.name == name }.map { ($0.figure, $0.met) }
    }

    @Test("are worked out from the records, overlaps counted once and pauses apart")
    func figures() {
        let got = measures()
        #expect(got.wall == 22)
        #expect(got.waiting == [Measures.Waiting(state: .pausedIntegrate, seconds: 14)])
        #expect(row(got, "waiting")?.figure == "14 s beside it (paused-integrate 14 s)")
        #expect(got.workers == 22)
        #expect(got.verifyCommands == 6.5)
        // Audit 4, merge 2, verify 4, advance 1, clean 0.5; of these 6 were the commands'.
        #expect(got.integration == 5.5)
        #expect(got.workerSuccess == 1 && got.isClean)
    }

    @Test("the speedup that counts is of what was measured; the plan's estimate stands beside it")
    func speedup() {
        let got = measures()
        // Prepare 1 and the union's last answer 3; the attempts that counted 8 + 6 + 4; the check of a's tip 1.
        #expect(got.orchestrator == 4 && got.landedWork == 18 && got.checks == 1)
        #expect(got.sameWork == 23 && got.speedup == 23.0 / 22 && got.yardstick == .sameWork)
        #expect(row(got, "speedup")?.met == false)
        #expect(row(got, "speedup")?.figure.contains("against the same work in sequence") == true)
        #expect(got.estimatedSpeedup == 20)
        #expect(row(got, "estimate")?.met == nil)
        #expect(row(got, "estimate")?.figure.contains("20x: counts for no target") == true)
        let measured = measures { $0.sequentialMeasured = 88 }
        #expect(measured.speedup == 4 && measured.yardstick == .measured)
        #expect(row(measured, "speedup")?.met == true)
    }

    @Test("of a run that landed in part only what landed counts")
    func part() {
        var some = workers
        some[1].state = .failed
        let got = measures(workers: some) { $0.sequentialMeasured = 88 }
        #expect(got.landed == 2 && got.jobs == 3)
        #expect(got.sameWork == 17 && got.speedup == 17.0 / 22 && got.yardstick == .sameWork)
        #expect(got.estimatedSpeedup == nil)
        #expect(row(got, "speedup")?.figure.contains("2 of 3 jobs landed") == true)
        #expect(row(got, "estimate")?.figure.contains("x:") == false)
        #expect(got.workerSuccess == 2.0 / 3)
    }

    @Test(
        "a run that landed nothing gained nothing",
        arguments: [
            RunState.verificationFailed, .leftOut, .unverified, .rolledBack, .pausedPrepare, .working,
            .stopped, .redBase,
        ])
    func nothingLanded(state: RunState) {
        let got = measures(state) { $0.sequentialMeasured = 88 }
        #expect(got.speedup == nil && got.sameWork == nil && got.estimatedSpeedup == nil)
        #expect(row(got, "speedup")?.met == nil)
        #expect(!got.isClean)
    }

    @Test(
        "what failed, was taken back or was not checked has not integrated",
        arguments: [RunState.verificationFailed, .rolledBack, .unverified])
    func notIntegrated(state: RunState) {
        let merged = ["a", "b"].map { workerRecord($0, .merged) }
        let got = measures(state, workers: merged)
        #expect(got.workerSuccess == 0)
        #expect(row(got, "success rate")?.met == false)
    }

    @Test("a figure is told apart from the target that it misses, or just meets")
    func boundaries() {
        #expect(Measures.percent(0.199996, apartFrom: 0.2) == "19.9996%")
        #expect(
            Measures.percent(0.2, apartFrom: 0.2) == "20%"
                && Measures.percent(0.2341, apartFrom: 0.2) == "23.41%")
        #expect(
            EstimateReport.speedupText(2.001) == "2.001x" && EstimateReport.speedupText(1.9996) == "1.9996x")
        #expect(EstimateReport.speedupText(2) == "2x" && EstimateReport.speedupText(3.14159) == "3.14x")
        #expect(
            row(measures { $0.sequentialMeasured = 22 * 2.001 }, "speedup")?.figure.hasPrefix("2.001x ")
                == true)
        #expect(Measures.time(0.9996) == "1 s" && Measures.time(0.9994) == "999 ms")
    }

    @Test("the critical path is the longest chain of those that wait for each other")
    func criticalPath() {
        #expect(measures().criticalPath == 12)
        #expect(measures(after: ["c": ["a", "b"]]).criticalPath == 14)
        // A job that was resolved or done again has a wave of its own, and waited for nobody.
        #expect(measures(after: [:]).criticalPath == 10)
    }

    @Test("of work by hand what is known is told, and what is not")
    func byHand() {
        let people = ["a", "b"].map { workerRecord($0, .landed, seconds: nil) }
        let got = measures(workers: people) { $0.byHand = true }
        #expect(got.workers == nil && got.criticalPath == nil && got.speedup == nil && got.sameWork == nil)
        #expect(got.wall == 22 && got.estimatedSpeedup == 20)
        for name in ["sum of workers", "critical path", "speedup"] {
            #expect(row(got, name)?.figure == "unknown, people worked by hand")
        }
        #expect(
            measures(workers: people) {
                $0.byHand = true
                $0.sequentialMeasured = 88
            }.speedup == 4)
    }

    @Test("a conflict counts, also one that was resolved later; a breach that was accepted does too")
    func conflicts() {
        let finding = FindingRecord(
            run: "20260101-000000-rrrr", kind: .conflict, jobs: ["c", "a"], message: "m")
        let got = measures(findings: [finding])
        #expect(!got.isClean)
        #expect(got.workerSuccess == 1.0 / 3)
        let failed = measures(.leftOut, workers: [workerRecord("a", .merged), workerRecord("b", .failed)])
        #expect(failed.workerSuccess == 0.5 && !failed.isClean)
        #expect(!measures(.leftOut, workers: []).isClean)
        var again = workers
        again[0].hasConflicted = true
        #expect(measures(workers: again).workerSuccess == 2.0 / 3 && !measures(workers: again).isClean)
        var breach = FindingRecord(
            run: "20260101-000000-rrrr", kind: .breach, jobs: ["a", "b"], path: "x", message: "m")
        breach.accepted = true
        let taken = measures(findings: [breach])
        #expect(taken.workerSuccess == 2.0 / 3 && !taken.isClean && taken.breaching == 1)
        #expect(row(taken, "success rate")?.figure == "66.67% of workers (1 with a breach)")
    }

    @Test("metrics are medians over runs, and the share of clean ones; stopped and red ones stay")
    func metrics() throws {
        func row(_ wall: Double, _ state: RunState = .landed, clean: Bool = true) -> Metrics.Row {
            var run = runRecord(state)
            run.sequentialMeasured = 100
            var worker = workerRecord("a", state == .landed ? .landed : .stopped)
            if !clean { worker.hasConflicted = true }
            let stages =
                state == .landed
                ? [seconds(0, wall, .launch), seconds(0, 1, .merge)] : [seconds(0, wall, .launch)]
            return Metrics.Row(
                run: run,
                measures: Measures(
                    run: run, workers: [worker], stages: stages, findings: [], estimated: 100))
        }
        let odd = Metrics(rows: [row(10), row(50), row(25, clean: false)])
        #expect(odd.speedup == 4)
        #expect(odd.overhead == 0.04)
        #expect(odd.clean == 2.0 / 3)
        #expect(odd.text().contains("66.67%") && odd.text().contains("missed"))
        let even = Metrics(rows: [row(10), row(50)])
        #expect(even.speedup == 6 && even.clean == 1)
        let bad = Metrics(rows: [row(10), row(50), row(1, .stopped), row(1, .redBase)])
        #expect(bad.speedup == 6 && bad.clean == 0.5 && bad.overhead == even.overhead)
        #expect(bad.text().hasPrefix("4 runs: 2 landed, 1 red-base, 1 stopped\n"), "\(bad.text())")
        #expect(Metrics(rows: []).speedup == nil)
        #expect(Metrics(rows: []).text().contains("no run has ended"))
    }
}
