internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

extension RunReport {
    /// The report as one self-contained page, without scripts: it loads nothing, and prints on A4.
    public func html() -> String {
        let title = "\(run.task): \(headline)"
        let head: [Markup] = [
            Markup(literal: "<meta charset=\"utf-8\">"),
            Markup(
                literal: """
                    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
                    """),
            Markup(literal: "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"),
            .element("title", [:], Markup(title)), .element("style", [:], pageStyle),
        ]
        let page = Markup([
            Markup(literal: "<!DOCTYPE html>"),
            .element(
                "html", ["lang": "en"], .element("head", [:], Markup(head)),
                .element("body", [:], .element("main", [:], Markup(sections)))),
        ])
        return page.html + "\n"
    }

    /// What matters first comes first.
    private var sections: [Markup] {
        [
            outcome, timeline, pageWorkers, heatMap, pageFindings, pageChecklist, pageMeasures,
        ].compactMap(\.self)
    }

    private var outcome: Markup {
        let isGood = run.state == .landed
        let rests = remembered.map { Markup.element("p", [:], Markup($0)) }
        let go = next.map {
            Markup.element("p", [:], Markup("Next: "), .element("code", [:], Markup($0)))
        }
        return Markup(
            [
                .element("h1", [:], Markup(run.task)),
                .element(
                    "p", ["class": isGood ? "outcome good" : "outcome bad"],
                    Markup(isGood ? "\u{2713} " : "\u{2717} "), .element("strong", [:], Markup(headline)),
                    Markup(". " + run.detail)),
                .element("p", [:], Markup("Run "), .element("code", [:], Markup(run.id.text))),
            ] + rests + [go].compactMap(\.self))
    }

    // MARK: Time

    /// The stages as bars on one axis, without the time for which the run waited; nil where no time is known.
    private var timeline: Markup? {
        let waits: Set<Stage> = [.paused, .session, .verifyCommand, .orchestratorCommand]
        let spans = stages.filter { !waits.contains($0.stage) && $0.end > $0.begin }
        let axis = ActiveTime(stages.filter { $0.stage != .paused })
        guard axis.seconds > 0, !spans.isEmpty else { return nil }
        let rows = Stage.allCases.compactMap { stage -> Markup? in
            let own = spans.filter { $0.stage == stage }
            guard !own.isEmpty else { return nil }
            let bars = own.map { span -> Markup in
                let from = axis.share(of: span.begin)
                let width = max(0.4, axis.share(of: span.end) - from)
                return .element(
                    "i", ["style": "left:\(Self.percent(from));width:\(Self.percent(min(width, 100 - from)))"]
                )
            }
            let time = Measures.time(Measures.union(own))
            return .element(
                "tr", [:], .element("th", ["scope": "row"], Markup(stage.rawValue)),
                .element("td", ["class": "figure"], Markup(time)),
                .element(
                    "td", ["class": "wide"],
                    .element("div", ["class": "track", "aria-hidden": "true"], holding: bars)))
        }
        let label = "How long each stage took, and when"
        return section("Stages", Self.table(["stage", "time", "when"], rows, label: label))
    }

    private static func percent(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)%"
    }

    // MARK: Workers

    private var pageWorkers: Markup {
        let longest = workers.compactMap(\.seconds).max() ?? 0
        let rows = workers.map { worker -> Markup in
            let width = longest > 0 ? (worker.seconds ?? 0) / longest * 100 : 0
            let bar = Markup.element("i", ["style": "left:0%;width:\(Self.percent(width))"])
            return .element(
                "tr", [:], .element("th", ["scope": "row"], Markup(worker.name)),
                .element("td", ["class": "figure \(worker.state.rawValue)"], Markup(worker.state.rawValue)),
                .element(
                    "td", ["class": "figure"], Markup(worker.seconds.map(Measures.time) ?? ""),
                    .element("div", ["class": "track", "aria-hidden": "true"], bar)),
                .element("td", [:], Markup(Self.detail(worker))))
        }
        return section(
            "Workers", Self.table(["job", "state", "time", "detail"], rows, label: "The workers"))
    }

    // MARK: Tables

    static func table(_ head: [String], _ rows: [Markup], label: String) -> Markup {
        let cells = head.map { Markup.element("th", ["scope": "col"], Markup($0)) }
        // What is wider than the screen can be scrolled to, with the keyboard too.
        return .element(
            "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": label],
            .element(
                "table", [:], .element("thead", [:], .element("tr", [:], holding: cells)),
                .element("tbody", [:], holding: rows)))
    }

    func section(_ title: String, _ content: Markup...) -> Markup {
        .element("section", [:], holding: [.element("h2", [:], Markup(title))] + content)
    }
}

/// The time in which something worked on a run, on an axis without what lies between.
private struct ActiveTime {
    private var spans: [(begin: UInt64, end: UInt64)] = []
    private(set) var seconds: Double = 0

    init(_ stages: [StageRecord]) {
        for stage in stages.sorted(by: { $0.begin < $1.begin }) where stage.end > stage.begin {
            if let last = spans.last, stage.begin <= last.end {
                spans[spans.count - 1].end = max(last.end, stage.end)
            } else {
                spans.append((stage.begin, stage.end))
            }
        }
        seconds = spans.reduce(0) { $0 + Double($1.end - $1.begin) / 1e9 }
    }

    /// How far along a moment lies, from 0 to 100.
    func share(of moment: UInt64) -> Double {
        let before = spans.filter { $0.begin < moment }.reduce(0.0) {
            $0 + Double(min($1.end, moment) - $1.begin) / 1e9
        }
        return seconds > 0 ? before / seconds * 100 : 0
    }
}
