internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// The orchestrator's own part before the workers: its command, the shared interfaces, the checkpoint.
struct PrepareStep: RunPart {
    let context: RunContext
    private var adoptStep: AdoptStep { AdoptStep(context) }
    private var attempts: Attempts { Attempts(context) }
    private var baseStep: BaseStep { BaseStep(context) }
    private var besideStep: BesideStep { BesideStep(context) }
    private var commitStep: CommitStep { CommitStep(context) }
    private var freshWorktrees: FreshWorktrees { FreshWorktrees(context) }
    private var historyStep: HistoryStep { HistoryStep(context) }
    private var neighbourStep: NeighbourStep { NeighbourStep(context) }
    private var readyStep: ReadyStep { ReadyStep(context) }
    private var waveStep: WaveStep { WaveStep(context) }
    private var workStep: WorkStep { WorkStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// Stage 2: the base is verified, then interfaces are made and committed, by the plan's command or by a person,
    /// before any launch.
    func prepare(_ run: inout RunRecord, _ plan: Plan) throws {
        guard try baseStep.verifyBase(&run, plan) else { return }
        let base = run.targetBefore
        let missing = try missingInterfaces(plan, at: base)
        var checkpoint = try adoptStep.start(run, from: base)
        if let command = plan.orchestrator.prepare {
            host.narrate(.stage(.prepare, "the orchestrator prepares: \(command.display)"))
            let worktree = try orchestratorWorktree(run, plan, at: base)
            try neighbourStep.watchingNeighbours(run, "while the orchestrator prepared") {
                try besideStep.watchingBeside(run, .orchestrator, base: base) {
                    try runPrepare(command, run, plan, in: worktree, base: base)
                }
            }
            checkpoint = try takeCheckpoint(run, plan, in: worktree, base: base)
        } else if !missing.isEmpty {
            let worktree = try orchestratorWorktree(run, plan, at: base)
            let tip = try takeCheckpoint(run, plan, in: worktree, base: base)
            let still = try missingInterfaces(plan, at: tip)
            guard still.isEmpty else {
                let why =
                    "the orchestrator's files are to be made in \(worktree): \(still.joined(separator: ", "))"
                try runs.turn(&run, .waitsForInterfaces(why: why))
                return
            }
            checkpoint = tip
        }
        let still = try missingInterfaces(plan, at: checkpoint)
        guard still.isEmpty else {
            throw HybridError(
                .wrongState, still.joined(separator: ", "), "the orchestrator's prepare step did not make it",
                next: "make it in \(paths.worktree(run.names, .orchestrator)), then: hybrid resume \(run.id)"
            )
        }
        try runs.point(run, .run(.checkpoint), at: checkpoint)
        try runs.point(run, .run(.integrated), at: checkpoint)
        if run.byHand {
            run = try run.after(.prepared(checkpoint: checkpoint))
            try waveStep.makeHandWorktrees(&run, plan)
        } else {
            try runs.turn(&run, .prepared(checkpoint: checkpoint))
        }
    }

    /// Runs the prepare command, unless one that a killed hybrid left behind runs on or has succeeded.
    private func runPrepare(
        _ command: Command, _ run: RunRecord, _ plan: Plan, in worktree: String, base: ObjectID
    ) throws {
        let attempt = attempts.nextAttempt(run, .orchestrator)
        if let earlier = try attempts.handle(run, .orchestrator, attempt: attempt - 1),
            let ended = try attempts.outcome(of: earlier, run), ended.outcome == .exited(0)
        {
            try attempts.note(run, ended, command: "prepare")
            return
        }
        let status = try attempts.supervise(
            run, .orchestrator, attempt: attempt, command: command, directory: worktree,
            timeout: host.workerTimeout,
            environment: attempts.environment(run, plan, job: nil, base: base, in: worktree, attempt: attempt)
        )
        guard status.outcome == .exited(0) else {
            throw HybridError(
                .programFailed, "the orchestrator's prepare command", "it \(attempts.words(status.outcome))",
                next:
                    "read \(paths.attempt(run.names, .orchestrator, attempt))/log, then: hybrid resume \(run.id)"
            )
        }
        try attempts.note(run, status, command: "prepare")
    }

    /// Files that the plan gives the orchestrator, by literal name, and that are not in a commit's tree.
    ///
    /// Files of the export lists and BUILDSTATE are made by rule later, so nobody waits for them.
    private func missingInterfaces(_ plan: Plan, at commit: ObjectID) throws -> [String] {
        let tree = try CommitTree(repository, commit: commit)
        let byRule = Set(plan.exports.map(\.file) + [plan.buildState].compactMap { $0 })
        let wanted = plan.orchestrator.files.filter {
            !$0.isExcluded && ($0.kind == .write || $0.kind == .create)
        }
        return try wanted.map(\.path).filter { path in
            guard !byRule.contains(path) else { return false }
            if try tree.entry(path) != nil { return false }
            return !path.contains { "*?[".contains($0) }
        }
    }

    private func orchestratorWorktree(_ run: RunRecord, _ plan: Plan, at base: ObjectID) throws -> String {
        let path = paths.worktree(run.names, .orchestrator)
        try readyStep.dropHalfReady(run, .orchestrator, at: base)
        try freshWorktrees.ensureWorktree(run, .orchestrator, at: base)
        let at = ReadyPlace(
            place: .orchestrator, name: run.names.registration(.orchestrator), path: path, commit: base)
        if let failure = try readyStep.make(run, plan, at) {
            throw failure.error("the orchestrator's worktree", run)
        }
        return path
    }

    /// Commits what the orchestrator made, after seeing that it kept off the jobs' files.
    private func takeCheckpoint(
        _ run: RunRecord, _ plan: Plan, in worktree: String, base: ObjectID
    ) throws -> ObjectID {
        let owners = plan.jobs.map { (name: $0.name, claims: ClaimSet(ofBothReadings: $0.files)) }
        func owner(_ path: String) -> String? { owners.first { $0.claims.covers(path) != nil }?.name }
        return try commitOwn(
            in: worktree, branch: try run.names.branch(.orchestrator), base: base,
            message: "Prepare interfaces: \(plan.task.name)", of: .orchestrator, run
        ) { path in
            owner(path).map { name in
                HybridError(
                    .wrongState, RepoPath(path).description,
                    "the orchestrator's prepare step touched a file of job \(name)",
                    next: "take it out of \(worktree) or of the job's claims, then: hybrid resume \(run.id)")
            }
        }
    }

    /// Commits what the orchestrator or a person made in a worktree of the run's own, by the user's rules.
    ///
    /// `refusal` says why a path may not be changed. Throws that, and what the user's hooks say.
    func commitOwn(
        in worktree: String, branch: BranchName, base: ObjectID, message: String, of owner: RunRef.Owner,
        _ run: RunRecord, refusal: (String) -> HybridError? = { _ in nil }
    ) throws -> ObjectID {
        let found = try workStep.collect(
            in: worktree, branch: branch, base: base, message: message, of: owner, run)
        for change in try ChangeSet.between(base: base, tip: found.tip, in: repository).changes {
            if let error = refusal(change.path.text) { throw error }
        }
        try historyStep.refuse(run, from: base, to: found.tip, in: worktree, refusal: refusal)
        guard found.isSnapshot else { return found.tip }
        let snapshot = try repository.commit(found.tip)
        let work = Uncommitted(
            worktree: worktree, branch: branch, before: snapshot.parents[0], message: message,
            audited: snapshot.tree, acceptsHooks: run.acceptHooks == true)
        let answer = try runs.step(.commit, run, "\(owner)") {
            try commitStep.commitByGit(work, base: base, run) { paths, _, _ in
                paths.filter { refusal($0) != nil }
            }
        }
        switch answer {
        case .done(let tip):
            try runs.point(run, .kept(owner, .committed), at: tip)
            return tip
        case .nothing: return snapshot.parents[0]
        case .refused(let words):
            throw HybridError(
                .hookRefused, "the commit \"\(neutralise(message))\"", words,
                next: "mend it in \(worktree), then: hybrid resume \(run.id)")
        case .hooksChanged(let paths):
            throw HybridError(
                .hooksChanged, worktree, CommitWave.words(changing: paths),
                next: "if that is well so: hybrid resume \(run.id) --accept-hooks")
        case .changed:
            throw HybridError(
                .changed, worktree, "it changed while it was looked at",
                next: "when it is quiet: hybrid resume \(run.id)")
        }
    }
}
