import Testing

@testable import HybridCore

private func seconds(_ from: Double, _ to: Double, _ stage: Stage) -> StageRecord {
    StageRecord(run: "r", stage: stage, begin: UInt64(from * 1e9), end: UInt64(to * 1e9))
}

func runRecord(_ state: RunState, id: String = "r") -> RunRecord {
    RunRecord(
        id: id, plan: "{}", planPath: "p.md", task: "Task <b>&\u{1B}[31m", target: "main", targetBefore: "00",
        state: state,
        createdAt: 0)
}

func workerRecord(_ job: String, _ state: WorkerState, wave: Int = 0, seconds: Double? = 10) -> WorkerRecord {
    WorkerRecord(
        run: "r", job: job, name: job.uppercased(), index: 0, wave: wave, branch: "hybrid/r/\(job)",
        worktree: "/w/\(job)", base: "00", state: state, seconds: seconds)
}

@Suite struct MeasuresTests {
    /// Two waves, overlapping spans, a pause, verify commands within verify.
    private let stages = [
        seconds(0, 2, .prepare), seconds(2, 12, .launch), seconds(10, 14, .audit), seconds(14, 16, .merge),
        seconds(16, 30, .paused), seconds(30, 34, .verify), seconds(31, 34, .verifyCommand),
        seconds(34, 35, .advance),
    ]
    private let workers = [
        workerRecord("a", .landed, seconds: 8), workerRecord("b", .landed, seconds: 10),
        workerRecord("c", .landed, wave: 1, seconds: 4),
    ]

    private func measures(
        _ state: RunState = .landed, findings: [FindingRecord] = [], workers: [WorkerRecord]? = nil
    ) -> Measures {
        Measures(
            run: runRecord(state), workers: workers ?? self.workers, stages: stages, findings: findings,
            estimated: 42)
    }

    @Test("are worked out from the records, overlaps counted once and pauses not at all")
    func figures() {
        let got = measures()
        #expect(got.wall == 21)
        #expect(got.speedup == 2)
        #expect(got.workers == 22)
        #expect(got.criticalPath == 14)
        #expect(got.verifyCommands == 3)
        #expect(got.integration == 8)
        #expect(got.overhead == 8.0 / 21)
        #expect(got.workerSuccess == 1 && got.isClean)
        // More than 2x is the target; 2x is not.
        #expect(got.rows.map(\.met) == [nil, nil, nil, nil, false, false, true])
    }

    @Test("a measured time beats the estimate, and says so")
    func measured() {
        var run = runRecord(.landed)
        run.sequentialMeasured = 84
        let got = Measures(run: run, workers: workers, stages: stages, findings: [], estimated: 42)
        #expect(got.speedup == 4 && got.sequentialIsMeasured)
        #expect(got.rows[0].figure.contains("measured"))
    }

    @Test(
        "a run that landed nothing gained nothing",
        arguments: [
            RunState.verificationFailed, .leftOut, .unverified, .rolledBack, .pausedPrepare, .working,
        ])
    func nothingLanded(state: RunState) {
        #expect(measures(state).speedup == nil)
        #expect(measures(state).rows[4].met == nil)
    }

    @Test("a conflict counts, also one that was resolved later")
    func conflicts() {
        let finding = FindingRecord(run: "r", kind: .conflict, jobs: ["c", "a"], message: "m")
        let got = measures(findings: [finding])
        #expect(!got.isClean)
        #expect(got.workerSuccess == 1.0 / 3)
        let failed = measures(.leftOut, workers: [workerRecord("a", .merged), workerRecord("b", .failed)])
        #expect(failed.workerSuccess == 0.5 && !failed.isClean)
        #expect(!measures(.leftOut, workers: []).isClean)
    }

    @Test("metrics are medians over runs, and the share of clean ones")
    func metrics() throws {
        func row(_ wall: Double, clean: Bool) -> Metrics.Row {
            Metrics.Row(
                run: runRecord(.landed),
                measures: Measures(
                    run: runRecord(.landed), workers: [workerRecord("a", clean ? .landed : .failed)],
                    stages: [seconds(0, wall, .launch), seconds(0, 1, .merge)], findings: [], estimated: 100))
        }
        let odd = Metrics(rows: [row(10, clean: true), row(50, clean: true), row(25, clean: false)])
        #expect(odd.speedup == 4)
        #expect(odd.overhead == 0.04)
        #expect(odd.clean == 2.0 / 3)
        #expect(odd.text().contains("66.67%") && odd.text().contains("missed"))
        let even = Metrics(rows: [row(10, clean: true), row(50, clean: true)])
        #expect(even.speedup == 6 && even.clean == 1)
        #expect(Metrics(rows: []).speedup == nil)
        #expect(Metrics(rows: []).text().contains("no run has ended"))
    }
}
