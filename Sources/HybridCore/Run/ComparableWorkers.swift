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
    /// The paths that each branch changed without being allowed to.
    private let breaches: [Set<String>]

    init(jobs: [Job], breaches: [Set<String>]) {
        self.jobs = jobs
        self.breaches = breaches
    }

    /// The jobs that claim the place of a conflict, in plan order.
    func holders(_ conflict: Conflict) -> [String] {
        let paths = Self.paths(conflict)
        return jobs.filter { job in paths.contains { Audit.covers(job, path: $0) } }.map(\.id)
    }

    /// Whether the plan allowed what a branch did at the place of a conflict.
    func allows(_ branch: Int, _ conflict: Conflict) -> Bool {
        breaches[branch].isDisjoint(with: Self.paths(conflict))
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
        for worker in try workers(of: run) {
            let now = try repository.id(of: BranchName(worker.branch).ref)
            guard let base = ObjectID(hex: worker.base),
                let tip = now ?? worker.tip.flatMap({ ObjectID(hex: $0) })
            else { continue }
            branches.append(ConflictMatrix.Branch(name: worker.job, tip: tip, base: base))
            let found = try self.breaches(of: worker, run, plan, from: base, to: tip)
            breaches.append(Set(found.map(\.path)))
        }
        return ComparableWorkers(
            branches: branches, claims: ConflictClaims(jobs: plan.jobs, breaches: breaches))
    }
}
