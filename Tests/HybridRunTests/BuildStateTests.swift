import HybridBase
import HybridPlan
import HybridRun
import Testing

private func entry(_ task: String = "Wizard", jobs: Int = 4) throws -> BuildStateEntry {
    var plan = Plan(
        task: PlannedTask(name: task),
        jobs: (0..<jobs).map {
            Job(
                name: "j\($0)", id: "j\($0)", files: [Claim(path: "f\($0)")], estimate: Estimate(seconds: 600)
            )
        })
    plan.task.sequentialEstimate = Estimate(seconds: 1800)
    return BuildStateEntry(plan: plan, estimate: try EstimateReport.make(plan: plan, jobs: 4))
}

private func updated(_ text: String?, _ entry: BuildStateEntry) throws -> String {
    String(decoding: try BuildState.updated(text.map { Array($0.utf8) }, entry: entry), as: UTF8.self)
}

@Suite struct BuildStateTests {
    @Test("makes the file with the method's keys and figures")
    func makes() throws {
        let made = try updated(nil, try entry())
        #expect(
            made == """
                {
                  "tasks": [
                    {
                      "task": "Wizard",
                      "sequential_estimate": "30 minutes",
                      "hybrid_estimate": "10 minutes",
                      "hybrid_applicable": true,
                      "parallel_jobs": 4,
                      "speedup_factor": "3x"
                    }
                  ]
                }

                """)
        #expect(try updated(made, try entry()) == made)
    }

    @Test("changes the entry's values and no other byte")
    func inPlace() throws {
        let before = """
            { "version" : 7,   "tasks":[ {"owner": "é\\u0041", "task":"Wizard", "parallel_jobs": 2,
                "notes": [1, {"task": "Wizard"}]} ] }
            """
        let after = try updated(before, try entry())
        #expect(
            after.hasPrefix(
                "{ \"version\" : 7,   \"tasks\":[ {\"owner\": \"é\\u0041\", \"task\":\"Wizard\", \"parallel_jobs\": 4,"
            ))
        #expect(after.contains("\"notes\": [1, {\"task\": \"Wizard\"}],"))
        #expect(after.contains("\"speedup_factor\": \"3x\""))
        #expect(try updated(after, try entry()) == after)
    }

    @Test(
        "adds an entry to what is there",
        arguments: [
            "[]", "{}", "{\"tasks\": []}", "[{\"task\": \"Other\"}]", "{\"a\": 1}",
            "{\"tasks\": [{\"x\": 1}]}",
        ])
    func adds(before: String) throws {
        let after = try updated(before, try entry())
        #expect(after.contains("\"task\": \"Wizard\""))
        #expect(after.contains("Other") == before.contains("Other"))
        #expect(try updated(after, try entry()) == after)
    }

    @Test(
        "refuses what it cannot keep",
        arguments: [
            "{", "[1,]", "{\"task\": \"Other\"}", "\"text\"", "{\"tasks\": 1}",
            "[{\"task\": \"Wizard\"}, {\"task\": \"Wizard\"}]", "{} {}",
        ])
    func refuses(before: String) {
        #expect(throws: HybridError.self) { try updated(before, try entry()) }
    }
}
