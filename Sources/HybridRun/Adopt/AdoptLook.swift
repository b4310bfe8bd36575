internal import HybridBase
internal import HybridGit
internal import HybridMerging
package import HybridReport
internal import HybridSystem
internal import HybridUserGit

/// Says what would become of branches that exist already; nothing is written.
package struct AdoptLook {
    private let inspection: Inspection

    package init(_ inspection: Inspection) { self.inspection = inspection }

    private var repository: Repository { inspection.repository }

    /// What would land, in which order, and what would be left out and why.
    ///
    /// `into` names the target; the current branch where it is nil. Throws where a name finds nothing. Grows with what the
    /// branches changed and with the pairs that meet, and with the files of the worktrees in which they are checked out.
    package func adoption(
        of names: AdoptedNames, into: String?, verify: [String], warn: @escaping @Sendable (String) -> Void
    ) throws -> Adoption {
        let (target, tip) = try inspection.target(named: into)
        let branches = try names.find(in: repository, target: target)
        let engine = try MergeEngine.ofUser(
            at: repository.gitDirectory, attributesOf: repository.commit(tip).tree,
            environment: inspection.environment, warn: warn)
        var adoption = try AdoptionSearch(engine: engine).search(branches, target, tip)
        adoption.verify = verify.isEmpty ? try VerifySetting.commands(inspection) : verify
        try lookAtWorktrees(&adoption)
        if try repository.isShallow(),
            adoption.out.values.contains(where: { if case .unrelated = $0 { true } else { false } })
        {
            adoption.warnings.append(
                "this clone is shallow, so that common commits may be missing: git fetch --unshallow")
        }
        return adoption
    }

    /// Notes the worktrees of adopted branches that hold what is not committed.
    private func lookAtWorktrees(_ adoption: inout Adoption) throws {
        let own = Dictionary(
            adoption.branches.enumerated().filter { $1.origin == .local }.map { ($1.name, $0) },
            uniquingKeysWith: { first, _ in first })
        let all = try [repository.mainWorktree()].compactMap { $0 } + repository.worktrees()
        for worktree in all where !worktree.isPrunable && !worktree.isUnfinished {
            guard let name = worktree.branch?.text, let branch = own[name] else { continue }
            let count = try Repository(at: worktree.path).status().count
            if count > 0 { adoption.dirty.append((branch, worktree.path, count)) }
        }
    }
}

/// The verify commands of whoever names none: `git config hybrid.verify`, which may be there several times.
enum VerifySetting {
    static func commands(_ inspection: Inspection) throws -> [String] {
        let repository = inspection.repository
        let answer = try UserGit.ask(
            ["config", "--get-all", "-z", "hybrid.verify"],
            in: repository.workingDirectory ?? repository.commonDirectory,
            environment: WorkerEnvironment.cleaned(inspection.environment))
        return answer.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
