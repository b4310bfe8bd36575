package import HybridPlan

extension RunRecord {
    /// The names of this run.
    package var names: RunNames { RunNames(id, layout ?? .beside) }
}
