import Foundation
import TestSupport
import Testing

/// Work that a worker leaves beside its branch.
@Suite struct LeftBesideTests {
    /// What a worker does beside its task, and what of it is to be found.
    struct Oddity: Sendable, CustomTestStringConvertible {
        var name: String
        /// What stands before the run.
        var setUp = ""
        /// B is the worker's branch; `put FILE TEXT` commits a file.
        var deed: String
        /// What is found, sorted; each with a word that its files hold.
        var found: [String] = []
        /// Texts that no collection of garbage may destroy.
        var texts: [String] = []
        var testDescription: String { name }
    }

    private static let start = """
        B=$(git branch --show-current)
        put() { echo "$2" > "$1"; git add -- "$1"; git commit -q --no-verify -m "put $2"; }
        put alpha.txt alpha

        """

    static let left = [
        Oddity(
            name: "commits on another branch",
            deed: "git checkout -q -b side; put s one; put s two; git checkout -q $B",
            found: ["branch"], texts: ["one", "two"]),
        Oddity(
            name: "commits without a branch",
            deed: "git checkout -q --detach; put s one; put t two; git checkout -q $B",
            found: ["commit"], texts: ["one", "two"]),
        Oddity(
            name: "two lines of commits without a branch",
            deed:
                "git checkout -q --detach; put s one; git checkout -q --detach $B; put s two; git checkout -q $B",
            found: ["commit", "commit"], texts: ["one", "two"]),
        Oddity(
            name: "two stash entries, one with a new file",
            deed: "echo one > alpha.txt; git stash -q; echo two > new; git stash -q -u",
            found: ["stash", "stash"],
            texts: ["one", "two"]),
        Oddity(
            name: "a stash entry without a branch",
            deed: "git checkout -q --detach HEAD^; echo one > README; git stash -q; git checkout -q $B",
            found: ["stash"], texts: ["one"]),
        Oddity(
            name: "a stash entry of what was only staged",
            deed:
                "echo one > alpha.txt; git add alpha.txt; git show HEAD:alpha.txt > alpha.txt; git stash -q",
            found: ["stash"], texts: ["one"]),
        Oddity(
            name: "a branch without a past",
            deed: "git checkout -q --orphan root; git rm -q -rf .; put s one; git checkout -q $B",
            found: ["branch"],
            texts: ["one"]),
        Oddity(
            name: "a worktree beside its own",
            deed: "git worktree add -q ../x; (cd ../x; put s one; echo two > t)",
            found: ["branch", "worktree"],
            texts: ["one", "two"]),
        Oddity(
            name: "a worktree below the main checkout",
            deed: "git worktree add -q --detach \"$ROOT/repo/wt\"; echo one > \"$ROOT/repo/wt/s\"",
            found: ["worktree"],
            texts: ["one"]),
        Oddity(
            name: "a worktree below its own", deed: "git worktree add -q --detach wt; echo one > wt/s",
            found: ["worktree"], texts: ["one"]),
        Oddity(
            name: "a worktree that is gone again",
            deed: """
                git worktree add -q --detach ../x; (cd ../x; put s one); git branch kept $(git -C ../x rev-parse HEAD)
                git worktree remove --force ../x
                """, found: ["branch"], texts: ["one"]),
        Oddity(
            name: "a commit that was taken back", deed: "put s one; git reset -q --hard HEAD^",
            found: ["commit"],
            texts: ["one"]),
        Oddity(
            name: "a commit that was made otherwise", deed: "put s one; git reset -q --hard HEAD^; put s two",
            found: ["commit"], texts: ["one"]),
        Oddity(
            name: "a branch that was deleted",
            deed: "git checkout -q -b side; put s one; git checkout -q $B; git branch -q -D side",
            found: ["commit"],
            texts: ["one"]),
        Oddity(
            name: "a ref of another kind",
            deed: "git update-ref refs/mine/x $(git commit-tree -m one -p HEAD $(git mktree </dev/null))",
            found: ["ref"]),
        Oddity(
            name: "a tag",
            deed: "git checkout -q --detach; put s one; git tag -a -m t mine; git checkout -q $B",
            found: ["ref"], texts: ["one"]),
        Oddity(
            name: "a ref of the worktree's own",
            deed: "git update-ref refs/worktree/x $(git commit-tree -m one -p HEAD $(git mktree </dev/null))",
            found: ["commit"]),
        Oddity(
            name: "no logs, as the user has it", setUp: "git config core.logAllRefUpdates false",
            deed: "git checkout -q --detach; put s one; git checkout -q $B", found: ["commit"], texts: ["one"]
        ),
        Oddity(
            name: "a commit dropped by a rebase",
            deed:
                "put s one; put t two; GIT_SEQUENCE_EDITOR='sed -i 1s/pick/drop/' git rebase -q -i HEAD~2",
            found: ["commit"], texts: ["one"]),
        Oddity(
            name: "a branch that was pushed",
            setUp: "git init -q --bare ../hub.git; git remote add hub \"$ROOT/hub.git\"",
            deed: "git checkout -q -b side; put s one; git push -q --no-verify hub side; git checkout -q $B",
            found: ["branch"], texts: ["one"]),
        Oddity(
            name: "the user's stash, cleared",
            setUp: "echo mine > README; git stash -q; echo two > README; git stash -q",
            deed: "git stash clear", found: ["stash-gone"], texts: ["mine", "two"]),
        Oddity(
            name: "the user's stash, one entry dropped",
            setUp: "echo mine > README; git stash -q; echo two > README; git stash -q",
            deed: "git stash drop -q stash@{1}", found: ["stash-gone"], texts: ["mine"]),
    ]

