internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Keeps what outlives a lost attempt out of the one that follows.
///
/// A supervisor that was killed may leave processes that nothing marks as the attempt's any more. They know where they began,
/// so the next attempt works at another path. Whose they are is not known: they are named, and not ended.
struct Fence: RunPart {
    let context: RunContext
    private var setAside: SetAside { SetAside(context) }

    init(_ context: RunContext) { self.context = context }

    /// Whether nobody is known to work in a worker's worktree; false where the system does not tell.
    func isFree(_ worker: WorkerRecord) -> Bool { holders(of: worker) == .free }

    private func holders(of worker: WorkerRecord) -> OpenFiles.Answer {
        OpenFiles.holders(of: worker.worktree, orWorkingIn: worker.worktree)
    }

    /// Takes away a worktree in which nothing was done, with its branch, and gives the worker another place.
    ///
    /// Gives no words: nothing of it is kept.
    func leave(_ run: RunRecord, _ worker: inout WorkerRecord) throws -> String {
        if let why = try setAside.removeWorktree(of: worker.branch, at: worker.worktree, force: true) {
            throw HybridError(
                .wrongState, worker.name, why, next: "when that is mended: hybrid resume \(run.id)")
        }
        // It was untouched a moment ago; one that is not any more is somebody's work.
        if let base = worker.base, try repository.id(of: worker.branch.ref) == base {
            try repository.deleteReference(worker.branch.ref, expecting: base)
        }
        moveOn(run, &worker)
        return ""
    }

    /// Saves a worker's work at a ref, which it gives, and gives the worker another place.
    ///
    /// The old worktree is removed; where somebody works in it, its folder stays, and they are named.
    func giveUp(_ run: RunRecord, _ worker: inout WorkerRecord, as kept: RunRef.Kept) throws -> String {
        let (old, answer) = (worker.worktree, holders(of: worker))
        let ref = try setAside.setAside(run, worker, as: kept, stays: answer != .free)
        moveOn(run, &worker)
        if case .held(let processes) = answer { try tell(processes, of: worker, in: old, run) }
        return ref
    }

    private func moveOn(_ run: RunRecord, _ worker: inout WorkerRecord) {
        world.slots.release(worker.worktree)
        Files.removeEmptyFolder("\(paths.worktrees)/\(run.id)")
        worker.worktree = paths.worktree(run.names, .job(worker.job)) + ".\(worker.attempt + 1)"
    }

    private func tell(
        _ holders: [Int32], of worker: WorkerRecord, in old: String, _ run: RunRecord
    ) throws {
        let isOne = holders.count == 1
        let some = holders.prefix(5).map(String.init)
        let more = holders.count > 5 ? " and \(holders.count - 5) more" : ""
        let message =
            "\(neutralise(worker.name)): process\(isOne ? "" : "es") \(some.joined(separator: ", "))\(more) "
            + "still work\(isOne ? "s" : "") in what was the worktree of attempt \(worker.attempt), which lost its "
            + "supervisor; the folder is kept as \(neutralise(setAside.lastLeft(old))), and the next attempt works "
            + "elsewhere; where nobody needs \(isOne ? "it" : "them"): kill \(some.joined(separator: " "))"
        try runs.note(FindingRecord(run: run.id, kind: .warning, jobs: [worker.job], message: message))
        host.narrate(.note(message))
    }
}
