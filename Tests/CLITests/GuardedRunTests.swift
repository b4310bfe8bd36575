import Foundation
import TestSupport
import Testing

/// Real runs whose workers go beyond their claims, and real hooks beside them.
@Suite struct GuardedRunTests {
    /// Runs a worker that has alpha.txt and whose command breaches; gives what it printed.
    private func breaching(_ command: String, caught: Bool, files: [String: String] = ["README": "base\n"])
        throws
        -> (Bench, String)
    {
        let bench = try Bench(files)
        let before = try (bench.id(), bench.sandbox.git("config", "--list", "--show-origin"))
        let plan = try bench.plan([
            PlannedJob("Alpha", ["alpha.txt"], "PROGRAM='\(bench.program)'\n" + command),
            PlannedJob("Beta", ["beta.txt"], "echo beta > beta.txt"),
        ])
        let ran = try bench.hybrid("run", plan)
        #expect(ran.code == (caught ? 1 : 0), "\(ran.out)\(ran.err)")
        if caught {
            #expect(try bench.id() == before.0)
            #expect(try bench.workers()["alpha"] == "breach")
            #expect(
                ran.out.contains("breach: Alpha touched beta.txt (") && ran.out.contains("): not claimed"),
                "\(ran.out)")
            // Its work is kept, committed or not.
            #expect(try bench.text("beta.txt", at: #require(bench.rescued("alpha").first)) != nil)
        }
        #expect(try bench.sandbox.git("config", "--list", "--show-origin") == before.1)
        let log = try bench.attempt("alpha", 1) + "/log"
        return (bench, bench.sandbox.read(log) ?? "")
    }

    @Test func `through an editor's hook: denied`() throws {
        let (bench, log) = try breaching(
            """
            set -e
            call() { printf '{"cwd":"%s","tool_name":"Write","tool_input":{"file_path":"%s","content":"x"}}' "$PWD" "$1"; }
            hook=$(python3 -c 'import json, os
            print(json.load(open(os.environ["HYBRID_CLAUDE_SETTINGS"]))["hooks"]["PreToolUse"][0]["hooks"][0]["command"])')
            call "$PWD/beta.txt" | sh -c "$hook"
            call "$PWD/alpha.txt" | sh -c "$hook"
            printf '{"workspaceRoots":["%s"],"preToolUse":{"toolName":"write_to_file","parameters":{"path":"beta.txt"}}}' "$PWD" |
                "$HYBRID_CLINE_HOOKS/PreToolUse"
            echo alpha > alpha.txt
            """, caught: false)
        #expect(log.contains("\"permissionDecision\":\"deny\"") && log.contains("\"cancel\":true"), "\(log)")
        #expect(!log.contains("alpha.txt:"))
        #expect(try bench.text("alpha.txt") == "alpha\n")
    }

    @Test func `through git commit: denied, and the rest lands`() throws {
        let (bench, log) = try breaching(
            """
            echo alpha > alpha.txt; echo mine > beta.txt; git add -A
            git commit -qm both && echo COMMITTED
            git reset -q; rm beta.txt; git add alpha.txt; git commit -qm alone && echo SECOND
            """, caught: false)
        #expect(log.contains("may not write beta.txt") && log.contains("Beta holds it"), "\(log)")
        #expect(!log.contains("COMMITTED") && log.contains("SECOND"))
        #expect(try bench.text("beta.txt") == "beta\n")
    }

    @Test(arguments: [
        "echo mine > beta.txt; echo a > alpha.txt; git add -A; git commit --no-verify -qm both",
        "echo mine > beta.txt; echo a > alpha.txt",
        "echo mine > beta.txt; echo a > alpha.txt; git add -A; git -c core.hooksPath=/dev/null commit -qm both",
        "rm -f \"$(git rev-parse --git-path hybrid-claims)\"; echo mine > beta.txt; git add -A; git commit -qm x; true",
    ])
    func `past the guard: caught by the audit`(command: String) throws {
        _ = try breaching(command, caught: true)
    }

    @Test func `a worker pushes its own branch and nothing else`() throws {
        let (bench, log) = try breaching(
            """
            git init -q --bare "$ROOT/hub.git"
            echo alpha > alpha.txt; git add -A; git commit -qm alone
            own=hybrid/$HYBRID_RUN/$HYBRID_JOB
            git push -q "$ROOT/hub.git" HEAD:main && echo MAIN
            git push -q "$ROOT/hub.git" HEAD:refs/heads/$own && echo OWN
            git push -q "$ROOT/hub.git" :refs/heads/$own && echo DELETED
            echo mine > beta.txt; git add -A; git commit --no-verify -qm breach
            git push -q "$ROOT/hub.git" HEAD:refs/heads/$own && echo BREACH
            true
            """, caught: true)
        #expect(
            log.contains("OWN") && !log.contains("MAIN") && !log.contains("DELETED\n")
                && !log.contains("BREACH\n"), "\(log)")
        let pushed = try bench.shell("git -C ../hub.git for-each-ref --format='%(refname)'")
        #expect(pushed == "refs/heads/\(try bench.branch("alpha"))")
    }

    // MARK: The user's own hooks

    private static let note = "#!/bin/sh\necho \"$(basename \"$0\") $# $(cat)\" >> \"$ROOT/noted\"\n"

    private func noted(_ bench: Bench, settle: String, into folder: String, names: [String]) throws
        -> [String]
    {
        try bench.shell(settle)
        for name in names {
            try bench.sandbox.write(Self.note, to: folder + "/" + name)
            try bench.shell("chmod +x '\(folder)/\(name)'")
        }
        let before = try bench.sandbox.git("config", "--list", "--show-origin")
        let hooks = try bench.shell("ls -l .git/hooks/* | cksum")
        let ran = try bench.hybrid(
            "run",
            bench.plan([
                PlannedJob(
                    "Alpha", ["alpha.txt", "hooks here/**"],
                    """
                    git init -q --bare "$ROOT/hub.git"
                    echo a > alpha.txt; git add -A; git commit -qm one || exit 1
                    git push -q "$ROOT/hub.git" HEAD:refs/heads/hybrid/$HYBRID_RUN/$HYBRID_JOB || exit 1
                    git init -q "$ROOT/own"; cd "$ROOT/own"; git commit -q --allow-empty -m other || exit 1
                    """)
            ]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        #expect(try bench.sandbox.git("config", "--list", "--show-origin") == before)
        #expect(try bench.shell("ls -l .git/hooks/* | cksum") == hooks)
        return (bench.sandbox.read("noted") ?? "").split(separator: "\n").map(String.init)
    }

    @Test func `hooks in the repository run after the guard, in order, and for this repository only`() throws
    {
        let bench = try Bench(["README": "base\n"])
        let lines = try noted(
            bench, settle: "true", into: bench.repo + "/.git/hooks",
            names: ["pre-commit", "commit-msg", "pre-push"])
        // The last one is the merge's.
        #expect(
            lines.map { $0.split(separator: " ").first } == [
                "pre-commit", "commit-msg", "pre-push", "commit-msg",
            ], "\(lines)")
        // What git says on stdin reaches the user's hook too.
        #expect(lines.dropLast().last?.contains("refs/heads/hybrid/") == true, "\(lines)")
    }

    @Test func `husky's way: a relative folder in the worktree`() throws {
        let bench = try Bench(["README": "base\n"])
        let lines = try noted(
            bench, settle: "mkdir -p .husky/_; git config core.hooksPath .husky/_",
            into: bench.repo + "/.husky/_",
            names: ["pre-commit", "commit-msg"])
        // In a worktree they are there only when they are committed, as for git; a merge meets those of the checkout.
        #expect(lines == ["commit-msg 1 "])
        let second = try Bench([
            "README": "base\n", ".husky/_/pre-commit": Self.note, ".husky/_/commit-msg": Self.note,
        ])
        try second.shell(
            "chmod +x .husky/_/*; git commit -qam executable; git config core.hooksPath .husky/_")
        let ran = try noted(second, settle: "true", into: second.sandbox.root + "/elsewhere", names: [])
        #expect(
            ran.map { $0.split(separator: " ").first } == ["pre-commit", "commit-msg", "commit-msg"], "\(ran)"
        )
    }

    @Test func `a folder of the user's own, with a hook that says no`() throws {
        let bench = try Bench(["README": "base\n"])
        let folder = bench.sandbox.root + "/my hooks"
        let lines = try noted(
            bench, settle: "git config --global core.hooksPath '\(folder)'", into: folder,
            names: ["commit-msg", "post-commit"])
        // It is the user's for every repository, also for one that the worker makes.
        #expect(
            lines.map { $0.split(separator: " ").first } == [
                "commit-msg", "post-commit", "commit-msg", "post-commit", "commit-msg",
            ])
        try bench.sandbox.write("#!/bin/sh\nexit 7\n", to: folder + "/commit-msg")
        let ran = try bench.hybrid(
            "run",
            bench.plan([
                PlannedJob(
                    "Gamma", ["g"], "echo g > g; git add g; git commit -qm g; [ $? = 1 ] && git reset -q")
            ]))
        // What it says to the worker it says to hybrid.
        #expect(ran.code == 1, "\(ran.out)\(ran.err)")
        #expect(try bench.workers() == ["gamma": "failed"])
    }
}
