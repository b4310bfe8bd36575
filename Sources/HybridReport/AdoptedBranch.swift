package import HybridGit

/// A branch that somebody else made, as it was when it was looked at.
package struct AdoptedBranch: Hashable, Sendable {
    /// Who may have written it.
    package enum Origin: String, Hashable, Sendable, CaseIterable {
        /// A branch of this repository.
        case local
        /// A ref that was fetched: a remote's branch, a pull request.
        case fetched
        /// A commit that was named in another way.
        case commit
    }

    /// What it was asked for as, or what a pattern found: `topic`, `origin/topic`, `refs/pull/7/head`.
    package var name: String
    /// Its tip.
    package var tip: ObjectID
    /// Where it comes from.
    package var origin: Origin

    package init(name: String, tip: ObjectID, origin: Origin) {
        (self.name, self.tip, self.origin) = (name, tip, origin)
    }
}
