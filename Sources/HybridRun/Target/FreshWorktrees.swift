internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Worktrees of the run's own, one for each use.
struct FreshWorktrees: RunPart {
    let context: RunContext
    private var pool: Pool { Pool(context) }
    private var removals: Removals { Removals(context) }
    private var targetStop: TargetStop { TargetStop(context) }
    private var promised: PromisedObjects { PromisedObjects(context) }

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
            place: .check(number), name: run.names.registration(.check(number)),
            path: paths.worktree(run.names, .check(number)))
        try Files.makeFolder("\(paths.worktrees)/\(run.id)")
        try promised.bringTree(of: commit)
        try pool.add([NewWorktree(name: fresh.name, path: fresh.path)], at: commit, isCheck: true, run)
        return fresh
    }

    func discard(_ fresh: FreshWorktree, of run: RunRecord) throws {
        try targetStop.noteCommits(inWorktree: fresh.name)
        try SubmoduleStep(context).putBack()
        let there = try pool.place(for: fresh.name, isCheck: true, run, in: fresh.path) {
            try Repository(at: fresh.path).ignoredEntries()
        }
        try removals.remove(fresh.name, force: true, isForWork: false, to: there)
        world.slots.release(fresh.path)
        removals.begin()
    }

    /// Removes check worktrees that a killed process left.
    func discardLeftovers(_ run: RunRecord) throws {
        for worktree in try repository.worktrees() {
            guard let (id, folder) = RunNames.parse(registration: worktree.name), id == run.id,
                case .check? = run.names.place(folder)
            else { continue }
            try targetStop.noteCommits(inWorktree: worktree.name)
            try removals.remove(worktree.name, force: true, isForWork: false)
        }
    }

    /// Makes a branch at `base` and a worktree on it; what stands already from an earlier try is used.
    ///
    /// `path` is where it lies, if that is recorded. The places in `together` get theirs in the same pass where nothing of
    /// theirs is there yet; whoever asks for one of them later finds it.
    func ensureWorktree(
        _ run: RunRecord, _ place: RunPlace, path: String? = nil, at base: ObjectID,
        together: [(place: RunPlace, path: String)] = []
    ) throws {
        let (name, path) = (run.names.registration(place), path ?? paths.worktree(run.names, place))
        let branch = try run.names.branch(place)
        let all = try repository.worktrees()
        let known = all.first { $0.name == name }
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
        let first = NewWorktree(name: name, path: path, branch: branch)
        // One that lost its folder has a branch with work, which may be at another commit.
        try promised.bringTree(of: there ?? base)
        if let there, there != base {
            try repository.addWorktree(name: name, path: path, branch: branch)
            return
        }
        let others = try together.compactMap { other -> NewWorktree? in
            let name = run.names.registration(other.place)
            let branch = try run.names.branch(other.place)
            let isNew = try repository.id(of: branch.ref) == nil && !all.contains { $0.name == name }
            return isNew ? NewWorktree(name: name, path: other.path, branch: branch) : nil
        }
        let wanted = [first] + others
        for new in wanted {
            if let branch = new.branch, try repository.id(of: branch.ref) == nil {
                try repository.createReference(
                    branch.ref, at: base, message: "hybrid: branch for \(new.name)")
            }
            try Files.makeFolder(new.path.pathFolder.map(String.init) ?? ".")
        }
        do {
            try pool.add(wanted, at: base, isCheck: false, run)
        } catch {
            // What is wrong with another is told when its turn comes.
            if wanted.count == 1 { throw error }
            try pool.add([first], at: base, isCheck: false, run)
        }
    }
}

/// A worktree made for one check.
struct FreshWorktree {
    var place: RunPlace
    var name: String
    var path: String
}
