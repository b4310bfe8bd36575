/// Which commits a run puts on its target.
public enum CommitForm: String, Codable, Hashable, Sendable, CaseIterable {
    /// A merge commit for each worker, in the order of merging.
    case merge
    /// One merge commit for each wave, with all its workers' tips as parents.
    case octopus
    /// One ordinary commit on the target for the whole run; the workers' commits stay at hybrid's own refs.
    ///
    /// Until it lands the run is merged as usual, so that jobs can be resolved, done again and traced.
    case squash
}
