import Foundation
import TestSupport
import Testing

/// `hybrid conflicts` with edits that are not committed.
@Suite struct LiveConflictsCommandTests {
    private func started() throws -> Bench {
        let bench = try Bench(["README": "base\n", "both": "1\n2\n3\n"])
        let plan = try bench.plan([
            PlannedJob("Alpha", ["alpha.txt"], nil), PlannedJob("Beta", ["beta.txt"], nil),
        ])
        try #require(try bench.hybrid("start", plan).code == 0)
        return bench
    }

    @Test func `a run's workers count as they lie there, branches as committed`() throws {
        let bench = try started()
        try bench.shell("echo alpha > new; echo a > both", in: bench.worktree("alpha"))
        try bench.shell("echo beta > new; echo b > both", in: bench.worktree("beta"))
        let live = try bench.hybrid("conflicts", "--json")
        #expect(live.code == 1, "\(live.err)")
        let compact = live.out.filter { !$0.isWhitespace }
        #expect(compact.contains(#""uncommitted":2"#))
        #expect(compact.contains(#""path":"both""#) && compact.contains(#""path":"new""#))
        let status = try bench.hybrid("status")
        #expect(status.code == 0, "\(status.err)")
        #expect(status.out.contains("Would conflict as they are now:\n  alpha and beta (both, new)"))
        let committed = try bench.hybrid("conflicts", "--committed", "--json")
        #expect(committed.code == 0, "\(committed.err)")
        #expect(!committed.out.contains("uncommitted"))
        let branches = try [bench.branch("alpha"), bench.branch("beta")]
        #expect(try bench.hybrid("conflicts", branches[0], branches[1]).code == 0)
        let asked = try bench.hybrid("conflicts", "--live", branches[0], branches[1])
        #expect(asked.code == 1)
        #expect(asked.out.contains("With uncommitted edits: \(branches[0]) (2), \(branches[1]) (2)"))
    }

