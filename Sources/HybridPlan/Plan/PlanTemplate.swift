extension Plan {
    /// The method's template, steps 1 and 2, ready to be filled in.
    ///
    /// One section is added to it: without a verify command a run ends unverified.
    public static func template(task: String) -> String {
        """
        ## Task: \(task)

        **Complexity:** [Small/Medium/Large]
        **Estimated Time (Sequential):** [X minutes]
        **Parallelizable:** [Yes/No]

        ### Components:
        1. [Component A] - Independent? [Yes/No]
        2. [Component B] - Independent? [Yes/No]
        3. [Component C] - Independent? [Yes/No]
        4. [Integration] - Orchestrator handles

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

        ### Verification:
        - [command that tests the merged tree]

        ### Conflict Analysis:
        - [ ] No file overlaps
        - [ ] Clear interfaces defined
        - [ ] Dependencies documented
        - [ ] Integration path clear

        """
    }

    /// The names of the method's real-world examples.
    public static let exampleNames = ["setup-wizard", "plugin-system", "ui-pages"]

    /// The names of all examples: the method's, and those of fields that its template has no line for.
    public static var allExampleNames: [String] { exampleNames + ["export-lists", "worktrees"] }

    /// One of the examples; nil for an unknown name.
    public static func example(_ name: String) -> Plan? {
        switch name {
        case "export-lists": return exportLists
        case "worktrees": return worktrees
        case "setup-wizard":
            let folder = "src/scribe/ui_fluent/setup_wizard/"
            return example(
                "Setup Wizard", 40, 15,
                ["__init__.py", "wizard_manager.py", "base_page.py"].map { folder + $0 },
                "base_page.py", folder,
                [
                    ("Audio device page", "audio_device_page.py", 10),
                    ("Hotkey config page", "hotkey_config_page.py", 10),
                    ("API setup page", "api_setup_page.py", 10), ("Profile page", "profile_page.py", 10),
                ])
        case "plugin-system":
            let folder = "src/scribe/plugins/"
            return example(
                "Plugin System", 30, 12, ["base.py", "registry.py"].map { folder + $0 }, "base.py", folder,
                [
                    ("Window manager plugin", "window_manager.py", 10),
                    ("Media control plugin", "media_control.py", 10),
                    ("Clipboard transform plugin", "clipboard_transform.py", 10),
                ])
        case "ui-pages":
            let folder = "src/scribe/ui/"
            return example(
                "UI Pages", 45, 18, ["main_window.py", "navigation.py", "components.py"].map { folder + $0 },
                "components.py", folder,
                [
                    ("Home page", "home_page.py", 8), ("Transcription page", "transcription_page.py", 8),
                    ("Plugins page", "plugins_page.py", 8), ("Settings page", "settings_page.py", 8),
                    ("Insights page", "insights_page.py", 8), ("About page", "about_page.py", 5),
                ])
        default: return nil
        }
    }

    /// Lists of what the workers made: by a form, by a template, and in a registry of another folder.
    private static var exportLists: Plan {
        var plan = example(
            "Export Lists", 40, 10, ["src/pages/base_page.py"], "base_page.py", "src/pages/",
            [("Home page", "home_page.py", 8), ("Settings page", "settings_page.py", 8)])
        plan.exports = [
            ExportList(file: "src/pages/__init__.py", form: .python, from: "src/pages/*_page.py"),
            ExportList(
                file: "src/routes.py", from: "src/pages/*_page.py",
                template: "route(\"/{name}\", \"{path}\", {Type}())", begin: "# routes",
                end: "# end of routes"),
        ]
        return plan
    }

    /// What makes fresh worktrees ready to work: commands, files of the checkout, ports.
    private static var worktrees: Plan {
        var plan = example(
            "Shop Pages", 40, 10, ["src/pages/base.js"], "base.js", "src/pages/",
            [("Cart page", "cart.js", 10), ("Orders page", "orders.js", 10)])
        plan.setup = [.shell("npm ci"), .shell("npm run codegen")]
        plan.jobs[1].setup = [.shell("npm run seed-orders")]
        plan.copy = [
            BroughtFiles(".env"), BroughtFiles("/fixtures/"), BroughtFiles("/models/", way: .clone),
            BroughtFiles("/.cache", way: .link),
        ]
        plan.ports = 20
        plan.submodules = false
        plan.verify = [.shell("npm test")]
        return plan
    }

    private static func example(
        _ task: String, _ sequential: Int, _ orchestrator: Int, _ files: [String], _ base: String,
        _ folder: String,
        _ jobs: [(name: String, file: String, minutes: Int)]
    ) -> Plan {
        Plan(
            task: PlannedTask(
                name: task, complexity: .medium, sequentialEstimate: Estimate(seconds: sequential * 60),
                parallelizable: true,
                components: jobs.map { Component(name: $0.name, independent: true) } + [
                    Component(name: "Integration")
                ]),
            orchestrator: Orchestrator(
                files: files.map { Claim(path: $0) },
                responsibilities: ["Base classes / interfaces", "Integration logic", "Testing & validation"],
                estimate: Estimate(seconds: orchestrator * 60)),
            jobs: jobs.enumerated().map { index, job in
                Job(
                    name: job.name, id: JobID(unchecked: PlanDraft.slug(job.name, index)),
                    files: [Claim(path: folder + job.file)],
                    dependencies: [Claim(path: folder + base, kind: .read)],
                    estimate: Estimate(seconds: job.minutes * 60),
                    command: .shell(
                        "cline --task \"Create \(job.file) implementing the interface in \(base)\""))
            }, verify: [.shell("python3 -m unittest discover -s tests")])
    }
}
