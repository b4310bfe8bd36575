internal import HybridGit
internal import HybridMerging
public import HybridPlan
package import HybridRecords
internal import HybridSystem

/// What the user chose for a run, beside the plan.
public struct RunOptions: Sendable {
    /// The most workers at once.
    public var parallel: Int
    /// People launch the workers by hand (`start`).
    public var byHand: Bool
    /// Stop for a person before verification.
    public var pauseToIntegrate: Bool
    /// Measured sequential time in seconds, where the user measured it.
    public var sequentialMeasured: Double?
    /// Which commits land.
    public var commits: CommitForm
    /// Go on although the verify commands fail on the base already.
    public var acceptRedBase: Bool
    /// When the command began that makes the run, as ``Monotonic`` tells; its check is part of the run's time.
    public var began: UInt64?

    /// Makes options.
    public init(
        parallel: Int, byHand: Bool = false, pauseToIntegrate: Bool = false,
        sequentialMeasured: Double? = nil,
        commits: CommitForm = .merge, acceptRedBase: Bool = false, began: UInt64? = nil
    ) {
        self.parallel = parallel
        self.byHand = byHand
        self.pauseToIntegrate = pauseToIntegrate
        self.sequentialMeasured = sequentialMeasured
        self.commits = commits
        self.acceptRedBase = acceptRedBase
        self.began = began
    }
}

/// Records a new run of a checked plan.
package struct BeginStep: RunPart {
    let context: RunContext
    private var rulesLook: RulesLook { RulesLook(context) }
    private var overlapStep: OverlapStep { OverlapStep(context) }
    private var wrongTreeStep: WrongTreeStep { WrongTreeStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Makes a run of a checked plan: its record, its workers' records, its first refs.
    ///
    /// It begins on the commit that was checked, wherever the target is by now. Nothing is launched.
    ///
    /// `adopted` are the branches that stand for the plan's jobs where `adoption` says that they are there already.
    ///
    /// Throws before anything is made when the plan cannot run here: no identity, a job without a command,
    /// a branch in the way; ``RunOverlap`` where a run that is not over claims what this plan claims.
    package func begin(
        _ checked: CheckedPlan, planPath: String, options: RunOptions, createdAt: Double,
        adopting adoption: AdoptionRecord? = nil, _ adopted: [AdoptedWork] = []
    ) throws -> RunRecord {
        // What a worker does to the settings later changes nothing in this run.
        let plan = try readied(checked.plan, brings: adoption?.isOfOthers != true)
        let waves = checked.waves
        let inspection = Inspection(of: repository, environment: host.environment)
        let preflight = try inspection.look(plan, planPath, paths) {
            try overlapStep.refuseOverlap(of: plan, run: nil, at: $0)
        }
        // Nobody is launched where the branches are there.
        let way = options.byHand || adoption != nil ? Preflight.Way.start : .run
        for finding in preflight.findings where finding.refusedBy.isEmpty {
            host.narrate(.note("warning: \(finding.text)"))
        }
        try preflight.refuse(way)
        let beginning = try overlapStep.beginLock()
        defer { withExtendedLifetime(beginning) {} }
        // Once more, now that no other run can begin.
        try overlapStep.refuseOverlap(of: plan, run: nil, at: checked.base)
        var run = RunRecord(
            id: RunNames.makeID(), plan: try plan.json(), planPath: planPath, task: plan.task.name,
            target: checked.target, targetBefore: checked.base,
            detail: options.byHand ? "by-hand" : options.pauseToIntegrate ? "pause-to-integrate" : "",
            waves: waves.map { $0.map { plan.jobs[$0].id } }, parallel: max(1, options.parallel),
            createdAt: createdAt, sequentialMeasured: options.sequentialMeasured)
        run.byHand = options.byHand
        run.pauseToIntegrate = options.pauseToIntegrate
        run.commits = options.commits
        run.planned = checked.base
        run.layout = .apart
        run.hooks = try rulesLook.hooksFolder()
        run.filters = try FilterLook(context).known(in: world.settings(), at: checked.base)
        if options.acceptRedBase { run.acceptRedBase = true }
        run.adoption = adoption
        let workers = try waves.enumerated().flatMap { wave, jobs in
            try jobs.map { index in
                let job = plan.jobs[index]
                var worker = WorkerRecord(
                    run: run.id, job: job.id, name: job.name, index: index, wave: wave,
                    branch: try run.names.branch(.job(job.id)),
                    worktree: paths.worktree(run.names, .job(job.id)))
                worker.adopted = adoption == nil ? nil : adopted[index]
                return worker
            }
        }
        // All of them or none: a run that knew only some of its jobs would land without the others.
        try runs.step(.begin, run) { try runs.begin(run, workers) }
        try wrongTreeStep.noteWrongTrees(run, plan)
        let made = Monotonic.now()
        if let began = options.began {
            try runs.note(StageRecord(run: run.id, stage: .check, begin: began, end: made))
        }
        world.lastSession = (run.id, made)
        return run
    }

    /// The plan with what the user's settings say of making worktrees ready.
    ///
    /// Where it does not bring anything, what others wrote sees no ignored file of the user's.
    private func readied(_ plan: Plan, brings: Bool) throws -> Plan {
        var plan = plan
        if plan.setup.isEmpty, let setup = try world.runSettings().setup() { plan.setup = [setup] }
        if brings, let checkout = try BroughtSource.checkout(of: repository) {
            plan.copy =
                BroughtFiles.included(Files.read(checkout + "/" + BroughtFiles.includeFile)) + plan.copy
        }
        return plan
    }
}
