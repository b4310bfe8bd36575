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
struct NeighbourStep: RunPart {
    let context: RunContext
    private var mergeStep: MergeStep { MergeStep(context) }
    private var neighbourFindings: NeighbourFindings { NeighbourFindings(context) }
    private var neighbourLook: NeighbourLook { NeighbourLook(context) }

    init(_ context: RunContext) { self.context = context }

    /// Notes what lies in the neighbours, and keeps what is uncommitted there at refs of the run.
    ///
    /// A phase that was begun and not compared yet goes on from what it noted: a run that was killed asks once.
    func noteNeighbours(_ run: RunRecord, _ phase: String) throws {
        var record = try neighbourLook.neighbourRecord(run) ?? NeighbourRecord()
        guard record.phase == nil else { return }
        let isFresh = Monotonic.now() - min(Monotonic.now(), record.lookedAt) < NeighbourLook.freshness
        let old = Dictionary(record.neighbours.map { ($0.path, $0) }) { one, _ in one }
        var names = Set(record.changedRefs + record.neighbours.compactMap(\.kept))
        record.neighbours = try neighbourLook.neighbours(run).map { neighbour in
            if isFresh, let known = old[neighbour.path], known.snapshot != nil { return known }
            return try kept(neighbour, old[neighbour.path], run, &names)
        }
        record.lookedAt = Monotonic.now()
        record.since = WallClock.now().rounded(.down)
        record.phase = phase
        try runs.keep(record, as: .neighbours, of: run)
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
                neighbour.path, known: known, excluding: neighbourLook.excluded(in: neighbour.path))
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
        let staging = try mergeStep.staging()
        let identity = try world.identity()
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
        runs.packs.hold(
            try staging.save(
                reachableFrom: commit, beyond: [look.snapshot.headCommit].compactMap { $0 },
                keptFor: HeldPacks.owner(run.id)))
        // A ref names it below, or another stash of the same files.
        defer { runs.packs.release(commit) }
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

