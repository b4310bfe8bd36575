import Foundation
import TestSupport
import Testing

/// What becomes of workers that do not simply succeed, and of runs that are interrupted.
@Suite struct WorkerTests {
    static let good = PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")

    @Test func uncommittedWorkIsCommittedUnderTheJobsName() throws {
        let bench = try Bench(["README": "base\n", ".gitignore": "*.log\n"])
        let job = PlannedJob(
            "Alpha Work", ["alpha.txt", "kept/**"],
            "mkdir kept; echo a > alpha.txt; echo b > kept/b; echo c > c.log")
        try #require(try bench.hybrid("run", bench.plan([job])).code == 0)
        #expect(try bench.text("kept/b") == "b\n")
        #expect(try bench.text("c.log") == nil)
        #expect(try bench.sandbox.git("log", "--format=%s", "main").contains("Alpha Work"))
    }

    @Test func successWithoutAChangeIsNothingDone() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let ran = try bench.hybrid("run", bench.plan([Self.good, PlannedJob("Beta", ["beta.txt"], "true")]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("Beta"))
        #expect(try bench.id() == before)
        #expect(try bench.workers()["beta"] == "nothing-done")
    }

    @Test func aFailedWorkersWorkIsRescued() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let failing = PlannedJob(
            "Beta", ["beta.txt"], "echo half > beta.txt; echo 'PASS: all is well'; exit 3")
        let ran = try bench.hybrid("run", bench.plan([Self.good, failing]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("Beta"))
        #expect(ran.out.contains("3"))
        #expect(try bench.id() == before)
        #expect(try bench.workers()["beta"] == "failed")
        #expect(ran.out.contains("it said last: \"PASS: all is well\" ("), "\(ran.out)")
        let rescued = try bench.rescued("beta")
        #expect(rescued.count == 1)
        #expect(try bench.text("beta.txt", at: #require(rescued.first)) == "half\n")
    }

    @Test func aRetryAfterAFailureLands() throws {
        let bench = try Bench(["README": "base\n"])
        let second = PlannedJob(
            "Beta", ["beta.txt"], "[ \"$HYBRID_ATTEMPT\" -gt 1 ] || exit 7; echo beta > beta.txt")
        #expect(try bench.hybrid("run", bench.plan([Self.good, second])).code == 1)
        let again = try bench.hybrid("retry", "beta")
        #expect(again.code == 0, "\(again.out)\(again.err)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        #expect(try bench.text("beta.txt") == "beta\n")
        try bench.expectTidy()
    }

