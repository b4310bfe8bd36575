import Foundation
import TestSupport
import Testing

/// Files that a mark or a setting keeps git from looking at: their changes are work like any other.
@Suite struct HiddenWorkTests {
    private static let marks = ["--skip-worktree", "--assume-unchanged"]
    private static let files = ["a.txt": "a\n", "b.txt": "b\n", "in/c.txt": "c\n", "out/d.txt": "d\n"]

    private func run(_ bench: Bench, _ files: [String], _ command: String) throws -> Outcome {
        try bench.hybrid("run", bench.plan([PlannedJob("Alpha", files, command)]))
    }

    @Test(arguments: marks)
    func whatAMarkHidesIsCommitted(_ mark: String) throws {
        let bench = try Bench(Self.files)
        let ran = try run(
            bench, ["a.txt", "b.txt", "in/c.txt"],
            """
            git update-index \(mark) a.txt b.txt in/c.txt
            echo hidden > a.txt; rm b.txt; chmod +x in/c.txt; [ -z "$(git status --porcelain)" ]
            """)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("a.txt") == "hidden\n" && bench.text("b.txt") == nil)
        #expect(try bench.sandbox.git("ls-tree", "main", "in/c.txt").hasPrefix("100755"))
        try bench.expectTidy()
    }

    @Test(arguments: marks)
    func whatAMarkHidesIsCommittedBesideTheWorkersOwnCommits(_ mark: String) throws {
        let bench = try Bench(Self.files)
        let ran = try run(
            bench, ["a.txt", "b.txt"],
            "git update-index \(mark) a.txt; echo hidden > a.txt; echo seen > b.txt; git commit -qam Seen")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("a.txt") == "hidden\n" && bench.text("b.txt") == "seen\n")
        try bench.expectTidy()
    }

    @Test(arguments: marks)
    func whatAMarkHidesIsHeldAgainstTheClaims(_ mark: String) throws {
        let bench = try Bench(Self.files)
        let ran = try run(
            bench, ["b.txt"],
            "git update-index \(mark) a.txt; echo hidden > a.txt; echo seen > b.txt")
        #expect(ran.code == 1 && ran.out.contains("breach: Alpha touched a.txt"), "\(ran.out)\(ran.err)")
        #expect(try bench.text("b.txt") == "b\n")
    }

    @Test(arguments: marks)
    func whatAMarkHidesIsSavedWithAFailedAttempt(_ mark: String) throws {
        let bench = try Bench(Self.files)
        let plan = try bench.plan([
            PlannedJob(
                "Alpha", ["a.txt"],
                """
                grep -q hidden a.txt && exit 4
                git update-index \(mark) a.txt; echo "hidden $HYBRID_ATTEMPT" > a.txt; exit 3
                """, more: ["retries": "1"])
        ])
        #expect(try bench.hybrid("run", plan).code == 1)
        let saved = try bench.rescued("alpha").map { try bench.text("a.txt", at: $0) }
        #expect(Set(saved) == ["hidden 1\n", "hidden 2\n"])
        // And with what is given up.
        let cleaned = try bench.hybrid("clean", "--discard", "alpha", "--json")
        #expect(cleaned.code == 0, "\(cleaned.out)\(cleaned.err)")
        let job = try #require((Bench.object(cleaned)["discarded"] as? [[String: Any]])?.first)
        let things = try #require(job["things"] as? [[String: Any]])
        let work = things.first { ($0["what"] as? String)?.contains("uncommitted") == true }
        #expect(try bench.text("a.txt", at: work?["id"] as? String ?? "") == "hidden 2\n")
    }

    /// Nobody's work goes with a worktree because git calls it clean.
    @Test(arguments: marks)
    func aWorktreeWithHiddenWorkStays(_ mark: String) throws {
        let bench = try Bench(Self.files)
        let ran = try run(bench, ["a.txt"], "echo seen > a.txt; git worktree lock .")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let worktree = try bench.worktree("alpha")
        try bench.shell(
            "git worktree unlock .; git update-index \(mark) b.txt; echo late > b.txt; git status --porcelain",
            in: worktree)
        let cleaned = try bench.hybrid("clean")
        #expect(cleaned.out.contains("uncommitted changes: it stays"), "\(cleaned.out)\(cleaned.err)")
        let forgotten = try bench.hybrid("clean", "--forget", bench.run())
        #expect(forgotten.code == 2 && forgotten.err.contains("--discard alpha"), "\(forgotten.err)")
        #expect(bench.sandbox.read(worktree + "/b.txt") == "late\n")
        let status = try Bench.object(bench.hybrid("status", "--json"))
        let worker = try #require((status["workers"] as? [[String: Any]])?.first)
        #expect(worker["uncommitted"] as? Int == 1)
    }

    /// What is not there because of a sparse checkout was deleted by nobody; what was put there all the same is work.
    @Test func aSparseCheckoutHidesNoWorkAndDeletesNothing() throws {
        let bench = try Bench(Self.files)
        let ran = try run(
            bench, ["in/**", "out/**"],
            """
            git sparse-checkout set in 2>&1; [ ! -e out/d.txt ] || exit 9
            echo new > in/c.txt; mkdir -p out; echo new > out/new.txt
            """)
        #expect(try bench.text("out/d.txt") == "d\n", "\(ran.out)\(ran.err)")
        #expect(try bench.text("in/c.txt") == "new\n" && bench.text("out/new.txt") == "new\n")
        let second = try run(
            bench, ["out/**"],
            """
            git sparse-checkout set in 2>&1; mkdir -p out; echo written > out/d.txt
            git update-index --skip-worktree out/d.txt
            """)
        #expect(try bench.text("out/d.txt") == "written\n", "\(second.out)\(second.err)")
        #expect(try bench.text("out/new.txt") == "new\n")
    }

    /// A file of the same length with its old time: only the time that nobody can set tells.
    @Test func aTimeThatWasSetBackHidesNothing() throws {
        let bench = try Bench(Self.files)
        try bench.shell("git config core.trustctime false; git config core.checkStat minimal")
        let ran = try run(
            bench, ["a.txt"],
            """
            sleep 1.1; git status -s; touch -r a.txt "$ROOT/then"; echo z > a.txt; touch -r "$ROOT/then" a.txt
            touch -d '+3 seconds' "$(git rev-parse --git-dir)/index"; [ -z "$(git status --porcelain)" ]
            """)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("a.txt") == "z\n")
    }

    /// The marks in the user's own index stay, and what a worker writes below them there is found and taken back.
    @Test(arguments: marks)
    func marksOfTheUsersAreTheUsers(_ mark: String) throws {
        let bench = try Bench(Self.files)
        try bench.shell("git branch target; echo mine > a.txt; git update-index \(mark) a.txt b.txt")
        let marked = try bench.shell("git ls-files -v")
        func run(_ command: String) throws -> Outcome {
            try bench.hybrid(
                "run",
                bench.plan(
                    [PlannedJob("Alpha", ["new.txt"], "echo new > new.txt; \(command)")],
                    more: ["target": "\"target\""]))
        }
        let quiet = try run("true")
        #expect(quiet.code == 0 && !quiet.out.contains("warning"), "\(quiet.out)\(quiet.err)")
        try bench.sandbox.write("cd repo; echo over > a.txt; echo over > b.txt", to: "over.sh")
        let ran = try run(#"(cd "$ROOT" && sh over.sh); echo more >> new.txt"#)
        let findings = try #require(
            Bench.object(bench.hybrid("report", "--json"))["findings"] as? [[String: Any]])
        let undo = findings.compactMap { $0["undo"] as? String }
        #expect(undo.count == 2, "\(ran.out)\(ran.err)\(findings)")
        for line in undo { try bench.shell(line) }
        #expect(bench.sandbox.read("repo/a.txt") == "mine\n" && bench.sandbox.read("repo/b.txt") == "b\n")
        #expect(try bench.shell("git ls-files -v") == marked)
    }

    @Test func `line endings that only git knows of are nobody's change`() throws {
        // libgit2 knows no quoted pattern, and a name with a space needs one.
        let bench = try Bench([
            ".gitattributes": "\"a b.txt\" text eol=crlf\nlib/*.md text eol=crlf\n", "a b.txt": "one\ntwo\n",
            "lib/x.md": "x\n",
            "lib/.gitattributes": "\"auto c\" text=auto eol=crlf\n", "lib/auto c": "c\n",
        ])
        let plan = try bench.plan([
            PlannedJob(
                "Alpha", ["alpha"],
                "echo a > alpha; touch 'a b.txt' lib/*; cp -p lib/x.md x && cat x > lib/x.md && rm x"),
            PlannedJob(
                "Beta", ["a b.txt", "lib/auto c"],
                "printf 'three\\r\\n' >> 'a b.txt'; printf 'd\\r\\n' >> 'lib/auto c'"),
        ])
        let before = try bench.id()
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("a b.txt") == "one\ntwo\nthree\n")
        #expect(try bench.text("lib/auto c") == "c\nd\n")
        #expect(try bench.sandbox.git("diff", "--name-only", before, "main") == "a b.txt\nalpha\nlib/auto c")
        #expect(try bench.sandbox.git("status", "--porcelain") == "")
    }
}
