internal import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// What workers did against what they were allowed, judged from commits.
struct AuditStep: RunPart {
    let context: RunContext
    private var broughtLook: BroughtLook { BroughtLook(context) }
    private var attempts: Attempts { Attempts(context) }
    private var setAside: SetAside { SetAside(context) }

    init(_ context: RunContext) { self.context = context }

    /// Stage 4: what each finished worker of the wave really changed, against what it claimed.
    func audit(_ run: RunRecord, _ plan: Plan, wave: Int) throws {
        // Workers may have been granted more while they worked.
        let plan = try runs.granted(plan, run)
        for var worker in try runs.workers(of: run) where worker.wave == wave {
            guard worker.state == .done || worker.state == .doneCommittedByHybrid else { continue }
            try audit(&worker, run, plan)
        }
    }

    /// What one worker changed, against what it claimed.
    func audit(_ worker: inout WorkerRecord, _ run: RunRecord, _ plan: Plan) throws {
        let breaches = try breaches(of: worker, run, plan)
        for breach in breaches { try report(breach, of: worker, run, plan) }
        let refused = breaches.filter { !$0.isAllowed(by: plan.audit) }
        guard !refused.isEmpty else { return }
        try worker.become(.breach)
        let paths = refused.map { RepoPath($0.path).description }
        let told = paths.indices.filter { $0 == 0 || !paths[$0].hasBytes(of: paths[$0 - 1]) }.map {
            paths[$0]
        }
        if let tip = worker.tip {
            _ = try setAside.keep(run, .job(worker.job, .rescue), at: tip)
        }
        worker.detail =
            "touched what it had not claimed: " + told.prefix(3).joined(separator: ", ")
            + (told.count > 3 ? " and \(told.count - 3) more" : "")
            + attempts.said(run, worker, who: "the worker", tellsSilence: false)
        try runs.note(worker)
    }

    /// What a worker changed between its base and its tip and had not claimed.
    func breaches(of worker: WorkerRecord, _ run: RunRecord, _ plan: Plan) throws -> [Audit.Breach] {
        let base = try worker.started()
        let tip = try worker.work()
        return try breaches(
            of: worker, run, plan, from: base, to: CommitTree(repository, commit: tip))
    }

    /// What a worker changed between a commit and a tree, and had not claimed.
    func breaches(
        of worker: WorkerRecord, _ run: RunRecord, _ plan: Plan, from base: ObjectID, to tip: CommitTree
    ) throws -> [Audit.Breach] {
        let touched = try touched(from: base, to: tip)
        let texts = try texts(run, from: base, to: tip)
        let claimed = try Audit.breaches(
            of: plan.jobs[worker.index], index: worker.index, plan: plan, touched: touched, texts: texts)
        let found = try withBrought(claimed, of: worker, run, touched, tip) + lostSubmodules(touched, tip)
        guard try ledger.grants(of: run.id).contains(where: { $0.job == worker.job }) else { return found }
        // What a wider grant covers of files that only the plan gives was not granted.
        let only = try planOnlyFiles(run, at: base)
        let checked = try runs.checkedPlan(of: run).withHotClaims
        let ungranted = try Audit.breaches(
            of: checked.jobs[worker.index], index: worker.index, plan: checked,
            touched: touched.filter { only.covers($0.path) }, texts: texts)
        let known = Set(found.map(\.path))
        return found
            + ungranted.filter { !known.contains($0.path) }.map { breach in
                var breach = breach
                breach.reason += ": only the plan can give it"
                return breach
            }
    }

    /// Submodules that were moved to a commit that only the worker has: whatever is claimed, it cannot land.
    private func lostSubmodules(_ touched: [Audit.Touched], _ tip: CommitTree) throws -> [Audit.Breach] {
        guard touched.contains(where: \.isSubmodule) else { return [] }
        let source = try SubmoduleSource(repository)
        return try touched.compactMap { change in
            guard change.isSubmodule, !change.isDelete, let commit = try tip.submodule(change.path),
                let reason = try source.lost(change.path, at: commit)
            else { return nil }
            var breach = Audit.Breach(path: change.path, reason: reason)
            breach.isNeverAllowed = true
            return breach
        }
    }

    /// Breaches without the content of what was brought from the user's checkout, and with all of it that came into
    /// commits as it was: whatever is claimed, it is not the worker's to publish.
    private func withBrought(
        _ breaches: [Audit.Breach], of worker: WorkerRecord, _ run: RunRecord, _ touched: [Audit.Touched],
        _ tip: CommitTree
    ) throws -> [Audit.Breach] {
        let paths = touched.filter(\.isCreate).map(\.path)
        guard !paths.isEmpty, let list = try broughtLook.list(run, .job(worker.job)) else { return breaches }
        let brought = paths.filter { list.entries[$0] != nil }
        guard !brought.isEmpty else { return breaches }
        let same = try brought.filter { path in
            guard let content = try tip.content(of: path) else { return false }
            return try list.holds(path, id: ObjectID(ofBlob: content), in: worker.worktree)
        }
        let kept = breaches.filter { !same.contains($0.path) }.map { breach in
            var breach = breach
            if brought.contains(breach.path) { breach.edits = [] }
            return breach
        }
        return kept
            + same.map { path in
                var breach = Audit.Breach(
                    path: path,
                    reason: "it was brought from your checkout, where git ignores it, and is never committed")
                breach.isNeverAllowed = true
                return breach
            }
    }

