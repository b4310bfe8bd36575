import Foundation
import HybridBase
import HybridRecords
import HybridReport
import TestSupport
import Testing

/// Failing tests by name, in every form of the report.
@Suite struct NamedTestReportTests {
    private func report(_ tests: [NamedTest]) -> RunReport {
        var run = runRecord(.verificationFailed)
        run.base = BaseAnswer(commit: commit("c"), passed: false, accepted: true, failing: ["old"])
        let workers = [workerRecord("a", .merged)]
        let findings = [
            FindingRecord(run: run.id, kind: .verification, jobs: ["a"], message: "it failed", tests: tests)
        ]
        return RunReport(
            run: run, workers: workers, findings: findings, stages: [], checklist: [],
            measures: Measures(run: run, workers: workers, stages: [], findings: findings, estimated: nil),
            next: nil)
    }

    @Test func everyFormNamesThem() throws {
        let tests = NamedTest.Standing.allCases.map { NamedTest(name: "t_\($0.rawValue)<1>", standing: $0) }
        let report = report(tests)
        let text = report.text()
        for line in [
            "    test: t_fails<1>\n", "    test: t_fails-on-base<1> (fails on the base already)",
            "    test: t_fails-together<1> (fails only together)", "    test: t_flaky<1> (flaky)",
        ] {
            #expect((text + "\n").contains(line), "\(text)")
        }
        #expect(report.markdown().contains("  - t\\_flaky&lt;1> (flaky)"), "\(report.markdown())")
        #expect(report.html().contains("<li><code>t_flaky&lt;1&gt; (flaky)</code></li>"))
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(report.jsonValue.text().utf8)) as? [String: Any])
        let found = try #require((json["findings"] as? [[String: Any]])?.first)
        #expect(
            found["tests"] as? [[String: String]]
                == tests.map { ["name": $0.name, "standing": $0.standing.rawValue] })
        #expect((json["base"] as? [String: Any])?["failing"] as? [String] == ["old"])
    }

    @Test func manyAreCounted() {
        let tests = (0..<100).map { NamedTest(name: "t\($0)", standing: .fails) }
        let text = report(tests).text()
        #expect(text.contains("test: t19\n") && !text.contains("test: t20\n"))
        #expect(text.contains("(80 more tests)"))
    }
}
