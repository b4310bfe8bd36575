import Foundation
import TestSupport
import Testing

/// A landing in a checked-out target beside what the user has not committed there; git's own fast-forward is the oracle.
@Suite struct DirtyCheckoutTests {
    private static let files = [
        "README": "base\n", "edited.txt": "1\n", "gone.txt": "1\n", "mine.txt": "1\n",
        "other/mine.txt": "1\n",
        ".gitignore": "*.log\n", "kind": "1\n",
    ]
    private static let work =
        "echo 2 > edited.txt; rm gone.txt; mkdir new; echo n > new/f; rm kind; mkdir kind; echo k > kind/f"

    /// What the user has, and whether git would refuse to move past it.
    static let states: [(String, Bool)] = [
        ("echo mine > mine.txt", false),
        ("echo mine > mine.txt; git add mine.txt", false),
        ("echo staged > mine.txt; git add mine.txt; echo more > mine.txt", false),
        ("rm mine.txt; git rm -q --cached other/mine.txt", false),
        ("git mv mine.txt moved.txt; echo u > untracked.txt; echo l > x.log", false),
        ("git add -N . ; echo n > intended; git add -N intended; chmod +x mine.txt", false),
        ("rm mine.txt; ln -s README mine.txt; rm -r other; echo file > other", false),
        ("git config merge.autoStash true; echo mine > mine.txt", false),
        ("echo 2 > edited.txt; git add edited.txt", false),
        ("git rm -q gone.txt", false),
        ("rm gone.txt", false),
        ("mkdir new; echo n > new/f; git add new", false),
        ("echo 2 > edited.txt", true),
        ("mkdir new; echo n > new/f", true),
        ("echo mine > edited.txt", true),
        ("echo mine > edited.txt; git add edited.txt", true),
        ("echo mine > gone.txt", true),
        ("git rm -q gone.txt; echo mine > gone.txt", true),
        ("echo mine > kind", true),
        ("mkdir new; echo mine > new/f", true),
        ("echo mine > new", true),
        ("mkdir ../out; ln -s ../out new", true),
        (
            "id=$(git hash-object -w README); for n in 1 2 3; do echo \"100644 $id $n\tmine.txt\"; done | git update-index --index-info",
            true
        ),
    ]

    private static let job = PlannedJob("Alpha", ["edited.txt", "gone.txt", "new/**", "kind"], work)

