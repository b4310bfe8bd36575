package import HybridGit
package import HybridMerging
package import HybridPlan
internal import HybridRecords
package import HybridReport

/// Workers as sides that can be compared with one another.
package struct ComparableWorkers: RunPart {
    let context: RunContext
    private var auditStep: AuditStep { AuditStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// The workers of a run that have a branch or a recorded tip; a branch that moved
    /// since it was audited counts as it is now.
    package func comparableWorkers(of id: RunID) throws -> [ConflictMatrix.Branch] {
        try runs.workers(of: runs.run(id)).compactMap { worker in
            let now = try repository.id(of: worker.branch.ref)
            guard let base = worker.base,
                let tip = now ?? worker.tip
            else { return nil }
            return ConflictMatrix.Branch(name: worker.job.text, tip: tip, base: base)
        }
    }

    /// What the plan and later grants allow the workers of a run, held against what these branches hold.
    ///
    /// A branch that has a tree of its own is judged by that tree, which may consist of `lent` objects: what is a breach is
    /// read from the same state as what conflicts. Grows with what the branches changed.
    package func conflictClaims(
        of id: RunID, _ branches: [ConflictMatrix.Branch], lent: LentObjects = LentObjects()
    ) throws -> ConflictClaims {
        let run = try runs.run(id)
        let plan = try runs.plan(of: run)
        // Nobody said what adopted branches may touch.
        if run.adoption != nil { return ConflictClaims(jobs: plan.jobs, members: [:]) }
        let store = try ObjectStore(repository)
        store.lend(lent)
        var members: [String: ConflictClaims.Member] = [:]
        for worker in try runs.workers(of: run) {
            guard let branch = branches.first(where: { $0.name == worker.job.text }), let base = branch.base
            else {
                continue
            }
            let tree = try branch.tree ?? repository.commit(branch.tip).tree
            let found = try auditStep.breaches(
                of: worker, run, plan, from: base, to: CommitTree(repository, tree: tree, store))
            members[worker.job.text] = .init(
                job: worker.index, breaches: Set(found.map { RepoPath($0.path) }))
        }
        return ConflictClaims(jobs: plan.jobs, members: members)
    }
}
