import Foundation
import TestSupport
import Testing

/// Every next step that a run's status prints, typed as it stands there.
@Suite struct NextStepTests {
    /// How a run comes to a state, what each step that is offered there does, and what the run is then.
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var make: @Sendable (Bench) throws -> Void
        /// The state in which the steps are offered.
        var state: String
        /// For each step that is offered, in order: what a person does first, and the state that it leads to.
        var steps: [(first: @Sendable (Bench) throws -> Void, then: String)]
        var testDescription: String { name }
    }

    private static let good = PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")
    private static let nothing: @Sendable (Bench) throws -> Void = { _ in }

    private static func run(
        _ jobs: [PlannedJob], verify: [String] = ["true"], more: [String: String] = [:], _ options: String...
    ) -> @Sendable (Bench) throws -> Void {
        let jobs = jobs.map { ($0.name, $0.files, $0.command, $0.more) }
        return { bench in
            let plan = try bench.plan(
                jobs.map { PlannedJob($0.0, $0.1, $0.2, more: $0.3) }, verify: verify, more: more)
            try bench.hybrid(list: ["run", plan] + options)
        }
    }

    private static func byHand(_ verify: [String], _ words: String...) -> @Sendable (Bench) throws -> Void {
        { bench in
            let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], nil)], verify: verify)
            try #require(try bench.hybrid("start", plan).code == 0)
            if words.isEmpty { return }
            try bench.shell("echo alpha > alpha.txt", in: bench.worktree("alpha"))
            for word in words { try bench.hybrid(word) }
        }
    }

    /// A line that two jobs change, the second one against the first.
    private static let conflicting = [
        PlannedJob("Alpha", ["alpha.txt", "a/**"], "echo alpha > alpha.txt; echo a > shared"),
        PlannedJob("Beta", ["beta.txt", "b/**"], "echo beta > beta.txt; echo b > shared"),
    ]

    static let cases: [Case] = [
        Case(
            name: "a red base", make: run([good], verify: ["test -e \"$ROOT/mended\""]), state: "red-base",
            steps: [
                (nothing, "verification-failed"), ({ try $0.sandbox.write("", to: "mended") }, "landed"),
                ({ try $0.sandbox.write("", to: "mended") }, "landed"),
            ]),
        Case(
            name: "files of the orchestrator's to be made",
            make: run([good], more: ["orchestrator": #"{"estimate":"5 minutes","files":["api.txt"]}"#]),
            state: "paused-prepare",
            steps: [({ try $0.shell("echo api > api.txt", in: $0.worktree("_orchestrator")) }, "landed")]),
        Case(
            name: "a prepare command that fails",
            make: run(
                [good],
                more: ["orchestrator": #"{"estimate":"5 minutes","prepare":"test -e \"$ROOT/mended\""}"#]),
            state: "preparing", steps: [({ try $0.sandbox.write("", to: "mended") }, "landed")]),
        Case(
            name: "an orchestrator that is killed",
            make: { bench in
                let plan = try bench.plan([good])
                try bench.hybrid("run", plan, environment: ["HYBRID_FAILPOINT": "launch:after=kill"])
            }, state: "working", steps: [(nothing, "landed")]),
        Case(
            name: "work by hand", make: byHand(["true"]), state: "hand-worked",
            steps: [({ try $0.shell("echo alpha > alpha.txt", in: $0.worktree("alpha")) }, "integrated")]),
        Case(
            name: "merged", make: byHand(["true"], "merge"), state: "integrated",
            steps: [(nothing, "verified")]),
        Case(
            name: "verified", make: byHand(["true"], "merge", "verify"), state: "verified",
            steps: [(nothing, "landed")]),
        Case(
            name: "nothing that verifies", make: run([good], verify: []), state: "unverified",
            steps: [(nothing, "landed")]),
        Case(
            name: "a pause to integrate", make: run([good], "--pause"), state: "paused-integrate",
            steps: [(nothing, "landed")]),
        Case(
            name: "a conflict", make: run(conflicting, more: ["audit": #""report""#]), state: "left-out",
            steps: [
                (
                    { bench in
                        // The first call opens it; what is typed here again takes it in.
                        try bench.hybrid("resolve", "beta")
                        try bench.shell("echo both > shared", in: bench.resolution("beta"))
                    }, "landed"
                ), (nothing, "landed"), (nothing, "landed"),
            ]),
        Case(
            name: "a breach",
            make: run([good, PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt; echo x > other")]),
            state: "left-out", steps: [(nothing, "left-out"), (nothing, "landed"), (nothing, "landed")]),
        Case(
            name: "a job that did nothing", make: run([good, PlannedJob("Beta", ["beta.txt"], "true")]),
            state: "left-out", steps: [(nothing, "left-out"), (nothing, "landed")]),
        Case(
            name: "jobs of which none did anything", make: run([PlannedJob("Beta", ["beta.txt"], "true")]),
            state: "left-out", steps: [(nothing, "left-out")]),
        Case(
            name: "a red merge with a culprit",
            make: run(
                [
                    good,
                    PlannedJob(
                        "Beta", ["b"], "if test -e \"$ROOT/good\"; then echo good; else echo bad; fi > b"),
                ],
                verify: ["test -e \"$ROOT/mended\" || ! grep -q bad b"]), state: "verification-failed",
            steps: [
                ({ try $0.sandbox.write("", to: "good") }, "landed"),
                ({ try $0.sandbox.write("", to: "mended") }, "verified"),
            ]),
        Case(
            name: "a flaky merge",
            make: run(
                [good],
                verify: [
                    "test ! -e alpha.txt || { echo x >> \"$ROOT/runs\"; test \"$(wc -l < \"$ROOT/runs\")\" -ne 1; }"
                ]), state: "verification-failed", steps: [(nothing, "verified")]),
        Case(
            name: "a target that moved and conflicts",
            make: { bench in
                try run([good], "--pause")(bench)
                try bench.shell("echo mine > alpha.txt; git add alpha.txt; git commit -qm mine")
                try bench.hybrid("resume")
            }, state: "left-out",
            steps: [
                (
                    { bench in
                        try bench.hybrid("resolve", "main")
                        try bench.shell("echo both > alpha.txt", in: bench.resolution())
                    }, "landed"
                )
            ]),
        Case(
            name: "a target that cannot move yet",
            make: { bench in
                try bench.shell("echo mine >> README")
                try run([PlannedJob("Alpha", ["README"], "echo alpha > README")])(bench)
            }, state: "landing-pending", steps: [({ try $0.shell("git checkout -q README") }, "landed")]),
        Case(
            name: "a stop",
            make: { bench in
                try byHand(["true"])(bench)
                try bench.hybrid("stop")
            }, state: "stopped", steps: [(nothing, "hand-worked")]),
        Case(
            name: "changed configuration",
            make: run([PlannedJob("Alpha", ["alpha.txt"], "echo a > alpha.txt; git config alias.x '!sh'")]),
            state: "working",
            steps: [({ try $0.shell("git config --unset alias.x") }, "landed"), (nothing, "landed")]),
    ]

    /// The commands among the words of a next step.
    static func commands(_ text: String) -> [[String]] {
        text.matches(of: /hybrid ((?:[^,;']|'[^']*')+)/).map { found in
            found.1.split(separator: " ").map { String($0).replacingOccurrences(of: "'", with: "") }
        }
    }

    private func next(_ bench: Bench, _ run: String) throws -> String? {
        try Bench.object(bench.hybrid("status", run, "--json"))["next"] as? String
    }

    @Test(arguments: cases) func `what is offered is not refused and does what it says`(_ test: Case) throws {
        let bench = try Bench(["README": "base\n"])
        try test.make(bench)
        let run = try bench.run()
        #expect(try bench.state() == test.state)
        let offered = Self.commands(try #require(try next(bench, run)))
        #expect(offered.count == test.steps.count, "\(offered)")
        #expect(try bench.hybrid("status", run).out.contains("Next: "))
        try bench.remember()
        for (number, step) in test.steps.enumerated() {
            try bench.bringBack()
            try bench.shell("rm -f mended good", in: bench.sandbox.root)
            try step.first(bench)
            try Self.beginAnother(bench)
            let words = try #require(offered.count > number ? offered[number] : nil)
            let typed = try bench.hybrid(list: words)
            #expect([0, 1].contains(typed.code), "\(words): \(typed.out)\(typed.err)")
            let seen = try bench.hybrid(list: ["status", "--json"] + (words.first == "run" ? [] : [run]))
            let state = try Bench.object(seen)["state"] as? String
            #expect(state == step.then, "\(words): \(typed.out)\(typed.err)")
        }
    }

    /// A run that is newer than the one that is meant, with another plan.
    private static func beginAnother(_ bench: Bench) throws {
        let plan = bench.sandbox.read("plan.json")
        try bench.shell("git branch side")
        let beside = try bench.plan([PlannedJob("Beside", ["beside.txt"], nil)])
        let began = try bench.hybrid("start", beside, "--target", "side")
        try #require(began.code == 0, "\(began.err)")
        if let plan { try bench.sandbox.write(plan, to: "plan.json") }
    }

    /// While a run works, what is offered is to watch or to end it, whoever asks.
    @Test func `a run that works sends nobody around`() throws {
        for ends in [false, true] {
            let bench = try Bench(["README": "base\n"])
            let waiting = "until test -e \"$ROOT/go\"; do sleep 0.05; done; echo alpha > alpha.txt"
            let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], waiting)])
            let process = try bench.begin("run", plan)
            defer { process.terminate() }
            try wait(for: "the worker") {
                try !bench.refs("refs/heads/hybrid/").isEmpty && bench.workers()["alpha"] == "running"
            }
            let run = try bench.run()
            let watch = "hybrid status \(run) --watch"
            #expect(try next(bench, run) == "\(watch), or to end it: hybrid stop \(run)")
            for words in [
                ["merge"], ["verify"], ["resume"], ["land"], ["land", "--rest"], ["retry", "alpha"],
            ] {
                let refused = try bench.hybrid(list: words)
                #expect(refused.code == 2 && refused.err.contains(watch), "\(words): \(refused.err)")
            }
            if ends {
                #expect(try bench.hybrid("stop", run).code == 0)
                process.waitUntilExit()
                #expect(try bench.state() == "stopped")
            } else {
                try bench.sandbox.write("", to: "go")
                #expect(try bench.hybrid("status", run, "--watch").code == 0)
                process.waitUntilExit()
                #expect(try bench.state() == "landed")
            }
        }
    }

    /// What was left out stays out, under the rule of a plan that says so, and it is on record.
    @Test func `the rest of a red merge lands without its culprit`() throws {
        let bench = try Bench(["README": "base\n"])
        try Self.run(
            [Self.good, PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt")],
            verify: ["! test -e beta.txt"])(bench)
        try #require(try bench.state() == "verification-failed")
        let landed = try bench.hybrid("land", "--rest")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(landed.out.contains("left out: Beta (verification-failed)"))
        #expect(try bench.text("alpha.txt") == "alpha\n" && bench.text("beta.txt") == nil)
        // Where nothing is clean there is no rest.
        let none = try Bench(["README": "base\n"])
        try Self.run([PlannedJob("Beta", ["beta.txt"], "true")])(none)
        let refused = try none.hybrid("land", "--rest")
        #expect(refused.code == 2 && refused.err.contains("nothing was merged"), "\(refused.err)")
    }
}

/// A run that cannot go on says why, and stands in nobody's way.
@Suite struct RunProblemTests {
    @Test func `a run that dies while preparing says why and blocks no other`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")],
            more: ["orchestrator": #"{"estimate":"5 minutes","prepare":"test -e \"$ROOT/mended\""}"#])
        let died = try bench.hybrid("run", plan)
        #expect(died.code == 2, "\(died.out)\(died.err)")
        let first = try bench.run()
        let status = try bench.hybrid("status", "--json")
        try bench.expectValid(status, bench.hybrid("schema", "status"))
        let problem = try #require(try Bench.object(status)["problem"] as? [String: Any])
        #expect((problem["reason"] as? String)?.contains("exited with code 1") == true, "\(problem)")
        for command in ["status", "report"] {
            #expect(try bench.hybrid(command).out.contains("could not go on: "))
        }
        try bench.expectValid(bench.hybrid("report", "--json"), bench.hybrid("schema", "report"))
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: bench.repo + "/.git/hybrid/ledger.sqlite" + suffix)
        }
        #expect(try bench.hybrid("status").out.contains("could not go on: "))
        try bench.sandbox.write("", to: "mended")
        // The second one has the claim now; the first may not take it back.
        let second = try bench.hybrid("start", plan)
        #expect(second.code == 0, "\(second.out)\(second.err)")
        let resumed = try bench.hybrid("resume", first)
        #expect(resumed.code == 1 && resumed.err.contains("both claim alpha.txt"), "\(resumed.err)")
        #expect(try bench.hybrid("stop").code == 0)
        let landed = try bench.hybrid("resume", first)
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try Bench.object(bench.hybrid("status", first, "--json"))["problem"] is NSNull)
    }

    /// Killed before anything was launched, a run has nothing that another could spoil; going on, it looks who is there.
    @Test(arguments: ["prepare:before=kill"])
    func `a run that was killed while preparing blocks no other`(_ failpoint: String) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")],
            more: ["orchestrator": #"{"estimate":"5 minutes","prepare":"echo made > made.txt"}"#])
        let killed = try bench.hybrid("run", plan, environment: ["HYBRID_FAILPOINT": failpoint])
        #expect(killed.code == 137, "\(killed.out)\(killed.err)")
        let first = try bench.run()
        Thread.sleep(forTimeInterval: 3.2)
        let second = try bench.hybrid("start", plan)
        #expect(second.code == 0, "\(second.out)\(second.err)")
        let resumed = try bench.hybrid("resume", first)
        #expect(resumed.code == 1 && resumed.err.contains("both claim"), "\(resumed.err)")
        #expect(try bench.hybrid("stop").code == 0)
        let landed = try bench.hybrid("resume", first)
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
    }

    /// Each stage that can throw leaves its reason, and it goes once the run goes on.
    @Test(arguments: ["prepare", "launch", "merge", "integrate", "verify", "advance"])
    func `whatever stage fails, its reason is kept until the run goes on`(_ step: String) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")])
        let failed = try bench.hybrid(
            "run", plan, environment: ["HYBRID_FAILPOINT": "\(step):before=eio"])
        #expect(failed.code == 2, "\(failed.out)\(failed.err)")
        let status = try Bench.object(bench.hybrid("status", "--json"))
        let problem = try #require(status["problem"] as? [String: Any])
        #expect((problem["reason"] as? String)?.isEmpty == false)
        #expect((status["next"] as? String)?.contains("hybrid resume \(try bench.run())") == true)
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try Bench.object(bench.hybrid("status", "--json"))["problem"] is NSNull)
    }
}
