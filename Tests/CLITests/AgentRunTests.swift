import Foundation
import TestSupport
import Testing

/// Jobs that an agent does, with programs that behave as the real ones do: their calls, hooks and streams of events.
@Suite struct AgentRunTests {
    /// A stand-in for Claude Code: calls the hooks of its settings file, writes a file named `alpha.txt`, says its result.
    ///
    /// CLAUDE_DOES: `fails` says that it failed, `hookless` leaves the hooks out.
    private static let claude = """
        #!/usr/bin/env python3
        import json, os, subprocess, sys
        arguments = sys.argv[1:]
        for word in ["-p", "stream-json", "--verbose", "--include-hook-events", "acceptEdits"]:
            assert word in arguments, (word, arguments)
        assert os.environ["CLAUDE_CODE_DISABLE_BACKGROUND_TASKS"] == "1"
        prompt = arguments[-1]
        settings = json.load(open(arguments[arguments.index("--settings") + 1]))
        assert settings["disableAllHooks"] is False and settings["permissions"]["defaultMode"] == "acceptEdits"
        does = os.environ.get("CLAUDE_DOES", "")
        if "What went wrong the last time" in prompt: does = ""
        def hook(event, call):
            for group in settings["hooks"][event]:
                for one in group["hooks"]:
                    done = subprocess.run(["sh", "-c", one["command"]], input=json.dumps(call), text=True, capture_output=True)
                    if done.returncode == 2 or "deny" in done.stdout: return done.stdout + done.stderr
        def write(path):
            call = {"cwd": os.getcwd(), "tool_name": "Write", "tool_input": {"file_path": os.path.abspath(path), "content": "x"}}
            refusal = None if does == "hookless" else hook("PreToolUse", call)
            if refusal is None: open(path, "w").write("made\\n")
            else: print(json.dumps({"type": "user", "message": {"content": [{"is_error": True, "content": refusal}]}}))
        if does != "hookless": hook("SessionStart", {})
        write("alpha.txt")
        write("beta.txt")
        failed = does == "fails"
        text = "I could not finish." if failed else "I wrote alpha.txt."
        print(json.dumps({"is_error": failed, "subtype": "success", "result": text, "type": "result"}))
        """

