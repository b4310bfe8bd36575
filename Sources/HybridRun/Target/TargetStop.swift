internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// A target that moved while workers worked: whose doing, and what a person is asked.
struct TargetStop: RunPart {
    let context: RunContext
    private var auditStep: AuditStep { AuditStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// Asks who moved the target, among the workers of this run and of every other that is open.
    func targetInquiry(_ run: RunRecord) throws -> TargetInquiry {
        let all = try ledger.runs()
        let concerned = all.filter { $0.id == run.id || $0.state.isOpen }
        var suspects: [TargetSuspect] = []
        for other in concerned {
            for worker in try runs.workers(of: other) where worker.base != nil {
                let name = neutralise(worker.name)
                suspects.append(
                    TargetSuspect(
                        names: other.names, worker: worker,
                        name: other.id == run.id ? name : "\(name) of run \(other.id)"))
            }
        }
        var landings: [(run: RunID, commit: ObjectID)] = []
        for other in all where other.id != run.id && other.target == run.target {
            let place: RunRef.Own = other.state == .rolledBack ? .targetBefore : .landed
            if let commit = try repository.id(of: other.names.ref(.run(place))) {
                landings.append((other.id, commit))
            }
        }
        return TargetInquiry(
            repository: repository, target: run.target, suspects: suspects,
            deeds: concerned.map { ($0.id, Deed.read(paths.file($0.id, .deeds))) }, landings: landings)
    }

    /// Stops a landing whose target moved in a way that is not the user's: what was not audited is not merged with.
    ///
    /// Gives whether it stopped. A worker's commits there are audited against its claims, and each breach is told.
    func holdForTarget(
        _ run: inout RunRecord, _ plan: Plan, from old: ObjectID, to new: ObjectID
    ) throws -> Bool {
        if run.acceptedTarget == new { return false }
        let move = try targetInquiry(run).move(from: old, to: new)
        if move.isUsers { return false }
        if case .workers = move.mover, !move.isBackwards { try auditTarget(move, run, plan) }
        let text = try words(move, run)
        let undo = try undoing(move, run)
        var found = FindingRecord(
            run: run.id, kind: .breach, jobs: try jobs(of: move, run), message: text, undo: undo)
        found.changedAt = move.deed.map { Double($0.time) }
        try runs.note(found)
        host.narrate(.note(text))
        try runs.turn(&run, .landingIsHeld(.target, target: new, why: text))
        return true
    }

    /// Writes down what the run's own commands committed in a worktree that is about to go, its reflog with it.
    func noteCommits(inWorktree name: String) throws {
        guard let run = RunNames.parse(registration: name)?.run else { return }
        let made = try repository.headReflog(worktree: name).filter(\.isMaking)
        if made.isEmpty { return }
        let place = repository.commonDirectory + "worktrees/" + name
        let lines = made.map { entry in
            Deed.line(commit: entry.new, time: entry.time, command: "a command of the run", in: place)
        }
        try DurableFile.append(Array(lines.joined().utf8), to: paths.file(run, .deeds))
    }

    /// The target as it was told counts as the user's; where it moved again, that is asked anew.
    func acceptTarget(_ run: inout RunRecord) throws {
        guard run.hold == .target else { return }
        for finding in try ledger.findings(of: run.id)
        where finding.kind == .breach && finding.accepted != true
            && (finding.message.hasPrefix(Self.movedTarget) || finding.message.contains(Self.onTarget))
        {
            var accepted = finding
            accepted.accepted = true
            try runs.revise(finding, by: accepted)
        }
        run.acceptedTarget = run.heldTarget
        run.hold = nil
        try runs.note(run)
        try runs.writeRecord(run.id)
    }

    /// How the finding of a moved target begins.
    private static let movedTarget = "target moved"
    /// What tells a breach on the target from one on a worker's branch.
    private static let onTarget = ", on the target itself"

    /// Says who moved the target, in one line.
    func words(_ move: TargetMove, _ run: RunRecord) throws -> String {
        let was = "\(run.target) was \(move.old.short), is \(move.new?.short ?? "gone")"
        let how = move.deed.map { " (\($0.said))" } ?? ""
        let back = move.isBackwards && move.new != nil ? " back" : ""
        switch move.mover {
        case .workers(let names):
            return "\(Self.movedTarget)\(back) by \(names.joined(separator: ", "))\(how): \(was)"
        case .hybrid(let other): return "\(Self.movedTarget)\(back) by run \(other): \(was)"
        case .user, .unknown(holding: []):
            return "\(Self.movedTarget)\(back), by whom unknown: \(was)"
                + (move.isBackwards ? ", and a landing would bring back what it does not hold any more" : "")
        case .unknown(let names):
            return "\(Self.movedTarget)\(back), by whom unknown: \(was), which holds work of "
                + names.joined(separator: ", ")
        }
    }

    private func jobs(of move: TargetMove, _ run: RunRecord) throws -> [JobID] {
        let names: [String]
        switch move.mover {
        case .workers(let found), .unknown(let found): names = found
        case .user, .hybrid: names = []
        }
        return try runs.workers(of: run).filter { names.contains(neutralise($0.name)) }.map(\.job)
    }

    /// Holds what a worker put on the target against its claims.
    private func auditTarget(_ move: TargetMove, _ run: RunRecord, _ plan: Plan) throws {
        guard let new = move.new else { return }
        let own = try jobs(of: move, run)
        let tip = try CommitTree(repository, commit: new)
        for worker in try runs.workers(of: run) where own.contains(worker.job) {
            for breach in try auditStep.breaches(
                of: worker, run, runs.granted(plan, run), from: move.old, to: tip)
            {
                let path = RepoPath(breach.path).description
                let message =
                    "\(neutralise(worker.name)) touched \(path)\(Self.onTarget): \(breach.reason)"
                    + (breach.owner.map { "; it belongs to \($0)" } ?? "")
                try runs.note(
                    FindingRecord(
                        run: run.id, kind: .breach, jobs: [worker.job], path: path, message: message))
                host.narrate(.note(message))
            }
        }
    }

    /// The command that puts the target back where the run expects it.
    ///
    /// Where it is checked out and its index still holds the old commit's files, only the ref moved, and moves back.
    func undoing(_ move: TargetMove, _ run: RunRecord) throws -> String? {
        let branch = run.target
        var place = try repository.worktree(checkedOut: branch)?.path
        if let new = move.new, let there = place, Files.exists(there) {
            let staged = Set(try Repository(at: there).stagedChanges().map(\.path))
            let moved = try ChangeSet.between(base: move.old, tip: new, in: repository).changes.map(\.path)
            if !moved.isEmpty, staged.isSuperset(of: moved) { place = nil }
        }
        return SharedUndo.ref(
            branch.ref.text, was: move.old.description, now: move.new?.description, checkedOutIn: place
        ).command
    }
}
