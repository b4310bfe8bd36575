internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// What lies in a worktree whose worker has ended.
struct CollectedWork {
    /// The tip of its branch; where something is not committed, a commit of all of it that no branch holds.
    var tip: ObjectID
    /// Whether that is still to be committed on the branch.
    var isSnapshot: Bool
    /// Whether the worker left it to hybrid to commit.
    var committedByHybrid: Bool
    /// What git ignores there; nil where nobody looked.
    var ignored: [RepoPath]?
}

/// What a worker left when its command ended: collected, salvaged or begun again.
struct WorkStep: RunPart {
    let context: RunContext
    private var agentStep: AgentStep { AgentStep(context) }
    private var attempts: Attempts { Attempts(context) }
    private var besideJudge: BesideJudge { BesideJudge(context) }
    private var besideReturn: BesideReturn { BesideReturn(context) }
    private var besideStep: BesideStep { BesideStep(context) }
    private var broughtLook: BroughtLook { BroughtLook(context) }
    private var feedbackStep: FeedbackStep { FeedbackStep(context) }
    private var fence: Fence { Fence(context) }
    private var ignoredStep: IgnoredStep { IgnoredStep(context) }
    private var setAside: SetAside { SetAside(context) }
    private var submoduleStep: SubmoduleStep { SubmoduleStep(context) }
    private var takenBack: TakenBack { TakenBack(context) }

    init(_ context: RunContext) { self.context = context }

    /// Takes in a worker whose command has ended: commits, salvages, or sends it round again.
    ///
    /// The verdict comes from the exit status and git alone, never from what the command printed.
    func finish(_ run: RunRecord, _ plan: Plan, _ worker: inout WorkerRecord, status: SupervisedStatus) throws
    {
        let job = plan.jobs[worker.index]
        // Without it nothing of what the worker made could be found.
        try runs.mendLink(run, of: worker.worktree)
        worker.seconds = (worker.seconds ?? 0) + status.seconds
        worker.lastSeconds = status.seconds
        worker.exitCode = if case .exited(let code) = status.outcome { code } else { nil }
        if let reason = besideStep.unreadable(worker) {
            try worker.become(.failed)
            worker.detail = reason
            try runs.note(worker)
            host.narrate(.note("\(worker.job) failed: \(reason)"))
            return
        }
        try besideStep.keepBeside(run, worker)
        do {
            switch status.outcome {
            case .exited(0) where !Files.isThere(worker.worktree + "/.git"): try loseWorktree(run, &worker)
            case .exited(0):
                // An agent's own word can only make less of it.
                if let reason = try agentStep.failure(run, plan, worker) {
                    try giveBack(run, job, &worker, state: .failed, reason: "ended well, but \(reason)")
                } else {
                    try accept(run, plan, &worker)
                    try agentStep.tellUnguarded(run, plan, worker)
                }
            case .stopped: try giveBack(run, job, &worker, state: .stopped, reason: "was stopped")
            case .timedOut:
                try giveBack(run, job, &worker, state: .timedOut, reason: attempts.words(status.outcome))
            default: try giveBack(run, job, &worker, state: .failed, reason: attempts.words(status.outcome))
            }
        } catch let error as GitError where error.code == .notAFile {
            try worker.become(.failed)
            worker.detail = "\(neutralise("\(error)")); its work is kept in \(worker.worktree)"
        }
        try runs.note(worker)
        try besideJudge.judgeBeside(run, of: worker)
        let detail = worker.detail.isEmpty ? "" : ": \(worker.detail)"
        host.narrate(.note("\(worker.job) \(worker.state.rawValue)\(detail)"))
    }

    /// Somebody took the worktree away while the worker worked: whatever was not committed is lost, so nothing of it is
    /// called done.
    private func loseWorktree(_ run: RunRecord, _ worker: inout WorkerRecord) throws {
        try worker.become(.failed)
        let isThere = try repository.id(of: worker.branch.ref) != nil
        worker.detail =
            "its worktree is gone: \(worker.worktree) was taken away while it worked; "
            + (isThere
                ? "what it had committed is on \(worker.branch)"
                : "its branch is gone as well; what it had committed and is not merged is among the findings")
        try runs.note(
            FindingRecord(
                run: run.id, kind: .warning, jobs: [worker.job],
                message: "\(neutralise(worker.name)): \(worker.detail)"))
    }

    /// How often a job is begun again because nobody saw its attempt end.
    static let lostLimit = 3

    /// A supervisor that ended without a status: nothing is guessed, what lies there is salvaged.
    ///
    /// It says nothing about the job, so the job is begun again, as after a power cut, but not for ever.
    func vanish(_ run: RunRecord, _ plan: Plan, _ worker: inout WorkerRecord) throws {
        try runs.mendLink(run, of: worker.worktree)
        try besideStep.keepBeside(run, worker)
        let lost = (worker.lost ?? 0) + 1
        let reason = "lost its supervisor before it could write how the command ended"
        if lost <= Self.lostLimit {
            worker.lost = lost
            try beginElsewhere(run, &worker, reason)
        } else {
            // From here on it counts as a failure: whatever kills its supervisor is likely to be the job itself.
            try giveBack(
                run, plan.jobs[worker.index], &worker, state: .failed, reason: reason, isLost: true)
        }
        try runs.note(worker)
        host.narrate(.note("\(worker.job) \(worker.detail)"))
    }

