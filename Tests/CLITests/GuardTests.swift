import Foundation
import TestSupport
import Testing

/// `hybrid guard` asked directly, in worktrees of `hybrid start`.
@Suite struct GuardTests {
    /// A run by hand: Alpha has alpha.txt and src/, Beta has beta.txt.
    private func started(policy: String? = nil) throws -> Bench {
        let bench = try Bench(["README": "base\n", "src/old": "1\n", "only/old": "1\n"])
        if let policy { try bench.shell("git config hybrid.guard \(policy)") }
        let plan = try bench.plan(
            [
                PlannedJob("Alpha", ["alpha.txt", "src/**", "café.txt"], nil),
                PlannedJob("Beta", ["beta.txt", "it's me"], nil),
            ], more: ["orchestrator": #"{"files": ["README"], "estimate": "5 minutes"}"#])
        let begun = try bench.hybrid("start", plan)
        try #require(begun.code == 0, "\(begun.out)\(begun.err)")
        return bench
    }

    private func claims(_ bench: Bench) throws -> String {
        try bench.repo + "/.git/worktrees/\(bench.run())-alpha/hybrid-claims"
    }

    @Test func `a path is allowed, or the answer says whose it is`() throws {
        let bench = try started()
        let here = try bench.worktree("alpha")
        for path in ["alpha.txt", "src/new", "./src/../alpha.txt", here + "/src/old", "café.txt"] {
            let answer = try bench.hybrid("guard", path, in: here)
            #expect(answer.code == 0, "\(path): \(answer.out)\(answer.err)")
        }
        let held = try bench.hybrid("guard", "beta.txt", in: here)
        #expect(held.code == 1)
        #expect(held.out.contains("Beta holds it"), "\(held.out)")
        #expect(held.out.contains("its nearest claim is"))
        let free = try bench.hybrid("guard", "gamma.txt", in: here)
        #expect(free.code == 1)
        #expect(free.out.contains("hybrid claim add gamma.txt --job alpha"), "\(free.out)")
        #expect(try bench.hybrid("guard", "README", in: here).out.contains("the orchestrator holds it"))
        #expect(try bench.hybrid("guard", "it's me", in: here).out.contains("Beta holds it"))
        // From elsewhere, the path alone tells.
        #expect(try bench.hybrid("guard", here + "/beta.txt").code == 1)
        #expect(try bench.hybrid("guard", "beta.txt", "--worktree", here, in: here).code == 1)
        let json = try Bench.object(bench.hybrid("guard", "--json", "alpha.txt", "beta.txt", in: here))
        #expect(json["decision"] as? String == "deny")
        let paths = try #require(json["paths"] as? [[String: Any]])
        #expect(paths.map { $0["allowed"] as? Bool } == [true, false])
        #expect(paths[1]["holder"] as? String == "Beta")
        let piped = try bench.sandbox.run(
            bench.program, "guard", "-z", in: here, input: Data("src/x\0beta.txt\0".utf8))
        #expect(piped.code == 1)
        #expect(piped.out.contains("src/x: allowed"))
    }

    @Test func `nobody else hears a word`() throws {
        let bench = try started()
        let outside = bench.sandbox.root + "/bare.git"
        try bench.shell("git init -q --bare \(outside)")
        for folder in [bench.repo, bench.sandbox.root, outside] {
            for arguments in [
                ["guard", "anything"], ["guard", "--hook", "pre-commit"], ["guard", "--hook", "pre-push"],
            ] {
                let answer = try execute(
                    [bench.program] + arguments, in: folder, environment: hermetic(home: bench.sandbox.home),
                    input: arguments.last == "pre-push" ? Data("x y z\n".utf8) : nil)
                #expect(
                    answer.code == 0 && answer.out == "" && answer.err == "",
                    "\(folder) \(arguments): \(answer)")
            }
        }
        // A worker's temporary files are its own affair.
        let there = try bench.hybrid("guard", bench.sandbox.root + "/scratch", in: bench.worktree("alpha"))
        #expect(there.code == 0 && there.out == "")
    }

    @Test func `a path is judged by where it leads`() throws {
        let bench = try started()
        let here = try bench.worktree("alpha")
        try bench.shell(
            """
            ln -s ../../../../repo src/main; ln -s ../../beta src/neighbour; ln -s ../only src/aside
            ln -s ../beta.txt src/leaf; ln -s nowhere src/dangling; ln -s ../src only/back; ln -s a src/b; ln -s b src/a
            mkdir src/deep; ln -s deep src/folder
            git init -q src/nested; git init -q other
            """, in: here)
        for path in ["src/dangling", "src/b", "only/back/file", "src/folder/x", "src/nested/file"] {
            #expect(try bench.hybrid("guard", path, in: here).code == 0, "\(path)")
        }
        for (path, why) in [
            ("src/main/README", "the main worktree"), ("src/neighbour/beta.txt", "the worktree of Beta"),
            ("src/aside/old", "not claimed"), ("src/leaf", "Beta holds it"), ("src/main/../x", "only/"),
            ("../beta/alpha.txt", "the worktree of Beta"), ("src/../../beta/x", "the worktree of Beta"),
            (".git", "git directory"), (".GIT/hooks/x", "git directory"),
            ("src/main/.git/config", "git directory"),
            (bench.repo + "/.git/hooks/pre-commit", "git directory"), ("other/file", "not claimed"),
            (".", "not claimed"),
            ("SRC/new", "not claimed"), ("new\nline", "u{a}"),
            ("no/../such/x", "not"),
        ] {
            let answer = try bench.hybrid("guard", path, in: here)
            // Behind a link `..` is another place than text says: both count, and one of them is outside.
            if path == "src/main/../x" {
                #expect(answer.code == 0)
                continue
            }
            #expect(answer.code == 1, "\(path): \(answer.out)")
            #expect(answer.out.contains(why), "\(path): \(answer.out)")
        }
    }

    @Test func `a worker whose claims cannot be read may write nothing`() throws {
        let bench = try started()
        let here = try bench.worktree("alpha")
        let file = try claims(bench)
        let good = try #require(bench.sandbox.read(file))
        func expectRefusal(_ what: String, _ environment: [String: String] = [:]) throws {
            let answer = try bench.hybrid("guard", "alpha.txt", in: here, environment: environment)
            #expect(answer.code == 1, "\(what): \(answer)")
            #expect(
                answer.out.contains("claims file") || answer.out.contains("git directory"),
                "\(what): \(answer.out)")
            let commit = try bench.hybrid("guard", "--hook", "pre-commit", in: here, environment: environment)
            #expect(commit.code == 1, "\(what): \(commit)")
        }
        for (what, content) in [
            ("empty", ""), ("cut off", String(good.dropLast(10))),
            ("newer", good.replacingOccurrences(of: "claims 1", with: "claims 9")),
            (
                "another's",
                try #require(bench.sandbox.read(file.replacingOccurrences(of: "-alpha/", with: "-beta/")))
            ),
        ] {
            try bench.sandbox.write(content, to: file)
            try expectRefusal(what)
        }
        try FileManager.default.removeItem(atPath: file)
        try expectRefusal("gone")
        try bench.shell("git switch -qc elsewhere", in: here)
        try expectRefusal("gone, on another branch")
        try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        try expectRefusal("a folder")
        try FileManager.default.removeItem(atPath: file)
        try bench.shell("mkfifo '\(file)'")
        try expectRefusal("a pipe")
        try FileManager.default.removeItem(atPath: file)
        // A worker that makes its worktree another repository is still the worker that its environment names.
        try bench.shell("rm .git; git init -q", in: here)
        let named = try ["HYBRID_RUN": bench.run(), "HYBRID_JOB": "alpha", "HYBRID_WORKTREE": here]
        try expectRefusal("another repository", named)
    }

