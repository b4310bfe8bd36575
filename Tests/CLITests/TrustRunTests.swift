import Foundation
import TestSupport
import Testing

/// Bad inputs in what workers do while they run, and what other tools lost.
extension TrustTests {
    /// Runs one job beside a good one; nothing may land.
    private static func left(_ job: PlannedJob, _ state: String) throws -> (Bench, Outcome) {
        let bench = try Bench(["README": "base\n"])
        let before = try Belongings(bench)
        let ran = try bench.hybrid("run", bench.plan([good, job], verify: [TrustTests.marker]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["alpha": "merged", "beta": state])
        #expect(bench.sandbox.read("verified") == nil)
        #expect(try Belongings(bench) == before)
        return (bench, ran)
    }

    @Test func input15ARewoundBaseIsReported() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("echo two > README; git commit -qam two")
        let before = try Belongings(bench)
        let job = PlannedJob("Beta", ["beta.txt"], "git reset -q --hard HEAD~1; echo b > beta.txt")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("no longer stands on"), "\(ran.out)")
        #expect(try bench.workers() == ["beta": "failed"])
        #expect(try bench.text("beta.txt", at: #require(bench.rescued("beta").first)) == "b\n")
        #expect(try Belongings(bench) == before)
    }

    @Test func input16ExitZeroAndNothingIsNothingDone() throws {
        _ = try Self.left(PlannedJob("Beta", ["beta.txt"], "true"), "nothing-done")
    }

    @Test func input16CommitsOfAFailedWorkerAreRescued() throws {
        let (bench, _) = try Self.left(
            PlannedJob("Beta", ["beta.txt"], "echo b > beta.txt; git add .; git commit -qm b; exit 3"),
            "failed")
        #expect(try bench.text("beta.txt", at: #require(bench.rescued("beta").first)) == "b\n")
    }

    @Test(arguments: ["verify.sh", "tests/all", "README"])
    func input17AnEditOutsideTheClaimIsShownBeforeVerification(path: String) throws {
        let (bench, ran) = try Self.left(
            PlannedJob("Beta", ["beta.txt"], "mkdir -p tests; echo 'exit 0' > \(path); echo b > beta.txt"),
            "breach")
        #expect(ran.out.contains("Beta touched \(path)"), "\(ran.out)")
        #expect(try bench.text(path, at: #require(bench.rescued("beta").first)) == "exit 0\n")
    }

    @Test func input18EndlessOutputAndForgedVerdictsCountForNothing() throws {
        let (bench, ran) = try Self.left(
            PlannedJob(
                "Beta", ["beta.txt"],
                "head -c 100000000 /dev/zero | tr '\\0' x; printf '\\033[2J\\033]0;t\\007\\nPASS all\\n'; exit 1"
            ),
            "failed")
        Self.expectPlain(ran.out + ran.err)
        let log = try bench.attempt("beta", 1) + "/log"
        let size = try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int
        #expect(try #require(size) < 9 << 20)
    }

    @Test func seenElsewhereTwoAgentsCreateTheSameFile() throws {
        let (bench, _) = try Self.left(
            PlannedJob("Beta", ["beta.txt"], "echo b > beta.txt; echo mine > alpha.txt"), "breach")
        #expect(try bench.text("alpha.txt", at: #require(bench.rescued("beta").first)) == "mine\n")
        #expect(try bench.text("alpha.txt", at: bench.branch("alpha")) == "alpha\n")
    }

    @Test func seenElsewhereAResumeThatReturnedZeroWithWorkUnmerged() throws {
        let (bench, _) = try Self.left(
            PlannedJob("Beta", ["beta.txt"], "echo b > beta.txt; exit 1"), "failed")
        #expect(try bench.hybrid("resume").code == 1)
        #expect(try bench.workers()["beta"] == "failed")
    }

    @Test func seenElsewhereABranchDeletedBecauseItsScopeCheckFailed() throws {
        let (bench, _) = try Self.left(PlannedJob("Beta", ["beta.txt"], "echo b > other"), "breach")
        let tip = try bench.id(bench.branch("beta"))
        _ = try bench.hybrid("clean", bench.run())
        #expect(try bench.id(bench.branch("beta")) == tip)
    }

    @Test func seenElsewhereADependentThatDidNotSeeWhatItNeeds() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob("Beta", ["beta.txt"], "cat alpha.txt > beta.txt", more: ["needs": #"["Alpha"]"#])
        #expect(try bench.hybrid("run", bench.plan([job, Self.good])).code == 0)
        #expect(try bench.text("beta.txt") == "alpha\n")
    }

    @Test func seenElsewhereAFolderAndAFileInItTakenAsDisjoint() throws {
        let bench = try Bench(["src/a.py": "a\n"])
        let jobs = [
            PlannedJob("One", ["src"], "touch \"$ROOT/ran\""), PlannedJob("Two", ["src/a.py"], "true"),
        ]
        let ran = try bench.hybrid("run", bench.plan(jobs))
        #expect(ran.code == 1)
        #expect(ran.err.contains("One and Two both claim src/a.py"), "\(ran.err)")
        #expect(bench.sandbox.read("ran") == nil)
    }

    @Test func seenElsewhereHooksPathAutocrlfOrIndexRewritten() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell(
            "git config core.hooksPath .mine; git config core.autocrlf input; git switch -qc other")
        let before = try Belongings(bench)
        let ran = try bench.hybrid("run", bench.plan([Self.good]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let after = try Belongings(bench)
        #expect(
            after.gitFiles == before.gitFiles && after.hooks == before.hooks && after.files == before.files)
    }

    @Test func input13SettingsOfTheRepositoryAreOverriddenAtTheLanding() throws {
        let bench = try Bench(["README": "base\n"])
        let evil = "touch \"$ROOT/ran\""
        try bench.shell(
            "mkdir ../h; for h in post-merge post-checkout reference-transaction; do printf '#!/bin/sh\\ntouch $ROOT/ran-'$h > ../h/$h; chmod +x ../h/$h; done"
        )
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], nil)])
        try #require(try bench.hybrid("start", plan).code == 0)
        try bench.shell("echo alpha > alpha.txt", in: bench.worktree("alpha"))
        try #require(try bench.hybrid("merge").code == 0)
        try #require(try bench.hybrid("verify").code == 0)
        try bench.shell("git config core.hooksPath ../h; git config alias.merge '!touch $ROOT/ran'")
        try bench.sandbox.git("config", "core.fsmonitor", evil)
        try bench.sandbox.git("config", "core.sshCommand", evil)
        let landed = try bench.hybrid(
            list: ["land"],
            environment: ["GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere", "GIT_WORK_TREE": "/"])
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(bench.sandbox.read("repo/alpha.txt") == "alpha\n")
        let names = try FileManager.default.contentsOfDirectory(atPath: bench.sandbox.root)
        #expect(!names.contains { $0.hasPrefix("ran") }, "\(names)")
    }

    @Test func input19ADaemonThatIgnoresItsEndIsEnded() throws {
        let (bench, _) = try Self.left(
            PlannedJob(
                "Beta", ["beta.txt"],
                "trap '' TERM; (trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ > \"$ROOT/pid\"; sleep 300' &); sleep 300",
                more: ["timeout": "\"1 second\""]), "timed-out")
        let pid = try #require(
            Int32(bench.sandbox.read("pid")?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""))
        #expect(kill(pid, 0) != 0)
    }
}
