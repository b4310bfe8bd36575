internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
public import HybridRecords

/// How a repository's runs went, against the method's targets.
public struct Metrics: Sendable {
    /// One run that ended or rests.
    public struct Row: Sendable {
        /// The run.
        public var run: RunRecord
        /// Its measures.
        public var measures: Measures

        package init(run: RunRecord, measures: Measures) {
            self.run = run
            self.measures = measures
        }
    }

    /// The runs that ended, were stopped or found a red base, the newest first.
    public var rows: [Row]

    package init(rows: [Row]) {
        self.rows = rows
    }

    /// The middle of all measured speedups, those of runs that landed; nil where there is none.
    public var speedup: Double? { Self.median(speedups) }
    /// The middle of the integration overheads of the runs that came to integrate.
    public var overhead: Double? { Self.median(overheads) }
    private var speedups: [Double] { rows.compactMap(\.measures.speedup) }
    private var overheads: [Double] {
        rows.map(\.measures).filter { $0.isEnded && $0.integration > 0 }.map(\.overhead)
    }
    /// How many runs rest in each state, the most frequent first.
    public var states: [(state: RunState, count: Int)] {
        Dictionary(grouping: rows, by: \.run.state).map { ($0.key, $0.value.count) }
            .sorted { $0.count != $1.count ? $0.count > $1.count : $0.state.rawValue < $1.state.rawValue }
    }
    /// The share of all these runs that integrated without a conflict or a breach.
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
            let padded = name + String(repeating: " ", count: max(2, 28 - name.count))
            return
                "  \(padded)\(value.map(show) ?? "unknown")  target \(target)\(value == nil ? "" : met ? ", met" : ", missed")"
        }
        let counts = states.map { "\($0.count) \($0.state.rawValue)" }.joined(separator: ", ")
        var out = ["\(rows.count) run\(rows.count == 1 ? "" : "s"): \(counts)", ""]
        out.append(
            line(
                "speedup (median of \(speedups.count))", speedup, EstimateReport.speedupText,
                "> 2x",
                speedup ?? 0 > Measures.speedupTarget))
        out.append(
            line(
                "overhead (median of \(overheads.count))", overhead,
                { Measures.percent($0, apartFrom: Measures.overheadTarget) }, "< 20%",
                overhead ?? 1 < Measures.overheadTarget))
        out.append(
            line(
                "clean integrations", clean, { Measures.percent($0, apartFrom: Measures.successTarget) },
                "> 90%",
                clean ?? 0 > Measures.successTarget))
        out.append("")
        for row in rows {
            out.append(
                "  \(row.run.id)  \(row.run.state.rawValue)  \(Measures.time(row.measures.wall))  \(row.run.task)"
            )
        }
        return out.joined(separator: "\n")
    }
}
