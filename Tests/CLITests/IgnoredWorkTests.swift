import Foundation
import TestSupport
import Testing

/// Files that git ignores although a job claims them: told by check and audit, not ticked, and never deleted unsaid.
@Suite struct IgnoredWorkTests {
    private static let files = [".gitignore": "lib/\n__pycache__/\n*.log\n", "src/a.py": "1\n"]

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `what was made and ignored is found, kept and not ticked`() throws {
        let bench = try Bench(Self.files)
        let plan = try bench.plan([
            PlannedJob(
                "Alpha", ["src/**"],
                """
                echo 2 > src/a.py; mkdir -p src/lib src/__pycache__ lib
                echo work > src/lib/x.py; echo cache > src/__pycache__/a.pyc; echo other > lib/y
                """)
        ])
        let checked = try bench.hybrid("check", plan)
        #expect(
            checked.out.contains("never committed") && checked.out.contains(".gitignore:1: lib/"),
            "\(checked.out)")
        #expect(!checked.out.contains("__pycache__"), "\(checked.out)")
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("src/lib/x.py (.gitignore:1: lib/)"), "\(ran.out)")
        #expect(ran.out.contains("[ ] All worker files created successfully"), "\(ran.out)")
        #expect(ran.err.contains("alpha: 2 ignored files went with its worktree"), "\(ran.err)")
        #expect(try bench.text("src/lib/x.py") == nil && bench.text("src/a.py") == "2\n")
        let kept = "\(bench.repo)/.git/hybrid/runs/\(try bench.run())/job/alpha/ignored"
        #expect(bench.sandbox.read(kept + "/src/lib/x.py") == "work\n")
        #expect(try mode(kept + "/src/lib/x.py") == 0o600 && mode(kept) == 0o700)
        #expect(ran.out.contains(kept), "\(ran.out)")
        let report = try Bench.object(bench.hybrid("report", "--json"))
        let findings = try #require(report["findings"] as? [[String: Any]])
        #expect(
            findings.contains {
                $0["path"] as? String == "src/lib/x.py" && $0["kind"] as? String == "warning"
            })
        try bench.expectTidy()
    }

    @Test func `a worker that made nothing else did not do nothing unsaid`() throws {
        let bench = try Bench(Self.files)
        let ran = try bench.hybrid(
            "run",
            bench.plan(
                [
                    PlannedJob("Alpha", ["src/new.log"], "echo work > src/new.log"),
                    PlannedJob("Beta", ["b.txt"], "echo b > b.txt"),
                ].reversed().map { $0 }))
        // `check` refuses a file that a rule hides by name.
        #expect(ran.code == 1 && ran.err.contains(".gitignore:3: *.log"), "\(ran.out)\(ran.err)")
        let second = try bench.hybrid(
            "run", bench.plan([PlannedJob("Alpha", ["src/**"], "mkdir src/lib; echo work > src/lib/x.py")]))
        #expect(second.code == 1)
        #expect(try bench.workers() == ["alpha": "nothing-done"])
        #expect(second.out.contains("not committed, because git ignores it: src/lib/x.py"), "\(second.out)")
        #expect(bench.sandbox.read("\(try bench.worktree("alpha"))/src/lib/x.py") == "work\n")
        // Giving it up says what goes with it.
        let cleaned = try bench.hybrid("clean", "--discard", "alpha")
        #expect(cleaned.code == 0, "\(cleaned.out)\(cleaned.err)")
        #expect((cleaned.out + cleaned.err).contains("src/lib/x.py"), "\(cleaned.out)\(cleaned.err)")
    }

    @Test func `what a failed attempt left is kept before the next begins`() throws {
        let bench = try Bench(Self.files)
        let ran = try bench.hybrid(
            "run",
            bench.plan([
                PlannedJob(
                    "Alpha", ["src/**"],
                    """
                    mkdir -p src/lib; echo "$HYBRID_ATTEMPT" > src/lib/x.py; echo 2 > src/a.py
                    [ "$HYBRID_ATTEMPT" = 2 ]
                    """, more: ["retries": "1"])
            ]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let kept = "\(bench.repo)/.git/hybrid/runs/\(try bench.run())/job/alpha/ignored"
        #expect(bench.sandbox.read(kept + "/src/lib/x.py") == "1\n")
        #expect(bench.sandbox.read(kept + "-2/src/lib/x.py") == "2\n")
    }

    @Test func `a worker that people lead is told the same`() throws {
        let bench = try Bench(Self.files)
        let plan = try bench.plan([PlannedJob("Alpha", ["src/**"], nil)])
        try #require(try bench.hybrid("start", plan).code == 0)
        try bench.shell(
            "mkdir src/lib; echo w > src/lib/x.py; echo 2 > src/a.py", in: bench.worktree("alpha"))
        let merged = try bench.hybrid("merge")
        #expect((merged.out + merged.err).contains("src/lib/x.py"), "\(merged.out)\(merged.err)")
        // The way out that is printed: taken with -f, it lands.
        try bench.shell("git add -f -- src/lib/x.py && git commit -qm more", in: bench.worktree("alpha"))
    }

    @Test func `caches alone are counted and no alarm`() throws {
        let bench = try Bench(Self.files)
        let ran = try bench.hybrid(
            "run",
            bench.plan([
                PlannedJob(
                    "Alpha", ["src/**"],
                    "echo 2 > src/a.py; mkdir src/__pycache__; echo > src/__pycache__/a.pyc")
            ]))
        #expect(ran.code == 0)
        #expect(ran.out.contains("[x] All worker files created successfully"), "\(ran.out)")
        #expect(ran.err.contains("1 ignored file went with its worktree"), "\(ran.err)")
        let report = try Bench.object(bench.hybrid("report", "--json"))
        #expect((report["findings"] as? [Any])?.isEmpty == true)
    }
}
