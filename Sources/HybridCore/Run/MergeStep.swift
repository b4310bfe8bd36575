internal import HybridGit
internal import HybridMerging

extension Conductor {
    /// Stage 5: folds the wave's audited workers into the merge so far, in memory, and records the result.
    func merge(_ run: inout RunRecord, _ plan: Plan, wave: Int) throws {
        let start = try integratedTip(run)
        try point(run, "wave-\(wave)", at: start)
        let all = try workers(of: run).filter { $0.wave == wave }
        let ready = all.filter { $0.state == .done || $0.state == .doneCommittedByHybrid }
        let staging = try staging()
        let fold = try fold(ready, on: start, run, plan, in: staging)
        try staging.writeStaged(reachableFrom: [fold.tip])
        try point(run, "integrated", at: fold.tip)
        for out in fold.leftOut { try leaveOut(out, run, ready) }
        for var worker in ready where fold.merged.contains(worker.job) {
            worker.state = .merged
            try ledger.save(worker)
        }
        let breaching = all.filter { $0.state == .breach }
        if !breaching.isEmpty {
            // Who breached is out already; whom it would have collided with is worth knowing all the same.
            let whatIf = try self.fold(ready + breaching, on: start, run, plan, in: self.staging())
            for out in whatIf.leftOut { try report(out, run, ready + breaching) }
        }
        run.integrated = fold.tip.description
    }

    /// A second handle whose new objects stay in memory until they are written as one pack.
    func staging() throws -> Repository {
        let staging = try Repository(at: repository.commonDirectory)
        try staging.beginStaging()
        return staging
    }

    /// Folds workers of one wave onto a commit.
    func fold(
        _ workers: [WorkerRecord], on start: ObjectID, _ run: RunRecord, _ plan: Plan, in staging: Repository
    ) throws -> Fold {
        let identity = try identity()
        let graph = JobGraph(plan)
        let inputs = try workers.map { worker in
            let needs = graph.needs(of: worker.index)
            return FoldInput(
                id: worker.job, tip: try commitID(worker.tip ?? "", "job \(worker.job)"),
                needs: workers.filter { needs.contains($0.index) }.map(\.job),
                message: "Merge job \(worker.job): \(worker.name)", author: identity)
        }
        return try Fold.make(
            target: start, inputs: inputs, committer: identity, in: staging, options: try mergeOptions(run))
    }

    /// The merge of only some workers, rebuilt from the recorded starts of the waves; nil where a worker is in
    /// whose base already holds one that is out.
    func assemble(
        _ run: RunRecord, _ plan: Plan, only chosen: [WorkerRecord], of merged: [WorkerRecord]
    ) throws -> ObjectID? {
        let last = chosen.map(\.wave).max() ?? -1
        guard merged.allSatisfy({ $0.wave >= last || chosen.contains($0) }) else { return nil }
        let name = last < 0 ? "checkpoint" : "wave-\(last)"
        guard let start = try repository.id(of: RefName(RunNames.ref(run.id, name))) else { return nil }
        let staging = try staging()
        let fold = try fold(chosen.filter { $0.wave == last }, on: start, run, plan, in: staging)
        guard fold.leftOut.isEmpty else { return nil }
        var tip = fold.tip
        // The target may have moved since: what is judged stands on where it is now.
        let target = try commitID(run.targetBefore, "run \(run.id)")
        if try !staging.isAncestor(target, of: tip) {
            guard let joined = try join(tip, onto: target, run, in: staging) else { return nil }
            tip = joined
        }
        try staging.writeStaged(reachableFrom: [tip])
        return tip
    }

    /// Merges the run's own history onto a target that moved; nil where they conflict.
    private func join(
        _ tip: ObjectID, onto target: ObjectID, _ run: RunRecord, in staging: Repository
    ) throws -> ObjectID? {
        let fold = try joinFold(tip, onto: target, run, in: staging)
        return fold.leftOut.isEmpty ? fold.tip : nil
    }

    func joinFold(
        _ tip: ObjectID, onto target: ObjectID, _ run: RunRecord, in staging: Repository
    ) throws -> Fold {
        let identity = try identity()
        let input = FoldInput(
            id: run.id, tip: tip, needs: [], message: "Merge run \(run.id): \(run.task)", author: identity)
        return try Fold.make(
            target: target, inputs: [input], committer: identity, in: staging,
            options: try mergeOptions(run, onto: target))
    }

    private func leaveOut(_ out: Fold.LeftOut, _ run: RunRecord, _ workers: [WorkerRecord]) throws {
        guard var worker = workers.first(where: { $0.job == out.id }) else { return }
        try report(out, run, workers)
        switch out.reason {
        case .conflict(let with, let conflicts):
            worker.state = .conflict
            let others = with.map { name(of: $0, run, workers) }.joined(separator: ", ")
            let paths = conflicts.prefix(3).map(\.path.description).joined(separator: ", ")
            worker.detail = "conflicts with \(others) in \(paths)"
        case .blocked(let by):
            worker.state = .blocked
            worker.detail = "needs \(by.map { name(of: $0, run, workers) }.joined(separator: ", ")), left out"
        }
        try ledger.save(worker)
    }

    private func report(_ out: Fold.LeftOut, _ run: RunRecord, _ workers: [WorkerRecord]) throws {
        guard case .conflict(let with, let conflicts) = out.reason else { return }
        for conflict in conflicts {
            let finding = self.finding(
                conflict, run, jobs: [out.id] + with.filter { !$0.isEmpty },
                first: name(of: out.id, run, workers),
                second: with.map { name(of: $0, run, workers) }.joined(separator: ", "))
            try ledger.save(finding)
            host.narrate(.note(finding.message))
        }
    }

    /// One conflict as a finding that names both sides, path and place.
    func finding(
        _ conflict: Conflict, _ run: RunRecord, jobs: [String], first: String, second: String
    ) -> FindingRecord {
        let hunks = conflict.hunks.map {
            FindingRecord.Hunk(
                oursStart: $0.ours.start, oursLines: $0.ours.lines.map(neutralise),
                theirsStart: $0.theirs.start, theirsLines: $0.theirs.lines.map(neutralise))
        }
        let place =
            hunks.isEmpty ? "" : " at line \(hunks.map { String($0.oursStart) }.joined(separator: ", "))"
        return FindingRecord(
            run: run.id, kind: .conflict, jobs: jobs, path: conflict.path.description,
            message:
                "\(first) and \(second) conflict in \(conflict.path)\(place): \(conflict.types.joined(separator: ", "))",
            types: conflict.types, hunks: hunks)
    }

    private func name(of id: String, _ run: RunRecord, _ workers: [WorkerRecord]) -> String {
        id.isEmpty ? "the merge so far" : workers.first { $0.job == id }?.name ?? id
    }
}
