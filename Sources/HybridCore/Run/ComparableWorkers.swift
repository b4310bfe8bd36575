public import HybridGit
public import HybridMerging

/// Whose claim a path is, and what each branch touched that the plan did not allow it.
///
/// Branches are told apart by name: others may come in between while somebody watches.
public struct ConflictClaims: Sendable {
    private let jobs: [Job]
    /// What each job claims.
    private let sets: [ClaimSet]
    /// What is known of each branch, by its name.
    private let members: [String: Member]

    /// What is known of a branch.
    struct Member: Sendable {
        /// Its job, by its place in the plan.
        var job: Int
        /// The paths that it changed without being allowed to.
        var breaches: Set<RepoPath>
    }

    init(jobs: [Job], members: [String: Member]) {
        self.jobs = jobs
        sets = jobs.map { ClaimSet(ofBothReadings: $0.files) }
        self.members = members
    }

    /// The jobs that claim the place of a conflict, in plan order.
    func holders(_ conflict: Conflict) -> [String] {
        let paths = Self.paths(conflict)
        return jobs.indices.filter { covers($0, paths) }.map { jobs[$0].id }
    }

    /// Whether the plan allowed what a branch did at the place of a conflict; nil for a branch that was not asked about.
    func allows(_ branch: String, _ conflict: Conflict) -> Bool? {
        members[branch]?.breaches.isDisjoint(with: Self.paths(conflict).map { RepoPath($0) })
    }

    /// Why two branches collide at a place; nil where the plan does not tell.
    func cause(_ ours: String, _ theirs: String, _ conflict: Conflict) -> ConflictCause? {
        guard let one = members[ours]?.job, let two = members[theirs]?.job,
            let mineAllowed = allows(ours, conflict), let otherAllowed = allows(theirs, conflict)
        else { return nil }
        let paths = Self.paths(conflict)
        let isRename = conflict.types.contains { $0.contains("rename") }
        let isDelete = conflict.types.contains { $0.contains("delete") }
        if !mineAllowed || !otherAllowed {
            // Of what is another's: the deed says more than that it was not allowed.
            let isOthers = !mineAllowed && covers(two, paths) || !otherAllowed && covers(one, paths)
            if isOthers, isRename { return .renameAcrossClaims }
            if isOthers, isDelete { return .deleteAcrossClaims }
            return .breach
        }
        if covers(one, paths), covers(two, paths) { return .plannedOverlap }
        if isRename { return .renameAcrossClaims }
        if isDelete { return .deleteAcrossClaims }
        return Self.depends(jobs[one], on: paths) || Self.depends(jobs[two], on: paths)
            ? .interfaceDrift : nil
    }

    private func covers(_ job: Int, _ paths: [String]) -> Bool {
        paths.contains { sets[job].covers($0) != nil }
    }

    /// Why workers fail together though they merge cleanly.
    ///
    /// `touched` are the paths that each of them changed.
    static func causeOfFailure(_ workers: [(job: Job, touched: [String])]) -> ConflictCause? {
        guard workers.count > 1 else { return nil }
        for (place, user) in workers.enumerated() {
            let others = workers.indices.filter { $0 != place }.flatMap { workers[$0].touched }
            if depends(user.job, on: others) { return .interfaceDrift }
        }
        return .semantic
    }

    private static func depends(_ job: Job, on paths: [String]) -> Bool {
        let dependencies = ClaimSet(ofBothReadings: job.dependencies)
        return paths.contains { dependencies.covers($0) != nil }
    }

    /// Where it is, and where what meets there came from.
    private static func paths(_ conflict: Conflict) -> [String] {
        ([conflict.path] + MergeStage.allCases.compactMap { conflict.origins[$0] }).map(\.text)
    }
}

extension Conductor {
    /// The workers of a run, the newest one where none is named, that have a branch or a recorded tip; a branch that moved
    /// since it was audited counts as it is now.
    public func comparableWorkers(of id: String?) throws -> [ConflictMatrix.Branch] {
        try workers(of: run(id)).compactMap { worker in
            let now = try repository.id(of: BranchName(worker.branch).ref)
            guard let base = ObjectID(hex: worker.base),
                let tip = now ?? worker.tip.flatMap({ ObjectID(hex: $0) })
            else { return nil }
            return ConflictMatrix.Branch(name: worker.job, tip: tip, base: base)
        }
    }

    /// What the plan and later grants allow the workers of a run, held against what these branches hold.
    ///
    /// A branch that has a tree of its own is judged by that tree, which may consist of `lent` objects: what is a breach is
    /// read from the same state as what conflicts. Grows with what the branches changed.
    public func conflictClaims(
        of id: String?, _ branches: [ConflictMatrix.Branch], lent: LentObjects = LentObjects()
    ) throws -> ConflictClaims {
        let run = try self.run(id)
        let plan = try plan(of: run)
        let store = try ObjectStore(repository)
        store.lend(lent)
        var members: [String: ConflictClaims.Member] = [:]
        for worker in try workers(of: run) {
            guard let branch = branches.first(where: { $0.name == worker.job }), let base = branch.base else {
                continue
            }
            let tree = try branch.tree ?? repository.commit(branch.tip).tree
            let found = try breaches(
                of: worker, run, plan, from: base, to: CommitTree(repository, tree: tree, store))
            members[worker.job] = .init(job: worker.index, breaches: Set(found.map { RepoPath($0.path) }))
        }
        return ConflictClaims(jobs: plan.jobs, members: members)
    }
}
