/// One step from a commit's first parent to the commit.
///
/// A step that finds nothing to work on does nothing, so that a history from which something was removed is
/// still a history.
package enum Step: Hashable, Sendable {
    /// A regular file with this content; its exec bit stays as it was.
    case write(Path, [UInt8])
    /// Sets or clears a file's exec bit.
    case mode(Path, isExecutable: Bool)
    /// A symbolic link with this target.
    case link(Path, [UInt8])
    /// A submodule at this commit.
    case gitlink(Path, String)
    /// Removes a file or a folder.
    case delete(Path)
    /// Moves a file, or all that a folder holds, which may mix with what is there.
    case move(Path, Path)
    /// Copies a file or a folder in the same manner.
    case copy(Path, Path)
    /// Does over what a commit changed since another, as one resolution of a merge.
    case take(String, since: String)
}

/// A small history and the merges to try in it.
package struct History: Hashable, Sendable {
    /// One commit.
    package struct Commit: Hashable, Sendable {
        /// Its name, which is a branch's where a merge names it.
        package var name: String
        /// Names of commits that stand before it.
        package var parents: [String]
        /// Seconds after the beginning; nil for its place in the list.
        package var date: Int?
        /// What it did to its first parent's tree.
        package var steps: [Step]

        /// A commit.
        package init(
            _ name: String, _ parents: [String] = [], date: Int? = nil, _ steps: [Step] = []
        ) {
            self.name = name
            self.parents = parents
            self.date = date
            self.steps = steps
        }
    }

    /// Two commits to merge, in both directions.
    package struct Merge: Hashable, Sendable {
        /// The first commit's name.
        package var ours: String
        /// The other commit's name.
        package var theirs: String
        /// Whether the commits' ids are given to the programs instead of the branches' names.
        package var byID: Bool

        /// A merge.
        package init(_ ours: String, _ theirs: String, byID: Bool = false) {
            self.ours = ours
            self.theirs = theirs
            self.byID = byID
        }
    }

    /// What the repository says beside its commits.
    package enum Setting: Hashable, Sendable {
        /// A key of git's configuration and its value.
        case config(String, String)
        /// A line of the repository's own attributes file.
        case attribute(String)
    }

    /// The repository's settings.
    package var settings: [Setting] = []
    /// Kinds of messages that git's answers must have for the case to be about what it says; `clean` for a clean merge.
    package var meets: [String] = []
    /// The commits, parents first.
    package var commits: [Commit] = []
    /// The merges.
    package var merges: [Merge] = []

    /// A history without commits.
    package init() {}

    /// What each commit holds, by its name.
    package func snapshots() -> [String: Snapshot] {
        var found: [String: Snapshot] = [:]
        for commit in commits {
            var snapshot = commit.parents.first.flatMap { found[$0] } ?? Snapshot()
            for step in commit.steps { snapshot.apply(step, commits: found) }
            found[commit.name] = snapshot
        }
        return found
    }

    /// Each commit's ancestors and itself, by name.
    func lineages() -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for commit in commits {
            found[commit.name] = commit.parents.reduce(into: [commit.name]) { $0.formUnion(found[$1] ?? []) }
        }
        return found
    }

    /// The merge bases of two commits: common ancestors that are no other one's ancestor.
    package func mergeBases(_ one: String, _ other: String) -> Set<String> {
        let lineages = lineages()
        let common = (lineages[one] ?? []).intersection(lineages[other] ?? [])
        return common.filter { base in
            !common.contains { $0 != base && lineages[$0]?.contains(base) == true }
        }
    }

    /// Says what is wrong with it; nil when it can be written and merged.
    package var fault: String? {
        var seen: Set<String> = []
        for commit in commits {
            if let missing = commit.parents.first(where: { !seen.contains($0) }) {
                return "\(commit.name) has the unknown parent \(missing)"
            }
            if !seen.insert(commit.name).inserted { return "two commits are named \(commit.name)" }
        }
        for merge in merges {
            for name in [merge.ours, merge.theirs] where !seen.contains(name) {
                return "a merge names the unknown commit \(name)"
            }
            if mergeBases(merge.ours, merge.theirs).isEmpty {
                return "\(merge.ours) and \(merge.theirs) have nothing in common"
            }
        }
        return nil
    }
}
