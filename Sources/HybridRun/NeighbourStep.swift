internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem
internal import HybridUserGit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Looking at the worktrees that are no worker's before and after workers, and commands of the run, work.
extension Conductor {
    /// The most files of one worktree that are told singly.
    static let toldFiles = 20
    /// Two looks that lie no further apart than this are one, in nanoseconds.
    private static let freshness: UInt64 = 2_000_000_000

    private func recordPath(_ run: RunRecord) -> String { paths.file(run.id, .neighbours) }

    func neighbourRecord(_ run: RunRecord) throws -> NeighbourRecord? {
        try DurableFile.readJSON(NeighbourRecord.self, from: recordPath(run))
    }

    /// The worktrees that are neither this run's nor another live run's, the main one first.
    ///
    /// What is not there, is being made or may be pruned is left out: nothing can be lost there.
    private func neighbours(_ run: RunRecord) throws -> [Neighbour] {
        let live = Set(try ledger.runs().filter { $0.state.isOpen }.map(\.id)).union([run.id])
        let linked = try repository.worktrees().filter { worktree in
            !worktree.isUnfinished && !worktree.isPrunable
                && RunNames.parse(registration: worktree.name).map { !live.contains($0.run) } ?? true
        }
        let all = try [repository.mainWorktree()].compactMap { $0 } + linked
        return all.filter { Files.exists($0.path + "/.git") }.map { Neighbour(name: $0.name, path: $0.path) }
    }

    /// Notes what lies in the neighbours, and keeps what is uncommitted there at refs of the run.
    ///
    /// A phase that was begun and not compared yet goes on from what it noted: a run that was killed asks once.
    func noteNeighbours(_ run: RunRecord, _ phase: String) throws {
        var record = try neighbourRecord(run) ?? NeighbourRecord()
        guard record.phase == nil else { return }
        let isFresh = Monotonic.now() - min(Monotonic.now(), record.lookedAt) < Self.freshness
        let old = Dictionary(record.neighbours.map { ($0.path, $0) }) { one, _ in one }
        var names = Set(record.changedRefs + record.neighbours.compactMap(\.kept))
        record.neighbours = try neighbours(run).map { neighbour in
            if isFresh, let known = old[neighbour.path], known.snapshot != nil { return known }
            return try kept(neighbour, old[neighbour.path], run, &names)
        }
        record.lookedAt = Monotonic.now()
        record.since = WallClock.now().rounded(.down)
        record.phase = phase
        try DurableFile.writeJSON(record, to: recordPath(run))
    }

    /// Looks at a neighbour and points a ref at what is uncommitted there.
    private func kept(
        _ neighbour: Neighbour, _ old: Neighbour?, _ run: RunRecord, _ names: inout Set<String>
    ) throws -> Neighbour {
        var neighbour = neighbour
        neighbour.kept = old?.kept
        // Contents that were kept need not be read again, as long as the ref stands.
        let saved = try neighbour.kept.flatMap { try repository.id(of: RefName($0)) }
        let known = saved != nil && saved?.description == old?.saved ? old?.snapshot : nil
        let look: (snapshot: WorktreeSnapshot, contents: [ObjectID: [UInt8]])
        do {
            look = try WorktreeSnapshot.take(
                neighbour.path, known: known, excluding: excluded(in: neighbour.path))
        } catch {
            neighbour.unseen = "\(error)"
            host.narrate(
                .note("warning: \(neutralise(neighbour.path)) is not compared: \(neutralise("\(error)"))"))
            return neighbour
        }
        neighbour.snapshot = look.snapshot
        if let known, known.files == look.snapshot.files, known.head == look.snapshot.head {
            neighbour.saved = saved?.description
            return neighbour
        }
        let staging = try staging()
        let identity = try identity()
        let stash = try staging.createStash(
            of: look.snapshot, contents: look.contents, author: identity.author, committer: identity.committer
        )
        guard let commit = stash else {
            if let ref = neighbour.kept, let saved {
                try repository.deleteReference(RefName(ref), expecting: saved)
            }
            neighbour.kept = nil
            return neighbour
        }
        packs.hold(
            try staging.writeStaged(
                reachableFrom: commit, beyond: [look.snapshot.headCommit].compactMap { $0 },
                keptFor: HeldPacks.owner(run.id)))
        // A ref names it below, or another stash of the same files.
        defer { packs.release(commit) }
        if let ref = neighbour.kept {
            try repository.updateReference(
                RefName(ref), to: commit, expecting: saved ?? .zero, message: "hybrid: \(run.id)")
        } else {
            neighbour.kept = try keepStash(commit, of: neighbour, run, besides: names)
        }
        neighbour.saved = try neighbour.kept.flatMap { try repository.id(of: RefName($0))?.description }
        names.formUnion([neighbour.kept].compactMap { $0 })
        return neighbour
    }

