internal import HybridBase
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

extension RunStatus {
    /// Whether the run changes without anybody's doing: also while it is verified and landed.
    public var isMoving: Bool { isDriven || run.state == .working || run.state == .preparing }

    /// The status for a terminal.
    public func text() -> String {
        var out = ["Run \(run.id): \(run.task)", "\(run.state.rawValue): \(run.detail)"]
        if isMoving, !isDriven, !run.byHand {
            out.append("no hybrid works on it: it was killed, or the machine was restarted; all work is kept")
        }
        if let problem = run.problem { out.append("could not go on: \(problem.text)") }
        out.append("")
        let width = workers.map(\.record.job.text.count).max() ?? 0
        for row in workers {
            let worker = row.record
            let job = worker.job.text + String(repeating: " ", count: width - worker.job.text.count)
            var line = "  \(job)  \(worker.state.rawValue)"
            if row.commits > 0 { line += ", \(row.commits) commit\(row.commits == 1 ? "" : "s")" }
            if row.uncommitted > 0 { line += ", \(row.uncommitted) uncommitted" }
            switch row.process {
            case .lost: line += ", but its supervisor is gone"
            case .ended: line += ", but its command has ended"
            case .running, nil: break
            }
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
        if let pool {
            out += [
                "",
                "Kept for later worktrees: \(pool.worktrees) of at most \(pool.most), \(pool.bytes >> 20) MB (to delete "
                    + "them: hybrid clean --pool)",
            ]
        }
        if let next { out += ["", "Next: \(next)"] }
        return out.joined(separator: "\n")
    }

    /// How to enter each worktree, for people who launch by hand.
    package func entering() -> String {
        var out = ["Run \(run.id): \(run.task)", run.detail, ""]
        for row in workers where row.hasWorktree && row.record.state == .running {
            out.append("  \(row.record.name)")
            out.append("    cd \(ShellWord.bare(row.record.worktree))")
            if let file = row.environmentFile { out.append("    . \(ShellWord.bare(file))") }
        }
        if let next { out += ["", "When they are done: \(next)"] }
        return out.joined(separator: "\n")
    }
}
