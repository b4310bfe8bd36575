internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Moves the target to what was verified, in one swap.
struct LandStep: RunPart {
    let context: RunContext
    private var besideJudge: BesideJudge { BesideJudge(context) }
    private var checkoutMove: CheckoutMove { CheckoutMove(context) }
    private var cleanStep: CleanStep { CleanStep(context) }
    private var mergeStep: MergeStep { MergeStep(context) }
    private var neighbourStep: NeighbourStep { NeighbourStep(context) }
    private var pushStep: PushStep { PushStep(context) }
    private var ruledHistory: RuledHistory { RuledHistory(context) }
    private var targetStop: TargetStop { TargetStop(context) }

    init(_ context: RunContext) { self.context = context }

    /// How often a landing starts again because the target moved under it.
    static let landingTries = 3
    /// How long one landing waits for another's, in seconds; a landing moves one branch.
    static let landingPatience = 60.0

    /// Takes the lock of all landings in this repository.
    func landingLock(_ run: RunRecord) throws(HybridError) -> RunLock {
        try RunLock(
            paths.hybrid + "/land.lock", what: "the target branch \(run.target)",
            patience: Self.landingPatience)
    }

    /// Stage 8: the target moves once, by compare-and-swap, to exactly what was verified.
    ///
    /// A target that moved meanwhile sends the run back to `integrated` on the new tip.
    func land(_ run: inout RunRecord, _ plan: Plan) throws {
        let landing = try landingLock(run)
        defer { withExtendedLifetime(landing) {} }
        if try neighbourStep.holdForNeighbours(&run) { return }
        let branch = run.target
        guard let candidate = try repository.id(of: run.names.ref(.run(.candidate))) else {
            throw HybridError(
                .wrongState, "run \(run.id)", "nothing was integrated yet", next: "hybrid verify \(run.id)")
        }
        if let verified = run.verified, verified != candidate {
            throw HybridError(
                .changed, run.names.name(.run(.candidate)),
                "it names \(candidate.short), but what was verified is \(verified.short); nothing landed",
                next: "hybrid verify \(run.id)")
        }
        let expected = run.targetBefore
        guard let now = try repository.id(of: branch.ref) else {
            let move = try targetStop.targetInquiry(run).move(from: expected, to: nil)
            let who = if case .workers = move.mover { " (\(try targetStop.words(move, run)))" } else { "" }
            throw HybridError(
                .noSuchRevision, "branch \(branch)", "it is gone, so there is nothing to land on\(who)",
                next: "git branch \(branch) \(run.targetBefore.short), then: hybrid land \(run.id)")
        }
        if try now == candidate || repository.isAncestor(candidate, of: now) {
            if now != candidate, try targetStop.holdForTarget(&run, plan, from: candidate, to: now) { return }
            // Killed between the swap and the ledger, or finished by the printed command.
            if let there = try repository.worktree(checkedOut: branch),
                let reason = try checkoutMove.takeBackKilledMove(run, there, branch, from: now, to: nil)
            {
                host.narrate(.note(reason))
            }
            if let push = run.push, push.pushed != candidate, now == candidate {
                guard try self.push(&run, plan, candidate, base: expected) else { return }
            }
            try landed(&run, plan, candidate)
            return
        }
        // Behind a remote that was merged with, the target here is not any more where the merge stands.
        let isBehind = try run.push != nil && repository.isAncestor(now, of: expected)
        guard now == expected || isBehind else {
            try refusePushed(run, now)
            if try targetStop.holdForTarget(&run, plan, from: expected, to: now) { return }
            try rebase(&run, plan, onto: now)
            return
        }
        try ruledHistory.refuseUnsigned(candidate, onto: expected, run)
        // A checkout would run a filter that a worker's attributes name.
        let changed = try ChangeSet.between(base: now, tip: candidate, in: repository).changes
        if changed.contains(where: { $0.path.text.hasSuffix(".gitattributes") }) {
            let tree = try repository.commit(candidate).tree
            let own = run.names.registration(.check(1))
            if let reason = try repository.refusedFilter(in: tree, registration: own) {
                throw HybridError(
                    .unsupported, "the landing", reason, next: "look at it with: hybrid report \(run.id)")
            }
        }
        guard try push(&run, plan, candidate, base: expected) else { return }
        host.narrate(.stage(.advance, "\(branch) to \(candidate.short)"))
        try runs.point(run, .run(.targetBefore), at: now)
        let moved = try runs.timed(run, .advance) {
            try runs.step(.advance, run) { try advance(run, branch, from: now, to: candidate) }
        }
        switch moved {
        case .moved: try landed(&run, plan, candidate)
        case .pending(let reason, let remedy):
            let pushed =
                run.push?.pushed.map { "\(run.push?.remote ?? "")/\(branch) is at \($0.short); " } ?? ""
            let why = "\(pushed)\(reason); \(remedy), then: hybrid land \(run.id)"
            try runs.turn(&run, .landingIsPending(why: why))
        }
    }

