internal import HybridBase
internal import HybridGit
public import HybridPlan

/// Where a repository keeps hybrid's state: below its common git directory, shared by all worktrees.
public struct RunPaths: Sendable {
    /// The common git directory, with a final `/`.
    public let common: String
    /// The folder that holds the worktrees of all runs.
    public let worktrees: String

    /// Lays out the paths; `worktrees` is the user's setting, or nil for a folder beside the repository.
    public init(common: String, mainWorktree: String?, worktrees: String?) {
        self.common = common
        if let worktrees {
            self.worktrees = worktrees
        } else if let main = mainWorktree {
            self.worktrees = main.withoutFinalSlashes + ".hybrid"
        } else {
            self.worktrees = common.withoutFinalSlashes + ".hybrid"
        }
    }

    /// hybrid's own folder.
    public var hybrid: String { common + "hybrid" }
    /// The ledger.
    public var ledger: String { hybrid + "/ledger.sqlite" }
    /// One run's logs and specs.
    public func run(_ run: RunID) -> String { "\(hybrid)/runs/\(run)" }
    /// The attempts of one step of a run.
    package func attempts(_ names: RunNames, _ step: RunStep) -> String {
        run(names.run) + "/" + names.folder(step)
    }
    /// One attempt of one step of a run.
    package func attempt(_ names: RunNames, _ step: RunStep, _ attempt: Int) -> String {
        attempts(names, step) + "/" + String(attempt)
    }
    /// A file of a run.
    package func file(_ run: RunID, _ file: RunFile) -> String {
        self.run(run) + "/" + RunNames(run).file(file)
    }
    /// A worktree of a run.
    package func worktree(_ names: RunNames, _ place: RunPlace) -> String {
        folder(names.run, names.folder(place))
    }
    /// A run's worktree by the name of its folder.
    package func folder(_ run: RunID, _ name: String) -> String { "\(worktrees)/\(run)/\(name)" }
}
