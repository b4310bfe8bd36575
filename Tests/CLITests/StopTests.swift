import Foundation
import TestSupport
import Testing

/// Runs that are told to stop, or lose their listener.
@Suite struct StopTests {
    static let good = PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")

    @Test(arguments: ["base", "alone", "verify", "integrate", "prepare"])
    func aLongCommandIsCutShortAndDoneAnew(step: String) throws {
        let bench = try Bench(["README": "base\n"])
        var long = #"touch "$ROOT/began"; [ -e "$ROOT/go" ] || sleep 60"#
        // The base is verified as well, by the same command.
        if step == "verify" || step == "alone" { long = "[ ! -e alpha.txt ] || { \(long); }" }
        let isVerify = ["base", "alone", "verify"].contains(step)
        let text = String(decoding: try JSONSerialization.data(withJSONObject: [step: long]), as: UTF8.self)
        let plan = try bench.plan(
            [Self.good], verify: isVerify ? [long] : ["true"],
            more: isVerify ? ["verify_alone": "\(step == "alone")"] : ["orchestrator": text])
        let before = try bench.id()
        let running = try bench.begin("run", plan)
        try wait(for: step) { bench.sandbox.read("began") != nil }
        let began = Date()
        let stopped = try bench.hybrid("stop")
        #expect(stopped.code == 0, "\(stopped.out)\(stopped.err)")
        #expect(Date().timeIntervalSince(began) < 12)
        running.waitUntilExit()
        #expect(running.terminationStatus == 1)
        #expect(try bench.state() == "stopped")
        #expect(try bench.id() == before)
        try bench.sandbox.write("", to: "go")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        try bench.expectTidy()
    }

    @Test func whatHasLandedIsNotStopped() throws {
        let bench = try Bench(["README": "base\n"])
        try #require(try bench.hybrid("run", bench.plan([Self.good])).code == 0)
        let stopped = try bench.hybrid("stop")
        #expect(stopped.code == 2)
        #expect(try bench.state() == "landed")
    }

    @Test func aStoppedRunStillLandsAllOrNothing() throws {
        let bench = try Bench(["README": "base\n"])
        let failing = PlannedJob("Beta", ["beta.txt"], "exit 1")
        #expect(try bench.hybrid("run", bench.plan([Self.good, failing])).code == 1)
        let before = try bench.id()
        #expect(try bench.hybrid("stop").code == 0)
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 1, "\(resumed.out)\(resumed.err)")
        #expect(try bench.id() == before)
        #expect(try bench.state() == "left-out")
    }

    @Test func aListenerThatLeavesEndsNothing() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob("Alpha", ["alpha.txt"], "sleep 0.5; echo alpha > alpha.txt")
        let plan = try bench.plan([job])
        try bench.shell("'\(bench.program)' run '\(plan)' 2>&1 >/dev/null | true")
        try wait(for: "the landing") { try bench.state() == "landed" }
        #expect(try bench.text("alpha.txt") == "alpha\n")
    }
}
