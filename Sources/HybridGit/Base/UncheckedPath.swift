/// Something in a worktree that could not be taken into an answer or a commit.
public struct UncheckedPath: Hashable, Sendable {
    /// The path; nil for the worktree as a whole.
    public var path: RepoPath?
    /// Why.
    public var reason: String

    /// Makes a value.
    public init(path: RepoPath?, reason: String) {
        self.path = path
        self.reason = reason
    }
}