    /// Takes work as finished: commits what is not committed, and tells done from nothing done.
    func accept(_ run: RunRecord, _ plan: Plan, _ worker: inout WorkerRecord) throws {
        let base = try worker.started()
        do {
            try runs.mendLink(run, of: worker.worktree)
            try besideReturn.comeBack(run, plan, worker)
            let work = try collect(
                in: worker.worktree, branch: worker.branch, base: base, message: worker.name,
                of: .job(worker.job), run)
            try submoduleStep.take(run, worker, from: base, to: work.tip)
            worker.tip = work.tip
            worker.detail = ""
            if work.tip == base, plan.jobs[worker.index].mayChangeNothing {
                try worker.become(.done)
                worker.detail = "changed nothing, which the plan takes for done\(attempts.said(run, worker))"
            } else if work.tip == base {
                try worker.become(.nothingDone)
                worker.detail =
                    "the command succeeded but changed nothing" + (try besideReturn.takeHint(run, worker))
                    + attempts.said(run, worker)
            } else {
                try worker.become(work.committedByHybrid ? .doneCommittedByHybrid : .done)
                if work.isSnapshot {
                    try takenBack.tellTakenBack(run, worker, base: base, snapshot: work.tip)
                }
            }
            try ignoredStep.noteIgnored(run, plan.jobs[worker.index], &worker, known: work.ignored)
        } catch let error as GitError {
            try keepUncollected(run, &worker, "its work could not be committed (\(error))")
        } catch let error as HybridError {
            // What would have helped before its work was taken in changes nothing now.
            try keepUncollected(run, &worker, "\(error.thing): \(error.reason)")
        }
    }

    private func keepUncollected(_ run: RunRecord, _ worker: inout WorkerRecord, _ reason: String) throws {
        let ref = try salvage(run, worker).map { " and at \($0)" } ?? ""
        try worker.become(.failed)
        worker.detail =
            "\(reason); its work is kept in \(worker.worktree)\(ref)"
            + (try besideReturn.takeHint(run, worker))
            + attempts.said(run, worker)
    }

    /// Keeps the work of an attempt that did not succeed, and launches again where the plan allows it.
    private func giveBack(
        _ run: RunRecord, _ job: Job, _ worker: inout WorkerRecord, state: WorkerState, reason: String,
        isLost: Bool = false
    ) throws {
        if state != .stopped, worker.attempt - (worker.lost ?? 0) <= job.retries {
            try isLost ? beginElsewhere(run, &worker, reason) : beginAgain(run, &worker, reason)
        } else {
            let kept = try salvage(run, worker).map { "; its work is kept at \($0)" } ?? ""
            try worker.become(state)
            worker.detail = "attempt \(worker.attempt) \(reason)\(kept)\(attempts.said(run, worker))"
            try ignoredStep.noteIgnored(run, job, &worker)
        }
    }

    /// Readies a job for another attempt, which begins where this one began: what failed must not slip in with what
    /// succeeds.
    private func beginAgain(_ run: RunRecord, _ worker: inout WorkerRecord, _ reason: String) throws {
        let kept =
            try isUntouched(worker)
            ? "" : "; its work is kept at \(setAside.setAside(run, worker, as: .rescue))"
        try feedbackStep.keep(run, worker, reason + attempts.said(run, worker) + kept)
        try worker.become(.waiting)
        worker.detail = "attempt \(worker.attempt) \(reason); trying again\(kept)"
    }

    /// Readies a job for another attempt after a lost one, in a worktree of its own.
    private func beginElsewhere(
        _ run: RunRecord, _ worker: inout WorkerRecord, _ reason: String
    ) throws {
        let kept =
            try isUntouched(worker) && fence.isFree(worker)
            ? fence.leave(run, &worker) : "; its work is kept at \(fence.giveUp(run, &worker, as: .rescue))"
        try worker.become(.waiting)
        worker.detail = "attempt \(worker.attempt) \(reason); trying again in another worktree\(kept)"
    }

