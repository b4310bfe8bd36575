import Foundation
import TestSupport
import Testing

/// The main checkout and every other worktree that is no worker's: saved before workers start, compared after.
@Suite struct NeighbourTests {
    static let alpha = PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")

    /// A main checkout with staged, unstaged, deleted, untracked and ignored files, and a worktree of the user's.
    private func bench() throws -> Bench {
        let bench = try Bench([
            "README": "base\n", "src/one.txt": "one\n", "src/two.txt": "two\n", "gone.txt": "gone\n",
            ".gitignore": "*.ign\n",
        ])
        try bench.shell(
            """
            git branch other; git worktree add -q ../own other
            echo staged > src/one.txt; git add src/one.txt; echo unstaged > src/one.txt
            rm gone.txt; echo mine > 'my notes.txt'; mkdir new; echo fresh > new/file; echo secret > env.ign
            echo work > ../own/README; echo loose > ../own/loose
            """)
        return bench
    }

    private func run(_ bench: Bench, _ beta: String) throws -> Outcome {
        // The target is nobody's checkout, so that what the user has there is in nobody's way.
        try bench.shell("git branch -q target")
        let job = PlannedJob("Beta", ["beta.txt", "src/**"], "echo beta > beta.txt; " + beta)
        return try bench.hybrid(
            "run", bench.plan([Self.alpha, job], more: ["target": "\"target\""]))
    }

    /// All that git and the disk say of a worktree, index included.
    private func state(_ bench: Bench, _ folder: String = "repo") throws -> String {
        try bench.shell(
            "git symbolic-ref -q HEAD || git rev-parse HEAD; git status --porcelain -uall; git ls-files -s; find . -path ./.git -prune -o -type f -print | sort | xargs -d '\\n' sha1sum",
            in: bench.sandbox.root + "/" + folder)
    }

    private func findings(_ bench: Bench) throws -> [[String: Any]] {
        let answer = try bench.hybrid("report", "--json")
        try bench.expectValid(answer, bench.hybrid("schema", "report"))
        return try #require(Bench.object(answer)["findings"] as? [[String: Any]])
    }

    private func kept(_ bench: Bench) throws -> [String] {
        try bench.refs("refs/hybrid/\(bench.run())/user/").keys.sorted().map {
            $0.split(separator: "/").last.map(String.init) ?? ""
        }
    }

    @Test func whatNobodyChangedIsSavedMeanwhileAndDroppedAtTheEnd() throws {
        let bench = try bench()
        let (main, own) = (try state(bench), try state(bench, "own"))
        let ran = try run(
            bench,
            "git for-each-ref --format='%(refname)' refs/hybrid > \"$ROOT/refs\"; git -C \"$ROOT/repo\" status >/dev/null"
        )
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let during = try #require(bench.sandbox.read("refs"))
        #expect(during.contains("/user/main\n") && during.contains("/user/own\n"), "\(during)")
        #expect(try kept(bench) == [])
        #expect(try findings(bench).allSatisfy { $0["worktree"] is NSNull })
        #expect(try state(bench) == main)
        #expect(try state(bench, "own") == own)
    }

