import HybridBase
import HybridPlan
import Testing

@Suite struct EstimateTests {
    @Test(
        "the method's own arithmetic",
        arguments: [
            ("setup-wizard", 15, 10, 40, 1.6), ("plugin-system", 12, 10, 30, 1.36),
            ("ui-pages", 18, 8, 45, 1.73),
        ])
    func examples(_ name: String, _ orchestrator: Int, _ workers: Int, _ sequential: Int, _ speedup: Double)
        throws
    {
        let report = try EstimateReport.make(plan: #require(Plan.example(name)), jobs: 8)
        #expect(report.orchestratorSeconds == orchestrator * 60)
        #expect(report.makespanSeconds == workers * 60)
        #expect(report.hybridSeconds == (orchestrator + workers) * 60)
        #expect(report.sequentialSeconds == sequential * 60)
        #expect(abs(try #require(report.speedup) - speedup) < 0.005)
        #expect(report.worthIt)
    }

    private func plan(_ jobs: Int, orchestrator: Int, sequential: Int) -> Plan {
        Plan(
            task: PlannedTask(name: "t", sequentialEstimate: Estimate(seconds: sequential)),
            orchestrator: Orchestrator(estimate: Estimate(seconds: orchestrator)),
            jobs: (0..<jobs).map {
                Job(
                    name: "j\($0)", id: "j\($0)", files: [Claim(path: "f\($0)")],
                    estimate: Estimate(seconds: 60))
            })
    }

    @Test(
        "thresholds are exact",
        arguments: [
            // 0.4 is not above 0.4; one second more is.
            (3, 960, 2400, [true, true, true, true]), (3, 961, 2400, [true, false, true, true]),
            // 20 minutes are enough; one second less is not.
            (2, 300, 1200, [true, true, true, true]), (2, 299, 1199, [true, true, false, true]),
            // 2 / (1 + 1/3) is 1.5; a little more integration is below.
            (2, 400, 1200, [true, true, true, true]), (2, 401, 1200, [true, true, true, false]),
            (1, 0, 2400, [false, true, true, false]),
        ])
    func thresholds(_ jobs: Int, _ orchestrator: Int, _ sequential: Int, _ passed: [Bool]) throws {
        let report = try EstimateReport.make(
            plan: plan(jobs, orchestrator: orchestrator, sequential: sequential), jobs: 8)
        #expect(report.rules.map(\.passed) == passed)
        #expect(report.worthIt == passed.allSatisfy { $0 })
    }

    @Test(
        "the table fills in what a job leaves out",
        arguments: [
            (Complexity.small, false, 240), (.small, true, 390), (.medium, false, 600), (.medium, true, 900),
            (.large, false, 1500), (.large, true, 2250),
        ])
    func table(_ size: Complexity, _ tested: Bool, _ seconds: Int) throws {
        var plan = plan(1, orchestrator: 0, sequential: 3000)
        plan.task.complexity = size
        plan.jobs[0].estimate = nil
        if tested { plan.jobs[0].verify = [.shell("t")] }
        let report = try EstimateReport.make(plan: plan, jobs: 1)
        #expect(report.makespanSeconds == seconds)
        #expect(report.assumptions.contains { $0.contains("j0") })
    }

    @Test(
        "times as people write them",
        arguments: [
            ("10 minutes", 600), ("5-8 min", 390), ("1.5 hours", 5400), ("1,5 hours", 5400), ("0,25 h", 900),
            ("90 s", 90), ("90m", 5400), ("1h30m", 5400), ("1 h 30 min", 5400), ("~10 minutes", 600),
            ("1 hour and 30 minutes", 5400), ("1 hour, 30 minutes", 5400), ("45 minutes - 1 hour", 3150),
            ("45 minutes to 1 hour", 3150), ("30-45 minutes", 2250), ("about 2 hours", 7200),
            ("1 h - 1.5 h", 4500), ("1h30", 5400), ("1 h 5 min", 3900), ("1h05", 3900), ("90min", 5400),
            ("~2 hours", 7200), ("half an hour", 1800), ("a half hour", 1800), ("an hour", 3600),
            ("an hour and a half", 5400), ("1 and a half hours", 5400), ("a quarter of an hour", 900),
            ("1½ h", 5400), ("¾ hour", 2700), ("1.5h", 5400), ("1h 30m 15s", 5415), ("5m30", 330),
            ("approximately 20 min.", 1200), ("between 1 and 2 hours", 5400), ("from 30 to 45 min", 2250),
            // Both ends as a whole, not their last parts.
            ("1 h 30 min - 2 h", 6300), ("1h30 – 2h", 6300), ("1 hour and 30 minutes to 2 hours", 6300),
            ("between 1 h 30 min and 2 h 30 min", 7200), ("half an hour to an hour", 2700),
            ("45 min to an hour and a half", 4050),
        ])
    func times(_ text: String, _ seconds: Int) throws {
        #expect(try Estimate.read(text, field: "f").seconds == seconds)
    }

    @Test(
        "what is no time",
        arguments: [
            "", "soon", "ten minutes", "10", "10 parsecs", "8-5 min", "1 hour - 5 minutes", "1,500 s",
            "and 5 min x",
            "5 min and", "-", "5 - min", "1..5 h", "3 - 4", "1h90", "1.5h30", "1 h 5", "10 min 20 min",
            "30 min 1 h", "1 - 2 hours 30 minutes", "1 - 1h30", "1 hour - 90", "between 1 hour", "from 1 h",
            "1 h - 2 h - 3 h", "a few minutes", "half", "and a half hours", "inf h", "nan h", "2x30 min",
            "1/2 h",
            "٣ h", "-5 min", "5 min each",
        ])
    func noTimes(_ text: String) {
        #expect(throws: HybridError.self) { try Estimate.read(text, field: "f") }
    }

    @Test(
        "what may be two things is told apart from what is none",
        arguments: [
            ("2 to 3 days", "days"), ("1d", "days"), ("a week", "days"), ("1:30", "hours or minutes"),
            ("1:30 h", "hours or minutes"), ("1,500 s", "thousands"), ("soon", "is not a time"),
        ])
    func doubts(_ text: String, _ reason: String) {
        #expect {
            try Estimate.read(text, field: "f")
        } throws: {
            "\($0)".contains(reason) && "\($0)".contains("write it")
        }
    }