    static let harmless = [
        Oddity(name: "amended", deed: "echo x > alpha.txt; git commit -q --no-verify -a --amend --no-edit"),
        Oddity(
            name: "rebased, melted and reworded",
            setUp: "git branch old; git commit -q --allow-empty -m next; git commit -q --allow-empty -m more",
            deed: """
                put alpha.txt two; put alpha.txt three
                GIT_SEQUENCE_EDITOR='sed -i 2s/pick/fixup/' git rebase -q -i HEAD~2
                git commit -q --no-verify --amend -m other
                """),
        Oddity(
            name: "a stash that is popped again", deed: "echo two > alpha.txt; git stash -q; git stash pop -q"
        ),
        Oddity(
            name: "a stash that is applied and stays",
            deed: "echo two > alpha.txt; git stash -q; git stash apply -q"),
        Oddity(
            name: "picked from another branch",
            deed:
                "git checkout -q -b side; put alpha.txt two; git checkout -q $B; git cherry-pick side >/dev/null"
        ),
        Oddity(
            name: "picked, and then changed",
            deed: """
                git checkout -q -b side; put alpha.txt two; git checkout -q $B; git cherry-pick side >/dev/null
                put alpha.txt three
                """),
        Oddity(
            name: "another branch as one commit",
            deed: """
                git checkout -q -b side; put alpha.txt two; put alpha.txt three; git checkout -q $B
                git merge -q --squash side >/dev/null; git commit -q --no-verify -m all
                """),
        Oddity(
            name: "another branch merged",
            deed: """
                git checkout -q -b side HEAD^; echo a > alpha2.txt; git add .; git commit -q --no-verify -m a
                git checkout -q $B; git merge -q --no-verify side -m both
                """),
        Oddity(name: "a branch at its own commit", deed: "git branch side; git tag one; git tag -a -m t two"),
        Oddity(
            name: "taken back and made the same",
            deed: "put alpha.txt two; git reset -q --hard HEAD^; put alpha.txt two"),
        Oddity(name: "notes and settings", deed: "git notes add -m n; git config user.email w@example.com"),
        Oddity(name: "collecting garbage", deed: "git repack -adq; git gc -q"),
        Oddity(
            name: "a worktree that is clean",
            deed: "git worktree add -q --detach ../x; git worktree remove ../x"),
        Oddity(
            name: "fetched, looked at, pushed",
            setUp: """
                git init -q -b main ../other; git -C ../other commit -q --allow-empty -m theirs
                git init -q --bare ../hub.git; git remote add hub "$ROOT/hub.git"; git remote add other "$ROOT/other"
                """,
            deed: """
                git fetch -q other; git checkout -q other/main; git checkout -q $B
                git fetch -q "$ROOT/other" main:theirs; git push -q --no-verify -u hub $B
                """),
    ]

    private static func bench(_ odd: Oddity, verify: [String] = ["true"], more: [String: String] = [:]) throws
        -> (
            Bench, String
        )
    {
        let bench = try Bench(["README": "base\n"])
        if !odd.setUp.isEmpty { try bench.shell(odd.setUp) }
        let job = PlannedJob("Alpha", ["alpha*.txt", "s", "t"], start + odd.deed)
        return (bench, try bench.plan([job], verify: verify, more: more))
    }

