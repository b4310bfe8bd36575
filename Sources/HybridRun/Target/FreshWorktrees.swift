internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Worktrees of the run's own, made anew for each use.
struct FreshWorktrees: RunPart {
    let context: RunContext
    private var targetStop: TargetStop { TargetStop(context) }

    init(_ context: RunContext) { self.context = context }

    /// A detached worktree of hybrid's own at a commit; nobody works there, so it may be removed by force.
    func freshWorktree(_ run: RunRecord, at commit: ObjectID) throws -> FreshWorktree {
        var number = 1
        let taken = Set(try repository.worktrees().map(\.name))
        while taken.contains(run.names.registration(.check(number)))
            || Files.exists(paths.worktree(run.names, .check(number)))
        {
            number += 1
        }
        let fresh = FreshWorktree(
            name: run.names.registration(.check(number)), path: paths.worktree(run.names, .check(number)))
        try Files.makeFolder(paths.worktrees + "/" + run.id)
        try repository.addDetachedWorktree(name: fresh.name, path: fresh.path, at: commit)
        return fresh
    }

    func discard(_ fresh: FreshWorktree) throws {
        try targetStop.noteCommits(inWorktree: fresh.name)
        try repository.removeWorktree(name: fresh.name, force: true)
    }

    /// Removes check worktrees that a killed process left.
    func discardLeftovers(_ run: RunRecord) throws {
        for worktree in try repository.worktrees() {
            guard let (id, folder) = RunNames.parse(registration: worktree.name), id == run.id,
                case .check? = run.names.place(folder)
            else { continue }
            try targetStop.noteCommits(inWorktree: worktree.name)
            try repository.removeWorktree(name: worktree.name, force: true)
        }
    }

    /// Makes a branch at `base` and a worktree on it; what stands already from an earlier try is used.
    ///
    /// `path` is where it lies, if that is recorded.
    func ensureWorktree(_ run: RunRecord, _ place: RunPlace, path: String? = nil, at base: ObjectID) throws {
        let (name, path) = (run.names.registration(place), path ?? paths.worktree(run.names, place))
        let branch = try run.names.branch(place)
        let known = try repository.worktrees().first { $0.name == name }
        if let known {
            if Files.exists(known.path) { return }
            try repository.removeWorktree(name: name, force: true)
        }
        let there = try repository.id(of: branch.ref)
        if known == nil, let there, there != base {
            throw HybridError(
                .wrongState, "branch \(branch)",
                "it is there already, at \(there.short), and hybrid did not put it there",
                next: "look at it, then: git branch -m \(branch) NEW-NAME")
        }
        if there == nil {
            try repository.createReference(branch.ref, at: base, message: "hybrid: branch for \(name)")
        }
        try Files.makeFolder(path.pathFolder.map(String.init) ?? ".")
        try repository.addWorktree(name: name, path: path, branch: branch)
    }
}

/// A worktree made for one check.
struct FreshWorktree {
    var name: String
    var path: String
}
