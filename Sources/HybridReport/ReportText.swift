public import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
public import HybridRecords
internal import HybridSystem

extension RunReport {
    /// The most lines of a hunk that a text shows a side.
    static let shownLines = 12
    /// The most test names that a text shows for a finding.
    static let shownTests = 20

    /// The report for a terminal.
    public func text() -> String {
        var out = ["Run \(run.id): \(run.task)", "\(headline)", "  \(run.detail)"]
        if let problem = run.problem { out.append("  could not go on: \(problem.text)") }
        out.append("")
        let width = workers.map(\.name.count).max() ?? 0
        for worker in workers {
            let name = worker.name + String(repeating: " ", count: width - worker.name.count)
            let time = worker.seconds.map { "  \(Measures.time($0))" } ?? ""
            out.append("  \(mark(worker.state)) \(name)  \(worker.state.rawValue)\(time)")
            if !worker.detail.isEmpty { out.append("      \(worker.detail)") }
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
            let kept = workers.filter { $0.state != .landed && !$0.base.isEmpty }
            if !kept.isEmpty {
                out.append("Kept:")
                out += kept.map { "  branch \($0.branch) in \($0.worktree)" }
            }
        }
        if let next { out += ["", "Next: \(next)"] }
        return neutraliseLines(out.joined(separator: "\n"))
    }

    private func lines(_ finding: FindingRecord) -> [String] {
        var out = finding.message.split(separator: "\n").enumerated().map { index, line in
            index == 0 ? "  \(finding.label): \(line)" : "      \(line)"
        }
        if let cause = finding.cause { out.append("    cause: \(cause.words)") }
        out += shown(finding.tests ?? [])
        for hunk in finding.hunks {
            let first =
                finding.kind == .breach
                ? "its base" : (finding.jobs.count > 1 ? name(finding.jobs[1]) : run.target)
            let second = finding.jobs.first.map(name) ?? ""
            out.append("    \(first), line \(hunk.oursStart):")
            out += shown(hunk.oursLines)
            out.append("    \(second), line \(hunk.theirsStart):")
            out += shown(hunk.theirsLines)
        }
        return out
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
        case .nothingDone, .failed, .timedOut, .breach, .conflict, .blocked, .verificationFailed, .stopped,
            .hooksChanged:
            "✗"
        }
    }

    /// The report as a value.
    public func json() -> JSONValue {
        .object([
            ("schema", .int(1)), ("run", .string(run.id)), ("task", .string(run.task)),
            ("state", .string(run.state.rawValue)), ("detail", .string(run.detail)),
            ("problem", run.problem?.json() ?? .null), ("target", .string(run.target)),
            ("target_before", .string(run.targetBefore)), ("landed", .optional(run.landedCommit)),
            ("commits", .string(run.commitForm.rawValue)), ("hold", .optional(run.hold?.rawValue)),
            ("verification", .optional(run.verification)), ("base", run.base?.json() ?? .null),
            ("workers", .array(workers.map { $0.json() })),
            ("findings", .array(findings.map { $0.json() })),
            (
                "checklist",
                .array(
                    checklist.map {
                        .object([
                            ("id", .string($0.id)), ("text", .string($0.text)),
                            ("answer", $0.answer.map { .bool($0) } ?? .null),
                            ("evidence", .string($0.evidence)),
                        ])
                    })
            ),
            (
                "stages",
                .array(
                    stages.map {
                        .object([
                            ("stage", .string($0.stage.rawValue)),
                            ("wave", $0.wave.map { .int($0 + 1) } ?? .null),
                            ("seconds", .double($0.seconds)),
                        ])
                    })
            ), ("measures", measures.json()), ("next", .optional(next)),
        ])
    }
}

extension WorkerRecord {
    /// The record as a value.
    public func json() -> JSONValue {
        .object([
            ("job", .string(job)), ("name", .string(name)), ("state", .string(state.rawValue)),
            ("detail", .string(detail)), ("wave", .int(wave + 1)), ("branch", .string(branch)),
            ("worktree", .string(worktree)), ("base", base.isEmpty ? .null : .string(base)),
            ("tip", .optional(tip)),
            ("attempt", .int(attempt)), ("exit_code", exitCode.map { .int($0) } ?? .null),
            ("seconds", .optional(seconds)),
        ])
    }
}

extension BaseAnswer {
    /// The answer as a value.
    public func json() -> JSONValue {
        .object([
            ("commit", .string(commit)), ("passed", .bool(passed)), ("accepted", .bool(accepted)),
            ("failing", .strings(failing)),
        ])
    }
}

extension NamedTest {
    /// The test as a value.
    public func json() -> JSONValue {
        .object([("name", .string(name)), ("standing", .string(standing.rawValue))])
    }
}

extension FindingRecord {
    /// Its kind for people, and whether it is settled.
    package var label: String { kind.rawValue + (accepted == true ? ", accepted" : "") }

    /// The finding as a value.
    public func json() -> JSONValue {
        .object([
            ("kind", .string(kind.rawValue)), ("jobs", .strings(jobs)), ("path", .string(path)),
            ("message", .string(message)), ("accepted", .bool(accepted == true)),
            ("worktree", .optional(worktree)), ("changed_at", .optional(changedAt.map(moment))),
            ("types", .strings(types)), ("sets", .array((sets ?? []).map { .strings($0) })),
            ("out", .strings(out ?? [])), ("undo", .optional(undo)),
            ("beside", beside?.json() ?? .null),
            ("cause", .optional(cause?.rawValue)),
            ("tests", .array((tests ?? []).map { $0.json() })),
            (
                "hunks",
                .array(
                    hunks.map {
                        .object([
                            ("ours_start", .int($0.oursStart)), ("ours", .strings($0.oursLines)),
                            ("theirs_start", .int($0.theirsStart)), ("theirs", .strings($0.theirsLines)),
                        ])
                    })
            ),
        ])
    }
}
