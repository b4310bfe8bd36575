public import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// The plan file says something else now of jobs that are to be done again, and nobody has agreed to that yet.
///
/// Workers can reach that file, so what it says is used only after a person's word.
public struct PlanChanged: ToldError, Hashable, Sendable, CustomStringConvertible {
    /// The plan's file.
    public var file: String
    /// What is gone (`-`) and new (`+`), job by job.
    public var difference: [String]
    /// Names exactly this change: `hybrid retry --accept-plan DIGEST`.
    public var digest: String
    /// The command as it was typed, without options.
    var retry: String

    /// The same in one line.
    public var description: String { "\(told[0])" }

    /// The change, and how to agree to it.
    package var told: [HybridError] {
        [
            HybridError(
                .changed, RepoPath(file).description,
                "it says something else now than when the run began: " + difference.joined(separator: "; "),
                next:
                    "if that is what you want: \(retry) --accept-plan \(digest), or with the run's own plan: \(retry) --keep-plan"
            )
        ]
    }
}

/// What is to become of a plan file that changed.
public enum PlanAnswer: Hashable, Sendable {
    /// Nobody was asked yet.
    case unasked
    /// The change with this digest is used.
    case accept(String)
    /// The plan as the run has it is used.
    case keep
}

/// Takes the plan file as it is now for jobs that are done again.
struct PlanEdit: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// The run's plan with what the file says now of these jobs; nil where it says what it said.
    ///
    /// Throws ``PlanChanged`` where it says something else and nobody agreed, and where new claims meet other jobs'.
    func changed(_ run: RunRecord, _ jobs: [JobID], _ answer: PlanAnswer) throws -> Plan? {
        // An adopted run has no plan file: what its branches are now is read anew.
        guard answer != .keep, run.adoption == nil, let file = try read(run) else { return nil }
        let old = try runs.checkedPlan(of: run)
        var new = old
        var difference: [String] = []
        for id in jobs {
            guard let index = old.jobs.firstIndex(where: { $0.id == id }),
                let now = file.jobs.first(where: { $0.id == id })
            else { continue }
            let edited = Self.merged(old.jobs[index], now)
            if edited == old.jobs[index] { continue }
            difference += try Self.lines(old.jobs[index], edited)
            new.jobs[index] = edited
        }
        if difference.isEmpty {
            host.narrate(
                .note("the plan file says of \(jobs.map(\.text).joined(separator: ", ")) what it said before")
            )
            return nil
        }
        let digest = String(SHA256.hash(Array(try new.json().utf8)).hexText.prefix(12))
        guard answer == .accept(digest) else {
            throw PlanChanged(
                file: run.planPath, difference: difference, digest: digest,
                retry: "hybrid retry \(jobs.map(\.text).joined(separator: " ")) --run \(run.id)")
        }
        try refuseOverlap(run, old, new)
        try runs.note(
            FindingRecord(
                // Of no job: what was found about jobs that are done anew goes.
                run: run.id, kind: .warning, jobs: [],
                message: "the plan was changed for a retry, and a person agreed: "
                    + difference.joined(separator: "; ")))
        return new
    }

    /// The plan file as it is now; nil where it cannot be found, which is said.
    private func read(_ run: RunRecord) throws -> Plan? {
        guard run.planPath != "-", let bytes = Files.read(run.planPath),
            let text = String(validating: bytes, as: UTF8.self)
        else {
            host.narrate(
                .note("the plan file \(neutralise(run.planPath)) is not here: the plan is as the run has it"))
            return nil
        }
        let tree = try CommitTree(repository, commit: run.targetBefore)
        return try Plan.parse(text, format: PlanFormat.of(path: run.planPath), file: run.planPath) {
            try tree.entry($0) != nil
        }
    }

    /// A job with what may change while a run is under way: who does it and how, what it may touch, what has to pass.
    private static func merged(_ old: Job, _ now: Job) -> Job {
        var job = old
        (job.command, job.agent, job.task) = (now.command, now.agent, now.task)
        (job.files, job.dependencies, job.verify) = (now.files, now.dependencies, now.verify)
        (job.retries, job.timeoutSeconds) = (now.retries, now.timeoutSeconds)
        return job
    }

    private static func lines(_ old: Job, _ new: Job) throws -> [String] {
        func lines(_ job: Job) throws -> [Substring] {
            var plan = Plan(task: PlannedTask(name: "x"))
            plan.jobs = [job]
            return try plan.yaml().split(separator: "\n")
        }
        return try lines(new).difference(from: lines(old)).map { change in
            switch change {
            case .remove(_, let line, _): "\(neutralise(new.name)): - \(neutralise(String(line)))"
            case .insert(_, let line, _): "\(neutralise(new.name)): + \(neutralise(String(line)))"
            }
        }
    }

    /// Throws where the new claims meet another job's, and the old ones did not.
    private func refuseOverlap(_ run: RunRecord, _ old: Plan, _ new: Plan) throws {
        let inspection = Inspection(of: repository, environment: host.environment)
        func overlaps(_ plan: Plan) throws -> [CheckReport.Overlap] {
            try inspection.check(plan, on: run.targetBefore).overlaps
        }
        let before = try overlaps(old)
        let found = try overlaps(new).first { one in
            !before.contains { $0.jobs == one.jobs && $0.path == one.path }
        }
        guard let found else { return }
        throw HybridError(
            .overlap, RepoPath(found.path).description,
            "the plan file gives it to \(found.jobs.map(neutralise).joined(separator: " and ")) now",
            next: "narrow the claim in \(RepoPath(run.planPath))")
    }
}
