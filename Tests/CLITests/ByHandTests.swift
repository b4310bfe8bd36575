import Foundation
import TestSupport
import Testing

/// Workers that people launch: start, work, merge, verify, land.
@Suite struct ByHandTests {
    @Test func theSameResultAsARun() throws {
        let bench = try Bench(fixture: "setup-wizard")
        let plan = try bench.plan(ofFixture: "setup-wizard")
        let before = try bench.id()
        let started = try bench.hybrid("start", plan)
        try #require(started.code == 0, "\(started.err)")
        for job in ["audio-device-page", "hotkey-config-page", "api-setup-page", "profile-page"] {
            let worktree = try bench.worktree(job)
            #expect(started.out.contains(worktree))
            #expect(try bench.shell("git branch --show-current", in: worktree) == bench.branch(job))
            let module = job.replacingOccurrences(of: "-", with: "_")
            let claims = [
                "src/scribe/ui_fluent/setup_wizard/\(module).py", "tests/test_\(module).py",
                "docs/setup_wizard/\(module).md",
            ]
            try bench.shell(
                """
                HYBRID_CLAIMS='\(claims.joined(separator: "\n"))' \
                cline --task 'Create \(module).py implementing SetupPage'
                """, in: worktree)
        }
        let merged = try bench.hybrid("merge")
        #expect(merged.code == 0, "\(merged.out)\(merged.err)")
        #expect(try bench.state() == "integrated")
        #expect(try bench.id() == before)
        let verified = try bench.hybrid("verify")
        #expect(verified.code == 0, "\(verified.out)\(verified.err)")
        #expect(try bench.state() == "verified")
        #expect(try bench.id() == before)
        let landed = try bench.hybrid("land")
        #expect(landed.code == 0, "\(landed.out)\(landed.err)")
        #expect(
            try bench.text("src/scribe/ui_fluent/setup_wizard/__init__.py")?.contains(
                "from . import profile_page\n") == true)
        try bench.shell("python3 -m unittest discover -s tests")
        try bench.expectTidy()
    }

    @Test func mergeWaitsForAWorktreeThatHoldsNothing() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([
            PlannedJob("Alpha", ["alpha.txt"], nil), PlannedJob("Beta", ["beta.txt"], nil),
        ])
        try #require(try bench.hybrid("start", plan).code == 0)
        try bench.shell("echo alpha > alpha.txt", in: bench.worktree("alpha"))
        let early = try bench.hybrid("merge")
        #expect(early.code == 2)
        #expect(early.err.contains("Beta"))
        #expect(bench.sandbox.read(try bench.worktree("alpha") + "/alpha.txt") == "alpha\n")
        try bench.shell("echo beta > beta.txt", in: bench.worktree("beta"))
        #expect(try bench.hybrid("merge").code == 0)
    }

    @Test func statusCountsUncommittedEdits() throws {
        let bench = try Bench(["README": "base\n"])
        try #require(
            try bench.hybrid("start", bench.plan([PlannedJob("Alpha", ["alpha.txt"], nil)])).code == 0)
        try bench.shell("echo alpha > alpha.txt", in: bench.worktree("alpha"))
        let status = try bench.hybrid("status")
        #expect(status.code == 0)
        #expect(status.out.contains("uncommitted"), "\(status.out)")
        #expect(status.out.contains("hybrid merge"))
    }

    @Test func theOrchestratorsFilesAreWaitedFor() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [
                PlannedJob(
                    "Alpha", ["alpha.txt"], "cat base.txt > alpha.txt",
                    more: ["dependencies": #"["base.txt"]"#])
            ],
            more: ["orchestrator": #"{"files": ["base.txt"], "estimate": "5 minutes"}"#])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.state() == "paused-prepare")
        let worktree = try bench.worktree("_orchestrator")
        #expect((ran.out + ran.err).contains(worktree))
        try bench.shell("echo interface > base.txt", in: worktree)
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try bench.text("alpha.txt") == "interface\n")
        try bench.expectTidy()
    }
}
