internal import HybridBase
package import HybridGit
package import HybridPlan
package import HybridRecords
internal import HybridSystem
internal import HybridUserGit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A repository's runs: lock, ledger and refs.
package final class RunStore {
    /// The repository, opened where the user stands.
    package let repository: Repository
    /// The record of runs.
    package let ledger: Ledger
    /// Where state and worktrees lie.
    package let paths: RunPaths
    package let host: Host
    /// The packs that wait for their refs.
    let packs = HeldPacks()

    #if FAILPOINTS
        /// How often this process came to the failpoint that is set.
        var failpointsReached = 0
    #endif

    /// Opens the repository that holds `directory`, and its ledger.
    init(at directory: String, host: Host, onlyIfThere: Bool = false) throws {
        repository = try Repository.holding(directory)
        paths = try RunPaths(of: repository)
        let rebuild = LedgerRebuild(repository: repository, paths: paths)
        if onlyIfThere, !Files.exists(paths.ledger), try !rebuild.hasRecords() { throw Self.noRun }
        ledger = try rebuild.open { host.narrate(.note($0)) }
        self.host = host
    }

    // MARK: Reading

    /// The run named, or the newest one.
    package func run(_ id: String?) throws -> RunRecord {
        if let id {
            if let run = try ledger.run(id) { return run }
            if RunNames.isID(id), try repository.objectID(of: RefName(RunRecordRef.name(id))) != nil {
                throw HybridError(
                    .recordDamaged, "run \(id)", "refs/hybrid/ knows it, the ledger does not",
                    next: "hybrid doctor --fix")
            }
            throw HybridError(
                .noSuchRun, "run \(id)", "there is no such run", next: "list them with: hybrid status --all")
        }
        guard let newest = try ledger.runs().first else {
            throw Self.noRun
        }
        return newest
    }

    private static var noRun: HybridError {
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
        try Plan.parse(run.plan, format: .json, file: "plan of run \(run.id)", exists: { _ in true })
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
    func worker(_ run: RunRecord, _ job: String) throws -> WorkerRecord {
        let workers = try ledger.workers(of: run.id)
        if let found = workers.first(where: { $0.job == job || $0.name == job }) { return found }
        throw HybridError(
            .noSuchJob, "job \(job)", "run \(run.id) has no such job",
            next: "its jobs are: " + workers.map(\.job).joined(separator: ", "))
    }

    func refuseUnlessOpen(_ run: RunRecord, _ verb: String) throws {
        if run.state == .landed || run.state == .rolledBack {
            throw HybridError(
                .wrongState, "run \(run.id)",
                "it is \(run.state.rawValue), so there is nothing to \(verb) in it",
                next: "begin a new one: hybrid run \(run.planWords)")
        }
    }

    // MARK: The lock

    /// Takes the run's lock; held until the value goes away.
    ///
    /// What a holder that was killed left half done goes first. Throws where another process has it, and where the
    /// ledger is not what the run can go on from.
    func lock(_ run: RunRecord) throws -> RunLock {
        try Files.makeFolder(paths.run(run.id))
        // Whoever only looks whether it is held has it for a moment.
        let lock = try RunLock(
            paths.file(run.id, .lock), what: "run \(run.id)", patience: 0.2,
            next: "wait for it: hybrid status \(run.id) --watch, or end it: hybrid stop \(run.id)")
        try ledger.refuseReplaced()
        try clearLeftovers(run)
        try refuseOutOfStep(run.id)
        return lock
    }

    /// Clears what a hybrid that was killed left half done in names that are this run's alone.
    func clearLeftovers(_ run: RunRecord) throws {
        let prefix = run.id + "-"
        _ = try repository.clearUnfinishedWorktrees(prefix: prefix) {
            paths.folder(run.id, String($0.dropFirst(prefix.utf8.count)))
        }
        for folder in run.names.folders {
            for name in Files.namesBelow(repository.commonDirectory + folder) where name.hasSuffix(".lock") {
                try clearLock(repository.commonDirectory + folder + name)
            }
        }
        // Whoever wrote those packs is gone: the run's lock is held.
        for (path, owner) in try repository.keptPacks() where HeldPacks.run(ofOwner: owner) == run.id {
            try repository.releaseKeptPack(path)
        }
    }

    /// How long a lock may belong to a git that works just now, in seconds.
    static let lockPatience = 3.0

    /// Removes a lock file in a place where only this run and its ended workers write, once nobody holds it.
    ///
    /// A git that is at work gets a moment to finish.
    func clearLock(_ path: String) throws {
        let deadline = Monotonic.now() + UInt64(Self.lockPatience * 1e9)
        while Files.exists(path) {
            if Monotonic.now() > deadline, OpenFiles.holders(of: path) == .free {
                try Files.remove(path)
                host.narrate(.note("\(path) was left by a process that is gone: removed"))
                return
            }
            if Monotonic.now() > deadline + 10_000_000_000 { return }
            usleep(10_000)
        }
    }

    // MARK: Writing

    /// Records where a run stands now, and with it, all or nothing, how some of its workers do.
    func save(
        _ run: inout RunRecord, _ state: RunState, _ detail: String, _ workers: [WorkerRecord] = [],
        without findings: [FindingRecord] = []
    ) throws {
        run.state = state
        run.detail = detail
        run.problem = nil
        run.revision = (run.revision ?? 0) + 1
        try ledger.update(run, workers, without: findings)
        try record(run.id)
    }

    /// Points a ref of hybrid's own at `id`, whatever it was.
    func point(_ run: RunRecord, _ ref: RunRef, at id: ObjectID) throws {
        let ref = try run.names.ref(ref)
        try repository.updateReference(
            ref, to: id, expecting: try repository.id(of: ref) ?? .zero, message: "hybrid: \(run.id)")
        packs.release(id)
    }

    /// Times a stage, whatever comes of it.
    func timed<T>(_ run: RunRecord, _ stage: Stage, wave: Int? = nil, _ body: () throws -> T) throws -> T {
        let begin = Monotonic.now()
        let result: T
        do {
            result = try body()
        } catch {
            try ledger.save(
                StageRecord(run: run.id, stage: stage, wave: wave, begin: begin, end: Monotonic.now()))
            throw error
        }
        try ledger.save(
            StageRecord(run: run.id, stage: stage, wave: wave, begin: begin, end: Monotonic.now()))
        return result
    }
}
