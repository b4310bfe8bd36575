import Foundation
import HybridPlan
import TestSupport
import Testing

private let fixtures =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/fixtures"

private func parse(_ text: String, _ format: PlanFormat = .markdown, exists: Set<String> = []) throws -> Plan
{
    try Plan.parse(text, format: format, file: "plan", exists: exists.contains)
}

private func message(_ body: () throws -> Plan) -> String {
    do {
        _ = try body()
        return "no error"
    } catch { return "\(error)" }
}

@Suite struct PlanTests {
    static let whole = """
        ## Task: Search

        **Complexity:** Medium
        **Estimated Time (Sequential):** 40 minutes
        **Parallelizable:** Yes

        ### Components:
        1. Index - Independent? Yes
        2. Query - Independent? No
        3. Integration - Orchestrator handles

        ## Hybrid Execution Plan

        ### VS Code Session (Orchestrator):
        - File: src/base.py, `src/a b.py`
        - Responsibilities:
          - Base classes / interfaces
          - Testing & validation
        - Estimated Time: 10-20 minutes

        ### Cline CLI Jobs (Parallel Workers):

        **Job 1:** Index Builder
        - File:
          - src/index.py
          - src/index/** (create)
        - Dependencies: src/base.py
        - Estimated Time: 10 minutes
        - Command: `cline --task "Create index.py: $(x)"`

        * **job 2:** Query
        * files: ./src/query.py
        * dependencies: None
        * estimated time: ~90 s
        * Needs: Index Builder
        * Command: `["cline", "--task", "a, b"]`
        * Verify: `python3 -m unittest tests.test_query`
        * Retries: 2

        [... additional jobs ...]

        ### Verification:
        - `make test`

        ### Conflict Analysis:
        - [ ] No file overlaps
        """

