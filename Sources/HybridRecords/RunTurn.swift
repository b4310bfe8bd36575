package import HybridBase
package import HybridGit
package import HybridPlan

/// What can happen to a run as a whole.
///
/// These are all the ways from one ``RunState`` to another: ``RunRecord/after(_:)`` says where each leads, and from where.
package enum RunTurn: Hashable, Sendable {
    /// The verify commands failed on the base, before anything was launched.
    case baseIsRed(BaseAnswer, why: String)
    /// The base is asked again; or, `accepted`, it stops nothing any more.
    case baseIsAskedAgain(accepted: Bool)
    /// The orchestrator's files are for a person to make.
    case waitsForInterfaces(why: String)
    /// The orchestrator's files are committed; workers may be launched.
    case prepared(checkpoint: ObjectID)
    /// Worktrees stand ready for the people who work in the next wave.
    case handedOut
    /// A wave is merged, and another one is to come.
    case waveIsMerged
    /// Every wave is merged; `leftOut` are the workers that are not in it, and why, of `count`.
    case settled(leftOut: [String], count: Int, landsTheRest: Bool)
    /// A person integrates before the verification.
    case waitsForIntegration(why: String)
    /// A person integrated: this is the merge now.
    case integratedByHand(ObjectID)
    /// The commit that is to land passed every verify command; `known`: what no command had to run for.
    case verified(ObjectID, known: String)
    /// There is no verify command for the commit that is to land.
    case unverified(ObjectID)
    /// The verification failed, always or now and then.
    case verificationFailed(isFlaky: Bool, why: String)
    /// The workers without whom it passes are left out of the merge.
    case rebuiltWithout([String], ObjectID)
    /// Somebody wants to know again whether it passes.
    case verificationIsAskedAgain
    /// Somebody wants what is clean to land without the rest.
    case restIsToLand
    /// The landing waits for a word of the user's, about a target that moved to where it is named.
    case landingIsHeld(LandingHold, target: ObjectID?, why: String)
    /// The target could not be moved; a remote may hold the result already.
    case landingIsPending(why: String)
    /// The target had moved and the run is merged onto it, as the landing's n-th try.
    case mergedOntoTarget(ObjectID, ObjectID, tries: Int)
    /// The target had moved and conflicts with the run.
    case conflictsWithTarget(ObjectID, tries: Int)
    /// A person resolved the conflict with the target, which stands there.
    case targetIsResolved(ObjectID, ObjectID)
    /// Jobs are done again, or something is taken in their place, in new waves; on a merge that was rebuilt without them.
    case reopened(waves: [[JobID]], on: ObjectID?, why: String)
    /// A conflict of a job's was resolved by hand: the merge so far holds it, as a wave of its own.
    case resolved(job: JobID, ObjectID)
    /// The target holds the result; `leftOut` are the workers that are not in it, and why.
    case landed(ObjectID, leftOut: [String])
    /// The target is back where it was; what had landed is kept at a ref.
    case rolledBack(to: ObjectID, keptAt: String)
    /// Ended before its end: all work is kept.
    case stopped(during: String?)
    /// Goes on where it was stopped.
    case goesOn

    /// The states in which it can happen.
    package var from: Set<RunState> {
        switch self {
        case .baseIsRed, .waitsForInterfaces, .prepared: [.preparing, .pausedPrepare]
        case .baseIsAskedAgain: [.redBase]
        case .handedOut: [.working, .handWorked]
        case .waveIsMerged: [.working]
        case .settled, .resolved, .reopened: Self.merging.union(Self.resting).union([.stopped])
        case .waitsForIntegration, .verified, .unverified, .verificationFailed, .rebuiltWithout: [.integrated]
        case .integratedByHand: [.pausedIntegrate]
        case .verificationIsAskedAgain: [.verified, .unverified, .verificationFailed, .landingPending]
        case .restIsToLand: [.leftOut, .verificationFailed]
        case .landingIsHeld, .landingIsPending, .mergedOntoTarget, .conflictsWithTarget, .landed:
            [.verified, .unverified, .landingPending]
        case .targetIsResolved: [.leftOut]
        case .rolledBack: [.landed]
        case .stopped: Set(RunState.allCases).subtracting([.landed, .rolledBack, .stopped])
        case .goesOn: [.stopped]
        }
    }

    /// Where workers' work is, or may be, merged and more may come of it.
    private static let merging: Set<RunState> = [.working, .handWorked, .integrated, .pausedIntegrate]
    /// Where a run rests until somebody says what is to become of it.
    private static let resting: Set<RunState> = [
        .leftOut, .verificationFailed, .verified, .unverified, .landingPending,
    ]
}

extension RunRecord {
    /// The run after something happened to it.
    ///
    /// Throws where that cannot happen to a run in this state: nothing of it is to be recorded then.
    package func after(_ turn: RunTurn) throws(HybridError) -> RunRecord {
        guard turn.from.contains(state) else {
            throw HybridError(
                .wrongState, "run \(id)", "it is \(state.rawValue), where this cannot happen: \(turn)",
                next: "hybrid status \(id)")
        }
        var run = self
        (run.state, run.detail) = run.take(turn)
        run.problem = nil
        run.revision = (revision ?? 0) + 1
        return run
    }

