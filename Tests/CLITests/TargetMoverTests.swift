import Foundation
import TestSupport
import Testing

/// A target that somebody moved while a run worked: the user's commit is merged with, a worker's is not.
@Suite struct TargetMoverTests {
    static let alpha = PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")
    static let commit = "echo beta > beta.txt; git add -A; git commit -qm beta; "

    private func run(_ bench: Bench, _ beta: String, verify: String = "true") throws -> Outcome {
        let job = PlannedJob("Beta", ["beta.txt"], Self.commit + beta)
        return try bench.hybrid("run", bench.plan([Self.alpha, job], verify: [verify]))
    }

    private func status(_ bench: Bench) throws -> [String: Any] {
        // Held against its schema, as all that is asked for in JSON.
        try bench.hybrid("report", "--json")
        return try Bench.object(bench.hybrid("status", "--json"))
    }

    private func moved(_ bench: Bench) throws -> [String: Any] {
        let found = try #require(try status(bench)["findings"] as? [[String: Any]])
        return try #require(
            found.first { ($0["message"] as? String)?.hasPrefix("target moved") == true }, "\(found)")
    }

    /// Each way in which a worker's git can move the target; then taken back as printed, and accepted.
    @Test(arguments: [
        "git update-ref refs/heads/main HEAD",
        "git push -q --no-verify . HEAD:main; git update-ref refs/heads/main HEAD",
        "git -C \"$ROOT/repo\" switch -q --detach; git branch -f main HEAD; git -C \"$ROOT/repo\" switch -q main",
        "git -C \"$ROOT/repo\" merge -q --ff-only $(git rev-parse HEAD)",
        "git update-ref refs/heads/main $(git commit-tree -p main -m x HEAD^{tree})",
    ])
    func aWorkersMoveIsRefusedUntilAccepted(line: String) throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let ran = try run(bench, line + "; true")
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("target moved by Beta"), "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == nil, "nothing landed")
        let status = try status(bench)
        #expect(status["state"] as? String == "landing-pending")
        #expect(status["hold"] as? String == "target")
        let finding = try moved(bench)
        #expect(finding["kind"] as? String == "breach")
        #expect(finding["jobs"] as? [String] == ["beta"])
        let again = try bench.hybrid("resume")
        #expect(again.code == 1 && again.out.contains("--accept-target"), "\(again.out)\(again.err)")
        try bench.remember()
        for accepts in [false, true] {
            if accepts {
                // The printed command passes by no file that was only copied, as `git reset --keep` does not.
                try bench.bringBack()
                let landed = try bench.hybrid("resume", "--accept-target")
                try #require(landed.code == 0 || landed.out.contains("uncommitted changes"), "\(landed.out)")
                if landed.code != 0 {
                    // The worker left the checkout behind its branch: nothing there is overwritten.
                    try bench.sandbox.git("reset", "-q", "--hard")
                    try #require(try bench.hybrid("land").code == 0)
                }
                #expect(try moved(bench)["accepted"] as? Bool == true)
            } else {
                try bench.shell(#require(finding["undo"] as? String))
                #expect(try bench.id() == before)
                #expect(try bench.sandbox.git("status", "--porcelain") == "")
                let landed = try bench.hybrid("resume")
                #expect(landed.code == 0, "\(landed.out)\(landed.err)")
            }
            #expect(try bench.text("alpha.txt") == "alpha\n")
            #expect(try bench.text("beta.txt") == "beta\n")
        }
    }

    /// A clone of the worker's own leaves nothing here but what it pushed.
    @Test(arguments: [
        ("git push -q --no-verify origin HEAD:t", "target moved by Beta (git push "),
        (
            "env -i PATH=\"$PATH\" HOME=\"$HOME\" git push -q origin HEAD:t",
            "target moved, by whom unknown: "
        ),
    ])
    func whatAClonePushedIsTheWorkers(push: String, said: String) throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("git branch t")
        let job = PlannedJob(
            "Beta", ["beta.txt"],
            Self.commit
                + "git clone -q \"$ROOT/repo\" \"$ROOT/cl\"; cd \"$ROOT/cl\"; git checkout -q t; echo x > evil; git add evil; git commit -q --no-verify -m evil; \(push)"
        )
        let ran = try bench.hybrid("run", bench.plan([Self.alpha, job], more: ["target": "\"t\""]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains(said), "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt", at: "t") == nil, "nothing landed")
        try bench.shell(#require(try moved(bench)["undo"] as? String))
        #expect(try bench.hybrid("resume").code == 0)
        #expect(try bench.text("evil", at: "t") == nil)
    }

    /// What the worker did there is held against its claims.
    @Test func aWorkersCommitOnTheTargetIsAudited() throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try run(
            bench,
            "echo evil > README; git commit -qam evil --no-verify; git update-ref refs/heads/main HEAD; git reset -q --hard HEAD~1"
        )
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(
            ran.out.contains("breach: Beta touched README, on the target itself: not claimed"), "\(ran.out)")
    }

    /// Without the hooks the worker's reflog still knows whose commit it is, but not who moved the branch.
    @Test func whatNobodyWasSeenToMoveIsUnknown() throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try run(bench, "env -u GIT_CONFIG_COUNT git update-ref refs/heads/main HEAD")
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("target moved, by whom unknown"), "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("holds work of Beta"), "\(ran.out)")
        try bench.sandbox.git("reset", "-q", "--hard")
        let landed = try bench.hybrid("resume", "--accept-target")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
    }

    /// Pushed to a remote by the worker, fetched from there by the user; without the hook nobody was seen.
    @Test(arguments: [("", "target moved by Beta"), ("--no-verify", "target moved, by whom unknown")])
    func aPushThatComesBackIsTheWorkers(option: String, said: String) throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell(
            "git config hybrid.guard warn; git clone -q --bare . ../hub.git; git remote add hub ../hub.git; git fetch -q hub"
        )
        let mine = "env -i HOME=\"$HOME\" PATH=\"$PATH\" git -C \"$ROOT/repo\" pull -q --ff-only hub main"
        let ran = try run(bench, "git push -q \(option) \"$ROOT/hub.git\" HEAD:main; \(mine)")
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains(said), "\(ran.out)\(ran.err)")
    }

    /// The user commits, a worker takes that in: the commit is the user's for all that.
    @Test func theUsersCommitStaysTheUsersWhereAWorkerTakesItIn() throws {
        let bench = try Bench(["README": "base\n"])
        let mine = """
            (cd "$ROOT/repo"; echo mine > mine.txt; env -i HOME="$HOME" PATH="$PATH" sh -c \
            'git add mine.txt; git commit -qm mine')
            """
        let ran = try run(bench, "\(mine); git rebase -q main")
        #expect(ran.code == 0 || ran.out.contains("not claimed"), "\(ran.out)\(ran.err)")
        #expect(!ran.out.contains("by whom unknown"), "\(ran.out)")
    }

    @Test(arguments: [
        ("git update-ref refs/heads/main $(git commit-tree -m x HEAD^{tree})", "target moved back by Beta"),
        (
            "env -u GIT_CONFIG_COUNT git update-ref refs/heads/main $(git commit-tree -m x HEAD^{tree})",
            "target moved back, by whom unknown"
        ),
    ])
    func aTargetThatLostWhatItHeldIsNeverMergedWithUnasked(line: String, said: String) throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let ran = try run(bench, line)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains(said), "\(ran.out)\(ran.err)")
        try bench.shell(#require(try moved(bench)["undo"] as? String))
        #expect(try bench.id() == before)
        #expect(try bench.hybrid("resume").code == 0)
    }

    @Test func aDeletedTargetIsToldWithWhoDidIt() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let ran = try run(bench, "git update-ref -d refs/heads/main")
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        #expect(ran.err.contains("target moved by Beta (git update-ref -d refs/heads/main)"), "\(ran.err)")
        try bench.shell("git branch main \(before)")
        #expect(try bench.hybrid("land").code == 0)
    }

    /// What a verify command commits lands neither before nor behind what was verified.
    @Test func aVerifyCommandThatMovesTheTargetStopsTheLanding() throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try run(
            bench, "true",
            verify:
                "[ -e beta.txt ] || exit 0; echo e > evil; git add -A; git commit -qm evil; git update-ref refs/heads/main HEAD"
        )
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("target moved, by whom unknown"), "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("a command of the run's own"), "\(ran.out)\(ran.err)")
        #expect(try bench.state() == "landing-pending")
    }

    /// The user's own hook of that name still runs, sees what git says, and may refuse.
    @Test func theUsersOwnReferenceHookStillDecides() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write(
            "#!/bin/sh\nsaid=\"$1 $(cat | tr '\\n' ' ')\"\necho \"$said\" >> \"$ROOT/seen\"\n"
                + "case $said in 'prepared '*' refs/heads/forbidden'*) exit 1 ;; esac\n",
            to: "repo/.git/hooks/reference-transaction")
        try bench.shell("chmod +x .git/hooks/reference-transaction")
        let ran = try run(
            bench, "git update-ref refs/heads/forbidden HEAD || git update-ref refs/heads/other HEAD || true")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let seen = try #require(bench.sandbox.read("seen"))
        #expect(seen.contains("committed") && seen.contains("refs/heads/forbidden"), "\(seen)")
        #expect(try bench.refs()["refs/heads/forbidden"] == nil)
    }
}
