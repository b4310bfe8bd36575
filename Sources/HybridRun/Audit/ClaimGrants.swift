internal import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridMerging
package import HybridPlan
public import HybridRecords
internal import HybridSystem

/// What came of asking for a path.
public struct ClaimAnswer: Hashable, Sendable {
    /// What was asked for.
    public var grant: ClaimGrant
    /// The job's name.
    public var name: String
    /// Whether the worker may write there now.
    public var isGranted: Bool
    /// Whether it might before.
    public var wasHeld: Bool
    /// Who holds it; nil where it is granted.
    public var holder: String?
    /// The holder's claim.
    public var claim: String?
    /// A path that both claims cover.
    public var witness: String?
    /// Why nobody but the plan gives it; nil where that is not the reason.
    public var onlyThePlan: String?

    /// The answer for a person.
    public func text() -> String {
        let path = RepoPath(grant.path).description
        if wasHeld { return "\(name) holds \(path) already" }
        if isGranted { return "\(name) may now write \(path) (\(grant.kind), run \(grant.run))" }
        if let onlyThePlan {
            return
                "refused: \(onlyThePlan), which only the plan can give; leave it as it is and say what it needs"
        }
        var line = "refused: \(holder ?? "") holds \(claim.map { RepoPath($0).description } ?? path)"
        if let witness, witness != claim { line += ", so both would hold \(RepoPath(witness))" }
        return line + "; leave it to \(holder ?? ""), or change the plan"
    }
}

/// Claims that a worker asks for while it works: who may give them, and what was given.
package struct ClaimGrants: RunPart {
    let context: RunContext
    private var auditStep: AuditStep { AuditStep(context) }
    private var workerGuard: WorkerGuard { WorkerGuard(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Gives a worker one more claim, if nobody else of the run holds a path that it covers.
    ///
    /// Left-out jobs and those of later waves still hold theirs: they may be done yet. The claims files of the run are
    /// replaced, the grant is written down, `tell` gives the answer to whoever asked, and only then the grant counts in
    /// the audit: where one of these fails, nothing is granted. `isThere` tells whether the path stands literally, so that
    /// `[id]` in it is a name. Throws for a path that no plan may hold, and for a job whose work is finished.
    @discardableResult
    package func addClaim(
        _ raw: String, kind: Claim.Kind = .write, job name: String, run id: String?,
        isThere: (String) -> Bool = { _ in false }, tell: (ClaimAnswer) throws -> Void
    ) throws -> ClaimAnswer {
        let path: String
        // A plan reads these as something else than a path; the claims file would not.
        if !isThere(raw), SectionText.split(raw) != nil || raw.hasPrefix("!") || raw.contains(" -> ") {
            throw HybridError(
                .invalidArgument, RepoPath(raw).description,
                "only whole files, folders and globs can be asked for while workers work",
                next: "name the file")
        }
        switch PathRules.normalised(raw) {
        case .success(let normal): path = normal
        case .failure(let refusal):
            throw HybridError(
                .invalidArgument, RepoPath(raw).description, refusal.reason,
                next: "name it from the repository's root")
        }
        let run = try runs.run(id)
        try runs.refuseUnlessOpen(run, "claim")
        let lock = try workerGuard.claimsLock(run)
        defer { withExtendedLifetime(lock) {} }
        let worker = try runs.worker(run, name)
        switch worker.state {
        case .done, .doneCommittedByHybrid, .merged, .landed:
            throw HybridError(
                .wrongState, "job \(worker.name)", "its work is finished (\(worker.state.rawValue))",
                next: "when the run rests: hybrid retry \(worker.job) --run \(run.id)")
        default: break
        }
        let plan = try runs.plan(of: run)
        let answer = try judge(path, kind, worker, plan, run, isThere)
        guard answer.isGranted, !answer.wasHeld else {
            try tell(answer)
            return answer
        }
        try give(answer, plan, run, tell)
        host.narrate(.note(answer.text()))
        return answer
    }

    /// What a worker is to be told that asks for a path.
    private func judge(
        _ path: String, _ kind: Claim.Kind, _ worker: WorkerRecord, _ plan: Plan, _ run: RunRecord,
        _ isThere: (String) -> Bool
    ) throws -> ClaimAnswer {
        var answer = ClaimAnswer(
            grant: ClaimGrant(run: run.id, job: worker.job, path: path, kind: kind.rawValue),
            name: worker.name, isGranted: true, wasHeld: false)
        let own = plan.jobs[worker.index]
        if own.files.contains(where: { $0.path == path && ($0.kind == kind || $0.kind == .write) }) {
            answer.wasHeld = true
            return answer
        }
        let isLiteral = PathPattern.hasWildcard(path) && isThere(path)
        let base = worker.base ?? run.targetBefore
        if let reason = try auditStep.planOnlyFiles(run, at: base).refusal(of: path, isLiteral: isLiteral) {
            answer.isGranted = false
            answer.onlyThePlan = reason
            return answer
        }
        let others =
            plan.jobs.enumerated().filter { $0.offset != worker.index }.map {
                ($0.element.name, $0.element.files)
            }
            + [("the orchestrator", workerGuard.orchestratorsClaims(plan))]
        for (holder, claims) in others {
            guard let met = ClaimMeeting.first(path, isLiteral: isLiteral, claims) else { continue }
            answer.isGranted = false
            answer.holder = holder
            answer.claim = met.claim
            answer.witness = met.witness
            return answer
        }
        return answer
    }

    /// Writes a grant down, tells the worker, and lets it count; the lock is held.
    private func give(
        _ answer: ClaimAnswer, _ plan: Plan, _ run: RunRecord, _ tell: (ClaimAnswer) throws -> Void
    ) throws {
        var wider = plan
        if let place = plan.jobs.firstIndex(where: { $0.id == answer.grant.job }) {
            wider.jobs[place].files.append(answer.grant.claim)
        }
        var pending = answer.grant
        pending.told = false
        var counting = answer.grant
        counting.told = true
        do {
            // The files first: a guard may allow for a moment what the audit does not know yet.
            try putAllClaims(run, wider)
            try runs.note(pending)
            try tell(answer)
            try runs.revise(pending, by: counting)
        } catch {
            do {
                try runs.withdraw(pending)
                try putAllClaims(run, plan)
            } catch let other {
                // What is pending does not count, so this leaves nobody more than the plan gave.
                host.narrate(.note("the claims files could not be put back: \(other)"))
            }
            throw HybridError(
                RepoPath(answer.grant.path).description,
                "it was not granted and does not count, because that could not be written down or told: \(error)",
                next: "leave it as it is, or ask again")
        }
        try runs.writeRecord(run.id)
    }

    private func putAllClaims(_ run: RunRecord, _ plan: Plan) throws {
        let policy = try workerGuard.guardPolicy()
        // One that deleted its file gets it back.
        for worker in try runs.workers(of: run) where worker.base != nil {
            let name = run.names.registration(.job(worker.job))
            if Files.isFolder(repository.commonDirectory + "worktrees/" + name) {
                try workerGuard.putClaims(run, plan, of: worker, policy)
            }
        }
    }

    /// What was found in a run, and what its workers were granted.
    func findings(of run: RunRecord) throws -> [FindingRecord] {
        let names = Dictionary(try runs.workers(of: run).map { ($0.job, $0.name) }) { first, _ in first }
        // What lay beside a branch and is in the merge all the same is nobody's concern.
        return try ledger.findings(of: run.id).filter { $0.beside?.mergedIn == nil }
            + ledger.grants(of: run.id).map { $0.finding(names[$0.job] ?? $0.job.text) }
    }
}
