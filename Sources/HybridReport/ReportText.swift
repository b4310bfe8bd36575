internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension RunReport {
    /// The most lines of a hunk that a text shows a side.
    static let shownLines = 12
    /// The most test names that a text shows for a finding.
    static let shownTests = 20

    /// The report for a terminal.
    public func text() -> String {
        var out = ["Run \(run.id): \(run.task)", "\(headline)", "  \(run.detail)"]
        out += remembered.map { "  \($0)" }
        if let problem = run.problem { out.append("  could not go on: \(problem.text)") }
        out.append("")
        let width = workers.map(\.name.count).max() ?? 0
        for worker in workers {
            let name = worker.name + String(repeating: " ", count: width - worker.name.count)
            let time = worker.seconds.map { "  \(Measures.time($0))" } ?? ""
            out.append("  \(mark(worker.state)) \(name)  \(worker.state.rawValue)\(time)")
            if !worker.detail.isEmpty { out.append("      \(worker.detail)") }
            if let answer = worker.remembered { out.append("      its verify commands: \(answer.words)") }
        }
        if !findings.isEmpty { out += ["", "Findings:"] + findings.flatMap(lines) }
        if !checklist.isEmpty {
            out += ["", "Integration checklist:"]
            out += checklist.map { item in
                "  [\(item.answer == nil ? "-" : item.answer == true ? "x" : " ")] \(item.text): \(item.evidence)"
            }
        }
        out += ["", "Measures:"]
        for row in measures.rows {
            let name = row.name + String(repeating: " ", count: max(1, 23 - row.name.count))
            let target =
                row.target.isEmpty
                ? "" : "  target \(row.target)\(row.met.map { $0 ? ", met" : ", missed" } ?? "")"
            out.append("  \(name)\(row.figure)\(target)")
        }
        if run.state != .landed {
            out += ["", "\(run.target) is unchanged by this run."]
            let kept = workers.filter { $0.state != .landed && $0.base != nil }
            if !kept.isEmpty {
                out.append("Kept:")
                out += kept.map(place)
            }
        }
        if let next { out += ["", "Next: \(next)"] }
        return neutraliseLines(out.joined(separator: "\n"))
    }

    /// What the run rests on that was remembered and did not run, a line each.
    var remembered: [String] {
        [
            run.remembered.map { "verification: \($0.words)" },
            run.base?.remembered.map { "the base's verification: \($0.words)" },
        ].compactMap { $0 }
    }

    private func place(_ worker: WorkerRecord) -> String {
        guard let adopted = worker.adopted else { return "  branch \(worker.branch) in \(worker.worktree)" }
        return "  \(adopted.name), as it was at \(adopted.tip.short)"
    }

    private func lines(_ finding: FindingRecord) -> [String] {
        var out = finding.message.split(separator: "\n").enumerated().map { index, line in
            index == 0 ? "  \(finding.label): \(line)" : "      \(line)"
        }
        if let cause = finding.cause { out.append("    cause: \(cause.words)") }
        out += shown(finding.tests ?? [])
        for hunk in finding.hunks {
            let (first, second) = sides(of: finding)
            out.append("    \(first), line \(hunk.oursStart):")
            out += shown(hunk.oursLines)
            out.append("    \(second), line \(hunk.theirsStart):")
            out += shown(hunk.theirsLines)
        }
        return out
    }

    /// Whose lines a finding's hunks show.
    func sides(of finding: FindingRecord) -> (first: String, second: String) {
        let other = finding.jobs.count > 1 ? name(finding.jobs[1]) : run.target.text
        return (
            finding.kind == .breach ? "its base" : other, finding.jobs.first.map(name) ?? "the other side"
        )
    }

    private func shown(_ lines: [String]) -> [String] {
        let more = lines.count - Self.shownLines
        return lines.prefix(Self.shownLines).map { "      | \($0)" }
            + (more > 0 ? ["      | (\(more) more lines)"] : [])
    }

    private func shown(_ tests: [NamedTest]) -> [String] {
        let more = tests.count - Self.shownTests
        return tests.prefix(Self.shownTests).map { test in
            "    test: \(test.name)" + (test.standing == .fails ? "" : " (\(test.standing.words))")
        } + (more > 0 ? ["    (\(more) more tests)"] : [])
    }

    private func mark(_ state: WorkerState) -> String {
        switch state {
        case .landed, .merged, .done, .doneCommittedByHybrid: "✓"
        case .waiting, .running: "·"
        case .nothingDone, .failed, .setUpFailed, .timedOut, .breach, .conflict, .blocked,
            .verificationFailed, .stopped,
            .hooksChanged:
            "✗"
        }
    }
}

extension FindingRecord {
    /// Its kind for people, and whether it is settled.
    package var label: String { kind.rawValue + (accepted == true ? ", accepted" : "") }
}
