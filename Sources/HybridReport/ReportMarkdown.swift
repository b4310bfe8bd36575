internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

extension RunReport {
    /// The most findings that a pull request is told of, and lines of a hunk a side; the report has all.
    private static let toldFindings = 20
    private static let excerptLines = 6

    /// The report as Markdown, for a pull request or a journal: short, what matters first.
    public func markdown() -> String {
        var out = [
            "# \(markdownCell(run.task))", "",
            "Run `\(run.id)`: **\(headline)**. \(markdownCell(run.detail))", "",
        ]
        if let next { out += ["Next: `\(next)`", ""] }
        if !remembered.isEmpty { out += remembered.map { "- \(markdownCell($0))" } + [""] }
        out += ["| job | state | time | detail |", "| --- | --- | --- | --- |"] + workers.map(row)
        if !findings.isEmpty { out += ["", "## Findings", ""] + findingLines }
        if !checklist.isEmpty { out += ["", "## Integration Checklist", ""] + checklist.map(Self.line) }
        out += ["", "## Measures", "", "| measure | figure | target |", "| --- | --- | --- |"]
        out += measures.rows.map {
            "| \($0.name) | \($0.figure) | \($0.target)\($0.met.map { $0 ? " (met)" : " (missed)" } ?? "") |"
        }
        return neutraliseLines(out.joined(separator: "\n")) + "\n"
    }

    private func row(_ worker: WorkerRecord) -> String {
        let cells = [
            markdownCell(worker.name), worker.state.rawValue, worker.seconds.map(Measures.time) ?? "",
            markdownCell(Self.detail(worker)),
        ]
        return "| \(cells.joined(separator: " | ")) |"
    }

    /// A box is for what is to be done: what nobody asked for has none.
    private static func line(_ item: ChecklistItem) -> String {
        let box = item.answer.map { $0 ? "[x] " : "[ ] " } ?? "n/a: "
        return "- \(box)\(item.text): \(markdownCell(item.evidence))"
    }

    private var findingLines: [String] {
        let more = findings.count - Self.toldFindings
        return findings.prefix(Self.toldFindings).flatMap(lines)
            + (more > 0 ? ["- and \(more) more: `hybrid report \(run.id)`"] : [])
    }

    private func lines(_ finding: FindingRecord) -> [String] {
        let said = finding.said.split(separator: "\n").joined(separator: " ")
        var out = [
            "- **\(finding.label)** \(markdownCell(said))"
                + (finding.cause.map { " (cause: \($0.words))" } ?? "")
        ]
        // As code, so that it can be typed as it stands.
        if let undo = finding.undo { out += ["", "      to undo: \(undo)", ""] }
        for test in (finding.tests ?? []).prefix(Self.shownTests) {
            out.append("  - \(markdownCell(Self.line(test)))")
        }
        let (first, second) = sides(of: finding)
        for hunk in finding.hunks {
            out += [""] + excerpt(first, hunk.oursStart, hunk.oursLines)
            out += excerpt(second, hunk.theirsStart, hunk.theirsLines) + [""]
        }
        return out
    }

    /// Lines of one side, set in far enough to be code within a list; whose they are is said in front.
    private func excerpt(_ name: String, _ start: Int, _ lines: [String]) -> [String] {
        let more = lines.count - Self.excerptLines
        return ["      \(oneLine(name)), line \(start):"]
            + lines.prefix(Self.excerptLines).map { "      | \($0)" }
            + (more > 0 ? ["      | (\(more) more lines)"] : [])
    }

    private func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
