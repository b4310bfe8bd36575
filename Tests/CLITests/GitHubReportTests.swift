import Foundation
import TestSupport
import Testing

/// `hybrid report --markdown` and `--github`.
@Suite struct GitHubReportTests {
    @Test func `a step gets its summary and annotations`() throws {
        let bench = try Bench(["core.py": "one\ntwo\nthree\n"])
        let plan = try bench.plan([
            PlannedJob("Alpha, 100%", ["a.py"], "echo a > a.py; printf 'one\\nTWO\\nthree\\n' > core.py"),
            PlannedJob("Beta", ["b.py"], "echo b > b.py"),
        ])
        #expect(try bench.hybrid("run", plan).code == 1)
        let summary = bench.sandbox.root + "/summary"
        try bench.sandbox.write("before\n", to: "summary")
        let told = try bench.hybrid("report", "--github", environment: ["GITHUB_STEP_SUMMARY": summary])
        #expect(told.code == 0, "\(told.err)")
        let lines = told.out.split(separator: "\n")
        #expect(
            lines.first?.hasPrefix(
                "::error file=core.py,line=2,title=hybrid%2C breach%3A Alpha%2C 100%25::") == true,
            "\(told.out)")
        #expect(lines.allSatisfy { $0.hasPrefix("::") })
        let markdown = try bench.hybrid("report", "--markdown").out
        let written = try #require(bench.sandbox.read("summary"))
        #expect(written.hasPrefix("before\n# A test\n"))
        #expect(
            written.dropFirst("before\n".count).trimmingCharacters(in: .newlines)
                == markdown.trimmingCharacters(in: .newlines))
        // Whose lines they are.
        #expect(markdown.contains("      its base, line 2:\n      | two\n"), "\(markdown)")
        #expect(markdown.contains("      Alpha, 100%, line 2:\n      | TWO\n"), "\(markdown)")

        let elsewhere = try bench.hybrid("report", "--github", environment: ["GITHUB_STEP_SUMMARY": ""])
        #expect(elsewhere.code == 2 && elsewhere.err.contains("hybrid report --markdown"), "\(elsewhere.err)")
        #expect(elsewhere.out == "")
    }
}
