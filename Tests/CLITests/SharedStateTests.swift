import Foundation
import TestSupport
import Testing

/// Workers that change what all worktrees share.
@Suite struct SharedStateRunTests {
    static let good = PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")

    @Test(arguments: [
        ["git config core.hooksPath x", "git config --unset core.hooksPath", "core.hookspath"],
        ["git config alias.x '!sh'", "git config --unset alias.x", "alias.x"],
        [
            "echo true > \"$ROOT/repo/.git/hooks/pre-commit\"", "rm .git/hooks/pre-commit",
            "hooks/pre-commit",
        ],
        [
            "mkdir -p \"$ROOT/repo/.git/info\"; echo '* -text' > \"$ROOT/repo/.git/info/attributes\"",
            "rm .git/info/attributes", "info/attributes",
        ],
    ])
    func whatGitRunsStopsTheRun(lines: [String]) throws {
        for accepts in [false, true] {
            let bench = try Bench(["README": "base\n"])
            let before = try bench.id()
            let job = PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt; \(lines[0])")
            let ran = try bench.hybrid("run", bench.plan([Self.good, job]))
            #expect(ran.code == 2, "\(ran.out)\(ran.err)")
            #expect(ran.err.contains(lines[2]), "\(ran.err)")
            #expect(try bench.id() == before)
            #expect(Set(try bench.workers().values).isDisjoint(with: ["merged"]))
            // Kept, and not committed on its branch while nobody knows which hooks would run.
            let kept = try bench.kept("beta").keys.first { $0.hasSuffix("/snapshot") }
            #expect(try bench.text("beta.txt", at: #require(kept)) == "beta\n")
            #expect(try bench.hybrid("resume").code == 2, "it is compared again")
            #expect(try bench.id() == before)
            if !accepts { try bench.shell(lines[1]) }
            let resumed =
                try accepts ? bench.hybrid("resume", "--accept-configuration") : bench.hybrid("resume")
            #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
            #expect(try bench.text("beta.txt") == "beta\n")
            #expect(try breaches(bench).map { $0["accepted"] as? Bool } == [accepts])
        }
    }