    /// What was found beside branches, as one command's JSON has it.
    static func found(_ bench: Bench, _ command: String = "report") throws -> [[String: String]] {
        let answer = try Bench.object(bench.hybrid(command, "--json"))
        let all = try #require(answer["findings"] as? [[String: Any]])
        return all.filter { $0["kind"] as? String == "beside" }.compactMap {
            $0["beside"] as? [String: String]
        }
    }

    /// Forgets and destroys everything that no ref keeps.
    static func collectGarbage(_ bench: Bench) throws {
        try bench.shell(
            "git reflog expire --expire=now --expire-unreachable=now --all; git gc -q --prune=now")
    }

    @Test(arguments: left) func isFoundAndKept(odd: Oddity) throws {
        let (bench, plan) = try Self.bench(odd)
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        let found = try Self.found(bench)
        #expect(found.compactMap { $0["what"] }.sorted() == odd.found.sorted(), "\(ran.out)")
        #expect(try Self.found(bench, "status") == found)
        #expect(ran.out.contains("\n  beside: "), "\(ran.out)")
        try bench.hybrid("report", "--json")
        #expect(try bench.hybrid("report", "--markdown").out.contains("- **beside** "))
        #expect(try bench.hybrid("clean").code == 0)
        // What the worker or the user lets go afterwards is kept all the same.
        try bench.shell(
            """
            git stash clear; git worktree prune; git for-each-ref --format='delete %(refname)' refs/heads refs/tags refs/mine |
            grep -v refs/heads/main | git update-ref --stdin
            """)
        for path in try bench.linkedWorktrees().reversed() {
            try bench.shell("git worktree remove --force '\(path)'")
        }
        try Self.collectGarbage(bench)
        for one in found {
            let (id, kept) = (try #require(one["id"]), try #require(one["kept_at"]))
            #expect(try bench.shell("git merge-base --is-ancestor \(id) \(kept) && echo yes") == "yes")
        }
        let reached = try bench.shell(
            "git rev-list --objects --all | cut -d' ' -f1 | git cat-file --batch")
        for text in odd.texts {
            let isThere = (reached + "\n").contains("\n\(text)\n")
            #expect(isThere, "\(text)")
        }
    }

    @Test(arguments: harmless) func isNoFinding(odd: Oddity) throws {
        let (bench, plan) = try Self.bench(odd)
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try Self.found(bench) == [], "\(ran.out)")
        #expect(!ran.out.contains("beside"), "\(ran.out)")
        #expect(try bench.refs("refs/hybrid/").keys.filter { $0.contains("beside") } == [])
    }

    @Test(
        "a kill at either end of collecting finds it once",
        arguments: ["collect:before", "collect:after", "merge:after"])
    func survivesAKill(place: String) throws {
        let (bench, plan) = try Self.bench(
            Oddity(
                name: "",
                deed: "git checkout -q --detach; put s one; git checkout -q $B; echo two > t; git stash -q -u"
            ))
        let killed = try bench.hybrid("run", plan, environment: ["HYBRID_FAILPOINT": "\(place)=kill"])
        #expect(killed.code == 137, "\(killed.out)\(killed.err)")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try Self.found(bench).compactMap { $0["what"] } == ["commit", "stash"])
    }

