public import HybridGit
public import HybridMerging
package import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// A branch that takes part in a live answer, with the worktree whose edits count.
public struct LiveMember: Sendable {
    /// The branch, as it is committed.
    public var branch: ConflictMatrix.Branch
    /// The worktree and the branch that it has to have checked out; nil where only what is committed counts.
    public var worktree: Place?

    /// Where edits lie.
    public struct Place: Hashable, Sendable {
        /// The worktree's root.
        public var path: String
        /// The branch.
        public var branch: BranchName

        /// Names a worktree.
        public init(path: String, branch: BranchName) {
            self.path = path
            self.branch = branch
        }
    }

    /// A branch without a worktree.
    public init(_ branch: ConflictMatrix.Branch) { self.branch = branch }

    /// Revisions as members; with `live`, those that are branches with a worktree count as they lie there.
    public static func named(
        _ names: [String], in repository: Repository, live: Bool
    ) throws -> [LiveMember] {
        try zip(names, repository.resolveCommits(names)).map { name, tip in
            var member = LiveMember(ConflictMatrix.Branch(name: name, tip: tip))
            guard live, let branch = try? BranchName(name), try repository.id(of: branch.ref) != nil,
                let worktree = try repository.worktree(checkedOut: branch), !worktree.isPrunable,
                !worktree.isUnfinished
            else { return member }
            member.worktree = Place(path: worktree.path, branch: branch)
            return member
        }
    }
}

/// Workers that work just now, as the live comparison sees them.
package struct LiveMembers: RunPart {
    let context: RunContext
    private var comparableWorkers: ComparableWorkers { ComparableWorkers(context) }
    private var statusView: StatusView { StatusView(context) }

    package init(_ context: RunContext) { self.context = context }

    /// The workers of a run, with their worktrees as far as they are there.
    package func liveWorkers(of id: RunID) throws -> [LiveMember] {
        let run = try runs.run(id)
        let workers = try runs.workers(of: run)
        let whole = try statusView.wholeWorktrees()
        return try comparableWorkers.comparableWorkers(of: run.id).map { branch in
            var member = LiveMember(branch)
            guard let worker = workers.first(where: { $0.job.text == branch.name }) else { return member }
            let name = worker.branch
            if whole.contains("\(run.id)-\(worker.job)"), Files.exists(worker.worktree + "/.git") {
                member.worktree = LiveMember.Place(path: worker.worktree, branch: name)
            }
            return member
        }
    }
}
