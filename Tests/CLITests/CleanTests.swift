import Foundation
import TestSupport
import Testing

/// `clean` and `clean --discard`.
@Suite struct CleanTests {
    /// A run of two jobs, the second of which failed, with a commit, a change and a new file in its worktree.
    private static func failed() throws -> Bench {
        let bench = try Bench(["README": "base\n", "b/old.txt": "old\n"])
        let work =
            #"echo one > b/one.txt; git add b; git commit -qm "First half"; echo changed > b/old.txt; echo two > b/two.txt; exit 3"#
        let plan = try bench.plan([
            PlannedJob("Alpha", ["a.txt"], "echo alpha > a.txt"), PlannedJob("Beta", ["b/"], work),
        ])
        let done = try bench.hybrid("run", plan)
        try #require(done.code == 1, "\(done.out)\(done.err)")
        return bench
    }

    @Test func withoutANameUnmergedWorkStays() throws {
        let bench = try Self.failed()
        let branches = try bench.refs("refs/heads/hybrid/")
        let cleaned = try bench.hybrid("clean")
        #expect(cleaned.code == 0)
        #expect(try bench.refs("refs/heads/hybrid/") == branches)
        #expect(bench.sandbox.read(try bench.worktree("beta") + "/b/two.txt") == "two\n")
        #expect(cleaned.out.contains("it stays"))
    }

    @Test func whatIsDiscardedComesBack() throws {
        let bench = try Self.failed()
        let tip = try bench.id("refs/heads/" + bench.branch("beta"))
        let worktree = try bench.worktree("beta")
        try #require(try bench.rescued("beta").count == 1)
        let cleaned = try bench.hybrid("clean", "--discard", "beta", "--json")
        #expect(cleaned.code == 0, "\(cleaned.out)\(cleaned.err)")
        #expect(try bench.refs().keys.filter { $0.contains("beta") } == [])
        #expect(!FileManager.default.fileExists(atPath: worktree))
        let answer = try Bench.object(cleaned)
        let job = try #require((answer["discarded"] as? [[String: Any]])?.first)
        let things = try #require(job["things"] as? [[String: Any]])
        #expect(things.contains { $0["id"] as? String == tip })
        #expect((job["kept"] as? String)?.contains("2.weeks.ago") == true)
        // However old a commit is, git keeps it: only then is its expiry counted.
        try bench.shell("find .git/objects -type f -exec touch -d '30 days ago' {} +")
        let young = try bench.sandbox.git("log", "-1", "--format=%H", things.last?["id"] as? String ?? "")
        #expect(!young.isEmpty)
        for (number, thing) in things.enumerated() {
            let restore = try #require(thing["restore"] as? String)
            try bench.shell(restore)
            let id = try #require(thing["id"] as? String)
            #expect(try bench.refs("refs/heads/").values.contains(id), "\(number): \(restore)")
        }
        let uncommitted = try #require(
            things.first { ($0["what"] as? String)?.contains("uncommitted") == true }?["id"] as? String)
        #expect(try bench.text("b/old.txt", at: uncommitted) == "changed\n")
        #expect(try bench.text("b/two.txt", at: uncommitted) == "two\n")
        #expect(try bench.text("b/one.txt", at: uncommitted) == "one\n")
    }

    @Test func gcKeepsWhatWasDiscardedUntilItsExpiry() throws {
        let bench = try Self.failed()
        // All that the run made is old when it is discarded.
        try bench.shell("find .git/objects -type f -exec touch -d '30 days ago' {} +")
        let tip = try bench.id("refs/heads/" + bench.branch("beta"))
        try #require(try bench.hybrid("clean", "--discard", "beta").code == 0)
        try bench.sandbox.git("reflog", "expire", "--expire=all", "--all")
        try bench.sandbox.git("gc", "-q")
        #expect(try bench.sandbox.git("cat-file", "-t", tip) == "commit")
        try bench.sandbox.git("gc", "-q", "--prune=now")
        #expect(throws: (any Error).self) { try bench.sandbox.git("cat-file", "-t", tip) }
    }

    @Test func aRunningJobAndALockedWorktreeAreRefused() throws {
        let bench = try Self.failed()
        let worktree = try bench.worktree("beta")
        try bench.sandbox.git("worktree", "lock", worktree)
        let refused = try bench.hybrid("clean", "--discard", "alpha", "--discard", "beta")
        #expect(refused.code == 2)
        #expect(refused.err.contains("locked") && refused.err.contains("unlock"), "\(refused.err)")
        // All that is named goes, or nothing.
        #expect(FileManager.default.fileExists(atPath: try bench.worktree("alpha")))
        #expect(bench.sandbox.read(worktree + "/b/two.txt") == "two\n")

        let other = try Bench(["README": "base\n"])
        let long = PlannedJob("Alpha", ["a.txt"], #"touch "$ROOT/began"; sleep 60"#)
        let running = try other.begin("run", other.plan([long]))
        try wait(for: "the worker") { other.sandbox.read("began") != nil }
        #expect(try other.hybrid("clean", "--discard", "alpha").code == 2)
        kill(running.processIdentifier, SIGKILL)
        running.waitUntilExit()
        let orphan = try other.hybrid("clean", "--discard", "alpha")
        #expect(orphan.code == 2)
        #expect(orphan.err.contains("hybrid stop"), "\(orphan.err)")
        #expect(try other.hybrid("stop").code == 0)
        #expect(try other.hybrid("clean", "--discard", "alpha").code == 0)
    }

    /// What was given up must not land later on, with what it was merged with.
    @Test func whatIsMergedAndNotLandedIsNotDiscardedAlone() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [
                PlannedJob("Alpha", ["a.txt"], "echo a > a.txt"),
                PlannedJob("Beta", ["b.txt"], "echo secret > b.txt"),
            ], verify: [])
        try #require(try bench.hybrid("run", plan).code == 1)
        let refs = try bench.refs()
        let refused = try bench.hybrid("clean", "--discard", "beta")
        #expect(refused.code == 2 && refused.err.contains("it would land all the same"), "\(refused.err)")
        #expect(try bench.refs() == refs)
        let run = try bench.run()
        let named = try bench.hybrid("clean", "--forget", run, "--discard", "beta")
        #expect(named.code == 2 && named.err.contains("--discard alpha --discard beta"), "\(named.err)")
        try #require(
            try bench.hybrid("clean", "--forget", run, "--discard", "alpha", "--discard", "beta").code == 0)
        #expect(try bench.refs("refs/hybrid/") == [:])
        try bench.expectTidy()
    }

    @Test func aDiscardedJobCanBeDoneAgain() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([
            PlannedJob(
                "Alpha", ["a.txt"], #"echo half > a.txt; [ -e "$ROOT/go" ] || exit 3; echo whole > a.txt"#)
        ])
        try #require(try bench.hybrid("run", plan).code == 1)
        try #require(try bench.hybrid("clean", "--discard", "alpha").code == 0)
        try bench.sandbox.write("", to: "go")
        let again = try bench.hybrid("retry", "alpha")
        #expect(again.code == 0, "\(again.out)\(again.err)")
        #expect(try bench.text("a.txt") == "whole\n")
    }
}
