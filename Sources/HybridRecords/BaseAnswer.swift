public import HybridGit

/// What the plan's verify commands said about a run's base.
public struct BaseAnswer: Codable, Hashable, Sendable {
    /// The commit.
    public var commit: ObjectID
    /// Whether all of them passed.
    public var passed: Bool
    /// Somebody said that the run goes on although one failed.
    public var accepted: Bool
    /// The tests that fail there, as far as the commands' output names them.
    public var failing: [String]

    /// Where the answer comes from, where nothing, or not all, ran for it; nil where all ran.
    public var remembered: RememberedAnswer?

    /// Makes an answer.
    public init(
        commit: ObjectID, passed: Bool, accepted: Bool = false, failing: [String] = [],
        remembered: RememberedAnswer? = nil
    ) {
        self.remembered = remembered
        self.commit = commit
        self.passed = passed
        self.accepted = accepted
        self.failing = failing
    }
}
