public import HybridGit

/// The branch that a worker's work is, where somebody made it without the run.
///
/// The run neither moves nor removes it: it has a ref of its own for the commit.
public struct AdoptedWork: Codable, Hashable, Sendable {
    /// What it was asked for as, such as `topic` or `refs/pull/7/head`.
    public var name: String
    /// The full ref; nil where a commit was named in another way.
    public var ref: String?
    /// The commit that it was.
    public var tip: ObjectID

    /// Makes a record.
    public init(name: String, ref: String?, tip: ObjectID) {
        (self.name, self.ref, self.tip) = (name, ref, tip)
    }
}

/// What there is to know of a run of branches that exist already.
public struct AdoptionRecord: Codable, Hashable, Sendable {
    /// Commits whose work the target has under other commits: they count as merged.
    public var held: [ObjectID]
    /// Whether others may have written some of the branches.
    public var isOfOthers: Bool

    /// Makes a record.
    public init(held: [ObjectID], isOfOthers: Bool) { (self.held, self.isOfOthers) = (held, isOfOthers) }
}