    /// Points a ref of its own at a stash; one that a killed run made of the same files is taken again.
    private func keepStash(
        _ commit: ObjectID, of neighbour: Neighbour, _ run: RunRecord, besides names: Set<String>
    ) throws -> String {
        func trees(_ id: ObjectID) throws -> [ObjectID] {
            let stash = try repository.commit(id)
            return try [stash.tree, stash.parents[0]]
                + stash.parents.dropFirst().map { try repository.commit($0).tree }
        }
        var number = 1
        while true {
            let ref = try run.names.ref(
                .user(worktree: neighbour.name.isEmpty ? nil : neighbour.name, number: number))
            number += 1
            if names.contains(ref.text) { continue }
            guard let there = try repository.id(of: ref) else {
                try repository.createReference(ref, at: commit, message: "hybrid: \(run.id)")
                return ref.text
            }
            if try trees(there) == trees(commit) { return ref.text }
        }
    }

    /// Folders below a worktree that are hybrid's, or other worktrees, which are compared themselves.
    private func excluded(in root: String) throws -> [String] {
        let root = (Files.real(root) ?? root) + "/"
        let all = try [paths.worktrees] + repository.worktrees().map(\.path)
        return all.map { Files.real($0) ?? $0 }.filter { !root.hasPrefix($0 + "/") }
    }

    /// Holds the neighbours against what was noted when the phase began; each change is a finding.
    ///
    /// `jobs` ran meanwhile; none stands for the run's own commands. What a worker is shown to have changed stops the
    /// landing later on. Gives the branches, as findings spell their refs, that were moved where they are checked out, and are told with what brings
    /// them back: it minds what lay there uncommitted.
    @discardableResult
    func compareNeighbours(
        _ run: RunRecord, _ ran: [WorkerRecord], _ moment: String
    ) throws -> Set<String> {
        guard var record = try neighbourRecord(run), record.phase != nil else { return [] }
        var moved: Set<String> = []
        let blame = try neighbourBlame(run, ran, since: record.since)
        for index in record.neighbours.indices {
            let neighbour = record.neighbours[index]
            let (after, all) = try changes(of: neighbour)
            // A branch goes on as people commit; the target is looked after by itself.
            let changes = try all.filter {
                try $0.kind != .moved
                    || neighbour.snapshot?.branch != run.target
                        && blame.verdict($0, gitDirectory: place(of: neighbour), root: neighbour.path) != nil
            }
            guard !changes.isEmpty else { continue }
            // An entry that was not blamed for is looked at anew by the next phase.
            record.neighbours[index].snapshot = nil
            let undo = try undo(of: neighbour)
            let held = try tell(changes, in: neighbour, run, ran, blame, undo, moment, after)
            if let branch = neighbour.snapshot?.branch,
                changes.contains(where: { $0.kind == .moved && undo.command($0) != nil })
            {
                moved.insert(neutralise("refs/heads/" + branch))
            }
            if !held.isEmpty {
                record.held.append(
                    NeighbourRecord.Held(
                        neighbour: neighbour, changes: held.map(\.key),
                        text: held[0].text
                            + (held.count > 1 ? " and \(held.count - 1) more" : "")))
            }
            // What git ignores is in no ref.
            if let ref = neighbour.kept, changes.contains(where: { $0.kind != .ignored }) {
                record.changedRefs.append(ref)
                record.neighbours[index].kept = nil
                record.neighbours[index].saved = nil
            }
        }
        record.phase = nil
        record.lookedAt = Monotonic.now()
        try DurableFile.writeJSON(record, to: recordPath(run))
        return moved
    }

    /// Compares the neighbours before and after a command of the run's own.
    func watchingNeighbours<T>(_ run: RunRecord, _ moment: String, _ body: () throws -> T) throws -> T {
        try noteNeighbours(run, moment)
        let result = try body()
        try compareNeighbours(run, [], moment)
        return result
    }

