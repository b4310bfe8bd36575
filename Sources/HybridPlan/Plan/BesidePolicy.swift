/// What becomes of work that a worker left beside its branch.
public enum BesidePolicy: String, Hashable, Sendable, CaseIterable {
    /// It is kept and reported.
    case report
    /// It is the worker's work where its own branch holds none, and it stands on the worker's base by itself.
    case take
}
