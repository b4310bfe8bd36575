internal import HybridMerging

/// Work that came up in a run beside the workers' branches, as a finding tells it.
public struct BesideRecord: Codable, Hashable, Sendable {
    /// What it is.
    public enum What: String, Codable, Hashable, Sendable, CaseIterable {
        /// A commit that no branch of the user's names.
        case commit
        /// A branch, or a ref of another kind.
        case branch, ref
        /// An entry of the stash.
        case stash
        /// A worktree, with what is not committed there.
        case worktree
        /// Entries that the stash had before, and has no more.
        case stashGone = "stash-gone"
    }

    /// What it is.
    public var what: What
    /// The commit (hex) that holds it; of several stash entries, the newest one.
    public var id: String
    /// The branch, the ref, the stash entry's message or the worktree's path; empty for a commit on none.
    public var name: String
    /// The ref that keeps it.
    public var keptAt: String
    /// The merged tip (hex) that was found to hold all of it; nil where none does.
    public var mergedIn: String?

    package init(what: What, id: String, name: String, keptAt: String, mergedIn: String? = nil) {
        self.what = what
        self.id = id
        self.name = name
        self.keptAt = keptAt
        self.mergedIn = mergedIn
    }
}
