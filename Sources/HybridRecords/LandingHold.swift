package import HybridPlan

/// Why a run that could land waits for a word of the user's.
public enum LandingHold: String, Codable, Hashable, Sendable, CaseIterable {
    /// The target holds a worker's work, or lost what it held, or nobody knows who moved it.
    case target
    /// A worker changed a worktree that is not its own.
    case worktrees
    /// The remote holds the result, and the target here could not be moved yet.
    case pushed
}

extension LandingHold {
    /// What to type next.
    package func next(_ run: RunID) -> String {
        switch self {
        case .target:
            "hybrid resume \(run) --accept-target, or when the target is back where it was: hybrid resume \(run)"
        case .worktrees:
            "hybrid resume \(run) --accept-worktrees, or when it is as it was: hybrid resume \(run)"
        case .pushed: "hybrid land \(run)"
        }
    }
}
