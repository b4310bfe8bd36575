internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Removes worktrees without waiting for their files to be deleted.
///
/// Whether one may go is decided before, and by the repository's own checks: here it only goes.
package struct Removals: RunPart {
    let context: RunContext

    package init(_ context: RunContext) { self.context = context }

    /// Where they wait, on the disk on which they lay.
    private var folder: String { Self.folder(in: paths.worktrees) }

    static func folder(in worktrees: String) -> String { worktrees + "/.removed" }

    /// Removes a worktree and its registration; a large one's files wait until ``begin()``.
    ///
    /// With a place in the pool its folder goes there.
    func remove(
        _ name: String, force: Bool, isForWork: Bool = true, to place: PoolPlace? = nil,
        isKnownClean: Bool = false
    ) throws(GitError) {
        try repository.removeWorktree(
            name: name, force: force, later: host.program == nil ? nil : folder, isForWork: isForWork,
            spare: place?.tree, isKnownClean: isKnownClean)
        place?.finish()
    }

    /// Lets a process of its own delete what waits: it goes on when this one, its terminal or its session ends.
    func begin() {
        guard let program = host.program, Files.exists(folder) else { return }
        do {
            _ = try Spawn.detached([program, "sweep", paths.worktrees])
        } catch {
            host.narrate(.note("\(folder) holds removed worktrees: \(error); delete it"))
        }
    }

    /// Takes up what a process that was killed left of a run.
    func finish(_ run: RunID) throws(GitError) {
        try repository.finishRemovals(in: "\(paths.worktrees)/\(run)", later: folder)
    }

    /// Deletes all that waits in a folder of worktrees, and that folder where it is empty then.
    package static func sweep(_ worktrees: String) throws {
        try Repository.deleteRemoved(in: folder(in: worktrees))
        Files.removeEmptyFolder(worktrees)
    }
}