    /// What the live answer calls a conflict, and what the run's own merge of the same work leaves out.
    @Test func `the plan's policies decide for hot files, as in the run's merge`() throws {
        let bench = try Bench(["README": "base\n", "CHANGELOG.md": "top\n", "app.lock": "none\n"])
        let hot = """
            [{"path": "CHANGELOG.md", "policy": "union"},
             {"path": "app.lock", "policy": "regenerate", "command": "cat a.txt b.txt > app.lock"}]
            """
        func edits(_ name: String, _ file: String) -> String {
            "echo \(name) > \(file); echo \(name) >> CHANGELOG.md; echo \(name) > app.lock"
        }
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["a.txt"], nil), PlannedJob("Beta", ["b.txt"], nil)], more: ["hot": hot])
        try #require(try bench.hybrid("start", plan).code == 0)
        try bench.shell(edits("alpha", "a.txt"), in: bench.worktree("alpha"))
        try bench.shell(edits("beta", "b.txt"), in: bench.worktree("beta"))
        let live = try bench.hybrid("conflicts", "--json")
        #expect(live.code == 0, "\(live.out)\(live.err)")
        try bench.expectValid(live, bench.hybrid("schema", "conflicts"))
        let decided = try #require(try Bench.object(live)["by_policy"] as? [[String: Any]])
        #expect(decided.map { $0["path"] as? String } == ["CHANGELOG.md", "app.lock"])
        #expect(decided.map { $0["policy"] as? String } == ["union", "regenerate"])
        #expect(decided.allSatisfy { $0["branches"] as? [String] == ["alpha", "beta"] })
        let told = try bench.hybrid("conflicts").out
        #expect(
            told.contains(
                """
                Changed by several, and merged as the plan says:
                  CHANGELOG.md  union: the lines of both sides: alpha, beta
                  app.lock  regenerate: made anew after the merge by cat a.txt b.txt > app.lock: alpha, beta
                """), "\(told)")
        #expect(try !bench.hybrid("status").out.contains("Would conflict"))
        // Between branches that are named, no plan says anything.
        let branches = try [bench.branch("alpha"), bench.branch("beta")]
        let named = try bench.hybrid("conflicts", "--live", "--json", branches[0], branches[1])
        #expect(named.code == 1 && !named.out.contains("by_policy"), "\(named.out)")
        // A policy for contents does not help where one side has none.
        try bench.shell("git rm -qf CHANGELOG.md", in: bench.worktree("beta"))
        let deleted = try bench.hybrid("conflicts", "--json")
        #expect(deleted.code == 1)
        let left = try #require(try Bench.object(deleted)["by_policy"] as? [[String: Any]])
        #expect(left.map { $0["path"] as? String } == ["app.lock"])
        try bench.shell(
            "git checkout -q HEAD CHANGELOG.md; echo beta >> CHANGELOG.md", in: bench.worktree("beta"))
        let merged = try bench.hybrid("merge")
        #expect(merged.code == 0, "\(merged.out)\(merged.err)")
        let together = try bench.text("CHANGELOG.md", at: "refs/hybrid/\(bench.run())/integrated")
        #expect(together == "top\nalpha\nbeta\n")
    }

    @Test func `what cannot be checked is never clean`() throws {
        let bench = try started()
        try bench.shell("echo '*.bin working-tree-encoding=UTF-16' >> .git/info/attributes")
        try bench.shell("echo alpha > a.bin", in: bench.worktree("alpha"))
        let asked = try bench.hybrid("conflicts")
        #expect(asked.code == 2)
        #expect(asked.out.contains("Not checked") && asked.out.contains("a.bin"))
        #expect(asked.err.contains("not everything could be checked"))
        #expect(try bench.hybrid("conflicts", "--committed").code == 0)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `watching prints each change of the answer and ends with the last one`(_ signal: Int32) throws {
        let bench = try started()
        let watch = try Watch(bench)
        defer { watch.end() }
        func last(_ holds: (String) -> Bool) throws { try watch.last(holds) }
        try last { $0.contains(#""pairs":[]"#) }
        try bench.shell("echo alpha > new", in: bench.worktree("alpha"))
        try last { $0.contains(#""uncommitted":1"#) }
        try bench.shell("echo beta > new", in: bench.worktree("beta"))
        try last { $0.contains(#""path":"new""#) }
        try bench.shell("git add -A && git commit -qm done", in: bench.worktree("beta"))
        try last { $0.contains(#""uncommitted":0"#) && $0.contains(#""path":"new""#) }
        #expect(watch.end(signal) == 1)
    }

    /// What is a breach is read from the worktrees too, not from what happens to be committed.
    @Test func `claims are judged from the same state as conflicts`() throws {
        let bench = try started()
        try bench.shell("echo alpha > new; echo alpha > alpha.txt", in: bench.worktree("alpha"))
        try bench.shell("echo beta > new; echo beta > alpha.txt", in: bench.worktree("beta"))
        func allowed(_ options: String...) throws -> [String: [Bool?]] {
            let asked = try bench.hybrid(list: ["conflicts", "--json"] + options)
            #expect(asked.code == 1, "\(asked.err)")
            try bench.expectValid(asked, bench.hybrid("schema", "conflicts"))
            let pairs = try #require(try Bench.object(asked)["pairs"] as? [[String: Any]])
            let paths = try #require(pairs.first?["paths"] as? [[String: Any]])
            return Dictionary(
                paths.map {
                    (
                        $0["path"] as? String ?? "",
                        [$0["ours_allowed"] as? Bool, $0["theirs_allowed"] as? Bool]
                    )
                }
            ) { one, _ in one }
        }
        let expected: [String: [Bool?]] = ["new": [false, false], "alpha.txt": [true, false]]
        #expect(try allowed() == expected)
        #expect(try bench.hybrid("conflicts").out.contains("nobody's claim; not allowed to alpha, beta"))
        for job in ["alpha", "beta"] {
            try bench.shell("git add -A && git commit -qm done", in: bench.worktree(job))
        }
        #expect(try allowed("--committed") == expected)
        // Taken back, and not yet committed: there is nothing to blame beta for in alpha.txt.
        try bench.shell("git rm -qf alpha.txt", in: bench.worktree("beta"))
        #expect(try allowed() == ["new": [false, false]])
        #expect(try allowed("--committed") == expected)
    }

    /// Workers that come while somebody watches are told by name, wherever they stand in the plan.
    @Test(arguments: [["First"], ["First", "Second"]])
    func `watching goes on when workers of a later wave begin`(_ first: [String]) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [PlannedJob("Late one", ["one.txt"], nil, more: ["needs": #"["First"]"#])]
                + first.map { PlannedJob($0, [$0.lowercased()], nil) }
                + [PlannedJob("Late two", ["two.txt"], nil, more: ["needs": #"["First"]"#])])
        try #require(try bench.hybrid("start", plan).code == 0)
        let watch = try Watch(bench)
        defer { watch.end() }
        try watch.last { $0.contains(#""name":"first""#) && $0.contains(#""pairs":[]"#) }
        for name in first.map({ $0.lowercased() }) {
            try bench.shell("echo first > \(name)", in: bench.worktree(name))
        }
        try #require(try bench.hybrid("merge").code == 1)
        try bench.shell("echo one > new; echo one > one.txt", in: bench.worktree("late-one"))
        try bench.shell("echo two > new; echo two > one.txt", in: bench.worktree("late-two"))
        try watch.last {
            $0.contains(#""ours":"late-one","theirs":"late-two""#)
                && $0.contains(#""claimed_by":[],"ours_allowed":false,"theirs_allowed":false"#)
                && $0.contains(#""claimed_by":["late-one"],"ours_allowed":true,"theirs_allowed":false"#)
        }
        #expect(watch.end() == 1)
    }
}

/// `hybrid conflicts --watch --json` while it runs.
private final class Watch {
    private let bench: Bench
    private let process = Process()
    private var out: String { bench.sandbox.root + "/out" }

    init(_ bench: Bench) throws {
        self.bench = bench
        process.executableURL = URL(fileURLWithPath: bench.program)
        process.arguments = ["conflicts", "--watch", "--json"]
        process.currentDirectoryURL = URL(fileURLWithPath: bench.repo)
        process.environment = hermetic(home: bench.sandbox.home)
        try Data().write(to: URL(fileURLWithPath: bench.sandbox.root + "/out"))
        process.standardOutput = FileHandle(forWritingAtPath: bench.sandbox.root + "/out")
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// Waits for an answer; lines come when they come, so the deadline is only there to fail at all.
    func last(_ holds: (String) -> Bool) throws {
        let end = Date() + 120
        while Date() < end, process.isRunning {
            if let line = bench.sandbox.read(out)?.split(separator: "\n").last.map(String.init),
                line.hasSuffix("}"), holds(line)
            {
                return
            }
            usleep(20_000)
        }
        Issue.record("no such answer came: \(bench.sandbox.read(out) ?? "")")
    }

    /// Ends it where it still runs; gives its exit code, above 128 where a signal killed it.
    @discardableResult
    func end(_ signal: Int32 = SIGTERM) -> Int32 {
        if process.isRunning { kill(process.processIdentifier, signal) }
        process.waitUntilExit()
        return process.terminationStatus + (process.terminationReason == .exit ? 0 : 128)
    }
}
