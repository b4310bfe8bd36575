internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// Brings a worktree that a worker took to another branch back to its own.
struct BesideReturn: RunPart {
    let context: RunContext
    private var besideJudge: BesideJudge { BesideJudge(context) }
    private var freshWorktrees: FreshWorktrees { FreshWorktrees(context) }
    private var setAside: SetAside { SetAside(context) }

    init(_ context: RunContext) { self.context = context }

    /// Brings a worker that ended elsewhere back to its branch, as far as nothing is lost by it.
    ///
    /// HEAD alone moves: to the branch where both name one commit, or, where the plan takes such work, the branch to HEAD.
    /// Done again it finds nothing to do.
    func comeBack(_ run: RunRecord, _ plan: Plan, _ worker: WorkerRecord) throws {
        let branch = worker.branch
        guard Files.exists(worker.worktree) else { return }
        let there = try Repository(at: worker.worktree)
        guard let tip = try repository.id(of: branch.ref), let head = try there.headCommit() else { return }
        // Where HEAD is then is for its operation to say.
        if there.operationHoldingWork() != nil { return }
        if try there.currentBranch() == branch {
            if plan.beside == .take { try takeOnly(run, worker, branch, tip, there) }
        } else if head == tip {
            try there.attachHead(to: branch)
        } else if plan.beside == .take, try repository.isAncestor(tip, of: head) {
            try moveBranch(run, branch, from: tip, to: head, there)
        }
    }

    func moveBranch(
        _ run: RunRecord, _ branch: BranchName, from tip: ObjectID, to head: ObjectID, _ there: Repository
    ) throws {
        try repository.updateReference(
            branch.ref, to: head, expecting: tip, message: "hybrid \(run.id): taken from beside the branch")
        try there.attachHead(to: branch)
    }

    /// A worker that came back with empty hands and left one line of commits: that is its work.
    private func takeOnly(
        _ run: RunRecord, _ worker: WorkerRecord, _ branch: BranchName, _ tip: ObjectID, _ there: Repository
    ) throws {
        guard tip == worker.base, try there.isClean() else { return }
        let left = try besideJudge.takeable(run, worker)
        guard left.count == 1 else { return }
        try putBranch(run, worker, branch, at: left[0])
    }

    /// Points a worker's branch at a commit and makes its worktree, which holds no change, anew there.
    private func putBranch(
        _ run: RunRecord, _ worker: WorkerRecord, _ branch: BranchName, at commit: ObjectID
    ) throws {
        if let reason = try setAside.removeWorktree(of: branch, at: worker.worktree, force: true) {
            throw HybridError(.wrongState, "job \(worker.name)", reason)
        }
        try repository.updateReference(
            branch.ref, to: commit, expecting: try repository.id(of: branch.ref) ?? .zero,
            message: "hybrid \(run.id): taken from beside the branch")
        try freshWorktrees.ensureWorktree(run, .job(worker.job), path: worker.worktree, at: commit)
    }

    /// What to type to take what a worker left beside its branch; empty where nothing can be taken.
    func takeHint(_ run: RunRecord, _ worker: WorkerRecord) throws -> String {
        let ids = try besideJudge.takeable(run, worker)
        guard let first = ids.first else { return "" }
        let others =
            ids.count > 1 ? ", or \(ids.count - 1) more, which hybrid status \(run.id) names" : ""
        return
            "; to take what lies beside its branch: hybrid resolve \(worker.job) --take \(first.short)\(others)"
    }
}
