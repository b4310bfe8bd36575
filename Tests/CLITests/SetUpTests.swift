import Foundation
import TestSupport
import Testing

/// What makes fresh worktrees ready to work: `Setup:` of a plan and of a job, and `hybrid.setup`.
@Suite struct SetUpTests {
    private func bench(_ more: [String: String] = [:]) throws -> Bench {
        try Bench(["README": "base\n", ".gitignore": ".ready\nhalf\n"].merging(more) { $1 })
    }

    private func job(_ name: String, _ command: String = "", setup: String? = nil) -> PlannedJob {
        PlannedJob(
            name, ["\(name).txt"], "\(command)\necho \(name) > \(name).txt",
            more: setup.map { ["setup": "[\(quoted($0))]"] } ?? [:])
    }

    private func quoted(_ text: String) -> String {
        String(
            decoding: try! JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed),
            as: UTF8.self)
    }

    private func lines(_ bench: Bench, _ file: String) -> [String] {
        (bench.sandbox.read(file) ?? "").split(separator: "\n").map(String.init)
    }

    /// A line that says where it runs, and leaves what shows that it ran.
    private static let says =
        "echo \"${PWD##*/} $HYBRID_JOB $(git config core.hooksPath || echo none)\" >> \"$ROOT/ran\"; touch .ready"

    @Test(arguments: ["plan", "settings"])
    func itRunsOnceInEveryFreshWorktree(said: String) throws {
        let bench = try bench()
        if said == "settings" { try bench.sandbox.git("config", "hybrid.setup", Self.says) }
        let worker = """
            [ -e .ready ] || exit 7
            env | grep '^HYBRID_' | sort > "$ROOT/$HYBRID_JOB.env"
            """
        let plan = try bench.plan(
            [
                job("a", worker, setup: "echo own >> \"$ROOT/ran\"; [ -e .ready ]"),
                job("b", worker + "\ngit commit --allow-empty 2> \"$ROOT/editor\""),
            ],
            verify: ["[ -e .ready ]"],
            more: ["ports": "12"].merging(said == "plan" ? ["setup": quoted(Self.says)] : [:]) { $1 })
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let told = lines(bench, "ran")
        // The base, two workers, the merged tree; and the job's own, in its worktree alone.
        #expect(
            told.filter { $0 != "own" }.sorted() == [
                "_check-1 orchestrator none", "_check-1 orchestrator none", "a a none", "b b none",
            ], "\(told)")
        #expect(told.count { $0 == "own" } == 1)
        try bench.expectTidy()
        var numbers: Set<String> = []
        for name in ["a", "b"] {
            let values = Dictionary(
                uniqueKeysWithValues: lines(bench, "\(name).env").map { line -> (String, String) in
                    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    return (String(parts[0]), String(parts[1]))
                })
            #expect(values["HYBRID_MAIN_WORKTREE"] == bench.repo)
            let ports = try #require(values["HYBRID_PORTS"]).split(separator: " ").compactMap { Int($0) }
            let first = try #require(values["HYBRID_PORT"].flatMap { Int($0) })
            #expect(ports == Array(first..<first + 12))
            numbers.insert(try #require(values["HYBRID_SLOT"]))
        }
        // Both ran at once, each with numbers of its own.
        #expect(numbers.count == 2)
        #expect(bench.sandbox.read("editor")?.contains("nobody can edit here") == true)
    }

    @Test func aFailureIsNoRedBaseAndTheRunGoesOnOnceMended() throws {
        let bench = try bench()
        let plan = try bench.plan(
            [job("a")], more: ["setup": quoted("echo wants a key; [ -e \"$ROOT/key\" ]")])
        let ran = try bench.hybrid("run", plan, "--json")
        #expect(ran.code == 2)
        #expect(ran.out.contains("set-up-failed"), "\(ran.out)")
        #expect(ran.out.contains("wants a key") && ran.out.contains("set-up"), "\(ran.out)")
        #expect(!ran.out.contains("red"), "\(ran.out)")
        #expect(try bench.state() == "preparing")
        let status = try bench.hybrid("status")
        #expect(status.out.contains("wants a key") && status.out.contains("hybrid resume"), "\(status.out)")
        try bench.sandbox.write("", to: "key")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        #expect(try bench.text("a.txt") == "a\n")
        try bench.expectTidy()
    }

    @Test func oneWorkersSetUpFailsAloneAndIsTriedAgain() throws {
        let bench = try bench()
        try bench.sandbox.git("config", "hybrid.setupTimeout", "1 second")
        let plan = try bench.plan(
            [
                job("a", "echo said"),
                job("b", setup: "[ -e \"$ROOT/key\" ] || { echo wants a key; exit 3; }"),
                job("c", setup: "[ -e \"$ROOT/key\" ] || sleep 60"),
            ], more: ["setup": quoted("true")])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["a": "merged", "b": "set-up-failed", "c": "set-up-failed"])
        for text in ["exited with code 3", "wants a key", "/_set-up/b/", "ran out of time"] {
            #expect(ran.out.contains(text), "\(text) is not in \(ran.out)")
        }
        #expect(try bench.hybrid("log", "b").out == "wants a key\n")
        #expect(try bench.hybrid("log", "a").out == "said\n")
        #expect(try bench.hybrid("log", "a", "--set-up").out == "")
        #expect(try bench.hybrid("log", "x").code == 2)
        try bench.sandbox.write("", to: "key")
        #expect(try bench.hybrid("retry", "b").code == 1)
        let again = try bench.hybrid("retry", "c")
        #expect(again.code == 0, "\(again.out)\(again.err)")
        try bench.expectTidy()
    }

    /// As husky does: the first set-up is the user's, the same once more is no change, another one is.
    @Test(arguments: [false, true])
    func whatItSaysToAllWorktreesIsComparedFromThenOn(changes: Bool) throws {
        let bench = try bench(["package.json": "{}\n"])
        let value = changes ? "$([ -e \"$ROOT/first\" ] && echo .evil || echo .husky)" : ".husky"
        let setup = "git config core.hooksPath \"\(value)\"; echo x >> \"$ROOT/first\""
        let ran = try bench.hybrid(
            "run", bench.plan([job("a"), job("b")], more: ["setup": quoted(setup)]))
        #expect(ran.code == (changes ? 2 : 0), "\(ran.out)\(ran.err)")
        #expect(ran.err.contains("core.hookspath") == changes || !changes, "\(ran.err)")
        #expect(try bench.text("a.txt") == (changes ? nil : "a\n"))
        #expect(lines(bench, "first").count >= 3)
    }

    @Test func inATreeWhoseInputsAWorkerChangedNoHookRuns() throws {
        let bench = try bench(["package.json": "{}\n"])
        let worker = PlannedJob("a", ["package.json"], "echo '{ }' > package.json")
        let ran = try bench.hybrid("run", bench.plan([worker], more: ["setup": quoted(Self.says)]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(
            lines(bench, "ran").map { $0.split(separator: " ").last.map(String.init) } == [
                "none", "none", "/dev/null",
            ])
        #expect(ran.err.contains("package.json was changed by a worker"), "\(ran.err)")
    }

    @Test func aSetUpThatAWorkerBreaksIsTracedToIt() throws {
        let bench = try bench()
        let bad = PlannedJob("b", ["bad"], "touch bad")
        let plan = try bench.plan(
            [job("a"), bad],
            more: [
                "setup": quoted("[ ! -e bad ] || { echo cannot install; exit 1; }"), "land_the_rest": "true",
            ])
        let ran = try bench.hybrid("run", plan)
        #expect(try bench.workers() == ["a": "landed", "b": "verification-failed"], "\(ran.out)\(ran.err)")
        #expect(ran.out.contains("the set-up `") && ran.out.contains("cannot install"), "\(ran.out)")
    }

    @Test(arguments: ["before", "after"])
    func aKillInTheMiddleOfItLeavesNoHalfOfIt(side: String) throws {
        let bench = try bench()
        // Half a set-up is seen by what it left.
        let setup = "[ ! -e half ] || exit 9; touch half; sleep 1; rm half; touch .ready"
        let plan = try bench.plan(
            [job("a", "[ -e .ready ]"), job("b", "[ -e .ready ]")], verify: [], more: ["setup": quoted(setup)]
        )
        // The first worker's, while nobody works; and the second's, beside the first worker.
        for time in [1, 2] {
            let killed = try bench.hybrid(
                time == 1 ? "run" : "resume", time == 1 ? plan : try bench.run(),
                environment: ["HYBRID_FAILPOINT": "set-up:\(side)=kill#\(time)"])
            #expect(killed.code == 137 || killed.code == 9, "\(killed.code) \(killed.out)\(killed.err)")
        }
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 1, "\(resumed.out)\(resumed.err)")
        #expect(try bench.state() == "unverified", "\(resumed.out)\(resumed.err)")
        #expect(try bench.workers() == ["a": "merged", "b": "merged"])
        #expect(try bench.hybrid("land", "--unverified").code == 0)
        try bench.expectTidy()
    }

    @Test func peopleGetReadyWorktrees() throws {
        let bench = try bench()
        let plan = try bench.plan(
            [PlannedJob("a", ["a.txt"], nil), PlannedJob("b", ["b.txt"], nil)],
            more: ["setup": quoted(Self.says)])
        let started = try bench.hybrid("start", plan)
        #expect(started.code == 0, "\(started.out)\(started.err)")
        for name in ["a", "b"] {
            #expect(try bench.sandbox.read(bench.worktree(name) + "/.ready") != nil)
        }
    }

    /// Python with a virtual environment and hooks that a set-up installs, secrets beside it: nothing of it is committed.
    @Test func aProjectWithAnEnvironmentHooksAndSecretsLands() throws {
        let bench = try bench([
            ".gitignore": ".venv/\n.env\n.hooks/\n", ".worktreeinclude": ".env\n",
            "tests/test_a.py":
                "import os, sys, unittest\nclass T(unittest.TestCase):\n    def test_here(self):\n"
                + "        self.assertEqual(os.path.realpath(sys.prefix), os.path.realpath('.venv'))\n",
        ])
        try bench.sandbox.write("KEY=7\n", to: "repo/.env")
        // As husky's does, the set-up makes hooks that git does not hold, and says where they are.
        let install =
            "git config core.hooksPath .hooks; mkdir -p .hooks; "
            + "printf '#!/bin/sh\\necho seen >> \"$ROOT/hooked\"\\n' > .hooks/pre-commit; chmod +x .hooks/pre-commit"
        let worker = ". ./.env; .venv/bin/python -c \"open('a.py', 'w').write('A = $KEY\\n')\""
        let plan = try bench.plan(
            [
                PlannedJob("a", ["a.py"], worker),
                PlannedJob("b", ["b.py"], "cp tests/test_a.py b.py; git add b.py; git commit -qm b"),
            ],
            verify: [".venv/bin/python -m unittest discover -s tests"],
            more: ["setup": "[\"python3 -m venv --without-pip .venv\", \(quoted(install))]"])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("a.py") == "A = 7\n")
        let landed = try bench.sandbox.git("ls-tree", "-r", "--name-only", "main").split(separator: "\n")
        #expect(landed == [".gitignore", ".worktreeinclude", "README", "a.py", "b.py", "tests/test_a.py"])
        // A worker's own commit meets the hooks of its worktree.
        #expect(bench.sandbox.read("hooked") == "seen\n")
        try bench.expectTidy()
    }
}
