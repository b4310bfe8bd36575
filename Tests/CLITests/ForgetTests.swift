import Foundation
import TestSupport
import Testing

/// `clean --discard` and `clean --forget`: what goes, what stays, and how all of it comes back.
@Suite struct ForgetTests {
    private static let secret = "hunter2-0123456789"

    /// The objects that refs and logs reach and that hold the secret.
    private func holding(_ bench: Bench) throws -> String {
        try bench.shell(
            """
            git rev-list --objects --all --reflog | cut -d' ' -f1 | sort -u > "$ROOT/reached"
            git for-each-ref --format='%(objectname)' >> "$ROOT/reached"
            while read -r id; do
                if git cat-file -p "$id" | grep -q \(Self.secret); then echo "$id"; fi
            done < "$ROOT/reached"
            """)
    }

    private func conflicting(logs: Bool) throws -> Bench {
        let bench = try Bench(["a.txt": "one\n"])
        try bench.sandbox.write(Self.secret + "\n", to: "secret")
        if logs { try bench.shell("git config core.logAllRefUpdates always") }
        let plan = try bench.plan(
            [
                PlannedJob("Alpha", ["alpha.txt"], "echo alpha > a.txt; echo alpha > alpha.txt"),
                PlannedJob("Beta", ["beta.txt"], #"cat "$ROOT/secret" > a.txt; echo beta > beta.txt"#),
            ], more: ["audit": #""report""#])
        try #require(try bench.hybrid("run", plan).code == 1)
        try #require(try bench.workers()["beta"] == "conflict")
        return bench
    }

    @Test("a discarded job's secret is reached by nothing, also after resolve", arguments: [false, true])
    func noSecretStaysReachable(logs: Bool) throws {
        let bench = try conflicting(logs: logs)
        try #require(try bench.hybrid("resolve", "beta").code == 0)
        #expect(try holding(bench) != "")
        let refs = try bench.refs("refs/hybrid/").keys.filter { $0.contains("/beta/") }
        #expect(refs.contains { $0.hasSuffix("/resolved-from") })
        let cleaned = try bench.hybrid("clean", "--discard", "beta", "--json")
        #expect(cleaned.code == 0, "\(cleaned.out)\(cleaned.err)")
        try bench.expectValid(cleaned, bench.hybrid("schema", "clean"))
        #expect(try bench.refs().keys.filter { $0.contains("beta") } == [])
        #expect(try holding(bench) == "")
        #expect(try bench.hybrid("report", "--json").out.contains(Self.secret) == false)
    }

    @Test("all refs of a job go, whatever they keep")
    func allRefs() throws {
        let bench = try conflicting(logs: false)
        let run = try bench.run()
        let tip = try bench.id("refs/heads/" + bench.branch("beta"))
        for name in ["job/beta/attempt", "job/beta/rescue-7", "job/beta/beside/x"] {
            try bench.shell("git update-ref refs/hybrid/\(run)/\(name) \(tip)")
        }
        try #require(try bench.hybrid("clean", "--discard", "beta").code == 0)
        #expect(try bench.refs().keys.filter { $0.contains("beta") } == [])
    }

    @Test("every line that brings something back works, one after the other, and twice")
    func restoreLines() throws {
        let bench = try conflicting(logs: false)
        try #require(try bench.hybrid("resolve", "beta").code == 0)
        try bench.shell("echo more > more.txt", in: bench.worktree("beta"))
        try bench.shell("echo more > more.txt", in: bench.resolution("beta"))
        // Somebody has a branch of the name already.
        try bench.shell("git branch beta-uncommitted")
        let cleaned = try Bench.object(bench.hybrid("clean", "--discard", "beta", "--json"))
        let job = try #require((cleaned["discarded"] as? [[String: Any]])?.first)
        let things = try #require(job["things"] as? [[String: String]])
        #expect(things.filter { $0["what"]?.contains("uncommitted") == true }.count == 2)
        for thing in things {
            try bench.shell(try #require(thing["restore"]))
            #expect(try bench.refs("refs/heads/").values.contains(try #require(thing["id"])))
        }
    }

    // MARK: A run's own worktrees

    @Test("the orchestrator's worktree and branch of a run that nobody goes on with can go")
    func orchestrator() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")],
            more: ["orchestrator": #"{"files": ["base.txt"], "estimate": "5 minutes"}"#])
        try #require(try bench.hybrid("run", plan).code == 1)
        let worktree = try bench.worktree("_orchestrator")
        try bench.sandbox.write("half\n", to: worktree + "/half.txt")
        try #require(try bench.hybrid("stop").code == 0)
        let run = try bench.run()
        let refused = try bench.hybrid("clean", "--forget", run)
        #expect(refused.code == 2 && refused.err.contains("--discard orchestrator"), "\(refused.err)")
        #expect(bench.sandbox.read(worktree + "/half.txt") == "half\n")
        let cleaned = try bench.hybrid("clean", "--discard", "orchestrator", "--json")
        #expect(cleaned.code == 0, "\(cleaned.out)\(cleaned.err)")
        #expect(!FileManager.default.fileExists(atPath: worktree))
        #expect(try bench.refs("refs/heads/hybrid/") == [:])
        let job = try #require((try Bench.object(cleaned)["discarded"] as? [[String: Any]])?.first)
        let things = try #require(job["things"] as? [[String: String]])
        let kept = try #require(things.first { $0["what"]?.contains("uncommitted") == true }?["id"])
        #expect(try bench.text("half.txt", at: kept) == "half\n")
        #expect(try bench.hybrid("clean", "--forget", run).code == 0)
        #expect(try bench.refs("refs/hybrid/") == [:])
    }

    // MARK: Forgetting

    @Test("nothing of a landed run stays, the doctor finds nothing, and the record comes back")
    func landedRun() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")])
        try #require(try bench.hybrid("run", plan).code == 0)
        let (run, refs, main) = (try bench.run(), try bench.refs(), try bench.id())
        let report = try bench.hybrid("report").out
        #expect(try bench.hybrid("clean", "--forget").code == 64)
        let forgotten = try bench.hybrid("clean", "--forget", run, "--json")
        #expect(forgotten.code == 0, "\(forgotten.out)\(forgotten.err)")
        try bench.expectValid(forgotten, bench.hybrid("schema", "clean"))
        #expect(try bench.refs().keys.sorted() == ["refs/heads/main"])
        #expect(try bench.id() == main)
        #expect(!FileManager.default.fileExists(atPath: bench.repo + "/.git/hybrid/runs/" + run))
        #expect(try bench.hybrid("status", "--all", "--json").out.contains(run) == false)
        #expect(try bench.hybrid("doctor", "--fix").out.contains("nothing to mend"))
        #expect(try bench.refs().keys.sorted() == ["refs/heads/main"])
        #expect(try bench.hybrid("clean", "--forget", run).code == 2)
        // However old the objects are, git keeps what is young.
        let went = try #require(try Bench.object(forgotten)["forgotten"] as? [String: Any])
        let things = try #require(went["things"] as? [[String: String]])
        try bench.shell("git gc -q")
        for thing in things {
            let line = try #require(thing["restore"])
            try bench.shell(line.replacing("&& hybrid ", with: "&& '\(bench.program)' "))
        }
        #expect(
            try bench.refs().filter { !$0.key.hasSuffix("/record") }
                == refs.filter { !$0.key.hasSuffix("/record") })
        let again = try bench.hybrid("report", run).out
        #expect(again.split(separator: "\n").first == report.split(separator: "\n").first)
    }

    @Test("unmerged work is refused by name, and goes when it is named")
    func unmergedWork() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([
            PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt"),
            PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt; exit 3"),
        ])
        try #require(try bench.hybrid("run", plan).code == 1)
        let (run, refs) = (try bench.run(), try bench.refs())
        let refused = try bench.hybrid("clean", "--forget", run)
        #expect(refused.code == 2, "\(refused.out)\(refused.err)")
        #expect(refused.err.contains("alpha, beta"), "\(refused.err)")
        #expect(try bench.refs() == refs)
        let next = try #require(refused.err.range(of: "hybrid clean --forget"))
        let words = refused.err[next.lowerBound...].split(separator: "\n")[0].split(separator: " ").map(
            String.init)
        #expect(try bench.hybrid("clean", "--forget", run, "--discard", "beta").code == 2)
        #expect(try bench.refs() == refs)
        let done = try bench.hybrid(list: Array(words.dropFirst()))
        #expect(done.code == 0, "\(done.out)\(done.err)")
        #expect(try bench.refs().keys.sorted() == ["refs/heads/main"])
        try bench.expectTidy()
    }

    @Test("what was rolled back is in no branch, so it is refused")
    func rolledBack() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")])
        try #require(try bench.hybrid("run", plan).code == 0)
        try #require(try bench.hybrid("rollback").code == 0)
        let run = try bench.run()
        let refused = try bench.hybrid("clean", "--forget", run)
        #expect(refused.code == 2 && refused.err.contains("--discard alpha"), "\(refused.err)")
        #expect(try bench.hybrid("clean", "--forget", run, "--discard", "alpha").code == 0)
        #expect(try bench.refs().keys.sorted() == ["refs/heads/main"])
    }

