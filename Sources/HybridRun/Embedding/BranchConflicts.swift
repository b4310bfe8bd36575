public import HybridBase
package import HybridGit
public import HybridMerging
internal import HybridSystem
internal import HybridUserGit

extension ConflictMatrix {
    /// Which of some branches conflict with each other, pair by pair, where and why.
    ///
    /// The answer is what `git merge` of every pair would say for this user: settings, merge drivers and attributes (those
    /// of the first branch) count. Any name of a commit will do. Nothing is written. Throws `HybridError` where the folder
    /// is in no repository, a name means no commit, or two histories have nothing in common. Grows with what the
    /// branches changed and with the pairs that meet, not with the repository.
    ///
    /// ```swift
    /// let matrix = try ConflictMatrix.between(["main", "feature", "fix"], in: ".")
    /// for pair in matrix.pairs {
    ///     print(matrix.branches[pair.ours].name, matrix.branches[pair.theirs].name, pair.conflicts.map(\.path))
    /// }
    /// ```
    public static func between(
        _ branches: [String], in folder: String = ".", warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(HybridError) -> ConflictMatrix {
        do {
            let repository = try Repository.holding(folder)
            let tips = try repository.commits(named: branches)
            guard let first = tips.first else { return .none }
            let (directory, environment) = (repository.gitDirectory, processEnvironment())
            let attributes = try repository.commit(first).tree
            let crew = try MergeCrew(OwnProgram.mergeThreads()) {
                try MergeEngine.ofUser(
                    at: directory, attributesOf: attributes, environment: environment, warn: warn)
            }
            return try make(zip(branches, tips).map { Branch(name: $0, tip: $1) }, with: crew)
        } catch {
            throw HybridError.told(error, about: folder)[0]
        }
    }
}

extension Repository {
    /// The commits that names mean, in their order; the error for a name that means none says so.
    package func commits(named names: [String]) throws -> [ObjectID] {
        do throws(GitError) {
            return try resolveCommits(names)
        } catch {
            guard error.code == .notFound || error.code == .invalidName else { throw error }
            throw HybridError(
                .noSuchRevision, error.subject, "there is no such branch or commit",
                next: "list the branches: git branch -a")
        }
    }
}
