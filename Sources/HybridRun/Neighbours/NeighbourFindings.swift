internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// Words for what happened in worktrees that are no worker's.
struct NeighbourFindings: RunPart {
    let context: RunContext
    private var broughtLook: BroughtLook { BroughtLook(context) }
    private var neighbourLook: NeighbourLook { NeighbourLook(context) }

    init(_ context: RunContext) { self.context = context }

    /// Records and tells the changes of one worktree; gives those that a worker is shown to have made.
    func tell(
        _ changes: [NeighbourChange], in neighbour: Neighbour, _ run: RunRecord, _ ran: [WorkerRecord],
        _ blame: NeighbourBlame, _ undo: NeighbourUndo, _ moment: String, _ after: WorktreeSnapshot?
    ) throws -> [(key: NeighbourChange.Key, text: String)] {
        let place = neighbourLook.place(of: neighbour)
        var held: [(key: NeighbourChange.Key, text: String)] = []
        var more = 0
        var toldFiles = 0
        for change in changes where change.kind != .ignored {
            let verdict = try blame.verdict(change, gitDirectory: place, root: neighbour.path)
            let text = what(change, in: neighbour, movedTo: undo.movedTo)
            if verdict != nil { held.append((change.key, text)) }
            if change.kind == .file {
                toldFiles += 1
                if toldFiles > NeighbourLook.toldFiles {
                    more += 1
                    continue
                }
            }
            let claim = change.path.flatMap { verdict == nil ? blame.claimant($0) : nil }
            try tell(
                found(
                    run, verdict, ran, text + when(change),
                    claim.map { "; \(neutralise($0.name)) claims it" } ?? "", change, neighbour,
                    undo.command(change), moment))
        }
        if more > 0, let source = neighbour.kept ?? neighbour.snapshot?.head {
            let text =
                "\(neutralise(neighbour.path)): \(more) more files are not as they were; see them: "
                + "git -C \(ShellWord.bare(neighbour.path)) diff --stat \(source)"
            try tell(FindingRecord(run: run.id, kind: .warning, jobs: [], message: text))
        }
        try tellIgnored(changes.filter { $0.kind == .ignored }, in: neighbour, run, moment)
        try tellWhole(changes, after, neighbour, run, undo)
        return held
    }

    func tell(_ finding: FindingRecord) throws {
        try runs.note(finding)
        host.narrate(.note(finding.message))
    }

    /// What came to be, in words that name place and path.
    private func what(
        _ change: NeighbourChange, in neighbour: Neighbour, movedTo place: String? = nil
    ) -> String {
        let root = neutralise(neighbour.path)
        let path = "\(change.path?.description ?? "") in \(root)"
        return switch change.kind {
        case .gone:
            "the worktree \(root) is gone" + (place.map { ": it was moved to \(neutralise($0))" } ?? "")
        case .moved: "branch \(neighbour.snapshot?.branch ?? "") was moved in \(root) (\(change.detail))"
        case .unreadable: "the worktree \(root) cannot be read any more: \(change.detail)"
        case .head: "the worktree \(root) \(change.detail)"
        case .index: "the index of \(root) was changed (\(change.detail))"
        case .file where !change.wasThere: "\(path) is new"
        case .file where !change.isThere: "\(path) is gone"
        case .file, .ignored, .sibling: "\(path) was changed"
        }
    }

    private func when(_ change: NeighbourChange) -> String {
        change.time.map { ", at \(HybridSystem.moment($0))" } ?? ""
    }

    private func found(
        _ run: RunRecord, _ verdict: NeighbourBlame.Verdict?, _ ran: [WorkerRecord], _ text: String,
        _ claim: String, _ change: NeighbourChange, _ neighbour: Neighbour, _ undo: String?, _ moment: String
    ) -> FindingRecord {
        let names = ran.map { neutralise($0.name) }.joined(separator: ", ")
        let who =
            if let verdict {
                "by \(verdict.jobs.map { job in ran.first { $0.job == job }.map { neutralise($0.name) } ?? job.text }.joined(separator: ", ")) (\(verdict.reason))"
            } else {
                ran.isEmpty
                    ? "by a command of the run's, or by you" : "by you, or by a worker (these ran: \(names))"
            }
        let lost =
            undo != nil || change.kind == .gone
            ? "" : "; no command brings it back" + (change.unsaved.map { ": \($0)" } ?? "")
        var finding = FindingRecord(
            run: run.id, kind: verdict == nil ? .warning : .breach, jobs: verdict?.jobs ?? [],
            path: change.path?.description ?? "",
            message: "\(text), \(moment), \(who)\(claim)\(lost)", undo: undo)
        finding.worktree = neighbour.path
        finding.changedAt = change.time
        return finding
    }

    private func tellIgnored(
        _ changes: [NeighbourChange], in neighbour: Neighbour, _ run: RunRecord, _ moment: String
    ) throws {
        guard let first = changes.first else { return }
        let names = changes.prefix(5).map { $0.path?.description ?? "" }.joined(separator: ", ")
        var finding = FindingRecord(
            run: run.id, kind: .warning, jobs: [], path: first.path?.description ?? "",
            message: "ignored files in \(neutralise(neighbour.path)) were changed \(moment): \(names)"
                + (changes.count > 5 ? " and \(changes.count - 5) more" : "")
                + "; they were not saved, so they cannot be brought back")
        finding.worktree = neighbour.path
        finding.changedAt = changes.compactMap(\.time).max()
        try tell(finding)
    }

