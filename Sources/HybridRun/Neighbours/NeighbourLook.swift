internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem
internal import HybridUserGit

/// What worktrees that are no worker's hold, and whose doing a change there was.
struct NeighbourLook: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// The most files of one worktree that are told singly.
    static let toldFiles = 20
    /// Two looks that lie no further apart than this are one, in nanoseconds.
    static let freshness: UInt64 = 2_000_000_000

    func neighbourRecord(_ run: RunRecord) throws -> NeighbourRecord? {
        try runs.kept(NeighbourRecord.self, as: .neighbours, of: run)
    }

    /// The worktrees that are neither this run's nor another live run's, the main one first.
    ///
    /// What is not there, is being made or may be pruned is left out: nothing can be lost there.
    func neighbours(_ run: RunRecord) throws -> [Neighbour] {
        let live = Set(try ledger.runs().filter { $0.state.isOpen }.map(\.id)).union([run.id])
        let linked = try repository.worktrees().filter { worktree in
            !worktree.isUnfinished && !worktree.isPrunable
                && RunNames.parse(registration: worktree.name).map { !live.contains($0.run) } ?? true
        }
        let all = try [repository.mainWorktree()].compactMap { $0 } + linked
        return all.filter { Files.exists($0.path + "/.git") }.map { Neighbour(name: $0.name, path: $0.path) }
    }

    /// Folders below a worktree that are hybrid's, or other worktrees, which are compared themselves.
    func excluded(in root: String) throws -> [String] {
        let root = (Files.real(root) ?? root) + "/"
        let all = try [paths.worktrees] + repository.worktrees().map(\.path)
        return all.map { Files.real($0) ?? $0 }.filter { !root.hasPrefix($0 + "/") }
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

    func undo(of neighbour: Neighbour) throws -> NeighbourUndo {
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
        let plan = try runs.plan(of: run)
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

    /// The workers of a wave that were launched.
    func ran(_ run: RunRecord, wave: Int) throws -> [WorkerRecord] {
        try runs.workers(of: run).filter { $0.wave == wave && $0.attempt > 0 }
    }

    func occasion(_ ran: [WorkerRecord]) -> String {
        ran.isEmpty ? "while the run verified or integrated" : "while workers ran"
    }
}