    @Test func readsTheTemplate() throws {
        let plan = try parse(Self.whole)
        #expect(plan.task.name == "Search")
        #expect(plan.task.complexity == .medium)
        #expect(plan.task.sequentialEstimate?.seconds == 2400)
        #expect(plan.task.parallelizable == true)
        #expect(plan.task.components.map(\.independent) == [true, false, nil])
        #expect(plan.orchestrator.files.map(\.path) == ["src/base.py", "src/a b.py"])
        #expect(plan.orchestrator.responsibilities.count == 2)
        #expect(plan.orchestrator.estimate?.seconds == 900)
        #expect(plan.jobs.map(\.id) == ["index-builder", "query"])
        #expect(
            plan.jobs[0].files == [Claim(path: "src/index.py"), Claim(path: "src/index/**", kind: .create)])
        #expect(plan.jobs[0].command == .shell("cline --task \"Create index.py: $(x)\""))
        #expect(plan.jobs[1].files == [Claim(path: "src/query.py")])
        #expect(plan.jobs[1].dependencies.isEmpty)
        #expect(plan.jobs[1].estimate?.seconds == 90)
        #expect(plan.jobs[1].command == .argv(["cline", "--task", "a, b"]))
        #expect(plan.jobs[1].retries == 2)
        #expect(plan.verify == [.shell("make test")])
    }

    @Test func readsCarriageReturnsAndFences() throws {
        let plain = try parse(Self.whole)
        #expect(try parse(Self.whole.replacingOccurrences(of: "\n", with: "\r\n")) == plain)
        #expect(try parse("Text before.\n\n```markdown\n\(Self.whole)\n```\n") == plain)
    }

    @Test func theTemplateItselfIsUnfilled() throws {
        #expect(message { try parse(Plan.template(task: "Search")) }.contains("placeholder"))
        // A name in brackets that stands at the base is a name.
        let text = Self.whole.replacingOccurrences(of: "./src/query.py", with: "[page.tsx]")
        #expect(message { try parse(text) }.contains("placeholder"))
        #expect(try parse(text, exists: ["[page.tsx]"]).jobs[1].files[0].path == "[page.tsx]")
    }

    @Test(arguments: ["setup-wizard", "plugin-system", "ui-pages", "refused", "conflicting"])
    func fixturesAreReadAndKept(_ name: String) throws {
        let text = try String(contentsOfFile: fixtures + "/\(name)/plan.md", encoding: .utf8)
        let plan = try parse(text)
        #expect(try parse(plan.markdown()) == plan)
        #expect(try parse(plan.yaml(), .yaml) == plan)
        #expect(try parse(plan.json(), .json) == plan)
    }

    @Test(arguments: 0..<60)
    func nothingIsLostBetweenTheForms(_ seed: Int) throws {
        var random = Seeded(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1)
        let plan = random.plan()
        let markdown = try parse(plan.markdown())
        #expect(markdown == plan, "\(plan.markdown())")
        #expect(try parse(try markdown.yaml(), .yaml) == plan)
        #expect(try parse(try markdown.json(), .json) == plan)
    }

    @Test(
        "names place and reason",
        arguments: [
            ("- File: ./src/query.py", "files: ../x", "plan:32: files"), ("src/query.py", "/abs", "absolute"),
            ("src/query.py", "a//b", "empty component"), ("src/query.py", "C:x", "drive"),
            ("src/query.py", ".git/hooks/x", "git directory"), ("src/query.py", "a/.GIT/x", "git directory"),
            ("src/query.py", "git~1/x", "git directory"), ("src/query.py", ".g\u{200C}it/x", "git directory"),
            ("src/query.py", "a\\b", "backslash"), ("src/query.py", "a\u{1B}b", "control character"),
            ("src/query.py", "a\u{202E}b", "control character"), ("src/query.py", "x.{a,b}", "braces"),
            ("* Retries: 2", "* Retires: 2", "did you mean \"retries\"?"),
            ("* Retries: 2", "* Retries: -2", "whole number"),
            ("* Retries: 2", "* May Change Nothing: perhaps", "neither yes nor no"),
            ("~90 s", "soonish", "not a time"), ("~90 s", "-5 minutes", "not a time"),
            ("~90 s", "99999999999999999999 hours", "1000 hours"), ("Medium", "Huge", "none of Small"),
            ("* files: ./src/query.py\n", "", "claims no file"),
            ("Needs: Index Builder", "Needs: Idnex", "no job"),
            ("**job 2:** Query", "**job 2:** Index Builder", "another job has this name"),
            ("**job 2:** Query", "**job 2:** Index, Builder", "would both be called"),
            ("**job 2:** Query", "**job 2:** [Component Name]", "placeholder"),
        ])
    func errors(_ old: String, _ new: String, _ words: String) {
        var text = Self.whole
        if old.hasPrefix("- File") {
            text = text.replacingOccurrences(of: "files: ./src/query.py", with: new)
        } else {
            text = text.replacingOccurrences(of: old == "src/query.py" ? "./src/query.py" : old, with: new)
        }
        let said = message { try parse(text) }
        #expect(said.contains(words), "\(said)")
        #expect(!said.contains("\n") && !said.contains("\u{1B}"))
    }

    @Test(arguments: [
        ("task: [", "plan:"), ("task:\n  name: a\n  nmae: b\njobs: []\n", "did you mean \"name\"?"),
        ("task: {name: a}\njobs: 5\n", "a list is expected"), ("", "empty"),
        ("task: {name: a}\njobs: []\n", "no job"),
        ("task: {name: a}\njobs:\n- name: x\n  files: [../x]\n", "plan:4"),
        ("task: {name: a}\ntask: {name: b}\n", "twice"),
        ("task: {name: a}\nbeside: maybe\njobs: []\n", "\"maybe\" is none of report, take"),
        ("task: {name: a}\nred_base: maybe\njobs: []\n", "\"maybe\" is none of stop, accept"),
        ("task: {name: a}\nverify_alone: often\njobs: []\n", "neither yes nor no"),
        ("task: {name: a}\nverify_budget: -1\njobs: []\n", "from 0 to"),
        ("task: {name: a}\nports: 0\njobs: []\n", "from 1 to"),
        ("task: {name: a}\ncopy: [../x]\njobs: []\n", "leads out of the checkout"),
        ("task: {name: a}\ncopy: [{path: x, as: move}]\njobs: []\n", "none of copy, clone, link"),
        ("task: {name: a}\nsetup: ['']\njobs: []\n", "the command is empty"),
    ])
    func errorsInYAML(_ text: String, _ words: String) {
        let said = message { try parse(text, .yaml) }
        #expect(said.contains(words), "\(said)")
        #expect(!said.contains("\n"))
    }

    @Test(arguments: [PlanFormat.markdown, .yaml, .json])
    func hugeLinesAreRefusedAtOnce(_ format: PlanFormat) {
        let said = message { try parse("\n## Task: " + String(repeating: "x", count: 20 << 20), format) }
        #expect(said.hasPrefix(format == .json ? "plan: " : "plan:2: ") && said.contains("than"), "\(said)")
        #expect(said.count < 200)
        let lines = message { try parse(String(repeating: "a line\n", count: 3 << 20), format) }
        #expect(lines.contains("larger than") && lines.count < 200)
    }
}

