/// Why two workers collided, as far as the plan tells.
public enum ConflictCause: String, Codable, Hashable, Sendable, CaseIterable {
    /// The plan gave the place to both, and the run went on all the same.
    case plannedOverlap = "planned-overlap"
    /// One of them touched what it had not claimed.
    case breach
    /// One of them moved what was another's, or into another's folder.
    case renameAcrossClaims = "rename-across-claims"
    /// One of them took away what was another's.
    case deleteAcrossClaims = "delete-across-claims"
    /// What one of them depends on changed under it.
    case interfaceDrift = "interface-drift"
    /// The merge is clean, each passes alone, and together they fail.
    case semantic

    /// The cause for a person.
    public var words: String {
        switch self {
        case .plannedOverlap: "the plan gave the place to both"
        case .breach: "a breach of claims"
        case .renameAcrossClaims: "a rename across claims"
        case .deleteAcrossClaims: "a deletion across claims"
        case .interfaceDrift: "interface drift: what one depends on changed under it"
        case .semantic: "semantic: they merge cleanly and fail together"
        }
    }
}
