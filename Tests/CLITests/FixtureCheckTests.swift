import Foundation
import TestSupport
import Testing

/// The pre-launch analysis on the five example plans.
@Suite struct FixtureCheckTests {
    @Test(arguments: ["setup-wizard", "plugin-system", "ui-pages", "conflicting"])
    func plansThatMayRun(fixture: String) throws {
        let bench = try Bench(fixture: fixture)
        let plan = try bench.plan(ofFixture: fixture)
        let before = try bench.refs()
        let checked = try bench.hybrid("check", plan)
        #expect(checked.code == 0, "\(checked.out)\(checked.err)")
        for item in [
            "No file overlaps", "Clear interfaces defined", "Dependencies documented",
            "Integration path clear",
        ] {
            #expect(checked.out.contains(item), "\(item) is not in:\n\(checked.out)")
        }
        #expect(try bench.refs() == before)
        #expect(try bench.linkedWorktrees() == [])
    }

    @Test(arguments: [("setup-wizard", 4), ("plugin-system", 3), ("ui-pages", 6)])
    func answersAsJSON(fixture: String, jobs: Int) throws {
        let bench = try Bench(fixture: fixture)
        let answer = try Bench.object(bench.hybrid("check", "--json", bench.plan(ofFixture: fixture)))
        #expect(answer["schema"] as? Int == 1)
        #expect(answer["decision"] is [String: Any])
        let checklist = try #require(answer["checklist"] as? [String: Any])
        for item in [
            "no_file_overlaps", "clear_interfaces", "dependencies_documented", "integration_path_clear",
        ] {
            #expect(checklist[item] as? Bool == true, "\(item)")
        }
        #expect((answer["overlaps"] as? [Any])?.isEmpty == true)
        let waves = try #require(answer["waves"] as? [[String]])
        #expect(waves.map(\.count) == [jobs])
    }

    @Test func twoJobsOnOneFileAreRefused() throws {
        let bench = try Bench(fixture: "refused")
        let plan = try bench.plan(ofFixture: "refused")
        let checked = try bench.hybrid("check", plan)
        #expect(checked.code == 1)
        for name in ["Session Timeout", "Logout Everywhere", "src/accounts/session.py"] {
            #expect(checked.out.contains(name), "\(name) is not in:\n\(checked.out)")
        }
        let asJSON = try bench.hybrid("check", "--json", plan)
        #expect(asJSON.code == 1)
        let answer = try Bench.object(asJSON)
        let overlaps = try #require(answer["overlaps"] as? [[String: Any]])
        #expect(overlaps.count == 1)
        #expect(overlaps.first?["path"] as? String == "src/accounts/session.py")
        #expect((overlaps.first?["jobs"] as? [String])?.count == 2)
        #expect((answer["checklist"] as? [String: Any])?["no_file_overlaps"] as? Bool == false)
    }

    @Test func aRefusedPlanDoesNotRun() throws {
        let bench = try Bench(fixture: "refused")
        let before = try bench.refs()
        let ran = try bench.hybrid("run", bench.plan(ofFixture: "refused"))
        #expect(ran.code == 1)
        for name in ["Session Timeout", "Logout Everywhere", "src/accounts/session.py"] {
            #expect((ran.out + ran.err).contains(name), "\(name)")
        }
        #expect(try bench.refs() == before)
        #expect(try bench.linkedWorktrees() == [])
    }

    @Test func theChecklistIsTickedAndNothingElseChanges() throws {
        let bench = try Bench(fixture: "setup-wizard")
        let plan = try bench.plan(ofFixture: "setup-wizard")
        let before = try #require(bench.sandbox.read(plan))
        #expect(try bench.hybrid("check", "--write", plan).code == 0)
        #expect(bench.sandbox.read(plan) == before.replacingOccurrences(of: "- [ ]", with: "- [x]"))
    }

    @Test(arguments: [
        ("setup-wizard", "= 25 min", "1.6"), ("plugin-system", "= 22 min", "1.36"),
        ("ui-pages", "= 26 min", "1.73"),
    ])
    func theMethodsOwnArithmetic(fixture: String, wall: String, speedup: String) throws {
        let bench = try Bench(fixture: fixture)
        let estimated = try bench.hybrid("estimate", bench.plan(ofFixture: fixture))
        #expect(estimated.code == 0, "\(estimated.err)")
        #expect(estimated.out.contains(wall), "\(estimated.out)")
        #expect(estimated.out.contains(speedup), "\(estimated.out)")
    }

    @Test func theChecklistIsTickedInWhicheverOfTwoFilesHoldsIt() throws {
        let bench = try Bench(fixture: "setup-wizard")
        let whole = try #require(bench.sandbox.read(bench.plan(ofFixture: "setup-wizard")))
        let cut = try #require(whole.range(of: "## Hybrid Execution Plan")?.lowerBound)
        try bench.sandbox.write(String(whole[..<cut]), to: "analysis.md")
        try bench.sandbox.write(String(whole[cut...]), to: "execution.md")
        let files = ["execution.md", "analysis.md"].map { bench.sandbox.root + "/" + $0 }
        let ticked = try bench.hybrid("check", "--write", files[0], files[1])
        #expect(ticked.code == 0, "\(ticked.out)\(ticked.err)")
        let after = try #require(bench.sandbox.read("execution.md"))
        #expect(after.components(separatedBy: "- [x] ").count == 5)
        #expect(after.replacingOccurrences(of: "- [x] ", with: "- [ ] ") == String(whole[cut...]))
        #expect(bench.sandbox.read("analysis.md") == String(whole[..<cut]))
    }
}
