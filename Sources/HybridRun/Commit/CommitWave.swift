internal import HybridGit
internal import HybridGuard
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// The audited work of workers becomes commits by the user's rules.
struct CommitWave: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }
    private var auditStep: AuditStep { AuditStep(context) }
    private var rulesLook: RulesLook { RulesLook(context) }
    private var commitStep: CommitStep { CommitStep(context) }
    private var freshWorktrees: FreshWorktrees { FreshWorktrees(context) }
    private var ruledHistory: RuledHistory { RuledHistory(context) }
    private var setAside: SetAside { SetAside(context) }

    init(_ context: RunContext) { self.context = context }

    /// How often work that goes on changing is looked at again before it is committed.
    private static let looks = 5

    /// Commits what the workers of a wave left uncommitted and the audit let pass.
    func commitWave(_ run: RunRecord, _ plan: Plan, wave: Int) throws {
        let plan = try runs.granted(plan, run)
        for var worker in try runs.workers(of: run) where worker.wave == wave {
            guard worker.state == .done || worker.state == .doneCommittedByHybrid else { continue }
            let before = worker
            try runs.step(.commit, run, worker.job.text) {
                try commit(&worker, run, plan, asLeft: true, acceptsHooks: false)
                if worker != before { try runs.note(worker) }
            }
            if worker.state != before.state, worker.state != .breach {
                host.narrate(.note("\(worker.job) \(worker.state.rawValue): \(worker.detail)"))
            }
        }
    }

    /// Takes in commits that stand on their branches already, exactly as they were to be made.
    ///
    /// A hybrid was killed behind git's commit and before it could write that down: what compares the branches next would
    /// take its commit for somebody else's. It may have come as far as to drop the snapshot, or the ledger is lost and the
    /// run's record one step behind: then its own ref says that the commit was made.
    func takeMadeCommits(_ run: RunRecord, wave: Int) throws {
        for var worker in try runs.workers(of: run) where worker.wave == wave {
            guard worker.state == .done || worker.state == .doneCommittedByHybrid, let tip = worker.tip,
                let made = try repository.id(of: worker.branch.ref),
                // Within one second git's commit and the snapshot may be one object.
                try isSnapshot(worker)
                    || made != tip && repository.id(of: run.names.ref(.job(worker.job, .committed))) == made
            else { continue }
            let snapshot = try repository.commit(tip)
            let commit = try repository.commit(made)
            guard commit.parents == snapshot.parents, commit.tree == snapshot.tree else { continue }
            try keepCommitted(made, &worker, run)
            try runs.note(worker)
            try repository.deleteReference(snapshotRef(of: worker), expecting: snapshot.id)
        }
    }

    /// Makes a commit of hybrid's a worker's tip.
    private func keepCommitted(_ made: ObjectID, _ worker: inout WorkerRecord, _ run: RunRecord) throws {
        try runs.point(run, .job(worker.job, .committed), at: made)
        worker.tip = made
        try worker.become(.doneCommittedByHybrid)
        worker.detail = ""
    }

    /// Commits a worker's audited work as the user's rules want it; what they refuse becomes its state.
    ///
    /// With `asLeft` it is what the worker left; otherwise a person may have mended it since.
    func commit(
        _ worker: inout WorkerRecord, _ run: RunRecord, _ plan: Plan, asLeft: Bool, acceptsHooks: Bool
    ) throws {
        let base = try worker.started()
        for _ in 0..<Self.looks where try isSnapshot(worker) {
            let snapshot = try repository.commit(try worker.collected())
            let work = Uncommitted(
                worktree: worker.worktree, branch: worker.branch,
                before: snapshot.parents[0], message: snapshot.message, audited: snapshot.tree,
                acceptsHooks: acceptsHooks)
            let record = worker
            let mayChange = { (paths: [String], old: ObjectID, new: ObjectID) in
                try self.unclaimed(paths, from: old, to: new, record, run, plan)
            }
            let isThere = try !asLeft || isAsLeft(work, run)
            let answer =
                isThere
                ? try commitStep.commitByGit(work, base: base, run, mayChange: mayChange)
                : try commitApart(work, snapshot.id, base: base, run, mayChange: mayChange)
            let staged = isThere ? work.worktree : nil
            guard try take(answer, of: snapshot, in: staged, base, &worker, run, plan) else { return }
        }
        if try isSnapshot(worker) {
            try keepBack(&worker, run, .failed, "its worktree goes on changing, so it was not committed")
            return
        }
        try ruleOwnCommits(&worker, base, run, plan, acceptsHooks: acceptsHooks)
    }

    /// Takes in what came of a commit; false where the work is not committed and will not be.
    ///
    /// `worktree` is the worker's own where git staged there.
    private func take(
        _ answer: Committed, of snapshot: Commit, in worktree: String?, _ base: ObjectID,
        _ worker: inout WorkerRecord, _ run: RunRecord, _ plan: Plan
    ) throws -> Bool {
        switch answer {
        case .done(let made):
            try keepCommitted(made, &worker, run)
            // What hooks made of it is on the branch; what the worker made stays where that is another thing.
            if try repository.commit(made).tree == snapshot.tree {
                try repository.deleteReference(snapshotRef(of: worker), expecting: snapshot.id)
            }
        case .nothing:
            let tip = snapshot.parents[0]
            worker.tip = tip
            try worker.become(tip == base ? .nothingDone : .done)
            worker.detail =
                tip == base
                ? "what it had changed is as it was again\(attempts.said(run, worker, who: "the worker"))"
                : ""
            return tip != base
        case .changed(let staged):
            let tree = try worktree.map { try readAgain($0, run) } ?? staged
            if tree == snapshot.tree { return true }
            let anew = try world.makeCommit(tree, snapshot.parents, snapshot.message)
            try runs.point(run, .job(worker.job, .snapshot), at: anew)
            worker.tip = anew
            try auditStep.audit(&worker, run, plan)
            return worker.state != .breach
        case .refused(let words):
            try keepBack(&worker, run, .failed, words)
            return false
        case .hooksChanged(let paths):
            try keepBack(&worker, run, .hooksChanged, Self.words(changing: paths))
            return false
        }
        return true
    }

    /// What lies in a worker's worktree, read by hybrid itself.
    ///
    /// What git staged it read by path, and a link may have stood in the place of a folder just then.
    private func readAgain(_ worktree: String, _ run: RunRecord) throws -> ObjectID {
        try Repository(at: worktree).snapshotTree(
            keeping: runs.packs.keeping(run.id),
            leavingOut: BroughtLook(context).isBrought(run, in: worktree))
    }

    static func words(changing paths: [String]) -> String {
        let names = paths.prefix(3).map { RepoPath($0).description }.joined(separator: ", ")
        return
            "changed what your hooks do (\(names)\(paths.count > 3 ? " and \(paths.count - 3) more" : "")), "
            + "so none of them ran"
    }

    /// Leaves a worker's work out and keeps it.
    private func keepBack(
        _ worker: inout WorkerRecord, _ run: RunRecord, _ state: WorkerState, _ reason: String
    ) throws {
        let tip = try worker.collected()
        let ref = try setAside.keep(run, .job(worker.job, .rescue), at: tip)
        try worker.become(state)
        worker.detail =
            "\(reason); its work is kept in \(worker.worktree) and at \(ref)"
            + attempts.said(run, worker, who: "the worker")
    }

    /// What a worker committed itself: its hooks ran or did not, but what decides on hooks is looked at all the same,
    /// and what is not signed is.
    private func ruleOwnCommits(
        _ worker: inout WorkerRecord, _ base: ObjectID, _ run: RunRecord, _ plan: Plan, acceptsHooks: Bool
    ) throws {
        guard let tip = worker.tip, tip != base else { return }
        let rules = try rulesLook.rules(of: run)
        if !acceptsHooks, let hooks = rules.hooks {
            let deciding = try hooks.deciding(
                commitStep.changes(from: base, to: repository.commit(tip).tree, hooks))
            if !deciding.isEmpty {
                try keepBack(&worker, run, .hooksChanged, Self.words(changing: deciding))
                return
            }
        }
        if !acceptsHooks, let refusal = try refusalGonePast(worker, base, tip, run, plan) {
            try keepBack(&worker, run, .failed, refusal)
            return
        }
        guard rules.isSigned else { return }
        let signed = try ruledHistory.ruled(
            tip, beyond: [base] + ruledHistory.othersTips(), run, messages: false)
        guard signed != tip else { return }
        try repository.updateReference(
            worker.branch.ref, to: signed, expecting: tip, message: "hybrid: signed")
        try runs.point(run, .job(worker.job, .committed), at: signed)
        worker.tip = signed
    }

    /// Whether a worker is left out for what it committed past the user's hooks, and a person may mend it.
    func isGonePast(_ worker: WorkerRecord) throws -> Bool {
        guard worker.state == .failed, worker.tip != nil, Files.exists(worker.worktree) else { return false }
        return try !isSnapshot(worker)
            && !Deed.past(by: worker.job, paths.file(worker.run, .deeds)).isEmpty
    }

    /// Why the user's hooks refuse what a worker committed past them; nil where they let it pass, or it did not.
    ///
    /// They see each such commit, in a worktree of its own; where one was amended or rebased since, each commit of the
    /// worker's, for any may bring along what no hook saw.
    private func refusalGonePast(
        _ worker: WorkerRecord, _ base: ObjectID, _ tip: ObjectID, _ run: RunRecord, _ plan: Plan
    ) throws -> String? {
        let rules = try rulesLook.rules(of: run)
        guard rules.hooks?.isAny == true else { return nil }
        let noted = Deed.past(by: worker.job, paths.file(run.id, .deeds))
        guard !noted.isEmpty else { return nil }
        let own = try repository.commits(from: tip, excluding: [base]).reversed()
        let isKnown = noted.isSubset(of: own)
        for id in own where !isKnown || noted.contains(id) {
            let commit = try repository.commit(id)
            guard commit.parents.count == 1 else { continue }
            let before = commit.parents[0]
            let work = Uncommitted(
                worktree: "", branch: nil, before: before, message: commit.message, audited: commit.tree,
                acceptsHooks: true)
            let answer = try commitFresh(work, at: id, base: before, run, rules) { paths, old, new in
                try self.unclaimed(paths, from: old, to: new, worker, run, plan)
            }
            if case .refused(let words) = answer {
                return
                    "it committed \(id.short) past your hooks (--no-verify), and they do not let it pass: \(words)"
            }
        }
        return nil
    }

    /// The paths that a job may not change, of those that a hook changed.
    private func unclaimed(
        _ paths: [String], from old: ObjectID, to new: ObjectID, _ worker: WorkerRecord, _ run: RunRecord,
        _ plan: Plan
    ) throws -> [String] {
        let base = try worker.started()
        let store = try ObjectStore(repository)
        func breaking(_ tree: ObjectID) throws -> Set<String> {
            let tree = CommitTree(repository, tree: tree, store)
            return Set(try auditStep.breaches(of: worker, run, plan, from: base, to: tree).map(\.path))
        }
        let (before, after) = (try breaking(old), try breaking(new))
        return paths.filter { after.contains($0) && !before.contains($0) }
    }

    // MARK: What changed after its worker had ended

    /// Whether a worktree still holds what its worker left there, or its branch the commit of it already.
    private func isAsLeft(_ work: Uncommitted, _ run: RunRecord) throws -> Bool {
        guard let audited = work.audited, let branch = work.branch, Files.exists(work.worktree),
            try repository.id(of: branch.ref) == work.before
        else { return true }
        return try Repository(at: work.worktree).snapshotTree(
            keeping: runs.packs.keeping(run.id),
            leavingOut: BroughtLook(context).isBrought(run, in: work.worktree)) == audited
    }

    /// Commits what a worker left although its worktree holds something else by now, which stays there uncommitted.
    ///
    /// In a worktree of its own: whoever wrote into the worker's, perhaps a sibling, gets nothing into its work.
    private func commitApart(
        _ work: Uncommitted, _ snapshot: ObjectID, base: ObjectID, _ run: RunRecord,
        mayChange: ([String], ObjectID, ObjectID) throws -> [String]
    ) throws -> Committed {
        guard let branch = work.branch else {
            return try commitStep.commitByGit(work, base: base, run, mayChange: mayChange)
        }
        let rules = try rulesLook.rules(of: run)
        let answer = try commitFresh(work, at: snapshot, base: base, run, rules, mayChange: mayChange)
        guard case .done(let made) = answer else { return answer }
        try repository.updateReference(
            branch.ref, to: made, expecting: work.before, message: "hybrid \(run.id): commit")
        // The index follows the branch; files stay as they are.
        try ruledHistory.runRuledGit(rules, ["reset", "-q"], in: work.worktree)
        return answer
    }

    /// Commits in a worktree that is made for it and goes again.
    private func commitFresh(
        _ work: Uncommitted, at commit: ObjectID, base: ObjectID, _ run: RunRecord, _ rules: CommitRules,
        mayChange: ([String], ObjectID, ObjectID) throws -> [String]
    ) throws -> Committed {
        let fresh = try freshWorktrees.freshWorktree(run, at: commit)
        let answer: Committed
        do {
            try ruledHistory.runRuledGit(
                rules, ["reset", "-q", "--soft", work.before.description], in: fresh.path)
            var apart = work
            apart.worktree = fresh.path
            apart.branch = nil
            answer = try commitStep.commitByGit(apart, base: base, run, mayChange: mayChange)
        } catch {
            try freshWorktrees.discard(fresh, of: run)
            throw error
        }
        try freshWorktrees.discard(fresh, of: run)
        return answer
    }

    // MARK: Snapshots

    private func snapshotRef(of worker: WorkerRecord) throws -> RefName {
        try runs.run(worker.run).names.ref(.job(worker.job, .snapshot))
    }

    /// Whether a worker's tip is what lay in its worktree, which no branch holds yet.
    func isSnapshot(_ worker: WorkerRecord) throws -> Bool {
        guard let tip = worker.tip else { return false }
        return try repository.id(of: snapshotRef(of: worker)) == tip
    }

    /// Where a worker's branch stood when it ended.
    func branchTip(_ tip: ObjectID, of worker: WorkerRecord) throws -> ObjectID {
        guard try isSnapshot(worker) else { return tip }
        return try repository.commit(tip).parents[0]
    }
}
