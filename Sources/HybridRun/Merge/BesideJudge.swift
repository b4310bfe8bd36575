internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

/// Whether what was left beside a branch is in a merged tip all the same.
private struct BesideProof {
    let engine: MergeEngine
    let repository: Repository
    let tip: ObjectID
    /// The commits of the run's that the tip holds.
    let history: [ObjectID]
    /// What was there before, or was fetched: it proves nothing, and is nobody's work of this run.
    let older: [ObjectID]

    init(_ engine: MergeEngine, _ repository: Repository, tip: ObjectID, since base: ObjectID) throws {
        (self.engine, self.repository, self.tip) = (engine, repository, tip)
        history = Array(try repository.commits(from: tip, excluding: [base]).prefix(Self.most))
        older = try repository.tips(prefix: "refs/remotes/").values.filter {
            (try? repository.commit($0)) != nil
        }
    }

    /// More commits than these are not compared one by one: what is not proven merged stays a finding.
    private static let most = 300

    func holds(_ record: BesideRecord) throws -> Bool {
        guard let id = ObjectID(hex: record.id), let commit = try? repository.commit(id) else { return false }
        return record.what == .stash ? try holds(stash: commit) : try holds(line: commit)
    }

    /// A commit, and those below it that are new: together, as a squash has them, or each by itself.
    private func holds(line commit: Commit) throws -> Bool {
        if try repository.isAncestor(commit.id, of: tip) { return true }
        let fork = try repository.mergeBase(commit.id, tip)
        let whole = (from: try fork.map { try engine.tree(of: $0) } ?? Repository.emptyTree, to: commit.tree)
        if try holds(whole) { return true }
        var line = try repository.commits(from: commit.id, excluding: [tip] + older)
        if !line.contains(commit.id) { line.append(commit.id) }
        guard line.count <= Self.most else { return false }
        return try line.allSatisfy { try holds(single: repository.commit($0)) }
    }

    private func holds(single commit: Commit) throws -> Bool {
        guard let first = commit.parents.first else {
            return try holds((Repository.emptyTree, commit.tree))
        }
        if commit.parents.count == 2 {
            // A merge has work of its own only where it is not what merging gives.
            let merged = try engine.merge(ours: first, theirs: commit.parents[1])
            if merged.isClean, merged.tree == commit.tree { return true }
        }
        return try holds((engine.tree(of: first), commit.tree))
    }

    /// A stash entry: what was changed, what was only staged, and the files that git did not know.
    private func holds(stash commit: Commit) throws -> Bool {
        guard commit.parents.count > 1 else { return false }
        let stood = try engine.tree(of: commit.parents[0])
        let staged = try engine.tree(of: commit.parents[1])
        let changed = commit.tree == stood ? staged : commit.tree
        guard try holds((stood, changed)) else { return false }
        guard commit.parents.count > 2 else { return true }
        return try holds((Repository.emptyTree, engine.tree(of: commit.parents[2])))
    }

    /// Whether a change makes no difference to the tip, or one of the run's commits makes the same one.
    private func holds(_ change: (from: ObjectID, to: ObjectID)) throws -> Bool {
        if change.from == change.to { return true }
        let tree = try engine.tree(of: tip)
        if try engine.reapply(change, on: tree) == tree { return true }
        return try history.contains { id in
            let commit = try repository.commit(id)
            guard commit.parents.count < 2 else { return false }
            let before = try commit.parents.first.map { try engine.tree(of: $0) } ?? Repository.emptyTree
            return try before != commit.tree && engine.reapply(change, on: before) == commit.tree
        }
    }
}

/// What lies beside workers' branches: what of it landed all the same, and what can be taken.
struct BesideJudge: RunPart {
    let context: RunContext
    private var mergeStep: MergeStep { MergeStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// Asks of all that was found beside branches whether the merge so far holds it; what it holds is no finding.
    ///
    /// Asked again whenever the merge is another one.
    func judgeBeside(_ run: RunRecord) throws {
        guard let tip = run.integrated else { return }
        try judge(ledger.findings(of: run.id), run, tip)
    }

    /// Asks of what one worker left beside its branch whether that branch holds it, and tells the rest.
    func judgeBeside(_ run: RunRecord, of worker: WorkerRecord) throws {
        let found = try ledger.findings(of: run.id).filter { $0.beside != nil && $0.jobs == [worker.job] }
        if let tip = worker.tip { try judge(found, run, tip) }
        for left in try unmerged(run) where left.jobs == [worker.job] { host.narrate(.note(left.message)) }
    }

    private func judge(_ findings: [FindingRecord], _ run: RunRecord, _ tip: ObjectID) throws {
        let found = findings.filter { $0.beside.map { $0.what != .stashGone } ?? false }
        if found.isEmpty { return }
        let base = run.start
        let proof = try BesideProof(mergeStep.mergeEngine(run), repository, tip: tip, since: base)
        for finding in found {
            guard let record = finding.beside else { continue }
            var judged = finding
            // What cannot be read, or not be merged, is not proven: it stays a finding.
            let isMerged = (try? proof.holds(record)) ?? false
            judged.beside?.mergedIn = isMerged ? tip.description : nil
            if judged != finding { try runs.revise(finding, by: judged) }
        }
    }

    private func unmerged(_ run: RunRecord) throws -> [FindingRecord] {
        try ledger.findings(of: run.id).filter { $0.beside.map { $0.mergedIn == nil } ?? false }
    }

    /// Drops what has landed: the refs that kept it until then, and the record of it.
    func dropLandedBeside(_ run: RunRecord) throws {
        try judgeBeside(run)
        for finding in try ledger.findings(of: run.id) {
            guard let record = finding.beside, record.mergedIn != nil else { continue }
            let ref = try RefName(record.keptAt)
            if let id = try repository.id(of: ref), id.description == record.id {
                try repository.deleteReference(ref, expecting: id)
            }
            try runs.withdraw(finding)
        }
    }

    /// The commits beside a worker's branch that stand on its base, as `resolve --take` takes them.
    func takeable(_ run: RunRecord, _ worker: WorkerRecord) throws -> [ObjectID] {
        guard let base = worker.base else { return [] }
        var seen: Set<ObjectID> = []
        return try unmerged(run).filter { $0.jobs == [worker.job] }.compactMap { finding in
            guard let record = finding.beside, record.what == .commit || record.what == .branch,
                let id = ObjectID(hex: record.id), try repository.isAncestor(base, of: id),
                seen.insert(id).inserted
            else { return nil }
            return id
        }
    }
}
