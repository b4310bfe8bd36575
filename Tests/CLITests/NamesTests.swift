import Foundation
import TestSupport
import Testing

/// Jobs that are called as hybrid calls its own things.
@Suite struct NamesTests {
    private static let names = [
        "Record", "Squashed", "Base", "Job", "User", "Verify", "Advance", "Integrate", "Orchestrator", "Lock",
        "record-lock", "Stop", "Hooks", "Env", "Step", "Target", "Landed", "Wave 0", "Check 1", "x",
        "x-resolve",
        "1", "main", "Rescue", "Committed",
    ]

    private static func slug(_ name: String) -> String { name.lowercased().replacing(" ", with: "-") }

    private static func jobs(_ more: (String) -> String = { _ in "" }) -> [PlannedJob] {
        names.map { name in
            let file = slug(name) + ".txt"
            return PlannedJob(name, [file], "echo \(slug(name)) > \(file); \(more(slug(name)))true")
        }
    }

    private static func expectAll(_ bench: Bench, _ location: SourceLocation = #_sourceLocation) throws {
        for name in names {
            #expect(
                try bench.text(slug(name) + ".txt") == slug(name) + "\n", "\(name)", sourceLocation: location)
        }
        try bench.expectTidy(location)
    }

    @Test(arguments: ["merge", "octopus", "squash"]) func theyLand(_ form: String) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            Self.jobs(),
            more: ["orchestrator": #"{"estimate": "5 minutes", "prepare": "true", "integrate": "true"}"#])
        let ran = try bench.hybrid("run", plan, "--commits", form)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        try Self.expectAll(bench)
        #expect(try bench.hybrid("doctor").code == 0)
        let back = try bench.hybrid("rollback")
        #expect(back.code == 0, "\(back.err)")
        #expect(try bench.text("record.txt") == nil)
    }

    /// Each fails with work that is not committed, and is done again; the run dies in between and its ledger is lost.
    @Test func theyAreKeptResumedAndRebuilt() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(Self.jobs { _ in #"[ -e "$ROOT/go" ] && "# })
        let ran = try bench.hybrid("run", plan, "--commits", "squash")
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        for name in Self.names { #expect(try bench.rescued(Self.slug(name)).count == 1, "\(name)") }
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: bench.repo + "/.git/hybrid/ledger.sqlite" + suffix)
        }
        try bench.sandbox.write("", to: "go")
        _ = try bench.hybrid(
            "retry", Self.names[0], environment: ["HYBRID_FAILPOINT": "collect:after=kill"])
        _ = try bench.hybrid("resume")
        for name in Self.names.dropFirst() { _ = try bench.hybrid("retry", name) }
        #expect(try bench.state() == "landed")
        try Self.expectAll(bench)
    }

    /// What is in conflict is meant, not what is called the same.
    @Test func theyAreResolved() throws {
        let bench = try Bench(["README": "base\n", "shared.txt": "base\n"])
        let both = ["target", "x", "x-resolve", "main"]
        let jobs = both.map {
            PlannedJob($0, ["\($0).txt"], "echo \($0) > \($0).txt; echo \($0) >> shared.txt")
        }
        let plan = try bench.plan(jobs, more: ["audit": #""allow-unclaimed""#])
        #expect(try bench.hybrid("run", plan).code == 1)
        var text = "base\n"
        for (number, job) in both.enumerated() {
            let state = try bench.workers()[job]
            if state == "merged" {
                text += job + "\n"
                continue
            }
            let opened = try bench.hybrid("resolve", job)
            #expect(opened.code == 0 && opened.out.contains("_resolve-\(job)"), "\(opened.out)\(opened.err)")
            text += job + "\n"
            try bench.sandbox.write(text, to: bench.resolution(job) + "/shared.txt")
            let closed = try bench.hybrid("resolve", job)
            #expect(closed.code == (number == both.count - 1 ? 0 : 1), "\(closed.out)\(closed.err)")
        }
        #expect(try bench.text("shared.txt") == text)
        try bench.expectTidy()
    }

    @Test func theTargetIsResolvedBesideAJobOfItsName() throws {
        let bench = try Bench(["shared.txt": "base\n"])
        let plan = try bench.plan([PlannedJob("main", ["shared.txt"], nil)])
        try #require(try bench.hybrid("start", plan).code == 0)
        try bench.shell("echo ours > shared.txt", in: bench.worktree("main"))
        try bench.shell("echo theirs > shared.txt && git commit -qam meanwhile")
        try #require(try bench.hybrid("merge").code == 0)
        try #require(try bench.hybrid("verify").code == 0)
        try #require(try bench.hybrid("land").code == 1)
        let opened = try bench.hybrid("resolve", "main")
        #expect(opened.code == 0 && opened.out.contains("_target"), "\(opened.out)\(opened.err)")
        try bench.sandbox.write("both\n", to: bench.resolution() + "/shared.txt")
        let closed = try bench.hybrid("resolve", "main")
        #expect(closed.code == 0, "\(closed.out)\(closed.err)")
        #expect(try bench.text("shared.txt") == "both\n")
        try bench.expectTidy()
    }

    /// Who is a worker is not told by a name that hybrid uses too.
    @Test(arguments: ["orchestrator", "check-1", "x-resolve", "integrate"])
    func theyAreGuarded(_ job: String) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob(job, ["a.txt"], nil), PlannedJob("Other", ["b.txt"], nil)])
        try #require(try bench.hybrid("start", plan).code == 0)
        let worktree = try bench.worktree(job)
        #expect(try bench.hybrid("guard", "a.txt", in: worktree).code == 0)
        #expect(try bench.hybrid("guard", "b.txt", in: worktree).code == 1)
        let claims = try bench.shell("git rev-parse --git-path hybrid-claims", in: worktree)
        try FileManager.default.removeItem(atPath: claims)
        let gone = try bench.hybrid("guard", "a.txt", in: worktree)
        #expect(
            gone.code == 1 && (gone.out + gone.err).contains("claims file is gone"), "\(gone.out)\(gone.err)")
    }

    @Test func whereAPersonWorksForTheRunNothingIsGuarded() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["a.txt"], "echo a > a.txt")],
            more: ["orchestrator": #"{"estimate": "5 minutes", "files": ["api.txt"]}"#])
        try bench.hybrid("run", plan, "--pause")
        try #require(try bench.state() == "paused-prepare")
        let run = try bench.run()
        #expect(
            try bench.hybrid("guard", "x.txt", in: bench.worktreeFolder + "/\(run)/_orchestrator").code == 0)
        try bench.shell("echo api > api.txt", in: bench.worktreeFolder + "/\(run)/_orchestrator")
        try bench.hybrid("resume")
        try #require(try bench.state() == "paused-integrate")
        #expect(try bench.hybrid("guard", "x.txt", in: bench.worktreeFolder + "/\(run)/_integrate").code == 0)
    }
}
