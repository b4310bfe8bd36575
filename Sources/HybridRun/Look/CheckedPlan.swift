public import HybridGit
public import HybridPlan

/// A plan that was checked on its target's tip and may run: a run begins with nothing else.
///
/// Only ``Inspection/checked(_:inWaves:)`` makes one, so that no plan runs whose claims were not held against each other.
public struct CheckedPlan: Sendable {
    /// The plan, with waves in it where they were asked for and needed.
    public let plan: Plan
    /// The branch that the run integrates into.
    public let target: BranchName
    /// The commit that it was checked on, where the run begins.
    public let base: ObjectID
    /// Jobs by their place in the plan, in the waves that run one after the other.
    public let waves: [[Int]]
    /// What was found that stops nothing.
    public let warnings: [String]
}

/// What a check said before a run.
public enum CheckVerdict: Sendable {
    /// The plan may run.
    case mayRun(CheckedPlan)
    /// It may not; the report says why, of the plan as it was tried.
    case refused(CheckReport, Plan)
}

extension Inspection {
    /// Checks a plan for a run; `inWaves` puts jobs that overlap one after the other instead of refusing them.
    ///
    /// Throws what ``check(_:)`` throws.
    ///
    ///     switch try inspection.checked(plan, inWaves: false) {
    ///     case .mayRun(let checked): ...
    ///     case .refused(let report, let plan): print(report.text(plan: plan))
    ///     }
    public func checked(_ plan: Plan, inWaves: Bool) throws -> CheckVerdict {
        let target = try target(of: plan)
        var (plan, report) = (plan, try check(plan, on: target.tip))
        if inWaves, !report.overlaps.isEmpty, let repaired = try report.repairedByWaves(plan) {
            plan = repaired
            report = try check(plan, on: target.tip)
        }
        guard report.mayRun else { return .refused(report, plan) }
        return .mayRun(
            CheckedPlan(
                plan: plan, target: target.branch, base: target.tip, waves: report.waves,
                warnings: report.warnings))
    }
}
