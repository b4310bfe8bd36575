import Foundation
import TestSupport
import Testing

/// Runs in which workers collide: what the report says of why.
@Suite struct AttributedRunTests {
    private func run(
        _ bench: Bench, _ jobs: [(name: String, files: String, command: String)], verify: String? = nil,
        settings: String = "", dependencies: String = ""
    ) throws -> (outcome: Outcome, findings: [[String: Any]]) {
        var text = "## Task: Attribution\n\(settings)\n### Cline CLI Jobs:\n"
        for (number, job) in jobs.enumerated() {
            text +=
                "\n**Job \(number + 1):** \(job.name)\n- File: \(job.files)\n- Command: `\(job.command)`\n"
            if number == 1 { text += dependencies }
        }
        if let verify { text += "\n### Verification:\n- `\(verify)`\n" }
        try bench.sandbox.write(text, to: "plan.md")
        let ran = try bench.hybrid("run", bench.sandbox.root + "/plan.md")
        let report = try Bench.object(bench.hybrid("report", "--json"))
        return (ran, report["findings"] as? [[String: Any]] ?? [])
    }

    private func causes(_ findings: [[String: Any]], _ kind: String) -> Set<String> {
        Set(findings.filter { $0["kind"] as? String == kind }.compactMap { $0["cause"] as? String })
    }

    @Test func aConflictOutOfABreachIsCalledThat() throws {
        let bench = try Bench(["a": "1\n", "b": "2\n"])
        let (ran, findings) = try run(
            bench, [("One", "`a`", "echo mine > b"), ("Two", "`b`", "echo theirs > b")])
        #expect(ran.code == 1)
        #expect(causes(findings, "conflict") == ["breach"])
        #expect(ran.out.contains("cause: a breach of claims"), "\(ran.out)")
    }

    @Test func aDeletionOfWhatIsAnothersIsCalledThat() throws {
        let bench = try Bench(["a": "1\n", "b": "2\n"])
        let (_, findings) = try run(
            bench, [("One", "`a`", "rm b; echo x > a"), ("Two", "`b`", "echo theirs > b")])
        #expect(causes(findings, "conflict") == ["delete-across-claims"])
        let pairs = try Bench.object(bench.hybrid("conflicts", "--json"))["pairs"] as? [[String: Any]]
        let paths = pairs?.first?["paths"] as? [[String: Any]]
        #expect(paths?.first?["cause"] as? String == "delete-across-claims")
    }

    @Test func whatFailsOnlyTogetherIsSemantic() throws {
        let bench = try Bench(["a": "1\n", "b": "1\n"])
        let (ran, findings) = try run(
            bench, [("One", "`a`", "echo 2 > a"), ("Two", "`b`", "echo 2 > b")],
            verify: "test \"$(cat a b | tr -d '\\n')\" != 22")
        #expect(ran.code == 1)
        #expect(causes(findings, "verification") == ["semantic"])
    }

    @Test func aChangedDependencyIsInterfaceDrift() throws {
        let bench = try Bench(["a": "1\n", "b": "1\n", "base": "1\n"])
        let (ran, findings) = try run(
            bench, [("One", "`a`", "echo 2 > base"), ("Two", "`b`", "echo 2 > b")],
            verify: "test \"$(cat base b | tr -d '\\n')\" != 22", settings: "- Audit: report",
            dependencies: "- Dependencies: `base`\n")
        #expect(ran.code == 1)
        #expect(causes(findings, "verification") == ["interface-drift"])
    }

    @Test func aRemovedDefinitionThatAnotherUsesIsToldBeforeVerification() throws {
        let bench = try Bench(["a.py": "def send(x):\n    return x\n", "b.py": "import a\n"])
        let (ran, findings) = try run(
            bench,
            [
                ("One", "`a.py`", "echo 'def post(x): return x' > a.py"),
                ("Two", "`b.py`", "echo 'print(a.send(1))' >> b.py"),
            ], verify: "python3 b.py")
        #expect(ran.code == 1)
        let words = "One removed send (a.py:1), and Two uses it (b.py:2)"
        #expect(findings.contains { $0["message"] as? String == words }, "\(findings)")
        let told = try #require(ran.err.range(of: words))
        let verified = try #require(ran.err.range(of: "verify:"))
        #expect(told.lowerBound < verified.lowerBound)
    }
}
