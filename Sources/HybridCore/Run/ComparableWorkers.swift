internal import HybridGit
public import HybridMerging

extension Conductor {
    /// The workers of a run as branches to compare: those that have a branch or a recorded tip.
    ///
    /// A branch that moved since it was audited counts as it is now.
    public func comparableWorkers(of id: String?) throws -> [ConflictMatrix.Branch] {
        let run = try self.run(id)
        var branches: [ConflictMatrix.Branch] = []
        for worker in try workers(of: run) {
            let now = try repository.id(of: BranchName(worker.branch).ref)
            guard let tip = now ?? worker.tip.flatMap({ ObjectID(hex: $0) }) else { continue }
            branches.append(
                ConflictMatrix.Branch(name: worker.job, tip: tip, base: ObjectID(hex: worker.base)))
        }
        return branches
    }
}
