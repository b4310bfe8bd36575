import Foundation
import TestSupport
import Testing

/// Programs of others that use the library: the two of `Tests/Embedding`, built with what is public alone.
@Suite struct EmbeddingTests {
    /// A built program of `Tests/Embedding`.
    private static func program(_ name: String) throws -> String {
        URL(fileURLWithPath: try hybridProgram()).deletingLastPathComponent().path + "/" + name
    }

    /// Runs one in a folder that is no repository.
    private static func run(_ bench: Bench, _ name: String, _ arguments: String...) throws -> Outcome {
        try execute(
            [program(name)] + arguments, in: bench.sandbox.root,
            environment: hermetic(home: bench.sandbox.home, extra: ["ROOT": bench.sandbox.root]))
    }

    // MARK: Which branches conflict

    /// Three branches, of which the first two change one line differently.
    private static func branches(_ bench: Bench) throws {
        for (name, file, text) in [
            ("left", "README", "left"), ("right", "README", "right"), ("beside", "other", "beside"),
        ] {
            try bench.shell("git switch -q -c \(name) main && echo \(text) > \(file) && git add \(file)")
            try bench.shell("git commit -q -m \(name)")
        }
        try bench.shell("git switch -q main")
    }

    @Test func `a program is told which branches conflict, as git says`() throws {
        let bench = try Bench(["README": "base\n"])
        try Self.branches(bench)
        let told = try Self.run(bench, "EmbeddedConflicts", bench.repo, "left", "right", "beside")
        #expect(told.code == 1, "\(told.err)")
        #expect(told.out == "left and right:\n  README: CONFLICT (contents)\n")
        for (other, code) in [("right", 1), ("beside", 0)] {
            let merged = try bench.sandbox.run("git", "merge-tree", "--write-tree", "left", other, in: "repo")
            #expect(Int(merged.code) == code)
        }
        let clean = try Self.run(bench, "EmbeddedConflicts", bench.repo, "left", "beside")
        #expect((clean.code, clean.out) == (0, ""))
    }

    @Test func `attributes and the user's settings count as in a merge`() throws {
        let bench = try Bench(["README": "base\n", ".gitattributes": "README merge=union\n"])
        try Self.branches(bench)
        let told = try Self.run(bench, "EmbeddedConflicts", bench.repo, "left", "right")
        #expect((told.code, told.out) == (0, ""), "\(told.err)")
    }

