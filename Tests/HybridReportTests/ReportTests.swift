import Foundation
import HybridBase
import HybridRecords
import HybridReport
import TestSupport
import Testing

private let hostile = "</li><script>document.title='owned'</script>| `x` [l](javascript:1)\u{1B}[2J\r\nend"

private func report(_ state: RunState) -> RunReport {
    var run = runRecord(state)
    run.task = "Pages " + hostile
    let workers = [workerRecord("a", .landed, seconds: 4), workerRecord("b", .conflict, seconds: 2)]
    let findings = [
        FindingRecord(
            run: "20260101-000000-rrrr", kind: .conflict, jobs: ["b", "a"], path: "x.py",
            message: "B conflicts with A in x.py " + hostile,
            types: ["CONFLICT (contents)"],
            hunks: [
                .init(oursStart: 12, oursLines: ["mine " + hostile], theirsStart: 34, theirsLines: ["theirs"])
            ])
    ]
    return RunReport(
        run: run, workers: workers, findings: findings, stages: [],
        checklist: [
            ChecklistItem(id: "conflicts", text: "No merge conflicts", answer: false, evidence: hostile)
        ],
        measures: Measures(
            run: run, workers: workers,
            stages: [StageRecord(run: "20260101-000000-rrrr", stage: .launch, begin: 0, end: 10_000_000_000)],
            findings: findings,
            estimated: 42),
        next: "hybrid resolve 'b; rm -rf <x>'")
}

@Suite struct ReportTests {
    @Test(
        "text shows who, what and where, and lets no control through", arguments: [RunState.landed, .leftOut])
    func text(state: RunState) {
        let text = report(state).text()
        for part in ["conflict", "x.py", "12", "34", "| mine", "| theirs", "hybrid resolve", "4 s", "2 s"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
        #expect(text.contains("main is unchanged") == (state == .leftOut))
        let speedup = "0.4x (against the same work in sequence, 1 of 2 jobs landed)"
        #expect(text.contains(speedup) == (state == .landed))
    }

    @Test("JSON holds the same, and is JSON")
    func json() throws {
        let object = try JSONSerialization.jsonObject(with: Data(report(.landed).jsonValue.text().utf8))
        let root = try #require(object as? [String: Any])
        #expect((root["measures"] as? [String: Any])?["speedup"] as? Double == 0.4)
        let finding = try #require((root["findings"] as? [[String: Any]])?.first)
        #expect(finding["path"] as? String == "x.py")
        #expect((finding["hunks"] as? [[String: Any]])?.count == 1)
    }

    @Test("Markdown keeps its tables and lets no HTML through")
    func markdown() {
        let text = report(.leftOut).markdown()
        let prose = text.split(separator: "\n").filter { !$0.hasPrefix("      ") }
        #expect(
            !prose.contains {
                $0.contains("<script>") || $0.contains("](javascript") && !$0.contains("\\[l](javascript")
            })
        let rows = prose.filter { $0.hasPrefix("| A ") || $0.hasPrefix("| B ") }
        #expect(rows.count == 2)
        #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
    }

    @Test(
        "a box of Markdown is for what is to be done",
        arguments: [(true, "[x] "), (false, "[ ] "), (nil, "n/a: ")])
    func boxes(answer: Bool?, box: String) {
        var shown = report(.landed)
        shown.checklist = [ChecklistItem(id: "x", text: "Imports", answer: answer, evidence: "e")]
        #expect(shown.markdown().contains("\n- \(box)Imports: e\n"))
    }

    @Test("a browser shows the page, runs nothing of it and loads nothing for it")
    func html() throws {
        let sandbox = try Sandbox()
        let page = report(.leftOut).html()
        try sandbox.write(page, to: "report.html")
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
        let shown = try execute(
            [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--user-data-dir=\(sandbox.root)/profile", "--virtual-time-budget=1000", "--dump-dom",
                "--enable-logging=stderr",
                "file://\(sandbox.root)/report.html",
            ], in: sandbox.root, environment: hermetic(home: sandbox.home))
        #expect(shown.code == 0, "\(shown.err)")
        #expect(shown.out.contains("<title>Pages &lt;/li&gt;&lt;script&gt;"))
        #expect(!shown.out.contains("<title>owned"))
        for part in [
            "B conflicts with A in x.py", "line 12", "line 34", "none, the run has not landed",
            "&lt;script&gt;",
        ] {
            #expect(shown.out.contains(part), "\(part)")
        }
        #expect(!shown.err.contains("CONSOLE"), "\(shown.err)")
        // The structure survived the parser: nothing hostile closed an element early.
        #expect(shown.out.components(separatedBy: "<table>").count == 1 + 3)
        #expect(shown.out.components(separatedBy: "<tr>").count == 1 + (1 + 2) + (1 + 2) + (1 + 8))
    }

    @Test("each cell of the matrix leads to its conflict, and says in words what it shows")
    func heatMap() {
        let page = report(.leftOut).html()
        let cell = "<a href=\"#finding-1\" aria-label=\"A and B: 1 conflict\">1</a>"
        #expect(page.components(separatedBy: cell).count == 1 + 1, "\(page)")
        let other = "<a href=\"#finding-1\" aria-label=\"B and A: 1 conflict\">1</a>"
        #expect(page.components(separatedBy: other).count == 1 + 1)
        #expect(page.components(separatedBy: "<li id=\"finding-1\">").count == 1 + 1)
        #expect(page.contains("<figcaption>A, line 12</figcaption>"))
        #expect(page.contains("<figcaption>B, line 34</figcaption>"))
    }

    @Test("the stages are bars on the axis of the time that was worked")
    func timeline() {
        var shown = report(.landed)
        let second: UInt64 = 1_000_000_000
        func stage(_ stage: Stage, _ begin: UInt64, _ end: UInt64) -> StageRecord {
            StageRecord(run: shown.run.id, stage: stage, begin: begin * second, end: end * second)
        }
        // Ten seconds of work, and an hour of waiting that takes no room.
        shown.stages = [
            stage(.launch, 100, 106), stage(.paused, 106, 3706), stage(.verify, 3706, 3710),
        ]
        let page = shown.html()
        #expect(page.contains("<i style=\"left:0.0%;width:60.0%\"></i>"), "\(page)")
        #expect(page.contains("<i style=\"left:60.0%;width:40.0%\"></i>"))
        #expect(!page.contains("<th scope=\"row\">paused</th>"))
    }

    @Test("the search for the culprit is a tree")
    func culprits() {
        var shown = report(.verificationFailed)
        shown.findings[0].sets = [["a", "b"]]
        shown.findings[0].out = ["b"]
        let page = shown.html()
        #expect(
            page.contains("fails with all workers<ul><li class=\"red\">\u{2717} fails with A and B together"))
        #expect(page.contains("<li class=\"green\">\u{2713} passes without B</li>"))
    }
}
