internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Whether a run's worktrees are this repository's, and whether git can still open them.
extension RunStore {
    /// Throws where a worktree of a run is another repository's: in a copy of a repository, all that it knows of
    /// worktrees leads to those of the first.
    func refuseOthersWorktrees(_ run: RunRecord) throws {
        let registered = try repository.worktrees().filter {
            RunNames.parse(registration: $0.name)?.run == run.id
        }
        let paths = try Set(registered.map(\.path) + workers(of: run).map(\.worktree))
        for path in paths.sorted() {
            guard let owner = try repository.otherOwner(ofWorktreeAt: path) else { continue }
            throw HybridError(
                .wrongState, path,
                "it is a worktree of \(owner), and this repository, which knows it for its own, seems to be a copy "
                    + "of that one",
                next: "work on run \(run.id) there: cd \(ShellWord.bare(Self.home(of: owner)))")
        }
    }

    /// Where a person stands to work on a repository.
    static func home(of common: String) -> String { common.rest(before: "/.git").map(String.init) ?? common }

    /// Puts back the file `.git` of a run's worktrees that somebody took away; without it nothing in them could be
    /// kept, merged or given up.
    func mendLinks(_ run: RunRecord) throws {
        for name in Files.names(in: repository.commonDirectory + "worktrees").sorted() {
            guard let parsed = RunNames.parse(registration: name), parsed.run == run.id else { continue }
            try mendLink(run, parsed.folder)
        }
    }

    /// The same of one worktree, by where it lies.
    func mendLink(_ run: RunRecord, of worktree: String) throws {
        guard let folder = worktree.withoutFinalSlashes.pathParts.last.map(String.init),
            Files.isFolder(worktree), !Files.isThere(worktree + "/.git"),
            Files.isFolder(
                repository.commonDirectory + "worktrees/" + RunNames.registration(run.id, folder: folder))
        else { return }
        try mendLink(run, folder)
    }

    private func mendLink(_ run: RunRecord, _ folder: String) throws {
        let name = RunNames.registration(run.id, folder: folder)
        // In a copy of a repository that lies elsewhere, and is the first one's.
        guard let path = try repository.unlinkedWorktree(name: name), path == paths.folder(run.id, folder),
            try repository.mendWorktreeLink(name: name)
        else { return }
        let message =
            "somebody removed \(neutralise(path))/.git, without which git knows no worktree there; it is put back, "
            + "and the files are as they were"
        let jobs: [JobID] = if case .job(let id)? = run.names.place(folder)?.owner { [id] } else { [] }
        try note(FindingRecord(run: run.id, kind: .warning, jobs: jobs, message: message))
        host.narrate(.note(message))
    }
}
