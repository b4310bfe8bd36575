internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
package import HybridRecords
internal import HybridReport
internal import HybridSystem

/// A person takes what lies beside a worker's branch as its work.
package struct BesideTake: RunPart {
    let context: RunContext
    private var besideReturn: BesideReturn { BesideReturn(context) }
    private var besideStep: BesideStep { BesideStep(context) }
    private var overlapStep: OverlapStep { OverlapStep(context) }
    private var retryStep: RetryStep { RetryStep(context) }
    private var setAside: SetAside { SetAside(context) }
    private var workStep: WorkStep { WorkStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Takes a commit that stands on a job's base as the job's work, without running it again; `drive` goes on.
    ///
    /// It is audited and merged as any work, in a wave of its own. What the job's own worktree and branch hold beside it
    /// is kept at a ref. Throws where the job is at work, merged or landed, and for a commit that does not stand on
    /// the job's base.
    package func take(_ id: String?, job name: String, from text: String) throws -> RunRecord {
        var run = try runs.run(id)
        let lock = try runs.lock(run)
        defer { withExtendedLifetime(lock) {} }
        // Another process may have taken it further until the lock was ours.
        run = try runs.run(run.id)
        try runs.refuseUnlessOpen(run, "take")
        let plan = try runs.plan(of: run)
        let worker = try runs.worker(run, name)
        switch worker.state {
        case .waiting, .running, .merged, .landed:
            throw HybridError(
                .wrongState, "job \(worker.name)",
                "it is \(worker.state.rawValue), so nothing can take its place",
                next: "hybrid status \(run.id)")
        default: break
        }
        guard run.nextWave >= run.waves.count else {
            throw HybridError(
                .wrongState, "run \(run.id)",
                "wave \(run.nextWave + 1) of \(run.waves.count) is still to come",
                next: "hybrid resume \(run.id)")
        }
        let commit = try takeableCommit(run, worker, text)
        let beginning = try overlapStep.beginLock()
        defer { withExtendedLifetime(beginning) {} }
        try overlapStep.refuseOverlap(
            of: plan, run: run.id, at: run.targetBefore)
        try runs.step(.resolve, run, worker.job.text) {
            var taken = worker
            try occupy(run, &taken, commit)
            taken.detail = "taken from \(neutralise(text))"
            taken.wave = run.waves.count
            var waves = [[taken.job]]
            var changed = [taken]
            try retryStep.unblock(run, plan, &changed, &waves)
            let why = "\(worker.name) is taken from \(neutralise(text))"
            try runs.turn(
                &run, .reopened(waves: waves, on: nil, why: why), changed,
                without: retryStep.outdated(run, changed))
        }
        return run
    }

    private func takeableCommit(_ run: RunRecord, _ worker: WorkerRecord, _ text: String) throws -> ObjectID {
        let commit: ObjectID
        do {
            commit = try repository.resolveCommit(text)
        } catch {
            throw HybridError(
                .noSuchRevision, text, "it names no commit",
                next: "what was found beside the branches: hybrid status \(run.id)")
        }
        let base = try worker.started()
        let stash = try ledger.findings(of: run.id).compactMap(\.beside).filter { $0.what == .stash }.map(
            \.id)
        if try stash.contains(commit.description)
            || repository.stashEntries().contains(where: { $0.id == commit.description })
        {
            throw HybridError(
                .wrongState, text, "it is a stash entry, not commits of its own",
                next:
                    "git stash branch from-stash \(commit.short), commit there, then: hybrid resolve \(worker.job) --take from-stash"
            )
        }
        guard commit != base, try repository.isAncestor(base, of: commit) else {
            throw HybridError(
                .wrongState, text, "it does not stand on \(base.short), where \(worker.name) began",
                next:
                    "put it there on a branch of its own, then take that: git branch taken \(commit.short) && git rebase \(base.short) taken"
            )
        }
        return commit
    }

    /// Lets a worker's branch name a commit, with what lies uncommitted on top where its worktree stands there.
    private func occupy(_ run: RunRecord, _ worker: inout WorkerRecord, _ commit: ObjectID) throws {
        let branch = worker.branch
        try worker.become(.done)
        worker.exitCode = nil
        let tip = try repository.id(of: branch.ref)
        if let tip, Files.exists(worker.worktree), try repository.isAncestor(tip, of: commit) {
            let there = try Repository(at: worker.worktree)
            if try there.headCommit() == commit {
                if try there.currentBranch() != branch {
                    try besideReturn.moveBranch(run, branch, from: tip, to: commit, there)
                }
                let work = try workStep.collect(
                    in: worker.worktree, branch: branch, base: try worker.started(),
                    message: worker.name, of: .job(worker.job), run)
                worker.tip = work.tip
                if work.committedByHybrid { try worker.become(.doneCommittedByHybrid) }
                return
            }
        }
        try besideStep.keepLateBeside(run, worker)
        if tip != nil, tip != commit {
            let ref = try setAside.setAside(run, worker, as: .attempt)
            host.narrate(.note("\(worker.name): what it made before is kept at \(ref)"))
        }
        try repository.updateReference(
            branch.ref, to: commit, expecting: try repository.id(of: branch.ref) ?? .zero,
            message: "hybrid \(run.id): taken from beside the branch")
        worker.tip = commit
    }
}
