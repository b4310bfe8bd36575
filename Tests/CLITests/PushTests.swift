import Foundation
import TestSupport
import Testing

/// `hybrid land --push`: the remote has it first, or nothing lands.
@Suite struct PushTests {
    /// A repository with a verified run, cloned from a bare one beside it, and a colleague's clone.
    private func bench(verify: String = "true") throws -> Bench {
        let bench = try Bench(["a.txt": "a\n", "b.txt": "b\n"])
        try bench.shell(
            """
            git clone -q --bare . ../hub.git && git remote add origin ../hub.git && git fetch -q origin
            git clone -q ../hub.git ../other && git switch -qc topic && echo topic > topic && git add -A
            git commit -qm topic && git switch -q main
            """)
        let ran = try bench.hybrid(
            "adopt", "topic", "--verify", verify, "--commits", "merge", "--into", "main", "--hold")
        try #require(ran.code == 0, "\(ran.out)\(ran.err)")
        try #require(try bench.state() == "verified")
        return bench
    }

    private func hub(_ bench: Bench) throws -> String {
        try bench.shell("git --git-dir=../hub.git rev-parse main")
    }

    private func pushElsewhere(_ bench: Bench, _ file: String) throws {
        // What is in it is nobody else's.
        try bench.shell(
            "git pull -q && echo \(file) of theirs > \(file) && git add -A && git commit -qm \(file) && git push -q",
            in: bench.sandbox.root + "/other")
    }

    @Test func theRemoteHasItAndTheTargetFollows() throws {
        let bench = try bench()
        let landed = try bench.hybrid("land", "--push", "origin", "--json")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try bench.id() == hub(bench))
        #expect(try bench.shell("cat topic") == "topic")
        let push = try #require(Bench.object(landed)["push"] as? [String: Any])
        #expect(push["pushed"] as? String == (try bench.id()) && push["remote"] as? String == "origin")
        // It is taken back by the printed line, and by nothing else.
        let back = try bench.hybrid("rollback")
        #expect(back.code == 2)
        let line = try #require(back.err.firstMatch(of: /git revert [^,]*\)/)?.0)
        try bench.shell(String(line) + " && git push -q origin main")
        #expect(try bench.shell("ls") == "a.txt\nb.txt")
        #expect(try bench.id() == hub(bench))
    }

    @Test func aRemoteThatMovedIsMergedWithAndVerifiedAgain() throws {
        let bench = try bench(verify: "echo x >> '$ROOT/ran'; ls >> $ROOT/seen")
        try pushElsewhere(bench, "theirs")
        let theirs = try hub(bench)
        let landed = try bench.hybrid("land", "--push", "origin")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(landed.err.contains("origin/main moved to"), "\(landed.err)")
        #expect(try bench.id() == hub(bench))
        #expect(
            try bench.shell("git merge-base --is-ancestor \(theirs) main && cat topic theirs")
                == "topic\ntheirs of theirs")
        #expect(try #require(bench.sandbox.read("seen")).contains("theirs"), "it was verified with what came")
    }

    @Test func whatConflictsWithTheRemoteLandsNowhere() throws {
        let bench = try bench()
        try pushElsewhere(bench, "topic")
        let (here, there) = (try bench.id(), try hub(bench))
        let refused = try bench.hybrid("land", "--push", "origin")
        #expect(refused.code == 1, "\(refused.out)\(refused.err)")
        #expect(try bench.id() == here && hub(bench) == there)
        #expect(try bench.state() == "landing-pending")
        // The printed line, then the ordinary way.
        let line = try #require(refused.out.firstMatch(of: /git -C \S+ merge --ff-only [0-9a-f]{40}/)?.0)
        try bench.shell(String(line))
        #expect(try bench.hybrid("land").code == 1)
        #expect(try bench.state() == "left-out")
    }

    @Test func aHookThatRefusesLeavesAllAsItIs() throws {
        let bench = try bench()
        try bench.shell(
            "printf '#!/bin/sh\\necho not on Fridays >&2; exit 1\\n' > .git/hooks/pre-push && chmod +x .git/hooks/pre-push"
        )
        let (here, there) = (try bench.id(), try hub(bench))
        let refused = try bench.hybrid("land", "--push", "origin")
        #expect(refused.code == 1 && refused.out.contains("not on Fridays"), "\(refused.out)\(refused.err)")
        #expect(try bench.id() == here && hub(bench) == there)
        try bench.shell("rm .git/hooks/pre-push")
        #expect(try bench.hybrid("land").code == 0, "what was said before is remembered")
        #expect(try bench.id() == hub(bench) && bench.id() != here)
    }

    @Test func whatIsPushedAndNotHereIsAStateOfItsOwn() throws {
        let bench = try bench()
        try bench.shell("echo mine > topic")
        let here = try bench.id()
        let pending = try bench.hybrid("land", "--push", "origin", "--json")
        #expect(pending.code == 1)
        let answer = try Bench.object(pending)
        #expect(answer["hold"] as? String == "pushed", "\(pending.out)")
        #expect(try bench.id() == here && hub(bench) != here)
        try bench.shell("rm topic")
        #expect(try bench.hybrid("land").code == 0)
        #expect(try bench.id() == hub(bench))
    }

    @Test func aRemoteThatLacksCommitsOfTheUsersGetsNothing() throws {
        let bench = try Bench(["a.txt": "a\n"])
        try bench.shell(
            "git clone -q --bare . ../hub.git && git remote add origin ../hub.git && echo own > own && git add -A && git commit -qm own"
        )
        try bench.shell(
            "git switch -qc topic && echo topic > topic && git add -A && git commit -qm topic && git switch -q main"
        )
        try #require(try bench.hybrid("adopt", "topic", "--verify", "true", "--hold").code == 0)
        let there = try hub(bench)
        let refused = try bench.hybrid("land", "--push", "origin")
        #expect(refused.code == 2 && refused.err.contains("git push origin main"), "\(refused.err)")
        #expect(try hub(bench) == there)
        let lost = try bench.hybrid("land", "--push", "nowhere")
        #expect(lost.code == 2 && lost.err.contains("remote nowhere"), "\(lost.err)")
        #expect(try bench.hybrid("land", "--no-push").code == 0)
        #expect(try hub(bench) == there)
    }

    /// Killed between the push and the swap, it is taken up where it was.
    @Test func aKillBetweenPushAndSwapLosesNothing() throws {
        let bench = try bench()
        let killed = try bench.hybrid(
            "land", "--push", "origin", environment: ["HYBRID_FAILPOINT": "advance:before=kill"])
        #expect(killed.code > 2, "\(killed.out)\(killed.err)")
        let there = try hub(bench)
        #expect(try bench.id() != there)
        let landed = try bench.hybrid("resume")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(try bench.id() == there && hub(bench) == there)
    }
}
