internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem
internal import HybridUserGit

/// Looks for what came up in a wave beside its workers' branches.
struct BesideSearch {
    let context: RunContext
    let run: RunRecord
    let before: BesideBefore
    private let workers: [WorkerRecord]
    let facts: Facts

    /// What is asked only where something came up, and then once.
    final class Facts {
        var logs: [String: HeadLog] = [:]
        var deeds: [Deed]?
        var known: [ObjectID]?
        var fetched: [ObjectID]?
        var users: Set<ObjectID>?
    }

    init(_ context: RunContext, _ run: RunRecord, _ before: BesideBefore, _ workers: [WorkerRecord]) {
        (self.context, self.run, self.before, self.workers) = (context, run, before, workers)
        facts = Facts()
    }

    var repository: Repository { context.repository }

    // MARK: What HEAD named

    /// A worktree of the run's own: a worker's, or that of a command of the orchestrator's.
    struct Place {
        var registration: String
        var branch: BranchName
        var base: ObjectID?
        var owner: WorkerRecord?
    }

    private func place(of worker: WorkerRecord) -> Place {
        Place(
            registration: run.names.registration(.job(worker.job)), branch: worker.branch,
            base: worker.base, owner: worker)
    }

    /// The commits that a worker's HEAD named and that its branch does not hold, the newest of each line of them.
    func head(of worker: WorkerRecord) throws -> [Leftover] { try head(in: place(of: worker)) }

    /// The same for any worktree of the run's.
    func head(in place: Place) throws -> [Leftover] {
        let log = try log(in: place)
        let own = try ownHistory(place)
        let replaced = try replaced(log)
        var ids = try place.owner.map { try unlogged($0, log, own) } ?? []
        ids += log.commits.filter { !replaced.contains($0) }
        ids += try others(in: admin(of: place))
        return try heads(ids.filter { !own.contains($0) && isCommit($0) }, madeHere: log.made).map {
            try branch($0, log.places[$0], place)
                ?? Leftover(what: .commit, id: $0, owner: place.owner)
        }
    }

    /// The new branch on which a commit was made, where it names it still.
    private func branch(_ id: ObjectID, _ name: String?, _ place: Place) throws -> Leftover? {
        guard let name, name != place.branch.text, let branch = try? BranchName(name),
            before.refs[branch.ref.text] == nil, try repository.id(of: branch.ref) == id
        else { return nil }
        return Leftover(
            what: .branch, id: id, name: name, owner: place.owner,
            undo: try removal(ofRef: branch.ref.text, id))
    }

    /// Where git keeps what is a worktree's own.
    private func admin(of place: Place) -> String {
        "\(repository.commonDirectory)worktrees/\(place.registration)/"
    }

    private func log(of worker: WorkerRecord) throws -> HeadLog { try log(in: place(of: worker)) }

    private func log(in place: Place) throws -> HeadLog {
        if let known = facts.logs[place.registration] { return known }
        let log = HeadLog(
            try Repository.reflog(inFile: admin(of: place) + "logs/HEAD"), on: place.branch.text)
        facts.logs[place.registration] = log
        return log
    }

    /// What a worktree keeps apart from HEAD: where it is detached, refs of its own, and what git stashed by itself.
    private func others(in admin: String) throws -> [ObjectID] {
        var files = try FileMark.files(below: admin + "refs/worktree")
        files += ["HEAD", "MERGE_AUTOSTASH", "rebase-merge/autostash", "rebase-apply/autostash"].map {
            admin + $0
        }
        return try files.compactMap {
            if case .id(let id)? = try Repository.refContent(ofFile: $0) { id } else { nil }
        }
    }

    private func ownHistory(_ place: Place) throws -> Set<ObjectID> {
        guard let base = place.base else { return [] }
        var own: Set<ObjectID> = [base]
        let tips = [
            try repository.id(of: place.branch.ref),
            place.owner?.tip,
        ]
        for tip in tips.compactMap({ $0 }) where isCommit(tip) {
            own.formUnion(try repository.commits(from: tip, excluding: [base]))
        }
        return own
    }

