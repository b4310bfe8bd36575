package import HybridGit
package import HybridMerging
package import HybridPlan
package import HybridRecords

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
    package struct Member: Sendable {
        /// Its job, by its place in the plan.
        package var job: Int
        /// The paths that it changed without being allowed to.
        package var breaches: Set<RepoPath>

        package init(job: Int, breaches: Set<RepoPath>) {
            self.job = job
            self.breaches = breaches
        }
    }

    package init(jobs: [Job], members: [String: Member]) {
        self.jobs = jobs
        sets = jobs.map { ClaimSet(ofBothReadings: $0.files) }
        self.members = members
    }

    /// The jobs that claim the place of a conflict, in plan order.
    package func holders(_ conflict: Conflict) -> [JobID] {
        let paths = Self.paths(conflict)
        return jobs.indices.filter { covers($0, paths) }.map { jobs[$0].id }
    }

    /// Whether the plan allowed what a branch did at the place of a conflict; nil for a branch that was not asked about.
    func allows(_ branch: String, _ conflict: Conflict) -> Bool? {
        members[branch]?.breaches.isDisjoint(with: Self.paths(conflict).map { RepoPath($0) })
    }

    /// Why two branches collide at a place; nil where the plan does not tell.
    package func cause(_ ours: String, _ theirs: String, _ conflict: Conflict) -> ConflictCause? {
        guard let one = members[ours]?.job, let two = members[theirs]?.job,
            let mineAllowed = allows(ours, conflict), let otherAllowed = allows(theirs, conflict)
        else { return nil }
        let paths = Self.paths(conflict)
        let isRename = conflict.kinds.contains(where: \.isRename)
        let isDelete = conflict.kinds.contains(where: \.isDeletion)
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
    package static func causeOfFailure(_ workers: [(job: Job, touched: [String])]) -> ConflictCause? {
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