    /// What is kept is a stash in git's own eyes, index and untracked files included.
    @Test(arguments: ["repo", "own"])
    func whatALostWorktreeHadComesBackAsPrinted(folder: String) throws {
        let bench = try bench()
        let before = try state(bench, folder)
        let ran = try run(
            bench, "git -C \"$ROOT/\(folder)\" reset -q --hard; git -C \"$ROOT/\(folder)\" clean -qfd")
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.state() == "landing-pending")
        #expect(ran.out.contains("by Beta (its git worked there: git -C "), "\(ran.out)")
        let undo = try findings(bench).compactMap { $0["undo"] as? String }
        let all = try #require(undo.first { $0.contains("stash apply --index") }, "\(undo)")
        try bench.shell(all)
        #expect(try state(bench, folder) == before)
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "what is undone stops nothing: \(resumed.out)\(resumed.err)")
        #expect(try kept(bench) == [folder == "repo" ? "main" : "own"])
    }

    /// Each with what shows who did it; the lines that undo it are typed one after the other.
    @Test(arguments: [
        "git -C \"$ROOT/repo\" checkout -q -b x",
        "git -C \"$ROOT/repo\" stash -q",
        "git -C \"$ROOT/repo\" checkout -q -- src/one.txt",
        "git -C \"$ROOT/own\" checkout -q --detach",
        "git -C \"$ROOT/repo\" reset -q",
        "git -C \"$ROOT/repo\" commit -q --no-verify -a -m stolen",
        "git -C \"$ROOT/own\" commit -q --no-verify -a -m stolen",
        "git add .; git commit -q --no-verify -m b; git -C \"$ROOT/own\" merge -q $(git branch --show-current)",
        "echo two-of-beta > src/two.txt; cp src/two.txt \"$ROOT/repo/src/two.txt\"",
        "echo new-of-beta > src/new.txt; cp src/new.txt \"$ROOT/repo/src/new.txt\"",
        "echo wrote $ROOT/repo/src/two.txt; echo elsewhere > \"$ROOT/repo/src/two.txt\"",
    ])
    func whatAWorkerIsShownToHaveDoneStopsTheLanding(line: String) throws {
        let bench = try bench()
        let (main, own) = (try state(bench), try state(bench, "own"))
        let ran = try run(bench, line)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        let status = try Bench.object(bench.hybrid("status", "--json"))
        #expect(status["hold"] as? String == "worktrees")
        #expect((status["next"] as? String)?.contains("--accept-worktrees") == true)
        let found = try findings(bench).filter { $0["kind"] as? String == "breach" }
        #expect(!found.isEmpty)
        for finding in found {
            #expect(finding["jobs"] as? [String] == ["beta"])
            #expect(finding["changed_at"] is String)
            try bench.shell(#require(finding["undo"] as? String))
        }
        #expect(try state(bench) == main)
        #expect(try state(bench, "own") == own)
        #expect(try bench.hybrid("resume").code == 0)
    }

    /// People type meanwhile: it is told, and lands.
    @Test(arguments: [
        ("echo typed > \"$ROOT/repo/typed.txt\"", "typed.txt in ", "rm "),
        ("rm \"$ROOT/repo/my notes.txt\"", "my notes.txt in ", "restore --source="),
        ("echo typed >> \"$ROOT/repo/README\"", "README in ", "restore --source="),
        ("echo typed >> \"$ROOT/own/loose\"", "loose in ", "restore --source="),
        ("mv \"$ROOT/own\" \"$ROOT/away\"", "the worktree ", ""),
        ("git worktree move \"$ROOT/own\" \"$ROOT/away\"", "it was moved to ", "git worktree move "),
        ("rm -rf \"$ROOT/own\"", "the worktree ", "git worktree add -f "),
        ("env -i PATH=\"$PATH\" git -C \"$ROOT/repo\" add README src", "the index of ", "read-tree "),
        ("printf x > \"$ROOT/repo/.git/worktrees/own/index\"", "cannot be read any more", "read-tree "),
    ])
    func whatNobodyIsShownToHaveDoneIsToldAndLands(line: String, said: String, undo: String) throws {
        let bench = try bench()
        let (main, own) = (try state(bench), try state(bench, "own"))
        let ran = try run(bench, line)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let found = try #require(
            try findings(bench).first { ($0["message"] as? String)?.contains(said) == true }, "\(ran.out)")
        #expect(found["kind"] as? String == "warning")
        #expect(found["jobs"] as? [String] == [])
        guard !undo.isEmpty, let typed = found["undo"] as? String else {
            #expect(undo.isEmpty)
            return
        }
        #expect(typed.contains(undo), "\(typed)")
        try bench.shell(typed)
        #expect(try state(bench) == main)
        #expect(try state(bench, "own") == own)
    }

    @Test func anIgnoredFileIsToldAndNotPromised() throws {
        let bench = try bench()
        let ran = try run(bench, "echo other > \"$ROOT/repo/env.ign\"; rm -rf \"$ROOT/repo/node_modules\"")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(
            ran.out.contains("env.ign; they were not saved, so they cannot be brought back"), "\(ran.out)")
    }

    /// What the user commits is in HEAD then, and no file changed.
    @Test func whatTheUserCommitsMeanwhileIsNoChange() throws {
        let bench = try bench()
        let ran = try run(
            bench,
            "env -i HOME=\"$HOME\" PATH=\"$PATH\" sh -c 'cd \"$0\" && git add -A && git commit -qm all' \"$ROOT/repo\""
        )
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(
            try findings(bench).allSatisfy {
                !($0["message"] as? String ?? "").contains(" in \(bench.repo) ")
            })
    }

    @Test func whatIsAcceptedLands() throws {
        let bench = try bench()
        #expect(try run(bench, "git -C \"$ROOT/repo\" checkout -q -b x").code == 1)
        #expect(try bench.hybrid("resume").code == 1)
        let landed = try bench.hybrid("resume", "--accept-worktrees")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(landed.out.contains("breach, accepted: the worktree "), "\(landed.out)")
    }

    /// A worker that ended has its worktree compared, too; one whose worktree goes while it works is not taken for done.
    @Test func whatHappensToASibling() throws {
        let bench = try Bench(["README": "base\n"])
        let beta = PlannedJob(
            "Beta", ["beta.txt"],
            """
            echo beta > beta.txt
            \(bench.waitsFor("alpha"))
            echo more >> ../alpha/alpha.txt
            """)
        let ran = try bench.hybrid("run", bench.plan([Self.alpha, beta]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("alpha.txt in "), "\(ran.out)")
        #expect(ran.out.contains("after Alpha had ended"), "\(ran.out)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
    }

    /// Alpha has committed and goes on; Beta does its deed meanwhile.
    private static func siblings(_ deed: String) -> [PlannedJob] {
        [
            PlannedJob(
                "Alpha", ["alpha.txt"],
                "echo alpha > alpha.txt; git add .; git commit -q --no-verify -m a; touch \"$ROOT/ready\"; until [ -e \"$ROOT/go\" ]; do sleep 0.05; done"
            ),
            PlannedJob(
                "Beta", ["beta.txt"],
                "echo beta > beta.txt; until [ -e \"$ROOT/ready\" ]; do sleep 0.05; done; \(deed); touch \"$ROOT/go\""
            ),
        ]
    }

    /// What it made is not its own alone then; nobody else is blamed, and what was taken from it is kept.
    @Test(arguments: [
        ("git -C ../alpha reset -q --hard HEAD^", "Beta worked in Alpha's worktree "),
        ("git -C ../alpha commit -q --no-verify --allow-empty -m evil", "Beta worked in Alpha's worktree "),
    ])
    func whoWorksInASiblingsWorktreeIsNamed(deed: String, said: String) throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try bench.hybrid(
            "run", bench.plan(Self.siblings(deed), more: ["land_the_rest": "true"]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.state() == "landing-pending")
        let found = try findings(bench).filter { $0["kind"] as? String == "breach" }
        #expect(found.count == 1 && found[0]["jobs"] as? [String] == ["beta", "alpha"])
        #expect((found.first?["message"] as? String)?.hasPrefix(said) == true, "\(ran.out)")
        #expect(!ran.out.contains("Beta left work beside"), "\(ran.out)")
        let all = try bench.shell("git log --all --format=%s")
        #expect(all.split(separator: "\n").contains("a"), "\(all)")
        #expect(try bench.hybrid("resume").code == 1)
        #expect(try bench.hybrid("resume", "--accept-worktrees").code == 0)
    }

    /// What was collected before is merged all the same; what was committed until then is kept.
    @Test(arguments: [
        (
            "git worktree remove --force ../alpha; git branch -q -D hybrid/$HYBRID_RUN/alpha",
            "Beta moved Alpha's branch "
        ),
        ("git update-ref refs/heads/hybrid/$HYBRID_RUN/alpha HEAD", "Beta moved Alpha's branch "),
    ])
    func whoMovesASiblingsBranchIsNamed(deed: String, said: String) throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try bench.hybrid("run", bench.plan(Self.siblings(deed)))
        #expect(ran.code < 2, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("warning: \(said)"), "\(ran.out)")
        let all = try bench.shell("git log --all --format=%h -- alpha.txt")
        #expect(!all.isEmpty, "\(ran.out)")
    }

    @Test("a look at a sibling's work is no work there")
    func looksAreHarmless() throws {
        let bench = try Bench(["README": "base\n"])
        let beta = PlannedJob(
            "Beta", ["beta.txt"],
            "echo beta > beta.txt; for c in status diff log 'show --stat' 'stash list' 'rev-parse HEAD'; do git -C ../alpha $c >/dev/null; done; git fetch -q . hybrid/$HYBRID_RUN/alpha; git pack-refs --all"
        )
        let ran = try bench.hybrid("run", bench.plan([Self.alpha, beta]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
    }

    @Test func aWorktreeThatGoesWhileItsWorkerWorksIsNoSuccess() throws {
        let bench = try Bench(["README": "base\n"])
        let slow = PlannedJob(
            "Alpha", ["alpha.txt"],
            "echo alpha > alpha.txt; git add -A; git commit -qm alpha; touch \"$ROOT/ready\"; while [ -e \"$HYBRID_WORKTREE/.git\" ]; do sleep 0.05; done"
        )
        let beta = PlannedJob(
            "Beta", ["beta.txt"],
            "echo beta > beta.txt; until [ -e \"$ROOT/ready\" ]; do sleep 0.05; done; git worktree remove --force ../alpha"
        )
        let ran = try bench.hybrid("run", bench.plan([slow, beta]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers()["alpha"] == "failed")
        #expect(ran.out.contains("its worktree is gone"), "\(ran.out)")
        #expect(try bench.text("alpha.txt", at: bench.branch("alpha")) == "alpha\n")
    }

    /// Killed between the look and the comparison: what was noted first counts.
    @Test(arguments: ["audit:before", "audit:after", "launch:after", "merge:after"])
    func aKilledRunComparesWithWhatWasBefore(point: String) throws {
        let bench = try bench()
        try bench.shell("git branch -q target")
        let job = PlannedJob(
            "Beta", ["beta.txt"], "echo beta > beta.txt; echo typed > \"$ROOT/repo/typed.txt\"")
        let plan = try bench.plan([job], more: ["target": "\"target\""])
        let killed = try bench.hybrid("run", plan, environment: ["HYBRID_FAILPOINT": "\(point)=kill"])
        #expect(killed.code == 137, "\(killed.out)\(killed.err)")
        let ran = try bench.hybrid("resume")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(
            try findings(bench).contains { ($0["message"] as? String)?.contains("typed.txt in ") == true })
        #expect(try kept(bench) == ["main"])
    }

    /// Unborn, bare, locked, prunable, conflicted, with submodules: compared or left out, without a false word.
    @Test(arguments: [
        "git worktree lock ../own; mv ../own ../away",
        "rm -rf ../own",
        "git -C ../own checkout -q --orphan unborn",
        "git -C ../own checkout -q -f --detach",
        "git -C ../own add -A; git -C ../own commit -qm o; git -C ../own merge -q main || true; echo c > README; git add README; git commit -qm c README; git -C ../own merge -q main || true",
        "git init -q ../sub; git -C ../sub commit -q --allow-empty -m s; git -c protocol.file.allow=always submodule --quiet add ../sub sub; touch sub/x",
        "git init -q nested; touch nested/x; mkfifo pipe; ln -s nowhere link",
        "git worktree add -q inside -b inside; echo i > inside/i",
    ])
    func oddWorktreesRaiseNoAlarm(settle: String) throws {
        let bench = try bench()
        try bench.shell(settle)
        let ran = try run(bench, "true")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try findings(bench).allSatisfy { $0["worktree"] is NSNull }, "\(ran.out)")
        #expect(try kept(bench) == [])
    }

    @Test func aBareRepositoryHasOnlyLinkedNeighbours() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell(
            "git clone -q --bare . ../bare.git; git -C ../bare.git worktree add -q ../own -b own; echo w > ../own/w"
        )
        let plan = try bench.plan([Self.alpha])
        let ran = try bench.hybrid("run", plan, in: bench.sandbox.root + "/own")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(bench.sandbox.read("own/w") == "w\n")
    }

    /// Another run's workers come and go without a word.
    @Test func workersOfOtherLiveRunsAreNoNeighbours() throws {
        let bench = try Bench(["README": "base\n"])
        try #require(
            try bench.hybrid("start", bench.plan([PlannedJob("Other", ["other.txt"], nil)])).code == 0)
        let other = try bench.worktree("other")
        let job = PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt; echo typed > '\(other)/other.txt'")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(!ran.out.contains("other.txt"), "\(ran.out)")
    }

    /// A later wave begins from a look of its own, and what an earlier one kept stays.
    @Test func eachWaveIsComparedByItself() throws {
        let bench = try bench()
        try bench.shell("git branch -q target")
        let first = PlannedJob(
            "Alpha", ["alpha.txt"], "echo alpha > alpha.txt; echo 1 > \"$ROOT/repo/my notes.txt\"")
        let second = PlannedJob(
            "Beta", ["beta.txt"], "echo beta > beta.txt; echo 2 > \"$ROOT/repo/my notes.txt\"",
            more: ["needs": "[\"Alpha\"]"])
        let ran = try bench.hybrid("run", bench.plan([first, second], more: ["target": "\"target\""]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try kept(bench) == ["main", "main.2"])
        let run = try bench.run()
        #expect(try bench.sandbox.git("show", "refs/hybrid/\(run)/user/main^3:my notes.txt") == "mine")
        #expect(try bench.sandbox.git("show", "refs/hybrid/\(run)/user/main.2^3:my notes.txt") == "1")
    }
}
