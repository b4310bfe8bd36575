package import HybridBase
internal import HybridPlan
internal import HybridRecords

extension ClaimAnswer: Answer {
    package static let schemaName = "claim"
    package static let schemaUse = "claim add: whether a worker may write one more path"
    package static let jsonFields: [Field<ClaimAnswer>] = [
        Field("granted", "Whether the worker may write there now.", \.isGranted),
        Field("held_already", "Whether it might before.", \.wasHeld),
        Field("run", "The run's id.", \.grant.run),
        Field("job", "The job's id.", \.grant.job),
        Field("path", "The path or pattern.", \.grant.path),
        Field("kind", "What the job may do there.", \.grant.kind),
        Field("holder", "Who holds it; null where it is granted.", \.holder),
        Field("claim", "The holder's claim.", \.claim),
        Field("witness", "A path that both claims cover.", \.witness),
        Field(
            "reason", "Why nobody but the plan gives it; null where that is not the reason.", \.onlyThePlan),
    ]
}
