import TestSupport
import Testing

/// Export lists as a plan writes them.
@Suite struct ExportListTests {
    private static func plan(_ lines: String) -> String {
        """
        ### Task: Lists

        ### Jobs:
        **Job 1:** Alpha
        - File: src/a.py
        - Estimated Time: 5 minutes
        - Command: `mkdir -p src && echo a > src/a.py`

        ### Verification:
        - `true`

        ### Export Lists:
        \(lines)
        """
    }

    private static func run(_ lines: String) throws -> (bench: Bench, outcome: Outcome) {
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write(plan(lines), to: "plan.md")
        return (bench, try bench.hybrid("run", bench.sandbox.root + "/plan.md"))
    }

    @Test(arguments: [
        "- File: src/list.txt\n  - From: src/*.py, lib/*.py", "- File: a.txt, b.txt",
        "- File: src/list.txt\n  - From:\n    - src/*.py\n    - lib/*.py", "- src/list.txt",
    ])
    func severalAreAnErrorThatSaysHow(_ lines: String) throws {
        let (bench, outcome) = try Self.run(lines)
        #expect(outcome.code == 2, "\(outcome.out)\(outcome.err)")
        #expect(outcome.err.contains("File:") || outcome.err.contains("fields are: file"), "\(outcome.err)")
        #expect(try bench.refs("refs/hybrid/") == [:])
    }

    @Test(arguments: [
        ("x({naem})", "{name}"), ("x({type})", "{Type}"), ("{Path}", "{path}"),
        ("import {default}", "{ default }"),
    ])
    func aMisspeltFieldIsNamed(_ template: String, _ right: String) throws {
        let (bench, outcome) = try Self.run("- File: src/list.txt\n  - Template: `\(template)`")
        #expect(outcome.code == 2 && outcome.err.contains(right), "\(outcome.out)\(outcome.err)")
        #expect(outcome.err.contains("{path}, {name}, {dir}, {Type}, {root}, {folder}, {import}"))
        let json = #"{"exports": [{"file": "src/list.txt", "template": "\#(template)"}]}"#
        let checked = try bench.hybrid(
            "check",
            bench.plan(
                [PlannedJob("Alpha", ["a.txt"], "true")],
                more: ["exports": String(json.dropFirst(12).dropLast())]))
        #expect(checked.code == 2 && checked.err.contains(right), "\(checked.out)\(checked.err)")
    }

    @Test(arguments: ["x = {}", "{ default as {Type} }", "${name} {{name}}", "a {b c} {name}", "{"])
    func aBraceOfTheLanguageStays(_ template: String) throws {
        let (_, outcome) = try Self.run("- File: src/list.txt\n  - Template: `\(template)`")
        #expect(outcome.code == 0, "\(outcome.out)\(outcome.err)")
    }

    @Test func aGoRegistryInAFolderIsWritten() throws {
        let bench = try Bench([
            "go.mod": "module example.com/app\n",
            "registry/registry.go": "package registry\n\nvar All []string\n",
        ])
        let jobs = ["alpha", "beta"].map {
            PlannedJob(
                $0, ["plugins/\($0)/"], "mkdir -p plugins/\($0); echo package \($0) > plugins/\($0)/\($0).go")
        }
        let lists =
            #"[{"file": "registry/registry.go", "form": "go", "from": "plugins/**"}, {"file": "all/all.go", "from": "plugins/*/*.go"}]"#
        let ran = try bench.hybrid("run", bench.plan(jobs, more: ["exports": lists]))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        let block =
            "// hybrid:begin\nimport _ \"example.com/app/plugins/alpha\"\nimport _ \"example.com/app/plugins/beta\"\n// hybrid:end\n"
        #expect(try bench.text("registry/registry.go") == "package registry\n\n\(block)\nvar All []string\n")
        #expect(try bench.text("all/all.go") == "package all\n\n\(block)")
    }

    /// The help's own example is a plan that is understood, with every field of a list.
    @Test func theFieldsAreShownWithAnExample() throws {
        let bench = try Bench(["README": "base\n"])
        let example = try bench.hybrid("plan", "example", "export-lists")
        for field in ["File:", "Form:", "From:", "Template:", "Begin:", "End:"] {
            #expect(example.out.contains(field), "\(example.out)")
        }
        try bench.sandbox.write(example.out, to: "plan.md")
        let checked = try bench.hybrid("check", bench.sandbox.root + "/plan.md")
        #expect(checked.code == 0, "\(checked.out)\(checked.err)")
        let help = try bench.hybrid("plan", "new", "--help").out.split { $0.isWhitespace }
            .joined(separator: " ")
        #expect(help.contains("hybrid plan example export-lists"), "\(help)")
    }

    @Test func aListThatMeansNothingIsNotTicked() throws {
        let (bench, outcome) = try Self.run("- File: src/list.txt\n  - From: other/*.py")
        #expect(
            outcome.out.contains("no file that a worker made is meant by it"), "\(outcome.out)\(outcome.err)")
        #expect(!outcome.out.contains("0 lines"))
        let (other, good) = try Self.run("- File: src/list.txt\n  - From: src/*.py")
        #expect(good.out.contains("src/list.txt: 1 lines"), "\(good.out)\(good.err)")
        #expect(try other.text("src/list.txt")?.contains("a.py") == true)
        _ = bench
    }
}
