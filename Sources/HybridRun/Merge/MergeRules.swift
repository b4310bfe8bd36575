internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

/// The rules by which a run merges: the user's settings, drivers and policies.
struct MergeRules: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// How a run's merges are done: the user's settings and merge drivers, and the attributes of the target's own tree.
    ///
    /// Attributes come from the target, not from what a worker committed: no worker changes how its work is merged.
    /// The plan's policies for hot files come first.
    /// `target` is where it is now, for a merge onto a target that moved; else where it was when the run began.
    func mergeOptions(_ run: RunRecord, onto target: ObjectID? = nil) throws -> MergeOptions {
        let target = target ?? run.targetBefore
        var options = try MergeOptions(
            settingsOf: repository, attributesOf: repository.commit(target).tree, drivers: world.mergeDrivers)
        try options.follow(runs.plan(of: run).hot)
        return options
    }
}
