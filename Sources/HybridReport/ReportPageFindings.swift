internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

extension RunReport {
    private func anchor(_ finding: Int) -> String { "finding-\(finding + 1)" }

    // MARK: Who conflicts with whom

    /// The workers that conflict, each with each, as a table whose cells lead to the conflicts; nil where none do.
    var heatMap: Markup? {
        var met: [[JobID]: [Int]] = [:]
        for (place, finding) in findings.enumerated()
        where finding.kind == .conflict && finding.jobs.count > 1 {
            for other in finding.jobs.dropFirst() {
                let pair = [finding.jobs[0], other].sorted { $0.text < $1.text }
                met[pair, default: []].append(place)
            }
        }
        let members = workers.map(\.job).filter { job in met.keys.contains { $0.contains(job) } }
        guard members.count > 1 else { return nil }
        let most = met.values.map(\.count).max() ?? 1
        let rows = members.map { row -> Markup in
            let cells = members.map { column -> Markup in
                let places = met[[row, column].sorted { $0.text < $1.text }] ?? []
                guard row != column, let first = places.first else {
                    return .element("td", [:], Markup(row == column ? "" : "\u{B7}"))
                }
                let words =
                    "\(name(row)) and \(name(column)): \(places.count) conflict\(places.count == 1 ? "" : "s")"
                let heat = 1 + (places.count * 3) / max(most, 1)
                return .element(
                    "td", ["class": "hot heat\(min(heat, 4))"],
                    .element(
                        "a", ["href": "#\(anchor(first))", "aria-label": words], Markup("\(places.count)")))
            }
            return .element(
                "tr", [:], holding: [.element("th", ["scope": "row"], Markup(name(row)))] + cells)
        }
        return section(
            "Who conflicts with whom",
            Self.table([""] + members.map(name), rows, label: "How many conflicts each pair of workers has"))
    }

    // MARK: Findings

    var pageFindings: Markup? {
        guard !findings.isEmpty else { return nil }
        let items = findings.enumerated().map { place, finding -> Markup in
            let said = String(finding.said)
            var parts: [Markup] = [
                .element("strong", [:], Markup(finding.label)), Markup(" " + said),
            ]
            if let undo = finding.undo {
                parts += [Markup("; to undo: "), .element("code", [:], Markup(undo))]
            }
            if let cause = finding.cause {
                parts.append(.element("p", [:], .element("em", [:], Markup("cause: \(cause.words)"))))
            }
            let tests = (finding.tests ?? []).prefix(Self.shownTests).map {
                Markup.element("li", [:], .element("code", [:], Markup(Self.line($0))))
            }
            if !tests.isEmpty { parts.append(.element("ul", [:], holding: tests)) }
            if let search = search(finding) { parts.append(search) }
            parts += finding.hunks.map { sides($0, of: finding) }
            return .element("li", ["id": anchor(place)], holding: parts)
        }
        return section("Findings", .element("ul", ["class": "findings"], holding: items))
    }

    /// Both sides of a hunk beside each other.
    private func sides(_ hunk: FindingRecord.Hunk, of finding: FindingRecord) -> Markup {
        let (first, second) = sides(of: finding)
        let all = [(first, hunk.oursStart, hunk.oursLines), (second, hunk.theirsStart, hunk.theirsLines)]
        let boxes = all.map { who, start, lines -> Markup in
            let more = lines.count - Self.shownLines
            let shown =
                lines.prefix(Self.shownLines).map { Markup($0) }
                + (more > 0 ? [Markup("(\(more) more lines)")] : [])
            return .element(
                "figure", [:], .element("figcaption", [:], Markup("\(who), line \(start)")),
                .element("pre", ["tabindex": "0"], Markup(shown)))
        }
        return .element("div", ["class": "sides"], holding: boxes)
    }

    /// What the search for the culprit proved, as a tree; nil where it proved nothing.
    private func search(_ finding: FindingRecord) -> Markup? {
        guard let sets = finding.sets, !sets.isEmpty else { return nil }
        func names(_ jobs: [JobID]) -> String { jobs.map(name).joined(separator: " and ") }
        var below = sets.map { set in
            Markup.element(
                "li", ["class": "red"],
                Markup("\u{2717} fails with \(names(set))\(set.count > 1 ? " together" : "")"))
        }
        if let out = finding.out, !out.isEmpty {
            below.append(.element("li", ["class": "green"], Markup("\u{2713} passes without \(names(out))")))
        }
        return .element(
            "ul", ["class": "tree"],
            .element(
                "li", ["class": "red"], Markup("\u{2717} fails with all workers"),
                .element("ul", [:], holding: below)))
    }

    // MARK: Answers and figures

    var pageChecklist: Markup? {
        guard !checklist.isEmpty else { return nil }
        let items = checklist.map { item -> Markup in
            let mark = item.answer.map { $0 ? "\u{2713} yes: " : "\u{2717} no: " } ?? "\u{2013} n/a: "
            return .element("li", [:], Markup(mark + item.text + ": " + item.evidence))
        }
        return section("Integration checklist", .element("ul", ["class": "plain"], holding: items))
    }

    var pageMeasures: Markup {
        let rows = measures.rows.map { row -> Markup in
            let met = row.met.map { $0 ? "met" : "missed" } ?? ""
            return .element(
                "tr", [:], .element("th", ["scope": "row"], Markup(row.name)),
                .element("td", [:], Markup(row.figure)), .element("td", [:], Markup(row.target)),
                .element("td", ["class": met], Markup(met)))
        }
        return section(
            "Measures", Self.table(["measure", "figure", "target", ""], rows, label: "The run's measures"))
    }
}
