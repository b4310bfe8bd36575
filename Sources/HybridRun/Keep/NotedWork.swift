internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridReport

/// What a worker's git was noted to do, where that outlives the log of HEAD: a log can be emptied, or go with a worktree.
struct NotedWork {
    /// What HEAD or the branch of the worker's own worktree came to name.
    private(set) var own: [ObjectID] = []
    /// What other refs, and HEAD of other worktrees, came to name.
    private(set) var elsewhere: [ObjectID] = []
    /// Those of them that it made.
    private(set) var made: Set<ObjectID> = []
    /// Those that an amended commit took the place of.
    private(set) var amended: Set<ObjectID> = []
    /// The stash entries that it made, and those that it put into a working tree again.
    private(set) var stashed: [ObjectID] = []
    private(set) var applied: Set<ObjectID> = []

    /// Reads what one job did in the repository with this common git directory; refs that begin as one of `passing` say
    /// nothing.
    init(_ deeds: [Deed], of job: JobID, in common: String, passing: [String]) {
        for deed in deeds where deed.job == job {
            switch deed.kind {
            case .own(let id): own.append(id)
            case .amended(let id): amended.insert(id)
            case .applied(let id): applied.insert(id)
            case .ref(let ref, let old, let new) where new != .zero && deed.isIn(common):
                if ref.text == "refs/stash" {
                    stashed.append(new)
                } else if ref.text == "HEAD" || ref.text.hasPrefix("refs/"),
                    !Self.fetching.contains(deed.verb), !passing.contains(where: ref.text.hasPrefix)
                {
                    elsewhere.append(new)
                    if let id = deed.made { made.insert(id) }
                    if deed.verb == "commit", deed.command.contains("--amend") { amended.insert(old) }
                }
            case .ref, .push, .checkout, .index, .commit, .past: break
            }
        }
    }

    /// Commands that bring what others made.
    private static let fetching: Set<String> = ["fetch", "pull", "clone", "remote"]
}

extension BesideSearch {
    /// The commits that a worker's git was noted to have made and that the log of its HEAD does not hold.
    func unlogged(_ worker: WorkerRecord, _ log: HeadLog, _ own: Set<ObjectID>) throws -> [ObjectID] {
        let noted = noted(of: worker)
        let logged = Set(log.commits)
        let lost = Set(noted.own + noted.elsewhere).subtracting(logged).subtracting(own)
        if lost.isEmpty { return [] }
        // What took their place was in the log as well, and tells nothing any more.
        let marks = Set(own.compactMap(mark))
        var seen = logged.union(noted.amended).union(try kept(worker))
        return (noted.own.filter { mark($0).map { !marks.contains($0) } ?? false } + noted.elsewhere)
            .filter { seen.insert($0).inserted }
    }

    /// What refs of the job's keep already, of earlier attempts.
    private func kept(_ worker: WorkerRecord) throws -> Set<ObjectID> {
        let known = worker.base.map { [$0] } ?? []
        let refs = try repository.references(prefix: run.names.folder(of: .job(worker.job)))
        return try refs.filter { !$0.name.text.contains("/beside/") }.reduce(into: []) { all, ref in
            all.formUnion(try repository.commits(from: ref.id, excluding: known))
        }
    }

    func noted(of worker: WorkerRecord) -> NotedWork {
        let deeds = facts.deeds ?? Deed.read(context.paths.file(run.id, .deeds))
        facts.deeds = deeds
        return NotedWork(
            deeds, of: worker.job, in: repository.commonDirectory, passing: Self.passing)
    }

    /// The stash entries that a worker made and threw away again, without having put them back.
    func thrownAway(by worker: WorkerRecord) throws -> [Leftover] {
        let noted = noted(of: worker)
        if noted.stashed.isEmpty { return [] }
        var known = Set((before.stash + (try repository.stashEntries())).compactMap { ObjectID(hex: $0.id) })
        known.formUnion(noted.applied)
        return try noted.stashed.filter { known.insert($0).inserted && isCommit($0) }.map { id in
            let message = try repository.commit(id).message.split(separator: "\n").first.map(String.init)
            return Leftover(
                what: .stash, id: id, name: message ?? "", owner: worker,
                note: "which it dropped again")
        }
    }
}
