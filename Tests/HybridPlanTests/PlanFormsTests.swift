import Foundation
import HybridBase
import HybridPlan
import TestSupport
import Testing

private func message(_ body: () throws -> Plan) -> String {
    do {
        _ = try body()
        return "no error"
    } catch { return "\(error)" }
}

/// The method's template to the letter, plans in two files, and JSON as other programs write it.
@Suite struct PlanFormsTests {
    /// A plan whose only job holds these lines.
    private func job(_ lines: String, settings: String = "") throws -> Plan {
        let text =
            "## Task: T\n## Hybrid Execution Plan\n\(settings)\n### Jobs:\n**Job 1:** A\n- File: a.txt\n\(lines)\n"
        return try Plan.parse(text, format: .markdown, file: "plan.md") { _ in false }
    }

    @Test func `a task for an agent takes as many lines as it needs`() throws {
        let plan = try job(
            "- Task: Write the page\n  with its `title`.\n  - one\n  - two\n    and more\n- Retries: 1",
            settings: "- Agent: Claude\n- Conventions:\n  - lower case\n")
        #expect(plan.jobs[0].task == "Write the page\nwith its `title`.\n- one\n- two\n  and more")
        #expect(
            plan.agent?.text == "claude" && plan.conventions == "- lower case" && plan.jobs[0].retries == 1)
        #expect(plan.agent(of: plan.jobs[0]) == plan.agent)
        #expect(try Plan.parse(plan.markdown(), format: .markdown, file: "p.md") { _ in false } == plan)
        #expect(try job("- Agent: my-own\n- Task: x").jobs[0].agent?.text == "my-own")
    }

    @Test(arguments: [
        ("- Task: x", "nobody to do it"), ("- Agent: claude", "names an agent and no task"),
        ("- Agent: claude\n- Task: x\n- Command: `y`", "a command and a task"),
        ("- Agent: claude\n- Task:", "nothing stands behind it"),
        ("- Agent: Claude Code\n- Task: x", "can be no agent's name"),
        ("- Agent: claude\n- Task: [what to do]", "placeholder"),
    ])
    func `who does a job has to be clear`(lines: String, reason: String) {
        let said = message { try job(lines) }
        #expect(said.contains(reason), "\(said)")
    }

    /// Steps 1 and 2 of the method.
    static let analysis = """
        ## Task: [Feature Name]

        **Complexity:** [Small/Medium/Large]
        **Estimated Time (Sequential):** [X minutes]
        **Parallelizable:** [Yes/No]

        ### Components:
        1. [Component A] - Independent? [Yes/No]
        2. [Component B] - Independent? [Yes/No]
        3. [Component C] - Independent? [Yes/No]
        4. [Integration] - Orchestrator handles
        """
    static let execution = """
        ## Hybrid Execution Plan

        ### VS Code Session (Orchestrator):
        - File: [orchestration_file.py]
        - Responsibilities:
          - Base classes / interfaces
          - Integration logic
          - Coordination between components
          - Testing & validation
        - Estimated Time: [X minutes]

        ### Cline CLI Jobs (Parallel Workers):

        **Job 1:** [Component Name]
        - File: [component1.py]
        - Dependencies: [base_class.py]
        - Estimated Time: [X minutes]
        - Command: `cline --task "Create [component1.py] implementing [interface]"`

        **Job 2:** [Component Name]
        - File: [component2.py]
        - Dependencies: [base_class.py]
        - Estimated Time: [X minutes]
        - Command: `cline --task "Create [component2.py] implementing [interface]"`

        [... additional jobs ...]

        ### Conflict Analysis:
        - [ ] No file overlaps
        - [ ] Clear interfaces defined
        - [ ] Dependencies documented
        - [ ] Integration path clear
        """

    /// What a person writes over each placeholder, in the order in which they stand.
    static let answers = [
        ("[Feature Name]", "Search"), ("[Small/Medium/Large]", "Medium"), ("[X minutes]", "40 minutes"),
        ("[Yes/No]", "Yes"), ("[Component A]", "Index"), ("[Yes/No]", "Yes"), ("[Component B]", "Query"),
        ("[Yes/No]", "[Yes]"), ("[Component C]", "Cache"), ("[Yes/No]", "No"),
        ("[orchestration_file.py]", "search.py"), ("[X minutes]", "10 minutes"),
        ("[Component Name]", "Index"), ("[component1.py]", "index.py"), ("[base_class.py]", "base.py"),
        ("[X minutes]", "9 minutes"), ("[Component Name]", "Query"), ("[component2.py]", "query.py"),
        ("[base_class.py]", "base.py"), ("[X minutes]", "8 minutes"),
    ]

    @Test func plansBeginAsTheMethodsTemplate() {
        let lines = Plan.template(task: "[Feature Name]").split(separator: "\n")
        var rest = lines[...]
        for line in (Self.analysis + "\n" + Self.execution).split(separator: "\n") {
            guard let at = rest.firstIndex(of: line) else {
                Issue.record("\(line) is not there, or not in its place")
                return
            }
            rest = rest[(at + 1)...]
        }
    }

    @Test func theMethodsTemplateIsReadAsItStands() throws {
        var text = Self.analysis + "\n\n" + Self.execution
        for (number, answer) in Self.answers.enumerated() {
            let refused = message { try Plan.parse(text, format: .markdown, file: "plan.md") { _ in false } }
            #expect(refused.contains("placeholder"), "before answer \(number): \(refused)")
            let place = try #require(text.range(of: answer.0), "\(answer.0)")
            text.replaceSubrange(place, with: answer.1)
        }
        let plan = try Plan.parse(text, format: .markdown, file: "plan.md") { _ in false }
        #expect(plan.task.name == "Search")
        #expect(plan.task.components.map(\.name) == ["Index", "Query", "Cache", "[Integration]"])
        #expect(plan.task.components.map(\.independent) == [true, true, false, nil])
        #expect(plan.orchestrator.files.map(\.path) == ["search.py"])
        #expect(plan.orchestrator.responsibilities.count == 4)
        #expect(plan.jobs.map(\.name) == ["Index", "Query"])
        #expect(plan.jobs.map { $0.files.map(\.path) } == [["index.py"], ["query.py"]])
        #expect(plan.jobs.map { $0.dependencies.map(\.path) } == [["base.py"], ["base.py"]])
        #expect(plan.jobs.map(\.estimate?.seconds) == [540, 480])
        #expect(
            plan.jobs[0].command
                == .shell(#"cline --task "Create [component1.py] implementing [interface]""#))
    }

    @Test func aMistakeInTheSecondOfTwoFilesIsNamedThere() throws {
        let first = "```markdown\n## Task: Search\n"
        let second = "### Jobs:\n**Job 1:** Index\n- File: index.py\n- Comand: `true`\n"
        let error = message {
            try Plan.parse(markdown: [("analysis.md", first), ("plan.md", second)]) { _ in false }
        }
        #expect(error.hasPrefix("plan.md:4: "), "\(error)")
        let claimless = second.replacing("- File: index.py\n- Comand: `true`\n", with: "")
        let late = message {
            try Plan.parse(markdown: [("analysis.md", first), ("plan.md", claimless)]) { _ in false }
        }
        #expect(late.hasPrefix("plan.md:2: "), "\(late)")
        let fine = second.replacing("Comand", with: "Command")
        let plan = try Plan.parse(markdown: [("a.md", first), ("b.md", fine)]) { _ in false }
        #expect(plan.jobs.map(\.name) == ["Index"])
    }

    @Test func fieldsWithoutABulletCount() throws {
        let text = """
            \u{FEFF}## Task: Search
            ### VS Code (Orchestrator):
            Time: 15 minutes
            Note: this is prose.
            ### Workers:
            Job 1: Index
            File: index.py
            Command: `true`
            Note: so is this.
            """
        let plan = try Plan.parse(text, format: .markdown, file: "plan.md") { _ in false }
        #expect(plan.orchestrator.estimate?.seconds == 900)
        #expect(plan.jobs[0].files == [Claim(path: "index.py")])
        #expect(plan.jobs[0].command == .shell("true"))
    }

    /// Markdown has a list below a paragraph whether or not it stands further in.
    @Test func listsBelowPlainFieldsAreTheirs() throws {
        let text = """
            ## Task: Search
            **Setup:**
            - npm ci
            - `make ready`

            **Copy:**
            * .env
            - node_modules (link)
            **Verify:** make test
            - make lint
            - Target: main
            ### Orchestrator:
            **Responsibilities:**
            - Base classes
            ### Workers:
            **Job 1:** Index
            **Files:**
            - a.py
            - b.py (edit)
            **Setup:**
            - make deps
            - Command: `true`
            """
        let plan = try Plan.parse(text, format: .markdown, file: "plan.md") { _ in false }
        #expect(plan.setup == [.shell("npm ci"), .shell("make ready")])
        #expect(plan.copy == [BroughtFiles(".env"), BroughtFiles("node_modules", way: .link)])
        #expect(plan.verify == [.shell("make test"), .shell("make lint")])
        #expect(plan.target == "main")
        #expect(plan.orchestrator.responsibilities == ["Base classes"])
        #expect(plan.jobs[0].files == [Claim(path: "a.py"), Claim(path: "b.py", kind: .edit)])
        #expect(plan.jobs[0].setup == [.shell("make deps")])
        #expect(plan.jobs[0].command == .shell("true"))
    }

    @Test(arguments: [
        ("**Setup:**\n\n```sh\nnpm ci\n```\n", "plan.md:2: setup: nothing stands behind it"),
        ("- Copy:\n", "plan.md:2: copy: nothing stands behind it"),
        ("- Ports: 4\n  - 8080\n", "plan.md:3: ports: \"8080\" stands in a list below it"),
        ("**Red Base:** stop\n  - unless it is known\n", "plan.md:3: red base: "),
        ("**Verify:** make \\\n  test\n", "plan.md:3: verify: \"test\" goes on with the line above it"),
        ("- Setup:\n  - `npm \nci`\n", "plan.md:4: setup: \"ci`\" goes on with the line above it"),
        ("### Copy:\n- `a`,\n  `b`\n", "plan.md:4: copy: "),
        ("**Verify:** `make\n\ntest`\n", "plan.md:2: verify: the code that begins in \"`make\" has no end"),
        ("### Verification:\n- make\n  test\n", "plan.md:4: verification: \"test\" goes on"),
    ])
    func whatAFieldCannotTakeIsNamed(_ lines: String, _ told: String) {
        let text = "## Task: T\n" + lines + "### Workers:\n**Job 1:** A\n- File: a\n"
        let error = message { try Plan.parse(text, format: .markdown, file: "plan.md") { _ in false } }
        #expect(error.contains(told), "\(error)")
    }

    @Test func wordsForPeopleMayTakeManyLines() throws {
        let text = """
            ## Task: T
            ### Orchestrator:
            - Responsibilities: what is long
              goes on here
            ### Workers:
            **Job 1:** A
            - File: a
            - Command: `make a`
            As the user wanted it,
            in two lines.
            """
        let plan = try Plan.parse(text, format: .markdown, file: "p.md") { _ in false }
        #expect(plan.jobs[0].command == .shell("make a"))
    }

    /// Reads `- File: TEXT` of a plan whose base holds `there`.
    private func claim(_ text: String, there: Set<String> = []) throws -> Claim {
        let plan = try Plan.parse(
            "## Task: T\n### Cline CLI Jobs:\n**Job 1:** A\n- File: \(text)\n", format: .markdown,
            file: "p.md"
        ) { there.contains($0) }
        return try #require(plan.jobs[0].files.first)
    }

    @Test func sectionsAreReadWhereNoSuchFileExists() throws {
        #expect(try claim("`a.py#L10-L80`") == Claim(path: "a.py", section: .lines(10...80)))
        #expect(try claim("a.py#L7 (edit)") == Claim(path: "a.py", kind: .edit, section: .lines(7...7)))
        #expect(try claim("a.py#l7-9") == Claim(path: "a.py", section: .lines(7...9)))
        #expect(
            try claim("./a.py::Client.send") == Claim(path: "a.py", section: .symbol(["Client", "send"])))
        #expect(try claim("a.py::f", there: ["a.py::f"]) == Claim(path: "a.py::f"))
        #expect(try claim("notes#Later.md") == Claim(path: "notes#Later.md"))
        for bad in [
            "a.py#L0", "a.py#L9-L3", "a.py#L3-", "a.py#L1-L2-L3", "a.py::", "a.py::f..g", "a.py::f g",
        ] {
            #expect(throws: HybridError.self, "\(bad)") { try claim("`\(bad)`") }
        }
        for bad in ["*.py::f", "src/**#L1-L2", "../a.py::f", "a.py#L1-L2 (create)", "a.py::f (delete)"] {
            #expect(throws: HybridError.self, "\(bad)") { try claim(bad) }
        }
    }

    @Test func aSavedPlanKeepsItsSectionsWhateverExists() throws {
        let plan = Plan(
            task: PlannedTask(name: "T"),
            jobs: [
                Job(
                    name: "A", id: "a",
                    files: [
                        Claim(path: "a.py", section: .symbol(["f"])),
                        Claim(path: "b.py", section: .lines(1...2)),
                        Claim(path: "c.py::g"),
                    ], dependencies: [Claim(path: "d.py", kind: .read, section: .symbol(["h"]))])
            ])
        #expect(try Plan.parse(plan.json(), format: .json, file: "p", exists: { _ in true }) == plan)
    }

    @Test(arguments: [
        #"{"task":{"name":"\ud83d\ude00"},"jobs":[{"name":"A","files":"a\/b","command":"x","wave":null}]}"#,
        "\u{FEFF}{\"task\":\n\t{\"name\":\t\"😀\"},\n\t\"jobs\":\n\t[{\"name\":\"A\",\n\t\t\"files\":[\"a/b\"],\"command\":\"x\"}]}\n",
    ])
    func jsonOfOtherProgramsIsRead(_ text: String) throws {
        let plan = try Plan.parse(text, format: .json, file: "plan.json") { _ in false }
        #expect(plan.task.name == "😀")
        #expect(plan.jobs[0].files == [Claim(path: "a/b")])
        #expect(plan.jobs[0].command == .shell("x"))
        #expect(plan.jobs[0].wave == nil)
    }

    @Test(arguments: [
        ("{\"task\": {\"name\": \"A\"},\n \"jobs\": [{\"name\": \"A\", \"files\": [\"a\"]},]\n}", ":2:"),
        ("{\"task\": {\"name\": \"A\"},\n \"jobs\": [\n{\"name\": \"A\",\n\"files\": [\"../a\"]}]\n}", ":4:"),
        ("{\"task\": {\"name\": \"A\", \"name\": \"B\"}, \"jobs\": []}", "twice"),
        ("{\"task\": {\"name\": null}, \"jobs\": []}", "task.name"),
        ("task:\n  name: A\n", "JSON"),
        (#"{"task": {"name": "\x"}, "jobs": []}"#, "escape"),
    ])
    func brokenJSONIsNamedWithItsLine(_ text: String, _ words: String) {
        let error = message { try Plan.parse(text, format: .json, file: "plan.json") { _ in false } }
        #expect(error.hasPrefix("plan.json:"), "\(error)")
        #expect(error.contains(words), "\(error)")
    }

    @Test func aliasesDoNotExplode() {
        var text = "task:\n  name: A\n  components:\n  - &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let alias = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "  - &a\(level) [\(alias)]\n"
        }
        let error = message { try Plan.parse(text, format: .yaml, file: "plan.yaml") { _ in false } }
        #expect(error.contains("more than 500000 values"), "\(error)")
    }

    @Test func nothingInYAMLIsNothing() throws {
        let text = "task: {name: A}\ntarget: ~\njobs:\n- name: A\n  files: a\n  wave: null\n  command:\n"
        let plan = try Plan.parse(text, format: .yaml, file: "plan.yaml") { _ in false }
        #expect(plan.target == nil)
        #expect(plan.jobs[0].wave == nil)
        #expect(plan.jobs[0].command == nil)
    }

    @Test(arguments: [
        ("Base", "base"), ("Orchestrator", "orchestrator"), ("Check page", "check-page"),
        ("Record", "record"),
        ("Wave 1", "wave-1"), ("Merge resolve", "merge-resolve"), ("Lock", "lock"), ("Verify", "verify"),
        ("Check-resolve", "check-resolve"), ("Squashed", "squashed"), ("_Job", "job"), ("日本", "job-1"),
    ])
    func noNameIsReserved(_ name: String, _ id: String) throws {
        let text = "task: {name: T}\njobs: [{name: \(name), files: a}]\n"
        let plan = try Plan.parse(text, format: .yaml, file: "plan.yaml") { _ in false }
        #expect(plan.jobs[0].id.text == id)
        #expect(try Plan.parse(plan.markdown(), format: .markdown, file: "p") { _ in false } == plan)
        let given = try Plan.parse(
            "task: {name: T}\njobs: [{name: A, id: \(id), files: a}]\n", format: .yaml, file: "plan.yaml"
        ) { _ in false }
        #expect(given.jobs[0].id.text == id)
    }

    @Test(arguments: [
        "Record", "_x", "-x", "a.b", "a/b", "a b", "ü", "a\u{301}", String(repeating: "a", count: 61),
    ])
    func anIdIsOfLettersDigitsAndDashes(_ id: String) {
        let said = message {
            try Plan.parse(
                "task: {name: T}\njobs: [{name: A, id: \(id), files: a}]\n", format: .yaml, file: "plan.yaml"
            ) { _ in false }
        }
        #expect(said.contains("a-z, 0-9 and -"), "\(said)")
    }
}
