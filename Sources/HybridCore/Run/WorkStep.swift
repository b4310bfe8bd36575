internal import HybridGit

/// What a worker's ending left behind.
struct CollectedWork {
    /// The tip of its branch, hybrid's own commit included.
    var tip: ObjectID
    /// Whether hybrid had to commit what lay in the worktree.
    var committedByHybrid: Bool
}

extension Conductor {
    /// Takes in a worker whose command has ended: commits, salvages, or sends it round again.
    ///
    /// The verdict comes from the exit status and git alone, never from what the command printed.
    func finish(_ run: RunRecord, _ plan: Plan, _ worker: inout WorkerRecord, status: SupervisedStatus) throws
    {
        let job = plan.jobs[worker.index]
        worker.seconds = (worker.seconds ?? 0) + status.seconds
        worker.exitCode = if case .exited(let code) = status.outcome { code } else { nil }
        switch status.outcome {
        case .exited(0): try accept(run, job, &worker)
        case .stopped: try giveBack(run, job, &worker, state: .stopped, reason: "was stopped")
        case .timedOut: try giveBack(run, job, &worker, state: .timedOut, reason: words(status.outcome))
        default: try giveBack(run, job, &worker, state: .failed, reason: words(status.outcome))
        }
        try ledger.save(worker)
        let detail = worker.detail.isEmpty ? "" : ": \(worker.detail)"
        host.narrate(.note("\(worker.job) \(worker.state.rawValue)\(detail)"))
    }

    /// A supervisor that ended without a status: nothing is guessed, what lies there is salvaged.
    func vanish(_ run: RunRecord, _ plan: Plan, _ worker: inout WorkerRecord) throws {
        try giveBack(
            run, plan.jobs[worker.index], &worker, state: .failed,
            reason: "lost its supervisor before it could write how the command ended")
        try ledger.save(worker)
    }

    /// Takes work as finished: commits what is not committed, and tells done from nothing done.
    func accept(_ run: RunRecord, _ job: Job, _ worker: inout WorkerRecord) throws {
        let base = try commitID(worker.base, "job \(job.id)")
        do {
            let work = try commitWork(
                in: worker.worktree, branch: BranchName(worker.branch), base: base, message: job.name)
            worker.tip = work.tip.description
            worker.detail = ""
            if work.tip == base {
                worker.state = .nothingDone
                worker.detail = "the command succeeded but changed nothing"
            } else {
                worker.state = work.committedByHybrid ? .doneCommittedByHybrid : .done
            }
        } catch let error as GitError {
            worker.state = .failed
            worker.detail = "its work could not be committed (\(error)); it is kept in \(worker.worktree)"
        } catch let error as HybridError {
            worker.state = .failed
            worker.detail = "\(error); its work is kept in \(worker.worktree)"
        }
    }

    /// Keeps the work of an attempt that did not succeed, and launches again where the plan allows it.
    private func giveBack(
        _ run: RunRecord, _ job: Job, _ worker: inout WorkerRecord, state: WorkerState, reason: String
    ) throws {
        if state != .stopped, worker.attempt <= job.retries {
            // The next attempt begins where this one began: what failed must not slip in with what succeeds.
            let kept =
                try isUntouched(worker) ? "" : "; its work is kept at \(setAside(run, worker, as: "rescue"))"
            worker.state = .waiting
            worker.detail = "attempt \(worker.attempt) \(reason); trying again\(kept)"
        } else {
            let kept = try salvage(run, worker).map { "; its work is kept at \($0)" } ?? ""
            let log = paths.attempt(run.id, job.id, worker.attempt) + "/log"
            let said = lastLine(of: log) ?? ""
            worker.state = state
            worker.detail =
                "attempt \(worker.attempt) \(reason)\(kept)"
                + (said.isEmpty ? "" : "; it said last: \"\(said)\" (\(log))")
        }
    }

    /// Points a rescue ref at everything an attempt made, committed or not; nil where it made nothing.
    func salvage(_ run: RunRecord, _ worker: WorkerRecord) throws -> String? {
        let branch = try BranchName(worker.branch)
        guard let base = ObjectID(hex: worker.base), let tip = try repository.id(of: branch.ref) else {
            return nil
        }
        var rescue = tip
        if Files.exists(worker.worktree) {
            let there = try Repository(at: worker.worktree)
            // A worker that left its branch still keeps what it committed elsewhere.
            let head = try there.headCommit() ?? tip
            do {
                let tree = try there.snapshotTree()
                rescue = head
                if try tree != there.commit(head).tree {
                    let identity = try identity()
                    rescue = try there.createCommit(
                        tree: tree, parents: [head], message: "Work in progress: \(worker.name)",
                        author: identity, committer: identity)
                }
            } catch let error as GitError {
                try ledger.save(
                    FindingRecord(
                        run: run.id, kind: .warning, jobs: [worker.job],
                        message: "uncommitted work stays in \(worker.worktree) only: \(error)"))
            }
        }
        guard rescue != base else { return nil }
        let name = "\(worker.job)/rescue-\(worker.attempt)"
        try point(run, name, at: rescue)
        return RunNames.ref(run.id, name)
    }

    /// Commits what is not committed in a worktree and proves that its branch still stands on `base`.
    func commitWork(
        in worktree: String, branch: BranchName, base: ObjectID, message: String
    ) throws -> CollectedWork {
        guard let before = try repository.id(of: branch.ref) else {
            throw HybridError("branch \(branch)", "it is gone", next: "its commits may be in: git reflog")
        }
        var committed = false
        if Files.exists(worktree) {
            let there = try Repository(at: worktree)
            let current = try there.currentBranch()
            guard current == branch else {
                throw HybridError(
                    worktree, "it is on \(current?.text ?? "no branch") instead of \(branch)",
                    next: "git -C \(worktree) switch \(branch)")
            }
            let identity = try identity()
            committed =
                try there.commitAll(
                    message: message, author: identity, committer: identity, expecting: before)
                != nil
        }
        guard let tip = try repository.id(of: branch.ref), try repository.isAncestor(base, of: tip) else {
            throw HybridError(
                "branch \(branch)", "it no longer stands on \(base.short), where it began",
                next: "put the work on top of it: git -C \(worktree) rebase \(base.short)")
        }
        return CollectedWork(tip: tip, committedByHybrid: committed)
    }
}
