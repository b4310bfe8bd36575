package import HybridBase
internal import HybridMerging
package import HybridPlan

extension EstimateReport: Answer {
    package static let schemaName = "estimate"
    package static let schemaUse = "estimate, and within check: whether splitting is worth it"
    package static let jsonFields: [Field<EstimateReport>] = [
        Field("worth_it", "Whether every rule is met.", \.worthIt),
        Field("rules", "The rules, in the framework's order.", \.rules),
        Field("sequential_seconds", "One session for all of it.", \.sequentialSeconds),
        Field("orchestrator_seconds", "The orchestrator's own time.", \.orchestratorSeconds),
        Field("makespan_seconds", "The jobs' time over waves and the limit.", \.makespanSeconds),
        Field("hybrid_seconds", "Predicted wall time.", \.hybridSeconds),
        Field("speedup", "Predicted speedup; null where nothing takes time.", \.speedup),
        Field("score", "The method's own score.", \.score),
        Field("assumptions", "Figures that the plan leaves out, and where they come from.", \.assumptions),
        Field("warnings", "What speaks against the split whatever the rules say.", \.warnings),
    ]
}

extension EstimateReport.Rule: DescribedObject {
    package static let jsonFields: [Field<EstimateReport.Rule>] = [
        Field("id", "The rule's stable name.", \.id),
        Field("text", "What the rule asks, with its threshold.", \.text),
        Field("figure", "The plan's figure.", \.figure),
        Field("passed", "Whether the rule is met.", \.passed),
    ]
}
