import Foundation
import TestSupport
import Testing

/// `hybrid adopt --dry-run` as a person types it: what would land, in which order, and what not.
@Suite struct AdoptDryRunTests {
    private static let text = (1...20).map { "line \($0)\n" }.joined()

    /// A repository with branches, each a shell line done to where it begins.
    static func bench(_ branches: [(String, String)], from start: String = "main") throws -> Bench {
        let bench = try Bench(["a.txt": text, "b.txt": text, "d/c.txt": text])
        for (name, line) in branches { try make(bench, name, line, from: start) }
        return bench
    }

    static func make(_ bench: Bench, _ name: String, _ line: String, from start: String = "main") throws {
        try bench.shell(
            "git switch -qc \(name) \(start) && \(line) && git add -A && git commit -qm \(name) && git switch -q main"
        )
    }

    private func dryRun(_ bench: Bench, _ words: String...) throws -> (
        outcome: Outcome, answer: [String: Any]
    ) {
        let outcome = try bench.hybrid(list: ["adopt"] + words + ["--dry-run", "--json"])
        return (outcome, try Bench.object(outcome))
    }

    private func names(_ answer: [String: Any], _ list: String) throws -> [String] {
        try #require(answer[list] as? [[String: Any]]).compactMap { $0["branch"] as? String }
    }

    private func reasons(_ answer: [String: Any], _ list: String) throws -> [String: String] {
        let all = try #require(answer[list] as? [[String: Any]])
        return Dictionary(
            uniqueKeysWithValues: all.compactMap { entry in
                (entry["branch"] as? String).flatMap { name in
                    (entry["reason"] as? String).map { (name, $0) }
                }
            })
    }

    /// All that lies in the git directory, by path.
    private func state(_ bench: Bench) throws -> String {
        try bench.shell("find .git -type f ! -name index -exec cksum {} + | sort; git status --porcelain")
    }

    // MARK: What lands

    @Test func theTreeIsThatOfGitsMergesInThePrintedOrder() throws {
        let bench = try Self.bench([
            ("red", "sed -i '2s/.*/red/' a.txt"), ("blue", "sed -i '2s/.*/blue/' a.txt"),
            ("hub", "sed -i '2s/.*/hub/' a.txt; sed -i '2s/.*/hub/' b.txt"),
            ("tail", "echo tail >> b.txt"), ("second", "sed -i '2s/.*/second/' b.txt"),
            ("move", "git mv d/c.txt d/f.txt"),
        ])
        try bench.shell("echo moved > new.txt && git add -A && git commit -qm moved")
        let before = try state(bench)
        let (outcome, answer) = try dryRun(bench, "red", "blue", "hub", "tail", "second", "move")
        #expect(outcome.code == 1)
        // hub conflicts with three, and one of red and blue is left: two out are the fewest.
        #expect(try reasons(answer, "left_out") == ["hub": "conflict", "blue": "conflict"])
        #expect(try names(answer, "order") == ["red", "tail", "second", "move"])
        #expect(try state(bench) == before, "a dry run writes nothing")
        try bench.shell(
            "git switch -q --detach main && git merge -q --no-edit red && git merge -q --no-edit tail")
        try bench.shell("git merge -q --no-edit second && git merge -q --no-edit move")
        #expect(answer["tree"] as? String == (try bench.shell("git rev-parse 'HEAD^{tree}'")))
    }

