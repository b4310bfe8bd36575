internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What became of one job that the user named with `--discard`.
public struct Discarded: Hashable, Sendable {
    /// One thing that is gone, and the commit that it was.
    public struct Thing: Hashable, Sendable {
        /// What it was: a branch, a ref, or the uncommitted work of a worktree.
        public var what: String
        /// The commit (hex).
        public var id: String
        /// What to type to have it back.
        public var restore: String
    }

    /// The job's id.
    public var job: String
    /// What is gone.
    public var things: [Thing]
    /// The worktrees that are gone.
    public var worktrees: [String]
    /// How long git keeps the objects, in words.
    public var kept: String
    /// Refs of the run that still hold some of it: it was merged there.
    public var stillAt: [String] = []

    /// The answer for a person.
    public func text() -> String {
        var lines = things.map { "\(job): \($0.what) is gone; to have it back: \($0.restore)" }
        lines += worktrees.map { "\(job): removed the worktree \($0)" }
        if things.isEmpty { lines.append("\(job): it had no branch and no rescued work") }
        if !things.isEmpty { lines.append("\(job): \(kept)") }
        lines += stillAt.map { "\(job): \($0) still holds some of it, which was merged" }
        return lines.joined(separator: "\n")
    }
}

/// What is to go of one job, before any of it goes.
struct Discarding {
    /// Whose it is.
    var owner: RunRef.Owner
    /// The commits that lose their names.
    var ids: [ObjectID]
    /// Lets all of it go.
    var perform: () throws -> Discarded
}

/// Names for branches that bring back what is gone: none is taken, none is given twice.
private struct FreeNames {
    let repository: Repository
    private var given: Set<String> = []

    init(_ repository: Repository) { self.repository = repository }

    mutating func take(_ name: String) throws -> String {
        var number = 1
        while true {
            let free = number == 1 ? name : "\(name)-\(number)"
            if !given.contains(free) {
                let there = try repository.objectID(of: BranchName(free).ref)
                if there == nil {
                    given.insert(free)
                    return free
                }
            }
            number += 1
        }
    }
}

