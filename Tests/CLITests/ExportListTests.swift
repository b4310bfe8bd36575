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
