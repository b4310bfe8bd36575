package import HybridBase
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

extension Measures: DescribedObject {
    package static let jsonFields: [Field<Measures>] = [
        Field(
            "sequential_seconds", "The same work in sequence, that the speedup is against; null without one."
        ) {
            $0.yardstick == .measured ? $0.sequential : $0.sameWork
        },
        Field("sequential_source", "Where that figure comes from.", \.yardstick),
        Field("workers_seconds", "All workers' commands, all attempts; null where people worked.", \.workers),
        Field(
            "critical_path_seconds", "The longest chain of workers that wait for each other.", \.criticalPath),
        Field("wall_seconds", "The processes that worked on the run, and what ran without them.", \.wall),
        Field("verify_commands_seconds", "The verify commands' own time.", \.verifyCommands),
        Field(
            "integration_seconds", "From audit to cleaning, without the verify commands' own time.",
            \.integration),
        Field("integration_overhead", "Integration over wall time, from 0.", \.overhead),
        Field(
            "speedup", "The figure in sequence over wall time; null where nothing landed or was measured.",
            \.speedup),
        Field(
            "worker_success", "The share of workers that integrated without a conflict or a breach.",
            \.workerSuccess),
        Field("clean", "Whether all of it integrated without a conflict or a breach.", \.isClean),
        Field("targets", "The method's targets.") { _ in Targets() },
        Field("measured_sequential_seconds", "One session for all jobs, as measured.", \.sequential),
        Field("same_work_seconds", "The work that landed, one after the other.", \.sameWork),
        Field("orchestrator_seconds", "The orchestrator's commands for what landed.", \.orchestrator),
        Field("checks_seconds", "The verify commands on the tips of the workers that landed.", \.checks),
        Field("estimated_seconds", "One session for all jobs, as the plan has it.", \.estimated),
        Field(
            "estimated_speedup", "The plan's estimate over wall time; null unless all landed.",
            \.estimatedSpeedup),
        Field("jobs", "How many workers the plan has.", \.jobs),
        Field("jobs_landed", "How many of them landed.", \.landed),
        Field("breaching", "Workers in the result that touched what they had not claimed.", \.breaching),
        Field("waiting_seconds", "How long the run waited; no part of wall time.") {
            $0.waiting.map(\.seconds).reduce(0, +)
        },
        Field("waiting", "The same by where it stood.", \.waiting),
    ]

    /// What the figures are held against.
    private struct Targets: DescribedObject {
        static let jsonFields: [Field<Targets>] = [
            Field("speedup_above", "The speedup is to be above this.") { _ in Measures.speedupTarget },
            Field("integration_overhead_below", "The overhead is to be below this.") { _ in
                Measures.overheadTarget
            },
            Field("success_above", "The success is to be above this.") { _ in Measures.successTarget },
        ]
    }
}

extension Measures.Yardstick: DescribedWord {}

extension Measures.Waiting: DescribedObject {
    package static let jsonFields: [Field<Measures.Waiting>] = [
        Field("state", "Where the run stood.", \.state),
        Field("seconds", "How long it waited there.", \.seconds),
    ]
}
