import Foundation
import TestSupport
import Testing

/// `hybrid adopt` as a person types it: branches that exist already, through all stages of a run.
@Suite struct AdoptTests {
    private func bench(_ branches: [(String, String)]) throws -> Bench {
        try AdoptDryRunTests.bench(branches)
    }

    /// Every ref and worktree of the user's, with what is checked out there.
    private func mine(_ bench: Bench) throws -> String {
        try bench.shell(
            "git for-each-ref --format='%(refname) %(objectname)' | grep -v -e refs/hybrid -e refs/heads/main; git worktree list --porcelain | grep -v -e HEAD -e '^$'"
        )
    }

    private func tree(_ bench: Bench, _ rev: String) throws -> String {
        try bench.shell("git rev-parse '\(rev)^{tree}'")
    }

    private static let three = [
        ("red", "sed -i '2s/.*/red/' a.txt"), ("tail", "echo tail >> b.txt"),
        ("move", "git mv d/c.txt d/f.txt"),
    ]

    @Test func branchesLandVerifiedAndStayAsTheyAre() throws {
        let bench = try bench(Self.three)
        try bench.shell("git worktree add -q ../there red && echo more > ../there/more")
        let (mine, before) = (try mine(bench), try bench.id())
        let ran = try bench.hybrid(
            "adopt", "red", "tail", "move", "--verify", "grep -q red a.txt || test ! -e d/f.txt")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.state() == "landed")
        #expect(try self.mine(bench) == mine)
        #expect(FileManager.default.fileExists(atPath: bench.sandbox.root + "/there/more"))
        #expect(ran.out.contains("red has 1 uncommitted path"), "\(ran.out)")
        #expect(try bench.shell("git log --merges --format=%s main") == "Merge move\nMerge tail\nMerge red")
        try bench.shell(
            "git switch -q --detach \(before) && git merge -q --no-edit red tail move && git switch -q main")
        #expect(try tree(bench, "main") == tree(bench, "HEAD@{1}"))
        let report = try bench.hybrid("report", "--json")
        #expect(report.code == 0)
        let cleaned = try bench.hybrid("clean")
        #expect(cleaned.code == 0, "\(cleaned.out)\(cleaned.err)")
        #expect(try self.mine(bench) == mine)
        #expect(try bench.hybrid("doctor").code == 0)
        let back = try bench.hybrid("rollback")
        #expect(back.code == 0, "\(back.err)")
        #expect(try bench.id() == before)
        #expect(try self.mine(bench) == mine)
        let run = try bench.shell("git for-each-ref --format='%(refname)' 'refs/hybrid/*/base' | cut -d/ -f3")
        let forgotten = try bench.hybrid("clean", "--forget", run)
        #expect(forgotten.code == 0, "\(forgotten.out)\(forgotten.err)")
        #expect(try self.mine(bench) == mine && bench.shell("git for-each-ref refs/hybrid") == "")
    }

    @Test func aPairThatFailsTogetherIsNamedAndTheRestLands() throws {
        let bench = try bench([
            ("one", "echo 1 > one"), ("two", "echo 2 > two"), ("three", "echo 3 > three"),
            ("four", "echo 4 > four"),
        ])
        let ran = try bench.hybrid(
            "adopt", "one", "two", "three", "four", "--land-the-rest", "--verify",
            "test ! -e two || test ! -e three", "--json")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("two and three together"), "\(ran.out)")
        #expect(
            try bench.workers() == [
                "one": "landed", "two": "landed", "three": "verification-failed", "four": "landed",
            ])
        #expect(
            try bench.shell("git ls-tree --name-only main").split(separator: "\n").contains("three") == false)
    }

    @Test func allOrNothingUnlessTheRestIsToLand() throws {
        let bench = try bench([("red", "sed -i '2s/.*/red/' a.txt"), ("blue", "sed -i '2s/.*/blue/' a.txt")])
        let before = try bench.id()
        let ran = try bench.hybrid("adopt", "red", "blue", "--verify", "true")
        #expect(ran.code == 1)
        #expect(try bench.id() == before)
        #expect(ran.out.contains("blue and red conflict in a.txt"), "\(ran.out)")
        #expect(!ran.out.contains("cause:"), "nobody said what they may touch")
        // It is asked for again as it is now.
        try bench.shell(
            "git switch -q blue && git reset -q --hard main && echo blue > blue && git add -A && git commit -qm blue && git switch -q main"
        )
        let retried = try bench.hybrid("retry", "blue")
        #expect(retried.code == 0, "\(retried.out)\(retried.err)")
        #expect(try bench.state() == "landed")
        #expect(try bench.shell("cat blue; sed -n 2p a.txt") == "blue\nred")
    }

    @Test func aConflictIsResolvedByAPerson() throws {
        let bench = try bench([("red", "sed -i '2s/.*/red/' a.txt"), ("blue", "sed -i '2s/.*/blue/' a.txt")])
        _ = try bench.hybrid("adopt", "red", "blue", "--verify", "true")
        let opened = try bench.hybrid("resolve", "blue", "--json")
        let place = try #require(
            try Bench.object(opened)["worktree"] as? String, "\(opened.out)\(opened.err)")
        try bench.shell("sed -i -e '/^<<<<<<</,/^>>>>>>>/c both' a.txt && git add -A", in: place)
        let taken = try bench.hybrid("resolve", "blue")
        #expect(taken.code == 0, "\(taken.out)\(taken.err)")
        #expect(try bench.state() == "landed")
        #expect(try bench.shell("sed -n 2p a.txt") == "both")
    }

    @Test func withoutAVerifyCommandNothingLandsUnasked() throws {
        let bench = try bench(Self.three)
        let before = try bench.id()
        let ran = try bench.hybrid("adopt", "red", "tail")
        #expect(ran.code == 1)
        #expect(try bench.state() == "unverified" && bench.id() == before)
        #expect(try bench.hybrid("land", "--unverified").code == 0)
        try bench.shell(
            "git config hybrid.verify 'test -e d/c.txt' && git config --add hybrid.verify 'test -e d/f.txt'")
        let red = try bench.hybrid("adopt", "move")
        #expect(red.code == 1 && red.out.contains("red-base"), "\(red.out)\(red.err)")
    }

    // MARK: Stacks

    @Test func aRedBranchTakesAlongOnlyWhatStandsOnIt() throws {
        let bench = try bench([("low", "echo 1 > low"), ("side", "echo 1 > side")])
        try AdoptDryRunTests.make(bench, "bad", "echo 1 > bad", from: "low")
        try AdoptDryRunTests.make(bench, "high", "echo 1 > high", from: "bad")
        let ran = try bench.hybrid(
            "adopt", "high", "bad", "low", "side", "--land-the-rest", "--verify", "test ! -e bad")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(
            try bench.workers() == [
                "low": "landed", "side": "landed", "bad": "verification-failed", "high": "blocked",
            ])
        #expect(ran.out.contains("caused by bad;"), "\(ran.out)")
    }

    @Test func whatStandsOnASquashedBranchLands() throws {
        let bench = try bench([("low", "sed -i '2s/.*/low/' a.txt")])
        try AdoptDryRunTests.make(bench, "high", "sed -i '2s/.*/high/' a.txt", from: "low")
        try bench.shell("git merge -q --squash low && git commit -qm squashed && git branch -D low")
        let ran = try bench.hybrid("adopt", "high", "--verify", "true")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.shell("sed -n 2p a.txt") == "high")
        #expect(ran.out.contains("Counted as merged"), "\(ran.out)")
    }

    // MARK: Others

    @Test func nothingRunsOnWhatOthersWroteUntilItIsTrusted() throws {
        let bench = try bench([("red", "echo red > red")])
        try bench.shell("git update-ref refs/pull/7/head red && git branch -D red")
        try bench.shell(
            "echo ignored > .gitignore && git add -A && git commit -qm ignore && echo mine > ignored && echo ignored > .git/info/x"
        )
        try bench.shell("printf 'ignored\\n' > .worktreeinclude && git add -A && git commit -qm include")
        let before = try bench.id()
        let command =
            "env > '\(bench.sandbox.root)/seen'; ls -a > '\(bench.sandbox.root)/files'; test -e red || test ! -e none"
        let refused = try bench.hybrid("adopt", "refs/pull/*", "--verify", command)
        #expect(refused.code == 2 && refused.err.contains("--trust"), "\(refused.err)")
        #expect(bench.sandbox.read("seen") == nil)
        #expect(try bench.shell("git for-each-ref refs/hybrid") == "")
        try bench.shell(
            "printf '#!/bin/sh\\ntouch \(bench.sandbox.root)/hooked\\n' > .git/hooks/commit-msg && chmod +x .git/hooks/commit-msg"
        )
        let ran = try bench.hybrid(
            list: ["adopt", "refs/pull/*", "--trust", "--verify", command],
            environment: [
                "GITHUB_TOKEN": "hidden", "AWS_SECRET_ACCESS_KEY": "hidden", "SSH_AUTH_SOCK": "hidden",
                "PLAIN": "shown",
            ])
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let seen = try #require(bench.sandbox.read("seen"))
        #expect(!seen.contains("hidden") && seen.contains("PLAIN=shown"))
        #expect(try #require(bench.sandbox.read("files")).split(separator: "\n").contains("ignored") == false)
        #expect(!FileManager.default.fileExists(atPath: bench.sandbox.root + "/hooked"))
        #expect(try bench.id() != before)
        #expect(try bench.shell("git log -1 --format=%s main") == "Merge refs/pull/7/head")
    }

    @Test func whatIsThereAlreadyMakesNoRun() throws {
        let bench = try bench([("red", "echo red > red")])
        try bench.shell("git merge -q red")
        let ran = try bench.hybrid("adopt", "red", "--verify", "false")
        #expect(ran.code == 0 && ran.out.contains("red  is in main"), "\(ran.out)")
        #expect(try bench.shell("git for-each-ref refs/hybrid") == "")
    }

    // MARK: Other commands

    @Test func otherCommandsKnowSuchARun() throws {
        let bench = try bench([("red", "sed -i '2s/.*/red/' a.txt"), ("blue", "sed -i '2s/.*/blue/' a.txt")])
        _ = try bench.hybrid("adopt", "red", "blue", "--verify", "true")
        let mine = try mine(bench)
        let status = try bench.hybrid("status", "--json")
        #expect(status.code == 0 || status.code == 1, "\(status.err)")
        #expect(try bench.hybrid("conflicts", "--json").code == 1)
        #expect(try bench.hybrid("trust").code == 0)
        #expect(try bench.hybrid("log", "red").code == 2)
        #expect(try bench.hybrid("doctor").code == 0)
        let discarded = try bench.hybrid("clean", "--discard", "blue")
        #expect(discarded.code == 0, "\(discarded.out)\(discarded.err)")
        #expect(try self.mine(bench) == mine, "the branch itself stays")
        let rest = try bench.hybrid("land", "--rest")
        #expect(rest.code == 0, "\(rest.out)\(rest.err)")
        #expect(try bench.workers()["red"] == "landed")
        try FileManager.default.removeItem(atPath: bench.repo + "/.git/hybrid/ledger.sqlite")
        #expect(try bench.hybrid("doctor", "--fix").code == 0)
        #expect(try bench.workers()["red"] == "landed")
    }

    @Test(arguments: ["squash", "octopus"])
    func theCommitsAreThoseThatAreAskedFor(form: String) throws {
        let bench = try bench(Self.three)
        let before = try bench.id()
        let ran = try bench.hybrid("adopt", "red", "tail", "move", "--commits", form, "--verify", "true")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let parents = try bench.shell("git log -1 --format=%P main").split(separator: " ").count
        #expect(parents == (form == "squash" ? 1 : 4))
        #expect(try bench.shell("git rev-parse main^1") == before)
    }
}
