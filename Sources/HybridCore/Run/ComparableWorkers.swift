internal import HybridGit
public import HybridMerging

/// The workers of a run as branches to compare, and what the plan allowed them.
public struct ComparableWorkers: Sendable {
    /// The workers that have a branch or a recorded tip; a branch that moved since it was audited counts as it is now.
    public var branches: [ConflictMatrix.Branch]
    /// Their claims.
    public var claims: ConflictClaims
}

/// Whose claim a path is, and what each branch touched that the plan did not allow it.
public struct ConflictClaims: Sendable {
    private let jobs: [Job]
    /// What each job claims.
    private let sets: [ClaimSet]
    /// The job of each branch, by its place in the plan.
    private let places: [Int]
    /// The paths that each branch changed without being allowed to.
    private let breaches: [Set<String>]

    init(jobs: [Job], places: [Int], breaches: [Set<String>]) {
        self.jobs = jobs
        sets = jobs.map { ClaimSet(ofBothReadings: $0.files) }
        self.places = places
        self.breaches = breaches
    }

    /// The jobs that claim the place of a conflict, in plan order.
    func holders(_ conflict: Conflict) -> [String] {
        let paths = Self.paths(conflict)
        return jobs.indices.filter { covers($0, paths) }.map { jobs[$0].id }
    }

    /// Whether the plan allowed what a branch did at the place of a conflict.
    func allows(_ branch: Int, _ conflict: Conflict) -> Bool {
        breaches[branch].isDisjoint(with: Self.paths(conflict))
    }

    /// Why two branches collide at a place; nil where the plan does not tell.
    func cause(_ ours: Int, _ theirs: Int, _ conflict: Conflict) -> ConflictCause? {
        let paths = Self.paths(conflict)
        let (one, two) = (places[ours], places[theirs])
        let isRename = conflict.types.contains { $0.contains("rename") }
        let isDelete = conflict.types.contains { $0.contains("delete") }
        let (mineAllowed, otherAllowed) = (allows(ours, conflict), allows(theirs, conflict))
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
    /// The workers of a run, the newest one where none is named, to be compared with each other.
    public func comparableWorkers(of id: String?) throws -> ComparableWorkers {
        let run = try self.run(id)
        let plan = try plan(of: run)
        var branches: [ConflictMatrix.Branch] = []
        var breaches: [Set<String>] = []
        var places: [Int] = []
        for worker in try workers(of: run) {
            let now = try repository.id(of: BranchName(worker.branch).ref)
            guard let base = ObjectID(hex: worker.base),
                let tip = now ?? worker.tip.flatMap({ ObjectID(hex: $0) })
            else { continue }
            branches.append(ConflictMatrix.Branch(name: worker.job, tip: tip, base: base))
            let found = try self.breaches(of: worker, run, plan, from: base, to: tip)
            breaches.append(Set(found.map(\.path)))
            places.append(worker.index)
        }
        return ComparableWorkers(
            branches: branches, claims: ConflictClaims(jobs: plan.jobs, places: places, breaches: breaches))
    }
}