    /// Names the ref, and the one line that brings everything back where nothing is left of what lay there.
    private func tellWhole(
        _ changes: [NeighbourChange], _ after: WorktreeSnapshot?, _ neighbour: Neighbour, _ run: RunRecord,
        _ undo: NeighbourUndo
    ) throws {
        guard let ref = neighbour.kept, changes.contains(where: { $0.kind != .ignored }) else { return }
        // A stash only goes where nothing is in its way.
        let isEmpty = after.map { $0.files.isEmpty && $0.head == neighbour.snapshot?.head } ?? false
        var finding = FindingRecord(
            run: run.id, kind: .warning, jobs: [],
            message: "what lay uncommitted in \(neutralise(neighbour.path)) before is kept at \(ref)",
            undo: isEmpty ? undo.everything : nil)
        finding.worktree = neighbour.path
        try tell(finding)
    }
}

extension NeighbourFindings {
    /// Holds the worktrees of a wave's workers, whose work is committed, against what was committed.
    ///
    /// Done again after a kill it tells nothing twice.
    func compareSiblings(_ run: RunRecord, wave: Int) throws {
        guard var record = try neighbourLook.neighbourRecord(run) else { return }
        let ran = try neighbourLook.ran(run, wave: wave)
        let blame = try neighbourLook.neighbourBlame(run, ran, since: record.since)
        let moment = neighbourLook.occasion(ran)
        let jobs = Set(blame.ran.map(\.job))
        if run.byHand || jobs.count < 2 { return }
        let told = Set(try ledger.findings(of: run.id).map(\.message))
        try tellDeeds(run, blame, jobs, moment, told, &record)
        let known = try repository.worktrees()
        for worker in try runs.workers(of: run) where worker.state.isFinishedWork && jobs.contains(worker.job)
        {
            guard let tip = worker.tip else { continue }
            let name = run.names.registration(.job(worker.job))
            let neighbour = Neighbour(
                name: name, path: worker.worktree,
                snapshot: .clean(branch: worker.branch.text, head: tip))
            guard try repository.id(of: worker.branch.ref) == tip else { continue }
            // Seen by git where the worker took away the rule that hid it.
            let isBrought = try broughtLook.isBrought(run, in: worker.worktree)
            let found = try neighbourLook.changes(of: neighbour).changes.filter {
                $0.kind != .ignored && $0.kind != .moved && $0.path.map(isBrought) != true
            }
            if found.isEmpty { continue }
            let others = blame.ran.filter { $0.job != worker.job }
            let undo = NeighbourUndo(
                neighbour: neighbour, ref: nil, isRegistered: known.contains { $0.name == name },
                common: repository.commonDirectory)
            let place = repository.commonDirectory + "worktrees/" + name
            for change in found.prefix(NeighbourLook.toldFiles) {
                let verdict = try blame.verdict(
                    change, gitDirectory: Files.real(place) ?? place, root: worker.worktree)
                let text =
                    "\(what(change, in: neighbour))\(when(change)) after \(neutralise(worker.name)) had ended"
                var finding = self.found(
                    run, verdict.flatMap { $0.jobs == [worker.job] ? nil : $0 }, others, text,
                    "; what is merged is \(tip.short)", change, neighbour, undo.command(change), moment)
                finding.jobs.append(worker.job)
                if !told.contains(finding.message) { try tell(finding) }
            }
        }
    }

    /// Tells which worker's git was seen to work in another's worktree, or to move its branch, while both ran.
    ///
    /// What the other one made is not its own alone where somebody worked in its worktree, so the landing waits for a word of
    /// the user's. A branch that was only moved stops nothing: what is merged is what was collected.
    private func tellDeeds(
        _ run: RunRecord, _ blame: NeighbourBlame, _ jobs: Set<JobID>, _ moment: String, _ told: Set<String>,
        _ record: inout NeighbourRecord
    ) throws {
        for worker in try runs.workers(of: run) where jobs.contains(worker.job) {
            let neighbour = Neighbour(
                name: run.names.registration(.job(worker.job)), path: worker.worktree)
            let place = neighbourLook.place(of: neighbour)
            let branch = worker.branch.ref
            var seen: Set<JobID> = []
            for deed in blame.deeds {
                guard let by = deed.job, by != worker.job, jobs.contains(by) else { continue }
                let isThere = deed.gitDirectory == place && deed.isActing
                guard isThere || moves(deed, branch), seen.insert(by).inserted else { continue }
                let other = blame.ran.first { $0.job == by }.map { neutralise($0.name) } ?? by.text
                let what =
                    isThere
                    ? "\(other) worked in \(neutralise(worker.name))'s worktree \(neutralise(worker.worktree))"
                    : "\(other) moved \(neutralise(worker.name))'s branch \(worker.branch)"
                var finding = FindingRecord(
                    run: run.id, kind: isThere ? .breach : .warning, jobs: [by, worker.job],
                    message: "\(what), at \(HybridSystem.moment(Double(deed.time))), \(moment): \(deed.said)")
                finding.worktree = worker.worktree
                finding.changedAt = Double(deed.time)
                if told.contains(finding.message) { continue }
                try tell(finding)
                guard isThere else { continue }
                record.held.append(
                    NeighbourRecord.Held(
                        neighbour: neighbour, changes: [.init(kind: .sibling, path: worker.job.text)],
                        text: what))
            }
        }
        try runs.keep(record, as: .neighbours, of: run)
    }

    /// Whether a deed changed where a branch is; packing refs does not, though some gits say so.
    private func moves(_ deed: Deed, _ branch: RefName) -> Bool {
        guard case .ref(branch, let old, let new) = deed.kind else { return false }
        // Of a deletion git does not always say what was there.
        return (old != new || new == .zero) && deed.isIn(repository.commonDirectory)
            && !["gc", "pack-refs", "maintenance"].contains(deed.verb)
    }
}
