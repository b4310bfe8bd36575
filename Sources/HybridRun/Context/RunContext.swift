package import HybridGit
internal import HybridPlan
package import HybridRecords
internal import HybridSystem

/// One repository's runs and the world around them, as every stage gets them.
///
/// A run's state lies in refs and the ledger; every stage reads it from there, does its part, and writes it back, so that
/// any later process can go on. Use it on one thread.
package struct RunContext {
    /// The records of runs, and the only way to write them.
    package let runs: RunStore
    /// What the user's git says, and how commits of the user's are made.
    package let world: World

    /// Opens the repository that holds `directory`, and its ledger.
    ///
    /// With `onlyIfThere` nothing is made in a repository that never had a run. Throws `HybridError` or `GitError` when
    /// either cannot be opened.
    package init(at directory: String, host: Host, onlyIfThere: Bool = false) throws {
        runs = try RunStore(at: directory, host: host, onlyIfThere: onlyIfThere)
        world = World(host, runs.repository)
        UserFilters.install(host.environment)
    }

    /// The repository, opened where the user stands.
    package var repository: Repository { runs.repository }
    /// The record of runs.
    package var ledger: any LedgerReading { runs.ledger }
    /// Where state and worktrees lie.
    package var paths: RunPaths { runs.paths }
    /// What a run gets from outside.
    package var host: Host { runs.host }
}

/// A part of a run's work: a stage, a command of the user's, or what several of them need.
///
/// Each names the parts it uses as its first members; the arrows between them run one way.
protocol RunPart {
    /// The repository's runs and the world around them.
    var context: RunContext { get }
}

extension RunPart {
    var runs: RunStore { context.runs }
    var world: World { context.world }
    var repository: Repository { context.repository }
    var ledger: any LedgerReading { context.ledger }
    var paths: RunPaths { context.paths }
    var host: Host { context.host }

    /// Warns of something about a run, and of these jobs, once in the run.
    func tellOnce(_ message: String, of jobs: [JobID] = [], _ run: RunRecord) throws {
        if try ledger.findings(of: run.id).contains(where: { $0.message == message }) { return }
        try runs.note(FindingRecord(run: run.id, kind: .warning, jobs: jobs, message: message))
        host.narrate(.note(message))
    }
}
