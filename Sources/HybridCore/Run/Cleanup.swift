internal import HybridGit

/// What a cleaning came to.
public struct Cleaned: Hashable, Sendable {
    /// The run.
    public var run: String
    /// Branches that went, with their worktrees: all of them are in the target.
    public var removed: [String] = []
    /// A line for each thing that stays, with the reason.
    public var kept: [String] = []
    /// What the user named.
    public var discarded: [Discarded] = []
    /// What went with the run itself; nil where it is kept.
    public var forgotten: Forgotten?

    /// The answer for a person.
    public func text() -> String {
        var lines = discarded.map { $0.text() }
        lines += removed.map { "removed \($0): it is merged" } + kept
        if let forgotten { return (lines + [forgotten.text(run)]).joined(separator: "\n") }
        if kept.isEmpty { lines.append("run \(run): nothing is left but its refs and its record") }
        return lines.joined(separator: "\n")
    }

    /// The answer as a value.
    public func json() -> JSONValue {
        .object([
            ("schema", .int(1)), ("run", .string(run)), ("removed", .strings(removed)),
            ("kept", .strings(kept)), ("discarded", .array(discarded.map(\.value))),
            ("forgotten", forgotten?.value ?? .null),
        ])
    }
}

extension Conductor {
    /// Removes what the user names of a run, then what is proven to be in the target.
    ///
    /// `now` is in seconds since 1970. Throws where another process works on the run, or a named job cannot be discarded.
    public func clean(_ id: String?, discarding jobs: [String], now: Double) throws -> Cleaned {
        let run = try self.run(id)
        let lock = try lock(run)
        defer { withExtendedLifetime(lock) {} }
        // All of them can go, or none does.
        let going = try jobs.map { try discarding(run, job: $0, now: now) }
        let discarded = try going.map { try $0.perform() }
        var cleaned = try sweep(run)
        cleaned.discarded = discarded
        return cleaned
    }

    /// Removes the run's worktrees and branches whose work is proven to be in the target.
    ///
    /// Gives a line for each that stays, with the reason. The run's lock is held.
    /// Throws when the repository cannot be read; a worktree that changed meanwhile is left as it is.
    func removeMerged(_ run: RunRecord) throws -> [String] { try sweep(run).kept }

    func sweep(_ run: RunRecord) throws -> Cleaned {
        var cleaned = Cleaned(run: run.id)
        guard let target = try repository.id(of: targetBranch(run).ref) else {
            cleaned.kept = ["branch \(run.target) is gone, so nothing can be proven merged; everything stays"]
            return cleaned
        }
        try discardLeftovers(run)
        for (ref, tip) in try repository.references(prefix: "refs/heads/hybrid/\(run.id)/") {
            guard let branch = ref.branch else { continue }
            let job = String(branch.text.split(separator: "/").last ?? "")
            if try !hasLanded(tip, in: target, run), try !isResolved(run, job, tip) {
                cleaned.kept.append("\(branch) is not merged into \(run.target): it stays")
                continue
            }
            if job.hasSuffix("-resolve") { try closeResolution(run, String(job.dropLast("-resolve".count))) }
            if let reason = try removeWorktree(of: branch, force: false) {
                cleaned.kept.append(reason)
                continue
            }
            try repository.deleteReference(ref, expecting: tip)
            cleaned.removed.append(branch.text)
        }
        Files.removeEmptyFolder(paths.worktrees + "/" + run.id)
        Files.removeEmptyFolder(paths.worktrees)
        return cleaned
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
                kept = try makeCommit(
                    tree, head == tip ? [head] : [head, tip], "Set aside: \(worker.name)", in: there)
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
