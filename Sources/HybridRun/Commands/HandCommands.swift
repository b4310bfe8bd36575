internal import HybridBase
internal import HybridGit
internal import HybridMerging
package import HybridPlan
package import HybridRecords
internal import HybridUserGit

/// The stages one by one, as a person calls them: prepare, verify, land.
package struct HandCommands: RunPart {
    let context: RunContext
    private var driveStep: DriveStep { DriveStep(context) }
    private var nextStep: NextStep { NextStep(context) }
    private var prepareStep: PrepareStep { PrepareStep(context) }
    private var runSessions: RunSessions { RunSessions(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Takes a run that people launch by hand to the point where they can begin.
    package func prepareByHand(_ id: RunID) throws -> RunRecord {
        var run = try runs.run(id)
        let lock = try runs.lock(run)
        defer { withExtendedLifetime(lock) {} }
        // Another process may have taken it further until the lock was ours.
        run = try runs.run(run.id)
        let plan = try runs.plan(of: run)
        return try runSessions.session(run) {
            try nextStep.recordingProblems(of: run.id) {
                do {
                    try runs.timed(run, .prepare) {
                        try runs.step(.prepare, run) { try prepareStep.prepare(&run, plan) }
                    }
                } catch is StopRequested {
                    try runs.turn(&run, .stopped(during: nil))
                }
            }
            return run
        }
    }

    /// Verifies a merged run anew, whatever an earlier verification said.
    package func verifyAgain(_ id: RunID) throws -> RunRecord {
        var run = try runs.run(id)
        switch run.state {
        case .verified, .unverified, .verificationFailed, .landingPending:
            do {
                let lock = try runs.lock(run)
                defer { withExtendedLifetime(lock) {} }
                // Another process may have taken it further until the lock was ours.
                run = try runs.run(run.id)
                try runSessions.session(run) { try runs.turn(&run, .verificationIsAskedAgain) }
            }
        case .integrated, .pausedIntegrate: break
        default:
            throw HybridError(
                .wrongState, "run \(run.id)",
                "it is \(run.state.rawValue), so there is nothing merged to verify",
                next: try nextStep.nextStep(run, runs.workers(of: run)) ?? "hybrid report \(run.id)")
        }
        return try driveStep.drive(id, to: .verified)
    }

    /// Lands a run; `theRest` lands what is clean and verified without what was left out, as a plan can say it.
    ///
    /// With `remote`, that has it first: what it does not take lands nowhere. An empty name lands it here only, whatever
    /// was said before.
    package func land(
        _ id: RunID, allowUnverified: Bool, theRest: Bool, pushingTo remote: String? = nil
    ) throws -> RunRecord {
        if let remote { try notePush(to: remote, id) }
        let run = try runs.run(id)
        switch run.state {
        case .leftOut where theRest, .verificationFailed where theRest: try takeTheRest(of: run.id)
        case .integrated, .pausedIntegrate, .verified, .landingPending, .unverified: break
        case .landed, .rolledBack, .preparing, .redBase, .pausedPrepare, .working, .handWorked, .stopped,
            .verificationFailed, .leftOut:
            throw HybridError(
                .wrongState, "run \(run.id)", "it is \(run.state.rawValue): \(run.detail)",
                next: try nextStep.nextStep(run, runs.workers(of: run)) ?? "hybrid report \(run.id)")
        }
        return try driveStep.drive(id, to: .landed, allowUnverified: allowUnverified)
    }

    /// Writes down where what lands is to be pushed; throws where another remote has it already.
    private func notePush(to remote: String, _ id: RunID) throws {
        var run = try runs.run(id)
        let lock = try runs.lock(run)
        defer { withExtendedLifetime(lock) {} }
        run = try runs.run(id)
        if let push = run.push, push.pushed != nil, push.remote != remote {
            throw HybridError(
                .wrongState, "run \(id)", "\(push.remote) has what it lands already",
                next: "hybrid land \(id)")
        }
        if run.state == .landed || run.state == .rolledBack || run.push?.remote == remote { return }
        run.push = remote.isEmpty ? nil : PushRecord(remote: remote)
        try runs.note(run)
        try runs.writeRecord(id)
    }

    /// Writes down that a run lands without what was left out, and readies it to be verified as that.
    private func takeTheRest(of id: RunID) throws {
        var run = try runs.run(id)
        let lock = try runs.lock(run)
        defer { withExtendedLifetime(lock) {} }
        // Another process may have taken it further until the lock was ours.
        run = try runs.run(id)
        guard run.state == .leftOut || run.state == .verificationFailed else { return }
        let all = try runs.workers(of: run)
        let merged = all.filter { $0.state == .merged }
        if merged.isEmpty || run.state == .leftOut && merged.count == all.count {
            throw HybridError(
                .wrongState, "run \(run.id)",
                merged.isEmpty ? "nothing was merged, so nothing is left to land" : run.detail,
                next: try nextStep.stepFromRest(run, all) ?? "hybrid report \(run.id)")
        }
        try runSessions.session(run) { try runs.turn(&run, .restIsToLand) }
    }
}