/// Gives up a job's work, after it was kept.
struct DiscardStep: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }
    private var besideStep: BesideStep { BesideStep(context) }
    private var ignoredStep: IgnoredStep { IgnoredStep(context) }
    private var setAside: SetAside { SetAside(context) }

    init(_ context: RunContext) { self.context = context }

    /// Removes a job's worktree, its branch and the refs that rescued its work, whatever they hold.
    ///
    /// All that lies in the worktree is committed to an object first, and one new commit holds everything that goes:
    /// git keeps what a young object reaches, so nothing of it is older than that commit to git's garbage collection.
    /// Ignored files are not kept, and it is said which. Throws where the job is running, its worktree is locked or its work cannot be
    /// committed. Nothing is removed before the answer is called. The caller holds the run's lock.
    func discarding(_ run: RunRecord, job: String, now: Double) throws -> Discarding {
        let (owner, worker) = try holder(run, job)
        guard try !isAtWork(owner, worker, run) else {
            throw HybridError(
                .wrongState, "job \(worker.name)", "it is running", next: "hybrid stop \(run.id)")
        }
        if case .job = owner { try besideStep.keepLateBeside(run, worker) }
        let places = Self.places(of: owner)
        let branches = try places.map { try run.names.branch($0) }
        let worktrees = try branches.compactMap { branch in
            try repository.worktrees().first {
                $0.branch == branch || $0.path == worker.worktree && branch == worker.branch
            }
        }
        if let locked = worktrees.first(where: \.isLocked) {
            throw HybridError(
                .locked, "job \(worker.name)", "its worktree \(locked.path) is locked",
                next: "git worktree unlock \(ShellWord.bare(locked.path))")
        }
        var free = FreeNames(repository)
        var gone: [(what: String, name: String, id: ObjectID)] = []
        var tree: ObjectID?
        var leaving: [String: [UncheckedPath]] = [:]
        for place in worktrees where Files.exists(place.path) {
            let there = try Repository(at: place.path)
            guard let head = try there.headCommit() else { continue }
            let (lies, left) = try there.keptTree(
                keeping: runs.packs.keeping(run.id),
                leavingOut: BroughtLook(context).isBrought(run, in: place.path))
            if !left.isEmpty { leaving[place.name] = left }
            if try there.commit(head).tree != lies {
                let id = try world.makeCommit(lies, [head], "Uncommitted work of \(worker.name)", in: there)
                let name = try free.take("\(worker.job)-uncommitted")
                gone.append(("the uncommitted work in \(place.path)", name, id))
                tree = tree ?? lies
            } else if place.branch == nil {
                gone.append(
                    ("the commit checked out in \(place.path)", try free.take("\(worker.job)-detached"), head)
                )
            }
        }
        var refs: [(RefName, ObjectID)] = []
        for branch in branches {
            guard let tip = try repository.id(of: branch.ref) else { continue }
            refs.append((branch.ref, tip))
            gone.append(("branch \(branch)", branch.text, tip))
        }
        for (ref, id) in try self.refs(of: owner, run) {
            let name = ref.text.split(separator: "/").last.map(String.init) ?? ""
            refs.append((ref, id))
            gone.append(("ref \(ref)", try free.take("\(worker.job)-\(name)"), id))
        }
        try keepYoung(gone.map(\.id), tree: tree, "Discarded: \(worker.name) of run \(run.id)")
        let things = gone.map {
            Discarded.Thing(
                what: $0.what, id: $0.id.description, restore: "git branch \($0.name) \($0.id)")
        }
        let kept = PruneExpiry(try repository.configString("gc.pruneExpire")).text(now: now)
        return Discarding(owner: owner, ids: gone.map(\.id)) {
            try self.remove(worktrees, refs, leaving: leaving, of: worker, run)
            let standing = try self.forgetBeside(worker, run)
            try self.note(worker, gone: things)
            return Discarded(
                job: worker.job.text, things: things,
                worktrees: worktrees.filter { leaving[$0.name] == nil }.map(\.path), kept: kept,
                stillAt: try self.holders(of: gone.map(\.id), run) + standing)
        }
    }

    /// The refs that keep what somebody made; what was resolved with the target goes with the integration.
    func refs(of owner: RunRef.Owner, _ run: RunRecord) throws -> [(RefName, ObjectID)] {
        let owners: [RunRef.Owner] = owner == .integrate ? [.integrate, .target] : [owner]
        return try owners.flatMap { try repository.references(prefix: run.names.folder(of: $0)) }
    }

    private static func places(of owner: RunRef.Owner) -> [RunPlace] {
        switch owner {
        case .job(let id): [.job(id), .resolve(job: id)]
        case .orchestrator: [.orchestrator]
        case .integrate, .target: [.integrate, .resolveTarget]
        }
    }

    /// What is typed for somebody who has a branch in a run.
    func word(_ owner: RunRef.Owner, _ run: RunRecord) throws -> String {
        let jobs = try runs.workers(of: run).flatMap { [$0.job.text, $0.name] }
        func own(_ place: RunPlace, _ word: String) -> String {
            jobs.contains(word) ? RunNames(run.id).folder(place) : word
        }
        return switch owner {
        case .job(let id): id.text
        case .orchestrator: own(.orchestrator, "orchestrator")
        case .integrate, .target: own(.integrate, "integrate")
        }
    }

    /// Who is meant by a word: a job; or whoever else has a branch, for whom a record is made up.
    private func holder(_ run: RunRecord, _ word: String) throws -> (RunRef.Owner, WorkerRecord) {
        if let job = try runs.workers(of: run).first(where: { $0.answers(to: word) }) {
            return (.job(job.job), job)
        }
        for (owner, place) in [(RunRef.Owner.orchestrator, RunPlace.orchestrator), (.integrate, .integrate)]
        where try [self.word(owner, run), RunNames(run.id).folder(place)].contains(word) {
            return (
                owner,
                WorkerRecord(
                    run: run.id, job: JobID(unchecked: word), name: word, index: 0, wave: 0,
                    branch: try run.names.branch(place),
                    worktree: paths.worktree(run.names, place))
            )
        }
        let job = try runs.worker(run, word)
        return (.job(job.job), job)
    }

    /// Whether a command of a job, or of the orchestrator, runs now.
    func isAtWork(_ owner: RunRef.Owner, _ worker: WorkerRecord, _ run: RunRecord) throws -> Bool {
        if worker.state == .running { return !run.byHand }
        guard owner == .orchestrator,
            let handle = try attempts.handle(
                run, .orchestrator, attempt: attempts.nextAttempt(run, .orchestrator) - 1),
            case .running = try host.executor.poll(handle)
        else { return false }
        return true
    }

    /// The run's refs that reach one of these commits, as far as the target does not.
    private func holders(of ids: [ObjectID], _ run: RunRecord) throws -> [String] {
        let target = try repository.id(of: run.target.ref)
        let hidden = try ids.filter { id in
            guard let target else { return true }
            return try !repository.isAncestor(id, of: target)
        }
        if hidden.isEmpty { return [] }
        let own = try run.names.folders.flatMap { try repository.tips(prefix: $0) }
        return try own.filter { name, tip in
            if RunRecordRef.run(ofRef: name) != nil { return false }
            return try hidden.contains { try repository.isAncestor($0, of: tip) }
        }.map(\.key).sorted()
    }

    private func remove(
        _ places: [Worktree], _ refs: [(RefName, ObjectID)], leaving: [String: [UncheckedPath]],
        of worker: WorkerRecord, _ run: RunRecord
    ) throws {
        for place in places {
            if let left = leaving[place.name] {
                // What cannot be had back by a commit is not taken away.
                try setAside.tellLeft(
                    left, in: setAside.release(place), of: worker.name, jobs: [worker.job], run)
                continue
            }
            try ignoredStep.keepIgnored(in: place, isGivenUp: true)
            try SubmoduleStep(context).keep(in: place)
            try repository.removeWorktree(name: place.name, force: true)
        }
        for (ref, id) in refs { try repository.deleteReference(ref, expecting: id) }
    }

    /// Takes back what was found beside a job's branch; gives what of it stands where the user sees it.
    private func forgetBeside(_ worker: WorkerRecord, _ run: RunRecord) throws -> [String] {
        var standing: [String] = []
        for finding in try ledger.findings(of: run.id) where finding.jobs == [worker.job] {
            guard let record = finding.beside, record.what != .stashGone else { continue }
            if let undo = finding.undo {
                standing.append(
                    "\(record.what.rawValue) \(neutralise(record.name)) (to be rid of it: \(undo))")
            }
            try runs.withdraw(finding)
        }
        return standing
    }

    /// What is in the merge stays in it.
    private func note(_ old: WorkerRecord, gone things: [Discarded.Thing]) throws {
        let known = try ledger.workers(of: old.run).contains { $0.job == old.job }
        if !known || old.state == .merged || old.state == .landed { return }
        var worker = old
        try worker.become(.failed)
        worker.tip = nil
        worker.detail = (["discarded"] + things.map(\.restore)).joined(separator: "; ")
        try runs.note(worker)
        // Findings quote the lines that are to be gone.
        for finding in try ledger.findings(of: old.run)
        where finding.jobs.contains(old.job) && !finding.hunks.isEmpty {
            var bare = finding
            bare.hunks = []
            try runs.revise(finding, by: bare)
        }
        try forgetEarlierRecords(worker.run)
        try runs.writeRecord(worker.run)
    }

    /// Where the user has git keep logs of all refs, the record's own log would keep what it said before.
    private func forgetEarlierRecords(_ run: RunID) throws {
        let ref = try RefName(RunRecordRef.name(run))
        guard Files.exists(repository.commonDirectory + "logs/" + ref.text),
            let id = try repository.objectID(of: ref)
        else { return }
        try repository.deleteReference(ref, expecting: id)
    }

    /// Writes one commit that reaches these; no ref names it.
    func keepYoung(_ ids: [ObjectID], tree: ObjectID?, _ message: String) throws {
        guard let tree = try tree ?? ids.first.map({ try repository.commit($0).tree }) else { return }
        var seen: Set<ObjectID> = []
        _ = try world.makeCommit(tree, ids.filter { seen.insert($0).inserted }, message)
    }
}

