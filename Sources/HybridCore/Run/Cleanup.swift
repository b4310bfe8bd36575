internal import HybridGit

extension Conductor {
    /// Removes the run's worktrees and branches whose work is proven to be in the target; gives a line for each
    /// that stays, with the reason.
    ///
    /// Throws when the repository cannot be read; a worktree that changed meanwhile is left as it is.
    public func removeMerged(_ run: RunRecord) throws -> [String] {
        guard let target = try repository.id(of: targetBranch(run).ref) else {
            return ["branch \(run.target) is gone, so nothing can be proven merged; everything stays"]
        }
        try discardLeftovers(run)
        var kept: [String] = []
        for (ref, tip) in try repository.references(prefix: "refs/heads/hybrid/\(run.id)/") {
            guard let branch = ref.branch else { continue }
            let job = String(branch.text.split(separator: "/").last ?? "")
            if try !hasLanded(tip, in: target, run), try !isResolved(run, job, tip) {
                kept.append("\(branch) is not merged into \(run.target): it stays")
                continue
            }
            if job.hasSuffix("-resolve") { try closeResolution(run, String(job.dropLast("-resolve".count))) }
            if let reason = try removeWorktree(of: branch, force: false) {
                kept.append(reason)
                continue
            }
            try repository.deleteReference(ref, expecting: tip)
        }
        Files.removeEmptyFolder(paths.worktrees + "/" + run.id)
        Files.removeEmptyFolder(paths.worktrees)
        return kept
    }

    /// Gives up a worker's unmerged work: its worktree and branch go, and a ref keeps what it had made.
    ///
    /// Returns the ref. Throws when the work cannot be saved first.
    public func giveUp(_ run: RunRecord, job: String) throws -> String {
        let lock = try lock(run)
        defer { withExtendedLifetime(lock) {} }
        var worker = try worker(run, job)
        guard worker.state != .running else {
            throw HybridError("job \(worker.name)", "it is running", next: "hybrid stop \(run.id)")
        }
        let ref = try setAside(run, worker, as: "given-up")
        worker.detail = "given up; its work is kept at \(ref)"
        try ledger.save(worker)
        return ref
    }

    /// Saves all of a worker's work at a ref of its own, then removes its worktree and branch.
    func setAside(_ run: RunRecord, _ worker: WorkerRecord, as label: String) throws -> String {
        let branch = try BranchName(worker.branch)
        guard let tip = try repository.id(of: branch.ref) else { return "no ref: its branch is gone already" }
        var kept = tip
        if Files.exists(worker.worktree) {
            let there = try Repository(at: worker.worktree)
            let head = try there.headCommit() ?? tip
            let tree = try there.snapshotTree()
            kept = head
            if try there.commit(head).tree != tree {
                let identity = try identity()
                kept = try there.createCommit(
                    tree: tree, parents: head == tip ? [head] : [head, tip],
                    message: "Set aside: \(worker.name)", author: identity, committer: identity)
            } else if head != tip {
                _ = try keep(run, "\(worker.job)/\(label)-branch", at: tip)
            }
        }
        let ref = try keep(run, "\(worker.job)/\(label)", at: kept)
        if let reason = try removeWorktree(of: branch, force: true) { throw HybridError(worker.name, reason) }
        try repository.deleteReference(branch.ref, expecting: tip)
        return ref
    }

    /// Removes the worktree on a branch; gives the reason where it must stay.
    func removeWorktree(of branch: BranchName, force: Bool) throws -> String? {
        guard let worktree = try repository.worktrees().first(where: { $0.branch == branch }) else {
            return nil
        }
        if !Files.exists(worktree.path) {
            try repository.removeWorktree(name: worktree.name, force: true)
            return nil
        }
        if worktree.isLocked { return "\(worktree.path) is locked: it stays" }
        if try !force && !Repository(at: worktree.path).isClean() {
            return "\(worktree.path) has uncommitted changes: it stays"
        }
        try repository.removeWorktree(name: worktree.name, force: force)
        return nil
    }

    /// Whether a branch is the marker branch of a conflict whose resolution is recorded.
    private func isResolved(_ run: RunRecord, _ name: String, _ tip: ObjectID) throws -> Bool {
        guard name.hasSuffix("-resolve") else { return false }
        let job = String(name.dropLast("-resolve".count))
        return try repository.id(of: RefName(RunNames.ref(run.id, "\(job)/resolved-from"))) == tip
    }
}
