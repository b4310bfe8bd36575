internal import HybridGit
internal import HybridMerging

extension Conductor {
    /// How a run's merges are done: the user's settings, and the attributes that the target's own tree gives.
    ///
    /// Attributes come from the target, not from what a worker committed: no worker changes how its work is merged.
    func mergeOptions(_ run: RunRecord) throws -> MergeOptions {
        let target = try commitID(run.targetBefore, "run \(run.id)")
        return try MergeOptions(settingsOf: repository, attributesOf: repository.commit(target).tree)
    }
}