    /// How many lines of a breach the ledger keeps; the branch holds all.
    private static let keptLines = 20

    private func report(_ breach: Audit.Breach, of worker: WorkerRecord, _ run: RunRecord, _ plan: Plan)
        throws
    {
        let path = RepoPath(breach.path).description
        var message = "\(worker.name) touched \(path)"
        if let first = breach.edits.first?.places.first {
            let lines = first.isEmpty ? "after line \(first.lowerBound)" : "line \(first.lowerBound + 1)"
            message +=
                " (\(lines)\(breach.edits.count > 1 ? " and \(breach.edits.count - 1) more places" : ""))"
        }
        message += ": \(breach.reason)"
        if let claim = breach.nearestClaim { message += "; its nearest claim is \(claim)" }
        if let owner = breach.owner { message += "; it belongs to \(owner)" }
        if breach.isAllowed(by: plan.audit) {
            message += "; merged all the same (audit: \(plan.audit.rawValue))"
        }
        let owner = plan.jobs.first { $0.name == breach.owner }?.id
        let hunks = breach.edits.prefix(5).map { edit in
            FindingRecord.Hunk(
                oursStart: (edit.places.first?.lowerBound ?? 0) + 1,
                oursLines: Array(edit.oldLines.prefix(Self.keptLines)), theirsStart: edit.newStart + 1,
                theirsLines: Array(edit.newLines.prefix(Self.keptLines)))
        }
        try runs.note(
            FindingRecord(
                run: run.id, kind: .breach, jobs: [worker.job] + [owner].compactMap { $0 }, path: path,
                message: message, hunks: hunks))
        host.narrate(.note(message))
    }

    /// The paths between a commit and a tree, as the audit reads them.
    func touched(from base: ObjectID, to tip: CommitTree) throws -> [Audit.Touched] {
        let old = try repository.commit(base).tree
        let changes = try ChangeSet.betweenTrees(old, [tip.tree], in: tip.store).flatMap(\.changes)
        var gone: [ObjectID: String] = [:]
        for change in changes where change.new == nil {
            if let old = change.old { gone[old.id] = change.path.text }
        }
        return try changes.map { change in
            let isLink = change.new?.kind == .symlink
            return Audit.Touched(
                path: change.path.text, isDelete: change.new == nil, isCreate: change.old == nil,
                isSymlink: isLink,
                linkTarget: try isLink
                    ? change.new.map { String(decoding: try tip.store.blob($0.id), as: UTF8.self) } : nil,
                isSubmodule: change.new?.kind == .gitlink || change.old?.kind == .gitlink,
                changesMode: change.old.map { old in change.new.map { $0.kind != old.kind } ?? false }
                    ?? false,
                renamedFrom: change.old == nil ? change.new.flatMap { gone[$0.id] } : nil)
        }
    }

    /// The texts of a worker's base and tip, and where sections of the plan lie in that base.
    func texts(_ run: RunRecord, from base: ObjectID, to new: CommitTree) throws -> Audit.Texts<any Error> {
        let old = try CommitTree(repository, commit: base)
        let sections = SectionMap(symbols: Ctags(environment: host.environment)) { try old.content(of: $0) }
        let planned = run.start
        let first = planned == base ? nil : try CommitTree(repository, commit: planned)
        return Audit.Texts(
            edits: { change in
                if change.isSymlink || change.isSubmodule { return nil }
                return try Audit.edits(
                    from: old.content(of: change.path) ?? [], to: new.content(of: change.path) ?? [])
            },
            lines: { claim in
                guard let section = claim.section else { return .success(1...Int.max) }
                guard case .lines(let lines) = section, let before = try first?.content(of: claim.path),
                    let now = try old.content(of: claim.path)
                else {
                    do {
                        return .success(try sections.lines(of: section, in: claim.path))
                    } catch let error as HybridError {
                        return .failure(error)
                    }
                }
                // Lines are numbered as the plan's base has them; an earlier wave may have moved them.
                let place = TextComparison(from: before, to: now).newPlace(
                    of: lines.lowerBound - 1..<lines.upperBound)
                return .success(place.lowerBound + 1...max(place.lowerBound + 1, place.upperBound))
            })
    }

    /// The files that only the plan, as it was checked, gives to a worker that begins at a commit.
    func planOnlyFiles(_ run: RunRecord, at base: ObjectID) throws -> PlanOnlyFiles {
        let tree = try CommitTree(repository, commit: base)
        return try PlanOnlyFiles(runs.checkedPlan(of: run)) { try tree.entry($0) }
    }
}
