internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Folders of finished worktrees that later ones are made of: `hybrid.pool` says how many are kept, none by default.
///
/// git knows nothing of them. A later worktree keeps of one only files that are as hybrid wrote them; what git ignores
/// goes as well, unless `hybrid.pool.trustCaches` says otherwise.
struct Pool: RunPart {
    let context: RunContext
    private var broughtLook: BroughtLook { BroughtLook(context) }

    init(_ context: RunContext) { self.context = context }

    private var folder: PoolFolder { PoolFolder(paths.worktrees, host.sealer) }
    private var later: String { Removals.folder(in: paths.worktrees) }
    private func limit() throws -> Int { try world.runSettings().pool() }

    // MARK: Worktrees are made

    /// Adds worktrees of one commit, of what the pool has as far as it goes; `isCheck`: hybrid's own commands run there.
    ///
    /// As `Repository.addWorktrees` does. A folder that turns out to be of no use costs nothing but time.
    func add(
        _ wanted: [NewWorktree], at commit: ObjectID, isCheck: Bool, _ run: RunRecord
    ) throws {
        // Others' code sees nothing that earlier worktrees held.
        let taken = try run.adoption?.isOfOthers == true ? [] : take(wanted.count, isCheck: isCheck)
        defer { if !taken.isEmpty { discard(taken) } }
        var new = wanted
        for (index, one) in taken.enumerated() { new[index].spare = one.spare(later: later) }
        let rules = try make(new, plain: wanted, at: commit)
        if try limit() > 0, let rules {
            for worktree in wanted { try note(worktree.name, rules) }
        }
        if isCheck, taken.contains(where: { !$0.note.kept.isEmpty }) { try tellKept(run) }
    }

    private func make(
        _ new: [NewWorktree], plain: [NewWorktree], at commit: ObjectID
    ) throws(GitError) -> String? {
        do throws(GitError) {
            return try repository.makeWorktrees(new, at: commit)
        } catch {
            guard new != plain else { throw error }
            // What is wrong with the worktree itself is told now.
            let rules = try repository.makeWorktrees(plain, at: commit)
            host.narrate(.note("a worktree of the pool could not be used: \(neutralise("\(error)"))"))
            return rules
        }
    }

    /// What has to be known to use the folder again lies in its registration, and goes with it.
    private func note(_ name: String, _ rules: String) throws {
        let admin = registration(name)
        guard unsafe link(admin + "index", admin + PoolNote.index) == 0,
            let facts = try SpareFolder.facts(ofIndex: admin + PoolNote.index)
        else { return }
        try folder.note(name, at: admin + PoolNote.file).write(
            PoolNote(checksum: facts.checksum.description, rules: rules, size: facts.size))
    }

    private func registration(_ name: String) -> String {
        repository.commonDirectory + "worktrees/" + name + "/"
    }

    /// A verdict that may rest on what an earlier check left behind is called so.
    private func tellKept(_ run: RunRecord) throws {
        try tellOnce(
            "verified in a worktree that kept what git ignores of earlier checks (hybrid.pool.trustCaches): a stale cache "
                + "may have answered", run)
    }

    // MARK: Worktrees go

    /// Makes room in the pool for a worktree that is about to go; nil where it is to be deleted.
    ///
    /// Gives where its folder is to be moved. `ignored` is what git ignores there.
    func place(
        for name: String, isCheck: Bool, _ run: RunRecord, in worktree: String,
        ignored: () throws -> [RepoPath]
    ) throws -> PoolPlace? {
        // What others' code left there is nothing to build on.
        if run.adoption?.isOfOthers == true { return nil }
        guard try folder.names().count < limit(), var note = try made(name) else { return nil }
        note.isCheck = isCheck
        if try world.runSettings().trustsCaches() {
            let brought = try broughtLook.list(run, in: worktree)?.roots ?? []
            note.kept = try ignored().map(\.text.withoutFinalSlashes).filter { path in
                !brought.contains { Self.meet($0, path) }
            }
        }
        let draft = folder.draft(name)
        try Files.makeFolder(draft)
        let index = registration(name) + PoolNote.index
        if unsafe link(index, draft + "/" + PoolNote.index) != 0 {
            // They may lie on another disk.
            try DurableFile.write(DurableFile.read(index) ?? [], to: draft + "/" + PoolNote.index)
        }
        try folder.note(name, at: draft + "/" + PoolNote.file).write(note)
        return PoolPlace(draft: draft, whole: folder.entry(name))
    }

    private static func meet(_ one: String, _ other: String) -> Bool {
        one == other || one.beginsWithBytes(of: other + "/") || other.beginsWithBytes(of: one + "/")
    }

    /// What was noted when the worktree was made; nil where nothing was, or somebody else wrote it.
    private func made(_ name: String) throws -> PoolNote? {
        let text = folder.note(name, at: registration(name) + PoolNote.file)
        do {
            return try text.read(PoolNote.self)?.value
        } catch let error as HybridError {
            host.narrate(.note("\(name) does not go to the pool: \(error)"))
            return nil
        }
    }

    /// Lets go what is more than `hybrid.pool` says, or all; gives how many went.
    @discardableResult
    func trim(all: Bool = false) throws -> Int {
        let names = try folder.names()
        let most = all ? 0 : try limit()
        guard names.count > most else { return 0 }
        let going = names.dropFirst(most)
        for name in going {
            if let taken = try folder.take(name) { discard([taken]) }
        }
        folder.removeIfEmpty()
        return going.count
    }

    // MARK: What is there

    /// Takes up to so many folders out of the pool; nobody else gets them.
    private func take(_ count: Int, isCheck: Bool) throws -> [TakenFolder] {
        guard try limit() > 0 else { return [] }
        var taken: [TakenFolder] = []
        var others: [TakenFolder] = []
        for name in try folder.names() where taken.count < count {
            guard try folder.isCheck(name) == isCheck else { continue }
            if let one = try folder.take(name) { taken.append(one) }
        }
        // Where a worker was, no verification takes place; the other way round nothing speaks against it.
        if !isCheck {
            for name in try folder.names() where taken.count + others.count < count {
                if let one = try folder.take(name) { others.append(one) }
            }
        }
        return taken + others
    }

    /// Removes what is left of folders that were taken, and what of them had no place in the new worktrees.
    private func discard(_ taken: [TakenFolder]) {
        for one in taken {
            do throws(GitError) {
                try Repository.moveAway(one.path, to: later)
            } catch {
                host.narrate(.note("\(one.path) is left of the pool: \(error); delete it"))
            }
        }
        Removals(context).begin()
        guard host.program == nil else { return }
        do { try Removals.sweep(paths.worktrees) } catch {
            host.narrate(.note("\(later) holds removed worktrees: \(error); delete it"))
        }
    }
}

/// Where a folder goes in the pool.
struct PoolPlace {
    /// Nobody takes it there.
    var draft: String
    /// All of it is there.
    var whole: String

    /// Where the worktree's folder is moved.
    var tree: String { draft + "/" + PoolNote.tree }

    /// Lets others take it, once its folder is there.
    func finish() { _ = unsafe rename(draft, whole) }
}
