import Foundation
import TestSupport
import Testing

/// With `--json`, what could not be done is answered too: a stable word, the thing, the reason, the next step.
@Suite struct ErrorCodeTests {
    /// What is typed, and the code of the error.
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var setUp = ""
        var command: [String]
        var code: String
        var exit: Int32 = 2
    }

    @Test(arguments: [
        Row(testDescription: "no run yet", command: ["status"], code: "no-such-run"),
        Row(testDescription: "no such run", command: ["report", "nothing"], code: "no-such-run"),
        Row(testDescription: "no plan file", command: ["check", "gone.md"], code: "unreadable"),
        Row(
            testDescription: "a broken plan", setUp: "printf '{\"task\": 1}' > p.json",
            command: ["estimate", "p.json"], code: "plan-invalid"),
        Row(
            testDescription: "no such branch", command: ["conflicts", "main", "other"],
            code: "no-such-revision"),
        Row(
            testDescription: "a branch named twice", command: ["conflicts", "main", "main"],
            code: "invalid-argument"),
        Row(
            testDescription: "a setting", setUp: "git config hybrid.jobs many",
            command: ["run", "PLAN"], code: "setting-invalid"),
        Row(
            testDescription: "no such target", command: ["run", "PLAN", "--target", "other"],
            code: "no-such-revision"),
        Row(
            testDescription: "another run's claims", setUp: "'PROGRAM' start 'PLAN' > /dev/null 2>&1",
            command: ["run", "PLAN"], code: "overlap", exit: 1),
        Row(
            testDescription: "no such job", setUp: "'PROGRAM' start 'PLAN' > /dev/null 2>&1",
            command: ["retry", "gamma"], code: "no-such-job"),
        Row(
            testDescription: "a job that runs", setUp: "'PROGRAM' start 'PLAN' > /dev/null 2>&1",
            command: ["clean", "--discard", "alpha", "--forget", "nothing"], code: "no-such-run"),
        Row(
            testDescription: "nothing to land", setUp: "'PROGRAM' start 'PLAN' > /dev/null 2>&1",
            command: ["land"], code: "wrong-state"),
    ])
    func theCodeIsAnswered(row: Row) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["a.txt"], "echo a > a.txt")])
        let setUp = row.setUp.replacing("PROGRAM", with: bench.program).replacing("PLAN", with: plan)
        if !setUp.isEmpty { try bench.shell(setUp) }
        let command = row.command.map { $0 == "PLAN" ? plan : $0 }
        let failed = try bench.hybrid(list: command + ["--json"])
        #expect(failed.code == row.exit, "\(failed.out)\(failed.err)")
        let answer = try Bench.object(failed)
        #expect(answer["code"] as? String == row.code, "\(failed.out)")
        let thing = try #require(answer["thing"] as? String)
        #expect(failed.err.contains("hybrid: \(thing)") || row.code == "overlap", "\(failed.err)")
        #expect(!failed.err.contains("\"\(row.code)\""), "the code is no part of the text")
        let plain = try bench.hybrid(list: command)
        #expect(plain.out.isEmpty && plain.err == failed.err, "\(plain.out)\(plain.err)")
    }

    @Test func outsideARepository() throws {
        let bench = try Bench(["README": "base\n"])
        let failed = try bench.hybrid("status", "--json", in: bench.sandbox.home)
        #expect(failed.code == 2)
        #expect(try Bench.object(failed)["code"] as? String == "not-a-repository")
    }

    /// A plan that the check refuses is an answer of run's, not a failure.
    @Test func whatTheCheckRefuses() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([
            PlannedJob("Alpha", ["a.txt"], "true"), PlannedJob("Beta", ["a.txt"], "true"),
        ])
        let refused = try bench.hybrid("run", plan, "--json")
        #expect(refused.code == 1)
        #expect(try Bench.object(refused)["code"] as? String == "overlap", "\(refused.out)")
    }
}
