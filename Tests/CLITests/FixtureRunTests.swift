import Foundation
import TestSupport
import Testing

/// The main job on the example repositories.
@Suite struct FixtureRunTests {
    static let folder = [
        "setup-wizard": "src/scribe/ui_fluent/setup_wizard", "plugin-system": "src/scribe/plugins",
        "ui-pages": "src/scribe/ui/pages",
    ]
    static let modules = [
        "setup-wizard": ["api_setup_page", "audio_device_page", "hotkey_config_page", "profile_page"],
        "plugin-system": ["clipboard_transform", "media_control", "window_manager"],
        "ui-pages": [
            "about_page", "home_page", "insights_page", "plugins_page", "settings_page", "transcription_page",
        ],
    ]

    @Test(arguments: ["setup-wizard", "plugin-system", "ui-pages"])
    func landsWhatTheWorkersMade(fixture: String) throws {
        let bench = try Bench(fixture: fixture)
        let plan = try bench.plan(ofFixture: fixture)
        let before = try bench.id()
        let configuration = bench.sandbox.read("repo/.git/config")

        let ran = try bench.hybrid("run", plan)
        try #require(ran.code == 0, "\(ran.out)\(ran.err)")

        let folder = try #require(Self.folder[fixture])
        let modules = try #require(Self.modules[fixture])
        for module in modules {
            #expect(try bench.text("\(folder)/\(module).py") != nil, "\(module)")
            #expect(try bench.text("tests/test_\(module).py") != nil, "\(module)")
        }
        let exports = try #require(try bench.text("\(folder)/__init__.py"))
        let block = "# hybrid:begin\n" + modules.map { "from . import \($0)\n" }.joined() + "# hybrid:end\n"
        #expect(exports.hasSuffix(block), "\(exports)")

        // The target holds it, its checkout follows, and its own tests agree.
        try bench.shell("git merge-base --is-ancestor \(before) main")
        try bench.shell("python3 -m unittest discover -s tests")
        #expect(bench.sandbox.read("repo/.git/config") == configuration)
        try bench.expectTidy()
        #expect(try bench.state() == "landed")
    }

    @Test func theWizardHasItsFourPagesInOrder() throws {
        let bench = try Bench(fixture: "setup-wizard")
        let ran = try bench.hybrid("run", bench.plan(ofFixture: "setup-wizard"))
        try #require(ran.code == 0, "\(ran.out)\(ran.err)")
        let keys = try bench.shell(
            """
            PYTHONPATH=src python3 -c 'from scribe.ui_fluent.setup_wizard.wizard_manager import discover
            print(*[page.key for page in discover()])'
            """)
        #expect(keys == "audio_device hotkey_config api_setup profile")
        let settings = try bench.shell("PYTHONPATH=src python3 -m scribe.app --setup")
        #expect(settings.contains("\"audio_device.rate\": \"48000\""))

        // Each job is in the history under its own name, whether the worker committed it or hybrid did.
        let log = try bench.sandbox.git("log", "--format=%s", "main")
        for name in ["Audio Device Page", "Hotkey Config Page", "API Setup Page", "Profile Page"] {
            #expect(log.contains(name), "\(name) is not in:\n\(log)")
        }
        #expect(log.contains("Test audio_device_page"))

        let entry = try #require(try bench.text("BUILDSTATE.json"))
        _ = try JSONSerialization.jsonObject(with: Data(entry.utf8))
        #expect(entry.contains("Setup Wizard"))
        #expect(entry.contains("\"hybrid_applicable\""))
        #expect(entry.contains("\"parallel_jobs\""))
    }

    @Test func whatBuildstateHeldBeforeStays() throws {
        let bench = try Bench(fixture: "plugin-system")
        let ran = try bench.hybrid("run", bench.plan(ofFixture: "plugin-system"))
        try #require(ran.code == 0, "\(ran.out)\(ran.err)")
        let entry = try #require(try bench.text("BUILDSTATE.json"))
        let places = try ["\"project\"", "\"release\"", "\"owner\"", "\"team\"", "Plugin System"].map {
            try #require(entry.range(of: $0)?.lowerBound, "\($0) is not in \(entry)")
        }
        #expect(places == places.sorted())
        // The prepare step's files stand on the target too, from the orchestrator's checkpoint.
        #expect(try bench.text("src/scribe/plugins/base.py")?.contains("class Plugin(ABC)") == true)
    }

    @Test func theReportAnswersTheIntegrationChecklist() throws {
        let bench = try Bench(fixture: "setup-wizard")
        try #require(try bench.hybrid("run", bench.plan(ofFixture: "setup-wizard")).code == 0)
        let report = try bench.hybrid("report")
        #expect(report.code == 0)
        for item in [
            "All worker files created successfully", "Import statements added to orchestrator",
            "Integration tests pass", "No merge conflicts", "Documentation updated",
        ] {
            #expect(report.out.contains(item), "\(item) is not in:\n\(report.out)")
        }
        #expect(report.out.lowercased().contains("speedup"))
        let asJSON = try Bench.object(bench.hybrid("report", "--json"))
        #expect(asJSON["schema"] as? Int == 1)
        let metrics = try bench.hybrid("metrics")
        #expect(metrics.code == 0 || metrics.code == 1)
        #expect(metrics.out.lowercased().contains("speedup"))
    }

    @Test func workersRunSideBySide() throws {
        let bench = try Bench(["README": "base\n"])
        // Each waits for all others to have begun: one after the other, none would ever end well.
        let names = ["a", "b", "c"]
        let jobs = names.map { name in
            PlannedJob(
                name, ["\(name).txt"],
                """
                touch "$ROOT/began-\(name)"; tries=0
                while [ ! -e "$ROOT/began-a" ] || [ ! -e "$ROOT/began-b" ] || [ ! -e "$ROOT/began-c" ]; do
                    tries=$((tries + 1)); [ $tries -lt 200 ] || exit 1; sleep 0.1
                done
                echo \(name) > \(name).txt
                """)
        }
        let ran = try bench.hybrid("run", bench.plan(jobs))
        #expect(ran.code == 0, "\(ran.out)\(ran.err)")
        for name in names { #expect(try bench.text("\(name).txt") == "\(name)\n") }
    }
}
