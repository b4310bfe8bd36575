internal import HybridGit

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

extension Conductor {
    /// Takes a run from where it stands towards `goal`, stage by stage; returns where it came to rest.
    ///
    /// The same loop serves a first launch and a resume after anything: each step asks refs, worktrees and
    /// processes what is there already. Throws when a step could not be done; the run then stays where it was.
    public func drive(
        _ id: String, to goal: Goal, allowUnverified: Bool = false, finishedOnly: Bool = false
    ) throws -> RunRecord {
        var run = try self.run(id)
        let lock = try lock(run)
        defer { withExtendedLifetime(lock) {} }
        let plan = try plan(of: run)
        while true {
            switch run.state {
            case .preparing, .pausedPrepare:
                try timed(run, .prepare) { try prepare(&run, plan) }
                if run.state == .pausedPrepare { return run }
            case .working:
                try runWave(&run, plan)
                if run.state == .stopped { return run }
            case .handWorked:
                try collectByHand(&run, plan, finishedOnly: finishedOnly)
                if run.state == .handWorked { return run }
            case .integrated:
                if goal < .verified { return run }
                try integrateAndVerify(&run, plan)
                if run.state == .pausedIntegrate { return run }
            case .pausedIntegrate:
                if goal < .verified { return run }
                try takeIntegration(&run, plan)
            case .verified, .landingPending:
                if goal < .landed { return run }
                try land(&run, plan)
                if run.state != .integrated { return run }
            case .unverified:
                guard goal >= .landed, allowUnverified else { return run }
                try land(&run, plan)
                if run.state != .integrated { return run }
            case .verificationFailed:
                // A person asks again: the commands may have been mended outside the repository.
                return run
            case .stopped:
                try reopen(&run)
            case .leftOut, .landed, .rolledBack: return run
            }
        }
    }
}
