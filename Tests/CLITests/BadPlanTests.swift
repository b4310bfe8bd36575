import Foundation
import TestSupport
import Testing

/// Plans that cannot be read: a one-line error with place and reason, exit 2, and nothing made.
@Suite struct BadPlanTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var file: String
        var text: String
        /// What the error must name.
        var names: [String]
    }

    static func markdown(file: String) -> String {
        """
        ## Task: Bad

        **Complexity:** Small
        **Estimated Time (Sequential):** 30 minutes

        ### VS Code Session (Orchestrator):
        - Responsibilities:
          - Testing
        - Estimated Time: 5 minutes

        ### Cline CLI Jobs (Parallel Workers):

        **Job 1:** One
        - File: \(file)
        - Estimated Time: 10 minutes
        - Command: `true`

        **Job 2:** Two
        - File: two.txt
        - Estimated Time: 10 minutes
        - Command: `true`

        """
    }

    static func yaml(_ job: String, top: String = "") -> String {
        """
        task:
          name: Bad
          sequential_estimate: 30 minutes
        \(top)jobs:
          - name: One
            command: "true"
            \(job)
          - name: Two
            files: [two.txt]
            command: "true"

        """
    }

    static let paths: [Bad] = [
        "../x", "/abs", "a//b", "C:x", "a/../../x", ".git/hooks/post-commit", ".GIT/config", "git~1/config",
    ].map { path in
        Bad(
            testDescription: "path \(path)", file: "plan.md", text: markdown(file: path),
            names: ["plan.md", path])
    }

    static let others: [Bad] = [
        Bad(
            testDescription: "../x in YAML", file: "plan.yaml", text: yaml("files: [\"../x\"]"),
            names: ["plan.yaml", "../x", "files"]),
        Bad(
            testDescription: "an unfilled template", file: "plan.md", text: markdown(file: "[component1.py]"),
            names: ["plan.md", "[component1.py]"]),
        Bad(
            testDescription: "an unknown field in a job", file: "plan.yaml",
            text: yaml("files: [one.txt]\n    comand: \"true\""), names: ["plan.yaml", "comand", "command"]),
        Bad(
            testDescription: "an unknown field at the top", file: "plan.yaml",
            text: yaml("files: [one.txt]", top: "verfy: [\"true\"]\n"),
            names: ["plan.yaml", "verfy", "verify"]),
        Bad(
            testDescription: "an unknown field in JSON", file: "plan.json",
            text: #"{"task":{"name":"Bad"},"jobs":[{"name":"One","fils":["one.txt"],"command":"true"}]}"#,
            names: ["plan.json", "fils", "files"]),
        Bad(
            testDescription: "a job without a claim", file: "plan.yaml", text: yaml("estimate: 10 minutes"),
            names: ["plan.yaml", "One"]),
        Bad(
            testDescription: "a job without a claim in Markdown", file: "plan.md",
            text: markdown(file: "one.txt").replacingOccurrences(of: "- File: one.txt\n", with: ""),
            names: ["plan.md", "One"]),
        Bad(
            testDescription: "broken YAML", file: "plan.yaml",
            text: "task:\n  name: \"never closed\njobs: [\n", names: ["plan.yaml"]),
        Bad(
            testDescription: "broken JSON", file: "plan.json", text: "{\"task\": {\"name\": \"Bad\"},\n",
            names: ["plan.json"]),
        Bad(
            testDescription: "a NUL in a path", file: "plan.yaml", text: yaml(#"files: ["one\0two"]"#),
            names: ["plan.yaml"]),
        Bad(
            testDescription: "a NUL in a command", file: "plan.md",
            text: markdown(file: "one.txt").replacingOccurrences(
                of: "- File: one.txt\n", with: "- File: one.txt\n- Command: `a\0b`\n"),
            names: ["plan.md", "Command", "NUL"]),
        Bad(
            testDescription: "a newline in a path", file: "plan.yaml", text: yaml(#"files: ["one\ntwo"]"#),
            names: ["plan.yaml"]),
        Bad(
            testDescription: "a line of 10 MB", file: "plan.md",
            text: markdown(file: String(repeating: "a", count: 10_000_000)), names: ["plan.md"]),
        Bad(
            testDescription: "a line of 10 MB in YAML", file: "plan.yaml",
            text: yaml("files: [\"" + String(repeating: "a", count: 10_000_000) + "\"]"), names: ["plan.yaml"]
        ),
        Bad(testDescription: "an empty file", file: "plan.md", text: "", names: ["plan.md"]),
    ]

    @Test(arguments: paths + others)
    func isRefusedInOneLine(bad: Bad) throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write(bad.text, to: bad.file)
        for command in ["check", "run"] {
            let before = try Traces(bench)
            let answer = try bench.hybrid(command, bench.sandbox.root + "/" + bad.file)
            #expect(answer.code == 2, "\(command): \(answer.out)\(answer.err.prefix(500))")
            #expect(answer.out == "")
            #expect(answer.err.hasSuffix("\n"))
            #expect(answer.err.dropLast().contains("\n") == false, "\(answer.err.prefix(500))")
            // A line that nobody can read names nothing.
            #expect(answer.err.utf8.count < 600)
            for name in bad.names { #expect(answer.err.contains(name), "\(name): \(answer.err.prefix(500))") }
            #expect(try Traces(bench) == before, "\(command)")
        }
    }

    @Test func aPlanThatIsNotThere() throws {
        let bench = try Bench(["README": "base\n"])
        let before = try Traces(bench)
        let answer = try bench.hybrid("run", "nowhere.md")
        #expect(answer.code == 2)
        #expect(answer.err.contains("nowhere.md"))
        #expect(answer.err.dropLast().contains("\n") == false)
        #expect(try Traces(bench) == before)
    }

    @Test func aFolderThatIsNoRepository() throws {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write(Self.yaml("files: [one.txt]"), to: "elsewhere/plan.yaml")
        let answer = try bench.hybrid("run", "plan.yaml", in: bench.sandbox.root + "/elsewhere")
        #expect(answer.code == 2)
        #expect(answer.err.dropLast().contains("\n") == false)
        #expect(answer.err.contains("this folder: it is in no git repository"), "\(answer.err)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: bench.sandbox.root + "/elsewhere") == [
                "plan.yaml"
            ])
    }

    /// Everything that a command could have left in a repository.
    struct Traces: Equatable {
        var refs: [String: String]
        var worktrees: [String]
        var gitFolder: [String]
        var beside: [String]
        var status: String
        var configuration: String?

        init(_ bench: Bench) throws {
            refs = try bench.refs()
            worktrees = try bench.linkedWorktrees()
            status = try bench.sandbox.git("status", "--porcelain", "--ignored")
            configuration = bench.sandbox.read("repo/.git/config")
            gitFolder = try FileManager.default.contentsOfDirectory(atPath: bench.repo + "/.git").sorted()
            beside = try FileManager.default.contentsOfDirectory(atPath: bench.sandbox.root).sorted()
        }
    }
}
