public import HybridGit

/// What a worktree adds to a branch's commits.
public struct LiveEdits: Hashable, Sendable {
    /// How many paths are not committed.
    public var uncommitted: Int
    /// What could not be taken in.
    public var unchecked: [UncheckedPath]

    package init(uncommitted: Int, unchecked: [UncheckedPath]) {
        self.uncommitted = uncommitted
        self.unchecked = unchecked
    }
}