    func changes(
        of neighbour: Neighbour
    ) throws -> (after: WorktreeSnapshot?, changes: [NeighbourChange]) {
        guard let before = neighbour.snapshot else { return (nil, []) }
        guard Files.exists(neighbour.path + "/.git") else {
            return (nil, [NeighbourChange(.gone, detail: "it is not there any more")])
        }
        let look: WorktreeSnapshot
        do {
            look = try WorktreeSnapshot.take(
                neighbour.path, known: before, excluding: excluded(in: neighbour.path)
            ).snapshot
        } catch {
            return (nil, [NeighbourChange(.unreadable, detail: neutralise("\(error)"))])
        }
        let comparison = NeighbourComparison(
            repository: repository, old: before, new: look, root: neighbour.path)
        return (look, try comparison.changes())
    }

    private func undo(of neighbour: Neighbour) throws -> NeighbourUndo {
        let known =
            neighbour.name.isEmpty ? nil : try repository.worktrees().first { $0.name == neighbour.name }
        return NeighbourUndo(
            neighbour: neighbour, ref: neighbour.kept,
            isRegistered: known != nil, common: repository.commonDirectory,
            movedTo: known.flatMap { $0.path != neighbour.path && Files.exists($0.path) ? $0.path : nil })
    }

    /// The git directory of a worktree, without links.
    func place(of neighbour: Neighbour) -> String {
        let admin = repository.commonDirectory + (neighbour.name.isEmpty ? "" : "worktrees/" + neighbour.name)
        return Files.real(admin) ?? admin
    }

    func neighbourBlame(_ run: RunRecord, _ ran: [WorkerRecord], since: Double) throws -> NeighbourBlame {
        let plan = try plan(of: run)
        return NeighbourBlame(
            repository: repository, plan: plan, ran: ran,
            deeds: Deed.read(paths.file(run.id, .deeds)).filter { Double($0.time) >= since - 2 },
            said: { worker in
                let command = plan.jobs[worker.index].command?.display ?? ""
                let logs = (1...max(1, worker.attempt)).compactMap {
                    Files.read(self.paths.attempt(run.names, .job(worker.job), $0) + "/log")
                }
                return [Array(command.utf8)] + logs
            })
    }
}

extension Conductor {
    /// Stops a landing where a worker changed a worktree that is not its own, and it still is as the worker left it.
    func holdForNeighbours(_ run: inout RunRecord) throws -> Bool {
        guard var record = try neighbourRecord(run), !record.held.isEmpty else { return false }
        record.held = try record.held.filter { held in
            // What a worker's git did in another's worktree, nobody can see undone.
            if held.changes.contains(where: { $0.kind == .sibling }) { return true }
            let now = try changes(of: held.neighbour).changes.map(\.key)
            return !Set(now).isDisjoint(with: held.changes)
        }
        try DurableFile.writeJSON(record, to: recordPath(run))
        guard let first = record.held.first else { return false }
        run.hold = .worktrees
        let more = record.held.count > 1 ? "; \(record.held.count - 1) more worktrees" : ""
        try save(
            &run, .landingPending,
            "a worker changed what is not its own: \(first.text)\(more); nothing landed")
        return true
    }

    /// What workers changed in worktrees that are not their own is well so.
    func acceptNeighbours(_ run: inout RunRecord) throws {
        guard run.hold == .worktrees, var record = try neighbourRecord(run) else { return }
        for finding in try ledger.findings(of: run.id)
        where finding.kind == .breach && finding.worktree != nil && finding.accepted != true {
            var accepted = finding
            accepted.accepted = true
            try ledger.replace(finding, by: accepted)
        }
        run.hold = nil
        try ledger.update(run)
        try self.record(run.id)
        record.held = []
        try DurableFile.writeJSON(record, to: recordPath(run))
    }

    /// Drops the refs that keep what was not changed; those of a phase that goes on stay.
    func dropNeighbours(_ run: RunRecord) throws {
        guard var record = try neighbourRecord(run), record.phase == nil else { return }
        for index in record.neighbours.indices {
            guard let name = record.neighbours[index].kept else { continue }
            let ref = try RefName(name)
            if let id = try repository.id(of: ref) { try repository.deleteReference(ref, expecting: id) }
            record.neighbours[index].kept = nil
            record.neighbours[index].saved = nil
            record.neighbours[index].snapshot = nil
        }
        if record.changedRefs.isEmpty && record.held.isEmpty {
            try DurableFile.remove(recordPath(run))
        } else {
            try DurableFile.writeJSON(record, to: recordPath(run))
        }
    }
}

extension Files {
    /// When a path's content was last written, links not followed, in seconds since 1970; nil: not there.
    static func modified(_ path: String) -> Double? {
        var found = stat()
        guard unsafe lstat(path, &found) == 0 else { return nil }
        #if canImport(Darwin)
            let time = found.st_mtimespec
        #else
            let time = found.st_mtim
        #endif
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
