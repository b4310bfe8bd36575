import Foundation
import TestSupport
import Testing

/// Folders of finished worktrees that later ones are made of: `hybrid.pool`.
@Suite struct PoolTests {
    private func bench(_ most: String = "4", trusts: Bool = false) throws -> Bench {
        let bench = try Bench([
            "lib/code": "good\n", "lib/a/b": "deep\n", "lib/one": "1\n", "src/two": "2\n",
            ".gitignore": "cache/\n*.tmp\n",
        ])
        try bench.sandbox.git("config", "hybrid.pool", most)
        if trusts { try bench.sandbox.git("config", "hybrid.pool.trustCaches", "true") }
        return bench
    }

    private func land(
        _ bench: Bench, _ name: String, _ command: String, verify: String = "true",
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let ran = try run(bench, name, command, verify: verify)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)", sourceLocation: location)
    }

    private func run(
        _ bench: Bench, _ name: String, _ command: String, verify: String = "true"
    ) throws -> Outcome {
        let plan = try bench.plan(
            [PlannedJob(name, ["\(name).txt", "lib/**"], "\(command)\necho \(name) > \(name).txt")],
            verify: [verify])
        return try bench.hybrid("run", plan)
    }

    private func entries(_ bench: Bench) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: bench.worktreeFolder + "/.pool")
        return (names ?? []).sorted()
    }

    /// The pool's entry of a worker.
    private func worker(_ bench: Bench, _ name: String) throws -> String {
        let entry = try #require(entries(bench).first { $0.hasSuffix("-" + name) })
        return bench.worktreeFolder + "/.pool/" + entry
    }

    private static let looks = """
        git status --porcelain --ignored > "$ROOT/status"; stat -c %i lib/one > "$ROOT/inode"
        git ls-files -s > "$ROOT/index"; git ls-tree -r HEAD > "$ROOT/tree"; ls -A . lib lib/a src > "$ROOT/names"
        """

    @Test func laterWorktreesAreMadeOfFinishedOnes() throws {
        let bench = try bench()
        try land(
            bench, "a",
            "mkdir -p cache lib/new lib/a/left; echo x > cache/x; echo y > y.tmp; echo n > lib/new/n; rm src/two 2>&1 || :; git checkout -q src/two"
        )
        #expect(entries(bench).count == 2)
        #expect(try bench.linkedWorktrees() == [])
        let inode = try bench.shell("stat -c %i '\(worker(bench, "a"))/tree/lib/one'")
        #expect(try bench.hybrid("status").out.contains("Kept for later worktrees: 2 of at most 4"))
        // The user goes on meanwhile: only what changed is written.
        try bench.shell("echo three > src/three; git rm -q src/two; git add -A; git commit -qm mine")
        try land(bench, "b", Self.looks)
        #expect(bench.sandbox.read("status") == "")
        #expect(bench.sandbox.read("inode") == inode + "\n")
        #expect(bench.sandbox.read("names")?.contains("two") == false)
        #expect(bench.sandbox.read("names")?.contains("three") == true)
        #expect(bench.sandbox.read("names")?.contains("cache") == false)
        #expect(bench.sandbox.read("names")?.contains("left") == false)
        #expect(try bench.text("b.txt") == "b\n")
        #expect(try bench.text("lib/new/n") == "n\n")
        let checked = try bench.sandbox.run("git", "fsck", "--strict", "--no-dangling", in: "repo")
        #expect(checked.code == 0 && checked.out + checked.err == "", "\(checked.out)\(checked.err)")
        let cleaned = try bench.hybrid("clean", "--pool")
        #expect(cleaned.out.contains("removed 2 worktrees kept for later ones"), "\(cleaned.out)")
        #expect(entries(bench) == [])
    }

    /// What is left of an earlier worktree answers for nobody's work.
    @Test(arguments: ["a check", "a check that is trusted", "a worker that is trusted"])
    func aStaleCacheGivesNoGreen(poisons: String) throws {
        let trusts = poisons.hasSuffix("trusted")
        let bench = try bench(trusts: trusts)
        let isChecks = poisons.hasPrefix("a check")
        let verify =
            "[ -e cache/ok ] || { grep -q good lib/code\(isChecks ? " && mkdir -p cache && touch cache/ok" : ""); }"
        try land(bench, "a", "mkdir cache; touch cache/ok", verify: verify)
        let ran = try run(bench, "b", "echo bad > lib/code", verify: verify)
        if isChecks && trusts {
            // The user's own wish, and it is said.
            #expect(ran.code == 0, "\(ran.out)\(ran.err)")
            #expect(try bench.hybrid("report").out.contains("hybrid.pool.trustCaches"))
        } else {
            #expect(ran.code == 1, "\(ran.out)\(ran.err)")
            #expect(try bench.text("lib/code") == "good\n")
        }
    }

    /// Files that nobody can tell from unchanged ones by their dates, folders that lead elsewhere, indexes that are not
    /// hybrid's: whoever wrote into the pool gets nothing into a later worktree.
    @Test(arguments: ["file", "folder", "index", "note"])
    func whatWasChangedInThePoolIsNotUsed(part: String) throws {
        let bench = try bench()
        try land(bench, "a", "true")
        let entry = try worker(bench, "a")
        switch part {
        case "file":
            try bench.shell("echo evil > t; touch -r lib/code t; cp -p t lib/code", in: entry + "/tree")
        case "folder":
            try bench.shell(
                "mkdir \"$ROOT/out\"; echo mine > \"$ROOT/out/code\"; rm -r lib; ln -s \"$ROOT/out\" lib",
                in: entry + "/tree")
        case "index":
            try bench.shell(
                "echo evil > tree/lib/code; cp \"$(ls -d ../*_check-1)/hybrid-made.index\" .", in: entry)
        default:
            try bench.shell(
                "echo evil > tree/lib/code; cp \"$(ls -d ../*_check-1)\"/hybrid-made.* .", in: entry)
        }
        try land(bench, "b", "cat lib/code lib/a/b > \"$ROOT/saw\"; [ ! -L lib ] || exit 7")
        #expect(bench.sandbox.read("saw") == "good\ndeep\n")
        if part == "folder" {
            #expect(bench.sandbox.read("out/code") == "mine\n")
        }
        #expect(try bench.text("lib/code") == "good\n")
    }

    @Test func leftoversOfAnEndedProcessAreFoundAndNeverUsed() throws {
        let bench = try bench()
        try land(bench, "a", "true")
        let entry = try worker(bench, "a")
        let name = URL(fileURLWithPath: entry).lastPathComponent
        try bench.shell("mv \(name) .4194303.taken.\(name)", in: bench.worktreeFolder + "/.pool")
        let found = try bench.hybrid("doctor")
        #expect(found.code == 1 && found.out.contains("pool of worktrees"), "\(found.out)")
        #expect(try bench.hybrid("doctor", "--fix").out.contains("deleted"))
        #expect(try bench.hybrid("doctor").code == 0)
        #expect(entries(bench).allSatisfy { !$0.hasPrefix(".") })
        // Less than there is: what is too much goes with the next landing.
        try bench.sandbox.git("config", "hybrid.pool", "1")
        try land(bench, "b", "true")
        #expect(entries(bench).count == 1)
        try bench.sandbox.git("config", "hybrid.pool", "many")
        let refused = try run(bench, "c", "true")
        #expect(refused.code == 2 && refused.err.contains("hybrid.pool"), "\(refused.err)")
    }

    /// Whenever hybrid is killed, what goes on has whole worktrees only.
    @Test func aKilledRunLeavesNothingHalfSwitched() throws {
        let bench = try bench()
        try bench.shell("for i in $(seq 300); do echo $i > src/f$i; done; git add .; git commit -qm many")
        try land(bench, "a", "true")
        try bench.shell("for i in $(seq 150); do echo new > src/f$i; done; git commit -qam newer")
        let plan = try bench.plan([PlannedJob("b", ["b.txt"], "\(Self.looks)\necho b > b.txt")])
        let process = try bench.begin("run", plan)
        let tree = bench.worktreeFolder + "/.pool"
        // As soon as something was taken out.
        for _ in 0..<2000 where process.isRunning {
            if entries(bench).contains(where: { $0.contains(".taken.") }) { break }
            usleep(1000)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(bench.sandbox.read("status") == "")
        #expect(try bench.shell("git ls-files -s '\(tree)' 2>/dev/null; git show main:src/f7") == "new")
        #expect(try bench.hybrid("doctor", "--fix").code == 0)
    }
}