    /// Brings what is to land to the remote, where the user wants that; gives whether the target may move here.
    ///
    /// A remote that moved is merged with, and integrated and verified again; its hooks, and the user's, have their say.
    private func push(
        _ run: inout RunRecord, _ plan: Plan, _ candidate: ObjectID, base: ObjectID
    ) throws -> Bool {
        guard let remote = run.push?.remote, run.push?.pushed != candidate else { return true }
        let answer = try runs.timed(run, .advance) {
            try runs.step(.push, run, remote) { try pushStep.push(run, remote, candidate, base: base) }
        }
        switch answer {
        case .there:
            run.push?.pushed = candidate
            try runs.note(run)
            // Whoever loses the ledger now must know that it is not only here.
            try runs.writeRecord(run.id)
            return true
        case .moved(let there):
            host.narrate(
                .note("\(remote)/\(run.target) moved to \(there.short) meanwhile; nothing was pushed"))
            try rebase(&run, plan, onto: there, of: remote)
        case .refused(let words):
            let why =
                "\(remote) does not take it: \(words); nothing moved, then: hybrid land \(run.id) --push \(remote)"
            try runs.turn(&run, .landingIsPending(why: why))
        }
        return false
    }

    /// Throws where the target moved here although a remote holds the result already: to merge with that is the user's.
    private func refusePushed(_ run: RunRecord, _ now: ObjectID) throws {
        guard let push = run.push, let pushed = push.pushed else { return }
        throw HybridError(
            .changed, "branch \(run.target)",
            "it moved to \(now.short) here, and \(push.remote)/\(run.target) has the result already (\(pushed.short))",
            next: "git merge \(pushed), then: hybrid land \(run.id)")
    }

    enum Advance {
        case moved
        case pending(String, remedy: String)
    }

    /// Moves a branch that nobody has checked out by compare-and-swap, one that is by the user's own git.
    private func advance(
        _ run: RunRecord, _ branch: BranchName, from old: ObjectID, to new: ObjectID
    ) throws -> Advance {
        guard let there = try repository.worktree(checkedOut: branch) else {
            // Its reflog names who git says it is.
            _ = try world.identity()
            try repository.updateReference(
                branch.ref, to: new, expecting: old, message: "hybrid \(run.id): land \(neutralise(run.task))"
            )
            return .moved
        }
        let command = "git -C \(ShellWord.bare(there.path)) merge --ff-only --no-overwrite-ignore \(new)"
        let finish = "to finish: \(command)"
        if let reason = try checkoutMove.takeBackKilledMove(run, there, branch, from: old, to: new) {
            return .pending(reason, remedy: finish)
        }
        let checkout = try TargetCheckout(there)
        if let operation = checkout.operation {
            return .pending(
                operation, remedy: "finish or abort it (git -C \(ShellWord.bare(there.path)) status)")
        }
        if let reason = try checkout.obstacle(
            to: ChangeSet.between(base: old, tip: new, in: repository).changes)
        {
            return .pending(reason, remedy: finish)
        }
        // Without the second word git overwrites ignored files that are in the way; the third outweighs a branch's own
        // mergeOptions, the fourth leaves alone what the user has not committed.
        let status = try checkoutMove.runGit(
            run,
            [
                "merge", "--ff-only", "--no-overwrite-ignore", "--no-squash", "--no-autostash",
                new.description,
            ],
            in: there.path)
        guard status.outcome == .exited(0), try repository.id(of: branch.ref) == new else {
            // What a killed git left would stop the printed command, too.
            let left = try checkoutMove.takeBackKilledMove(run, there, branch, from: old, to: new)
            let reason = [
                "git merge --ff-only in \(there.path) \(checkoutMove.wordsOfGit(run, status))", left,
            ]
            return .pending(reason.compactMap { $0 }.joined(separator: "; "), remedy: finish)
        }
        return .moved
    }

