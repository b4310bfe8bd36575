import Foundation
import TestSupport
import Testing

/// Work beside a branch of which no log tells any more when the worker has ended, and what workers do to others' refs.
@Suite struct NotedWorkTests {
    private static let start = """
        B=$(git branch --show-current)
        put() { echo "$2" > "$1"; git add -- "$1"; git commit -q --no-verify -m "put $2"; }
        put alpha.txt alpha

        """

    private func run(
        _ deed: String, setUp: String = "", more: [String: String] = [:], job: [String: String] = [:]
    ) throws -> (Bench, Outcome) {
        let bench = try Bench(["README": "base\n"])
        if !setUp.isEmpty { try bench.shell(setUp) }
        let alpha = PlannedJob("Alpha", ["alpha*.txt", "s", "t"], Self.start + deed, more: job)
        return (bench, try bench.hybrid("run", bench.plan([alpha], more: more)))
    }

    /// Expects that what was found survives a collection of garbage, and holds a text.
    private func expectKept(_ bench: Bench, _ texts: [String]) throws {
        try LeftBesideTests.collectGarbage(bench)
        let reached = try bench.shell("git rev-list --objects --all | cut -d' ' -f1 | git cat-file --batch")
        for text in texts { #expect((reached + "\n").contains("\n\(text)\n"), "\(text)") }
    }

    @Test(arguments: [
        ("echo one > s; git add s; git stash -q; git stash drop -q", "", ["stash"]),
        ("echo one > s; git stash push -q -u -k; git stash clear", "", ["stash"]),
        (
            "echo one > s; git stash -q -u; git stash drop -q stash@{0}",
            "echo mine > README; git stash -q", ["stash"]
        ),
        (
            "git worktree add -q --detach ../x; (cd ../x; put s one); git worktree remove --force ../x", "",
            ["commit"]
        ),
        (
            "git worktree add -q -b in wt; (cd wt; put s one; git commit -q --no-verify --amend -m two); git worktree remove --force wt; git branch -D -q in",
            "", ["commit"]
        ),
        ("put s one; git reset -q --hard HEAD^; git reflog expire --expire=now --all", "", ["commit"]),
        (
            "git checkout -q --detach; put s one; git checkout -q $B; rm \"$(git rev-parse --git-dir)/logs/HEAD\"",
            "", ["commit"]
        ),
        (
            "C=$(git commit-tree -p HEAD -m one $(echo one | git hash-object -w --stdin | xargs printf '100644 blob %s\\ts\\n' | git mktree)); git update-ref refs/heads/x $C; git update-ref -d refs/heads/x",
            "", ["commit"]
        ),
    ])
    func whatNoLogTells(deed: String, setUp: String, found: [String]) throws {
        let (bench, ran) = try run(deed, setUp: setUp)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let all = try LeftBesideTests.found(bench)
        #expect(all.compactMap { $0["what"] }.sorted() == found, "\(ran.out)")
        #expect(ran.out.contains("beside: Alpha left work beside its branch"), "\(ran.out)")
        try expectKept(bench, ["one"])
    }

    /// The stash that was put back, and was changed further before it was committed, was not thrown away.
    @Test(arguments: [
        "echo x > alpha.txt; git stash -q; git stash pop -q; put alpha.txt y",
        "echo x > alpha.txt; git stash -q; git stash apply -q; git stash drop -q; put alpha.txt y",
        "echo x > alpha.txt; git stash -q; echo z > s; git stash -q -u; git stash pop -q stash@{1}; put alpha.txt y; git stash pop -q 0; put s u",
        "echo x > alpha.txt; git stash -q; git stash branch side >/dev/null; put alpha.txt y; git checkout -q $B; git merge -q side; git branch -q -d side",
        "put alpha.txt x; echo y > alpha.txt; git commit -q --no-verify -a --amend -m y; git reflog expire --expire=now --all",
        "git checkout -q -b side; put alpha.txt x; git checkout -q $B; git merge -q --no-verify --no-ff -m m side; git branch -q -D side",
    ])
    func whatWasTakenUpAgainIsNoFinding(deed: String) throws {
        let (bench, ran) = try run(deed)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try LeftBesideTests.found(bench) == [], "\(ran.out)")
    }

