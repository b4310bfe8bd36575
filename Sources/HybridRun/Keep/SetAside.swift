internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// Keeps what a worktree holds before it is removed.
struct SetAside: RunPart {
    let context: RunContext
    private var broughtLook: BroughtLook { BroughtLook(context) }
    private var ignoredStep: IgnoredStep { IgnoredStep(context) }
    private var removals: Removals { Removals(context) }

    init(_ context: RunContext) { self.context = context }

    /// Points a ref at work that must not be lost, and gives its name.
    ///
    /// What the name keeps already stays: then the ref gets a number behind it. The same work, kept once more by a
    /// step that is done again, gets no second ref.
    func keep(_ run: RunRecord, _ ref: RunRef, at id: ObjectID) throws -> String {
        let commit = try repository.commit(id)
        var number = 1
        while true {
            let numbered = ref.numbered(number)
            let name = try run.names.ref(numbered)
            guard let there = try repository.id(of: name) else {
                try runs.point(run, numbered, at: id)
                return name.text
            }
            let kept = try repository.commit(there)
            if try kept.tree == commit.tree && kept.parents == commit.parents
                || repository.isAncestor(id, of: there)
            {
                return name.text
            }
            number += 1
        }
    }

    /// Saves all of a worker's work at a ref of its own, then removes its worktree and branch.
    ///
    /// With `stays` the worktree is not removed, but its folder moved out of the way: somebody works in it.
    func setAside(
        _ run: RunRecord, _ worker: WorkerRecord, as kept: RunRef.Kept, stays: Bool = false
    ) throws -> String {
        try setAside(
            run, worker.branch, in: worker.worktree, of: .job(worker.job), worker.name, as: kept, stays: stays
        )
    }

    /// Saves all that lies on a branch and in its worktree at a ref of its own, then removes both.
    func setAside(
        _ run: RunRecord, _ branch: BranchName, in worktree: String, of owner: RunRef.Owner, _ name: String,
        as label: RunRef.Kept, stays: Bool = false
    ) throws -> String {
        guard let tip = try repository.id(of: branch.ref) else { return "no ref: its branch is gone already" }
        var kept = tip
        var left: [UncheckedPath] = []
        if Files.exists(worktree) {
            let there = try Repository(at: worktree)
            let head = try there.headCommit() ?? tip
            let tree: ObjectID
            (tree, left) = try there.keptTree(
                keeping: runs.packs.keeping(run.id), leavingOut: broughtLook.isBrought(run, in: worktree))
            kept = head
            if try there.commit(head).tree != tree {
                kept = try world.makeCommit(
                    tree, head == tip ? [head] : [head, tip], "Set aside: \(name)", in: there)
            } else if head != tip {
                _ = try keep(run, .kept(owner, label.branch), at: tip)
            }
        }
        let ref = try keep(run, .kept(owner, label), at: kept)
        if !left.isEmpty || stays,
            let there = try repository.worktrees().first(where: { $0.path == worktree })
        {
            let place = try release(there)
            let job: [JobID] = if case .job(let id) = owner { [id] } else { [] }
            if !left.isEmpty { try tellLeft(left, in: place, of: name, jobs: job, run) }
        } else if let reason = try removeWorktree(of: branch, at: worktree, force: true) {
            throw HybridError(.wrongState, name, reason)
        }
        try repository.deleteReference(branch.ref, expecting: tip)
        return ref
    }

    /// Moves a worktree out of the way with all that lies in it; gives where it is.
    func release(_ worktree: Worktree) throws -> String {
        var number = 1
        while Files.isThere(Self.place(worktree.path, number)) { number += 1 }
        try repository.releaseWorktree(name: worktree.name, to: Self.place(worktree.path, number))
        return Self.place(worktree.path, number)
    }

    /// The folder that was moved out of the way last, of those that were a worktree at this path.
    func lastLeft(_ path: String) -> String {
        var number = 1
        while Files.isThere(Self.place(path, number + 1)) { number += 1 }
        return Self.place(path, number)
    }

    private static func place(_ path: String, _ number: Int) -> String {
        path + left + (number == 1 ? "" : "-\(number)")
    }

    /// What a folder's name gets that was a worktree; no job has a dot in its name.
    private static let left = ".left"

    /// Whether a folder beside the worktrees was one, and holds what no commit can.
    static func isLeft(_ name: String) -> Bool { name.contains(left) }

    /// Says which files no commit holds, and where they are.
    func tellLeft(
        _ left: [UncheckedPath], in place: String, of name: String, jobs: [JobID], _ run: RunRecord
    ) throws {
        let message = "\(neutralise(name)): \(Self.words(left)) in no commit: in \(neutralise(place))"
        try runs.note(FindingRecord(run: run.id, kind: .warning, jobs: jobs, message: message))
        host.narrate(.note(message))
    }

    private static func words(_ left: [UncheckedPath]) -> String {
        let names = left.prefix(5).map { "\($0.path?.description ?? "all") (\(neutralise($0.reason)))" }
        let more = left.count > 5 ? " and \(left.count - 5) more" : ""
        return names.joined(separator: ", ") + more + (left.count == 1 ? " is kept" : " are kept")
    }

    /// Removes the worktree of a branch, whatever is checked out in it now; gives the reason where it must stay.
    ///
    /// With `pooled`, a run's, it may go to the pool: all that was made there is proven to be in the target.
    func removeWorktree(
        of branch: BranchName, at path: String?, force: Bool, pooled: RunRecord? = nil
    ) throws -> String? {
        let all = try repository.worktrees()
        guard
            let worktree = all.first(where: { $0.path == path }) ?? all.first(where: { $0.branch == branch })
        else { return nil }
        if !Files.exists(worktree.path) {
            try repository.removeWorktree(name: worktree.name, force: true)
            return nil
        }
        if worktree.isLocked { return "\(worktree.path) is locked: it stays" }
        var ignored: [RepoPath]?
        do throws(GitError) {
            if !force {
                let (isClean, found) = try Repository(at: worktree.path).cleanness()
                if !isClean { return "\(worktree.path) has uncommitted changes: it stays" }
                ignored = found
            }
        } catch {
            return "\(worktree.path) cannot be looked at (\(neutralise("\(error)"))): it stays"
        }
        try ignoredStep.keepIgnored(in: worktree, known: ignored)
        if force { try SubmoduleStep(context).keep(in: worktree) }
        let there = try pooled.flatMap { run in
            try Pool(context).place(for: worktree.name, isCheck: false, run, in: worktree.path) {
                ignored ?? []
            }
        }
        do throws(GitError) {
            try removals.remove(worktree.name, force: force, to: there, isKnownClean: ignored != nil)
        } catch {
            guard error.code == .uncommitted else { throw error }
            return "\(worktree.path): \(error.reason): it stays"
        }
        return nil
    }
}
