internal import HybridBase
internal import HybridGit
public import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// What a cleaning came to.
public struct Cleaned: Hashable, Sendable {
    /// The run.
    public var run: RunID
    /// Branches that went, with their worktrees: all of them are in the target.
    public var removed: [String] = []
    /// A line for each thing that stays, with the reason.
    public var kept: [String] = []
    /// What the user named.
    public var discarded: [Discarded] = []
    /// What went with the run itself; nil where it is kept.
    public var forgotten: Forgotten?
    /// How many folders of the pool went.
    public var pooled = 0

    /// The answer for a person.
    public func text() -> String {
        var lines = discarded.map { $0.text() }
        lines += removed.map { "removed \($0): it is merged" } + kept
        if pooled > 0 {
            lines.append("removed \(pooled) worktree\(pooled == 1 ? "" : "s") kept for later ones")
        }
        if let forgotten { return (lines + [forgotten.text(run)]).joined(separator: "\n") }
        if kept.isEmpty { lines.append("run \(run): nothing is left but its refs and its record") }
        return lines.joined(separator: "\n")
    }
}

/// Removes what a run no longer needs, and nothing that holds work.
package struct CleanStep: RunPart {
    let context: RunContext
    private var besideJudge: BesideJudge { BesideJudge(context) }
    private var besideStep: BesideStep { BesideStep(context) }
    private var commitMessages: CommitMessages { CommitMessages(context) }
    private var discardStep: DiscardStep { DiscardStep(context) }
    private var freshWorktrees: FreshWorktrees { FreshWorktrees(context) }
    private var removals: Removals { Removals(context) }
    private var resolveStep: ResolveStep { ResolveStep(context) }
    private var setAside: SetAside { SetAside(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Removes what the user names of a run, then what is proven to be in the target.
    ///
    /// `now` is in seconds since 1970. Throws where another process works on the run, or a named job cannot be discarded.
    package func clean(_ id: String?, discarding jobs: [String], now: Double) throws -> Cleaned {
        let run = try runs.run(id)
        let lock = try runs.lock(run)
        defer { withExtendedLifetime(lock) {} }
        // All of them can go, or none does.
        let going = try jobs.map { try discardStep.discarding(run, job: $0, now: now) }
        for discarding in going { try refuseMerged(discarding.owner, run) }
        let discarded = try going.map { try $0.perform() }
        var cleaned = try sweep(run)
        if run.state == .landed { try besideJudge.dropLandedBeside(run) }
        cleaned.discarded = discarded
        return cleaned
    }

    /// Throws where a landing of the run would bring all the same what the user wants to be gone.
    private func refuseMerged(_ owner: RunRef.Owner, _ run: RunRecord) throws {
        guard case .job(let job) = owner, run.state != .landed, run.state != .rolledBack,
            let worker = try runs.workers(of: run).first(where: { $0.job == job }), worker.state == .merged
        else { return }
        throw HybridError(
            .wrongState, "job \(worker.name)",
            "it is merged into what run \(run.id) would land: it would land all the same",
            next:
                "give the whole run up: hybrid clean --forget \(run.id) --discard \(job) (it names what else it holds)"
        )
    }

    /// Lets all go that is kept for later worktrees; gives how many.
    package func emptyPool() throws -> Int {
        let count = try Pool(context).trim(all: true)
        removals.begin()
        Files.removeEmptyFolder(paths.worktrees)
        return count
    }

    /// Removes the run's worktrees and branches whose work is proven to be in the target.
    ///
    /// Gives a line for each that stays, with the reason. The run's lock is held.
    /// Throws when the repository cannot be read; a worktree that changed meanwhile is left as it is.
    func removeMerged(_ run: RunRecord) throws -> [String] { try sweep(run).kept }

    func sweep(_ run: RunRecord) throws -> Cleaned {
        var cleaned = Cleaned(run: run.id)
        guard let target = try repository.id(of: run.target.ref) else {
            cleaned.kept = ["branch \(run.target) is gone, so nothing can be proven merged; everything stays"]
            return cleaned
        }
        try removals.finish(run.id)
        try freshWorktrees.discardLeftovers(run)
        // Whoever worked there since it was collected may have left something beside the branch.
        var unreadable: Set<BranchName> = []
        for worker in try runs.workers(of: run) {
            if let reason = besideStep.unreadable(worker) {
                unreadable.insert(worker.branch)
                cleaned.kept.append("\(worker.branch) stays: \(reason)")
            } else {
                try besideStep.keepLateBeside(run, worker)
            }
        }
        for (ref, tip) in try repository.references(prefix: run.names.folders[1]) {
            guard let branch = ref.branch, !unreadable.contains(branch) else { continue }
            let place = run.names.place(branch.text.split(separator: "/").last ?? "")
            if try !commitMessages.hasLanded(tip, in: target, run), try !isResolved(run, place, tip) {
                cleaned.kept.append("\(branch) is not merged into \(run.target): it stays")
                continue
            }
            if let dispute = place?.dispute { try resolveStep.closeResolution(run, dispute) }
            let path = place.map { paths.worktree(run.names, $0) }
            if let reason = try setAside.removeWorktree(
                of: branch, at: path, force: false, pooled: run)
            {
                cleaned.kept.append(reason)
                continue
            }
            try repository.deleteReference(ref, expecting: tip)
            cleaned.removed.append(branch.text)
        }
        try besideJudge.judgeBeside(run)
        try Pool(context).trim()
        removals.begin()
        Files.removeEmptyFolder("\(paths.worktrees)/\(run.id)")
        Files.removeEmptyFolder(paths.worktrees)
        return cleaned
    }

    /// Whether a branch is the marker branch of a conflict whose resolution is recorded.
    private func isResolved(_ run: RunRecord, _ place: RunPlace?, _ tip: ObjectID) throws -> Bool {
        guard let dispute = place?.dispute else { return false }
        return try repository.id(of: run.names.ref(.kept(dispute, .resolvedFrom))) == tip
    }
}
