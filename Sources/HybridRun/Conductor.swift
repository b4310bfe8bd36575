internal import HybridBase
public import HybridGit
internal import HybridMerging
public import HybridPlan
public import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// Leads one repository's runs through the stages: the only place that knows their order.
///
/// A run's state lies in refs and the ledger; every method reads it from there, does one stage, and writes it
/// back, so that any later process can go on. Use it on one thread.
public final class Conductor {
    /// The repository, opened where the user stands.
    public let repository: Repository
    /// The record of runs.
    public let ledger: Ledger
    /// Where state and worktrees lie.
    public let paths: RunPaths
    let host: Host
    /// The user's merge drivers; one value, so that each warning comes once.
    let mergeDrivers: UserMergeDrivers
    /// Who commits, once git said it.
    private var knownIdentity: UserIdentity?
    /// The packs that wait for their refs.
    let packs = HeldPacks()
    /// The settings in effect where the user stands, once git said them.
    private var knownSettings: [String: String]?
    /// When this process last worked on a run, and on which; what follows in it belongs to the same command.
    var lastSession: (run: String, end: UInt64)?

    #if FAILPOINTS
        /// How often this process came to the failpoint that is set.
        var failpointsReached = 0
    #endif

    /// Opens the repository that holds `directory`, and its ledger.
    ///
    /// With `onlyIfThere` nothing is made in a repository that never had a run. Throws `HybridError` or `GitError` when
    /// either cannot be opened.
    public init(at directory: String, host: Host, onlyIfThere: Bool = false) throws {
        repository = try Repository.holding(directory)
        paths = try RunPaths(of: repository)
        let rebuild = LedgerRebuild(repository: repository, paths: paths)
        if onlyIfThere, !Files.exists(paths.ledger), try !rebuild.hasRecords() { throw Self.noRun }
        ledger = try rebuild.open { host.narrate(.note($0)) }
        self.host = host
        mergeDrivers = UserMergeDrivers(environment: host.environment, in: repository) {
            host.narrate(.note("warning: \($0)"))
        }
    }

    /// A setting in effect where the user stands, such as `hybrid.jobs`; nil when it is not set.
    ///
    /// git is asked, once: libgit2 knows neither `GIT_CONFIG_GLOBAL` and `GIT_CONFIG_COUNT` nor `config.worktree`.
    public func setting(_ key: String) throws -> String? { try settings()[key.lowercased()] }

    /// All settings in effect where the user stands, by name as git lists them.
    func settings() throws -> [String: String] {
        if let knownSettings { return knownSettings }
        let settings = try UserGit.settings(
            in: home, environment: WorkerEnvironment.cleaned(host.environment))
        knownSettings = settings
        return settings
    }

    /// The settings that runs obey.
    package func runSettings() throws -> RunSettings { RunSettings(try settings()) }

    /// The run named, or the newest one.
    public func run(_ id: String?) throws -> RunRecord {
        if let id {
            if let run = try ledger.run(id) { return run }
            if RunNames.isID(id), try repository.objectID(of: RefName(RunRecordRef.name(id))) != nil {
                throw HybridError(
                    "run \(id)", "refs/hybrid/ knows it, the ledger does not", next: "hybrid doctor --fix")
            }
            throw HybridError(
                "run \(id)", "there is no such run", next: "list them with: hybrid status --all")
        }
        guard let newest = try ledger.runs().first else {
            throw Self.noRun
        }
        return newest
    }

    private static var noRun: HybridError {
        HybridError("run", "this repository has no run yet", next: "begin with: hybrid run PLAN")
    }

    /// The plan of a run, as it was checked, and with what its workers were granted and a person decided since.
    public func plan(of run: RunRecord) throws -> Plan {
        var plan = try granted(checkedPlan(of: run), run)
        if run.landTheRest == true { plan.landTheRest = true }
        return plan
    }

    /// The plan of a run as it was checked, without what came since.
    func checkedPlan(of run: RunRecord) throws -> Plan {
        try Plan.parse(run.plan, format: .json, file: "plan of run \(run.id)", exists: { _ in true })
    }

    /// The workers of a run, in plan order.
    public func workers(of run: RunRecord) throws -> [WorkerRecord] { try ledger.workers(of: run.id) }

    // MARK: Steps

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

    /// A worker of the run by job id or name.
    func worker(_ run: RunRecord, _ job: String) throws -> WorkerRecord {
        let workers = try ledger.workers(of: run.id)
        if let found = workers.first(where: { $0.job == job || $0.name == job }) { return found }
        throw HybridError(
            "job \(job)", "run \(run.id) has no such job",
            next: "its jobs are: " + workers.map(\.job).joined(separator: ", "))
    }

    /// Points a ref of hybrid's own at `id`, whatever it was.
    func point(_ run: RunRecord, _ ref: RunRef, at id: ObjectID) throws {
        let ref = try run.names.ref(ref)
        try repository.updateReference(
            ref, to: id, expecting: try repository.id(of: ref) ?? .zero, message: "hybrid: \(run.id)")
        packs.release(id)
    }

    /// Who makes the commits that hybrid makes, as git says; asked once.
    func identity() throws -> UserIdentity {
        if let knownIdentity { return knownIdentity }
        let identity = try UserIdentity(in: home, environment: WorkerEnvironment.cleaned(host.environment))
        try repository.nameInReflogs(identity.committer)
        knownIdentity = identity
        return identity
    }

    /// The folder in which git is asked for the user's own settings: the working tree where the user stands.
    var home: String { repository.workingDirectory ?? repository.commonDirectory }

    /// Writes a commit of the user's, made now; no ref is touched.
    func makeCommit(
        _ tree: ObjectID, _ parents: [ObjectID], _ message: String, in store: Repository? = nil
    ) throws -> ObjectID {
        let identity = try identity()
        return try (store ?? repository).createCommit(
            tree: tree, parents: parents, message: message, author: identity.author,
            committer: identity.committer)
    }

    func targetBranch(_ run: RunRecord) throws -> BranchName { try BranchName(run.target) }

    func commitID(_ hex: String, _ what: String) throws -> ObjectID {
        guard let id = ObjectID(hex: hex) else {
            throw HybridError(
                what, "the ledger holds no commit id: \"\(hex)\"", next: "hybrid report shows the run")
        }
        return id
    }

    /// The tip of the merge so far.
    func integratedTip(_ run: RunRecord) throws -> ObjectID {
        try commitID(run.integrated ?? run.targetBefore, "run \(run.id)")
    }
}