    /// The target moved: the run's history is merged onto it, and integration and verification come again.
    ///
    /// Where it is a remote's branch that moved and conflicts, it is for the user to bring that here first.
    private func rebase(
        _ run: inout RunRecord, _ plan: Plan, onto now: ObjectID, of remote: String? = nil
    ) throws {
        let tries = run.landingTries + 1
        guard tries <= Self.landingTries else {
            run.landingTries = 0
            try runs.note(run)
            throw HybridError(
                .changed, "branch \(run.target)",
                "it moved \(Self.landingTries) times while the run tried to land",
                next: "when it is quiet: hybrid land \(run.id)")
        }
        host.narrate(.note("\(run.target) moved to \(now.short) meanwhile: merging and verifying again"))
        let merged = run.mergedSoFar
        let engine = try mergeStep.mergeEngine(run, onto: now)
        let fold = try runs.timed(run, .merge) { try mergeStep.joinFold(merged, onto: now, run, in: engine) }
        guard fold.leftOut.isEmpty else {
            try reportTargetConflict(fold, run)
            if let remote {
                let there = try repository.worktree(checkedOut: run.target)
                let bring =
                    there.map { "git -C \(ShellWord.bare($0.path)) merge --ff-only \(now)" }
                    ?? "git fetch . \(now):refs/heads/\(run.target)"
                let why =
                    "\(remote)/\(run.target) moved to \(now.short) and conflicts with the run; bring it here: \(bring), "
                    + "then: hybrid land \(run.id)"
                return try runs.turn(&run, .landingIsPending(why: why))
            }
            try runs.turn(&run, .conflictsWithTarget(now, tries: tries))
            return
        }
        runs.packs.hold(try engine.store.save(reachableFrom: fold.tip, keptFor: HeldPacks.owner(run.id)))
        let tip = try mergeStep.landing(fold.tip, beyond: [merged, now], run)
        try runs.turn(
            &run, .mergedOntoTarget(now, tip, tries: tries), pointing: [.run(.integrated): tip])
    }

    private func reportTargetConflict(_ fold: Fold, _ run: RunRecord) throws {
        let workers = try runs.workers(of: run).filter { $0.state == .merged }
        for out in fold.leftOut {
            guard case .conflict(_, let conflicts) = out.reason else { continue }
            for conflict in conflicts {
                let concerned = try workers.filter { worker in
                    try ChangeSet.between(
                        base: try worker.started(), tip: try worker.collected(),
                        in: repository
                    ).changes.contains { $0.path == conflict.path }
                }
                let names = concerned.isEmpty ? "the run" : concerned.map(\.name).joined(separator: ", ")
                try runs.note(
                    mergeStep.finding(
                        conflict, run, jobs: concerned.map(\.job), first: names, second: run.target.text))
            }
        }
    }

    /// What follows a landing: durable record first, then only what is proven merged is removed.
    private func landed(_ run: inout RunRecord, _ plan: Plan, _ commit: ObjectID) throws {
        try runs.step(.landed, run) {
            var workers = try runs.workers(of: run)
            for index in workers.indices where workers[index].state == .merged {
                try workers[index].become(.landed)
            }
            let out = workers.filter { $0.state != .landed }.map { "\($0.name) (\($0.state.rawValue))" }
            try runs.turn(
                &run, .landed(commit, leftOut: out), workers, pointing: [.run(.landed): commit])
        }
        try tidyUp(run)
    }

    /// Removes what is proven merged and says what stays.
    func tidyUp(_ run: RunRecord) throws {
        if try !repository.tips(prefix: run.names.folders[1]).isEmpty {
            try runs.timed(run, .clean) {
                try runs.step(.clean, run) {
                    for kept in try cleanStep.removeMerged(run) { host.narrate(.note(kept)) }
                }
                try besideJudge.dropLandedBeside(run)
            }
        } else {
            try besideJudge.dropLandedBeside(run)
        }
    }
}