    /// Holds the neighbours against what was noted when the phase began; each change is a finding.
    ///
    /// `jobs` ran meanwhile; none stands for the run's own commands. What a worker is shown to have changed stops the
    /// landing later on. Gives the branches, as findings spell their refs, that were moved where they are checked out, and are told with what brings
    /// them back: it minds what lay there uncommitted.
    @discardableResult
    func compareNeighbours(
        _ run: RunRecord, _ ran: [WorkerRecord], _ moment: String
    ) throws -> Set<String> {
        guard var record = try neighbourLook.neighbourRecord(run), record.phase != nil else { return [] }
        var moved: Set<String> = []
        let blame = try neighbourLook.neighbourBlame(run, ran, since: record.since)
        for index in record.neighbours.indices {
            let neighbour = record.neighbours[index]
            let (after, all) = try neighbourLook.changes(of: neighbour)
            // A branch goes on as people commit; the target is looked after by itself.
            let changes = try all.filter {
                try $0.kind != .moved
                    || neighbour.snapshot?.branch != run.target.text
                        && blame.verdict(
                            $0, gitDirectory: neighbourLook.place(of: neighbour), root: neighbour.path) != nil
            }
            guard !changes.isEmpty else { continue }
            // An entry that was not blamed for is looked at anew by the next phase.
            record.neighbours[index].snapshot = nil
            let undo = try neighbourLook.undo(of: neighbour)
            let held = try neighbourFindings.tell(
                changes, in: neighbour, run, ran, blame, undo, moment, after)
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
        try runs.keep(record, as: .neighbours, of: run)
        return moved
    }

    /// Compares the worktrees of the run's own workers before and after commands of the run's own, and tells what these
    /// changed there: what they run is workers' code, and what lies there may be retried or resolved later on.
    ///
    /// Where a process ends in between nothing is told: the look is not kept.
    func watchingWorkers<T>(_ run: RunRecord, _ body: () throws -> T) throws -> T {
        let before = try workersWorktrees(run)
        let result = try body()
        guard !before.isEmpty else { return result }
        let blame = try neighbourLook.neighbourBlame(run, [], since: WallClock.now())
        for neighbour in before {
            let (after, changes) = try neighbourLook.changes(of: neighbour)
            guard !changes.isEmpty else { continue }
            _ = try neighbourFindings.tell(
                changes, in: neighbour, run, [], blame, neighbourLook.undo(of: neighbour),
                neighbourLook.occasion([]), after)
        }
        return result
    }

    /// The worktrees of workers that have ended, as they are now; what cannot be read is no worse afterwards.
    private func workersWorktrees(_ run: RunRecord) throws -> [Neighbour] {
        var found: [Neighbour] = []
        for worker in try runs.workers(of: run)
        where worker.state != .running && Files.exists(worker.worktree + "/.git") {
            var neighbour = Neighbour(
                name: run.names.registration(.job(worker.job)), path: worker.worktree)
            let excluded = try neighbourLook.excluded(in: worker.worktree)
            do throws(GitError) {
                neighbour.snapshot = try WorktreeSnapshot.take(
                    worker.worktree, excluding: excluded
                ).snapshot
            } catch {
                host.narrate(
                    .note(
                        "warning: \(neutralise(worker.worktree)) is not compared: \(neutralise("\(error)"))"))
                continue
            }
            found.append(neighbour)
        }
        return found
    }

    /// Compares the neighbours before and after a command of the run's own.
    func watchingNeighbours<T>(_ run: RunRecord, _ moment: String, _ body: () throws -> T) throws -> T {
        try noteNeighbours(run, moment)
        let result = try body()
        try compareNeighbours(run, [], moment)
        return result
    }
}

extension NeighbourStep {
    /// Stops a landing where a worker changed a worktree that is not its own, and it still is as the worker left it.
    func holdForNeighbours(_ run: inout RunRecord) throws -> Bool {
        guard var record = try neighbourLook.neighbourRecord(run), !record.held.isEmpty else { return false }
        record.held = try record.held.filter { held in
            // What a worker's git did in another's worktree, nobody can see undone.
            if held.changes.contains(where: { $0.kind == .sibling }) { return true }
            let now = try neighbourLook.changes(of: held.neighbour).changes.map(\.key)
            return !Set(now).isDisjoint(with: held.changes)
        }
        try runs.keep(record, as: .neighbours, of: run)
        guard let first = record.held.first else { return false }
        let more = record.held.count > 1 ? "; \(record.held.count - 1) more worktrees" : ""
        let why = "a worker changed what is not its own: \(first.text)\(more)"
        try runs.turn(&run, .landingIsHeld(.worktrees, target: nil, why: why))
        return true
    }

    /// What workers changed in worktrees that are not their own is well so.
    func acceptNeighbours(_ run: inout RunRecord) throws {
        guard run.hold == .worktrees, var record = try neighbourLook.neighbourRecord(run) else { return }
        for finding in try ledger.findings(of: run.id)
        where finding.kind == .breach && finding.worktree != nil && finding.accepted != true {
            var accepted = finding
            accepted.accepted = true
            try runs.revise(finding, by: accepted)
        }
        run.hold = nil
        try runs.note(run)
        try runs.writeRecord(run.id)
        record.held = []
        try runs.keep(record, as: .neighbours, of: run)
    }

    /// Drops the refs that keep what was not changed; those of a phase that goes on stay.
    func dropNeighbours(_ run: RunRecord) throws {
        guard var record = try neighbourLook.neighbourRecord(run), record.phase == nil else { return }
        for index in record.neighbours.indices {
            guard let name = record.neighbours[index].kept else { continue }
            let ref = try RefName(name)
            if let id = try repository.id(of: ref) { try repository.deleteReference(ref, expecting: id) }
            record.neighbours[index].kept = nil
            record.neighbours[index].saved = nil
            record.neighbours[index].snapshot = nil
        }
        if record.changedRefs.isEmpty && record.held.isEmpty {
            try runs.drop(.neighbours, of: run)
        } else {
            try runs.keep(record, as: .neighbours, of: run)
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
