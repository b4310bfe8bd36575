internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Something that came up in a run and that no worker's branch holds.
struct Leftover {
    var what: BesideRecord.What
    var id: ObjectID
    /// A branch, a ref, a stash entry's message, a worktree's path; empty for a commit on none.
    var name = ""
    /// Whose it is, as far as that can be seen.
    var owner: WorkerRecord?
    /// What to type to be rid of it, where it changed what others see.
    var undo: String?
    /// What else there is to say.
    var note = ""
}

/// Keeps what appeared beside workers' branches while they worked, and tells it.
struct BesideStep: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// What stood beside the workers' branches before a wave; nil where nobody noted it.
    func besideBefore(_ run: RunRecord, wave: Int) throws -> BesideBefore? {
        try runs.kept(BesideBefore.self, as: .beside(wave: wave), of: run)
    }

    /// Notes what stands beside the workers' branches before a wave begins; what was noted earlier stays.
    ///
    /// A ref holds the stash meanwhile: who clears it and collects garbage would destroy it for good.
    func noteBeside(_ run: RunRecord, wave: Int) throws {
        if try runs.hasKept(.beside(wave: wave), of: run) { return }
        try tellMisnamed(run)
        let stash = try repository.stashEntries()
        let refs = try repository.tips(prefix: "refs/").filter { !$0.key.hasPrefix(RunNames.refs) }
        let there = stash.compactMap { ObjectID(hex: $0.id) }.filter { (try? repository.commit($0)) != nil }
        if let first = there.first {
            try runs.point(
                run, .stash(wave: wave),
                at: world.makeCommit(
                    repository.commit(first).tree, there,
                    "The stash before wave \(wave + 1) of run \(run.id)"))
        }
        try runs.keep(
            BesideBefore(
                refs: refs.mapValues(\.description), stash: stash,
                worktrees: repository.worktrees().map(\.name)), as: .beside(wave: wave), of: run)
    }

    /// Keeps what a worker left beside its branch, and what else came up, by refs, and records it.
    ///
    /// Comes before anything of its worktree is committed, moved or removed; done again it finds the same.
    func keepBeside(_ run: RunRecord, _ worker: WorkerRecord) throws {
        guard let before = try besideBefore(run, wave: worker.wave) else { return }
        let search = BesideSearch(context, run, before, try runs.workers(of: run))
        try record(
            search.head(of: worker) + search.thrownAway(by: worker) + search.shared(), run, wave: worker.wave)
    }

    /// Why what a worker committed cannot even be read; nil where it can.
    ///
    /// Such a commit is looked at no further: whatever walks over it would stop the whole run.
    func unreadable(_ worker: WorkerRecord) -> String? {
        do {
            guard let base = worker.base else { return nil }
            var tips = [try repository.id(of: worker.branch.ref)]
            if Files.exists(worker.worktree + "/.git") {
                tips.append(try Repository(at: worker.worktree).headCommit())
            }
            for tip in Set(tips.compactMap(\.self)) {
                _ = try repository.commits(from: tip, excluding: [base])
            }
            return nil
        } catch {
            return
                "its history cannot be read (\(neutralise("\(error)"))); what it made stays on \(worker.branch) "
                + "and in \(worker.worktree)"
        }
    }

    /// Keeps what lies beside a worker's branch before its worktree goes, long after it was collected.
    func keepLateBeside(_ run: RunRecord, _ worker: WorkerRecord) throws {
        // Where its worktree is gone already, what the user discarded is not to come back.
        let registration = run.names.registration(.job(worker.job))
        guard worker.base != nil, Files.exists(repository.commonDirectory + "worktrees/" + registration),
            let before = try besideBefore(run, wave: worker.wave)
        else { return }
        let search = BesideSearch(context, run, before, try runs.workers(of: run))
        try record(search.head(of: worker) + search.thrownAway(by: worker), run, wave: worker.wave)
    }

    /// Runs a command of the orchestrator's, before any worker, and finds what it leaves beside the branch of its worktree.
    func watchingBeside(_ run: RunRecord, _ place: RunPlace, base: ObjectID, _ body: () throws -> Void) throws
    {
        try noteBeside(run, wave: 0)
        try body()
        guard let before = try besideBefore(run, wave: 0) else { return }
        let search = BesideSearch(context, run, before, [])
        let own = BesideSearch.Place(
            registration: run.names.registration(place), branch: try run.names.branch(place), base: base)
        try record(search.head(in: own), run, wave: 0)
        try compareBeside(run, wave: 0)
    }

    /// Looks once more when a wave has ended: what came up since its workers were collected, and what is gone.
    func compareBeside(_ run: RunRecord, wave: Int) throws {
        guard let before = try besideBefore(run, wave: wave) else { return }
        let all = try runs.workers(of: run)
        let search = BesideSearch(context, run, before, all)
        try tellMisnamed(run)
        try record(search.refs() + search.shared(), run, wave: wave)
        let isLost = try noteLostStash(run, before, search, wave: wave)
        let ref = try run.names.ref(.stash(wave: wave))
        if !isLost, let id = try repository.id(of: ref) { try repository.deleteReference(ref, expecting: id) }
        // A verification's number is that of the next wave, should there be one.
        if !all.contains(where: { $0.wave == wave && $0.attempt > 0 }) {
            try runs.drop(.beside(wave: wave), of: run)
        }
    }

    /// Says of files among the refs that are none, once in a run: the run goes on without them.
    private func tellMisnamed(_ run: RunRecord) throws {
        for file in try repository.misnamedRefFiles() {
            let message =
                "\(neutralise(file.path)): \(MisnamedRef.reason); to be rid of it: \(MisnamedRef.remedy(file))"
            try tellOnce(message, run)
        }
    }

    private func noteLostStash(_ run: RunRecord, _ before: BesideBefore, _ search: BesideSearch, wave: Int)
        throws
        -> Bool
    {
        let now = try repository.stashEntries()
        let lost = try before.lost(now).filter { try !search.isOtherRuns($0) }
        guard let first = lost.first else { return false }
        for entry in lost {
            guard let id = ObjectID(hex: entry.id), (try? repository.commit(id)) != nil else { continue }
            try runs.point(run, .beside(job: nil, id: Self.besideName(id)), at: id)
        }
        let places = Dictionary(
            before.stash.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { a, _ in a })
        let named = lost.map { "stash@{\(places[$0.id] ?? 0)}: \(neutralise($0.message))" }
        let ran = all(run, wave)
        try save(
            FindingRecord(
                run: run.id, kind: .beside, jobs: ran.map(\.job),
                message:
                    "\(lost.count == 1 ? "a stash entry is" : "\(lost.count) stash entries are") gone: \(named.joined(separator: ", ")); \(who(ran))",
                undo: try typed(StashUndo.restore(before.stash), run, .undoStash(wave: wave))),
            BesideRecord(
                what: .stashGone, id: first.id, name: first.message,
                keptAt: run.names.name(.stash(wave: wave))))
        return true
    }

    /// A command as people can paste it: a long one goes into a file of the run's, and they run that.
    private func typed(_ command: String, _ run: RunRecord, _ file: RunFile) throws -> String {
        guard command.utf8.count > Self.longestLine else { return command }
        let path = paths.file(run.id, file)
        try DurableFile.write(Array((command + "\n").utf8), to: path)
        return "sh \(ShellWord.quoted(path))"
    }

    /// The longest command that is printed, in bytes; lines of a report are cut at twice as many.
    private static let longestLine = 2000

    private func all(_ run: RunRecord, _ wave: Int) -> [WorkerRecord] {
        ((try? runs.workers(of: run)) ?? []).filter { $0.wave == wave && $0.attempt > 0 }
    }

    private func who(_ ran: [WorkerRecord]) -> String {
        ran.isEmpty
            ? "by a command of the run's own, or by somebody else"
            : "these ran: \(ran.map { neutralise($0.name) }.joined(separator: ", ")) (which of them, or who else, is not known)"
    }

    /// Keeps what refs named before, where they were moved to something else or taken away and nothing that is merged
    /// holds it; gives the refs that keep it, by the refs that did.
    func keepUnnamed(
        _ old: [String: String], _ new: [String: String], _ run: RunRecord
    ) throws -> [String: String] {
        var kept: [String: String] = [:]
        for (name, hex) in old where new[name] != hex {
            // A tree or a blob holds nobody's work, and what is destroyed already is told as gone all the same.
            guard let id = try? repository.resolveCommit(hex + "^{commit}") else { continue }
            let successor = new[name].flatMap { try? repository.resolveCommit($0 + "^{commit}") }
            let heirs = [successor, run.integrated, run.targetBefore].compactMap { $0 }
            if try heirs.contains(where: { try repository.isAncestor(id, of: $0) }) { continue }
            let ref = RunRef.beside(job: nil, id: Self.besideName(id))
            try runs.point(run, ref, at: id)
            kept[name] = run.names.name(ref)
        }
        return kept
    }

    /// The last part of the name of a ref that keeps a commit found beside a branch.
    private static func besideName(_ id: ObjectID) -> String { String(id.description.prefix(12)) }

    private func record(_ found: [Leftover], _ run: RunRecord, wave: Int) throws {
        for left in found {
            let name = RunRef.beside(job: left.owner?.job, id: Self.besideName(left.id))
            try runs.point(run, name, at: left.id)
            let ref = run.names.name(name)
            let ran = left.owner.map { [$0] } ?? all(run, wave)
            let start =
                left.owner.map { "\(neutralise($0.name)) left work beside its branch" }
                ?? "work came up beside the workers' branches"
            let end = left.owner == nil ? "; \(who(ran))" : ""
            try save(
                FindingRecord(
                    run: run.id, kind: .beside, jobs: ran.map(\.job),
                    message: "\(start): \(try words(left)); kept at \(ref)\(end)", undo: left.undo),
                BesideRecord(
                    what: left.what, id: left.id.description, name: left.name, keptAt: ref))
        }
    }

    /// Records a finding unless the same thing was found already; a merge is asked about it later.
    private func save(_ finding: FindingRecord, _ record: BesideRecord) throws {
        var finding = finding
        finding.beside = record
        let known = try ledger.findings(of: finding.run).first {
            guard let other = $0.beside, other.id == record.id else { return false }
            // One commit may have several names.
            return (other.what == .stashGone) == (record.what == .stashGone)
                && (other.name == record.name || other.what == .commit || record.what == .commit)
        }
        guard let known else {
            try runs.note(finding)
            return
        }
        // A commit that turns out to have a name says more.
        if known.beside?.what == .commit, record.what != .commit || known.beside?.name == "" {
            try runs.revise(known, by: finding)
        }
    }

    private func words(_ left: Leftover) throws -> String {
        let subject =
            try repository.commit(left.id).message.split(separator: "\n").first.map(String.init) ?? ""
        let commit = "\(left.id.short) \"\(neutralise(subject))\""
        let thing =
            switch left.what {
            case .commit:
                "commit \(commit)" + (left.name.isEmpty ? "" : ", of \(neutralise(left.name))")
            case .branch, .ref: "\(left.what.rawValue) \(neutralise(left.name)) at \(commit)"
            case .stash, .stashGone: "stash entry \(left.id.short) \"\(neutralise(left.name))\""
            case .worktree: "worktree \(neutralise(left.name)) at \(commit)"
            }
        return thing + (left.note.isEmpty ? "" : " (\(left.note))")
    }
}