    /// Takes in what a turn says beside the state; gives that, and why.
    private mutating func take(_ turn: RunTurn) -> (RunState, String) {
        switch turn {
        case .baseIsRed(let answer, let why):
            base = answer
            return (.redBase, why)
        case .baseIsAskedAgain(let accepted):
            base = nil
            verifyAnew = accepted ? nil : true
            return (.preparing, "the base is verified again")
        case .waitsForInterfaces(let why): return (.pausedPrepare, why)
        case .prepared(let checkpoint):
            integrated = checkpoint
            return (.working, "wave 1 of \(waves.count)")
        case .handedOut: return (.handWorked, "wave \(nextWave + 1) of \(waves.count) is worked on by hand")
        case .waveIsMerged: return (.working, "wave \(nextWave + 1) of \(waves.count)")
        case .settled(let out, let count, let landsTheRest):
            if out.isEmpty { return (.integrated, "all workers merged") }
            let names = out.joined(separator: ", ")
            if out.count == count { return (.leftOut, "no worker's work could be merged: \(names)") }
            return (landsTheRest ? .integrated : .leftOut, "left out: \(names)")
        case .waitsForIntegration(let why): return (.pausedIntegrate, why)
        case .integratedByHand(let tip):
            integrated = tip
            pauseToIntegrate = false
            return (.integrated, "integrated by hand")
        case .rebuiltWithout(let names, let tip):
            verification = .failed
            integrated = tip
            return (.integrated, "left out: \(names.joined(separator: ", "))")
        case .reopened(let more, let rebuilt, let why):
            waves += more
            integrated = rebuilt ?? integrated
            verification = nil
            return (byHand ? .handWorked : .working, why)
        case .resolved(let job, let tip):
            waves.append([job])
            nextWave = waves.count
            integrated = tip
            return (state, detail)
        case .stopped(let moment):
            return (.stopped, "stopped\(moment.map { " while \($0)" } ?? ""); all work is kept")
        case .goesOn:
            let next: RunState = integrated == nil ? .preparing : byHand ? .handWorked : .working
            return (next, "goes on")
        case .verified, .unverified, .verificationFailed, .verificationIsAskedAgain, .restIsToLand,
            .landingIsHeld, .landingIsPending, .mergedOntoTarget, .conflictsWithTarget, .targetIsResolved,
            .landed, .rolledBack:
            return takeAtTheEnd(turn)
        }
    }

    /// The turns from the verification on.
    private mutating func takeAtTheEnd(_ turn: RunTurn) -> (RunState, String) {
        switch turn {
        case .verified(let tip, let known):
            (verification, verified) = (.passed, tip)
            return (.verified, "every verify command passed on \(tip.short)\(known)")
        case .unverified(let tip):
            (verification, verified) = (.unverified, tip)
            return (.unverified, "the plan names no verify command, so nothing was checked")
        case .verificationFailed(let isFlaky, let why):
            verification = isFlaky ? .flaky : .failed
            return (.verificationFailed, isFlaky ? "flaky: \(why)" : why)
        case .verificationIsAskedAgain:
            verifyAnew = true
            return (.integrated, "to be verified again")
        case .restIsToLand:
            landTheRest = true
            // Who is to be left out of a red merge is found by looking again.
            if state == .verificationFailed { verifyAnew = true }
            return (.integrated, "the rest is to land: \(detail)")
        case .landingIsHeld(let what, let moved, let why):
            (hold, heldTarget) = (what, moved ?? heldTarget)
            return (.landingPending, "\(why); nothing landed")
        case .landingIsPending(let why):
            hold = push?.pushed == nil ? nil : .pushed
            return (.landingPending, why)
        case .mergedOntoTarget(let target, let tip, let tries):
            (hold, landingTries, targetBefore, integrated) = (nil, tries, target, tip)
            return (.integrated, "merged again on \(target.short)")
        case .conflictsWithTarget(let now, let tries):
            (hold, landingTries) = (nil, tries)
            return (
                .leftOut,
                "\(target) moved to \(now.short) meanwhile, and conflicts with the run; nothing moved"
            )
        case .targetIsResolved(let now, let tip):
            (targetBefore, integrated) = (now, tip)
            return (.integrated, "the conflict with \(target) was resolved by hand")
        case .landed(let commit, let out):
            (landedCommit, hold) = (commit, nil)
            let rest = out.isEmpty ? "" : "; left out: \(out.joined(separator: ", "))"
            return (.landed, "\(target) is at \(commit.short)\(rest)")
        case .rolledBack(let before, let ref):
            return (.rolledBack, "\(target) is back at \(before.short); what had landed is kept at \(ref)")
        default: return (state, detail)
        }
    }
}
