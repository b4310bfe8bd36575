public import HybridBase
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

    /// The analysis as a value; `decision` is the estimate's.
    public func json(plan: Plan, decision: JSONValue, preflight: Preflight = Preflight()) -> JSONValue {
        .object([
            ("schema", .int(1)), ("decision", decision),
            ("checklist", .object(checklist.map { ($0.id, .bool($0.passed)) })),
            (
                "evidence",
                .object(
                    checklist.map {
                        (
                            $0.id,
                            .object([
                                ("for", .strings($0.evidence)), ("against", .strings($0.problems + $0.gaps)),
                            ])
                        )
                    })
            ),
            ("overlaps", .array(overlaps.map(\.json))), ("unlikely", .array(unlikely.map(\.json))),
            ("waves", .array(waves.map { .strings($0.map { plan.jobs[$0].name }) })),
            ("may_run", .bool(mayRun && preflight.stops.isEmpty)), ("preflight", preflight.json),
            ("warnings", .strings(warnings)), ("repairs", .strings(repairs)),
            ("proposals", .array(proposals.map(\.json))), ("hot", .array(hot.map(\.json))),
            ("wrong_trees", .array(wrongTrees.map(\.json))),
        ])
    }
}

extension CheckReport.Overlap {
    fileprivate var json: JSONValue {
        .object([
            ("jobs", .strings(jobs)), ("path", .string(path)), ("kind", .string(kind)),
            ("claims", .strings(claims)), ("more", .int(more)), ("undecided", .bool(isUndecided)),
            ("at_base", .bool(isAtBase)), ("reason", .optional(reason)),
        ])
    }
}
