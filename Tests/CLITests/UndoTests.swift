import Foundation
import TestSupport
import Testing

/// Every undo line that hybrid prints, typed as it stands, brings back what was.
@Suite struct UndoTests {
    /// One way in which a worker changes what is not its own.
    struct Deed: Sendable, CustomTestStringConvertible {
        var name: String
        /// What stands before the run.
        var setUp = ""
        /// What the worker does; GIT is the common git directory.
        var deed: String
        var testDescription: String { name }
    }

    private static let stashes = """
        for n in 1 2 3 4; do echo $n > README; git stash push -q -m "it's \u{202E}number $n"; done
        echo untracked > new; git stash -q -u
        """

    static let deeds = [
        Deed(
            name: "settings: changed, several values, gone, new with odd words",
            setUp: "git config a.b one; git config --add a.b two; git config gone.x 'a \"b\" \\ c # d'",
            deed: """
                git config --replace-all a.b three; git config --unset gone.x
                git config "x.it's odd.y" '!sh'; git config x.y "$(printf 'a\\nb\\033[0m')"
                """),
        Deed(
            name: "a value with a line break", setUp: "git config x.y \"$(printf 'a\\nb\\tc')\"",
            deed: "git config x.y z"),
        Deed(
            name: "hooks: changed, gone, new, another mode",
            setUp: """
                for h in pre-push post-merge pre-rebase; do echo "echo $h" > .git/hooks/$h; chmod 750 .git/hooks/$h; done
                """,
            deed: """
                echo evil >> "$GIT/hooks/pre-push"; rm "$GIT/hooks/post-merge"
                echo evil > "$GIT/hooks/pre-commit"; chmod 644 "$GIT/hooks/pre-rebase"
                """),
        Deed(
            name: "a hook becomes a folder", setUp: "echo true > .git/hooks/pre-push",
            deed:
                "rm \"$GIT/hooks/pre-push\"; mkdir \"$GIT/hooks/pre-push\"; echo x > \"$GIT/hooks/pre-push/x\""
        ),
        Deed(
            name: "hooks become a link",
            setUp: "echo true > .git/hooks/pre-push; ln -s ../description .git/hooks/linked",
            deed: "rm -r \"$GIT/hooks\"; ln -s \"$ROOT\" \"$GIT/hooks\""),
        Deed(
            name: "a linked hook leads elsewhere", setUp: "ln -s ../description .git/hooks/linked",
            deed: "ln -sf ../config \"$GIT/hooks/linked\""),
        Deed(
            name: "files below info", setUp: "mkdir -p .git/info; echo '*.x -text' > .git/info/attributes",
            deed: "echo '* filter=x' > \"$GIT/info/attributes\"; echo '*.o' > \"$GIT/info/exclude\""),
        Deed(
            name: "branches: gone, moved, with odd names",
            setUp: """
                git branch gone; git branch moved; git branch "it's-\u{202E}odd"; git update-ref refs/heads/-dash HEAD
                git commit -q --allow-empty -m next
                """,
            deed: """
                git branch -q -D gone; git branch -f moved main
                git update-ref -d "refs/heads/it's-\u{202E}odd"; git update-ref -d refs/heads/-dash
                """),
        Deed(
            name: "a branch that is checked out elsewhere",
            setUp: "git worktree add -q \"$ROOT/it's here\" -b there",
            deed: "cd \"$ROOT/it's here\"; echo x > x; git add x; git commit -q --no-verify -m x"),
        Deed(
            name: "tags: gone, moved",
            setUp: "git tag -a -m note gone; git tag moved; git commit -q --allow-empty -m next",
            deed: "git tag -d gone; git tag -f moved main"),
        Deed(
            name: "notes and refs of other tools, gone",
            setUp: "git notes add -m hello; git update-ref refs/changes/1 HEAD",
            deed: "git update-ref -d refs/notes/commits; git update-ref -d refs/changes/1"),
        Deed(
            name: "the stash, cleared, and what nothing names collected",
            setUp: stashes,
            deed: "git stash clear; git reflog expire --expire=now --all; git gc -q --prune=now"),
        Deed(
            name: "a stash of many entries, cleared",
            setUp: "for n in $(seq 40); do echo $n > README; git stash push -q -m \"number $n\"; done",
            deed: "git stash clear"),
        Deed(
            name: "the stash: one from its middle gone, others new", setUp: stashes,
            deed: """
                git stash drop -q stash@{1}
                echo mine > README; git stash -q; echo more > README; git stash push -q -m "it's mine"
                """),
        Deed(
            name: "the stash, cleared and then put back without a log", setUp: stashes,
            deed: "i=$(git rev-parse stash@{1}); git stash clear; git update-ref refs/stash $i"),
        Deed(
            name: "a new branch, a new ref, a new worktree",
            deed: """
                git checkout -q -b side; echo x > x; git add x; git commit -q --no-verify -m x; git checkout -q -
                git update-ref refs/mine/x $(git commit-tree -m y -p HEAD side^{tree})
                git worktree add -q --detach "$ROOT/it's new"; echo z > "$ROOT/it's new/z"
                """),
        Deed(
            name: "a branch that stays checked out",
            deed: "git checkout -q -b side; echo x > x; git add x; git commit -q --no-verify -m x"),
        Deed(
            name: "replacements: new, gone",
            setUp: "git replace HEAD:README $(echo one | git hash-object -w --stdin)",
            deed: """
                git replace -d $(git --no-replace-objects rev-parse HEAD:README)
                git replace HEAD: $(git mktree </dev/null)
                """),
    ]