/// A small generator, so that a failing plan can be made again from its seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    private mutating func text() -> String {
        let parts = [
            "alpha", "Be ta", "(x)", "`tick`", "a, b", "- dash", "ü", "#1", "[k]", "\"q\"", "a: b", "*", "--",
        ]
        return (0..<Int.random(in: 1...3, using: &self)).map { _ in parts.randomElement(using: &self)! }
            .joined(separator: " ")
    }

    private mutating func claim() -> Claim {
        let names = [
            "src/a.py", "a b/c,d.txt", "x/**", "*.md", "d/`t`", "ü/é.py", "f(1).txt", "g (create)", "h?[ab]",
        ]
        if Bool.random(using: &self) {
            let sections: [Claim.Section] = [
                .lines(3...3), .lines(1...900), .symbol(["send"]), .symbol(["Client", "~Client"]),
                .symbol(["operator()"]),
            ]
            return Claim(
                path: ["src/a.py", "a b/c,d.txt", "ü/é.py", "c#.cs"].randomElement(using: &self)!,
                kind: [.write, .edit].randomElement(using: &self)!,
                section: sections.randomElement(using: &self)!)
        }
        return Claim(
            path: names.randomElement(using: &self)!,
            kind: [.write, .create, .edit, .delete].randomElement(using: &self)!)
    }

    /// A claim that takes paths away from those before it.
    private mutating func taken() -> Claim {
        let claim = claim()
        return Claim(path: claim.path, kind: claim.kind, isExcluded: true)
    }

    private mutating func command() -> Command {
        Bool.random(using: &self)
            ? .shell(text() + ["", "\nsecond line", " && `date`", " | cat"].randomElement(using: &self)!)
            : .argv(["run"] + (0..<2).map { _ in text() } + ["", "a\tb\n"])
    }

    /// A text for an agent, of one line or several.
    private mutating func prose() -> String {
        let more = ["", "\n- two\n- three", "\n\nFile: x", " `a` **b**", "\ttab"]
        return ["do ", "\"", "- ", ""].randomElement(using: &self)! + "x " + text()
            + more.randomElement(using: &self)!
    }

    private mutating func many<T>(_ make: (inout Seeded) -> T) -> [T] {
        (0..<Int.random(in: 0...2, using: &self)).map { _ in make(&self) }
    }

    private mutating func maybe<T>(_ make: (inout Seeded) -> T) -> T? {
        Bool.random(using: &self) ? make(&self) : nil
    }

    mutating func plan() -> Plan {
        func estimate(_ random: inout Seeded) -> Estimate {
            Estimate(seconds: Int.random(in: 0...9000, using: &random))
        }
        let jobs = (0..<Int.random(in: 1...4, using: &self)).map { index in
            let isAgents = Bool.random(using: &self)
            return Job(
                name: "Job\(index) " + text(), id: "id-\(index)", files: [claim(), claim(), taken()],
                dependencies: (0..<Int.random(in: 0...2, using: &self)).map { _ in
                    let claim = claim()
                    return Claim(path: claim.path, kind: .read, section: claim.section)
                },
                needs: index > 0 && Bool.random(using: &self) ? ["id-0"] : [], estimate: maybe(estimate),
                command: isAgents ? nil : maybe { $0.command() },
                verify: (0..<Int.random(in: 0...2, using: &self)).map { _ in command() },
                retries: Int.random(in: 0...3, using: &self),
                timeoutSeconds: maybe { Int.random(in: 1...5000, using: &$0) },
                wave: maybe { Int.random(in: 1...3, using: &$0) },
                mayChangeNothing: Bool.random(using: &self), setup: many { $0.command() },
                agent: isAgents ? AgentName("codex") : nil, task: isAgents ? prose() : nil)
        }
        return Plan(
            task: PlannedTask(
                name: "T " + text(), complexity: Complexity.allCases.randomElement(using: &self),
                sequentialEstimate: maybe(estimate), parallelizable: maybe { Bool.random(using: &$0) },
                components: [Component(name: "One", independent: true), Component(name: "Two")]),
            orchestrator: Orchestrator(
                files: [claim()], responsibilities: ["keep " + text()], estimate: maybe(estimate),
                prepare: maybe { $0.command() }, integrate: maybe { $0.command() }), jobs: jobs,
            verify: (0..<Int.random(in: 0...2, using: &self)).map { _ in command() },
            target: maybe { _ in "main" },
            exports: [
                ExportList(
                    file: "x/i.py", form: maybe { _ in .rust }, from: maybe { _ in "x/*.py" },
                    template: maybe { _ in "use {name};" }, begin: maybe { _ in "# <a>" },
                    end: maybe { _ in "# </a>" })
            ], buildState: maybe { _ in "B.json" }, landTheRest: Bool.random(using: &self),
            hot: [
                HotFile(path: "a b/c,d.txt", policy: .orchestrator), HotFile(path: "d/`t`", policy: .union),
                HotFile(path: "ü/é: x.py", policy: .job(jobs[0].name)),
                HotFile(path: "*.lock", policy: .regenerate(command())),
            ], redBase: RedBasePolicy.allCases.randomElement(using: &self)!,
            beside: BesidePolicy.allCases.randomElement(using: &self)!,
            verifyAlone: Bool.random(using: &self),
            verifyBudget: maybe { Int.random(in: 0...99, using: &$0) },
            setup: many { $0.command() },
            copy: many {
                BroughtFiles([".env", "a b/", "*.key", "!x.key"].randomElement(using: &$0)!)
            }
                + many {
                    BroughtFiles("node_modules", way: BroughtFiles.Way.allCases.randomElement(using: &$0)!)
                },
            ports: maybe { Int.random(in: 1...99, using: &$0) },
            submodules: maybe { Bool.random(using: &$0) },
            agent: maybe { _ in AgentName("claude")! }, conventions: maybe { $0.prose() }
        )
    }
}