    /// A repository with this program first on PATH.
    private func bench(_ programs: [String: String]) throws -> (Bench, [String: String]) {
        let bench = try Bench(["README": "base\n", "api.txt": "api\n"])
        for (name, text) in programs {
            try bench.sandbox.write(text + "\n", to: "bin/" + name)
            try bench.shell("chmod +x ../bin/\(name)")
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return (bench, ["PATH": bench.sandbox.root + "/bin:" + path])
    }

    private func alpha(_ more: [String: String] = [:]) -> PlannedJob {
        PlannedJob(
            "Alpha", ["alpha.txt"], nil,
            more: ["task": #""Write alpha as api.txt wants it""#, "dependencies": #"["api.txt"]"#].merging(
                more
            ) { $1 })
    }

    private let beta = PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt")

    @Test func `an agent gets a brief, is guarded, and what it did lands`() throws {
        let (bench, path) = try bench(["claude": Self.claude])
        let plan = try bench.plan(
            [alpha(["verify": #"["test -e alpha.txt"]"#]), beta],
            more: ["agent": #""claude""#, "conventions": #""Names in lower case""#])
        let ran = try bench.hybrid("run", plan, environment: path)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.text("alpha.txt") == "made\n" && bench.text("beta.txt") == "beta\n")
        let brief = try #require(try bench.sandbox.read(bench.attempt("alpha", 1) + "/brief.md"))
        for part in [
            "Write alpha as api.txt wants it", "- alpha.txt", "- api.txt", "Names in lower case",
            "test -e alpha.txt",
            "claim add PATH",
        ] { #expect(brief.contains(part), "\(part): \(brief)") }
        // Its write of another's file was refused, in words that the model reads.
        let log = try #require(try bench.sandbox.read(bench.attempt("alpha", 1) + "/log"))
        #expect(log.contains("may not write beta.txt") && log.contains("Beta holds it"), "\(log)")
        #expect(try !bench.hybrid("report", environment: path).out.contains("never called the guard"))
    }

    @Test
    func `an agent that says it failed has failed, whatever its exit code, and the next attempt hears why`()
        throws
    {
        let (bench, path) = try bench(["claude": Self.claude])
        let fails = path.merging(["CLAUDE_DOES": "fails"]) { $1 }
        let plan = try bench.plan([alpha(["agent": #""claude""#]), beta])
        let ran = try bench.hybrid("run", plan, environment: fails)
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers()["alpha"] == "failed")
        #expect(
            ran.out.contains("it says that it failed") && ran.out.contains("I could not finish."),
            "\(ran.out)")
        #expect(try bench.rescued("alpha").count == 1)
        #expect(try bench.hybrid("retry", "alpha", environment: fails).code == 0)
        #expect(try bench.text("alpha.txt") == "made\n")
        let brief = try #require(try bench.sandbox.read(bench.attempt("alpha", 2) + "/brief.md"))
        #expect(
            brief.contains("What went wrong the last time") && brief.contains("it says that it failed"),
            "\(brief)")
    }

    @Test func `an agent whose hooks are never called is named, and the audit finds what it did`() throws {
        let (bench, path) = try bench(["claude": Self.claude])
        let plan = try bench.plan([alpha(["agent": #""claude""#]), beta])
        let ran = try bench.hybrid("run", plan, environment: path.merging(["CLAUDE_DOES": "hookless"]) { $1 })
        #expect(ran.code == 1)
        #expect(ran.out.contains("claude never called the guard"), "\(ran.out)")
        #expect(try bench.workers()["alpha"] == "breach")
    }

    @Test func `a command finds what went wrong before in a file`() throws {
        let bench = try Bench(["README": "base\n"])
        let command = """
            if [ -n "$HYBRID_FEEDBACK" ]; then cp "$HYBRID_FEEDBACK" alpha.txt; else echo half > alpha.txt; exit 3; fi
            """
        let ran = try bench.hybrid(
            "run", bench.plan([PlannedJob("Alpha", ["alpha.txt"], command, more: ["retries": "1"]), beta]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let heard = try #require(try bench.text("alpha.txt"))
        #expect(heard.contains("Attempt 1 of Alpha: exited with code 3"), "\(heard)")
    }

    @Test func `an agent of the user's own is described in git config`() throws {
        let program =
            "#!/bin/sh\n[ \"$1\" = go ] && grep -q 'Write alpha' && echo made > alpha.txt && echo \"done: ${SAYS:-well}\""
        let (bench, path) = try bench(["mine": program])
        let plan = try bench.plan([alpha(["agent": #""mine""#]), beta])
        let unknown = try bench.hybrid("run", plan, environment: path)
        #expect(
            unknown.code == 2 && unknown.err.contains("git config hybrid.agent.mine.command"),
            "\(unknown.err)")
        #expect(
            try bench.hybrid("check", plan, environment: path).out.contains("no command is set for this one"))
        try bench.shell(
            "git config hybrid.agent.mine.command 'mine go'; git config hybrid.agent.mine.prompt stdin; git config hybrid.agent.mine.success 'done: well'"
        )
        let bad = try bench.hybrid("run", plan, environment: path.merging(["SAYS": "badly"]) { $1 })
        #expect(bad.code == 1 && bad.out.contains("its output does not hold"), "\(bad.out)\(bad.err)")
        #expect(try bench.hybrid("retry", "alpha", environment: path).code == 0)
        #expect(try bench.text("alpha.txt") == "made\n")
        try bench.shell("git config hybrid.agent.mine.prompt post")
        #expect(try bench.hybrid("check", plan, environment: path).out.contains("none of file, stdin"))
    }

    @Test func `agents says what is here and how it would be called`() throws {
        let (bench, path) = try bench(["codex": "#!/bin/sh\n[ \"$1\" = --version ] && echo 'codex-cli 9.9'"])
        try bench.shell(
            "git config hybrid.agent.mine.command 'mine go'; git config hybrid.agent.other.prompt stdin")
        let bare = ["PATH": bench.sandbox.root + "/bin:/usr/bin:/bin"]
        let json = try Bench.object(bench.hybrid("agents", "--json", environment: bare))
        let agents = try #require(json["agents"] as? [[String: Any]])
        func agent(_ name: String) throws -> [String: Any] {
            try #require(agents.first { $0["name"] as? String == name })
        }
        #expect(
            try agent("codex")["version"] as? String == "codex-cli 9.9"
                && agent("codex")["guarded"] as? Bool == true)
        #expect(
            try (agent("codex")["call"] as? String)?.contains("exec --json --sandbox workspace-write") == true
        )
        #expect(try agent("vibe")["problem"] as? String == "not on PATH")
        #expect(try agent("aider")["guarded"] as? Bool == false)
        #expect(try agent("mine")["call"] as? String == "mine go")
        #expect(try (agent("other")["problem"] as? String)?.contains("no command is set") == true)
        let text = try bench.hybrid("agents", environment: path)
        #expect(
            text.code == 0 && text.out.contains("codex: ") && text.out.contains("codex-cli 9.9"),
            "\(text.out)")
    }

    @Test func `what cannot be done is said before anything is launched`() throws {
        let (bench, _) = try bench([:])
        let plan = try bench.plan([
            alpha(["agent": #""vibe""#]),
            PlannedJob("Beta", ["b"], nil, more: ["task": #""x""#, "agent": #""aider""#]),
        ])
        let checked = try bench.hybrid("check", plan, environment: ["PATH": "/usr/bin:/bin"])
        #expect(checked.out.contains("its program vibe is not on PATH"), "\(checked.out)")
        #expect(checked.out.contains("agent aider: it has no hook before a write"), "\(checked.out)")
        let ran = try bench.hybrid("run", plan, environment: ["PATH": "/usr/bin:/bin"])
        #expect(ran.code == 2, "\(ran.out)\(ran.err)")
        #expect(try bench.linkedWorktrees().isEmpty)
    }

    @Test func `cline --task runs as written, or as the installed program wants it`() throws {
        let program =
            "#!/bin/sh\n[ \"$1\" = --help ] && { echo 'usage: cline [PROMPT]'; exit; }\n[ \"$1\" = 'Write it' ] && echo made > alpha.txt"
        let (bench, path) = try bench(["cline": program])
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], "cline --task \"Write it\""), beta])
        let ran = try bench.hybrid("run", plan, environment: path)
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(ran.err.contains("has no --task: it is called as"), "\(ran.err)")
        #expect(try bench.text("alpha.txt") == "made\n")
    }
}

/// `hybrid retry` with several jobs, and with a plan file that changed meanwhile.
@Suite struct ChangedPlanTests {
    private let beta = PlannedJob("Beta", ["beta.txt"], "exit 4")
    private let good = "echo a > alpha.txt"

    @Test func `several jobs are done again at once`() throws {
        let bench = try Bench(["README": "base\n"])
        let once = "[ $HYBRID_ATTEMPT = 2 ] || exit 3; echo x > "
        let plan = try bench.plan([
            PlannedJob("Alpha", ["alpha.txt"], once + "alpha.txt"),
            PlannedJob("Beta", ["beta.txt"], once + "beta.txt"),
            PlannedJob("Gamma", ["gamma.txt"], "cat alpha.txt > gamma.txt", more: ["needs": #"["Alpha"]"#]),
        ])
        #expect(try bench.hybrid("run", plan, "--waves").code == 1)
        let again = try bench.hybrid("retry", "beta", "gamma", "alpha")
        #expect(again.code == 0, "\(again.out)\(again.err)")
        #expect(again.err.contains("says of beta, gamma, alpha what it said before"), "\(again.err)")
        #expect(try bench.text("gamma.txt") == "x\n" && bench.text("beta.txt") == "x\n")
    }

    @Test func `a changed command is shown, and used after a person's word only`() throws {
        let bench = try Bench(["README": "base\n"])
        let bad = PlannedJob("Alpha", ["alpha.txt"], "exit 3")
        #expect(
            try bench.hybrid("run", bench.plan([bad, PlannedJob("Beta", ["beta.txt"], "echo b > beta.txt")]))
                .code == 1)
        let other = PlannedJob("Beta", ["beta.txt"], "echo other > beta.txt")
        _ = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], good), other])
        let asked = try bench.hybrid("retry", "alpha")
        #expect(asked.code == 2, "\(asked.out)\(asked.err)")
        #expect(
            asked.err.contains("- ") && asked.err.contains("exit 3") && asked.err.contains(good),
            "\(asked.err)")
        #expect(try bench.workers()["alpha"] == "failed")
        let digest = try #require(asked.err.firstMatch(of: /--accept-plan ([0-9a-f]{12})/)?.1)
        #expect(try bench.hybrid("retry", "alpha", "--accept-plan", "000000000000").code == 2)
        let kept = try bench.hybrid("retry", "alpha", "--keep-plan")
        #expect(kept.code == 1 && kept.out.contains("exited with code 3"), "\(kept.out)\(kept.err)")
        let agreed = try bench.hybrid("retry", "alpha", "--accept-plan", String(digest))
        #expect(agreed.code == 0, "\(agreed.out)\(agreed.err)")
        // What the file says of jobs that were not named is not taken.
        #expect(try bench.text("alpha.txt") == "a\n" && bench.text("beta.txt") == "b\n")
        #expect(try bench.hybrid("report").out.contains("the plan was changed for a retry"))
    }

    @Test func `a claim that meets another job's is refused`() throws {
        let bench = try Bench(["README": "base\n"])
        let bad = PlannedJob("Alpha", ["alpha.txt"], "exit 3")
        let well = PlannedJob("Beta", ["beta.txt"], "echo b > beta.txt")
        #expect(try bench.hybrid("run", bench.plan([bad, well])).code == 1)
        _ = try bench.plan([PlannedJob("Alpha", ["*.txt"], good), well])
        let asked = try bench.hybrid("retry", "alpha")
        let digest = try #require(asked.err.firstMatch(of: /--accept-plan ([0-9a-f]{12})/)?.1)
        let refused = try bench.hybrid("retry", "alpha", "--accept-plan", String(digest))
        #expect(refused.code == 1 && refused.err.contains("beta.txt"), "\(refused.out)\(refused.err)")
        #expect(try bench.workers()["alpha"] == "failed")
    }
}