    @Test func `the environment names the worker wherever it goes`() throws {
        let bench = try started()
        let here = try bench.worktree("alpha")
        let named = try ["HYBRID_RUN": bench.run(), "HYBRID_JOB": "alpha", "HYBRID_WORKTREE": here]
        #expect(try bench.hybrid("guard", "README", environment: named).out.contains("the main worktree"))
        #expect(try bench.hybrid("guard", here + "/alpha.txt", environment: named).code == 0)
        let commit = try bench.hybrid("guard", "--hook", "pre-commit", environment: named)
        #expect(commit.code == 1)
        #expect(commit.err.contains("its own worktree only"), "\(commit.err)")
        // Other repositories are nobody's.
        try bench.shell("git init -q ../scratch")
        let scratch = bench.sandbox.root + "/scratch"
        #expect(try bench.hybrid("guard", "--hook", "pre-commit", in: scratch, environment: named).code == 0)
        #expect(try bench.hybrid("guard", "x", in: scratch, environment: named).code == 0)
    }

    @Test(arguments: ["deny", "ask", "warn"])
    func `the policy decides what becomes of a refusal`(policy: String) throws {
        let bench = try started(policy: policy)
        let here = try bench.worktree("alpha")
        let answer = try bench.hybrid("guard", "gamma", in: here)
        #expect(answer.code == (policy == "warn" ? 0 : 1))
        #expect((answer.out + answer.err).contains("may not write gamma"))
        try bench.shell("echo x > gamma; git add gamma", in: here)
        let commit = try bench.hybrid("guard", "--hook", "pre-commit", in: here)
        #expect(commit.code == (policy == "warn" ? 0 : 1))
        #expect(commit.err.contains("gamma") && commit.out == "")
        if policy == "ask" { #expect(commit.err.contains("ask the person"), "\(commit.err)") }
        let call = #"{"cwd":"\#(here)","tool_name":"Write","tool_input":{"file_path":"gamma","content":"x"}}"#
        let claude = try bench.sandbox.run(
            bench.program, "guard", "--hook", "claude", input: Data(call.utf8))
        #expect(claude.code == 0)
        let said = try Bench.object(claude)
        if policy == "warn" {
            #expect((said["systemMessage"] as? String)?.contains("gamma") == true)
            // The model hears of it too, and nothing says that the user's own rules are passed over.
            let output = try #require(said["hookSpecificOutput"] as? [String: Any])
            #expect((output["additionalContext"] as? String)?.contains("gamma") == true)
            #expect(output["permissionDecision"] == nil)
        } else {
            let output = try #require(said["hookSpecificOutput"] as? [String: Any])
            #expect(output["permissionDecision"] as? String == policy)
            #expect(output["hookEventName"] as? String == "PreToolUse")
        }
    }

    @Test func `a policy that is none stops before anything is launched`() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.shell("git config hybrid.guard sometimes")
        let ran = try bench.hybrid("run", bench.plan([WorkerTests.good]))
        #expect(ran.code == 2)
        #expect(ran.err.contains("hybrid.guard"))
    }

