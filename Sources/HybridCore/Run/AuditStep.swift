internal import HybridGit
internal import HybridMerging

extension Conductor {
    /// Stage 4: what each finished worker of the wave really changed, against what it claimed.
    func audit(_ run: RunRecord, _ plan: Plan, wave: Int) throws {
        // Workers may have been granted more while they worked.
        let plan = try granted(plan, run)
        for var worker in try workers(of: run) where worker.wave == wave {
            guard worker.state == .done || worker.state == .doneCommittedByHybrid else { continue }
            let breaches = Audit.breaches(
                of: plan.jobs[worker.index], index: worker.index, plan: plan, touched: try touched(by: worker)
            )
            guard !breaches.isEmpty else { continue }
            for breach in breaches {
                var message = "\(worker.name) touched \(RepoPath(breach.path)): \(breach.reason)"
                if let claim = breach.nearestClaim { message += "; its nearest claim is \(claim)" }
                let owner = breach.owner.flatMap { name in
                    plan.jobs.first { $0.name == name || $0.id == name }?.id
                }
                try ledger.save(
                    FindingRecord(
                        run: run.id, kind: .breach, jobs: [worker.job] + [owner].compactMap { $0 },
                        path: RepoPath(breach.path).description, message: message))
                host.narrate(.note(message))
            }
            worker.state = .breach
            worker.detail =
                "touched what it had not claimed: "
                + breaches.prefix(3).map { RepoPath($0.path).description }.joined(separator: ", ")
                + (breaches.count > 3 ? " and \(breaches.count - 3) more" : "")
            try ledger.save(worker)
        }
    }

    /// The paths between a worker's base and its tip, as the audit reads them.
    private func touched(by worker: WorkerRecord) throws -> [Audit.Touched] {
        try touched(
            from: commitID(worker.base, "job \(worker.job)"),
            to: commitID(worker.tip ?? worker.base, "job \(worker.job)"))
    }

    /// The paths between two commits, as the audit reads them.
    func touched(from base: ObjectID, to tip: ObjectID) throws -> [Audit.Touched] {
        try ChangeSet.between(base: base, tip: tip, in: repository).changes.map { change in
            let isLink = change.new?.mode == 0o120000
            return Audit.Touched(
                path: change.path.text, isDelete: change.new == nil, isCreate: change.old == nil,
                isSymlink: isLink,
                linkTarget: try isLink
                    ? change.new.map { String(decoding: try repository.blob($0.id), as: UTF8.self) } : nil,
                isSubmodule: change.new?.mode == 0o160000 || change.old?.mode == 0o160000)
        }
    }
}
