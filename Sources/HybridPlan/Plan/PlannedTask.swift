/// The task that a plan splits.
public struct PlannedTask: Hashable, Sendable {
    /// The task's name, free text, data only.
    public var name: String
    /// The size class that the methodology's time estimates go by.
    public var complexity: Complexity?
    /// The time one session would take for all of it.
    public var sequentialEstimate: Estimate?
    /// What the author says under **Parallelizable**; advice only.
    public var parallelizable: Bool?
    /// The components of step 1, with what was said about independence.
    public var components: [Component]

    /// Makes a task.
    public init(
        name: String, complexity: Complexity? = nil, sequentialEstimate: Estimate? = nil,
        parallelizable: Bool? = nil, components: [Component] = []
    ) {
        self.name = name
        self.complexity = complexity
        self.sequentialEstimate = sequentialEstimate
        self.parallelizable = parallelizable
        self.components = components
    }
}

/// The methodology's three sizes.
public enum Complexity: String, Hashable, Sendable, CaseIterable {
    case small, medium, large
}

/// A component named in the task analysis.
public struct Component: Hashable, Sendable {
    /// Its name as written.
    public var name: String
    /// Whether the author calls it independent; nil where the orchestrator handles it.
    public var independent: Bool?

    /// Makes a component.
    public init(name: String, independent: Bool? = nil) {
        self.name = name
        self.independent = independent
    }
}
