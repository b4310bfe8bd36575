internal import HybridRecords
public import HybridReport

extension Conductor {
    /// The measures of all runs that came to an end, and of those that were stopped or found a red base.
    public func metrics() throws -> Metrics {
        return Metrics(
            rows: try ledger.runs().filter(\.state.isHistory).map {
                Metrics.Row(run: $0, measures: try report(of: $0).measures)
            })
    }
}
