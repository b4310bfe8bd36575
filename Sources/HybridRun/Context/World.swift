internal import HybridGit
internal import HybridPlan
internal import HybridSystem
internal import HybridUserGit

/// What the user's git says where the user stands, asked once a process, and commits in the user's name.
package final class World {
    /// The user's merge drivers; one value, so that each warning comes once.
    let mergeDrivers: UserMergeDrivers
    /// When this process last worked on a run, and on which; what follows in it belongs to the same command.
    var lastSession: (run: RunID, end: UInt64)?

    /// What worktrees get of the user's checkout, once it was looked for; and of which paths it was said that they do not come.
    var brought: BroughtSource?
    var toldBrought: Set<String> = []
    /// The numbers and ports that worktrees have.
    let slots = WorktreeSlots()

    private let repository: Repository
    private let environment: [String: String]
    private let askedBudget: Int?
    private var knownIdentity: UserIdentity?
    private var knownSettings: [String: String]?

    init(_ host: Host, _ repository: Repository) {
        self.repository = repository
        askedBudget = host.traceBudget
        environment = WorkerEnvironment.cleaned(host.environment)
        mergeDrivers = UserMergeDrivers(environment: host.environment, in: repository) {
            host.narrate(.note("warning: \($0)"))
        }
    }

    /// The folder in which git is asked for the user's own settings: the working tree where the user stands.
    var home: String { repository.workingDirectory ?? repository.commonDirectory }

    /// A setting in effect where the user stands, such as `hybrid.jobs`; nil when it is not set.
    ///
    /// git is asked, once: libgit2 knows neither `GIT_CONFIG_GLOBAL` and `GIT_CONFIG_COUNT` nor `config.worktree`.
    package func setting(_ key: String) throws -> String? { try settings()[key.lowercased()] }

    /// All settings in effect where the user stands, by name as git lists them.
    func settings() throws -> [String: String] {
        if let knownSettings { return knownSettings }
        let settings = try UserGit.settings(in: home, environment: environment)
        knownSettings = settings
        return settings
    }

    /// The settings that runs obey.
    package func runSettings() throws -> RunSettings { RunSettings(try settings()) }

    /// The most verifications that tracing one failure among so many workers of a plan may cost.
    func traceBudget(_ plan: Plan, workers: Int) throws -> Int {
        try runSettings().traceBudget(plan, usual: askedBudget ?? TraceBudget.usual(for: workers))
    }

    /// Who makes the commits that hybrid makes, as git says; asked once.
    func identity() throws -> UserIdentity {
        if let knownIdentity { return knownIdentity }
        let identity = try UserIdentity(in: home, environment: environment)
        try repository.nameInReflogs(identity.committer)
        knownIdentity = identity
        return identity
    }

    /// Writes a commit of the user's, made now; no ref is touched.
    func makeCommit(
        _ tree: ObjectID, _ parents: [ObjectID], _ message: String, in store: Repository? = nil
    ) throws -> ObjectID {
        let identity = try identity()
        return try (store ?? repository).createCommit(
            tree: tree, parents: parents, message: message, author: identity.author,
            committer: identity.committer)
    }

    /// Makes a commit of the user's, made now, that waits in a store.
    func makeCommit(
        _ tree: ObjectID, _ parents: [ObjectID], _ message: String, in store: ObjectStore
    ) throws -> ObjectID {
        let identity = try identity()
        return try store.write(
            commitOf: tree, parents: parents, message: message, author: identity.author,
            committer: identity.committer)
    }
}