    @Test("an earlier attempt's commits are kept once, as its rescued work")
    func anEarlierAttempt() throws {
        let (bench, ran) = try run(
            "put s one; [ -e \"$ROOT/again\" ] || { touch \"$ROOT/again\"; exit 3; }",
            job: ["retries": "1"])
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try LeftBesideTests.found(bench) == [], "\(ran.out)")
        #expect(try bench.rescued("alpha").count == 1)
    }

    @Test("a discarded job's work does not come back from what was noted")
    func discarded() throws {
        let (bench, ran) = try run("echo one > s; git stash -q -u; git stash drop -q; exit 3")
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try LeftBesideTests.found(bench).count == 1)
        #expect(try bench.hybrid("clean", "--discard", "alpha").code == 0)
        #expect(try bench.hybrid("clean").code == 0)
        #expect(try bench.refs().keys.filter { $0.contains("alpha") || $0.contains("beside") } == [])
        #expect(try bench.hybrid("clean", "--forget", bench.run()).code == 0)
        #expect(try bench.refs("refs/hybrid/") == [:])
    }

    @Test("two refs at one commit are both told")
    func twoNames() throws {
        let (bench, ran) = try run(
            "git checkout -q --detach; put s one; git branch side; git update-ref refs/mine/x HEAD; git checkout -q $B"
        )
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(
            try LeftBesideTests.found(bench).compactMap { $0["name"] }.sorted() == ["refs/mine/x", "side"])
    }

    @Test("what the prepare command leaves beside its branch")
    func prepare() throws {
        let bench = try Bench(["README": "base\n"])
        let prepare = """
            B=$(git branch --show-current); git checkout -q --detach; echo one > s; git add s; git commit -q -m s
            git checkout -q $B; echo two > t; git stash -q -u; git branch side HEAD; echo api > api.txt
            """
        let quoted = String(decoding: try JSONEncoder().encode(prepare), as: UTF8.self)
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")],
            more: [
                "orchestrator":
                    "{\"files\": [\"api.txt\"], \"estimate\": \"5 minutes\", \"prepare\": \(quoted)}"
            ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try LeftBesideTests.found(bench).compactMap { $0["what"] }.sorted() == ["commit", "stash"])
        #expect(!ran.out.contains("these ran: Alpha"), "\(ran.out)")
        try bench.shell("git stash clear")
        try expectKept(bench, ["one", "two"])
    }

    @Test("by hand, with logs that the user turned off")
    func byHandWithoutLogs() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("git config core.logAllRefUpdates false")
        let started = try bench.hybrid("start", bench.plan([PlannedJob("Alpha", ["alpha.txt"], nil)]))
        try #require(started.code == 0)
        let source = try #require((started.out + started.err).firstMatch(of: #/\. (\S+alpha\S*)/#)?.1)
        try bench.shell(
            """
            . \(source); B=$(git branch --show-current); git checkout -q --detach; echo one > s; git add s
            git commit -q --no-verify -m s; git checkout -q $B; echo alpha > alpha.txt
            """, in: bench.worktree("alpha"))
        let head = try bench.shell("git rev-parse --git-dir", in: bench.worktree("alpha"))
        #expect(FileManager.default.fileExists(atPath: head + "/logs/HEAD"))
        #expect(try bench.hybrid("merge").code == 0)
        #expect(try LeftBesideTests.found(bench, "status").compactMap { $0["what"] } == ["commit"])
    }

    @Test("what a worker committed from a copy of its worktree is not taken back unsaid")
    func aCopyOfTheWorktree() throws {
        let (bench, ran) = try run("cp -r . \"$ROOT/copy\"; cd \"$ROOT/copy\"; put s one")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let tip = try bench.shell("git log --all --format=%h --abbrev=10 --grep 'put one'")
        #expect(
            ran.out.contains("Alpha committed s, and its worktree, uncommitted, has that as it was before"))
        #expect(!tip.isEmpty && ran.out.contains("in a copy, is \(tip)"), "\(ran.out)")
        let (_, other) = try run("put s one; echo two > s; echo t > t")
        #expect(other.code == 0 && !other.out.contains("as it was before"), "\(other.out)")
    }

    // MARK: Others' refs

    @Test(
        "what a branch or tag named stays, and the line that undoes it works after garbage was collected",
        arguments: [
            "git branch -q -D topic", "git branch -q -f topic HEAD", "git update-ref refs/heads/topic HEAD",
            "git tag -d old >/dev/null", "git tag -f old HEAD >/dev/null",
        ])
    func whatRefsNamed(deed: String) throws {
        let (bench, ran) = try run(
            deed,
            setUp: """
                git checkout -q --detach; echo one > s; git add s; git commit -q -m one; git branch topic
                echo two > s; git commit -q -a -m two; git tag old; git checkout -q main
                """)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let before = try bench.refs().filter { $0.key.contains("topic") || $0.key.contains("old") }
        #expect(ran.out.contains("; what it named is kept at refs/hybrid/"), "\(ran.out)")
        #expect(ran.out.contains("; by Alpha (git "), "\(ran.out)")
        try LeftBesideTests.collectGarbage(bench)
        let findings = try #require(
            Bench.object(bench.hybrid("report", "--json"))["findings"] as? [[String: Any]])
        let undo = try #require(
            findings.first { ($0["message"] as? String)?.contains("what it named") == true }?["undo"]
                as? String)
        try bench.shell(undo)
        let after = try bench.refs().filter { $0.key.contains("topic") || $0.key.contains("old") }
        #expect(before != after)
        #expect(try bench.text("s", at: "topic") == "one\n")
        #expect(try bench.text("s", at: "old") == "two\n")
    }

    @Test("a branch that only went on is kept by itself")
    func wentOn() throws {
        let (bench, ran) = try run("git update-ref refs/heads/topic HEAD", setUp: "git branch topic")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(!ran.out.contains("what it named"), "\(ran.out)")
        #expect(try bench.refs("refs/hybrid/").keys.filter { $0.contains("beside") } == [])
    }

    // MARK: Operations that did not end

    @Test("a search that was not ended hinders nothing")
    func bisecting() throws {
        let (bench, ran) = try run("put s one; put t two; git bisect start HEAD HEAD~2 >/dev/null")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("t") == "two\n")
        try bench.expectTidy()
    }

    @Test("a rebase that was not ended is no work done, and what it holds stays")
    func rebasing() throws {
        let (bench, ran) = try run(
            "put s one; put t two; GIT_SEQUENCE_EDITOR='sed -i 1s/pick/edit/' git rebase -q -i HEAD~2")
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers()["alpha"] == "failed")
        #expect(ran.out.contains("a rebase is in progress there"), "\(ran.out)")
        #expect(try bench.text("t", at: bench.branch("alpha")) == "two\n")
    }
}
