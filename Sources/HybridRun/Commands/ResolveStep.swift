internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
public import HybridRecords
internal import HybridSystem

/// What `resolve` came to.
public enum Resolution: Sendable {
    /// The conflict lies open in a worktree, with markers in these paths.
    case opened(worktree: String, paths: [String])
    /// The resolution is committed and merged; the run can be verified.
    case resolved(RunRecord)
}

/// Two commits that do not merge, and where a person brings them together.
private struct Dispute {
    /// What the person calls it: a job, or the target.
    var name: String
    /// Whose refs it has.
    var owner: RunRef.Owner
    /// Its branch and worktree.
    var place: RunPlace
    /// How it is typed.
    var word: String
    var ours: ObjectID
    var theirs: ObjectID
    var labels: MergeLabels
    var message: String
    /// The target where it is now, when that is what the run conflicts with.
    var movedTarget: ObjectID?
}

/// A person decides a conflict, a breach or a hook's refusal.
package struct ResolveStep: RunPart {
    let context: RunContext
    private var auditStep: AuditStep { AuditStep(context) }
    private var commitMessages: CommitMessages { CommitMessages(context) }
    private var commitStep: CommitStep { CommitStep(context) }
    private var commitWave: CommitWave { CommitWave(context) }
    private var bringStep: BringStep { BringStep(context) }
    private var broughtLook: BroughtLook { BroughtLook(context) }
    private var freshWorktrees: FreshWorktrees { FreshWorktrees(context) }
    private var ignoredStep: IgnoredStep { IgnoredStep(context) }
    private var mergeRules: MergeRules { MergeRules(context) }
    private var mergeStep: MergeStep { MergeStep(context) }
    private var nextStep: NextStep { NextStep(context) }
    private var runSessions: RunSessions { RunSessions(context) }
    private var setAside: SetAside { SetAside(context) }
    private var soloStep: SoloStep { SoloStep(context) }
    private var waveStep: WaveStep { WaveStep(context) }
    private var workStep: WorkStep { WorkStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Opens a conflict in a worktree of its own, or takes in the resolution that was made there.
    ///
    /// `name` is a job that conflicts with the merge so far, or the target that moved and conflicts with the run.
    /// With `acceptBreach`, a job that touched what it had not claimed is merged all the same: a person decided.
    /// Throws when there is no conflict, markers remain, or one side's work was dropped whole and `acceptOneSide`
    /// does not say that this is meant. What lies uncommitted in the job's worktree because hooks refused it, or because it
    /// changed them and `acceptHooks` says that this is well so, is audited and committed first.
    package func resolve(
        _ id: String?, job name: String, acceptOneSide: Bool, acceptBreach: Bool = false,
        acceptHooks: Bool = false
    ) throws -> Resolution {
        var run = try runs.run(id)
        let lock = try runs.lock(run)
        defer { withExtendedLifetime(lock) {} }
        // Another process may have taken it further until the lock was ours.
        run = try runs.run(run.id)
        return try runSessions.session(run) {
            try resolve(
                &run, job: name, acceptOneSide: acceptOneSide, acceptBreach: acceptBreach,
                acceptHooks: acceptHooks)
        }
    }

    private func resolve(
        _ run: inout RunRecord, job name: String, acceptOneSide: Bool, acceptBreach: Bool, acceptHooks: Bool
    ) throws -> Resolution {
        try runs.refuseUnlessOpen(run, "resolve")
        let plan = try runs.plan(of: run)
        let job = try runs.workers(of: run).first { $0.answers(to: name) }
        // A job may be called as the target is: what is in conflict is meant.
        if name == run.target.text,
            job.map({ ![.conflict, .breach, .hooksChanged].contains($0.state) }) ?? true
        {
            let dispute = try targetDispute(run)
            guard let tip = try settle(dispute, run, acceptOneSide: acceptOneSide) else {
                return try lastOpened(dispute, run)
            }
            try closeWorktree(of: dispute, run, tip)
            try runs.turn(
                &run, .targetIsResolved(dispute.ours, tip),
                pointing: [.run(.byHand): tip, .run(.integrated): tip])
            return .resolved(run)
        }
        var worker = try runs.worker(run, name)
        guard try isOpen(worker, acceptBreach: acceptBreach, acceptHooks: acceptHooks) else {
            throw HybridError(
                .wrongState, "job \(worker.name)", "it is \(worker.state.rawValue), not in conflict",
                next: try nextStep.leftOutStep(worker) ?? "hybrid status \(run.id)")
        }
        if worker.state != .conflict {
            try runs.step(.commit, run, worker.job.text) {
                try commitAfterAll(&worker, run, plan, acceptBreach: acceptBreach, acceptHooks: acceptHooks)
            }
        }
        let dispute = Dispute(
            name: worker.name, owner: .job(worker.job), place: .resolve(job: worker.job),
            word: worker.job.text,
            ours: run.mergedSoFar,
            theirs: try worker.collected(),
            labels: MergeLabels(ours: "integrated", theirs: worker.branchName),
            message: commitMessages.message(run, job: worker.job, name: worker.name))
        guard let tip = try settle(dispute, run, acceptOneSide: acceptOneSide) else {
            if worker.state != .conflict {
                if worker.state == .breach { try acceptBreaches(of: worker) }
                try worker.become(.conflict)
                try runs.note(worker)
            }
            return try lastOpened(dispute, run)
        }
        // Who breached was not verified yet; what others passed is known.
        try soloStep.verifyAlone(run, plan, [worker])
        if try runs.worker(run, worker.job.text).state == .verificationFailed {
            try waveStep.settle(&run, plan)
            return .resolved(run)
        }
        if worker.state == .breach { try acceptBreaches(of: worker) }
        try runs.step(.resolve, run, worker.job.text) { try take(tip, worker, &run, plan) }
        try closeWorktree(of: dispute, run, tip)
        return .resolved(run)
    }

    /// Whether a job can be resolved as it stands.
    private func isOpen(_ worker: WorkerRecord, acceptBreach: Bool, acceptHooks: Bool) throws -> Bool {
        switch worker.state {
        case .conflict: true
        case .breach: acceptBreach
        case .hooksChanged: acceptHooks
        case .failed: try commitWave.isSnapshot(worker) || commitWave.isGonePast(worker)
        default: false
        }
    }

    /// Commits what a job left, now that a person mended it or takes it as it is.
    private func commitAfterAll(
        _ worker: inout WorkerRecord, _ run: RunRecord, _ plan: Plan, acceptBreach: Bool, acceptHooks: Bool
    ) throws {
        var tried = worker
        try tried.become(.done)
        if try commitWave.isGonePast(worker) {
            // What a person mended stands on the branch, or lies in the worktree.
            tried.tip = try workStep.collect(
                in: worker.worktree, branch: worker.branch,
                base: try worker.started(), message: worker.name, of: .job(worker.job),
                run
            ).tip
        }
        if !acceptBreach, worker.state != .hooksChanged { try auditStep.audit(&tried, run, plan) }
        if tried.state == .done {
            try commitWave.commit(&tried, run, plan, asLeft: false, acceptsHooks: acceptHooks)
        }
        guard tried.state.isFinishedWork else {
            // Why it is still out may be another reason than before.
            if worker.state != .breach { try runs.note(tried) }
            throw HybridError(
                .wrongState, "job \(worker.name)", tried.detail,
                next: try nextStep.leftOutStep(tried) ?? "hybrid status \(run.id)")
        }
        worker.tip = tried.tip
        try runs.note(worker)
    }

    /// What a worker touched beside its claims is well so: the user takes it as it is.
    private func acceptBreaches(of worker: WorkerRecord) throws {
        for finding in try ledger.findings(of: worker.run)
        where finding.kind == .breach && finding.jobs.first == worker.job && !finding.path.isEmpty
            && finding.worktree == nil
        {
            var accepted = finding
            accepted.accepted = true
            try runs.revise(finding, by: accepted)
        }
    }

    private func closeWorktree(of dispute: Dispute, _ run: RunRecord, _ tip: ObjectID) throws {
        try runs.point(run, .kept(dispute.owner, .resolution), at: tip)
        try closeResolution(run, dispute.owner)
    }

    /// Removes the worktree of a resolution whose files are proven to be in the merge commit that came of it.
    func closeResolution(_ run: RunRecord, _ owner: RunRef.Owner) throws {
        guard let place = RunPlace(dispute: owner) else { return }
        let path = paths.worktree(run.names, place)
        guard Files.exists(path),
            let tip = try repository.id(of: run.names.ref(.kept(owner, .resolution))),
            try Repository(at: path).snapshotTree(
                keeping: runs.packs.keeping(run.id), leavingOut: broughtLook.isBrought(run, in: path))
                == repository.commit(tip).tree
        else { return }
        let name = run.names.registration(place)
        if let there = try repository.worktrees().first(where: { $0.name == name }) {
            try ignoredStep.keepIgnored(in: there)
        }
        try repository.removeWorktree(name: name, force: true)
    }

    private func targetDispute(_ run: RunRecord) throws -> Dispute {
        guard run.state == .leftOut, let now = try repository.id(of: run.target.ref),
            now != run.targetBefore
        else {
            throw HybridError(
                .wrongState, "branch \(run.target)", "it is not in conflict with the run",
                next: "hybrid status \(run.id)")
        }
        return Dispute(
            name: run.target.text, owner: .target, place: .resolveTarget, word: run.target.text, ours: now,
            theirs: run.mergedSoFar,
            labels: MergeLabels(ours: run.target.text, theirs: "run \(run.id)"),
            message: commitMessages.message(joining: run), movedTarget: now)
    }
}

extension ResolveStep {
    /// The merge commit of a dispute, once a person resolved it or nothing is left to resolve; nil after opening it.
    private func settle(_ dispute: Dispute, _ run: RunRecord, acceptOneSide: Bool) throws -> ObjectID? {
        let parents = [dispute.ours, dispute.theirs]
        let engine = try mergeStep.mergeEngine(run, onto: dispute.movedTarget)
        let answer = try engine.merge(
            ours: dispute.ours, theirs: dispute.theirs, labels: dispute.labels)
        let conflicts = try engine.conflicts(in: answer)
        // A person is to see everything, also what git's own tree would leave out.
        let shown = try engine.wholeTree(of: answer)
        if answer.isClean {
            // The other side was taken out meanwhile: nothing is left to resolve.
            let tip = try world.makeCommit(answer.tree, parents, dispute.message, in: engine.store)
            runs.packs.hold(
                try engine.store.save(
                    reachableFrom: tip, beyond: parents, keptFor: HeldPacks.owner(run.id)))
            return try mergeStep.landing(tip, beyond: parents, run)
        }
        let path = paths.worktree(run.names, dispute.place)
        let opened = try repository.id(of: run.names.ref(.kept(dispute.owner, .resolvedFrom)))
        if let opened, try repository.commit(opened).parents == parents, Files.exists(path) {
            let resolved = try readResolution(
                at: path, conflicts, dispute, run, acceptOneSide: acceptOneSide)
            return try commit(resolved, of: dispute, in: path, opened, run)
        }
        let markers = try world.makeCommit(
            shown, parents, "Conflict to resolve: \(dispute.name)", in: engine.store)
        runs.packs.hold(
            try engine.store.save(
                reachableFrom: markers, beyond: parents, keptFor: HeldPacks.owner(run.id)))
        let branch = try run.names.branch(dispute.place)
        if try repository.id(of: branch.ref) != nil {
            // What is merged so far moved on since the conflict was opened: that state is kept, a new one opened.
            let kept = try setAside.setAside(
                run, branch, in: path, of: dispute.owner, dispute.name, as: .resolution)
            host.narrate(.note("the earlier resolution is kept at \(kept)"))
        }
        try runs.point(run, .kept(dispute.owner, .resolvedFrom), at: markers)
        try freshWorktrees.ensureWorktree(run, dispute.place, at: markers)
        // No set-up: what it reads may hold the markers.
        let name = run.names.registration(dispute.place)
        let at = ReadyPlace(place: dispute.place, name: name, path: path, commit: markers)
        try SubmoduleStep(context).fill(
            run, runs.plan(of: run), FreshPlace(name: name, path: path, commit: markers))
        try bringStep.bring(run, runs.plan(of: run), at)
        return nil
    }

    /// Commits a resolution as `git commit` concludes a merge, in its worktree.
    private func commit(
        _ resolved: ObjectID, of dispute: Dispute, in path: String, _ opened: ObjectID, _ run: RunRecord
    ) throws -> ObjectID {
        let there = try Repository(at: path)
        let branch = try run.names.branch(dispute.place)
        guard try there.currentBranch() == branch, let head = try there.headCommit() else {
            throw HybridError(
                .wrongState, path, "it is not on \(branch)",
                next: "git -C \(ShellWord.bare(path)) switch \(branch)")
        }
        let parents = [dispute.ours, dispute.theirs]
        if head != dispute.ours {
            // Such a commit is the person's own, or hybrid's from before it was killed.
            let found = try repository.commit(head)
            if head != opened, found.parents == parents, found.tree == resolved { return head }
            try there.updateReference(
                branch.ref, to: dispute.ours, expecting: head, message: "hybrid: the merge is concluded")
        }
        try DurableFile.write(
            Array("\(dispute.theirs)\n".utf8), to: there.gitDirectory + "MERGE_HEAD")
        let ours = try repository.commit(dispute.ours).tree
        let own = Set(
            try ChangeSet.betweenTrees(ours, [resolved], in: ObjectStore(repository))[0].changes.map(
                \.path.text))
        let work = Uncommitted(
            worktree: path, branch: branch, before: dispute.ours, merged: dispute.theirs,
            message: dispute.message, audited: resolved, acceptsHooks: true)
        let answer = try commitStep.commitByGit(work, base: dispute.ours, run) { paths, _, _ in
            paths.filter { !own.contains($0) }
        }
        switch answer {
        case .done(let tip): return tip
        case .refused(let words):
            throw HybridError(
                .hookRefused, "the resolution in \(path)", words,
                next: "mend it there, then: hybrid resolve \(dispute.word)")
        case .nothing, .changed, .hooksChanged:
            throw HybridError(
                .changed, path, "it changed while it was looked at",
                next: "hybrid resolve \(dispute.word)")
        }
    }

    /// What was just opened, for the person who edits it.
    private func lastOpened(_ dispute: Dispute, _ run: RunRecord) throws -> Resolution {
        let engine = try mergeStep.mergeEngine(run, onto: dispute.movedTarget)
        let answer = try engine.merge(ours: dispute.ours, theirs: dispute.theirs)
        if answer.isClean { return .resolved(run) }
        let conflicts = try engine.conflicts(in: answer)
        return .opened(
            worktree: paths.worktree(run.names, dispute.place),
            paths: conflicts.map(\.path.description))
    }

    /// The resolved tree, after proving that no marker remains and no side was dropped unseen.
    private func readResolution(
        at path: String, _ conflicts: [Conflict], _ dispute: Dispute, _ run: RunRecord, acceptOneSide: Bool
    ) throws -> ObjectID {
        let tree = try Repository(at: path).snapshotTree(
            keeping: runs.packs.keeping(run.id), leavingOut: broughtLook.isBrought(run, in: path))
        let next =
            "edit it in \(path), then: hybrid resolve \(dispute.word)"
        let ourTree = try repository.commit(dispute.ours).tree
        let theirTree = try repository.commit(dispute.theirs).tree
        var dropped = 0
        // A file that git's tree leaves out is one side's alone: to keep it drops nothing.
        let disputed = conflicts.filter { $0.kinds != [.contentLost] }
        for conflict in conflicts {
            let entry = try repository.treeEntry(conflict.path, in: tree)
            // What a filter stores may hide them: the file itself counts as well.
            let place = path.withoutFinalSlashes + "/" + conflict.path.text
            let file = entry?.isRegularFile == true ? Files.read(place) : nil
            if let entry, entry.isRegularFile, try holdsMarkers(entry, file) {
                throw HybridError(
                    .unresolved, conflict.path.description, "conflict markers are still in it", next: next)
            }
            let ourEntry = try repository.treeEntry(conflict.path, in: ourTree)
            let theirEntry = try repository.treeEntry(conflict.path, in: theirTree)
            if conflict.kinds != [.contentLost], entry == ourEntry || entry == theirEntry { dropped += 1 }
        }
        if dropped == disputed.count, !disputed.isEmpty, !acceptOneSide {
            throw HybridError(
                .unresolved, conflicts.map(\.path.description).joined(separator: ", "),
                "the resolution is one side exactly, so the other worker's change would be dropped",
                next:
                    "edit it in \(path), or if that is meant, add: --accept-one-side")
        }
        return tree
    }

    private func holdsMarkers(_ entry: TreeEntry, _ file: [UInt8]?) throws -> Bool {
        try hasMarkers(repository.blob(entry.id)) || hasMarkers(file ?? [])
    }

    private func hasMarkers(_ bytes: [UInt8]) -> Bool {
        bytes.split(separator: 10).contains { line in
            line.starts(with: "<<<<<<< ".utf8) || line.starts(with: ">>>>>>> ".utf8)
        }
    }

    /// Takes a resolved merge as the job's work: from now on the job's tip holds both sides.
    private func take(_ tip: ObjectID, _ worker: WorkerRecord, _ run: inout RunRecord, _ plan: Plan) throws {
        var worker = worker
        let wave = run.waves.count
        try runs.point(run, .wave(wave), at: run.mergedSoFar)
        try runs.point(run, .job(worker.job, .resolution), at: tip)
        try runs.point(run, .run(.integrated), at: tip)
        worker.tip = tip
        worker.wave = wave
        try worker.become(.merged)
        worker.detail = "merged by hand"
        run = try run.after(.resolved(job: worker.job, tip))
        try waveStep.settle(&run, plan, [worker])
    }
}
