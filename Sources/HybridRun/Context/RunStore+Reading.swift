internal import HybridBase
internal import HybridGit
package import HybridPlan
package import HybridRecords
internal import HybridSystem

extension RunStore {
    /// The run named, or the newest one.
    ///
    /// Throws where there is none of this name.
    package func run(_ word: String?) throws -> RunRecord {
        guard let word else {
            guard let newest = try ledger.newestRun() else { throw Self.noRun }
            return newest
        }
        guard let id = RunID(word) else { throw Self.noRun(word) }
        return try run(id)
    }

    /// A run; throws where the ledger does not know it.
    package func run(_ id: RunID) throws -> RunRecord {
        if let run = try ledger.run(id) { return run }
        if try repository.objectID(of: RefName(RunRecordRef.name(id))) != nil {
            throw HybridError(
                .recordDamaged, "run \(id)", "refs/hybrid/ knows it, the ledger does not",
                next: "hybrid doctor --fix")
        }
        throw Self.noRun(id.text)
    }

    private static func noRun(_ word: String) -> HybridError {
        HybridError(
            .noSuchRun, "run \(word)", "there is no such run", next: "list them with: hybrid status --all")
    }

    static var noRun: HybridError {
        HybridError(.noSuchRun, "run", "this repository has no run yet", next: "begin with: hybrid run PLAN")
    }

    /// The plan of a run, as it was checked, and with what its workers were granted and a person decided since.
    package func plan(of run: RunRecord) throws -> Plan {
        var plan = try granted(checkedPlan(of: run), run)
        if run.landTheRest == true { plan.landTheRest = true }
        return plan
    }

    /// The plan of a run as it was checked, without what came since.
    func checkedPlan(of run: RunRecord) throws -> Plan {
        try Plan.parse(
            recorded: run.plan, file: "plan of run \(run.id)", mayClaimNothing: run.adoption != nil)
    }

    /// A run's plan with what its hot files allow and what its workers were granted since.
    func granted(_ plan: Plan, _ run: RunRecord) throws -> Plan {
        var plan = plan.withHotClaims
        for grant in try ledger.grants(of: run.id) {
            guard let index = plan.jobs.firstIndex(where: { $0.id == grant.job }),
                !plan.jobs[index].files.contains(grant.claim)
            else { continue }
            plan.jobs[index].files.append(grant.claim)
        }
        return plan
    }

    /// The workers of a run, in plan order.
    package func workers(of run: RunRecord) throws -> [WorkerRecord] { try ledger.workers(of: run.id) }

    /// A worker of the run by job id or name.
    func worker(_ run: RunRecord, _ word: String) throws -> WorkerRecord {
        let workers = try ledger.workers(of: run.id)
        if let found = workers.first(where: { $0.answers(to: word) }) { return found }
        throw HybridError(
            .noSuchJob, "job \(word)", "run \(run.id) has no such job",
            next: "its jobs are: " + workers.map(\.job.text).joined(separator: ", "))
    }

    func refuseUnlessOpen(_ run: RunRecord, _ verb: String) throws {
        if run.state == .landed || run.state == .rolledBack {
            throw HybridError(
                .wrongState, "run \(run.id)",
                "it is \(run.state.rawValue), so there is nothing to \(verb) in it",
                next: "begin a new one: \(run.anew)")
        }
    }
}

extension WorkerRecord {
    /// Whether a word that somebody typed means this worker: by its job's id or name.
    func answers(to word: String) -> Bool { job.text == word || name == word }
}
