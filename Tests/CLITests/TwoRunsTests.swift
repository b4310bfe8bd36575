import Foundation
import TestSupport
import Testing

/// Two runs at once in one repository.
@Suite struct TwoRunsTests {
    /// A job that waits until the test lets it go.
    private static func held(_ name: String, _ file: String) -> PlannedJob {
        PlannedJob(
            name, [file],
            #"touch "$ROOT/began-\#(name)"; while [ ! -e "$ROOT/go-\#(name)" ]; do sleep 0.05; done; mkdir -p "$(dirname \#(file))"; echo \#(name) > \#(file)"#
        )
    }

    private static func plan(
        _ bench: Bench, _ name: String, _ jobs: [PlannedJob], more: [String: String] = [:]
    )
        throws -> String
    {
        let path = try bench.plan(jobs, more: more)
        let moved = bench.sandbox.root + "/\(name).json"
        try FileManager.default.moveItem(atPath: path, toPath: moved)
        return moved
    }

    @Test func disjointRunsWorkAtOnceAndBothLand() throws {
        let bench = try Bench(["README": "base\n"])
        let first = try bench.begin("run", Self.plan(bench, "one", [Self.held("Alpha", "a/x.txt")]))
        try wait(for: "the first worker") { bench.sandbox.read("began-Alpha") != nil }
        let second = try bench.begin("run", Self.plan(bench, "two", [Self.held("Beta", "b/x.txt")]))
        try wait(for: "the second worker") { bench.sandbox.read("began-Beta") != nil }
        // Both are at work now; the second lands first, the first merges again on the new tip.
        try bench.sandbox.write("", to: "go-Beta")
        second.waitUntilExit()
        #expect(second.terminationStatus == 0)
        #expect(first.isRunning)
        try bench.sandbox.write("", to: "go-Alpha")
        first.waitUntilExit()
        #expect(first.terminationStatus == 0)
        #expect(try bench.text("a/x.txt") == "Alpha\n")
        #expect(try bench.text("b/x.txt") == "Beta\n")
        try bench.expectTidy()
    }

    @Test(arguments: ["a/x.txt", "a/", "a/*.txt", "A/X.TXT"])
    func overlappingRunIsRefusedWithTheReason(claim: String) throws {
        let bench = try Bench(["README": "base\n"])
        let first = try bench.begin("run", Self.plan(bench, "one", [Self.held("Alpha", "a/x.txt")]))
        try wait(for: "the first worker") { bench.sandbox.read("began-Alpha") != nil }
        let run = try bench.run()
        let refs = try bench.refs()
        let plan = try Self.plan(bench, "two", [PlannedJob("Beta", [claim], "echo Beta > a/x.txt")])
        let second = try bench.hybrid("run", plan)
        #expect(second.code == 1, "\(second.out)\(second.err)")
        for part in ["Beta", "Alpha", run, "hybrid status \(run) --watch", "hybrid stop \(run)"] {
            #expect(second.err.contains(part), "\(part): \(second.err)")
        }
        #expect(second.err.lowercased().contains("a/x.txt"), "\(second.err)")
        #expect(try bench.refs() == refs)
        #expect(try bench.hybrid("start", plan).code == 1)
        try bench.sandbox.write("", to: "go-Alpha")
        first.waitUntilExit()
        #expect(first.terminationStatus == 0)
        // The first is over: nothing stands in the way any more.
        if claim == "a/x.txt" {
            let again = try bench.hybrid("run", plan)
            #expect(again.code == 0, "\(again.out)\(again.err)")
            #expect(try bench.text("a/x.txt") == "Beta\n")
        }
    }

