internal import HybridGit

extension Conductor {
    /// The first attempt number of a step that has left nothing on disk yet.
    func nextAttempt(_ run: RunRecord, _ step: String) -> Int {
        var number = 1
        while Files.exists(paths.attempt(run.id, step, number)) { number += 1 }
        return number
    }

    /// A detached worktree of hybrid's own at a commit; nobody works there, so it may be removed by force.
    func freshWorktree(_ run: RunRecord, at commit: ObjectID) throws -> FreshWorktree {
        var number = 1
        let taken = Set(try repository.worktrees().map(\.name))
        while taken.contains("\(run.id)-check-\(number)")
            || Files.exists(paths.worktree(run.id, "check-\(number)"))
        {
            number += 1
        }
        let fresh = FreshWorktree(
            name: "\(run.id)-check-\(number)", path: paths.worktree(run.id, "check-\(number)"))
        try Files.makeFolder(paths.worktrees + "/" + run.id)
        try repository.addDetachedWorktree(name: fresh.name, path: fresh.path, at: commit)
        return fresh
    }

    func discard(_ fresh: FreshWorktree) throws {
        try repository.removeWorktree(name: fresh.name, force: true)
    }

    /// Removes check worktrees that a killed process left.
    func discardLeftovers(_ run: RunRecord) throws {
        for worktree in try repository.worktrees() where worktree.name.hasPrefix("\(run.id)-check-") {
            try repository.removeWorktree(name: worktree.name, force: true)
        }
    }
}

/// A worktree made for one check.
struct FreshWorktree {
    var name: String
    var path: String
}
