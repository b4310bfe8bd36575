internal import HybridGit
internal import HybridPlan
internal import HybridRecords

extension Inspection {
    /// The plan's verify commands that lead to a checkout of the user's.
    ///
    /// Reads a few folders; grows with the commands.
    func wrongTrees(_ plan: Plan) throws -> [WrongTree] {
        let runs = try RunPaths(of: repository).worktrees
        let linked = try repository.worktrees().map(\.path).filter { !$0.hasPrefix(runs + "/") }
        let checkouts = try [repository.mainWorktree()?.path].compactMap { $0 } + linked
        return WrongTreeSearch(checkouts: checkouts, runs: runs, environment: environment).findings(in: plan)
    }
}

/// Warns of commands that look at another tree than the one they are to verify.
struct WrongTreeStep: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Keeps in the run's record which verify commands may test the wrong tree.
    func noteWrongTrees(_ run: RunRecord, _ plan: Plan) throws {
        for found in try Inspection(of: repository, environment: host.environment).wrongTrees(plan) {
            try runs.note(
                FindingRecord(
                    run: run.id, kind: .warning, jobs: found.job.map { [$0] } ?? [], message: found.warning))
        }
    }
}
