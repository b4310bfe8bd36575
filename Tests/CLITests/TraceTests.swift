import Foundation
import TestSupport
import Testing

/// Who is blamed for a failed verification, and who lands all the same.
@Suite struct TraceTests {
    /// Ends red in `percent` of its runs, at random but the same each time, counting the runs in a file.
    private static func unlucky(_ percent: Int, seed: Int) -> String {
        """
        n=$(cat "$ROOT/n" 2>/dev/null || echo 0); echo $((n + 1)) > "$ROOT/n"
        awk -v s=\(seed) -v n=$n 'BEGIN { srand(s * 1000 + n); rand(); exit (rand() * 100 < \(percent)) }' || exit 1
        """
    }

    private func next(_ ran: Outcome) -> String {
        ran.out.split(separator: "\n").last { $0.hasPrefix("Next:") }.map(String.init) ?? ""
    }

    private static let later = ["wave": "2"]

    @Test(arguments: [false, true])
    func everyNewestCulpritIsNamedOnTopOfWhatItNeeds(rest: Bool) throws {
        let bench = try Bench(["README": "base\n"])
        let jobs =
            VerificationTests.jobs("a")
            + ["b", "c"].map { PlannedJob($0, ["\($0)"], "echo \($0) > \($0)", more: Self.later) }
        let plan = try bench.plan(
            jobs, verify: ["! [ -e b ] && ! [ -e c ]"], more: rest ? ["land_the_rest": "true"] : [:])
        let ran = try bench.hybrid("run", plan)
        #expect(
            ran.out.contains(
                "caused by b, on top of the work of a, where it was made, and by c, on top of the work of a, "
                    + "where it was made; without them it passes"), "\(ran.out)")
        if rest {
            #expect(ran.code == 0)
            #expect(
                try bench.workers() == [
                    "a": "landed", "b": "verification-failed", "c": "verification-failed",
                ])
        } else {
            #expect(next(ran).contains("hybrid retry b"), "\(ran.out)")
        }
    }

    @Test func whoOnlyNeedsAnotherStays() throws {
        let bench = try Bench(["README": "base\n"])
        let jobs = ["a", "c", "b", "d"].map { PlannedJob($0, [$0], "echo \($0) > \($0)") }
        let plan = try bench.plan(
            jobs, verify: ["if [ -e a ]; then [ -e b ]; fi && ! [ -e c ]"], more: ["land_the_rest": "true"])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.out.contains("caused by c; the base with c fails, without it it passes"), "\(ran.out)")
        #expect(
            try bench.workers() == ["a": "landed", "b": "landed", "c": "verification-failed", "d": "landed"])
    }

    @Test func threeOfEightAreFoundWithTheUsualBudget() throws {
        let bench = try Bench(["README": "base\n"])
        let jobs = "abcdefgh".map { PlannedJob("\($0)", ["\($0)"], "echo \($0) > \($0)") }
        let ran = try bench.hybrid(
            "run",
            bench.plan(
                jobs, verify: ["! [ -e b ] || ! [ -e e ] || ! [ -e g ]"], more: ["land_the_rest": "true"]))
        #expect(ran.code == 0)
        #expect(ran.out.contains("caused by b, e and g together"), "\(ran.out)")
        let workers = try bench.workers()
        #expect(workers.filter { $0.value != "landed" } == ["g": "verification-failed"])
    }

    @Test func whoStandsOnACulpritsWorkIsBlockedAndTheOthersLand() throws {
        let bench = try Bench(["README": "base\n"])
        let jobs =
            ["a", "b"].map { PlannedJob($0, [$0], "echo \($0) > \($0)") }
            + [PlannedJob("c", ["c"], "echo c > c", more: Self.later)]
        let ran = try bench.hybrid(
            "run", bench.plan(jobs, verify: ["! [ -e a ]"], more: ["land_the_rest": "true"]))
        #expect(ran.code == 0, "\(ran.out)")
        #expect(ran.out.contains("c came later, on top of that work"), "\(ran.out)")
        #expect(try bench.workers() == ["a": "verification-failed", "b": "landed", "c": "blocked"])
        #expect(try bench.text("c") == nil && bench.text("b") == "b\n")
    }

    /// Nobody is at fault, or `b` is, and the command goes wrong by itself as well.
    @Test(arguments: 0..<6)
    func aFlakyCommandBlamesNobody(seed: Int) throws {
        let bench = try Bench(["README": "base\n"])
        let jobs = ["a", "b", "c"].map { PlannedJob($0, [$0], "echo \($0) > \($0)") }
        let culprit = seed % 2 == 0 ? "! [ -e b ]" : "true"
        let ran = try bench.hybrid(
            "run",
            bench.plan(
                jobs, verify: [Self.unlucky(30, seed: seed) + "\n" + culprit],
                more: ["land_the_rest": "true", "red_base": #""accept""#]))
        let blamed = try VerificationTests.findings(bench).filter { $0["kind"] as? String == "verification" }
            .flatMap { $0["jobs"] as? [String] ?? [] }
        #expect(Set(blamed).isSubset(of: seed % 2 == 0 ? ["b"] : []), "\(ran.out)")
        if try bench.state() == "landed" {
            #expect(try bench.text("a") == "a\n" && bench.text("c") == "c\n", "\(ran.out)")
        }
    }

    @Test func oneTreeWithTwoAnswersAmongManyRunsIsFlaky() throws {
        let bench = try Bench(["README": "base\n"])
        let jobs = ["a", "b"].map { PlannedJob($0, [$0], "echo \($0) > \($0)") }
        // The fourth run with both passes; by then the union has failed twice.
        let script = """
            [ -e a ] && [ -e b ] || exit 0
            echo x >> "$ROOT/n"; [ $(wc -l < "$ROOT/n") = 4 ]
            """
        let ran = try bench.hybrid("run", bench.plan(jobs, verify: [script]))
        #expect(ran.code == 1)
        #expect(ran.out.contains("not landed: verification is flaky"), "\(ran.out)")
        #expect(
            ran.out.contains(
                "on the tree with all workers it failed and did not fail, one run after the other"),
            "\(ran.out)")
        #expect(next(ran) == "Next: hybrid verify \(try bench.run())", "\(ran.out)")
        // A later pass does not hide it.
        try bench.shell("printf 'x\\nx\\nx\\n' > \"$ROOT/n\"")
        #expect(try bench.hybrid("verify").code == 0)
        #expect(
            try VerificationTests.findings(bench).contains {
                $0["kind"] as? String == "warning" && ($0["message"] as? String)?.hasPrefix("flaky: ") == true
            })
    }
}
