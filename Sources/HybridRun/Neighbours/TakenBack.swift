internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

/// Tells work that was committed and taken back in one attempt.
struct TakenBack: RunPart {
    let context: RunContext
    private var neighbourFindings: NeighbourFindings { NeighbourFindings(context) }

    init(_ context: RunContext) { self.context = context }

    /// Tells where what a worker left uncommitted takes back what it had committed itself.
    ///
    /// Whoever commits from a copy of the worktree, as some sandboxes do, moves its branch and leaves its files behind; whoever
    /// tidies up leaves the same. What lies there counts, as always, but not without a word. `snapshot` is all that lay
    /// there, on top of the branch.
    func tellTakenBack(_ run: RunRecord, _ worker: WorkerRecord, base: ObjectID, snapshot: ObjectID) throws {
        guard let tip = try repository.commit(snapshot).parents.first, tip != base else { return }
        let made = Dictionary(
            try ChangeSet.between(base: base, tip: tip, in: repository).changes.map { ($0.path, $0) }
        ) { one, _ in one }
        let back = try ChangeSet.between(base: tip, tip: snapshot, in: repository).changes.filter { change in
            made[change.path].map { $0.old == change.new } ?? false
        }
        guard let first = back.first else { return }
        let names = back.prefix(3).map(\.path.description).joined(separator: ", ")
        try neighbourFindings.tell(
            FindingRecord(
                run: run.id, kind: .warning, jobs: [worker.job], path: first.path.description,
                message:
                    "\(neutralise(worker.name)) committed \(names)\(back.count > 3 ? " and \(back.count - 3) more" : ""), "
                    + "and its worktree, uncommitted, has that as it was before: what lies there is taken; "
                    + "its own commit, should it have worked in a copy, is \(tip.short)"))
    }
}