    @Test func aFailedBoundaryIsShownWithTheDigitsItNeeds() throws {
        func figure(_ rule: Int, _ orchestrator: Int, _ sequential: Int, _ jobs: Int = 3) throws -> String {
            try EstimateReport.make(
                plan: plan(jobs, orchestrator: orchestrator, sequential: sequential), jobs: 8
            ).rules[rule].figure
        }
        #expect(try figure(1, 960, 2400) == "0.4")
        #expect(try figure(1, 961, 2400) == "0.4004")
        #expect(try figure(1, 959, 2400) == "0.3996")
        #expect(try figure(3, 401, 1200, 2) == "1.499")
        #expect(try figure(3, 400, 1200, 2) == "1.5")
        #expect(try figure(1, 12_001, 30_000) == "0.40003")
    }

    @Test func aPredictionBelowOneIsWarnedOf() throws {
        let slow = try EstimateReport.make(plan: plan(1, orchestrator: 2400, sequential: 2400), jobs: 8)
        #expect(
            slow.warnings.count == 1
                && slow.text(task: "t").contains("warning: it is predicted to take longer"))
        let nothing = try EstimateReport.make(plan: plan(0, orchestrator: 0, sequential: 0), jobs: 8)
        #expect(nothing.text(task: "t").contains("speedup        unknown, the method's"))
        let fast = try EstimateReport.make(plan: plan(3, orchestrator: 60, sequential: 2400), jobs: 8)
        #expect(fast.warnings == [] && !fast.text(task: "t").contains("warning"))
    }

    @Test func fewerWorkersTakeLonger() throws {
        let plan = plan(5, orchestrator: 0, sequential: 3000)
        #expect(
            try [1, 2, 3, 5].map { try EstimateReport.make(plan: plan, jobs: $0).makespanSeconds } == [
                300, 180, 120, 60,
            ])
    }
}

@Suite struct JobGraphTests {
    private func plan(_ jobs: [(String, needs: [String], dependencies: [String], wave: Int?)]) -> Plan {
        Plan(
            task: PlannedTask(name: "t"),
            jobs: jobs.map {
                Job(
                    name: $0.0, id: JobID(unchecked: $0.0), files: [Claim(path: $0.0 + ".py")],
                    dependencies: $0.dependencies.map { Claim(path: $0, kind: .read) }, needs: $0.needs,
                    wave: $0.wave)
            })
    }

    @Test func wavesComeFromNeedsDependenciesAndHints() throws {
        let graph = JobGraph(
            plan([
                ("a", [], [], nil), ("b", ["a"], [], nil), ("c", [], ["b.py"], nil), ("d", [], [], 2),
                ("e", [], [], nil),
            ]))
        #expect(try graph.waves() == [[0, 4], [1, 3], [2]])
        #expect(graph.independentCount == 3)
    }

    @Test func aCircleIsPrintedAsAPath() {
        let graph = JobGraph(plan([("a", ["c"], [], nil), ("b", ["a"], [], nil), ("c", ["b"], [], nil)]))
        #expect(graph.cycle() == [0, 2, 1, 0])
        #expect {
            try graph.waves()
        } throws: {
            "\($0)".contains("a → c → b → a")
        }
    }
}
