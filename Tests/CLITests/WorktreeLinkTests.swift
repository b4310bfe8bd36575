import Foundation
import TestSupport
import Testing

/// The file `.git` of a worktree: taken away by a worker, or leading to another repository than the one that asks.
@Suite struct WorktreeLinkTests {
    private func bench(_ command: String) throws -> (Bench, plan: String) {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [PlannedJob("a", ["a.txt"], command), PlannedJob("b", ["b.txt"], "echo b > b.txt")])
        return (bench, plan)
    }

    @Test func aWorkerThatRemovesItsLinkLosesNothing() throws {
        let (bench, plan) = try bench("echo a > a.txt; rm .git")
        let ran = try bench.hybrid("run", plan)
        #expect(try bench.workers() == ["a": "landed", "b": "landed"], "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("/a/.git, without which"), "\(ran.out)")
        #expect(try bench.text("a.txt") == "a\n")
        try bench.expectTidy()
    }

    @Test(arguments: ["retry", "discard"])
    func aFailedJobWithoutItsLinkIsFreed(by command: String) throws {
        let (bench, plan) = try bench(
            "[ ! -e \"$ROOT/again\" ] || { echo 2 > a.txt; exit 0; }; echo 1 > a.txt; exit 1")
        let ran = try bench.hybrid("run", plan)
        #expect(try bench.workers()["a"] == "failed", "\(ran.out)\(ran.err)")
        let place = "\(bench.worktreeFolder)/\(try bench.run())/a"
        try bench.shell("rm '\(place)/.git'; echo more > '\(place)/more.txt'; touch \"$ROOT/again\"")
        let doctor = try bench.hybrid("doctor")
        #expect(doctor.out.contains("\(place): its file .git is gone"), "\(doctor.out)")
        let freed = try bench.hybrid(
            list: command == "retry" ? ["retry", "a"] : ["clean", "--discard", "a"])
        #expect(freed.code == 0, "\(freed.out)\(freed.err)")
        #expect(freed.err.contains("/a/.git, without which"), "\(freed.err)")
        // What lay there is kept at a ref, or can be had back by the line that is printed.
        let made = try bench.shell("git fsck --no-reflogs --unreachable --no-progress; git log --all --stat")
        let all = try bench.shell(
            "git cat-file --batch-all-objects --batch-check='%(objecttype) %(objectname)' | "
                + "awk '$1 == \"tree\" {print $2}' | while read id; do git ls-tree $id; done")
        #expect(all.contains("more.txt"), "\(made)")
    }

    @Test func doctorPutsALinkBack() throws {
        let (bench, plan) = try bench("echo a > a.txt; exit 1")
        try bench.hybrid("run", plan)
        let place = "\(bench.worktreeFolder)/\(try bench.run())/a"
        let before = try bench.shell("git -C '\(place)' status --short")
        try bench.shell("rm '\(place)/.git'")
        let mended = try bench.hybrid("doctor", "--fix")
        #expect(mended.out.contains("put back"), "\(mended.out)")
        #expect(try bench.shell("git -C '\(place)' status --short") == before)
    }

    /// All paths of a copy's registrations are the first one's.
    @Test(arguments: [
        ["retry", "a"], ["clean"], ["land", "--rest"], ["stop"], ["clean", "--discard", "a"],
        ["doctor", "--fix"],
    ])
    func aCopyLeavesTheFirstOnesWorktreesAlone(_ command: [String]) throws {
        let (bench, plan) = try bench("echo a > a.txt; exit 1")
        try bench.hybrid("run", plan)
        let place = "\(bench.worktreeFolder)/\(try bench.run())/a"
        try bench.shell("echo mine > '\(place)/mine.txt'; cp -a . ../copy")
        func state() throws -> String {
            try bench.shell(
                "find ../repo.hybrid -not -name .git | sort; git -C '\(place)' status --short; git for-each-ref; "
                    + "git worktree list --porcelain")
        }
        let before = try state()
        let ran = try bench.hybrid(list: command, in: bench.sandbox.root + "/copy")
        let said = ran.out + ran.err
        #expect(try state() == before, "\(said)")
        #expect(said.contains("is a worktree of \(bench.repo)/.git"), "\(said)")
        #expect(said.contains("cd \(bench.repo)"), "\(said)")
    }
}
