package import HybridBase
internal import HybridPlan

extension Cleaned: Answer {
    package static let schemaName = "clean"
    package static let schemaUse = "clean: what went of a run, what stays and why"
    package static let jsonFields: [Field<Cleaned>] = [
        Field("run", "The run's id.", \.run),
        Field("removed", "Branches that went with their worktrees: they are in the target.", \.removed),
        Field("kept", "A line for each thing that stays, with the reason.", \.kept),
        Field("discarded", "What --discard named.", \.discarded),
        Field("forgotten", "What went with the run itself; null where it is kept.", \.forgotten),
        Field("pooled", "How many worktrees went that were kept for later ones (--pool).", \.pooled),
    ]
}

extension Discarded: DescribedObject {
    package static let jsonFields: [Field<Discarded>] = [
        Field("job", "The job's id.", \.job),
        Field("things", "What is gone.", \.things),
        Field("worktrees", "The worktrees that are gone.", \.worktrees),
        Field("kept", "How long git keeps the objects, in words.", \.kept),
        Field("still_at", "Refs of the run that still hold some of it: it was merged there.", \.stillAt),
    ]
}

extension Discarded.Thing: DescribedObject {
    package static let jsonFields: [Field<Discarded.Thing>] = [
        Field("what", "A branch, a ref, or the uncommitted work of a worktree.", \.what),
        Field("id", "The commit that it was.", \.id),
        Field("restore", "What to type to have it back.", \.restore),
    ]
}

extension Forgotten: DescribedObject {
    package static let jsonFields: [Field<Forgotten>] = [
        Field("things", "The refs, and the record.", \.things),
        Field("worktrees", "The worktrees that are gone.", \.worktrees),
        Field("kept", "How long git keeps the objects, in words.", \.kept),
    ]
}