    /// Points a rescue ref at everything an attempt made, committed or not; nil where it made nothing.
    func salvage(_ run: RunRecord, _ worker: WorkerRecord) throws -> String? {
        let branch = worker.branch
        guard let base = worker.base, let tip = try repository.id(of: branch.ref) else {
            return nil
        }
        try runs.mendLink(run, of: worker.worktree)
        var rescue = tip
        if Files.exists(worker.worktree) {
            do {
                let there = try Repository(at: worker.worktree)
                // A worker that left its branch still keeps what it committed elsewhere.
                let head = try there.headCommit() ?? tip
                rescue = head
                let (tree, left) = try there.keptTree(
                    keeping: runs.packs.keeping(run.id),
                    leavingOut: broughtLook.isBrought(run, in: worker.worktree))
                if !left.isEmpty {
                    try setAside.tellLeft(
                        left, in: worker.worktree, of: worker.name, jobs: [worker.job], run)
                }
                if try tree != there.commit(head).tree {
                    rescue = try world.makeCommit(tree, [head], "Work in progress: \(worker.name)", in: there)
                }
            } catch let error as GitError {
                try runs.note(
                    FindingRecord(
                        run: run.id, kind: .warning, jobs: [worker.job],
                        message:
                            "uncommitted work stays in \(worker.worktree) only: \(neutralise("\(error)"))"))
            }
        }
        guard rescue != base else { return nil }
        return try setAside.keep(run, .job(worker.job, .rescue), at: rescue)
    }

    /// What lies in a worktree, and that its branch still stands on `base`.
    ///
    /// What is not committed becomes a commit that only a ref of the job's keeps: it is audited before the user's own git
    /// commits it. Until then neither the branch nor the index is touched.
    func collect(
        in worktree: String, branch: BranchName, base: ObjectID, message: String, of owner: RunRef.Owner,
        _ run: RunRecord
    ) throws -> CollectedWork {
        guard let tip = try repository.id(of: branch.ref) else {
            throw HybridError(
                .noSuchRevision, "branch \(branch)", "it is gone", next: "its commits may be in: git reflog")
        }
        guard try repository.isAncestor(base, of: tip) else {
            throw HybridError(
                .wrongState, "branch \(branch)", "it no longer stands on \(base.short), where it began",
                next:
                    "put the work on top of it: git -C \(ShellWord.bare(worktree)) rebase \(base.short), "
                    + "then: hybrid resume \(run.id)")
        }
        var ignored: [RepoPath]?
        if let snapshot = try snapshot(of: worktree, on: branch, at: tip, message, run, &ignored) {
            try runs.point(run, .kept(owner, .snapshot), at: snapshot)
            return CollectedWork(
                tip: snapshot, isSnapshot: true, committedByHybrid: true, ignored: ignored)
        }
        return CollectedWork(
            tip: tip, isSnapshot: false, committedByHybrid: try isCommittedByHybrid(tip, owner, run),
            ignored: ignored)
    }

    /// All that is not committed in a worktree, as a commit on top of its branch; nil where there is nothing.
    private func snapshot(
        of worktree: String, on branch: BranchName, at tip: ObjectID, _ message: String, _ run: RunRecord,
        _ ignored: inout [RepoPath]?
    ) throws -> ObjectID? {
        guard Files.exists(worktree) else { return nil }
        try runs.mendLink(run, of: worktree)
        let there = try Repository(at: worktree)
        let current = try there.currentBranch()
        let operation = there.operationInProgress()
        guard current == branch else {
            // Who only looks at older commits at the end has left nothing there.
            if there.operationHoldingWork() == nil, try there.isClean(),
                let head = try there.headCommit(),
                try repository.isAncestor(head, of: tip)
            {
                return nil
            }
            if let operation { throw unfinished(operation, worktree) }
            throw HybridError(
                .wrongState, worktree, "it is on \(current?.text ?? "no branch") instead of \(branch)",
                next: "git -C \(ShellWord.bare(worktree)) switch \(branch), then: hybrid resume \(run.id)"
            )
        }
        if let operation { throw unfinished(operation, worktree) }
        try runs.clearLock(there.gitDirectory + "index.lock")
        var found: [RepoPath] = []
        let tree = try there.snapshotTree(
            keeping: runs.packs.keeping(run.id), leavingOut: broughtLook.isBrought(run, in: worktree)
        ) { found.append($0) }
        ignored = found.sorted()
        return try tree == there.commit(tip).tree ? nil : world.makeCommit(tree, [tip], message, in: there)
    }

    private func unfinished(_ operation: String, _ worktree: String) -> HybridError {
        HybridError(
            .wrongState, worktree, "a \(operation) is in progress there",
            next: "finish or abort it: git -C \(ShellWord.bare(worktree)) status")
    }

    /// Whether a tip is a commit of hybrid's, also where the hybrid that made it was killed before it could say so.
    private func isCommittedByHybrid(_ tip: ObjectID, _ owner: RunRef.Owner, _ run: RunRecord) throws -> Bool
    {
        if try repository.id(of: run.names.ref(.kept(owner, .committed))) == tip { return true }
        guard let snapshot = try repository.id(of: run.names.ref(.kept(owner, .snapshot))) else {
            return false
        }
        // Taken when its worker had ended: what came on top of the same commit afterwards is hybrid's.
        return try snapshot != tip && repository.commit(snapshot).parents == repository.commit(tip).parents
    }

    func isUntouched(_ worker: WorkerRecord) throws -> Bool {
        guard try repository.id(of: worker.branch.ref) == worker.base else {
            return false
        }
        return try !Files.exists(worker.worktree) || Repository(at: worker.worktree).isClean()
    }
}
