/// How a repository's runs went, against the method's targets.
public struct Metrics: Sendable {
    /// One ended run.
    public struct Row: Sendable {
        /// The run.
        public var run: RunRecord
        /// Its measures.
        public var measures: Measures
    }

    /// The ended runs, the newest first.
    public var rows: [Row]

    /// The middle of all known speedups; nil where there is none.
    public var speedup: Double? { Self.median(rows.compactMap(\.measures.speedup)) }
    /// The middle of all integration overheads.
    public var overhead: Double? { Self.median(rows.map(\.measures.overhead)) }
    /// The share of runs that integrated without a conflict.
    public var clean: Double? {
        rows.isEmpty ? nil : Double(rows.filter(\.measures.isClean).count) / Double(rows.count)
    }

    static func median(_ values: [Double]) -> Double? {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return nil }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The metrics for a person.
    public func text() -> String {
        guard !rows.isEmpty else { return "no run has ended in this repository yet" }
        func line(_ name: String, _ value: Double?, _ show: (Double) -> String, _ target: String, _ met: Bool)
            -> String
        {
            let padded = name + String(repeating: " ", count: 24 - name.count)
            return
                "  \(padded)\(value.map(show) ?? "unknown")  target \(target)\(value == nil ? "" : met ? ", met" : ", missed")"
        }
        var out = ["\(rows.count) run\(rows.count == 1 ? "" : "s")", ""]
        out.append(
            line(
                "speedup (median)", speedup, { EstimateReport.decimals($0) + "x" }, "> 2x",
                speedup ?? 0 > Measures.speedupTarget))
        out.append(
            line(
                "overhead (median)", overhead, Measures.percent, "< 20%",
                overhead ?? 1 < Measures.overheadTarget))
        out.append(
            line("clean integrations", clean, Measures.percent, "> 90%", clean ?? 0 > Measures.successTarget))
        out.append("")
        for row in rows {
            out.append(
                "  \(row.run.id)  \(row.run.state.rawValue)  \(Measures.time(row.measures.wall))  \(row.run.task)"
            )
        }
        return out.joined(separator: "\n")
    }

    /// The metrics as a value.
    public func json() -> JSONValue {
        .object([
            ("schema", .int(1)), ("speedup", .optional(speedup)),
            ("integration_overhead", .optional(overhead)),
            ("clean_integrations", .optional(clean)),
            (
                "runs",
                .array(
                    rows.map {
                        .object([
                            ("run", .string($0.run.id)), ("task", .string($0.run.task)),
                            ("state", .string($0.run.state.rawValue)), ("measures", $0.measures.json()),
                        ])
                    })
            ),
        ])
    }
}

extension Conductor {
    /// The measures of all runs that came to an end.
    public func metrics() throws -> Metrics {
        return Metrics(
            rows: try ledger.runs().filter(\.state.isEnd).map {
                Metrics.Row(run: $0, measures: try report(of: $0).measures)
            })
    }
}
