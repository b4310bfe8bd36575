import Foundation
import TestSupport
import Testing

/// What git does to the repository while hybrid works, and what is left where it took something away.
@Suite struct UnderGitsFeetTests {
    private static func jobs(_ names: [String] = ["alpha", "beta"]) -> [PlannedJob] {
        names.map { PlannedJob($0, ["\($0).txt"], "echo \($0) > \($0).txt") }
    }

    private static func findings(_ bench: Bench, _ arguments: String...) throws -> [[String: String]] {
        let report = try Bench.object(bench.hybrid(list: ["doctor", "--json"] + arguments))
        return try #require(report["findings"] as? [[String: Any]]).map {
            $0.compactMapValues { $0 as? String }
        }
    }

    /// Every pack is repacked while the integrate command runs: the merge has its ref, what comes after has not.
    @Test func whatIsRepackedMeanwhileLands() throws {
        let bench = try Bench(["README": "base\n"])
        let repack = #"{"estimate": "5 minutes", "integrate": "git repack -adq && git prune-packed"}"#
        let ran = try bench.hybrid(
            "run", bench.plan(Self.jobs(), verify: ["git repack -adq"], more: ["orchestrator": repack]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("beta.txt") == "beta\n")
        #expect(try bench.shell("ls .git/objects/pack | grep keep || true") == "")
        try bench.expectTidy()
    }

    /// Killed between a pack and its ref: the pack is kept, and told to be; who goes on takes that back.
    @Test(arguments: ["resume", "doctor --fix"]) func aPackThatAKilledRunKeptIsLetGo(_ command: String) throws
    {
        let bench = try Bench(["README": "base\n"])
        let killed = try bench.hybrid(
            "run", bench.plan(Self.jobs()), environment: ["HYBRID_FAILPOINT": "merge:after=kill"])
        try #require(killed.code != 0)
        let run = try bench.run()
        let pack = try bench.shell("ls .git/objects/pack/*.pack | head -1")
        let keep = String(pack.dropLast(5)) + ".keep"
        try bench.sandbox.write("hybrid: run \(run), process 1\n", to: "repo/" + keep)
        // One that is somebody else's stays.
        try bench.sandbox.write("mine\n", to: "repo/.git/objects/pack/pack-mine.keep")
        let found = try Self.findings(bench).filter { $0["kind"] == "pack" }
        #expect(found.count == 1 && found[0]["thing"]?.hasSuffix(keep) == true, "\(found)")
        _ = try bench.hybrid(list: command.split(separator: " ").map(String.init))
        #expect(bench.sandbox.read("repo/" + keep) == nil)
        #expect(bench.sandbox.read("repo/.git/objects/pack/pack-mine.keep") == "mine\n")
    }

    /// A git whose folder for an object is pruned by another one, which it makes again once only.
    @Test(arguments: ["add", "write-tree", "commit"]) func aGitThatLosesItsFolderIsAskedAgain(_ step: String)
        throws
    {
        let bench = try Bench(["README": "base\n"])
        let folder = bench.sandbox.root + "/bin"
        try bench.shell("mkdir -p \(folder)")
        // As git says it; what is asked for in vain is counted.
        let script = """
            #!/bin/sh
            for word; do [ "$word" = \(step) ] && asked=yes; done
            if [ -n "$asked" ] && [ "$(cat \(folder)/count 2>/dev/null | wc -l)" -lt 2 ]; then
                echo again >> \(folder)/count
                echo "error: unable to create temporary file: No such file or directory" >&2
                echo "fatal: failed to write commit object" >&2
                exit 128
            fi
            exec /usr/bin/env PATH="${PATH#*:}" git "$@"
            """
        try bench.sandbox.write(script, to: "bin/git")
        try bench.shell("chmod +x \(folder)/git")
        let path = try #require(ProcessInfo.processInfo.environment["PATH"])
        let ran = try bench.hybrid(
            "run", bench.plan(Self.jobs(["alpha"])), environment: ["PATH": "\(folder):\(path)"])
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        #expect(bench.sandbox.read("bin/count") == "again\nagain\n")
    }

    /// A lock that another git holds for a moment.
    @Test(arguments: ["packed-refs.lock", "refs/heads/main.lock", "HEAD.lock", "index.lock"])
    func aLockOfAMomentIsWaitedFor(_ lock: String) throws {
        let bench = try Bench(["README": "base\n"])
        try #require(try bench.hybrid("run", bench.plan(Self.jobs(), verify: [])).code == 1)
        let path = bench.repo + "/.git/" + lock
        try bench.sandbox.write("", to: path)
        Thread {
            Thread.sleep(forTimeInterval: 1.5)
            unlink(path)
        }.start()
        let ran = try bench.hybrid("land", "--unverified")
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "alpha\n")
        try bench.expectTidy()
    }

    @Test func aLockThatStaysIsNamedWithWhatToDo() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write("", to: "repo/.git/packed-refs.lock")
        try bench.shell("git branch other && git checkout -q other")
        try bench.shell("mkdir -p .git/refs/heads && : > .git/refs/heads/main.lock")
        let ran = try bench.hybrid("run", bench.plan(Self.jobs()))
        #expect(ran.code != 0)
        let said = ran.out + ran.err
        #expect(said.contains("main.lock") && said.contains("hybrid doctor"), "\(said)")
        let told = try Self.findings(bench)
        #expect(told.contains { $0["thing"]?.hasSuffix("heads/main.lock") == true })
        try bench.shell("rm .git/refs/heads/main.lock .git/packed-refs.lock")
        let again = try bench.hybrid("land")
        #expect(again.code == 0, "\(again.out)\(again.err)")
    }

    // MARK: What is missing

    /// A run whose second job failed with work; all its objects are loose.
    private static func failed() throws -> Bench {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            jobs(["alpha"]) + [PlannedJob("beta", ["beta.txt"], "echo b > beta.txt; false")])
        try #require(try bench.hybrid("run", plan).code == 1)
        return bench
    }

    /// Takes an object away, out of whatever holds it.
    private static func lose(_ id: String, _ bench: Bench) throws {
        try bench.shell(
            """
            for pack in .git/objects/pack/*.pack; do
              [ -e "$pack" ] || continue
              mv "$pack" "$ROOT/gone.pack"; rm -f "${pack%.pack}".*; git unpack-objects -q < "$ROOT/gone.pack"
            done
            rm -f .git/objects/\(id.prefix(2))/\(id.dropFirst(2))
            """)
        try #require(try bench.sandbox.run("git", "cat-file", "-e", id, in: "repo").code != 0)
    }

    private static func expectWhole(_ bench: Bench, _ location: SourceLocation = #_sourceLocation) throws {
        let checked = try bench.sandbox.run("git", "fsck", "--no-dangling", "--no-reflogs", in: "repo")
        #expect(checked.code == 0, "\(checked.out)\(checked.err)", sourceLocation: location)
        #expect(try Self.findings(bench).allSatisfy { $0["kind"] != "ref" && $0["kind"] != "branch" })
    }

    @Test(arguments: ["commit", "tree", "blob"]) func aRefThatLacksSomethingIsNamedAndGoes(_ what: String)
        throws
    {
        let bench = try Self.failed()
        let ref = try #require(try bench.rescued("beta").first)
        let revision = ["commit": ref, "tree": ref + "^{tree}", "blob": ref + ":beta.txt"][what]!
        let id = try bench.id(revision)
        // Another ref of the user's lacks it too, and is left alone.
        try bench.sandbox.git("update-ref", "refs/keep/theirs", ref)
        try Self.lose(id, bench)
        let theirs = bench.sandbox.read("repo/.git/refs/keep/theirs")
        let found = try Self.findings(bench).filter { $0["thing"] == ref }
        #expect(found.count == 1 && found[0]["reason"]?.contains(id) == true, "\(found)")
        let mended = try Self.findings(bench, "--fix").filter { $0["thing"] == ref }
        #expect(mended.first?["done"]?.contains("lost") == true, "\(mended)")
        #expect(try bench.rescued("beta") == [])
        #expect(bench.sandbox.read("repo/.git/refs/keep/theirs") == theirs)
        try bench.shell("rm .git/refs/keep/theirs")
        try Self.expectWhole(bench)
    }

    @Test func aRecordAndABranchAreFoundAgain() throws {
        let bench = try Self.failed()
        let run = try bench.run()
        let record = try bench.id("refs/hybrid/\(run)/record")
        try Self.lose(record, bench)
        let branch = "refs/heads/" + (try bench.branch("alpha"))
        let tip = try bench.id(branch)
        let base = try bench.id()
        // What its worktree holds stays, and the branch names where the job began.
        try bench.shell(
            "for r in $(git for-each-ref --format='%(refname)' refs/hybrid/*/integrated); do git update-ref $r \(base); done"
        )
        try Self.lose(tip, bench)
        _ = try Self.findings(bench, "--fix")
        #expect(try bench.id(branch) == base)
        #expect(bench.sandbox.read(try bench.worktree("alpha") + "/alpha.txt") == "alpha\n")
        #expect(try bench.sandbox.git("show", "refs/hybrid/\(run)/record").contains("beta"))
        #expect(try bench.hybrid("status").code == 0)
    }

    @Test func whatIsWholeIsLeftAlone() throws {
        let bench = try Self.failed()
        let refs = try bench.refs()
        #expect(try bench.hybrid("doctor", "--fix").code == 0)
        #expect(try bench.refs() == refs)
        try bench.shell("git pack-refs --all --prune && git repack -adq")
        #expect(try bench.hybrid("doctor", "--fix").code == 0)
        #expect(try bench.refs() == refs)
    }
}
