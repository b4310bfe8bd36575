internal import HybridBase
internal import HybridGit
public import HybridPlan
internal import HybridSystem

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// All that a run's ref `refs/hybrid/RUN/record` keeps: what the ledger says of it, but for the stages' times.
///
/// With it the run can go on when the ledger is gone.
public struct RecordedRun: Codable, Hashable, Sendable {
    /// The form of the record that this program writes.
    public static let currentVersion = 1

    /// The record's form.
    public var version = RecordedRun.currentVersion
    /// The run.
    public var run: RunRecord
    /// Its workers, in plan order.
    public var workers: [WorkerRecord]
    /// What was found.
    public var findings: [FindingRecord]
    /// What its workers were granted.
    public var grants: [ClaimGrant]
    /// The answers to its integration checklist.
    public var checklist: [ChecklistItem]
    /// What was kept to be compared with, by name, each with how often it was written; nil in older versions' records.
    public var baselines: [String: Int]?

    /// Makes a record.
    public init(
        run: RunRecord, workers: [WorkerRecord], findings: [FindingRecord] = [], grants: [ClaimGrant] = [],
        checklist: [ChecklistItem] = [], baselines: [String: Int]? = nil
    ) {
        self.baselines = baselines
        self.run = run
        self.workers = workers
        self.findings = findings
        self.grants = grants
        self.checklist = checklist
    }

    /// Reads what a ref keeps; `ref` is its name, `id` the run that it must be about.
    ///
    /// Throws `HybridError` naming the ref where the bytes are no record, or one that no run could be led by.
    public init(_ bytes: [UInt8], ref: String, run id: RunID) throws {
        struct Form: Decodable { var version: Int }
        let form: Form
        do {
            form = try JSONDecoder().decode(Form.self, from: Data(bytes))
        } catch {
            throw HybridError(
                .recordDamaged, ref, "it holds no record of a run", next: "look at it: git show \(ref)")
        }
        guard form.version <= Self.currentVersion else {
            throw HybridError(
                .newerFormat, ref, "it was written by a newer hybrid (format \(form.version))",
                next: "use that version in this repository")
        }
        do {
            self = try JSONDecoder().decode(RecordedRun.self, from: Data(bytes))
        } catch {
            throw HybridError(
                .recordDamaged, ref, "the record is damaged", next: "look at it: git show \(ref)")
        }
        if let problem = problem(id) {
            throw HybridError(
                .recordDamaged, ref, "the record is damaged: \(problem)", next: "look at it: git show \(ref)")
        }
    }

    /// The record as bytes; the same record is the same bytes.
    public func bytes() throws -> [UInt8] { try DurableFile.encode(self) }

    /// What keeps a run from being led by this record; nil where nothing does.
    ///
    /// Everything that the stages index by or loop over is looked at, so that a damaged record is refused here.
    package func problem(_ id: RunID) -> String? {
        guard run.id == id else { return "it is of another run" }
        let plan: Plan
        do {
            plan = try Plan.parse(
                recorded: run.plan, file: "plan of run \(id)", mayClaimNothing: run.adoption != nil)
        } catch {
            return "\(error)"
        }
        guard workers.map(\.job) == plan.jobs.map(\.id), workers.map(\.index) == Array(plan.jobs.indices)
        else { return "its workers are not the plan's jobs" }
        guard workers.allSatisfy({ $0.run == id && $0.attempt >= 0 && $0.wave >= 0 }) else {
            return "a worker is of another run"
        }
        guard
            workers.allSatisfy({
                $0.branch.text == RunNames.branchText(id, job: $0.job) && $0.worktree.hasPrefix("/")
            })
        else { return "a worker's branch or worktree is none of this run's" }
        let jobs = Set(workers.map(\.job))
        guard (0...run.waves.count).contains(run.nextWave), run.parallel > 0,
            run.waves.allSatisfy({ $0.allSatisfy(jobs.contains) })
        else { return "its waves are not the plan's" }
        guard findings.allSatisfy({ $0.run == id }),
            grants.allSatisfy({ $0.run == id && jobs.contains($0.job) })
        else { return "what was found or granted is of another run" }
        return nil
    }
}
