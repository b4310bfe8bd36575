package import HybridBase
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

extension Metrics: Answer {
    package static let schemaName = "metrics"
    package static let schemaUse = "metrics: how this repository's runs went"
    package static let jsonFields: [Field<Metrics>] = [
        Field("speedup", "The middle of the measured speedups; null where there is none.", \.speedup),
        Field("integration_overhead", "The middle of the overheads of the runs that integrated.", \.overhead),
        Field("clean_integrations", "The share of runs without a conflict or a breach.", \.clean),
        Field("states", "How many runs rest in each state, the most frequent first.") {
            ByWord($0.states.map { ($0.state, $0.count) })
        },
        Field("runs", "The runs that count, the newest first.", \.rows),
    ]
}

extension Metrics.Row: DescribedObject {
    package static let jsonFields: [Field<Metrics.Row>] = [
        Field("run", "The run's id.", \.run.id),
        Field("task", "The task's name.", \.run.task),
        Field("state", "Where the run stands.", \.run.state),
        Field("measures", "What the run cost and gained.", \.measures),
    ]
}