    /// One run, which waits to land, lands or not in each state.
    @Test func `only what the landing changes holds it up`() throws {
        let bench = try Bench(Self.files)
        try bench.shell("echo mine > edited.txt")
        let ran = try bench.hybrid("run", bench.plan([Self.job]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        try bench.shell("git checkout -q edited.txt")
        try bench.remember()
        for (state, refused) in Self.states {
            try bench.bringBack()
            try land(bench, in: state, refused)
        }
    }

    /// The user had it before the run began.
    @Test func `a run lands beside what was there before it`() throws {
        let bench = try Bench(Self.files)
        let (state, _) = Self.states[4]
        try land(bench, in: state + "; " + Self.states[0].0, false, ["run", bench.plan([Self.job])])
    }

    private func land(
        _ bench: Bench, in state: String, _ refused: Bool, _ words: [String] = ["land"]
    ) throws {
        try bench.shell("rm -rf ../out ../fresh; " + state)
        let before = try bench.id()
        let all =
            "git status --porcelain=v2 -uall; git diff; git diff --cached; ls -lR --time-style=+ . | grep -v ^total"
        let ran = try bench.hybrid(list: words)
        #expect(ran.code == (refused ? 1 : 0), "\(state): \(ran.out)\(ran.err)")
        if refused {
            #expect(try bench.state() == "landing-pending", "\(state)")
            #expect(try bench.id() == before, "\(state)")
            let shown = try bench.shell(all)
            // git agrees, and leaves all as it is.
            let tip = try bench.id("refs/hybrid/\(bench.run())/candidate")
            let git = try bench.sandbox.run(
                "git", "merge", "--ff-only", "--no-overwrite-ignore", tip, in: "repo")
            #expect(git.code != 0, "\(state): \(git.out)")
            #expect(try bench.shell(all) == shown, "\(state)")
        } else {
            #expect(try bench.id() != before, "\(state)")
            #expect(
                bench.sandbox.read("repo/new/f") == "n\n" && bench.sandbox.read("repo/kind/f") == "k\n",
                "\(state)")
            // The same move by git alone, from the same state, leaves the same.
            let made = try bench.shell(all)
            #expect(try bench.sandbox.git("stash", "list") == "", "\(state)")
            try bench.shell("git clone -q . ../fresh; git -C ../fresh reset -q --hard \(before)")
            try bench.shell(state, in: bench.sandbox.root + "/fresh")
            try bench.shell(
                "git merge -q --ff-only --no-autostash origin/main", in: bench.sandbox.root + "/fresh")
            #expect(try made == bench.shell(all, in: bench.sandbox.root + "/fresh"), "\(state)")
        }
    }

    /// A fast-forward typed meanwhile would move something else than the branch.
    @Test func `what is under way there is to be ended, nothing else`() throws {
        let bench = try Bench(Self.files)
        try bench.shell(
            "echo 3 > mine.txt; git commit -q -a -m m; GIT_SEQUENCE_EDITOR='sed -i 1s/pick/edit/' git rebase -q -i HEAD~1"
        )
        let ran = try bench.hybrid(
            "run",
            bench.plan(
                [PlannedJob("Alpha", ["edited.txt"], "echo 2 > edited.txt")], more: ["target": "\"main\""]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("a rebase is under way in "), "\(ran.out)")
        #expect(
            ran.out.contains("finish or abort it (git -C ") && !ran.out.contains("--ff-only"), "\(ran.out)")
        try bench.shell("git rebase --abort")
        #expect(try bench.hybrid("land").code == 0)
        #expect(bench.sandbox.read("repo/edited.txt") == "2\n")
    }

    @Test func `a plan that check ticked in the repository lands`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = """
            ## Task: T
            **Complexity:** Small
            **Estimated Time (Sequential):** 40 minutes

            ### Cline CLI Jobs (Parallel Workers):

            **Job 1:** Alpha
            - File: alpha.txt
            - Dependencies: README
            - Estimated Time: 10 minutes
            - Command: `echo a > alpha.txt`

            ### Verification:
            - `true`

            ### Conflict Analysis:
            - [ ] No file overlaps
            """
        try bench.sandbox.write(plan, to: "repo/plan.md")
        try bench.shell("git add plan.md && git commit -qm plan")
        let checked = try bench.hybrid("check", "plan.md", "--write")
        #expect(checked.code == 0, "\(checked.out)\(checked.err)")
        #expect(try bench.sandbox.git("status", "--porcelain") == " M plan.md")
        let ran = try bench.hybrid("run", "plan.md")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(bench.sandbox.read("repo/alpha.txt") == "a\n")
        #expect(try bench.sandbox.git("status", "--porcelain") == " M plan.md")
    }

    @Test func `taking a landing back leaves the user's other work, and never the index`() throws {
        let bench = try Bench(Self.files)
        let before = try bench.id()
        let plan = try bench.plan([
            PlannedJob("Alpha", ["edited.txt", "new/**"], "echo 2 > edited.txt; mkdir new; echo n > new/f")
        ])
        #expect(try bench.hybrid("run", plan).code == 0)
        try bench.shell("echo mine > mine.txt; git add mine.txt")
        let refused = try bench.hybrid("rollback")
        #expect(refused.code == 2 && refused.err.contains("staged changes (mine.txt)"), "\(refused.err)")
        // Touched, not changed.
        try bench.shell("git reset -q; cp edited.txt ../copy; mv ../copy edited.txt")
        #expect(try bench.hybrid("rollback").code == 0)
        #expect(try bench.id() == before)
        #expect(try bench.sandbox.git("status", "--porcelain") == " M mine.txt")
        #expect(bench.sandbox.read("repo/mine.txt") == "mine\n")
    }
}