    /// Which of gamma1 to gamma4, which belong to nobody, are refused to an agent's call.
    private func refused(_ bench: Bench, _ hook: String, _ call: String) throws -> (Outcome, Set<String>) {
        let here = try bench.worktree("alpha")
        let answer = try bench.sandbox.run(
            bench.program, "guard", "--hook", hook, in: here, input: Data(call.utf8))
        let names = (1...4).map { "gamma\($0)" }.filter { answer.out.contains("may not write \($0)") }
        return (answer, Set(names))
    }

    @Test func `what Claude Code says is read, and answered in its words`() throws {
        let bench = try started()
        let patch =
            #"*** Begin Patch\n*** Update File: gamma1\n@@\n-*** Delete File: gamma4\n*** Add File: gamma2\n+x\n*** Delete File: gamma3\n*** End Patch"#
        let diff =
            #"diff --git a/gamma1 b/gamma1\n--- a/gamma1\n+++ b/gamma1\n@@ -1,2 +1,2 @@\n--- a/gamma4\n+++ b/gamma4\n x\ndiff --git \"a/gam\\155a2\" \"b/gamma2\"\n--- /dev/null\n+++ \"b/gam\\155a2\"\n@@ -0,0 +1 @@\n+x\nrename from gamma3\nrename to alpha.txt\n"#
        for (tool, input, expected) in [
            ("Write", #"{"file_path":"gamma1","content":"*** Add File: gamma4"}"#, ["gamma1"]),
            ("Edit", #"{"file_path":"gamma1","old_string":"a","new_string":"b"}"#, ["gamma1"]),
            ("NotebookEdit", #"{"notebook_path":"gamma2","new_source":"x"}"#, ["gamma2"]),
            ("MultiEdit", #"{"file_path":"alpha.txt","edits":[{"file_path":"gamma3"}]}"#, ["gamma3"]),
            ("Read", #"{"file_path":"gamma1"}"#, []), ("Bash", #"{"command":"echo > gamma1"}"#, []),
            ("Grep", #"{"path":"gamma1"}"#, []), ("mcp__files__read_file", #"{"path":"gamma1"}"#, []),
            ("mcp__files__write_file", #"{"path":"gamma1"}"#, ["gamma1"]),
            ("mcp__files__move_file", #"{"source":"gamma1","destination":"gamma2"}"#, ["gamma1", "gamma2"]),
            ("Future", #"{"deep":{"files":["alpha.txt","gamma1"]}}"#, ["gamma1"]),
            ("apply_patch", #"{"input":"\#(patch)"}"#, ["gamma1", "gamma2", "gamma3"]),
            ("apply_patch", #"{"patch":"\#(diff)"}"#, ["gamma1", "gamma2", "gamma3"]),
        ] as [(String, String, [String])] {
            let call =
                #"{"hook_event_name":"PreToolUse","cwd":"\#(try bench.worktree("alpha"))","tool_name":"\#(tool)","tool_input":\#(input)}"#
            let (answer, names) = try refused(bench, "claude", call)
            #expect(answer.code == 0 && answer.err == "", "\(tool): \(answer)")
            // A list of refusals names each path on a line of its own.
            #expect(names == Set(expected), "\(tool) \(input): \(answer.out)")
            if expected.isEmpty { #expect(answer.out == "") }
        }
    }

    @Test func `what Cline says is read, and it always gets an answer`() throws {
        let bench = try started()
        let here = try bench.worktree("alpha")
        for (tool, parameters, expected) in [
            ("write_to_file", #"{"path":"gamma1","content":"x"}"#, ["gamma1"]),
            ("replace_in_file", #"{"path":"alpha.txt","diff":"--- a/gamma4\n+++ b/gamma4\n"}"#, []),
            ("apply_patch", #"{"input":"*** Begin Patch\n*** Move to: gamma2\n"}"#, ["gamma2"]),
            ("read_file", #"{"path":"gamma1"}"#, []), ("execute_command", #"{"command":"x"}"#, []),
            ("use_mcp_tool", #"{"tool_name":"write_file","arguments":"{\"path\":\"gamma3\"}"}"#, ["gamma3"]),
        ] as [(String, String, [String])] {
            let call =
                #"{"hookName":"PreToolUse","workspaceRoots":["\#(here)"],"preToolUse":{"toolName":"\#(tool)","parameters":\#(parameters)}}"#
            let (answer, names) = try refused(bench, "cline", call)
            let said = try Bench.object(answer)
            #expect(said["cancel"] as? Bool == !expected.isEmpty, "\(tool): \(answer.out)")
            #expect(names == Set(expected), "\(tool): \(answer.out)")
        }
        let elsewhere = try bench.sandbox.run(
            bench.program, "guard", "--hook", "cline", input: Data("no JSON".utf8))
        #expect(elsewhere.out == "{\"cancel\":false}\n")
    }

    /// Each agent's own words, as the programs send them or their documentation gives them, and how each is refused.
    @Test(arguments: [
        (
            "codex",
            #""tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Add File: gamma1\n+x\n*** End Patch"}"#,
            "permissionDecision"
        ),
        (
            "codex",
            #""tool_name":"Bash","tool_input":{"command":"apply_patch <<'X'\n*** Begin Patch\n*** Add File: gamma1\n+x\n*** End Patch\nX"}"#,
            "permissionDecision"
        ),
        (
            "vibe",
            #""hook_event_name":"pre_tool","tool_name":"file_system.search_replace","tool_input":{"file_path":"gamma1","content":"x"}"#,
            "decision"
        ),
        (
            "gemini",
            #""hook_event_name":"BeforeTool","tool_name":"replace","tool_input":{"file_path":"gamma1","old_string":"a","new_string":"b"}"#,
            "decision"
        ),
        (
            "qwen", #""tool_name":"write_file","tool_input":{"absolute_path":"gamma1","content":"x"}"#,
            "permissionDecision"
        ),
        ("copilot", #""toolName":"create","toolArgs":"{\"path\":\"gamma1\"}""#, "permissionDecision"),
        (
            "cursor",
            #""hook_event_name":"preToolUse","tool_name":"Write","tool_input":{"file_path":"gamma1"}"#,
            "permission"
        ),
        (
            "cursor",
            #""hook_event_name":"beforeShellExecution","command":"git apply <<X\n--- a/gamma1\n+++ b/gamma1\nX""#,
            "permission"
        ),
    ])
    func `each agent is read and refused in its own words`(agent: String, call: String, key: String) throws {
        let bench = try started()
        let here = try bench.worktree("alpha")
        func said(_ call: String) throws -> [String: Any] {
            let answer = try bench.sandbox.run(
                bench.program, "guard", "--hook", agent, input: Data("{\"cwd\":\"\(here)\",\(call)}".utf8))
            #expect(answer.code == 0 && answer.err == "", "\(answer)")
            if answer.out.isEmpty { return [:] }
            let whole = try Bench.object(answer)
            return whole["hookSpecificOutput"] as? [String: Any] ?? whole
        }
        let refused = try said(call)
        #expect(refused[key] as? String == "deny", "\(refused)")
        #expect("\(refused)".contains("Alpha may not write gamma1"), "\(refused)")
        #expect(try said(call.replacingOccurrences(of: "gamma1", with: "alpha.txt")).isEmpty)
        let own = try said(#""tool_name":"Bash","tool_input":{"command":"git worktree add ../more"}"#)
        #expect(own[key] as? String == "deny" && "\(own)".contains("may not make another worktree"), "\(own)")
    }

    @Test func `a call that cannot be read stops a worker and nobody else`() throws {
        let bench = try started()
        let here = try bench.worktree("alpha")
        let deep = String(repeating: "[", count: 100_000)
        let long = #"{"tool_name":"Write","tool_input":{"file_path":"alpha.txt","content":""#
        let huge = Data(long.utf8) + Data(repeating: 120, count: 70 << 20) + Data("\"}}".utf8)
        for call in [Data(), Data("{".utf8), Data([0xFF, 0, 1]), Data("[]".utf8), Data(deep.utf8), huge] {
            let there = try bench.sandbox.run(
                bench.program, "guard", "--hook", "claude", in: here, input: call)
            #expect(there.code == 0 && there.out.contains("\"deny\""), "\(call.count): \(there)")
            let cline = try bench.sandbox.run(
                bench.program, "guard", "--hook", "cline", in: here, input: call)
            #expect(cline.out.contains("\"cancel\":true"))
            let main = try bench.sandbox.run(
                bench.program, "guard", "--hook", "claude", in: "repo", input: call)
            #expect(main.code == 0 && main.out == "" && main.err == "")
        }
        let zero = #"{"tool_name":"Write","tool_input":{"file_path":"alpha.txt\u0000/../../x"}}"#
        #expect(try refused(bench, "claude", zero).0.out.contains("NUL"))
    }

    @Test func `the commit form sees what git would commit`() throws {
        let bench = try started()
        let here = try bench.worktree("alpha")
        func check(_ line: String, _ environment: [String: String] = [:]) throws -> Outcome {
            try bench.shell(line, in: here)
            return try bench.hybrid("guard", "--hook", "pre-commit", in: here, environment: environment)
        }
        #expect(try check("true").code == 0)
        #expect(try check("echo 2 > src/old; echo a > alpha.txt; git add -A").code == 0)
        // A rename is both its ends.
        let renamed = try check("git mv only/old src/new")
        #expect(renamed.code == 1)
        #expect(renamed.err.contains("only/old") && !renamed.err.contains("src/new"), "\(renamed.err)")
        #expect(try check("git reset -q --hard; git rm -q src/old").code == 0)
        #expect(try check("git reset -q --hard; git rm -rq --cached .").err.contains("README"))
        #expect(try check("git reset -q --hard; echo x > beta.txt; git add -N beta.txt").code == 0)
        #expect(try check("git add beta.txt").code == 1)
        // Another index, as git makes it for `git commit FILE`.
        let other = try check(
            "git reset -q --hard; cp $(git rev-parse --git-path index) ../index; echo x > beta.txt; GIT_INDEX_FILE=../index git add beta.txt",
            ["GIT_INDEX_FILE": "../index"])
        #expect(other.code == 1, "\(other)")
        #expect(try check("rm -f beta.txt ../index").code == 0)
        // What an earlier commit broke may be put right.
        #expect(try check("echo x >> README; git commit -qam breach; git checkout -q HEAD~ README").code == 0)
        // Other forms of the index.
        try bench.shell("git reset -q --hard", in: here)
        for form in ["--index-version 4", "--index-version 3", "--index-version 2"] {
            let answer = try check(
                "git update-index \(form); echo x > src/café-\(form.suffix(1)); git add src")
            #expect(answer.code == 0, "\(form): \(answer)")
            let bad = try check("echo x > bad-\(form.suffix(1)); git add bad-\(form.suffix(1))")
            #expect(bad.code == 1 && bad.err.contains("bad-\(form.suffix(1))"), "\(form): \(bad)")
            try bench.shell("git reset -q --hard", in: here)
        }
        let split = try check("git update-index --split-index; echo x > src/split; git add src")
        #expect(split.code == 0, "\(split)")
        let bad = try check("echo x > bad-split; git add bad-split")
        #expect(bad.code == 1 && bad.err.contains("bad-split"), "\(bad)")
        try bench.shell(
            "git update-index --no-split-index; echo junk > $(git rev-parse --git-path index)", in: here)
        #expect(try bench.hybrid("guard", "--hook", "pre-commit", in: here).code == 2)
    }

    @Test(arguments: [["guard", "--hook", "pre-commit"], ["conflicts", "--no-such-flag"]])
    func `a program that ends at once is not ended by a signal`(arguments: [String]) throws {
        // libgit2 sets itself up meanwhile: one in fifty ended by SIGSEGV.
        let bench = try Bench(["README": "base\n"])
        let call = ([bench.program] + arguments).map { "'\($0)'" }.joined(separator: " ")
        let codes = try bench.shell(
            "i=0; while [ $i -lt 150 ]; do \(call) >/dev/null 2>&1; echo $?; i=$((i + 1)); done | sort | uniq -c"
        )
        #expect(
            codes.split(separator: " ") == ["150", arguments[0] == "guard" ? "0" : "64"], "\(codes)")
    }

    @Test func `start prints what to source, and a person who does has the guard`() throws {
        let bench = try Bench(["README": "base\n"])
        let begun = try bench.hybrid(
            "start",
            bench.plan([PlannedJob("Alpha", ["alpha.txt"], nil), PlannedJob("Beta", ["beta.txt"], nil)]))
        let line = try #require(
            begun.out.split(separator: "\n").map { $0.drop { $0 == " " } }.first { $0.hasPrefix(". ") })
        let said = try bench.shell(
            """
            \(line); \(line)
            cd "$HYBRID_WORKTREE" && echo a > alpha.txt && git add -A && git commit -qm good || exit 1
            echo b > beta.txt; git add -A; git commit -qm bad 2>&1 && exit 1
            git log --format=%s -2
            """)
        #expect(said.contains("Beta holds it") && said.contains("good\nbase"), "\(said)")
    }
}
