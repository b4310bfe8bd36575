internal import HybridBase
internal import HybridGit
internal import HybridMerging
package import HybridPlan
internal import HybridRecords
internal import HybridUserGit

/// The words of the commits that land.
package struct CommitMessages: RunPart {
    let context: RunContext
    private var ruledHistory: RuledHistory { RuledHistory(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Chooses the commits of a run before anything of it is merged; throws afterwards.
    package func choose(_ form: CommitForm, for id: RunID) throws {
        var run = try runs.run(id)
        let lock = try runs.lock(run)
        defer { withExtendedLifetime(lock) {} }
        run = try runs.run(run.id)
        guard form != run.commitForm else { return }
        guard run.nextWave == 0 else {
            throw HybridError(
                .wrongState, "run \(run.id)",
                "workers are merged already, with --commits \(run.commitForm.rawValue)",
                next: "go on without the option: hybrid resume \(run.id)")
        }
        run.commits = form
        try runs.note(run)
        try runs.writeRecord(run.id)
    }

    // MARK: Messages

    /// What a merge commit of one job says.
    func message(_ run: RunRecord, job: JobID, name: String) -> String {
        if run.adoption != nil { return "Merge \(neutralise(name))\n\n" + trailers(run, jobs: [job]) }
        return "Merge job \(job): \(neutralise(name))\n\n" + trailers(run, jobs: [job])
    }

    /// What one merge commit of several jobs says.
    func message(_ run: RunRecord, octopusOf workers: [WorkerRecord]) -> String {
        if workers.count == 1 { return message(run, job: workers[0].job, name: workers[0].name) }
        let what = run.adoption == nil ? "jobs" : "branches"
        return "Merge \(workers.count) \(what): \(neutralise(run.task))\n\n" + list(workers) + "\n"
            + trailers(run, jobs: workers.map(\.job))
    }

    /// What the merge of a run's history with its target says.
    func message(joining run: RunRecord) -> String {
        "Merge run \(run.id): \(neutralise(run.task))\n\n" + trailers(run, jobs: [])
    }

    private func list(_ workers: [WorkerRecord]) -> String {
        workers.map { "- \($0.job): \(neutralise($0.name))\n" }.joined()
    }

    private func trailers(_ run: RunRecord, jobs: [JobID], others: [String] = []) -> String {
        // The file's name alone: where it lies on this machine is nobody's business.
        let file = String(run.planPath.pathName)
        return
            (["Hybrid-Run: \(run.id)"] + jobs.map { "Hybrid-Job: \($0)" }
            + (run.adoption == nil ? ["Hybrid-Plan: \(neutralise(file)): \(neutralise(run.task))"] : [])
            + others)
            .joined(separator: "\n") + "\n"
    }

    // MARK: Squash

    /// The commit that is verified and lands for a merged and integrated tip: its squash where that is asked for.
    ///
    /// The tip that it stands for is kept at a ref: with it goes the proof that a branch has landed.
    func candidate(_ run: RunRecord, for tip: ObjectID, workers: [WorkerRecord]) throws -> ObjectID {
        let target = run.targetBefore
        guard run.commitForm == .squash, tip != target else { return tip }
        let identity = try world.identity().author
        let order = run.mergeOrder ?? [:]
        let place = { (worker: WorkerRecord) in
            (worker.wave, order[worker.wave]?.firstIndex(of: worker.job) ?? 0, worker.index)
        }
        let workers = workers.sorted { place($0) < place($1) }
        let authors = try authors(from: tip, since: target, beside: identity)
        let made = try world.makeCommit(
            repository.commit(tip).tree, [target],
            "\(neutralise(run.task))\n\n" + list(workers) + "\n"
                + trailers(run, jobs: workers.map(\.job), others: authors.map { "Co-authored-by: \($0)" }))
        let squash = try ruledHistory.committed(made, run)
        // What hooks made of it belongs to what the squash stands for: the two trees are the proof that all has landed.
        let tree = try repository.commit(squash).tree
        let whole =
            try tree == repository.commit(tip).tree
            ? tip : world.makeCommit(tree, [tip], "As your hooks left it: \(runs.plan(of: run).task.name)")
        try runs.point(run, .run(.squashed), at: whole)
        return squash
    }

    /// Who else wrote the commits that a squash stands for, each once, the first first.
    private func authors(
        from tip: ObjectID, since target: ObjectID, beside identity: Signature
    ) throws -> [String] {
        var seen: Set<String> = [identity.email.lowercased()]
        var found: [String] = []
        for id in try repository.commits(from: tip, excluding: [target]).reversed() {
            let author = try repository.commit(id).author
            if seen.insert(author.email.lowercased()).inserted {
                found.append("\(author.name) <\(author.email)>")
            }
        }
        return found
    }

    /// Whether all that a commit holds is proven to be in the target.
    ///
    /// By history; or, for a squash, because the commit that landed has exactly the tree of the merge that it stands
    /// for, and that merge holds the commit.
    func hasLanded(_ tip: ObjectID, in target: ObjectID, _ run: RunRecord) throws -> Bool {
        if try repository.isAncestor(tip, of: target) { return true }
        guard let landed = try repository.id(of: run.names.ref(.run(.landed))),
            let whole = try repository.id(of: run.names.ref(.run(.squashed)))
        else { return false }
        return try repository.isAncestor(landed, of: target)
            && repository.commit(landed).tree == repository.commit(whole).tree
            && repository.isAncestor(tip, of: whole)
    }
}