    /// The commits in whose place an amended or rebased one came.
    private func replaced(_ log: HeadLog) throws -> Set<ObjectID> {
        var gone = log.amended
        for rebase in log.rebases {
            let made = Set(rebase.made.compactMap(mark))
            let stay = Set(rebase.made)
            gone.formUnion(
                log.commits.filter { id in !stay.contains(id) && mark(id).map(made.contains) == true })
            if rebase.melds, isCommit(rebase.from), isCommit(rebase.onto) {
                gone.formUnion(try repository.commits(from: rebase.from, excluding: [rebase.onto]))
            }
        }
        return gone
    }

    /// What a rebase keeps of a commit: who wrote it when, and its subject.
    func mark(_ id: ObjectID) -> String? {
        guard let commit = try? repository.commit(id) else { return nil }
        let (author, subject) = (commit.author, commit.message.split(separator: "\n").first ?? "")
        return "\(author.name)\n\(author.email)\n\(author.time)\n\(subject)"
    }

    // MARK: What all worktrees share

    /// New stash entries and worktrees.
    func shared() throws -> [Leftover] { try stash() + worktrees() }

    /// New refs.
    ///
    /// Grows with the number of refs.
    func refs() throws -> [Leftover] {
        let names = try repository.tips(prefix: "refs/").filter { name, _ in
            before.refs[name] == nil && !Self.passing.contains(where: name.hasPrefix)
        }.keys.filter { try !isRunsOwn($0) }
        return try names.sorted().compactMap { name in
            guard let id = try? repository.id(of: RefName(name)), try !wasFetched(name) else { return nil }
            let line = try newer(id)
            guard !line.isEmpty else { return nil }
            let owner = try owner(of: line)
            if owner == nil, try !users().isDisjoint(with: line) { return nil }
            let branch = "refs/heads/"
            let short = name.hasPrefix(branch) ? String(name.dropFirst(branch.count)) : name
            return Leftover(
                what: name.hasPrefix(branch) ? .branch : .ref, id: id, name: short, owner: owner,
                undo: try removal(ofRef: name, id))
        }
    }

    /// Refs of hybrid's own, and those that fetching, notes, bisecting and other tools move.
    static let passing = [
        RunNames.refs, "refs/remotes/", "refs/stash", "refs/notes/", "refs/prefetch/", "refs/jj/",
        "refs/bisect/", "refs/rewritten/", "refs/worktree/",
    ]

    /// Whether a branch is one that a run makes for its jobs.
    private func isRunsOwn(_ name: String) throws -> Bool {
        guard let (id, folder) = RunNames.parse(branch: name) else { return false }
        guard id == run.id else { return try context.ledger.run(id) != nil }
        switch run.names.place(folder) {
        case .job(let job), .resolve(let job): return workers.contains { $0.job == job }
        case let place: return place != nil
        }
    }

    /// What takes a new ref away, also where a worktree has it checked out; it keeps its files.
    private func removal(ofRef name: String, _ id: ObjectID) throws -> String {
        let delete = "git update-ref -d \(ShellWord.quoted(name)) \(id)"
        guard let there = try repository.worktrees().first(where: { $0.branch?.ref.text == name }) else {
            return delete
        }
        let path = ShellWord.quoted(there.path)
        return "{ [ ! -e \(path) ] || git -C \(path) checkout -q --detach; } && \(delete)"
    }

    private func stash() throws -> [Leftover] {
        let old = Set(before.stash.map(\.id))
        return try repository.stashEntries().filter { !old.contains($0.id) }.compactMap { entry in
            if try isOtherRuns(entry) { return nil }
            guard let id = ObjectID(hex: entry.id), isCommit(id) else { return nil }
            let owner = try owner(ofStash: id, entry.message)
            return Leftover(
                what: .stash, id: id, name: entry.message, owner: owner,
                undo: try userUndo(entry) ?? owner.map { _ in StashUndo.drop(entry) })
        }
    }

    /// An entry that was made where the user works: what lay there is put back, never dropped.
    private func userUndo(_ entry: StashEntry) throws -> String? {
        let name = branch(of: entry.message)
        let all = try [repository.mainWorktree()].compactMap { $0 } + repository.worktrees()
        return all.first { $0.branch?.text == name && !isHybrids($0) }.map {
            StashUndo.pop(entry, in: $0.path)
        }
    }

