extension CheckReport {
    /// The analysis for a person.
    public func text(plan: Plan) -> String {
        var out: [String] = []
        for item in checklist {
            out.append("\(item.passed ? "✓" : "✗") \(item.text)")
            out += (item.problems + item.gaps).map { "    ✗ \($0)" }
            out += item.evidence.map { "    \($0)" }
        }
        if !repairs.isEmpty {
            out += ["", "To mend it, one of:"] + repairs.map { "  \($0)" }
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
    public func json(plan: Plan, decision: JSONValue) -> JSONValue {
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
            (
                "overlaps",
                .array(
                    overlaps.map {
                        .object([
                            ("jobs", .strings($0.jobs)), ("path", .string($0.path)),
                            ("kind", .string($0.kind)),
                            ("claims", .strings($0.claims)), ("more", .int($0.more)),
                            ("undecided", .bool($0.isUndecided)), ("at_base", .bool($0.isAtBase)),
                            ("reason", .optional($0.reason)),
                        ])
                    })
            ),
            ("waves", .array(waves.map { .strings($0.map { plan.jobs[$0].name }) })),
            ("may_run", .bool(mayRun)), ("warnings", .strings(warnings)), ("repairs", .strings(repairs)),
            ("proposals", .array(proposals.map(\.json))), ("hot", .array(hot.map(\.json))),
            ("wrong_trees", .array(wrongTrees.map(\.json))),
        ])
    }
}
