import Foundation
import TestSupport
import Testing

/// What a step that fails leaves behind; `Tests/kills` does the same to the steps of a whole run.
@Suite struct FaultTests {
    private static let good = PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")
    /// One that does what it should at its second attempt only.
    private static let second = PlannedJob(
        "Beta", ["beta.txt"], "[ \"$HYBRID_ATTEMPT\" -gt 1 ] || exit 7; echo beta > beta.txt")

    /// Every side and every way in which a step can fail.
    static let faults = ["before", "after"].flatMap { side in
        ["kill", "enospc", "eio"].map { "\(side)=\($0)" }
    }

    /// Runs a command whose step fails, then the same command as it should be.
    private func twice(_ bench: Bench, _ failpoint: String, _ words: String...) throws -> Outcome {
        let failed = try bench.hybrid(list: words, environment: ["HYBRID_FAILPOINT": failpoint])
        #expect(failed.code != 0 && failed.code != 1, "\(failpoint): \(failed.out)\(failed.err)")
        if failpoint.hasSuffix("enospc") { #expect(failed.err.contains("free space"), "\(failed.err)") }
        return try bench.hybrid(list: words)
    }

    /// Lets every fault happen to a step, each to what stands there now.
    private func eachFault(_ bench: Bench, _ body: (_ fault: String) throws -> Void) throws {
        try bench.remember()
        for fault in Self.faults {
            try body(fault)
            try bench.expectTidy()
            try bench.bringBack()
        }
    }

    @Test func aRollbackThatFailsIsDoneAgain() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        try #require(try bench.hybrid("run", bench.plan([Self.good])).code == 0)
        try eachFault(bench) { fault in
            let again = try twice(bench, "rollback:\(fault)", "rollback")
            // What was killed after its outcome needs no second time, and says so.
            #expect(
                again.code == 0 || again.err.contains("rolled-back"), "\(fault): \(again.out)\(again.err)")
            #expect(try bench.id() == before, "\(fault)")
            #expect(try bench.state() == "rolled-back", "\(fault)")
        }
    }

    @Test func aRetryThatFailsIsDoneAgain() throws {
        let bench = try Bench(["README": "base\n"])
        try #require(try bench.hybrid("run", bench.plan([Self.good, Self.second])).code == 1)
        try eachFault(bench) { fault in
            var again = try twice(bench, "retry:\(fault)", "retry", "beta")
            if again.code != 0 { again = try bench.hybrid("resume") }
            #expect(again.code == 0, "\(fault): \(again.out)\(again.err)")
            #expect(try bench.text("beta.txt") == "beta\n", "\(fault)")
        }
    }

    @Test func aResolutionThatFailsIsTakenInAgain() throws {
        let bench = try Bench(["README": "base\n", "shared.txt": "base\n"])
        let jobs = ["alpha", "beta"].map {
            PlannedJob($0, ["\($0).txt"], "echo \($0) > \($0).txt; echo \($0) > shared.txt")
        }
        let plan = try bench.plan(jobs, more: ["audit": "\"allow-unclaimed\""])
        try #require(try bench.hybrid("run", plan).code == 1)
        try #require(try bench.hybrid("resolve", "beta").code == 0)
        let worktree = try bench.resolution("beta")
        try bench.shell("printf 'alpha\\nbeta\\n' > shared.txt", in: worktree)
        try eachFault(bench) { fault in
            var again = try twice(bench, "resolve:\(fault)", "resolve", "beta")
            if again.code != 0 { again = try bench.hybrid("resume") }
            #expect(again.code == 0, "\(fault): \(again.out)\(again.err)")
            #expect(try bench.text("shared.txt") == "alpha\nbeta\n", "\(fault)")
            #expect(try bench.text("beta.txt") == "beta\n", "\(fault)")
        }
    }

    @Test func whereItWasInterruptedIsSaid() throws {
        let bench = try Bench(["README": "base\n"])
        let killed = try bench.hybrid(
            "run", bench.plan([Self.good]), environment: ["HYBRID_FAILPOINT": "merge:after=kill"])
        #expect(killed.code != 0)
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(resumed.err.contains("was interrupted in: merge (wave 1)"), "\(resumed.err)")
        let nothing = try bench.hybrid("resume")
        #expect(!nothing.err.contains("interrupted"), "\(nothing.err)")
    }

    @Test func aSupervisorThatIsKilledCostsOneAttemptNotTheJob() throws {
        let bench = try Bench(["README": "base\n"])
        // The first attempt kills its supervisor, which is the process that began it.
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            "echo $HYBRID_ATTEMPT > alpha.txt; [ $HYBRID_ATTEMPT -gt 1 ] || { kill -9 $PPID; sleep 60; }")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "2\n")
        let rescued = try #require(bench.rescued("alpha").first)
        #expect(try bench.text("alpha.txt", at: rescued) == "1\n")
        try bench.expectTidy()
    }

    @Test func aSupervisorThatIsAlwaysKilledFailsTheJobInTheEnd() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            "echo $HYBRID_ATTEMPT >> \"$ROOT/attempts\"; echo $HYBRID_ATTEMPT > alpha.txt; kill -9 $PPID; sleep 60"
        )
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers()["alpha"] == "failed")
        #expect(bench.sandbox.read("attempts") == "1\n2\n3\n4\n")
        // Each attempt's work is kept apart.
        let kept = try bench.rescued("alpha").map { try bench.text("alpha.txt", at: $0) }
        #expect(Set(kept) == ["1\n", "2\n", "3\n", "4\n"])
    }

    @Test func theOrchestratorsCommandIsTakenOverNotDoubled() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [Self.good],
            more: [
                "orchestrator":
                    #"{"estimate": "5 minutes", "files": ["interface.txt"], "prepare": "echo once >> \"$ROOT/began\"; while [ ! -e \"$ROOT/go\" ]; do sleep 0.05; done; echo i > interface.txt"}"#
            ])
        let process = try bench.begin("run", plan)
        try wait(for: "the prepare command") { bench.sandbox.read("began") != nil }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let second = try bench.begin("resume")
        usleep(300_000)
        try bench.sandbox.write("", to: "go")
        second.waitUntilExit()
        #expect(second.terminationStatus == 0)
        #expect(bench.sandbox.read("began") == "once\n")
        #expect(try bench.text("interface.txt") == "i\n")
        try bench.expectTidy()
    }

    @Test func aVerificationThatLostItsHybridIsEndedAndBegunAnew() throws {
        let bench = try Bench(["README": "base\n"])
        let verify = """
            [ -e alpha.txt ] || exit 0
            echo $$ >> "$ROOT/verifying"; [ -e "$ROOT/go" ] || sleep 600
            """
        let process = try bench.begin("run", bench.plan([Self.good], verify: [verify]))
        try wait(for: "the verification") { bench.sandbox.read("verifying")?.hasSuffix("\n") == true }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let orphan = try #require(
            Int32(bench.sandbox.read("verifying")!.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(orphan, 0) == 0)
        try bench.sandbox.write("", to: "go")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(kill(orphan, 0) != 0)
        try bench.expectTidy()
    }

    @Test func whatAUserCommitsWhileTheRunVerifiesStays() throws {
        let bench = try Bench(["README": "base\n"])
        let verify = """
            [ -e alpha.txt ] || exit 0
            echo . >> "$ROOT/verified"
            [ -e "$ROOT/committed" ] || { touch "$ROOT/committed"
                cd "$ROOT/repo" && echo mine > mine.txt && git add mine.txt && git commit -qm "Mine"; }
            """
        let ran = try bench.hybrid("run", bench.plan([Self.good], verify: [verify]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("mine.txt") == "mine\n")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        #expect(try bench.sandbox.git("log", "--format=%s", "main").contains("Mine"))
        #expect(bench.sandbox.read("verified") == ".\n.\n", "what landed was verified on the user's commit")
        try bench.expectTidy()
    }

    @Test func aLockThatIsLeftInTheTargetsWorktreeIsNamedAndStays() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        try bench.sandbox.write("", to: "repo/.git/index.lock")
        let ran = try bench.hybrid("run", bench.plan([Self.good]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect((ran.out + ran.err).contains("index.lock"), "\(ran.out)\(ran.err)")
        #expect(try bench.id() == before)
        #expect(bench.sandbox.read("repo/.git/index.lock") == "")
        try bench.shell("rm .git/index.lock")
        let landed = try bench.hybrid("land")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        try bench.expectTidy()
    }

    @Test func aLockThatAWorkersGitLeftIsRemoved() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"], "echo alpha > alpha.txt; touch \"$(git rev-parse --git-dir)/index.lock\"")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.err.contains("index.lock was left by a process that is gone"), "\(ran.err)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        try bench.expectTidy()
    }

    @Test(.enabled(if: geteuid() == 0, "a small disk can be mounted by root only"))
    func aDiskThatFillsCostsTimeOnly() throws {
        let bench = try Bench(["README": "base\n"])
        let disk = bench.sandbox.root + "/disk"
        let made = try bench.sandbox.run(
            "sh", "-c", "mkdir \(disk) && mount -t tmpfs -o size=6m none \(disk)")
        // A container may forbid it to root as well.
        guard made.code == 0 else { return }
        defer { _ = try? bench.sandbox.run("umount", disk) }
        try bench.shell("git clone -q --no-hardlinks . \(disk)/repo", in: bench.repo)
        let repo = disk + "/repo"
        // The worker fills the disk on which everything lies, at its first attempt.
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            "[ -e \"$ROOT/filled\" ] || { touch \"$ROOT/filled\"; head -c 9000000 /dev/zero > \(disk)/fill; }; echo alpha > alpha.txt"
        )
        let ran = try bench.hybrid("run", bench.plan([job]), in: repo)
        #expect(ran.code == 1 || ran.code == 2, "\(ran.out)\(ran.err)")
        #expect((ran.out + ran.err).contains("pace"), "it says what to do: \(ran.out)\(ran.err)")
        #expect(try bench.shell("git rev-parse main", in: repo) == bench.id())
        try bench.shell("rm \(disk)/fill")
        var resumed = try bench.hybrid("resume", in: repo)
        if resumed.code != 0 { resumed = try bench.hybrid("retry", "alpha", in: repo) }
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try bench.shell("git show main:alpha.txt", in: repo) == "alpha")
        #expect(try bench.shell("git fsck --strict --no-dangling", in: repo) == "")
    }
}
