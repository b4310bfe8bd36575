import Foundation
import TestSupport
import Testing

/// What git reads of the user's own, outside the repository, and a worker changed.
@Suite struct UserConfigurationRunTests {
    @Test(arguments: [
        ["git config --global alias.x '!sh'", "git config --global --unset alias.x", "alias.x"],
        ["git config -f \"$HOME/own.inc\" core.hooksPath x", "rm -f \"$HOME/own.inc\"", "core.hookspath"],
        [
            "mkdir -p \"$HOME/.config/git\"; echo '* filter=x' > \"$HOME/.config/git/attributes\"",
            "rm \"$HOME/.config/git/attributes\"", "git/attributes",
        ],
    ])
    func whatGitRunsStopsTheRun(lines: [String]) throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("git config --global include.path own.inc")
        let before = try bench.id()
        let job = PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt; \(lines[0])")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        #expect(ran.err.contains(lines[2]), "\(ran.err)")
        #expect(try bench.id() == before)
        try bench.shell(lines[1])
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try bench.text("beta.txt") == "beta\n")
    }

    @Test(arguments: [
        ["git config --global user.nickname x", "user.nickname in"],
        [
            "mkdir -p \"$HOME/.config/git\"; echo '*.x' > \"$HOME/.config/git/ignore\"",
            ".config/git/ignore was changed",
        ],
    ])
    func whatIsLessIsTold(lines: [String]) throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt; \(lines[0])")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains(lines[1]), "\(ran.out)")
    }

    /// Commands of the run's own are workers' code, and reach the worktrees of those that made it.
    @Test func whatVerifyWritesIntoAWorkersWorktreeIsTold() throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try bench.hybrid(
            "run",
            bench.plan(
                [PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt")],
                verify: [
                    "W=\"$ROOT/repo.hybrid/$HYBRID_RUN/beta\"; [ ! -d \"$W\" ] || echo x > \"$W/spoiled\"; true"
                ]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("spoiled in "), "\(ran.out)")
        #expect(ran.out.contains("is new") && ran.out.contains("by a command of the run's"), "\(ran.out)")
    }
}
