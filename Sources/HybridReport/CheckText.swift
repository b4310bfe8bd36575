internal import HybridBase
internal import HybridMerging
public import HybridPlan
internal import HybridRecords

extension CheckReport {
    /// The analysis for a person, with what keeps the plan from running.
    public func text(plan: Plan, preflight: Preflight = Preflight()) -> String {
        var out: [String] = []
        for item in checklist {
            out.append("\(item.passed ? "✓" : "✗") \(item.text)")
            out += (item.problems + item.gaps).map { "    ✗ \($0)" }
            out += item.evidence.map { "    \($0)" }
        }
        if !repairs.isEmpty {
            out += ["", "To mend it, one of:"] + repairs.map { "  \($0)" }
        }
        if !preflight.stops.isEmpty {
            out += ["", "It cannot run here:"] + preflight.stops.map { "  ✗ \($0.text)" }
        }
        let warnings =
            warnings
            + preflight.warnings.map { finding in
                finding.refusedBy.map { "hybrid \($0.rawValue) refuses this: " }.sorted().joined()
                    + finding.text
            }
        if !warnings.isEmpty { out += [""] + warnings.map { "warning: \($0)" } }
        if !waves.isEmpty {
            out.append("")
            for (number, jobs) in waves.enumerated() {
                out.append("wave \(number + 1): \(jobs.map { plan.jobs[$0].name }.joined(separator: ", "))")
            }
        }
        return out.joined(separator: "\n")
    }
}
