internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
public import HybridRecords
internal import HybridReport
internal import HybridSystem

extension Conductor {
    /// Brings a worker that ended elsewhere back to its branch, as far as nothing is lost by it.
    ///
    /// HEAD alone moves: to the branch where both name one commit, or, where the plan takes such work, the branch to HEAD.
    /// Done again it finds nothing to do.
    func comeBack(_ run: RunRecord, _ plan: Plan, _ worker: WorkerRecord) throws {
        let branch = try BranchName(worker.branch)
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

    private func moveBranch(
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
        guard tip.description == worker.base, try there.isClean() else { return }
        let left = try takeable(run, worker)
        guard left.count == 1 else { return }
        try putBranch(run, worker, branch, at: left[0])
    }

    /// Points a worker's branch at a commit and makes its worktree, which holds no change, anew there.
    private func putBranch(
        _ run: RunRecord, _ worker: WorkerRecord, _ branch: BranchName, at commit: ObjectID
    ) throws {
        if let reason = try removeWorktree(of: branch, at: worker.worktree, force: true) {
            throw HybridError("job \(worker.name)", reason)
        }
        try repository.updateReference(
            branch.ref, to: commit, expecting: try repository.id(of: branch.ref) ?? .zero,
            message: "hybrid \(run.id): taken from beside the branch")
        try ensureWorktree(run, .job(worker.job), path: worker.worktree, at: commit)
    }

    /// What to type to take what a worker left beside its branch; empty where nothing can be taken.
    func takeHint(_ run: RunRecord, _ worker: WorkerRecord) throws -> String {
        let ids = try takeable(run, worker)
        guard let first = ids.first else { return "" }
        let others =
            ids.count > 1 ? ", or \(ids.count - 1) more, which hybrid status \(run.id) names" : ""
        return
            "; to take what lies beside its branch: hybrid resolve \(worker.job) --take \(first.short)\(others)"
    }

    /// Takes a commit that stands on a job's base as the job's work, without running it again; `drive` goes on.
    ///
    /// It is audited and merged as any work, in a wave of its own. What the job's own worktree and branch hold beside it
    /// is kept at a ref. Throws where the job is at work, merged or landed, and for a commit that does not stand on
    /// the job's base.
    public func take(_ id: String?, job name: String, from text: String) throws -> RunRecord {
        var run = try self.run(id)
        let lock = try lock(run)
        defer { withExtendedLifetime(lock) {} }
        // Another process may have taken it further until the lock was ours.
        run = try self.run(run.id)
        try refuseUnlessOpen(run, "take")
        let plan = try plan(of: run)
        let worker = try worker(run, name)
        switch worker.state {
        case .waiting, .running, .merged, .landed:
            throw HybridError(
                "job \(worker.name)", "it is \(worker.state.rawValue), so nothing can take its place",
                next: "hybrid status \(run.id)")
        default: break
        }
        guard run.nextWave >= run.waves.count else {
            throw HybridError(
                "run \(run.id)", "wave \(run.nextWave + 1) of \(run.waves.count) is still to come",
                next: "hybrid resume \(run.id)")
        }
        let commit = try takeableCommit(run, worker, text)
        let beginning = try beginLock()
        defer { withExtendedLifetime(beginning) {} }
        try refuseOverlap(of: plan, run: run.id, at: try commitID(run.targetBefore, "run \(run.id)"))
        try step(.resolve, run, worker.job) {
            var taken = worker
            try occupy(run, &taken, commit)
            taken.detail = "taken from \(neutralise(text))"
            taken.wave = run.waves.count
            run.waves.append([taken.job])
            var changed = [taken]
            try unblock(&run, plan, &changed)
            run.verification = nil
            try save(
                &run, run.byHand ? .handWorked : .working, "\(worker.name) is taken from \(neutralise(text))",
                changed, without: outdated(run, changed))
        }
        return run
    }

    private func takeableCommit(_ run: RunRecord, _ worker: WorkerRecord, _ text: String) throws -> ObjectID {
        let commit: ObjectID
        do {
            commit = try repository.resolveCommit(text)
        } catch {
            throw HybridError(
                text, "it names no commit",
                next: "what was found beside the branches: hybrid status \(run.id)")
        }
        let base = try commitID(worker.base, "job \(worker.job)")
        let stash = try ledger.findings(of: run.id).compactMap(\.beside).filter { $0.what == .stash }.map(
            \.id)
        if try stash.contains(commit.description)
            || repository.stashEntries().contains(where: { $0.id == commit.description })
        {
            throw HybridError(
                text, "it is a stash entry, not commits of its own",
                next:
                    "git stash branch from-stash \(commit.short), commit there, then: hybrid resolve \(worker.job) --take from-stash"
            )
        }
        guard commit != base, try repository.isAncestor(base, of: commit) else {
            throw HybridError(
                text, "it does not stand on \(base.short), where \(worker.name) began",
                next:
                    "put it there on a branch of its own, then take that: git branch taken \(commit.short) && git rebase \(base.short) taken"
            )
        }
        return commit
    }

    /// Lets a worker's branch name a commit, with what lies uncommitted on top where its worktree stands there.
    private func occupy(_ run: RunRecord, _ worker: inout WorkerRecord, _ commit: ObjectID) throws {
        let branch = try BranchName(worker.branch)
        worker.state = .done
        worker.exitCode = nil
        let tip = try repository.id(of: branch.ref)
        if let tip, Files.exists(worker.worktree), try repository.isAncestor(tip, of: commit) {
            let there = try Repository(at: worker.worktree)
            if try there.headCommit() == commit {
                if try there.currentBranch() != branch {
                    try moveBranch(run, branch, from: tip, to: commit, there)
                }
                let work = try collect(
                    in: worker.worktree, branch: branch, base: commitID(worker.base, "job \(worker.job)"),
                    message: worker.name, of: .job(worker.job), run)
                worker.tip = work.tip.description
                if work.committedByHybrid { worker.state = .doneCommittedByHybrid }
                return
            }
        }
        try keepLateBeside(run, worker)
        if tip != nil, tip != commit {
            let ref = try setAside(run, worker, as: .attempt)
            host.narrate(.note("\(worker.name): what it made before is kept at \(ref)"))
        }
        try repository.updateReference(
            branch.ref, to: commit, expecting: try repository.id(of: branch.ref) ?? .zero,
            message: "hybrid \(run.id): taken from beside the branch")
        worker.tip = commit.description
    }
}
