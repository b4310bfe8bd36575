package import HybridBase
internal import HybridPlan

extension TrustReport: Answer {
    package static let schemaName = "trust"
    package static let schemaUse = "trust: whether what is kept of a run is what hybrid wrote"
    package static let jsonFields: [Field<TrustReport>] = [
        Field("run", "The run's id.", \.run),
        Field("problems", "What is not sealed, or whose seal does not hold, a line each.", \.problems),
        Field(
            "difference", "Lines of the plan that was sealed (-) and of the one that lies there (+).",
            \.difference),
        Field("plan", "All lines of the plan, where no sealed one is there to hold it against.", \.plan),
        Field("commands", "The commands that the plan has now.", \.commands),
        Field("target", "The branch that it would land on.", \.target),
        Field("digest", "Names all that is kept as it is now, for --accept.", \.digest),
        Field("accepted", "Whether it was sealed as it is.", \.accepted),
        Field("next", "What to type next; null where nothing is left to do.", \.next),
    ]
}