    private func breaches(_ bench: Bench, _ command: String = "status") throws -> [[String: Any]] {
        let answer = try Bench.object(bench.hybrid(command, "--json"))
        return try #require(answer["findings"] as? [[String: Any]]).filter {
            $0["kind"] as? String == "breach"
        }
    }

    /// What the user took for their own is no open breach any more, also where only refs remember it.
    @Test func anAcceptedChangeIsShownAsAccepted() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Beta", ["beta.txt"],
            "echo beta > beta.txt; git config core.hooksPath x; git config alias.mine '!sh'")
        let plan = try bench.plan([job])
        #expect(try bench.hybrid("run", plan).code == 2)
        #expect(try breaches(bench).map { $0["accepted"] as? Bool } == [false, false])
        #expect(try bench.hybrid("status").out.contains("breach: core.hookspath in "))
        // One of the two is undone, the other kept.
        try bench.shell("git config --unset alias.mine")
        // Killed before anything else is recorded.
        let killed = try bench.hybrid(
            "resume", "--accept-configuration", environment: ["HYBRID_FAILPOINT": "merge:before=kill"])
        #expect(killed.code == 137, "\(killed.out)\(killed.err)")
        let before = try breaches(bench)
        func accepted(_ found: [[String: Any]]) -> [String] {
            found.filter { $0["accepted"] as? Bool == true }.compactMap { $0["message"] as? String }
        }
        #expect(before.count == 2 && accepted(before).count == 1, "\(before)")
        #expect(accepted(before).first?.hasPrefix("core.hookspath in ") == true)
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: bench.repo + "/.git/hybrid/ledger.sqlite" + suffix)
        }
        let status = try bench.hybrid("status")
        #expect(status.err.contains("rebuilt from refs/hybrid/"), "\(status.err)")
        #expect(status.out.contains("  breach, accepted: core.hookspath in "), "\(status.out)")
        #expect(try accepted(breaches(bench)) == accepted(before))
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(resumed.out.contains("  breach, accepted: core.hookspath in "), "\(resumed.out)")
        #expect(try accepted(breaches(bench, "report")) == accepted(before))
        try bench.expectValid(bench.hybrid("report", "--json"), bench.hybrid("schema", "report"))
        #expect(
            try bench.hybrid("report", "--markdown").out.contains("- **breach, accepted** core.hookspath in ")
        )
        try bench.hybrid("report", "--html", bench.sandbox.root + "/report.html")
        #expect(
            bench.sandbox.read("report.html")?.contains("<strong>breach, accepted</strong> core.") == true)
    }

    @Test func doingAJobAgainForgetsNoAcceptedChange() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob("Beta", ["beta.txt"], "git config alias.x '!sh'; cat \"$ROOT/beta\" > beta.txt")
        #expect(try bench.hybrid("run", bench.plan([job, Self.good])).code == 2)
        #expect(try bench.hybrid("resume", "--accept-configuration").code == 1)
        #expect(try bench.workers()["beta"] == "failed")
        try bench.sandbox.write("beta\n", to: "beta")
        let again = try bench.hybrid("retry", "beta")
        #expect(again.code == 0, "\(again.out)\(again.err)")
        #expect(try bench.state() == "landed")
        #expect(try breaches(bench).map { $0["accepted"] as? Bool } == [true])
    }

    /// Accepted before anything was compared, so that nothing was found yet: it is told all the same.
    @Test func whatIsAcceptedUnseenIsOnRecord() throws {
        let bench = try Bench(["README": "base\n"])
        try #require(try bench.hybrid("start", bench.plan([Self.good])).code == 0)
        try bench.shell("echo alpha > alpha.txt; git config alias.x '!sh'", in: bench.worktree("alpha"))
        let resumed = try bench.hybrid("resume", "--accept-configuration")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        let found = try breaches(bench)
        #expect(found.map { $0["accepted"] as? Bool } == [true])
        #expect((found.first?["message"] as? String)?.hasPrefix("alias.x in ") == true, "\(found)")
    }

    @Test func whatIsLessIsReported() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("git branch other; git branch gone; git commit -q --allow-empty -m next")
        let (other, tip) = (try bench.id("other"), try bench.id())
        let job = PlannedJob(
            "Beta", ["beta.txt"],
            "echo beta > beta.txt; git branch -f other \(tip); git branch -D gone; git config branch.x.remote o"
        )
        let ran = try bench.hybrid("run", bench.plan([Self.good, job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let told = ran.out + ran.err
        #expect(told.contains("git update-ref 'refs/heads/other' \(other) \(tip)"), "\(told)")
        #expect(told.contains("git branch 'gone' \(other)"), "\(told)")
        #expect(told.contains("branch.x.remote"), "\(told)")
        #expect(try bench.text("beta.txt") == "beta\n")
    }

    /// What a worker may do without anybody's leave, and what looks like it and is not.
    @Test(arguments: [
        ("git config merge.tool vimdiff; git config diff.tool meld", false),
        ("git remote add fork https://example.com/x.git", false),
        ("git remote add fork https://example.com/x.git; git config branch.main.pushRemote fork", true),
        ("git remote set-url origin https://example.com/x.git", true),
        ("git config --add core.hooksPath own; git config alias.st status", false),
        ("git push -q -u origin HEAD", false),
        ("git config --file \"$G/worktrees/linked/config.worktree\" core.hooksPath x", false),
        ("git config --file \"$G/config.worktree\" core.hooksPath x", false),
        ("git config extensions.worktreeConfig true", false),
        (
            "git config extensions.worktreeConfig true; git config --file \"$G/config.worktree\" core.hooksPath x",
            true
        ),
        (
            "git config extensions.worktreeConfig true; git -C \"$ROOT/linked\" config --worktree core.hooksPath x",
            false
        ),
        ("git config extensions.worktreeConfig true; git config --worktree core.hooksPath x", true),
        ("git -c protocol.file.allow=always submodule update -q --init", false),
        ("git submodule init -q; git config submodule.m.url https://example.com/m", true),
    ])
    func `only what can do harm stops the run`(_ deed: String, _ stops: Bool) throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.repository(["m": "module\n"], at: "m")
        try bench.sandbox.git("init", "-q", "--bare", "../origin")
        try bench.shell(
            """
            git config core.hooksPath own; git config --global alias.st status
            git remote add origin "$ROOT/origin"; git worktree add -q ../linked -b linked
            git -c protocol.file.allow=always submodule --quiet add ../m m; git commit -qm module
            git submodule --quiet deinit -f m
            """)
        let job = PlannedJob(
            "Beta", ["beta.txt"],
            "echo beta > beta.txt; G=$(git rev-parse --git-common-dir); \(deed)")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == (stops ? 2 : 0), "\(ran.out)\(ran.err)")
        if !stops { #expect(try bench.text("beta.txt") == "beta\n") }
    }

    /// What people do with a submodule that is there already.
    @Test(arguments: [
        ("git submodule --quiet deinit -f m", false), ("git submodule --quiet deinit -f --all", false),
        ("git submodule --quiet sync", false), ("git submodule --quiet sync --recursive", false),
        ("git -c protocol.file.allow=always submodule --quiet update --init", false),
        ("git submodule --quiet set-url m https://example.com/m; git checkout -q .gitmodules", true),
    ])
    func `a submodule that is there is taken out or set anew`(_ deed: String, _ stops: Bool) throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.repository(["m": "module\n"], at: "m")
        try bench.sandbox.git("init", "-q", "--bare", "../origin")
        try bench.shell(
            """
            git remote add origin "$ROOT/origin"
            git -c protocol.file.allow=always submodule --quiet add ../m m; git commit -qm module
            git clone -q --bare "$ROOT/m" "$ROOT/mirror"; git config submodule.m.url "$ROOT/mirror"
            """)
        let job = PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt; \(deed)")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == (stops ? 2 : 0), "\(ran.out)\(ran.err)")
        if !stops { #expect(try bench.text("beta.txt") == "beta\n") }
    }

    @Test(arguments: [
        ("git config core.hooksPath .husky/_", "husky"),
        (
            "printf '#!/bin/sh\\n# https://pre-commit.com\\n' > \"$G/hooks/pre-commit\"; chmod +x \"$G/hooks/pre-commit\"",
            "pre-commit install"
        ),
    ])
    func `a tool that sets itself up is named with a remedy that works`(_ deed: String, _ tool: String) throws
    {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Beta", ["beta.txt"], "echo beta > beta.txt; G=$(git rev-parse --git-common-dir); \(deed)")
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 2)
        #expect(ran.err.contains("it looks like the set-up of \(tool)"), "\(ran.err)")
        let remedy = try #require(ran.err.firstMatch(of: /if it is to stay: hybrid ([^;]*);/))
        let resumed = try bench.hybrid(list: remedy.1.split(separator: " ").map(String.init))
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        // From then on it is the repository's own, and doing it again stops nothing.
        let again = try bench.plan([
            PlannedJob("Gamma", ["g"], "echo g > g; G=$(git rev-parse --git-common-dir); \(deed)")
        ])
        let second = try bench.hybrid("run", again)
        #expect(second.code == 0, "\(second.out)\(second.err)")
    }

    @Test func aDeletedBranchOfACollectedWorkerIsMergedAsItWas() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob(
            "Beta", ["beta.txt"],
            """
            echo beta > beta.txt
            \(bench.waitsFor("alpha"))
            git update-ref -d refs/heads/hybrid/$HYBRID_RUN/alpha
            """)
        let own = PlannedJob(
            "Alpha", ["alpha.txt"], "echo alpha > alpha.txt; git add -A; git commit -qm alpha")
        let ran = try bench.hybrid("run", bench.plan([own, job]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect((ran.out + ran.err).contains("/alpha was "), "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
    }

    @Test func workByHandIsComparedToo() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        try #require(try bench.hybrid("start", bench.plan([Self.good])).code == 0)
        try bench.shell("echo alpha > alpha.txt; git config alias.x '!sh'", in: bench.worktree("alpha"))
        let merged = try bench.hybrid("merge")
        #expect(merged.code == 2, "\(merged.out)\(merged.err)")
        #expect(merged.err.contains("alias.x"))
        #expect(try bench.workers()["alpha"] == "running")
        try bench.shell("git config --unset alias.x")
        #expect(try bench.hybrid("merge").code == 0)
        #expect(try bench.id() == before)
    }
}