    @Test func manyOverlappingRunsAtOnceAreOne() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try Self.plan(bench, "one", [Self.held("Alpha", "a.txt")])
        let all = try (0..<4).map { _ in try bench.begin("run", plan) }
        try wait(for: "three refusals") { all.filter { !$0.isRunning }.count == 3 }
        #expect(all.filter { !$0.isRunning }.allSatisfy { $0.terminationStatus == 1 })
        try bench.sandbox.write("", to: "go-Alpha")
        all.forEach { $0.waitUntilExit() }
        #expect(all.filter { $0.terminationStatus == 0 }.count == 1)
        #expect(try bench.text("a.txt") == "Alpha\n")
        try bench.expectTidy()
    }

    @Test func orchestratorsFilesCountAndWhatIsWrittenByRuleDoesNot() throws {
        let bench = try Bench(["README": "base\n", "all.py": "# begin\n# end\n"])
        let owned = ["orchestrator": #"{"estimate":"5 minutes","files":["README"]}"#]
        let one = try Self.plan(bench, "one", [PlannedJob("Alpha", ["a.txt"], "echo a > a.txt")], more: owned)
        try #require(try bench.hybrid("start", one).code == 0)
        let two = try Self.plan(bench, "two", [PlannedJob("Beta", ["b.txt"], "echo b > b.txt")], more: owned)
        let refused = try bench.hybrid("start", two)
        #expect(refused.code == 1)
        #expect(refused.err.contains("orchestrator") && refused.err.contains("README"), "\(refused.err)")

        let other = try Bench(["README": "base\n"])
        let rule = ["buildstate": #""BUILDSTATE.md""#]
        let three = try Self.plan(
            other, "one", [PlannedJob("Alpha", ["a.txt"], "echo a > a.txt")], more: rule)
        try #require(try other.hybrid("start", three).code == 0)
        let four = try Self.plan(other, "two", [PlannedJob("Beta", ["b.txt"], "echo b > b.txt")], more: rule)
        let taken = try other.hybrid("start", four)
        #expect(taken.code == 0, "\(taken.out)\(taken.err)")
    }

    @Test func grantedClaimsCount() throws {
        let bench = try Bench(["README": "base\n"])
        let one = try Self.plan(bench, "one", [PlannedJob("Alpha", ["a.txt"], "true")])
        try #require(try bench.hybrid("start", one).code == 0)
        let asked = try bench.hybrid("claim", "add", "more.txt", "--job", "alpha")
        try #require(asked.code == 0, "\(asked.out)\(asked.err)")
        let two = try Self.plan(bench, "two", [PlannedJob("Beta", ["more.txt"], "true")])
        let refused = try bench.hybrid("start", two)
        #expect(refused.code == 1)
        #expect(refused.err.contains("more.txt"), "\(refused.err)")
    }

    @Test func aStoppedRunDoesNotComeBackIntoAnothersFiles() throws {
        let bench = try Bench(["README": "base\n"])
        let one = try Self.plan(bench, "one", [PlannedJob("Alpha", ["a.txt"], "true")])
        try #require(try bench.hybrid("start", one).code == 0)
        let first = try bench.run()
        try #require(try bench.hybrid("stop", first).code == 0)
        try #require(try bench.hybrid("start", one).code == 0)
        let back = try bench.hybrid("resume", first)
        #expect(back.code == 1, "\(back.out)\(back.err)")
        #expect(back.err.contains("a.txt"), "\(back.err)")
    }

    @Test func whoHoldsARunIsNamed() throws {
        let bench = try Bench(["README": "base\n"])
        let first = try bench.begin("run", Self.plan(bench, "one", [Self.held("Alpha", "a.txt")]))
        try wait(for: "the worker") { bench.sandbox.read("began-Alpha") != nil }
        let second = try bench.hybrid("resume")
        #expect(second.code == 2)
        #expect(second.err.contains("process \(first.processIdentifier) "), "\(second.err)")
        #expect(second.err.contains("one.json"), "\(second.err)")
        // A holder that is killed holds nothing.
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        try bench.sandbox.write("", to: "go-Alpha")
        let third = try bench.hybrid("resume")
        #expect(third.code == 0, "\(third.out)\(third.err)")
        #expect(try bench.text("a.txt") == "Alpha\n")
    }

    @Test(arguments: [true, false])
    func `what another run keeps is put back where a worker was seen to take it, else told`(isSeen: Bool)
        throws
    {
        let bench = try Bench(["README": "base\n"])
        let failing = try bench.plan([PlannedJob("Alpha", ["alpha"], "echo work > alpha; exit 1")])
        #expect(try bench.hybrid("run", failing).code == 1)
        let first = try bench.run()
        let kept = try #require(bench.rescued("alpha").first)
        let id = try bench.id(kept)
        let git = isSeen ? "git" : "env -i PATH=\"$PATH\" git"
        let plan = try bench.plan([
            PlannedJob(
                "Beta", ["beta"], "echo b > beta; \(git) update-ref -d \(kept); \(git) pack-refs --all")
        ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("\(kept) was changed"), "\(ran.out)")
        #expect(ran.out.contains("it keeps work of run \(first)"), "\(ran.out)")
        if isSeen {
            #expect(ran.out.contains("by Beta") && ran.out.contains("it is put back"), "\(ran.out)")
        } else {
            // The line that is printed does it.
            let undo = try #require(ran.out.firstMatch(of: /it keeps work of .*to undo: (.*)/)?.1)
            try bench.shell(String(undo))
        }
        #expect(try bench.id(kept) == id)
    }

    @Test func `what a person does with another run meanwhile is nobody's fault`() throws {
        let bench = try Bench(["README": "base\n"])
        let failing = try bench.plan([PlannedJob("Alpha", ["alpha"], "echo work > alpha; exit 1")])
        #expect(try bench.hybrid("run", failing).code == 1)
        let first = try bench.run()
        let plan = try bench.plan([
            PlannedJob(
                "Beta", ["beta"],
                "echo b > beta; cd \"$ROOT/repo\" && env -i PATH=\"$PATH\" HOME=\"$HOME\" '\(bench.program)' clean \(first) --discard alpha"
            )
        ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(!ran.out.contains("it keeps work of run"), "\(ran.out)")
    }
}