    @Test func aConflictNamesBothSidesAndThePath() throws {
        let bench = try Self.bench([
            ("red", "sed -i '2s/.*/red/' a.txt"), ("blue", "sed -i '2s/.*/blue/' a.txt"),
        ])
        let told = try bench.hybrid("adopt", "red", "blue", "--dry-run")
        #expect(told.code == 1)
        #expect(
            told.out.contains(
                """
                of 2 branches 1 would land, in this order:
                  1. red

                Would be left out:
                  blue  conflicts with red
                    a.txt  CONFLICT (contents)
                """), "\(told.out)")
        #expect(told.out.contains("No verify command"))
    }

    @Test func aBranchThatConflictsWithTheTargetIsLeftOut() throws {
        let bench = try Self.bench([("red", "sed -i '2s/.*/red/' a.txt"), ("tail", "echo tail >> b.txt")])
        try bench.shell("sed -i '2s/.*/main/' a.txt && git commit -qam main")
        let (outcome, answer) = try dryRun(bench, "red", "tail")
        #expect(outcome.code == 1)
        #expect(try names(answer, "order") == ["tail"])
        let out = try #require(answer["left_out"] as? [[String: Any]])
        #expect(out.count == 1 && (out[0]["with"] as? [String]) == [])
        #expect(try bench.hybrid("adopt", "red", "--dry-run").out.contains("red  conflicts with main"))
    }

    // MARK: What is there already

    @Test func whatIsInTheTargetIsNoRefusal() throws {
        let bench = try Self.bench([
            ("merged", "echo 1 > one"), ("picked", "echo 2 > two"), ("open", "echo 3 > three"),
        ])
        try bench.shell(
            "git merge -q --no-ff --no-edit merged && git cherry-pick picked && git branch twin open")
        let (outcome, answer) = try dryRun(bench, "merged", "picked", "open", "twin")
        #expect(outcome.code == 0)
        #expect(try names(answer, "order") == ["open"])
        #expect(
            try reasons(answer, "already") == [
                "merged": "in-target", "picked": "changes-nothing", "twin": "same-as",
            ])
        #expect(answer["whole"] as? Bool == true)
    }

    // MARK: Stacks

    @Test func aStackLandsFromBelow() throws {
        let bench = try Self.bench([("low", "sed -i '2s/.*/low/' a.txt")])
        try Self.make(bench, "high", "sed -i '3s/.*/high/' a.txt", from: "low")
        let (outcome, answer) = try dryRun(bench, "high", "low")
        #expect(outcome.code == 0)
        #expect(try names(answer, "order") == ["low", "high"])
        #expect(try #require(answer["order"] as? [[String: Any]])[1]["on"] as? [String] == ["low"])
    }

    @Test func whatStandsOnABranchThatIsLeftOutIsLeftOut() throws {
        let bench = try Self.bench([
            ("low", "sed -i '2s/.*/low/' a.txt"), ("one", "sed -i '2s/.*/one/' a.txt"),
            ("two", "sed -i '2s/.*/one/' a.txt; echo two > two"),
            ("three", "sed -i '2s/.*/one/' a.txt; echo 3 > three"),
        ])
        try Self.make(bench, "high", "echo high > high", from: "low")
        let (outcome, answer) = try dryRun(bench, "low", "high", "one", "two", "three")
        #expect(outcome.code == 1)
        #expect(try names(answer, "order") == ["one", "two", "three"])
        #expect(try reasons(answer, "left_out") == ["low": "conflict", "high": "blocked"])
    }

    /// The forge squashed the lower branch; the higher one touches the same lines, so that git finds a conflict.
    @Test func aSquashedParentCountsAsMerged() throws {
        let bench = try Self.bench([("low", "sed -i '2s/.*/low/' a.txt")])
        try bench.shell(
            "git switch -q low && sed -i '4s/.*/more/' a.txt && git commit -qam more && git switch -q main")
        try Self.make(bench, "high", "sed -i '2s/.*/high/' a.txt", from: "low")
        try bench.shell(
            "git merge -q --squash low && git commit -qm squashed && echo x > x && git add x && git commit -qm x"
        )
        let git = try bench.shell("git merge-tree --write-tree main high >/dev/null 2>&1; echo $?")
        #expect(git == "1", "git alone finds a conflict")
        let (outcome, answer) = try dryRun(bench, "high")
        #expect(outcome.code == 0, "\(outcome.out)")
        let low = try bench.id("low")
        let held = try #require(answer["counted_as_merged"] as? [[String: Any]])
        #expect(held.count == 1 && held[0]["commit"] as? String == low)
        try bench.shell(
            "git switch -q --detach main && git merge -q -s ours -m low low && git merge -q --no-edit high")
        #expect(answer["tree"] as? String == (try bench.shell("git rev-parse 'HEAD^{tree}'")))
        #expect(try bench.shell("sed -n 2p a.txt") == "high")
    }

    /// Work that only looks like what is in the target is not taken for it.
    @Test func anotherChangeOfTheSameLinesIsNoSquash() throws {
        let bench = try Self.bench([("low", "sed -i '2s/.*/low/' a.txt")])
        try Self.make(bench, "high", "sed -i '2s/.*/high/' a.txt", from: "low")
        try bench.shell("sed -i '2s/.*/other/' a.txt && git commit -qam other")
        let (outcome, answer) = try dryRun(bench, "high")
        #expect(outcome.code == 1)
        #expect(try reasons(answer, "left_out") == ["high": "conflict"])
    }

    // MARK: Names

    @Test func patternsFindBranchesOfAllKinds() throws {
        let bench = try Self.bench([
            ("topic/one", "echo 1 > one"), ("topic/deep/two", "echo 2 > two"), ("other", "echo 3 > three"),
        ])
        for (ref, name) in [
            ("refs/pull/7/head", "topic/one"), ("refs/pull/7/merge", "main"), ("refs/pull/8/head", "other"),
            ("refs/remotes/origin/main", "main"), ("refs/remotes/origin/far", "other"),
        ] { try bench.shell("git update-ref \(ref) \(name)") }
        #expect(try names(dryRun(bench, "topic/*").answer, "order") == ["topic/deep/two", "topic/one"])
        #expect(
            try names(dryRun(bench, "refs/pull/*").answer, "order") == [
                "refs/pull/7/head", "refs/pull/8/head",
            ])
        #expect(try names(dryRun(bench, "--remote", "origin").answer, "order") == ["origin/far"])
        #expect(
            try names(dryRun(bench, "--remote", "origin", "--pattern", "f*").answer, "order") == [
                "origin/far"
            ])
        let read = try execute(
            [bench.program, "adopt", "--stdin", "--dry-run"], in: bench.repo,
            environment: hermetic(home: bench.sandbox.home), input: Data("other\ntopic/one\n".utf8))
        #expect(read.code == 0 && read.out.contains("  1. other\n  2. topic/one\n"), "\(read.out)\(read.err)")
        for words in [["nothing/*"], ["nobody"], ["--remote", "upstream"], ["other", "--into", "gone"]] {
            let refused = try bench.hybrid(list: ["adopt"] + words + ["--dry-run"])
            #expect(refused.code == 2, "\(words): \(refused.out)")
        }
        #expect(try bench.hybrid("adopt", "--dry-run").code == 64)
    }

    @Test func whatIsNotCommittedIsTold() throws {
        let bench = try Self.bench([("topic", "echo 1 > one")])
        try bench.shell("git worktree add -q ../there topic && echo more > ../there/more")
        let told = try bench.hybrid("adopt", "topic", "--dry-run")
        #expect(told.code == 0)
        #expect(
            told.out.contains("topic has 1 uncommitted path in \(bench.sandbox.root)/there"), "\(told.out)")
    }

    @Test func historiesWithNothingInCommonAreLeftOut() throws {
        let bench = try Self.bench([("topic", "echo 1 > one")])
        try bench.shell(
            "git switch -q --orphan lone && echo 2 > two && git add -A && git commit -qm lone && git switch -q main"
        )
        let (outcome, answer) = try dryRun(bench, "lone", "topic")
        #expect(outcome.code == 1)
        #expect(try reasons(answer, "left_out") == ["lone": "unrelated"])
        #expect(try names(answer, "order") == ["topic"])
    }
}
