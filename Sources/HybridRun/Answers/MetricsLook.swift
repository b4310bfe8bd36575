internal import HybridRecords
package import HybridReport

/// The figures of all runs.
package struct MetricsLook: RunPart {
    let context: RunContext
    private var reportLook: ReportLook { ReportLook(context) }

    package init(_ context: RunContext) { self.context = context }

    /// The measures of all runs that came to an end, and of those that were stopped or found a red base.
    package func metrics() throws -> Metrics {
        return Metrics(
            rows: try ledger.runs().filter(\.state.isHistory).map {
                Metrics.Row(run: $0, measures: try reportLook.report(of: $0).measures)
            })
    }
}
