/// What becomes of a run whose verify commands fail on its base already.
public enum RedBasePolicy: String, Hashable, Sendable, CaseIterable {
    /// Nothing is launched.
    case stop
    /// The run goes on: the commands can only pass once the work is done.
    case accept
}

/// What becomes of a worker that touched what it had not claimed.
public enum AuditPolicy: String, Hashable, Sendable, CaseIterable {
    /// It is left out of the merge.
    case refuse
    /// It is left out only where somebody else claimed what it touched, or nobody may touch it.
    case allowUnclaimed = "allow-unclaimed"
    /// It is merged, and the breach is reported.
    case report
}

/// What becomes of a worker whose tip is well but whose commits on the way there are not.
public enum HistoryPolicy: String, Hashable, Sendable, CaseIterable {
    /// It is left out of the merge.
    case refuse
    /// Its tip is merged as one commit, without what lay between.
    case squash
    /// It is merged with all its commits, and each fault is reported; what servers refuse is never merged.
    case report
}

/// What becomes of work that a worker left beside its branch.
public enum BesidePolicy: String, Hashable, Sendable, CaseIterable {
    /// It is kept and reported.
    case report
    /// It is the worker's work where its own branch holds none, and it stands on the worker's base by itself.
    case take
}