    @Test func `a name that no commit has is named`() throws {
        let bench = try Bench(["README": "base\n"])
        let unknown = try Self.run(bench, "EmbeddedConflicts", bench.repo, "main", "nothing")
        #expect(unknown.code == 2)
        #expect(
            unknown.err
                == "nothing: there is no such branch or commit; list the branches: git branch -a\n")
        let nowhere = try Self.run(bench, "EmbeddedConflicts", bench.sandbox.root, "main")
        #expect(nowhere.code == 2)
        #expect(nowhere.err.contains("it is in no git repository; go into one"), "\(nowhere.err)")
    }

    // MARK: Running a plan

    private static func job(_ name: String, _ command: String? = nil) -> PlannedJob {
        PlannedJob(name, ["\(name).txt"], command ?? "echo \(name) > \(name).txt")
    }

    @Test func `a program runs a plan and is its own supervisor`() throws {
        let bench = try Bench(["README": "base\n"])
        // Who watches over a worker is this program, and not hybrid.
        let plan = try bench.plan([
            Self.job("a", "cat /proc/$PPID/cmdline | tr '\\0' ' ' > \"$ROOT/watcher\"; echo a > a.txt"),
            Self.job("b"),
        ])
        let ran = try Self.run(bench, "EmbeddedPlan", bench.repo, plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("landed"))
        #expect(try bench.text("a.txt") == "a\n")
        #expect(try bench.text("b.txt") == "b\n")
        let watcher = try #require(bench.sandbox.read("watcher"))
        #expect(watcher.contains("/EmbeddedPlan --hybrid-supervisor "), "\(watcher)")
        #expect(try bench.state() == "landed")
        try bench.expectTidy()
    }

    @Test func `a program has an installed hybrid supervise`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([
            Self.job(
                "a",
                "cat /proc/$PPID/cmdline | tr '\\0' ' ' > \"$ROOT/watcher\"; git config core.hooksPath > \"$ROOT/hooks\"; echo a > a.txt"
            )
        ])
        let ran = try Self.run(bench, "EmbeddedPlan", bench.repo, plan, bench.program)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let watcher = try #require(bench.sandbox.read("watcher"))
        #expect(watcher.hasPrefix(bench.program + " worker --spec "), "\(watcher)")
        // hybrid answers for the worker's hooks as well.
        #expect(bench.sandbox.read("hooks")?.contains("/hybrid/runs/") == true)
    }

    @Test func `a caller that ignores SIGCHLD hides nothing from a program`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([Self.job("a")])
        let ran = try execute(
            [
                "python3", "-c",
                "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])",
                Self.program("EmbeddedPlan"), bench.repo, plan,
            ], in: bench.sandbox.root, environment: hermetic(home: bench.sandbox.home))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("a.txt") == "a\n")
    }

    @Test(arguments: ["nowhere/hybrid", "no-such-hybrid", "/bin/true", "/bin/echo", "/etc/hostname"])
    func `a program that is no hybrid supervises nothing`(named: String) throws {
        let bench = try Bench(["README": "base\n"])
        let before = try bench.refs()
        let plan = try bench.plan([Self.job("a")])
        let refused = try Self.run(bench, "EmbeddedPlan", bench.repo, plan, named)
        #expect(refused.code == 2, "\(refused.out)")
        #expect(refused.err.hasPrefix(named + ": it ") && refused.err.contains("; "), "\(refused.err)")
        #expect(try bench.refs() == before)
        #expect(!FileManager.default.fileExists(atPath: bench.repo + "/.git/hybrid"))
    }

    @Test func `a plan that may not run is refused before anything is made`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([Self.job("a"), PlannedJob("b", ["a.txt"], "true")])
        let refused = try Self.run(bench, "EmbeddedPlan", bench.repo, plan)
        #expect(refused.code == 2, "\(refused.out)")
        #expect(refused.err.contains("nothing was launched: a and b both claim a.txt"), "\(refused.err)")
        let lost = try Self.run(bench, "EmbeddedPlan", bench.repo, bench.sandbox.root + "/no-plan.md")
        #expect(lost.code == 2)
        #expect(lost.err.contains("no-plan.md: it cannot be read"), "\(lost.err)")
        #expect(try bench.refs("refs/hybrid/") == [:])
    }

    @Test func `a supervisor that cannot read its spec says so`() throws {
        let bench = try Bench(["README": "base\n"])
        let lost = try Self.run(bench, "EmbeddedPlan", "--hybrid-supervisor", bench.sandbox.root + "/none")
        #expect(lost.code == 2)
        #expect(lost.err.contains("the spec is not there"), "\(lost.err)")
    }

    @Test func `hybrid resumes what a killed program began`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            ["a", "b"].map {
                Self.job(
                    $0,
                    """
                    echo once >> "$ROOT/began-\($0)"
                    tries=0
                    while [ ! -e "$ROOT/go" ]; do tries=$((tries + 1)); [ $tries -lt 600 ] || exit 1; sleep 0.1; done
                    echo \($0) > \($0).txt
                    """)
            })
        let program = Process()
        program.executableURL = URL(fileURLWithPath: try Self.program("EmbeddedPlan"))
        program.arguments = [bench.repo, plan]
        program.environment = hermetic(home: bench.sandbox.home, extra: ["ROOT": bench.sandbox.root])
        program.standardOutput = FileHandle.nullDevice
        program.standardError = FileHandle.nullDevice
        try program.run()
        try wait(for: "both workers") {
            bench.sandbox.read("began-a") != nil && bench.sandbox.read("began-b") != nil
        }
        kill(program.processIdentifier, SIGKILL)
        program.waitUntilExit()
        #expect(try bench.workers() == ["a": "running", "b": "running"])
        try bench.sandbox.write("", to: "go")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        for name in ["a", "b"] {
            #expect(try bench.text("\(name).txt") == "\(name)\n")
            #expect(bench.sandbox.read("began-\(name)") == "once\n")
        }
        try bench.expectTidy()
    }
}
