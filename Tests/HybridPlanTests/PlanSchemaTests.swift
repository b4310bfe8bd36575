import HybridBase
import HybridPlan
import TestSupport
import Testing

/// The published schema of a plan is of the description that writes it.
@Suite struct PlanSchemaTests {
    /// Whatever a schema says of a plan, the plan with everything in it follows, and so does the smallest.
    @Test func aPlanFollowsItsSchema() throws {
        let job = Job(
            name: "A", id: "a", files: [Claim(path: "x"), Claim(path: "y", kind: .edit, isExcluded: true)],
            dependencies: [Claim(path: "z", kind: .read, section: .lines(1...2))], needs: ["b"],
            estimate: Estimate(seconds: 60), command: .argv(["a", "b"]), verify: [.shell("c"), .argv(["d"])],
            retries: 1, timeoutSeconds: 5, wave: 2, mayChangeNothing: true)
        let plan = Plan(
            task: PlannedTask(
                name: "T", complexity: .small, sequentialEstimate: Estimate(seconds: 60),
                parallelizable: false,
                components: [Component(name: "c", independent: true), Component(name: "d")]),
            orchestrator: Orchestrator(
                files: [Claim(path: "o")], responsibilities: ["r"], estimate: Estimate(seconds: 1),
                prepare: .shell("p"), integrate: .argv(["i"])), jobs: [job, Job(name: "B", id: "b")],
            verify: [.shell("v")], target: "main",
            exports: [
                ExportList(file: "e", form: .go, from: "f", template: "t", begin: "b", end: "n")
            ], buildState: "B", landTheRest: true, audit: .report,
            hot: [
                HotFile(path: "h", policy: .union), HotFile(path: "i", policy: .job("a")),
                HotFile(path: "j", policy: .regenerate(.argv(["m"]))),
                HotFile(path: "k", policy: .orchestrator),
            ], redBase: .accept, beside: .take, verifyAlone: true, verifyBudget: 3,
            setup: [.shell("npm ci"), .argv(["m"])],
            copy: [BroughtFiles(".env"), BroughtFiles("node_modules", way: .link)], ports: 20,
            submodules: true)
        let schema = Plan.schema.file("plan").text()
        let examples = Plan.allExampleNames.compactMap(Plan.example)
        #expect(examples.count == Plan.allExampleNames.count)
        for one in examples + [plan, Plan(task: PlannedTask(name: "T"))] {
            #expect(try SchemaCheck.problems(one.json(), schema: schema) == [])
        }
    }
}
