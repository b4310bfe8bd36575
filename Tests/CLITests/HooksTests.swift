import Foundation
import TestSupport
import Testing

/// `hybrid hooks`.
@Suite struct HooksTests {
    private func states(_ bench: Bench) throws -> [String] {
        let shown = try Bench.object(bench.hybrid("hooks", "show", "--json"))
        return try #require(shown["hooks"] as? [[String: Any]]).compactMap { $0["state"] as? String }
    }

    @Test func `install and remove leave no trace`() throws {
        let bench = try Bench(["README": "base\n"])
        for settle in ["true", "rm -rf .git/hooks"] {
            try bench.shell(settle)
            let before = try bench.shell("find .git -type f -o -type d | grep -v hybrid | sort | xargs ls -d")
            #expect(try states(bench) == ["none", "none"])
            #expect(try bench.hybrid("hooks", "install").code == 0)
            #expect(try bench.hybrid("hooks", "install").code == 0)
            #expect(try states(bench) == ["installed", "installed"])
            try bench.shell("git commit -q --allow-empty -m free")
            try bench.shell("git reset -q --soft HEAD~")
            #expect(try bench.hybrid("hooks", "remove").code == 0)
            let after = try bench.shell(
                "rm -f .git/ORIG_HEAD; find .git -type f -o -type d | grep -v hybrid | sort | xargs ls -d")
            #expect(
                after.split(separator: "\n").filter { $0.contains("hooks") }
                    == before.split(separator: "\n").filter { $0.contains("hooks") })
        }
    }

    @Test func `what stands is not changed, and the line to add works`() throws {
        let bench = try Bench(["README": "base\n"])
        let mine = "#!/bin/sh\ncat > \"$ROOT/got\"\n"
        for name in ["pre-commit", "pre-push"] {
            try bench.sandbox.write(mine, to: "repo/.git/hooks/" + name)
        }
        try bench.shell("chmod +x .git/hooks/pre-commit .git/hooks/pre-push")
        let asked = try bench.hybrid("hooks", "install")
        #expect(asked.code == 1)
        #expect(bench.sandbox.read("repo/.git/hooks/pre-commit") == mine)
        #expect(bench.sandbox.read("repo/.git/hooks/pre-push") == mine)
        #expect(try bench.hybrid("hooks", "remove").code == 0)
        #expect(bench.sandbox.read("repo/.git/hooks/pre-commit") == mine)
        let lines = asked.out.split(separator: "\n").filter { $0.hasPrefix("  ") }.map {
            String($0.dropFirst(2))
        }
        try #require(lines.count == 2, "\(asked.out)")
        for (name, line) in zip(["pre-commit", "pre-push"], lines) {
            try bench.sandbox.write(
                "#!/bin/sh\n\(line)\ncat > \"$ROOT/got\"\n", to: "repo/.git/hooks/" + name)
        }
        #expect(try states(bench) == ["called", "called"])
        #expect(try bench.hybrid("hooks", "install").code == 0)
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], nil)])
        try #require(try bench.hybrid("start", plan).code == 0)
        let here = try bench.worktree("alpha")
        #expect(
            try bench.sandbox.run(
                "sh", "-c", "echo x > beta; git add -A; ROOT=\(bench.sandbox.root) git commit -qm x", in: here
            ).code == 1)
        try bench.shell(
            "git reset -q; rm beta; echo a > alpha.txt; git add -A; git commit -qm good", in: here)
        try bench.shell("git init -q --bare ../hub.git")
        try bench.shell("git push -q \"$ROOT/hub.git\" HEAD:refs/heads/\(bench.branch("alpha"))", in: here)
        #expect(bench.sandbox.read("got")?.contains("refs/heads/hybrid/") == true)
    }

    @Test func `without the program only workers are stopped`() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.hybrid("hooks", "install")
        try bench.shell("sed -i 's#^hybrid=.*#hybrid=/gone/hybrid#' .git/hooks/pre-commit")
        try bench.shell("git commit -q --allow-empty -m free")
        try #require(
            try bench.hybrid("start", bench.plan([PlannedJob("Alpha", ["alpha.txt"], nil)])).code == 0)
        let here = try bench.worktree("alpha")
        let stopped = try bench.sandbox.run("git", "commit", "--allow-empty", "-m", "x", in: here)
        #expect(stopped.code == 1 && stopped.err.contains("--no-verify"), "\(stopped)")
        // It is still ours, from another place of the program: brought up to date, then removed.
        #expect(try bench.hybrid("hooks", "install").code == 0)
        #expect(bench.sandbox.read("repo/.git/hooks/pre-commit")?.contains("/gone/") == false)
        #expect(try bench.hybrid("hooks", "remove").out.contains("pre-commit"))
        #expect(try bench.hybrid("hooks", "install", environment: ["HYBRID_JOB": "alpha"]).code == 2)
    }
}
