internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridUserGit

/// Merges a wave: which workers go in, in what order, and what is said of those left out.
struct MergeStep: RunPart {
    let context: RunContext
    private var commitMessages: CommitMessages { CommitMessages(context) }
    private var comparableWorkers: ComparableWorkers { ComparableWorkers(context) }
    private var mergeRules: MergeRules { MergeRules(context) }
    private var promised: PromisedObjects { PromisedObjects(context) }
    private var ruledHistory: RuledHistory { RuledHistory(context) }
    private var symbolStep: SymbolStep { SymbolStep(context) }
    private var unionStep: UnionStep { UnionStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// Stage 5: folds the wave's audited workers into the merge so far, in memory, and records the result.
    func merge(_ run: inout RunRecord, _ plan: Plan, wave: Int) throws {
        let start = run.mergedSoFar
        try runs.point(run, .wave(wave), at: start)
        let all = try runs.workers(of: run).filter { $0.wave == wave }
        // What an interrupted merge of this wave had noted is worked out again, from the same start.
        let ready = all.filter {
            $0.state.isFinishedWork || $0.tip != nil && ($0.state == .conflict || $0.state == .blocked)
        }
        try promised.bringChanges(from: start, to: ready.map { try $0.collected() })
        let engine = try mergeEngine(run)
        let fold = try fold(ready, on: start, run, plan, in: engine)
        runs.packs.hold(try engine.store.save(reachableFrom: fold.tip, keptFor: HeldPacks.owner(run.id)))
        let tip = try landing(
            fold.tip, beyond: [start] + ready.map { try $0.collected() }, run)
        try runs.point(run, .run(.integrated), at: tip)
        if !fold.isSmallest { try warnOfSize(run) }
        var known: ConflictClaims?
        try tellOrders(fold, run, ready)
        for out in fold.leftOut { try leaveOut(out, run, all, &known) }
        for var worker in ready where fold.merged.contains(worker.job.text) {
            try worker.become(.merged)
            try runs.note(worker)
        }
        let breaching = all.filter { $0.state == .breach }
        if !breaching.isEmpty {
            // Who breached is out already; whom it would have collided with is worth knowing all the same.
            let whatIf = try self.fold(ready + breaching, on: start, run, plan, in: mergeEngine(run))
            for out in whatIf.leftOut { try report(out, run, all, &known) }
        }
        let merged = ready.filter { fold.merged.contains($0.job.text) }
        try unionStep.lookAtUnions(run, plan, merged, from: start, to: tip)
        try symbolStep.compareSymbols(run, merged)
        run.integrated = tip
        run.mergeOrder = (run.mergeOrder ?? [:]).merging([wave: fold.order.compactMap { JobID($0) }]) { $1 }
    }

    /// Says where the order in which workers were merged decided who is in.
    private func tellOrders(_ fold: Fold, _ run: RunRecord, _ workers: [WorkerRecord]) throws {
        guard fold.ordersTried > 1 else { return }
        let names = fold.merged.map { name(of: $0, run, workers) }.joined(separator: ", ")
        let message =
            "not every order of these workers merges, though no two of them conflict: of \(fold.ordersTried) orders tried, "
            + "they were merged as \(names)"
        try runs.note(
            FindingRecord(
                run: run.id, kind: .warning, jobs: fold.merged.compactMap { JobID($0) }, message: message))
        host.narrate(.note(message))
    }

    /// Merges as they may land: by the user's rules, but for those that a squash will stand for.
    func landing(_ tip: ObjectID, beyond known: [ObjectID], _ run: RunRecord) throws -> ObjectID {
        run.commitForm == .squash ? tip : try ruledHistory.ruled(tip, beyond: known, run)
    }

    private func warnOfSize(_ run: RunRecord) throws {
        let message =
            "so many workers conflict that the smallest set to leave out was not searched for to the end; a smaller one may exist"
        try runs.note(FindingRecord(run: run.id, kind: .warning, jobs: [], message: message))
        host.narrate(.note(message))
    }

    /// An engine with a handle of its own, whose new objects stay in memory until they are saved.
    ///
    /// `target` as in ``mergeOptions(_:onto:)``.
    func mergeEngine(_ run: RunRecord, onto target: ObjectID? = nil) throws -> MergeEngine {
        try MergeEngine(
            Repository(at: repository.commonDirectory), try mergeRules.mergeOptions(run, onto: target))
    }

    /// A store with a handle of its own, whose new objects stay in memory until they are saved as one pack.
    func staging() throws -> ObjectStore { try ObjectStore(Repository(at: repository.commonDirectory)) }

    /// Folds workers of one wave onto a commit, in the order that was recorded or so that most land.
    func fold(
        _ workers: [WorkerRecord], on start: ObjectID, _ run: RunRecord, _ plan: Plan,
        as order: [JobID]? = nil,
        in engine: MergeEngine
    ) throws -> Fold {
        let author = try world.identity().author
        let graph = JobGraph(plan)
        let all = try runs.workers(of: run)
        func needs(_ worker: WorkerRecord) -> [String] {
            let needed = graph.needs(of: worker.index)
            return all.filter { needed.contains($0.index) }.map(\.job.text)
        }
        let inputs = try workers.sorted { $0.index < $1.index }.map { worker in
            FoldInput(
                id: worker.job.text, tip: try worker.collected(),
                needs: needs(worker),
                message: commitMessages.message(run, job: worker.job, name: worker.name), author: author)
        }
        let chosen = Set(workers.map(\.job))
        let later = all.filter { $0.state == .waiting && !chosen.contains($0.job) }
        return try Fold.make(
            target: start, inputs: inputs, committer: try world.identity().committer,
            commits: run.commitForm == .merge
                ? .each
                : .octopus(author: author) { merged in
                    commitMessages.message(
                        run, octopusOf: merged.compactMap { job in workers.first { $0.job.text == job } })
                },
            order: order.map { .given($0.map(\.text)) }
                ?? .mostLanded(later: later.map { ($0.job.text, needs($0)) }),
            in: engine)
    }

    /// The merge of only some workers, rebuilt from the recorded starts of the waves; nil where a worker is in
    /// whose base already holds one that is out.
    ///
    /// What is only a trial is not signed, and no hook hears of it.
    func assemble(
        _ run: RunRecord, _ plan: Plan, only chosen: [WorkerRecord], of merged: [WorkerRecord],
        lands: Bool = false
    ) throws -> ObjectID? {
        let last = chosen.map(\.wave).max() ?? -1
        guard merged.allSatisfy({ $0.wave >= last || chosen.contains($0) }) else { return nil }
        let name: RunRef = last < 0 ? .run(.checkpoint) : .wave(last)
        guard let start = try repository.id(of: run.names.ref(name)) else { return nil }
        let engine = try mergeEngine(run)
        let own = chosen.filter { $0.wave == last }
        var fold = try fold(own, on: start, run, plan, as: run.mergeOrder?[last], in: engine)
        // An order that suits all of them may not suit some.
        if !fold.leftOut.isEmpty { fold = try self.fold(own, on: start, run, plan, in: engine) }
        guard fold.leftOut.isEmpty else { return nil }
        var tip = fold.tip
        // The target may have moved since: what is judged stands on where it is now.
        let target = run.targetBefore
        if try !engine.isAncestor(target, of: tip) {
            let join = try joinFold(tip, onto: target, run, in: engine)
            guard join.leftOut.isEmpty else { return nil }
            tip = join.tip
        }
        runs.packs.hold(try engine.store.save(reachableFrom: tip, keptFor: HeldPacks.owner(run.id)))
        guard lands else { return tip }
        let tips = try chosen.map { try $0.collected() }
        return try landing(tip, beyond: [start, target] + tips, run)
    }

    /// Merges the run's own history onto a target that moved.
    func joinFold(
        _ tip: ObjectID, onto target: ObjectID, _ run: RunRecord, in engine: MergeEngine
    ) throws -> Fold {
        let identity = try world.identity()
        let input = FoldInput(
            id: run.id.text, tip: tip, needs: [], message: commitMessages.message(joining: run),
            author: identity.author)
        return try Fold.make(target: target, inputs: [input], committer: identity.committer, in: engine)
    }

    private func leaveOut(
        _ out: Fold.LeftOut, _ run: RunRecord, _ workers: [WorkerRecord], _ known: inout ConflictClaims?
    ) throws {
        guard var worker = workers.first(where: { $0.job.text == out.id }) else { return }
        try report(out, run, workers, &known)
        switch out.reason {
        case .conflict(let with, let conflicts):
            try worker.become(.conflict)
            worker.hasConflicted = true
            let others = with.map { name(of: $0, run, workers) }.joined(separator: ", ")
            let paths = conflicts.prefix(3).map(\.path.description).joined(separator: ", ")
            worker.detail = "conflicts with \(others) in \(paths)"
        case .blocked(let by):
            try worker.become(.blocked)
            worker.detail = "needs \(by.map { name(of: $0, run, workers) }.joined(separator: ", ")), left out"
        }
        try runs.note(worker)
    }

    /// `known` is worked out by the first conflict, and serves the others.
    private func report(
        _ out: Fold.LeftOut, _ run: RunRecord, _ workers: [WorkerRecord], _ known: inout ConflictClaims?
    ) throws {
        guard case .conflict(let with, let conflicts) = out.reason else { return }
        if known == nil, run.adoption == nil { known = try claims(run, workers) }
        let claims = known
        for conflict in conflicts {
            var finding = self.finding(
                conflict, run, jobs: ([out.id] + with).compactMap { JobID($0) },
                first: name(of: out.id, run, workers),
                second: with.map { name(of: $0, run, workers) }.joined(separator: ", "))
            finding.cause = with.lazy.compactMap { claims?.cause(out.id, $0, conflict) }.first
            try runs.note(finding)
            host.narrate(.note(finding.message))
        }
    }

    /// What the plan allowed workers, held against the commits that are merged.
    private func claims(_ run: RunRecord, _ workers: [WorkerRecord]) throws -> ConflictClaims {
        let branches = workers.compactMap { worker in
            worker.tip.map {
                ConflictMatrix.Branch(name: worker.job.text, tip: $0, base: worker.base)
            }
        }
        return try comparableWorkers.conflictClaims(of: run.id, branches)
    }

    /// One conflict as a finding that names both sides, path and place.
    func finding(
        _ conflict: Conflict, _ run: RunRecord, jobs: [JobID], first: String, second: String
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
        id.isEmpty ? "the merge so far" : workers.first { $0.job.text == id }?.name ?? id
    }
}
