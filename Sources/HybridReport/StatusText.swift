public import HybridBase
internal import HybridMerging
internal import HybridPlan
public import HybridRecords

extension RunStatus {
    /// Whether the run changes without anybody's doing.
    public var isMoving: Bool { run.state == .working || run.state == .preparing }

    /// The status for a terminal.
    public func text() -> String {
        var out = ["Run \(run.id): \(run.task)", "\(run.state.rawValue): \(run.detail)"]
        if let problem = run.problem { out.append("could not go on: \(problem.text)") }
        out.append("")
        let width = workers.map(\.record.job.count).max() ?? 0
        for row in workers {
            let worker = row.record
            let job = worker.job + String(repeating: " ", count: width - worker.job.count)
            var line = "  \(job)  \(worker.state.rawValue)"
            if row.commits > 0 { line += ", \(row.commits) commit\(row.commits == 1 ? "" : "s")" }
            if row.uncommitted > 0 { line += ", \(row.uncommitted) uncommitted" }
            if let seconds = row.elapsed ?? worker.seconds { line += ", \(Measures.time(seconds))" }
            out.append(line)
            if !worker.detail.isEmpty { out.append("      \(worker.detail)") }
            if worker.state == .running, !row.lastLine.isEmpty { out.append("      | \(row.lastLine)") }
        }
        if !findings.isEmpty {
            out.append("")
            out += findings.map { "  \($0.label): \($0.message.split(separator: "\n").first ?? "")" }
        }
        if let pending = pending?.pendingText(), !pending.isEmpty { out += ["", pending] }
        if let next { out += ["", "Next: \(next)"] }
        return out.joined(separator: "\n")
    }

    /// How to enter each worktree, for people who launch by hand.
    public func entering() -> String {
        var out = ["Run \(run.id): \(run.task)", run.detail, ""]
        for row in workers where row.hasWorktree && row.record.state == .running {
            out.append("  \(row.record.name)")
            out.append("    cd \(ShellWord.bare(row.record.worktree))")
            if let file = row.environmentFile { out.append("    . \(ShellWord.bare(file))") }
        }
        if let next { out += ["", "When they are done: \(next)"] }
        return out.joined(separator: "\n")
    }

    /// The status as a value.
    public func json() -> JSONValue {
        .object([
            ("schema", .int(1)), ("run", .string(run.id)), ("task", .string(run.task)),
            ("state", .string(run.state.rawValue)), ("detail", .string(run.detail)),
            ("problem", run.problem?.json() ?? .null), ("target", .string(run.target)),
            ("hold", .optional(run.hold?.rawValue)),
            ("wave", .int(run.nextWave + 1)), ("waves", .array(run.waves.map { .strings($0) })),
            (
                "workers",
                .array(
                    workers.map { row in
                        guard case .object(let pairs) = row.record.json() else { return .null }
                        return .object(
                            pairs + [
                                ("commits", .int(row.commits)), ("uncommitted", .int(row.uncommitted)),
                                ("has_worktree", .bool(row.hasWorktree)),
                                ("environment_file", .optional(row.environmentFile)),
                                ("last_line", .string(row.lastLine)), ("elapsed", .optional(row.elapsed)),
                            ])
                    })
            ), ("pending_conflicts", pending?.pendingJSON() ?? .null),
            ("findings", .array(findings.map { $0.json() })), ("next", .optional(next)),
        ])
    }
}

/// All runs of a repository, a line each, the newest first.
public func runsText(_ runs: [RunRecord]) -> String {
    runs.isEmpty
        ? "this repository has no run yet"
        : runs.map { "\($0.id)  \($0.state.rawValue)  \($0.task)" }.joined(separator: "\n")
}

/// All runs of a repository as a value.
public func runsJSON(_ runs: [RunRecord]) -> JSONValue {
    .object([
        ("schema", .int(1)),
        (
            "runs",
            .array(
                runs.map {
                    .object([
                        ("run", .string($0.id)), ("task", .string($0.task)),
                        ("state", .string($0.state.rawValue)),
                        ("target", .string($0.target)), ("landed", .optional($0.landedCommit)),
                    ])
                })
        ),
    ])
}