    /// What a repository shares, as git and the shell see it; hybrid's own is left out.
    static func state(_ bench: Bench) throws -> String {
        try bench.shell(
            """
            git config --local --list -z | tr '\\0' '\\n' | sort
            find .git/hooks .git/info ! -path .git/info/refs -printf '%p %y %m %l\\n' | sort
            find .git/hooks .git/info -type f ! -path .git/info/refs -exec sha1sum {} + | sort
            git for-each-ref --format='%(refname) %(objectname)' | grep -v -e refs/hybrid/ -e heads/hybrid/
            git stash list --format='%H %gs'
            """)
    }

    /// The undo lines of a run's findings; each stands in the text as well.
    static func lines(_ bench: Bench) throws -> [String] {
        let answer = try Bench.object(bench.hybrid("report", "--json"))
        let found = try #require(answer["findings"] as? [[String: Any]])
        let lines = found.compactMap { $0["undo"] as? String }
        let (text, page) = (try bench.hybrid("report").out, try bench.hybrid("report", "--markdown").out)
        for line in lines {
            #expect(text.contains("; to undo: \(line)\n"), "\(line)\n\(text)")
            #expect(page.contains("      to undo: \(line)\n"), "\(line)\n\(page)")
        }
        return lines
    }

    @Test(arguments: deeds) func bringsBackWhatWas(deed: Deed) throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("mkdir -p .git/hooks .git/info; : > .git/info/exclude; \(deed.setUp)")
        let before = try Self.state(bench)
        let job = PlannedJob(
            "Beta", ["beta.txt"],
            "GIT=$(cd \"$(git rev-parse --git-common-dir)\" && pwd); echo beta > beta.txt\n(\(deed.deed)\n)")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code < 3, "\(ran.out)\(ran.err)")
        if ran.code == 0 { try bench.shell("git update-ref refs/heads/main main^2~1") }
        #expect(try Self.state(bench) != before)
        let lines = try Self.lines(bench)
        #expect(!lines.isEmpty, "\(ran.out)\(ran.err)")
        for line in lines { try bench.shell(line) }
        #expect(try Self.state(bench) == before, "\(lines.joined(separator: "\n"))")
    }

    /// A worker stashes what the user had not committed: it is put back, not dropped.
    @Test func whatTheUserHadInTheStash() throws {
        let bench = try Bench(["README": "base\n", "other": "base\n"])
        try bench.shell("echo mine > README; echo staged > other; git add other")
        let before = try bench.shell("git status --porcelain; git stash list; git diff HEAD")
        let job = PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt; git -C \"$ROOT/repo\" stash -q")
        // Its git was seen at work there, so nothing lands unasked.
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        let line = try #require(try Self.lines(bench).first { $0.contains("stash") })
        try bench.shell(line)
        #expect(try bench.shell("git status --porcelain; git stash list; git diff HEAD") == before)
    }

    /// The user commits meanwhile: what an undo line would move has moved on, and stays.
    @Test func goesOverNothingNewer() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("git branch moved; git tag moved; git commit -q --allow-empty -m next")
        let job = PlannedJob(
            "Beta", ["beta.txt"], "echo beta > beta.txt; git branch -f moved main; git tag -f moved main")
        try #require(try bench.hybrid("run", bench.plan([job])).code == 0)
        try bench.shell("git commit -q --allow-empty -m mine; git branch -f moved; git tag -f moved")
        let lines = try Self.lines(bench)
        #expect(lines.count == 2, "\(lines)")
        for line in lines {
            #expect(try bench.sandbox.run("sh", "-c", line, in: "repo").code != 0)
        }
        #expect(try bench.id("refs/heads/moved") == bench.id())
        #expect(try bench.id("refs/tags/moved") == bench.id())
    }

    @Test(arguments: ["git commit -q --no-verify --allow-empty -m more", "git update-ref -d HEAD"])
    func aCollectedWorkersBranch(deed: String) throws {
        let bench = try Bench(["README": "base\n"])
        let beta = PlannedJob(
            "Beta", ["beta.txt"],
            """
            echo beta > beta.txt
            \(bench.waitsFor("alpha"))
            cd ../alpha; \(deed)
            """)
        let alpha = PlannedJob(
            "Alpha", ["alpha.txt"], "echo alpha > alpha.txt; git add -A; git commit -qm alpha")
        let ran = try bench.hybrid("run", bench.plan([alpha, beta], verify: ["! [ -e alpha.txt ]"]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        let lines = try Self.lines(bench).filter { $0.contains("alpha") }
        #expect(lines.count == 1, "\(lines)")
        for line in lines { try bench.shell(line) }
        let tip = try bench.id("refs/heads/" + bench.branch("alpha"))
        #expect(try bench.text("alpha.txt", at: tip) == "alpha\n")
        #expect(try bench.shell("git rev-list --count main..\(tip)") == "1")
        #expect(try bench.shell("git status --porcelain", in: bench.worktree("alpha")) == "")
    }

    @Test func whatNoCommandBringsBackIsSaid() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("git config -f .git/more a.b one; git config include.path more")
        let job = PlannedJob(
            "Beta", ["beta.txt"], "echo beta > beta.txt; git config -f \"$ROOT/repo/.git/more\" a.b two")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try Self.lines(bench) == [])
        #expect(
            ran.out.contains("no command undoes it: it stands in a file that this one includes"), "\(ran.out)"
        )
    }
}