    /// The branch on which a stash entry was made, as git writes it; empty where that cannot be told.
    private func branch(of message: String) -> String {
        let words = message.prefix { $0 != ":" }
        return ["WIP on ", "On "].first { words.hasPrefix($0) }.map { String(words.dropFirst($0.count)) }
            ?? ""
    }

    /// Whether a stash entry is of a worker of another run, which looks after it.
    func isOtherRuns(_ entry: StashEntry) throws -> Bool {
        let name = "refs/heads/" + branch(of: entry.message)
        return try RunNames.parse(branch: name)?.run != run.id && isRunsOwn(name)
    }

    private func worktrees() throws -> [Leftover] {
        var found: [Leftover] = []
        for worktree in try repository.worktrees()
        where !before.worktrees.contains(worktree.name) && !isHybrids(worktree) {
            let path = repository.commonDirectory + "worktrees/\(worktree.name)/"
            let log = HeadLog(
                try Repository.reflog(inFile: path + "logs/HEAD"), on: worktree.branch?.text ?? "")
            let ids = log.commits.filter { isCommit($0) }
            let heads = try heads(ids + [worktree.head].compactMap { $0 }, madeHere: log.made)
            let (lies, note) = snapshot(worktree)
            let inside = workers.first { worktree.path.hasPrefix($0.worktree + "/") }
            let owner = try inside ?? owner(of: Set(heads))
            let undo =
                Files.exists(worktree.path)
                ? "git worktree remove --force \(ShellWord.quoted(worktree.path))" : "git worktree prune"
            if let id = lies ?? heads.last ?? (note.isEmpty ? nil : worktree.head) {
                found.append(
                    Leftover(
                        what: .worktree, id: id, name: worktree.path, owner: owner, undo: undo, note: note))
            }
            found += heads.filter { $0 != heads.last || lies != nil }.map {
                Leftover(what: .commit, id: $0, name: "the worktree \(worktree.path)", owner: owner)
            }
        }
        return found
    }

    private func isHybrids(_ worktree: Worktree) -> Bool {
        RunNames.parse(registration: worktree.name) != nil
            && worktree.path.hasPrefix(context.paths.worktrees + "/")
    }

    /// What is not committed in a worktree, as a commit; nil where there is nothing, or it cannot be kept.
    private func snapshot(_ worktree: Worktree) -> (ObjectID?, note: String) {
        guard Files.exists(worktree.path) else { return (nil, "") }
        do {
            let there = try Repository(at: worktree.path)
            guard let head = try there.headCommit() else { return (nil, "without a commit") }
            let (tree, left) = try there.keptTree()
            let missing =
                left.first.map { "; \($0.path?.description ?? "") in it is in no commit: \($0.reason)" } ?? ""
            if try there.commit(head).tree == tree { return (nil, missing) }
            var author = try context.world.identity().committer
            // The same files make the same commit, also when this is done again.
            author.time = try there.commit(head).committer.time
            let id = try there.createCommit(
                tree: tree, parents: [head], message: "Uncommitted work in \(worktree.path)", author: author,
                committer: author)
            return (id, "with what is not committed there" + missing)
        } catch {
            return (nil, "what is not committed there could not be kept: \(error)")
        }
    }

    // MARK: What is new, and whose

    func isCommit(_ id: ObjectID) -> Bool { (try? repository.commit(id)) != nil }

    /// Of some commits those that nothing older or fetched holds, and of each line only the newest.
    private func heads(_ ids: [ObjectID], madeHere: Set<ObjectID>) throws -> [ObjectID] {
        var covered: Set<ObjectID> = []
        var heads: [ObjectID] = []
        for id in ids.reversed() where !covered.contains(id) {
            let line = try newer(id, madeHere: madeHere.contains(id))
            if line.isEmpty { continue }
            heads.removeAll { line.contains($0) }
            heads.append(id)
            covered.formUnion(line)
        }
        return heads.reversed()
    }

    /// The commits in a commit's history that came up in the run.
    private func newer(_ id: ObjectID, madeHere: Bool = false) throws -> Set<ObjectID> {
        let known = try known() + (madeHere ? [] : fetched())
        return Set(try repository.commits(from: id, excluding: known))
    }