    @Test func thePlansRetriesNeedNobody() throws {
        let bench = try Bench(["README": "base\n"])
        let second = PlannedJob(
            "Beta", ["beta.txt"], "[ \"$HYBRID_ATTEMPT\" -gt 1 ] || exit 7; echo beta > beta.txt",
            more: ["retries": "1"])
        let ran = try bench.hybrid("run", bench.plan([second]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("beta.txt") == "beta\n")
    }

    @Test func aWorkerIsToldAboutItself() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let job = PlannedJob(
            "Tell Me", ["told.txt", "more/**"],
            """
            printf '%s\\n' "$HYBRID_JOB" "$HYBRID_CLAIMS" "$HYBRID_BASE" > told.txt
            [ "$PWD" = "$HYBRID_WORKTREE" ]
            """
        )
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("told.txt") == "tell-me\ntold.txt\nmore/**\n\(before)\n")
    }

    @Test func aWorkerThatReachesBeyondItsClaimsIsABreach() throws {
        let bench = try Bench(["README": "base\n", "shared.txt": "one\n"])
        let before = try bench.id()
        let reaching = PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt; echo two > shared.txt")
        let ran = try bench.hybrid(
            "run",
            bench.plan(
                [Self.good, reaching], verify: ["[ ! -e alpha.txt ] || touch \"$ROOT/verified\""]))
        #expect(ran.code == 1)
        #expect(ran.out.contains("Beta"))
        #expect(ran.out.contains("shared.txt"))
        #expect(try bench.id() == before)
        #expect(bench.sandbox.read("verified") == nil, "a breach is shown before anything is verified")
        #expect(try bench.workers() == ["alpha": "merged", "beta": "breach"])
    }

    @Test func jobsThatNeedOthersStartFromTheirWork() throws {
        let bench = try Bench(["README": "base\n"])
        let second = PlannedJob(
            "Beta", ["beta.txt"], "cat alpha.txt > beta.txt", more: ["needs": #"["Alpha"]"#])
        let ran = try bench.hybrid("run", bench.plan([second, Self.good]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("beta.txt") == "alpha\n")
    }

    @Test func titlesAreDataOnly() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob("$(touch \"$ROOT/ran\") `touch ran` %s -o", ["alpha.txt"], "echo a > alpha.txt")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(bench.sandbox.read("ran") == nil)
        #expect(try bench.text("ran") == nil)
        #expect(try bench.text("alpha.txt") == "a\n")
    }

    @Test func workersOutliveAKilledRunAndAreTakenOver() throws {
        let bench = try Bench(["README": "base\n"])
        let jobs = ["a", "b"].map { name in
            PlannedJob(
                name, ["\(name).txt"],
                """
                echo once >> "$ROOT/began-\(name)"; tries=0
                while [ ! -e "$ROOT/go" ]; do
                    tries=$((tries + 1)); [ $tries -lt 600 ] || exit 1; sleep 0.1
                done
                echo \(name) > \(name).txt
                """)
        }
        let before = try bench.id()
        let process = try bench.begin("run", bench.plan(jobs))
        try wait(for: "both workers") {
            bench.sandbox.read("began-a") != nil && bench.sandbox.read("began-b") != nil
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(try bench.id() == before)
        try bench.sandbox.write("", to: "go")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        for name in ["a", "b"] {
            #expect(try bench.text("\(name).txt") == "\(name)\n")
            #expect(bench.sandbox.read("began-\(name)") == "once\n")
        }
        try bench.expectTidy()
    }

    @Test func stopKeepsWhatWasMadeAndResumeGoesOn() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            """
            echo half > alpha.txt; touch "$ROOT/began"
            [ "$HYBRID_ATTEMPT" -gt 1 ] || sleep 60
            echo whole > alpha.txt
            """
        )
        let process = try bench.begin("run", bench.plan([job]))
        try wait(for: "the worker") { bench.sandbox.read("began") != nil }
        let stopped = try bench.hybrid("stop")
        #expect(stopped.code == 0, "\(stopped.err)")
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        let rescued = try bench.rescued("alpha")
        #expect(try bench.text("alpha.txt", at: #require(rescued.first)) == "half\n")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try bench.text("alpha.txt") == "whole\n")
    }

    @Test func aNewAttemptBeginsWhereTheFailedOneBegan() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Beta", ["beta.txt"],
            """
            if [ "$HYBRID_ATTEMPT" = 1 ]; then
                echo half > beta.txt; git add .; git commit -qm half; echo junk > junk.txt; exit 7
            fi
            [ ! -e beta.txt ] && [ ! -e junk.txt ] && echo beta > beta.txt
            """, more: ["retries": "1"])
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("beta.txt") == "beta\n")
        #expect(try bench.text("junk.txt") == nil)
        let rescued = try #require(try bench.rescued("beta").first)
        #expect(try bench.text("beta.txt", at: rescued) == "half\n")
        #expect(try bench.text("junk.txt", at: rescued) == "junk\n")
        try bench.expectTidy()
    }

    @Test func jobsNamedAsTheRunsOwnThingsKeepTheirWork() throws {
        let bench = try Bench(["README": "base\n"])
        let names = ["Base", "Integrate", "Check 1", "Verify", "Landed", "Wave 0"]
        let jobs = names.enumerated().map { number, name in
            PlannedJob(name, ["\(number).txt"], "echo half > \(number).txt; exit 1")
        }
        let ran = try bench.hybrid("run", bench.plan([Self.good] + jobs, more: ["land_the_rest": "true"]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        for (number, name) in names.enumerated() {
            let workers = try bench.workers().filter { $0.value == "failed" }.keys
            let id = try #require(
                workers.first { $0.contains(name.lowercased().replacingOccurrences(of: " ", with: "-")) })
            #expect(bench.sandbox.read(try bench.worktree(id) + "/\(number).txt") == "half\n", "\(name)")
            let rescued = try #require(try bench.rescued(id).first)
            #expect(try bench.text("\(number).txt", at: rescued) == "half\n")
        }
    }

    /// What it takes to see why nothing came of a job, also where an agent prints JSON.
    @Test(arguments: [
        (
            #"echo '{"type":"result","result":"I may not write here."}'"#, "nothing-done",
            "I may not write here."
        ),
        (#"printf 'working\n\n50%%\r\033[2K\n'; exit 3"#, "failed", "50%"),
        (#"echo '{"type":"turn.failed","error":{"message":"no credit"}}'; exit 1"#, "failed", "no credit"),
        ("echo about to wait; sleep 60", "timed-out", "about to wait"), ("true", "nothing-done", nil),
    ])
    func `what a worker said last is told`(_ command: String, _ state: String, _ said: String?) throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob("Beta", ["beta.txt"], command, more: ["timeout": #""1 second""#])
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 1)
        #expect(try bench.workers()["beta"] == state)
        let told =
            said.map { "it said last: \"\($0)\" (\(bench.repo)/.git/hybrid/runs/" } ?? "it said nothing"
        #expect(ran.out.contains(told), "\(ran.out)")
        #expect(try bench.hybrid("status").out.contains(told))
    }

    @Test(arguments: [("echo I had to touch other.txt", "I had to touch other.txt"), ("true", nil)])
    func `what a worker said last is told with a breach, if it said anything`(
        _ command: String, _ said: String?
    ) throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob("Beta", ["beta.txt"], "echo b > beta.txt; echo o > other.txt; \(command)")
        #expect(try bench.hybrid("run", bench.plan([job])).code == 1)
        let out = try bench.hybrid("status").out
        let words = said.map { "touched what it had not claimed: other.txt; the worker said last: \"\($0)\"" }
        #expect(out.contains(words ?? "touched what it had not claimed: other.txt\n"), "\(out)")
    }

    /// A job that may change nothing lands with the others, and what needs it begins.
    @Test(arguments: ["merge", "octopus", "squash"])
    func `a job that may change nothing has done its work`(_ commits: String) throws {
        let bench = try Bench(["README": "base\n"])
        let jobs = [
            PlannedJob("Check", ["check.txt"], "echo all is well", more: ["may_change_nothing": "true"]),
            PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt"),
            PlannedJob("Next", ["next.txt"], "echo next > next.txt", more: ["needs": #"["Check"]"#]),
        ]
        let ran = try bench.hybrid("run", bench.plan(jobs), "--commits", commits)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["check": "landed", "alpha": "landed", "next": "landed"])
        #expect(
            ran.out.contains("changed nothing, which the plan takes for done; it said last: \"all is well\""))
        #expect(try bench.text("next.txt") == "next\n" && bench.text("alpha.txt") == "alpha\n")
        try bench.expectTidy()
        // Where its command fails, or it is all there is.
        let failing = PlannedJob("Check", ["check.txt"], "exit 1", more: ["may_change_nothing": "true"])
        #expect(try bench.hybrid("run", bench.plan([failing])).code == 1)
        #expect(try bench.workers()["check"] == "failed")
        let before = try bench.id()
        let alone = try bench.hybrid("run", bench.plan([jobs[0]]), "--commits", commits)
        #expect(alone.code == 0, "\(alone.out)\(alone.err)")
        #expect(try bench.id() == before)
    }
}
