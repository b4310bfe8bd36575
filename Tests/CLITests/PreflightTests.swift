import Foundation
import TestSupport
import Testing

/// What `run` refuses, `check` has said, in the same words, and nothing was made.
@Suite struct PreflightTests {
    /// What is in the way: how it comes there, what it is called, what is said of it.
    struct Obstacle: CustomTestStringConvertible, Sendable {
        var id: String
        var setUp: String
        var words: String
        var command = "echo a > alpha.txt"
        var environment: [String: String] = [:]
        var code: Int32 = 2
        var testDescription: String { id + " " + setUp.prefix(30) }
    }

    static let obstacles = [
        Obstacle(id: "identity", setUp: ": > \"$ROOT/home/.gitconfig\"", words: "git config user.name NAME"),
        Obstacle(
            id: "identity", setUp: ":", words: "unset GIT_AUTHOR_DATE",
            environment: ["GIT_AUTHOR_DATE": "tomorrow, perhaps"]),
        Obstacle(id: "setting", setUp: "git config hybrid.hooks maybe", words: "--unset hybrid.hooks"),
        Obstacle(
            id: "setting", setUp: "git config hybrid.hookTimeout soon",
            words: "git config hybrid.hookTimeout \"10 minutes\""),
        Obstacle(
            id: "setting", setUp: "git config hybrid.verifyTimeout '0 minutes'",
            words: "git config hybrid.verifyTimeout \"30 minutes\""),
        Obstacle(id: "setting", setUp: "git config hybrid.traceBudget many", words: "hybrid.traceBudget 72"),
        Obstacle(id: "setting", setUp: "git config hybrid.jobs all", words: "git config hybrid.jobs 8"),
        Obstacle(id: "setting", setUp: "git config hybrid.commits rebase", words: "none of merge, octopus"),
        Obstacle(id: "setting", setUp: "git config hybrid.guard never", words: "none of deny, ask, warn"),
        Obstacle(id: "setting", setUp: "git config commit.gpgsign perhaps", words: "neither true nor false"),
        Obstacle(
            id: "signing", setUp: "git config commit.gpgsign true; git config gpg.program /no/such/gpg",
            words: "cannot run /no/such/gpg"),
        Obstacle(id: "branch", setUp: "git branch hybrid", words: "git branch -m hybrid NEW-NAME"),
        Obstacle(id: "worktrees", setUp: ": > ../repo.hybrid", words: "git config hybrid.worktrees FOLDER"),
        Obstacle(
            id: "worktrees", setUp: "git config hybrid.worktrees \"$(printf '../a\\nb')\"",
            words: "line break"),
        Obstacle(id: "worktrees", setUp: "git config hybrid.worktrees '../end '", words: "ends with a space"),
        Obstacle(
            id: "git", setUp: "mkdir ../none", words: "git: it is not on PATH",
            environment: ["PATH": "../none"]),
        Obstacle(
            id: "program", setUp: ":", words: "no-such-program-here is not on PATH",
            command: "no-such-program-here --task 'do it'"),
        Obstacle(
            id: "program", setUp: ":", words: "/no/such/program is not there", command: "/no/such/program"),
        Obstacle(
            id: "other-run",
            setUp: "'PROGRAM' start '../plan.json' > /dev/null 2>&1", words: "alpha.txt", code: 1),
    ]

