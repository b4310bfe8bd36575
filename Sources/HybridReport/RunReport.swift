internal import HybridGit
internal import HybridMerging
package import HybridPlan
public import HybridRecords

/// All that is to be told about a run; renderers only render it.
public struct RunReport: Sendable {
    /// The run.
    public var run: RunRecord
    /// Its workers, in plan order.
    public var workers: [WorkerRecord]
    /// What was found, in order.
    public var findings: [FindingRecord]
    /// Its stages' times.
    public var stages: [StageRecord]
    /// The integration checklist's answers.
    public var checklist: [ChecklistItem]
    /// What it cost and gained.
    public var measures: Measures
    /// The command that takes it further; nil when nothing is left to do.
    public var next: String?

    package init(
        run: RunRecord, workers: [WorkerRecord], findings: [FindingRecord], stages: [StageRecord],
        checklist: [ChecklistItem], measures: Measures, next: String? = nil
    ) {
        self.run = run
        self.workers = workers
        self.findings = findings
        self.stages = stages
        self.checklist = checklist
        self.measures = measures
        self.next = next
    }

    /// What happened, in a few words.
    public var headline: String {
        switch run.state {
        case .landed: "landed"
        case .unverified: "unverified: the target did not move"
        case .leftOut: "not landed: workers were left out"
        case .verificationFailed:
            "not landed: verification \(run.verification == .flaky ? "is flaky" : "failed")"
        case .landingPending where run.hold == .target: "not landed: the target was moved"
        case .landingPending where run.hold == .worktrees:
            "not landed: a worker changed a worktree that is not its own"
        case .landingPending: "verified, but the target could not be moved yet"
        case .verified: "verified, not yet landed"
        case .rolledBack: "rolled back"
        case .stopped: "stopped"
        case .pausedPrepare, .pausedIntegrate: "waiting for a person"
        case .redBase: "not begun: the base is red"
        case .preparing, .working, .handWorked: "under way"
        case .integrated: "merged, not yet verified"
        }
    }

    /// A name for a job's id.
    package func name(_ job: JobID) -> String { workers.first { $0.job == job }?.name ?? job.text }
}
