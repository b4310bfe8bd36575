internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

/// Says which worker made a change in a worktree that is not its own, where that is shown.
///
/// The rule. People type in their worktrees while workers run, so nobody is blamed for having run. Shown is:
/// - a worker's git worked there, as a hook noted it, and the change is what such a git does: HEAD is elsewhere, its branch
///   is where that git put it, the file is as HEAD has it, or it was written within two seconds of that; of an untracked file that went, that the command was a
///   stash or a clean, or the two seconds;
/// - the file holds, byte for byte and not empty, what the worker changed a file of its own branch to;
/// - the worker alone claims the path, and its command or its log names the file by its whole path.
/// That a worker claims the path is said, and shows nothing.
struct NeighbourBlame {
    let repository: Repository
    let plan: Plan
    /// The workers that ran meanwhile.
    let ran: [WorkerRecord]
    /// What their git was seen to do.
    let deeds: [Deed]
    /// Gives what a worker's command, and its attempts' logs, say.
    let said: (WorkerRecord) -> [[UInt8]]

    /// Who did it, and what shows it.
    struct Verdict: Hashable {
        var jobs: [JobID]
        var reason: String
    }

    /// How far a file's time and the time of a deed that wrote it may lie apart, in seconds.
    private static let nearness = 2.0

    /// Who made a change in a worktree with this git directory and root; nil where nothing shows it.
    func verdict(_ change: NeighbourChange, gitDirectory: String, root: String) throws -> Verdict? {
        let there = deeds.filter { $0.gitDirectory == gitDirectory && $0.isActing && $0.job != nil }
        if let deed = there.last(where: { explains($0, change) }), let job = deed.job {
            return Verdict(jobs: [job], reason: "its git worked there: \(deed.said)")
        }
        guard change.kind == .file, let path = change.path else { return nil }
        if let after = change.after, after.id != Self.emptyBlob {
            let jobs = try ran.filter { try changedTo($0).contains(after.id) }.map(\.job)
            if !jobs.isEmpty {
                return Verdict(jobs: jobs, reason: "it holds what the worker's own branch has")
            }
        }
        guard let claimant = claimant(path) else { return nil }
        let whole = Array((root + "/").utf8) + path.bytes
        guard said(claimant).contains(where: { $0.contains(whole) }) else { return nil }
        return Verdict(
            jobs: [claimant.job], reason: "it alone claims the file, and its command or log names it there")
    }

    /// The one worker that claims a path; nil where none does, or several.
    func claimant(_ path: RepoPath) -> WorkerRecord? {
        let all = ran.filter { ClaimSet(ofBothReadings: plan.jobs[$0.index].files).covers(path.text) != nil }
        return all.count == 1 ? all[0] : nil
    }

    private func explains(_ deed: Deed, _ change: NeighbourChange) -> Bool {
        let isNear = change.time.map { abs($0 - Double(deed.time)) <= Self.nearness } ?? false
        let writes =
            switch deed.kind {
            case .index(let workingTree): workingTree
            case .push, .commit, .own, .amended, .applied, .past: false
            case .checkout, .ref: true
            }
        switch change.kind {
        case .head:
            switch deed.kind {
            case .checkout(let ofFiles): return !ofFiles
            case .ref(let ref, let old, let new): return ref.text == "HEAD" && old != new
            case .index, .push, .commit, .own, .amended, .applied, .past: return false
            }
        case .moved:
            guard case .ref(_, let old, let new) = deed.kind else { return false }
            return old != new && new == change.head
        case .index: return true
        case .file where !change.isThere && !change.wasTracked:
            return isNear && writes || ["stash", "clean"].contains(deed.verb)
        case .file: return writes && (change.isClean || isNear)
        case .gone, .unreadable, .ignored, .sibling: return false
        }
    }

    /// What a worker's branch changed files to.
    private func changedTo(_ worker: WorkerRecord) throws -> Set<ObjectID> {
        guard let base = worker.base else { return [] }
        let tips = try [
            worker.tip, repository.id(of: worker.branch.ref),
        ]
        return try Set(tips.compactMap { $0 }).reduce(into: []) { all, tip in
            let changes = try ChangeSet.between(base: base, tip: tip, in: repository).changes
            all.formUnion(changes.compactMap(\.new?.id))
        }
    }

    private static let emptyBlob = ObjectID(hex: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
}
