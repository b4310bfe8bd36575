import Foundation
import TestSupport
import Testing

/// `hybrid claim add`.
@Suite struct ClaimTests {
    @Test func `a worker that asks gets what nobody holds, and it counts in the audit`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([
            PlannedJob(
                "Alpha", ["alpha.txt"],
                """
                echo a > alpha.txt
                '\(bench.program)' claim add extra.txt || exit 1
                echo more > extra.txt; git add -A; git commit -qm all
                '\(bench.program)' claim add beta.txt && exit 1
                true
                """), PlannedJob("Beta", ["beta.txt"], "sleep 0.5; echo beta > beta.txt"),
        ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("extra.txt") == "more\n")
        #expect(ran.out.contains("claim: Alpha asked for extra.txt"), "\(ran.out)")
        let report = try Bench.object(bench.hybrid("report", "--json"))
        let findings = try #require(report["findings"] as? [[String: Any]])
        #expect(
            findings.contains { $0["kind"] as? String == "claim" && $0["path"] as? String == "extra.txt" })
    }

    private func started() throws -> Bench {
        let bench = try Bench(["README": "base\n", "docs/a": "1\n"])
        let plan = try bench.plan(
            [
                PlannedJob("Alpha", ["alpha.txt"], nil), PlannedJob("Beta", ["beta/**", "x*.txt"], nil),
                PlannedJob("Later", ["later.txt"], nil, more: ["needs": #"["Alpha"]"#]),
            ], more: ["orchestrator": #"{"files": ["README"], "estimate": "5 minutes"}"#])
        try #require(try bench.hybrid("start", plan).code == 0)
        return bench
    }

    /// What is refused changes nothing: one run answers all.
    @Test func `what somebody holds is refused with the holder`() throws {
        let bench = try started()
        for (path, holder) in [
            ("beta", "Beta"), ("beta/deep/file", "Beta"), ("BETA/file", "Beta"), ("*/file", "Beta"),
            ("**", "Beta"),
            ("xy.txt", "Beta"), ("*y.txt", "Beta"), ("later.txt", "Later"), ("README", "the orchestrator"),
        ] {
            let answer = try bench.hybrid("claim", "add", path, "--job", "alpha")
            #expect(answer.code == 1, "\(path): \(answer)")
            #expect(answer.out.contains("\(holder) holds"), "\(path): \(answer.out)")
            let json = try Bench.object(bench.hybrid("claim", "add", path, "--job", "alpha", "--json"))
            #expect(json["granted"] as? Bool == false && json["holder"] as? String == holder, "\(path)")
        }
    }

    @Test func `what no plan may hold is not granted`() throws {
        let bench = try started()
        for path in [
            "../x", "/abs", "a//b", ".git/config", ".GIT", "a/../b", "C:x", "", "a.py::f", "a.py#L3", "!a",
            "a -> b",
        ] {
            let answer = try bench.hybrid("claim", "add", path, "--job", "alpha")
            #expect(answer.code == 2, "\(path): \(answer)")
        }
    }

    @Test func `a grant is at once in everybody's claims, once, and holds against others`() throws {
        let bench = try started()
        let (alpha, beta) = try (bench.worktree("alpha"), bench.worktree("beta"))
        #expect(try bench.hybrid("guard", "docs/a", in: alpha).code == 1)
        let granted = try bench.hybrid("claim", "add", "docs/**", "--job", "alpha", "--kind", "edit")
        #expect(granted.code == 0, "\(granted)")
        #expect(try bench.hybrid("guard", "docs/a", in: alpha).code == 0)
        #expect(try bench.hybrid("guard", "docs/a", in: beta).out.contains("Alpha holds it"))
        #expect(
            try bench.hybrid("claim", "add", "docs/a", "--job", "beta").out.contains("Alpha holds docs/**"))
        #expect(
            try bench.hybrid("claim", "add", "docs/**", "--job", "alpha", "--kind", "edit").out.contains(
                "already"))
        // The kind that was granted is the kind that counts.
        #expect(try bench.hybrid("guard", "docs/new", in: alpha).out.contains("claimed for edit only"))
        #expect(try bench.hybrid("claim", "add", "docs/new", "--job", "alpha", "--kind", "read").code == 64)
        #expect(try bench.hybrid("claim", "add", "x").code == 64)
        #expect(try bench.hybrid("claim", "add", "x", "--job", "nobody").code == 2)
    }

    /// Who is checked does not choose the check: by name, and within whatever is given.
    @Test func `hooks, CI and what verifies are only the plan's to give`() throws {
        let bench = try Bench(["README": "base\n", "check.sh": "true\n", "tests/test_a.py": "\n"])
        let plan = try bench.plan(
            [
                PlannedJob("Alpha", ["alpha.txt"], nil),
                PlannedJob("Beta", [".circleci/config.yml", "beta.txt"], nil),
            ], verify: ["sh ./check.sh || make test", "true || python3 -m unittest discover -s tests"])
        try #require(try bench.hybrid("start", plan).code == 0)
        for path in [
            ".github/workflows/ci.yml", ".github/**", ".GitHub/workflows/new.yml", ".gitlab-ci.yml",
            "Jenkinsfile",
            ".circleci", ".husky/pre-commit", ".pre-commit-config.yaml", "lefthook.yml",
            ".claude/settings.json",
            "check.sh", "./check.sh", "Makefile", "tests/test_new.py", "deep/conftest.py",
            ".github/workflows/*.yml", "jest.config.ts",
        ] {
            let asked = try bench.hybrid("claim", "add", path, "--job", "alpha")
            #expect(asked.code == 1, "\(path): \(asked)")
            #expect(asked.out.contains("which only the plan can give"), "\(path): \(asked.out)")
            let json = try bench.hybrid("claim", "add", path, "--job", "alpha", "--json")
            #expect(try Bench.object(json)["granted"] as? Bool == false, "\(path)")
        }
        let json = try bench.hybrid("claim", "add", "Makefile", "--job", "alpha", "--json")
        try bench.expectValid(json, bench.hybrid("schema", "claim"))
        // What the plan gave is held already, and what is like it is free.
        #expect(try bench.hybrid("claim", "add", ".circleci/config.yml", "--job", "beta").code == 0)
        for free in ["src/hooks.py", "docs/ci.md", "check.py", "src", "*.txt2"] {
            let given = try bench.hybrid("claim", "add", free, "--job", "alpha")
            #expect(given.code == 0, "\(free): \(given)")
        }
    }

    @Test func `a wider grant gives nothing that only the plan gives`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([
            PlannedJob(
                "Alpha", ["alpha.txt"],
                "'\(bench.program)' claim add 'src/**' && mkdir src && echo a > src/a && echo x > src/conftest.py"
            )
        ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers()["alpha"] == "breach")
        #expect(
            ran.out.contains("Alpha touched src/conftest.py") && ran.out.contains("only the plan can give it")
        )
        #expect(!ran.out.contains("touched src/a"))
    }

    /// A grant counts once the worker has its answer, and not before.
    @Test func `what could not be told is not granted`() throws {
        let bench = try started()
        let alpha = try bench.worktree("alpha")
        func ask(_ rest: String) throws -> Outcome {
            try bench.sandbox.run(
                "sh", "-c", "'\(bench.program)' claim add docs/a --job alpha \(rest)", in: "repo")
        }
        for rest in [">/dev/full", ">&-"] {
            let unheard = try ask(rest)
            #expect(unheard.code == 2 && unheard.err.contains("was not granted"), "\(rest): \(unheard)")
            #expect(try bench.hybrid("guard", "docs/a", in: alpha).code == 1)
            #expect(try !bench.hybrid("report").out.contains("asked for docs/a"))
        }
        // A claims file that cannot be replaced.
        let path = bench.repo + "/.git/worktrees/\(try bench.run())-beta/hybrid-claims"
        try bench.shell("rm '\(path)' && mkdir -p '\(path)/in the way'")
        let failed = try ask("")
        #expect(failed.code == 2 && failed.err.contains("does not count"), "\(failed)")
        #expect(try bench.hybrid("guard", "docs/a", in: alpha).code == 1)
        try bench.shell("rm -r '\(path)'")
        #expect(try ask("").code == 0)
        #expect(try bench.hybrid("guard", "docs/a", in: alpha).code == 0)
        try bench.shell("echo 2 > docs/a", in: alpha)
        try bench.shell("echo b > x1.txt", in: bench.worktree("beta"))
        try bench.hybrid("merge")
        #expect(try bench.workers()["alpha"] == "merged")
    }

    @Test(.enabled(if: UnwritableTests.mayMount))
    func `in a sandbox it is said that nothing is granted, and what helps`() throws {
        let bench = try started()
        let git = bench.repo + "/.git"
        let alpha = try bench.worktree("alpha")
        let line =
            "mount --bind '\(git)' '\(git)' && mount -o remount,ro,bind '\(git)' && exec '\(bench.program)' claim add docs/a"
        let asked = try bench.sandbox.run(
            "unshare", "-m", "sh", "-c", line, in: alpha,
            environment: ["HYBRID_JOB": "alpha", "HYBRID_RUN": bench.run()])
        #expect(asked.code == 2 && asked.err.contains("does not count"), "\(asked)")
        #expect(try bench.hybrid("guard", "docs/a", in: alpha).code == 1)
        let typed = try #require(asked.err.firstMatch(of: /hybrid (claim add [^;]*)/))
        let words = typed.1.split(whereSeparator: \.isWhitespace).map {
            String($0).replacingOccurrences(of: "'", with: "")
        }
        #expect(try bench.hybrid(list: words).code == 0)
        #expect(try bench.hybrid("guard", "docs/a", in: alpha).code == 0)
    }

    @Test func `many that ask for one path at once: one gets it`() throws {
        let bench = try Bench(["README": "base\n"])
        let names = (0..<6).map { "job-\($0)" }
        try #require(
            try bench.hybrid("start", bench.plan(names.map { PlannedJob($0, ["\($0).txt"], nil) })).code == 0)
        let granted = Granted()
        DispatchQueue.concurrentPerform(iterations: names.count) { index in
            if let answer = try? bench.hybrid("claim", "add", "shared.txt", "--job", names[index]),
                answer.code == 0
            {
                granted.add(names[index])
            }
        }
        #expect(granted.all.count == 1, "\(granted.all)")
        let holders = try names.filter {
            try bench.hybrid("guard", "shared.txt", in: bench.worktree($0)).code == 0
        }
        #expect(holders == granted.all)
    }

    private final class Granted: @unchecked Sendable {
        private let lock = NSLock()
        private var names: [String] = []
        var all: [String] { lock.withLock { names } }
        func add(_ name: String) { lock.withLock { names.append(name) } }
    }
}