    @Test("a run at work is refused; one that was killed can be stopped and forgotten")
    func liveRun() throws {
        let bench = try Bench(["README": "base\n"])
        let job = PlannedJob("Alpha", ["a.txt"], #"touch "$ROOT/began"; sleep 60"#)
        let running = try bench.begin("run", bench.plan([job]))
        try wait(for: "the worker") { bench.sandbox.read("began") != nil }
        let run = try bench.run()
        #expect(try bench.hybrid("clean", "--forget", run).code == 2)
        kill(running.processIdentifier, SIGKILL)
        running.waitUntilExit()
        let orphan = try bench.hybrid("clean", "--forget", run)
        #expect(orphan.code == 2 && orphan.err.contains("hybrid stop \(run)"), "\(orphan.err)")
        try #require(try bench.hybrid("stop").code == 0)
        #expect(try bench.hybrid("clean", "--forget", run).code == 0)
        #expect(try bench.refs().keys.sorted() == ["refs/heads/main"])
    }

    @Test("killed at either end, it is typed again", arguments: ["before", "after"])
    func killed(when: String) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")])
        try #require(try bench.hybrid("run", plan).code == 0)
        let run = try bench.run()
        let killed = try bench.hybrid(
            "clean", "--forget", run, environment: ["HYBRID_FAILPOINT": "forget:\(when)=kill"])
        #expect(killed.code == 137, "\(killed.out)\(killed.err)")
        #expect(try bench.hybrid("clean", "--forget", run).code == 0)
        #expect(try bench.refs().keys.sorted() == ["refs/heads/main"])
        #expect(try bench.hybrid("doctor").out.contains("nothing to mend"))
    }
}