    @Test(arguments: obstacles) func `is told and refused in the same words`(_ obstacle: Obstacle) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], obstacle.command)])
        try bench.shell(obstacle.setUp.replacing("PROGRAM", with: bench.program))
        let before = try bench.refs()
        let checked = try bench.hybrid("check", plan, "--json", environment: obstacle.environment)
        #expect(checked.code == 1, "\(checked.out)\(checked.err)")
        let answer = try Bench.object(checked)
        let findings = try #require(answer["preflight"] as? [[String: Any]])
        let found = try #require(findings.first { $0["id"] as? String == obstacle.id }, "\(findings)")
        let text = try #require(found["text"] as? String)
        #expect(text.contains(obstacle.words), "\(text)")
        #expect(found["refused_by"] as? [String] == (obstacle.id == "program" ? ["run"] : ["run", "start"]))
        #expect(answer["may_run"] as? Bool == false)
        try bench.expectValid(checked, bench.hybrid("schema", "check"))
        #expect(
            try bench.hybrid("check", plan, environment: obstacle.environment).out.contains(obstacle.words))

        let ran = try bench.hybrid("run", plan, environment: obstacle.environment)
        #expect(ran.code == obstacle.code, "\(ran.out)\(ran.err)")
        // Without git even the settings cannot be asked for.
        #expect(
            obstacle.id == "git"
                || ran.err.split(whereSeparator: \.isNewline).joined(separator: " ").contains(
                    text.split(whereSeparator: \.isNewline).joined(separator: " ")),
            "\(ran.err)\n\(text)")
        #expect(try bench.refs() == before)
        #expect(bench.sandbox.read("repo/alpha.txt") == nil)
    }

    @Test func `all that is in the way is said at once`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], "no-such-program-here")])
        try bench.shell("git branch hybrid; : > ../repo.hybrid")
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 2)
        for words in ["branch hybrid", "repo.hybrid", "no-such-program-here", "nothing was launched"] {
            #expect(ran.err.contains(words), "\(ran.err)")
        }
    }

    /// What may be gone when it matters, or comes by itself, is told and stops nothing.
    static let warnings: [(String, String, String)] = [
        ("uncommitted", "echo mine > README", "commit or stash it"),
        ("untracked", "echo mine > alpha.txt", "alpha.txt"),
        (
            "checkout-busy",
            "git switch -qc other; git commit -q --allow-empty -m o; git switch -q main; git commit -q --allow-empty -m m; git merge -q --no-commit --no-ff -s ours other",
            "is under way"
        ),
    ]

    @Test(arguments: warnings) func `may hold a landing up, and is told`(
        _ id: String, _ setUp: String, _ words: String
    ) throws {
        let bench = try Bench(["README": "base\n", "other": "1\n"])
        let plan = try bench.plan([
            PlannedJob("Alpha", ["alpha.txt", "README"], "echo a > alpha.txt; echo b > README")
        ])
        try bench.shell(setUp)
        let checked = try bench.hybrid("check", plan, "--json")
        #expect(checked.code == 0, "\(checked.out)\(checked.err)")
        let findings = try #require(try Bench.object(checked)["preflight"] as? [[String: Any]])
        let found = try #require(findings.first { $0["id"] as? String == id }, "\(findings)")
        let text = try #require(found["text"] as? String)
        #expect(text.contains(words), "\(text)")
        #expect(found["refused_by"] as? [String] == [])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == 1 && ran.err.contains(text), "\(ran.out)\(ran.err)")
        #expect(try bench.state() == "landing-pending")
    }

    @Test(arguments: [
        ("no-such-program-here || true", "warned"), ("cd / && no-such-program-here", "nothing"),
        ("X=1 no-such-program-here", "nothing"), ("./made-later.sh", "warned"), ("[ -e README ]", "nothing"),
        ("if true; then :; fi", "nothing"), ("git status", "nothing"), ("f() { :; }; f", "nothing"),
        ("$SHELL -c true", "nothing"),
    ])
    func `what only a shell can tell is no refusal`(_ command: String, _ expected: String) throws {
        let bench = try Bench(["README": "base\n"])
        let checked = try bench.hybrid(
            "check", bench.plan([PlannedJob("Alpha", ["alpha.txt"], command)]), "--json")
        #expect(checked.code == 0, "\(checked.out)\(checked.err)")
        let findings = try #require(try Bench.object(checked)["preflight"] as? [[String: Any]])
        #expect(findings.map { $0["id"] as? String } == (expected == "warned" ? ["program"] : []))
        #expect(findings.allSatisfy { $0["refused_by"] as? [String] == [] })
    }

    @Test func `a plan without commands is for start, and check says that run refuses it`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], nil)])
        let checked = try bench.hybrid("check", plan, "--json")
        #expect(checked.code == 0)
        let findings = try #require(try Bench.object(checked)["preflight"] as? [[String: Any]])
        #expect(findings.map { $0["refused_by"] as? [String] } == [["run"]])
        #expect(try bench.hybrid("run", plan).code == 2)
        #expect(try bench.hybrid("start", plan).code == 0)
    }

    /// What a check says of a plan, by the names of what it found, and who would refuse to begin.
    private func found(_ bench: Bench, _ plan: String) throws -> [(text: String, refusedBy: [String])] {
        let checked = try bench.hybrid("check", plan, "--json")
        let findings = try #require(try Bench.object(checked)["preflight"] as? [[String: Any]])
        return try findings.map {
            (try #require($0["text"] as? String), try #require($0["refused_by"] as? [String]))
        }
    }

    @Test func `what the plan's other commands lack is told, and only what must run first is refused`() throws
    {
        let bench = try Bench(["README": "base\n", "have.sh": ""])
        let job = PlannedJob(
            "Alpha", ["alpha.txt"], "echo a > alpha.txt", more: ["verify": "[\"no-own-check\"]"])
        let plan = try bench.plan(
            [job], verify: ["no-check --all", "./have.sh"],
            more: [
                "orchestrator": "{\"estimate\": \"5 minutes\", \"integrate\": \"no-integrate\"}",
                "hot": "[{\"path\": \"a.lock\", \"policy\": \"regenerate\", \"command\": \"no-lock\"}]",
            ])
        let told = try found(bench, plan)
        let programs = ["no-check", "no-own-check", "no-integrate", "no-lock"]
        #expect(told.count == 4, "\(told)")
        for (finding, program) in zip(told, programs) {
            #expect(finding.text.contains("its program \(program) is not on PATH"), "\(finding.text)")
            #expect(finding.refusedBy == [])
        }
        let prepared = try bench.plan(
            [job], more: ["orchestrator": "{\"estimate\": \"5 minutes\", \"prepare\": \"no-prepare\"}"])
        #expect(try found(bench, prepared).map(\.refusedBy) == [["run", "start"], []])
        for command in ["run", "start"] {
            let ran = try bench.hybrid(command, prepared)
            #expect(ran.code == 2 && ran.err.contains("no-prepare is not on PATH"), "\(ran.err)")
            #expect(try bench.refs("refs/hybrid/") == [:])
        }
    }

    private static let pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "ab", count: 32))\nsize 3\n"

    @Test(arguments: [
        ("*.bin filter=lfs", nil, "git lfs install && git lfs pull"),
        ("*.bin filter=lfs", "git config filter.lfs.smudge cat", "git lfs fetch"),
        ("*.bin -filter", nil, nil), ("*.dat filter=lfs", nil, nil),
    ])
    func `content of Git LFS that is not here is told, and refuses nothing`(
        _ attributes: String, _ setUp: String?, _ said: String?
    ) throws {
        let bench = try Bench([
            "a.bin": Self.pointer, ".gitattributes": attributes + "\n", "b.bin": "plain\n",
        ])
        if let setUp { try bench.shell(setUp) }
        let told = try found(bench, bench.plan([PlannedJob("Alpha", ["new.bin"], "true")]))
        #expect(told.count == (said == nil ? 0 : 1), "\(told)")
        #expect(
            told.allSatisfy {
                $0.refusedBy == [] && $0.text.contains(said ?? "?") && $0.text.contains("a.bin:")
            },
            "\(told)")
    }
}