/// How long git's garbage collection keeps what no ref names: `gc.pruneExpire`, two weeks unless set.
struct PruneExpiry {
    private let setting: String

    init(_ setting: String?) { self.setting = setting ?? "2.weeks.ago" }

    /// In words, with the day where the setting is a plain span.
    func text(now: Double) -> String {
        switch setting {
        case "never", "false": return "git keeps it: gc.pruneExpire is \(setting)"
        case "now", "all": return "the next git gc takes it away: gc.pruneExpire is \(setting)"
        default: break
        }
        guard let span = seconds else {
            return "git keeps it as gc.pruneExpire says: \(neutralise(setting))"
        }
        return "git keeps it until \(Self.day(now + span)) at least (gc.pruneExpire: \(setting))"
    }

    /// The span of `2.weeks.ago` and its like; nil for what git reads in another way.
    private var seconds: Double? {
        let words = setting.lowercased().split { $0 == "." || $0 == " " }
        guard words.count == 2 || words.count == 3 && words[2] == "ago", let count = Double(words[0]),
            count >= 0, count < 100_000
        else { return nil }
        let units: [String: Double] = [
            "second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400,
            "year": 365 * 86_400,
        ]
        let unit = words[1].hasSuffix("s") ? words[1].dropLast() : words[1]
        return units[String(unit)].map { $0 * count }
    }

    /// The UTC day of a time in seconds since 1970.
    private static func day(_ time: Double) -> String {
        Date(timeIntervalSince1970: time).formatted(.iso8601.year().month().day())
    }
}
