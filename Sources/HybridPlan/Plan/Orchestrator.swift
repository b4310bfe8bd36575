/// The orchestrator's own part of the plan.
public struct Orchestrator: Hashable, Sendable {
    /// Files that the orchestrator makes or owns.
    public var files: [Claim]
    /// What it is responsible for, in words.
    public var responsibilities: [String]
    /// Its own time.
    public var estimate: Estimate?
    /// Makes interfaces before launch; committed as a checkpoint.
    public var prepare: Command?
    /// Runs on the merged tree, before verification.
    public var integrate: Command?

    /// Makes an orchestrator's part.
    public init(
        files: [Claim] = [], responsibilities: [String] = [], estimate: Estimate? = nil,
        prepare: Command? = nil, integrate: Command? = nil
    ) {
        self.files = files
        self.responsibilities = responsibilities
        self.estimate = estimate
        self.prepare = prepare
        self.integrate = integrate
    }
}