    /// What refs named before, and what the workers' own branches hold.
    private func known() throws -> [ObjectID] {
        if let known = facts.known { return known }
        let recorded = workers.flatMap { [$0.tip, $0.base] } + [run.integrated, run.targetBefore]
        let named = Set(before.refs.values.map { ObjectID(hex: $0) } + recorded).compactMap { $0 }
        var known = named.filter { isCommit($0) }
        for name in try repository.tips(prefix: RunNames.branches).keys where try isRunsOwn(name) {
            if let id = try? repository.id(of: RefName(name)) { known.append(id) }
        }
        // Annotated tags name their commits by way of an object.
        for (name, hex) in before.refs where name.hasPrefix("refs/tags/") {
            guard let id = ObjectID(hex: hex), !isCommit(id) else { continue }
            if let commit = try? repository.id(of: RefName(name)) { known.append(commit) }
        }
        facts.known = known
        return known
    }

    /// What fetching brought: remote branches, unless they are there because somebody pushed.
    private func fetched() throws -> [ObjectID] {
        if let fetched = facts.fetched { return fetched }
        var fetched: [ObjectID] = []
        for (name, id) in try repository.tips(prefix: "refs/remotes/") where isCommit(id) {
            let log = try Repository.reflog(inFile: repository.commonDirectory + "logs/" + name)
            if log.last?.message.hasPrefix("update by push") != true { fetched.append(id) }
        }
        for name in try repository.tips(prefix: "refs/").keys where before.refs[name] == nil {
            if try wasFetched(name), let id = try? repository.id(of: RefName(name)) { fetched.append(id) }
        }
        facts.fetched = fetched
        return fetched
    }

    /// Whether a ref's log begins with what a fetch brought.
    private func wasFetched(_ name: String) throws -> Bool {
        let log = try Repository.reflog(inFile: repository.commonDirectory + "logs/" + name)
        guard let first = log.first?.message else { return false }
        return ["fetch", "pull", "clone"].contains { first.hasPrefix($0) }
    }

    /// The worker whose HEAD named one of these commits.
    private func owner(of line: Set<ObjectID>) throws -> WorkerRecord? {
        try workers.first { worker in
            try worker.attempt > 0
                && (log(of: worker).commits.contains { line.contains($0) && $0 != worker.base }
                    || !noted(of: worker).made.isDisjoint(with: line))
        }
    }

    /// The worker that made a stash entry: git writes on which branch that was, and resets HEAD at that moment.
    private func owner(ofStash id: ObjectID, _ message: String) throws -> WorkerRecord? {
        if let owner = workers.first(where: { noted(of: $0).stashed.contains(id) }) { return owner }
        let branch = branch(of: message)
        if let owner = workers.first(where: { $0.branch.text == branch }) { return owner }
        if before.refs["refs/heads/" + branch] == nil, branch != "(no branch)" {
            if let owner = try workers.first(where: { try log(of: $0).places.values.contains(branch) }) {
                return owner
            }
        }
        let commit = try repository.commit(id)
        guard let stood = commit.parents.first else { return nil }
        if let owner = try owner(of: [stood]) { return owner }
        let close = try workers.filter { worker in
            try log(of: worker).resets[stood]?.contains { abs($0 - commit.committer.time) <= 1 } == true
        }
        return close.count == 1 ? close[0] : nil
    }

    /// What HEAD of other worktrees, the user's, named since the run began.
    private func users() throws -> Set<ObjectID> {
        if let users = facts.users { return users }
        let common = repository.commonDirectory
        var users: Set<ObjectID> = []
        let runs = try repository.worktrees().filter(isHybrids).map(\.name)
        let others = Set(before.worktrees + runs).filter { RunNames.parse(registration: $0)?.run != run.id }
            .map {
                "worktrees/\($0)/"
            }
        for place in [""] + others {
            let log = try Repository.reflog(inFile: "\(common)\(place)logs/HEAD")
            users.formUnion(log.filter { Double($0.time) >= run.createdAt - 1 }.map(\.new))
        }
        facts.users = users
        return users
    }
}
