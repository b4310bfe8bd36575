internal import HybridBase
internal import HybridGit
internal import HybridSystem
internal import HybridUserGit

/// Brings what a partial clone left at its remote, before it is needed.
///
/// git itself asks for such objects one by one where nobody asked for them before; libgit2 does not ask at all. The user's
/// git fetches all that lack at once, as its own checkout does.
struct PromisedObjects {
    private let repository: Repository
    private let environment: [String: String]
    private let narrate: (String) -> Void

    init(
        of repository: Repository, environment: [String: String],
        narrate: @escaping (String) -> Void = { _ in }
    ) {
        (self.repository, self.environment, self.narrate) = (repository, environment, narrate)
    }

    init(_ context: RunContext) {
        self.init(of: context.repository, environment: context.host.environment) {
            context.host.narrate(.note($0))
        }
    }

    /// More names than these do not fit into one command.
    private static let most = 20_000
    /// Fetched folders may hold further ones: from each of them all come at once.
    private static let rounds = 4
    private static let patience = 3_600.0

    /// Brings all that a worktree of a commit holds.
    func bringTree(of commit: ObjectID) throws { try bringTree(of: commit) { _ in true } }

    /// Brings what is looked at before a run: all folders, the files that say what is ignored and converted, and `others`.
    func bringRules(of commit: ObjectID, and others: Set<RepoPath> = []) throws {
        try bringTree(of: commit) { path in
            let name = path.lastComponent
            return others.contains(path)
                || [".gitattributes", ".gitignore"].contains { name.elementsEqual($0.utf8) }
        }
    }

    private func bringTree(of commit: ObjectID, where isWanted: (RepoPath) -> Bool) throws {
        try bring { repository throws(GitError) in
            try repository.missingObjects(below: repository.commit(commit).tree, where: isWanted)
        }
    }

    /// Brings all in which the tips differ from where they began.
    func bringChanges(from base: ObjectID, to tips: [ObjectID]) throws {
        try bring { repository throws(GitError) in try repository.missingObjects(between: base, and: tips) }
    }

    private func bring(_ missing: (Repository) throws(GitError) -> [ObjectID]) throws {
        let remotes = try repository.promisorRemotes()
        guard let last = remotes.last else { return }
        var known: [ObjectID] = []
        for _ in 0..<Self.rounds {
            // A handle of its own sees what came meanwhile.
            let wanted = try missing(Repository(at: repository.commonDirectory))
            if wanted.isEmpty { return }
            if wanted == known { break }
            known = wanted
            narrate("partial clone: git fetches \(wanted.count) objects that are needed and not here")
            for remote in remotes where try fetch(wanted, from: remote, isLast: remote == last) { break }
        }
        throw refusal(last, "it did not give \(known[0]) and \(known.count - 1) more")
    }

    /// Whether one remote gave all of them; throws what git said where there is no other.
    private func fetch(_ ids: [ObjectID], from remote: String, isLast: Bool) throws -> Bool {
        let words = [
            "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
            "--recurse-submodules=no", "--no-auto-maintenance", "--filter=blob:none", "--end-of-options",
            remote,
        ]
        for start in stride(from: 0, to: ids.count, by: Self.most) {
            let some = ids[start..<min(start + Self.most, ids.count)].map(\.description)
            let answer = try UserGit.ask(
                words + some, in: repository.workingDirectory ?? repository.commonDirectory,
                environment: WorkerEnvironment.cleaned(environment), timeout: Self.patience)
            if answer.code == 0 { continue }
            if isLast { throw refusal(remote, "git cannot fetch them: \(answer.allWords)") }
            return false
        }
        return true
    }

    private func refusal(_ remote: String, _ reason: String) -> HybridError {
        HybridError(
            .programFailed, "this partial clone",
            "objects that are needed lie at its remote \(remote) only, and \(reason)",
            next:
                "see that it can be reached, or bring all objects: git fetch --refetch --no-filter \(ShellWord.bare(remote))"
        )
    }
}
