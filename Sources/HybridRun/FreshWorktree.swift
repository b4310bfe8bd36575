internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension Conductor {
    /// The first attempt number of a step that has left nothing on disk yet.
    func nextAttempt(_ run: RunRecord, _ step: RunStep) -> Int {
        var number = 1
        while Files.exists(paths.attempt(run.names, step, number)) { number += 1 }
        return number
    }

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
        try noteCommits(inWorktree: fresh.name)
        try repository.removeWorktree(name: fresh.name, force: true)
    }

    /// Removes check worktrees that a killed process left.
    func discardLeftovers(_ run: RunRecord) throws {
        for worktree in try repository.worktrees() {
            guard let (id, folder) = RunNames.parse(registration: worktree.name), id == run.id,
                case .check? = run.names.place(folder)
            else { continue }
            try noteCommits(inWorktree: worktree.name)
            try repository.removeWorktree(name: worktree.name, force: true)
        }
    }
}

/// A worktree made for one check.
struct FreshWorktree {
    var name: String
    var path: String
}
