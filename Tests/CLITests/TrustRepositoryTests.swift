import Foundation
import TestSupport
import Testing

/// Bad inputs that lie in the repository itself, each with its one right answer.
extension TrustTests {
    // MARK: 12, 14: attributes and submodules that a worker commits

    /// A driver of the repository's own configuration, which writes a file where it runs.
    private static func hostile(_ bench: Bench) throws {
        for key in ["filter.evil.clean", "filter.evil.smudge", "merge.evil.driver", "diff.evil.textconv"] {
            try bench.sandbox.git("config", key, "touch \(bench.sandbox.root)/ran; cat %A 2>/dev/null || cat")
        }
    }

    @Test func input12AMergeDriverOfTheRepositorysIsNeverRun() throws {
        let bench = try Bench(["shared.txt": "one\ntwo\nthree\n", ".gitattributes": "*.txt merge=evil\n"])
        try Self.hostile(bench)
        let jobs = ["a", "b"].map {
            PlannedJob($0, ["\($0).txt"], "echo \($0) > \($0).txt; echo \($0) >> shared.txt")
        }
        let ran = try bench.hybrid("run", bench.plan(jobs, more: ["audit": "\"allow-unclaimed\""]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(bench.sandbox.read("ran") == nil)
        #expect(ran.err.contains("evil"), "\(ran.err)")
        #expect(try bench.workers() == ["a": "merged", "b": "conflict"])
    }

    @Test func input12AFilterThatAWorkerBringsIsNeverRun() throws {
        let bench = try Bench(["README": "base\n"])
        try Self.hostile(bench)
        let before = try bench.id()
        let job = PlannedJob(
            "Alpha", [".gitattributes", "alpha.txt"],
            "echo alpha > alpha.txt; git add alpha.txt; git commit -qm a; echo '*.txt filter=evil' > .gitattributes"
        )
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 2 || ran.code == 1, "\(ran.out)\(ran.err)")
        #expect((ran.out + ran.err).contains("filter"), "\(ran.out)\(ran.err)")
        #expect(bench.sandbox.read("ran") == nil)
        #expect(try bench.id() == before)
        #expect(try bench.text("alpha.txt", at: bench.branch("alpha")) == "alpha\n")
    }

    @Test(arguments: ["--upload-pack=touch ran", "file:///etc", "../../outside", "ext::sh -c touch% ran"])
    func input14SubmodulesAreFlaggedAndNeverInitialised(_ url: String) throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let job = PlannedJob(
            "Alpha", [".gitmodules", "sub"],
            """
            printf '[submodule "sub"]\\n\\tpath = sub\\n\\turl = %s\\n' '\(url)' > .gitmodules
            mkdir sub; git update-index --add --cacheinfo 160000,\(before),sub
            git add .gitmodules && git commit -qnm sub
            """)
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("submodule"), "\(ran.out)")
        #expect(try bench.workers()["alpha"] == "breach")
        #expect(try bench.id() == before)
        #expect(!FileManager.default.fileExists(atPath: bench.repo + "/.git/modules"))
        #expect(
            try !FileManager.default.subpathsOfDirectory(atPath: bench.sandbox.root).contains {
                $0.hasSuffix("/ran")
            })
    }

    // MARK: 15, 17: what workers and what is verified do to refs

    @Test func input15AMovedTargetAndADeletedBranchAreReported() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        try bench.sandbox.git("branch", "mine")
        let job = PlannedJob(
            "Alpha", ["alpha.txt"],
            "echo alpha > alpha.txt; git add -A; git commit -qm a; git update-ref refs/heads/main HEAD; git branch -qD mine"
        )
        let ran = try bench.hybrid("run", bench.plan([job]))
        #expect(ran.out.contains("refs/heads/main moved while workers ran"), "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("refs/heads/mine was changed while workers ran"), "\(ran.out)\(ran.err)")
        #expect(ran.out.contains(before.prefix(10)), "the way back is named: \(ran.out)")
    }

    @Test func input15WhatIsVerifiedCannotChangeWhatLands() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let verify = """
            [ -e alpha.txt ] || exit 0
            for ref in $(git for-each-ref --format='%(refname)' 'refs/hybrid/*/candidate'); do
                git update-ref $ref $(echo evil | git commit-tree -p HEAD 'HEAD^{tree}')
            done
            """
        let ran = try bench.hybrid("run", bench.plan([Self.good], verify: [verify]))
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        #expect(ran.err.contains("but what was verified is"), "\(ran.err)")
        #expect(try bench.id() == before)
    }

    @Test func input11WhatAVerifyCommandInstallsStopsTheRunToo() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let verify = "[ -e alpha.txt ] || exit 0; git config core.fsmonitor \"touch $ROOT/ran\""
        let ran = try bench.hybrid("run", bench.plan([Self.good], verify: [verify]))
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        #expect(
            ran.err.contains("core.fsmonitor") && ran.err.contains("while the run verified"), "\(ran.err)")
        #expect(try bench.id() == before)
        #expect(bench.sandbox.read("ran") == nil)
        try bench.sandbox.git("config", "--unset", "core.fsmonitor")
        // What passed is known, so nothing runs that could change it again.
        #expect(try bench.hybrid("resume").code == 0)
        #expect(try bench.text("alpha.txt") == "alpha\n")
    }

    @Test(
        "what a verification that runs again, or an integrate command, changes is seen as well",
        arguments: [
            (
                "[ -e alpha.txt ] || exit 0; echo >> $ROOT/ran; [ $(wc -l < $ROOT/ran) = 1 ] || CHANGE; exit 1",
                "true"
            ),
            ("true", "CHANGE"), ("true", "CHANGE; exit 1"),
        ])
    func laterCommandsAreComparedToo(_ verify: String, _ integrate: String) throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        func changing(_ text: String, _ change: String) -> String { text.replacing("CHANGE", with: change) }
        func run(_ change: String) throws -> Outcome {
            try bench.hybrid(
                "run",
                bench.plan(
                    [Self.good], verify: [changing(verify, change)],
                    more: ["orchestrator": Self.integrating(changing(integrate, change))]))
        }
        let written = try run("echo more >> $ROOT/repo/README")
        #expect(
            written.out.contains("README in ") && written.out.contains("was changed")
                && written.out.contains("by a command of the run's, or by you"),
            "\(written.out)\(written.err)")
        #expect(bench.sandbox.read("repo/README")?.hasPrefix("base\nmore\n") == true)
        if verify == "true", !integrate.hasSuffix("exit 1") {
            #expect(written.code == 0)
            return
        }
        #expect(try bench.id() == before)
    }

    /// An orchestrator that integrates by a command; quotes in it are written as JSON has them.
    private static func integrating(_ command: String) -> String {
        #"{"estimate": "5 minutes", "integrate": "\#(command)"}"#
    }

    @Test func anIntegrateCommandCannotInstallAnything() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let integrate = Self.integrating(#"git config core.fsmonitor \"touch $ROOT/ran\""#)
        let ran = try bench.hybrid("run", bench.plan([Self.good], more: ["orchestrator": integrate]))
        #expect(ran.code == 2 && ran.err.contains("core.fsmonitor"), "\(ran.out)\(ran.err)")
        #expect(try bench.id() == before)
        #expect(bench.sandbox.read("ran") == nil)
    }

    // MARK: 16, 18, 19

    @Test func input16ExitZeroAndDirtyIsCommitted() throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try bench.hybrid("run", bench.plan([Self.good], verify: []))
        #expect(ran.code == 1, "nothing is verified: \(ran.out)")
        #expect(ran.out.contains("unverified"))
        #expect(ran.err.contains("done-committed-by-hybrid"), "\(ran.err)")
        #expect(try bench.text("alpha.txt", at: bench.branch("alpha")) == "alpha\n")
    }

    @Test func input18AForgedVerdictOfAVerifyCommandCountsForNothing() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.id()
        let verify =
            "[ -e alpha.txt ] || exit 0; echo '1..1'; echo 'ok 1 - all'; echo '== 1 passed =='; exit 3"
        let ran = try bench.hybrid("run", bench.plan([Self.good], verify: [verify]))
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.state() == "verification-failed")
        #expect(try bench.id() == before)
    }

    // MARK: 20: files that are damaged or in the way

    @Test(arguments: ["refs/heads/other", "refs/hybrid/20260101-000000-abcd/base", "refs/tags/t"])
    func input20AZeroByteRefIsNamedWithARemedy(_ ref: String) throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write("", to: "repo/.git/" + ref)
        let told = try bench.hybrid("doctor")
        #expect(told.code == 1, "\(told.out)\(told.err)")
        #expect(told.out.contains(".git/" + ref), "\(told.out)\(told.err)")
        #expect(bench.sandbox.read("repo/.git/" + ref) == "")
        let ran = try bench.hybrid("run", bench.plan([Self.good]))
        if ran.code != 0 { #expect(ran.err.contains(ref), "\(ran.err)") }
    }

    @Test(arguments: ["packed-refs.lock", "refs/heads/main.lock", "config.lock", "index.lock"])
    func input20AForeignLockIsNamedAndNeverRemoved(_ name: String) throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write("theirs\n", to: "repo/.git/" + name)
        for arguments in [["doctor"], ["doctor", "--fix"]] {
            let told = try bench.hybrid(list: arguments)
            #expect(told.code == 1, "\(arguments): \(told.out)\(told.err)")
            #expect(told.out.contains(".git/" + name), "\(told.out)\(told.err)")
        }
        #expect(bench.sandbox.read("repo/.git/" + name) == "theirs\n")
    }

    @Test func input20ATruncatedLedgerIsNamedAndRebuilt() throws {
        let bench = try Bench(["README": "base\n"])
        try #require(try bench.hybrid("run", bench.plan([Self.good])).code == 0)
        let ledger = "repo/.git/hybrid/ledger.sqlite"
        try bench.shell("truncate -s 5000 .git/hybrid/ledger.sqlite; rm -f .git/hybrid/ledger.sqlite-*")
        let told = try bench.hybrid("status")
        #expect(told.code == 2 && told.err.contains("ledger.sqlite"), "\(told.out)\(told.err)")
        #expect(told.err.contains("hybrid doctor --fix"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: bench.sandbox.root + "/" + ledger)).count == 5000)
        #expect(try bench.hybrid("doctor", "--fix").code == 0)
        #expect(try bench.state() == "landed")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a folder away"))
    func input20ARepositoryOfAnotherOwnerIsRefused() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("chown -R 12345 .", in: bench.repo)
        let told = try bench.hybrid("status")
        #expect(told.code == 2, "\(told.out)\(told.err)")
        #expect(
            told.err.contains("belongs to another user") && told.err.contains("safe.directory"), "\(told.err)"
        )
    }

    @Test func seenElsewhereResolutionsThatDropOneSide() throws {
        let bench = try Bench(["README": "base\n", "shared.txt": "base\n"])
        let jobs = ["a", "b"].map {
            PlannedJob($0, ["\($0).txt"], "echo \($0) > \($0).txt; echo \($0) > shared.txt")
        }
        try #require(
            try bench.hybrid("run", bench.plan(jobs, more: ["audit": "\"allow-unclaimed\""])).code == 1)
        try #require(try bench.hybrid("resolve", "b").code == 0)
        let worktree = try bench.resolution("b")
        try bench.shell("echo a > shared.txt", in: worktree)
        let before = try bench.id()
        let refused = try bench.hybrid("resolve", "b")
        #expect(refused.code == 2, "\(refused.out)\(refused.err)")
        #expect(refused.err.contains("would be dropped") && refused.err.contains("--accept-one-side"))
        #expect(try bench.id() == before)
        try bench.shell("printf 'a\\nb\\n' > shared.txt", in: worktree)
        #expect(try bench.hybrid("resolve", "b").code == 0)
        #expect(try bench.text("shared.txt") == "a\nb\n")
    }
}