    @Test("an attempt that failed leaves what it left; the next one begins clean")
    func failedAttempt() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt", "s"],
            """
            B=$(git branch --show-current); echo alpha > alpha.txt
            if [ ! -e "$ROOT/again" ]; then
                touch "$ROOT/again"; git checkout -q --detach; echo one > s; git add s; git commit -q -m one
                git checkout -q $B; exit 3
            fi
            """, more: ["retries": "1"])
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let found = try Self.found(bench)
        #expect(found.count == 1)
        #expect(try bench.text("s", at: try #require(found.first?["kept_at"])) == "one\n")
        #expect(try bench.text("s") == nil)
    }

    @Test("by hand, also what comes after the work was taken in")
    func byHand() throws {
        let bench = try Bench(["README": "base\n"])
        try #require(
            try bench.hybrid("start", bench.plan([PlannedJob("Alpha", ["alpha.txt"], nil)])).code == 0)
        let worktree = try bench.worktree("alpha")
        let beside =
            "B=$(git branch --show-current); git checkout -q --detach; git commit -q --allow-empty -m one"
        try bench.shell(
            "\(beside); echo one > s; git add s; git commit -q -m s; git checkout -q $B; echo alpha > alpha.txt",
            in: worktree)
        try #require(try bench.hybrid("merge").code == 0)
        #expect(try Self.found(bench, "status").count == 1)
        try bench.shell(
            "\(beside); echo two > t; git add t; git commit -q -m t; git checkout -q $B", in: worktree)
        let late = try bench.shell("git rev-parse HEAD@{1}", in: worktree)
        let landed = try bench.hybrid("land")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(!FileManager.default.fileExists(atPath: worktree))
        #expect(try Self.found(bench).contains { $0["id"] == late })
        try Self.collectGarbage(bench)
        #expect(try bench.text("t", at: late) == "two\n")
    }

    @Test("the user's own work meanwhile is nobody's finding")
    func theUsersWork() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            #"echo alpha > alpha.txt; touch "$ROOT/began"; until [ -e "$ROOT/go" ]; do sleep 0.05; done"#)
        let running = try bench.begin("run", bench.plan([job]))
        try wait(for: "the worker") { bench.sandbox.read("began") != nil }
        try bench.shell(
            "git checkout -q -b mine; echo m > m; git add m; git commit -q -m m; git checkout -q main")
        try bench.sandbox.write("", to: "go")
        running.waitUntilExit()
        #expect(running.terminationStatus == 0)
        #expect(try Self.found(bench) == [])
    }

    @Test("two workers: each line has its owner")
    func owners() throws {
        let bench = try Bench(["README": "base\n"])
        func job(_ name: String, _ deed: String) -> PlannedJob {
            PlannedJob(name, ["\(name).txt"], "echo \(name) > \(name).txt; \(deed)")
        }
        let plan = try bench.plan([
            job(
                "Alpha",
                "git add .; git stash -q; git stash apply -q; echo x > README; git stash -q -- README"),
            job(
                "Beta",
                "B=$(git branch --show-current); git checkout -q -b side; echo b > s; git add s; git commit -q --no-verify -m s; git checkout -q $B"
            ),
        ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("beside: Alpha left work beside its branch: stash entry"), "\(ran.out)")
        #expect(ran.out.contains("beside: Beta left work beside its branch: branch side at"), "\(ran.out)")
        #expect(try Self.found(bench).count == 2)
        let run = try bench.run()
        let kept = try bench.refs("refs/hybrid/\(run)/").keys.filter { $0.contains("/beside/") }
        #expect(
            kept.filter { $0.contains("/alpha/") }.count == 1
                && kept.filter { $0.contains("/beta/") }.count == 1)
    }

    @Test("a discarded job takes what it left with it, and says what stands elsewhere")
    func discarded() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["s"],
            "B=$(git branch --show-current); git checkout -q --detach; echo one > s; git add s; git commit -q -m s; git checkout -q $B; git checkout -q -b side; echo two > s; git add s; git commit -q -m s; git checkout -q $B"
        )
        try #require(try bench.hybrid("run", bench.plan([job])).code == 1)
        #expect(try Self.found(bench).count == 2)
        let cleaned = try bench.hybrid("clean", "--discard", "alpha")
        #expect(cleaned.code == 0, "\(cleaned.err)")
        #expect(cleaned.out.contains("alpha: branch side (to be rid of it: "), "\(cleaned.out)")
        #expect(try bench.refs().keys.filter { $0.contains("alpha") || $0.contains("beside") } == [])
        #expect(try Self.found(bench) == [])
    }

    @Test("the doctor removes no worktree of an unknown run with the only log of a commit")
    func doctor() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt", "s"],
            "B=$(git branch --show-current); git checkout -q --detach; echo one > s; git add s; git commit -q -m s; git checkout -q $B; exit 3"
        )
        try #require(try bench.hybrid("run", bench.plan([job])).code == 1)
        let id = try #require(try Self.found(bench).first?["id"])
        try bench.shell(
            "git for-each-ref --format='delete %(refname)' refs/hybrid | git update-ref --stdin; rm .git/hybrid/ledger.sqlite*"
        )
        let mended = try bench.hybrid("doctor", "--fix")
        #expect(mended.out.contains("its work is kept at refs/hybrid/rescued/"), "\(mended.out)")
        #expect(try bench.linkedWorktrees() == [])
        try Self.collectGarbage(bench)
        #expect(try bench.text("s", at: id) == "one\n")
    }

    // MARK: Taking it

    /// Ends where its work is, which is not its branch.
    static let ends = [
        ("side", "git checkout -q -b side; put alpha.txt beta"),
        ("HEAD", "git checkout -q --detach; put alpha.txt beta"),
        ("side", "git checkout -q -b side; put alpha.txt x; echo beta > alpha.txt"),
    ]
    private static let put =
        "put() { echo \"$2\" > \"$1\"; git add -- \"$1\"; git commit -q --no-verify -m \"put $2\"; }\n"

    @Test(arguments: ends.indices) func workElsewhereIsTaken(number: Int) throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"], Self.put + "echo . >> \"$ROOT/times\"\n" + Self.ends[number].1)
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers()["alpha"] == "failed")
        let hint = try #require((ran.out).range(of: "hybrid resolve alpha --take "))
        let id = String(ran.out[hint.upperBound...].prefix { $0.isHexDigit })
        let taken = try bench.hybrid(
            "resolve", "alpha", "--take", Self.ends[number].0 == "side" ? "side" : id)
        #expect(taken.code == 0, "\(taken.out)\(taken.err)")
        #expect(try bench.text("alpha.txt") == "beta\n")
        #expect(bench.sandbox.read("times") == ".\n")
        #expect(try Self.found(bench) == [])
    }

    @Test(arguments: ends.indices) func thePlanMayTakeIt(number: Int) throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob("Alpha", ["alpha.txt"], Self.put + Self.ends[number].1)
        let ran = try bench.hybrid("run", bench.plan([job], more: ["beside": #""take""#]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "beta\n")
        #expect(try Self.found(bench) == [])
        #expect(try bench.linkedWorktrees() == [])
    }

    @Test("a worker that came back with empty hands", arguments: [true, false])
    func backWithEmptyHands(policy: Bool) throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            Self.put
                + "B=$(git branch --show-current); git checkout -q --detach; put alpha.txt beta; git checkout -q $B"
        )
        let ran = try bench.hybrid("run", bench.plan([job], more: policy ? ["beside": #""take""#] : [:]))
        if policy {
            #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        } else {
            #expect(try bench.workers()["alpha"] == "nothing-done")
            let id = try #require(try Self.found(bench).first?["id"])
            let taken = try bench.hybrid("resolve", "alpha", "--take", id)
            #expect(taken.code == 0, "\(taken.out)\(taken.err)")
        }
        #expect(try bench.text("alpha.txt") == "beta\n")
        #expect(try Self.found(bench) == [])
    }

    @Test("what is taken is audited as any work, and keeps what the branch held")
    func takenWorkIsAudited() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            Self.put
                + "B=$(git branch --show-current); put alpha.txt own; git checkout -q -b side HEAD^; put evil.txt evil"
        )
        try #require(try bench.hybrid("run", bench.plan([job])).code == 1)
        let own = try bench.id("refs/heads/" + bench.branch("alpha"))
        let taken = try bench.hybrid("resolve", "alpha", "--take", "side")
        #expect(taken.code == 1, "\(taken.out)\(taken.err)")
        #expect(try bench.workers()["alpha"] == "breach")
        try bench.shell("git branch -D side")
        try Self.collectGarbage(bench)
        #expect(try bench.text("alpha.txt", at: own) == "own\n")
    }

    @Test("what cannot be taken is refused, and nothing moves")
    func refusals() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            Self.put
                + "B=$(git branch --show-current); git checkout -q --orphan root; put alpha.txt x; git checkout -q $B; echo y > README; git stash -q"
        )
        let other = PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt")
        try #require(try bench.hybrid("run", bench.plan([job, other])).code == 1)
        let refs = try bench.refs()
        for (job, what, word) in [
            ("alpha", "root", "does not stand on"), ("alpha", "stash@{0}", "stash entry"),
            ("alpha", "nowhere", "names no commit"), ("alpha", "main", "does not stand on"),
            ("beta", "root", "merged"),
        ] {
            let refused = try bench.hybrid("resolve", job, "--take", what)
            #expect(refused.code == 2 && refused.err.contains(word), "\(refused.err)")
        }
        #expect(
            try bench.refs().filter { !$0.key.hasSuffix("/record") }
                == refs.filter { !$0.key.hasSuffix("/record") })
    }

    @Test(
        "a worker that ends detached at its branch, or behind it, has done its work",
        arguments: ["HEAD", "HEAD^"])
    func endsDetached(at: String) throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"], Self.put + "put alpha.txt alpha; git checkout -q --detach \(at)")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        try bench.expectTidy()
    }
}
