internal import HybridBase
internal import HybridGit
internal import HybridMerging
package import HybridPlan
package import HybridRecords
internal import HybridSystem

/// How far a run is driven.
public enum Goal: Int, Comparable, Sendable {
    /// The workers' branches merged.
    case merged
    /// The union verified.
    case verified
    /// The target advanced.
    case landed

    /// Orders by stage.
    public static func < (a: Goal, b: Goal) -> Bool { a.rawValue < b.rawValue }
}

/// Leads a run from where it stands to a goal: the only place that knows the order of the stages.
package struct DriveStep: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }
    private var baseStep: BaseStep { BaseStep(context) }
    private var handStep: HandStep { HandStep(context) }
    private var landStep: LandStep { LandStep(context) }
    private var neighbourStep: NeighbourStep { NeighbourStep(context) }
    private var nextStep: NextStep { NextStep(context) }
    private var overlapStep: OverlapStep { OverlapStep(context) }
    private var prepareStep: PrepareStep { PrepareStep(context) }
    private var runSessions: RunSessions { RunSessions(context) }
    private var sharedStep: SharedStep { SharedStep(context) }
    private var stopStep: StopStep { StopStep(context) }
    private var targetStop: TargetStop { TargetStop(context) }
    private var verifyStep: VerifyStep { VerifyStep(context) }
    private var waveStep: WaveStep { WaveStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Takes a run from where it stands towards `goal`, stage by stage; returns where it came to rest.
    ///
    /// The same loop serves a first launch and a resume after anything: each step asks refs, worktrees and
    /// processes what is there already. With `acceptConfiguration`, what changed in shared configuration, hooks and
    /// refs while workers ran counts as the user's; with `acceptHooks` what the orchestrator or a person made may change
    /// what hooks do; with `acceptRedBase` a base that fails already stops nothing, with `acceptTarget` a target that a
    /// worker moved, or nobody knows who, is merged with; with `acceptWorktrees` what a worker changed in a worktree that
    /// is not its own stops nothing. Throws when a step could not be done; the run then stays where it was.
    package func drive(
        _ id: RunID, to goal: Goal, allowUnverified: Bool = false, finishedOnly: Bool = false,
        acceptConfiguration: Bool = false, acceptRedBase: Bool = false, acceptHooks: Bool = false,
        acceptTarget: Bool = false, acceptWorktrees: Bool = false
    ) throws -> RunRecord {
        var run = try runs.run(id)
        let lock = try runs.lock(run)
        defer { withExtendedLifetime(lock) {} }
        // Another process may have taken it further until the lock was ours.
        run = try runs.run(run.id)
        return try runSessions.session(run) {
            try drive(
                &run, to: goal, allowUnverified: allowUnverified, finishedOnly: finishedOnly,
                acceptConfiguration: acceptConfiguration, acceptRedBase: acceptRedBase,
                acceptHooks: acceptHooks, acceptTarget: acceptTarget, acceptWorktrees: acceptWorktrees)
            return run
        }
    }

    private func drive(
        _ run: inout RunRecord, to goal: Goal, allowUnverified: Bool, finishedOnly: Bool,
        acceptConfiguration: Bool, acceptRedBase: Bool, acceptHooks: Bool, acceptTarget: Bool,
        acceptWorktrees: Bool
    ) throws {
        try tellInterrupted(run)
        try attempts.settleOrphans(run)
        let plan = try runs.plan(of: run)
        // Whoever drives a run wants it to go on: what an earlier stop asked for is over.
        if run.state != .stopped { try Files.remove(attempts.stopMarker(run)) }
        if acceptConfiguration { try sharedStep.acceptShared(&run) }
        if acceptHooks, run.acceptHooks != true {
            run.acceptHooks = true
            try runs.note(run)
            try runs.writeRecord(run.id)
        }
        try baseStep.reopenBase(&run, accept: acceptRedBase)
        if acceptTarget { try targetStop.acceptTarget(&run) }
        if acceptWorktrees { try neighbourStep.acceptNeighbours(&run) }
        try nextStep.recordingProblems(of: run.id) {
            do {
                try go(&run, plan, to: goal, allowUnverified: allowUnverified, finishedOnly: finishedOnly)
            } catch is StopRequested {
                try runs.turn(&run, .stopped(during: nil))
            }
        }
        try neighbourStep.dropNeighbours(run)
        if run.adoption != nil {
            // No worker has a worktree there; what lies in it for people keeps it.
            Files.removeEmptyFolder("\(paths.worktrees)/\(run.id)")
            Files.removeEmptyFolder(paths.worktrees)
        }
    }

    private func go(
        _ run: inout RunRecord, _ plan: Plan, to goal: Goal, allowUnverified: Bool, finishedOnly: Bool
    ) throws {
        while true {
            if run.state != .stopped, !run.state.isEnd { try attempts.heedStop(run) }
            if rests(run.state, at: goal, allowUnverified: allowUnverified) { return }
            try forgetProblem(&run, plan)
            switch run.state {
            case .preparing, .pausedPrepare:
                try runs.timed(run, .prepare) {
                    try runs.step(.prepare, run) { try prepareStep.prepare(&run, plan) }
                }
                // Worktrees for people are ready now, and nothing stands in them yet.
                if run.state == .pausedPrepare || run.state == .handWorked { return }
            case .working:
                try waveStep.runWave(&run, plan)
                if run.state == .stopped { return }
            case .handWorked:
                try handStep.collectByHand(&run, plan, finishedOnly: finishedOnly)
                if run.state == .handWorked { return }
            case .integrated:
                try runs.step(.verify, run) { try verifyStep.integrateAndVerify(&run, plan) }
                if run.state == .pausedIntegrate { return }
            case .pausedIntegrate: try verifyStep.takeIntegration(&run, plan)
            case .verified, .landingPending, .unverified:
                try landStep.land(&run, plan)
                if run.state != .integrated { return }
            case .stopped:
                try stopStep.reopen(&run, plan)
                // People work there again, and say themselves when they are done.
                if run.state == .handWorked { return }
            case .landed:
                // Killed after the landing was recorded: what is proven merged goes now.
                try landStep.tidyUp(run)
                return
            case .redBase, .leftOut, .rolledBack, .verificationFailed: return
            }
        }
    }

    /// Whether a run stays where it is until somebody wants more, or something else.
    private func rests(_ state: RunState, at goal: Goal, allowUnverified: Bool) -> Bool {
        switch state {
        case .integrated, .pausedIntegrate: goal < .verified
        case .verified, .landingPending: goal < .landed
        case .unverified: goal < .landed || !allowUnverified
        // After a red verification a person asks again: the commands may have been mended outside the repository.
        case .redBase, .leftOut, .rolledBack, .verificationFailed: true
        case .preparing, .pausedPrepare, .working, .handWorked, .stopped, .landed: false
        }
    }

    /// A run that goes on has no problem any more; one that had not launched anything makes sure that no other took up
    /// meanwhile what it claims.
    private func forgetProblem(_ run: inout RunRecord, _ plan: Plan) throws {
        let stoodAside = run.state == .preparing
        guard run.problem != nil || stoodAside else { return }
        let beginning = try stoodAside ? overlapStep.beginLock() : nil
        defer { withExtendedLifetime(beginning) {} }
        if stoodAside {
            try overlapStep.refuseOverlap(
                of: plan, run: run.id, at: run.targetBefore)
        }
        guard run.problem != nil else { return }
        run.problem = nil
        try runs.note(run)
    }

    /// Says where a process that drove the run was killed; the run's lock is held, so nobody is in a step now.
    func tellInterrupted(_ run: RunRecord) throws {
        for entry in try ledger.journal(of: run.id) where entry.outcome == nil {
            try runs.conclude(entry)
            let what = entry.step?.rawValue ?? "a step of a newer version"
            let subject = entry.subject.isEmpty ? "" : " (\(entry.subject))"
            host.narrate(.note("was interrupted in: \(what)\(subject); it is done again"))
        }
    }
}
