internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// Configuration, hooks and refs that all worktrees share: compared around workers, put back where one changed
/// them.
struct SharedStep: RunPart {
    let context: RunContext
    private var besideStep: BesideStep { BesideStep(context) }
    private var commitWave: CommitWave { CommitWave(context) }
    private var neighbourLook: NeighbourLook { NeighbourLook(context) }
    private var neighbourStep: NeighbourStep { NeighbourStep(context) }
    private var setAside: SetAside { SetAside(context) }
    private var sharedCopies: SharedCopies { SharedCopies(context) }
    private var otherRuns: OtherRuns { OtherRuns(context) }
    private var filterLook: FilterLook { FilterLook(context) }
    private var sharedSurroundings: SharedSurroundings { SharedSurroundings(context) }

    init(_ context: RunContext) { self.context = context }

    /// Notes what the worktrees share before a wave's workers start; what a wave noted earlier stays.
    func noteShared(_ run: RunRecord, wave: Int) throws {
        try besideStep.noteBeside(run, wave: wave)
        try neighbourStep.noteNeighbours(run, "wave \(wave + 1)")
        if try runs.hasKept(.shared(wave: wave), of: run) { return }
        let state = try sharedState(run)
        try sharedCopies.keepCopies(state, run)
        try runs.keep(state, as: .shared(wave: wave), of: run)
        // Who takes the ledger away takes no baseline with it.
        try runs.writeRecord(run.id)
    }

    /// Compares what the worktrees share, and the worktrees that are no worker's, before and after commands of the run's
    /// own: what they run is workers' code, and it runs as freely as they did.
    ///
    /// Where `body` throws, the next comparison goes on from what was noted. Throws as ``compareShared(_:wave:)``.
    func watching<T>(_ run: RunRecord, _ body: () throws -> T) throws -> T {
        try noteShared(run, wave: run.nextWave)
        let result = try neighbourStep.watchingWorkers(run, body)
        try compareShared(run, wave: run.nextWave)
        return result
    }

    /// Takes what the worktrees share now for what was there before the wave: the user made the changes.
    ///
    /// What was found of them stays on record, as accepted.
    func acceptShared(_ run: inout RunRecord) throws {
        try filterLook.note(&run)
        let file = RunFile.shared(wave: run.nextWave)
        guard let old = try runs.kept(SharedState.self, as: file, of: run) else { return }
        let now = try sharedState(run)
        let changes = try sharedSurroundings.sharedChanges(run, from: old, to: now).filter {
            $0.kind == .executes
        }
        let ran = try neighbourLook.ran(run, wave: run.nextWave)
        let known = try ledger.findings(of: run.id).filter { $0.kind == .breach && $0.path.isEmpty }
        for change in changes {
            var accepted = finding(of: change, run, ran)
            accepted.accepted = true
            let told = known.filter { $0.message.hasPrefix(change.what + Self.wasChanged) }
            if told.isEmpty { try runs.note(accepted) }
            for finding in told {
                accepted = finding
                accepted.accepted = true
                try runs.revise(finding, by: accepted)
            }
        }
        // The record first: where a kill comes between, the change is found once more rather than never told.
        if !changes.isEmpty { try runs.writeRecord(run.id) }
        try runs.keep(now, as: file, of: run)
    }

    /// What stands in a finding between what was changed and when.
    private static let wasChanged = " was changed "

    private func finding(
        of change: SharedState.Change, _ run: RunRecord, _ ran: [WorkerRecord], seen deed: Deed? = nil,
        keptAt ref: String? = nil
    ) -> FindingRecord {
        let culprit = deed.flatMap { deed in ran.first { $0.job == deed.job } }
        let names = ran.map { neutralise($0.name) }.joined(separator: ", ")
        let tool = change.tool.map { ", which looks like the set-up of \($0.words)" } ?? ""
        let who =
            if let culprit, let deed {
                "by \(neutralise(culprit.name)) (\(deed.said))"
            } else {
                ran.isEmpty
                    ? "by a command of the run's, or by somebody else"
                    : "these ran: \(names) (which of them, or who else, is not known)"
            }
        let kept = ref.map { "; what it named is kept at \($0)" } ?? ""
        return FindingRecord(
            run: run.id, kind: change.kind == .executes ? .breach : .warning,
            jobs: culprit.map { [$0.job] } ?? ran.map(\.job),
            message:
                "\(change.what)\(Self.wasChanged)\(neighbourLook.occasion(ran)): \(change.detail)\(tool); \(who)\(kept)\(change.undo.note)",
            undo: change.undo.command)
    }

    /// Compares what the worktrees share with what was there before the wave's workers started.
    ///
    /// Throws where something that git runs or obeys was changed; what is less is reported.
    func compareShared(_ run: RunRecord, wave: Int) throws {
        try SubmoduleStep(context).putBack()
        try besideStep.compareBeside(run, wave: wave)
        let ran = try neighbourLook.ran(run, wave: wave)
        let moment = neighbourLook.occasion(ran)
        let told = try neighbourStep.compareNeighbours(run, ran, moment)
        guard let old = try runs.kept(SharedState.self, as: .shared(wave: wave), of: run) else { return }
        let now = try sharedState(run)
        let changes =
            try sharedSurroundings.sharedChanges(run, from: old, to: now)
            + otherRuns.changes(from: old, to: now)
        let kept = try besideStep.keepUnnamed(old.refs, now.refs, run)
        let target = run.target.ref.text
        let deeds = Deed.read(paths.file(run.id, .deeds))
        for change in changes {
            let deed = mover(of: change, now, deeds, ran)
            var found = finding(of: change, run, ran, seen: deed, keptAt: kept[change.what])
            // What a worker was seen to take from another run goes back; else it may be the user's wish.
            if deed != nil, let before = old.otherRefs?[change.what] {
                found.message = String(found.said) + (try otherRuns.putBack(change.what, at: before, run))
                found.undo = nil
            }
            if change.what == target {
                found.jobs = []
                found.message = "\(change.what) moved \(moment): \(change.detail)"
            }
            // The target is looked after by itself; of another branch one line is enough to bring it back.
            if change.what == target || told.contains(change.what) { found.undo = nil }
            try runs.note(found)
            host.narrate(.note(found.message))
        }
        try warnOfMovedBranches(run, ran)
        guard let worst = changes.first(where: { $0.kind == .executes }) else {
            // Compared and found well: a retry of this wave begins from a state of its own.
            try runs.drop(.shared(wave: wave), of: run)
            return
        }
        throw stop(run, worst, changes.filter { $0.kind == .executes }, ran)
    }

    /// The worker's git that was seen to bring a ref to where it is now; nil where none was.
    private func mover(
        of change: SharedState.Change, _ now: SharedState, _ deeds: [Deed], _ ran: [WorkerRecord]
    ) -> Deed? {
        let jobs = Set(ran.map(\.job))
        return deeds.last { deed in
            guard case .ref(let ref, let old, let new) = deed.kind, old != new || new == .zero,
                deed.job.map(jobs.contains) == true,
                neutralise(ref.text) == change.what, deed.isIn(repository.commonDirectory)
            else { return false }
            let there = now.refs[ref.text] ?? now.otherRefs?[ref.text]
            return new == .zero ? there == nil : there == new.description
        }
    }

    /// Why the run stops, and what a person can do about it.
    private func stop(
        _ run: RunRecord, _ worst: SharedState.Change, _ changes: [SharedState.Change], _ ran: [WorkerRecord]
    ) -> HybridError {
        let tools = Set(changes.map(\.tool))
        let deed = "it was changed \(neighbourLook.occasion(ran)): \(worst.detail)"
        let state = "nothing " + (ran.isEmpty ? "landed" : "was merged") + ", all work is kept"
        let commands = changes.compactMap(\.undo.command).joined(separator: "; ")
        let (undo, accept) = (
            (commands.isEmpty ? "" : " (\(commands))") + worst.undo.note,
            "hybrid resume \(run.id) --accept-configuration"
        )
        guard let tool = worst.tool, tools.count == 1 else {
            return HybridError(
                .sharedState, worst.what, "\(deed); \(state)",
                next:
                    "undo it\(undo), then: hybrid resume \(run.id); or, if the change is yours: \(accept)")
        }
        return HybridError(
            .sharedState, worst.what, "\(deed); it looks like the set-up of \(tool.words); \(state)",
            next: "if it is to stay: \(accept); or undo it\(undo), then: hybrid resume \(run.id);"
                + " set up in this repository before the run, it stops none")
    }

    /// Says where the branch of a collected worker is not what was collected; that is what is merged.
    private func warnOfMovedBranches(_ run: RunRecord, _ workers: [WorkerRecord]) throws {
        for worker in workers where worker.state.isFinishedWork {
            guard let tip = try worker.tip.map({ try commitWave.branchTip($0, of: worker) }) else { continue }
            let branch = worker.branch
            let now = try repository.id(of: branch.ref)
            guard now != tip else { continue }
            if try commitWave.isSnapshot(worker) {
                try putBack(branch, to: tip, worker, run)
                continue
            }
            let there = try repository.worktrees().first { $0.branch == branch && Files.exists($0.path) }
            let found = FindingRecord(
                run: run.id, kind: .warning, jobs: [worker.job],
                message:
                    "branch \(branch) was \(tip) when its worker ended, is \(now?.description ?? "gone"); what is merged is \(tip)",
                undo: SharedUndo.ref(
                    branch.ref.text, was: tip.description, now: now?.description, checkedOutIn: there?.path
                )
                .command)
            try runs.note(found)
            host.narrate(.note(found.message))
        }
    }

    /// Puts a branch back on which a worker's work is still to be committed; what somebody put there is kept.
    private func putBack(
        _ branch: BranchName, to tip: ObjectID, _ worker: WorkerRecord, _ run: RunRecord
    ) throws {
        var message = "branch \(branch) was \(tip) when its worker ended, and "
        if let now = try repository.id(of: branch.ref) {
            let kept = try setAside.keep(run, .job(worker.job, .rescueBranch), at: now)
            try repository.updateReference(branch.ref, to: tip, expecting: now, message: "hybrid: put back")
            message += "somebody moved it to \(now), which is kept at \(kept); it is put back"
        } else {
            try repository.createReference(branch.ref, at: tip, message: "hybrid: put back")
            message += "somebody deleted it; it is put back"
        }
        try runs.note(FindingRecord(run: run.id, kind: .warning, jobs: [worker.job], message: message))
        host.narrate(.note(message))
    }

    /// The settings in a file; none in a pipe that stands in the place of one worktree's own file.
    ///
    /// Whoever works there fails of it; it is not the others' fault.
    private func settings(inFile file: String) throws -> [UserConfiguration.Setting] {
        do throws(GitError) {
            return try repository.settings(inFile: file)
        } catch {
            let isShared = file == repository.commonDirectory + "config"
            guard error.code == .notAFile, !isShared else { throw error }
            return []
        }
    }

    /// What the worktrees share now.
    private func sharedState(_ run: RunRecord) throws -> SharedState {
        let common = repository.commonDirectory
        var state = SharedState()
        var included: [String: Set<String>] = [:]
        for file in try repository.configurationFiles() {
            for setting in try settings(inFile: file) {
                state.settings[file, default: [:]][setting.name, default: []].append(setting.text)
                if setting.isIncluded { included[file, default: []].insert(setting.name) }
            }
        }
        state.included = included
        var files = try FileMark.files(below: common + "hooks")
        files += ["info/attributes", "info/exclude", "info/grafts", "objects/info/alternates", "shallow"].map
        {
            common + $0
        }
        for module in try repository.submoduleDirectories() {
            files += try FileMark.files(below: module + "/hooks") + [module + "/info/attributes"]
        }
        // Hooks that lie elsewhere run on what lands, too.
        if let hooks = run.hooks, hooks != common + "hooks" {
            let folders = [hooks] + (hooks.hasSuffix("/_") ? [String(hooks.dropLast(2))] : [])
            for folder in folders {
                files += Files.names(in: folder).map { folder + "/" + $0 }.filter { !Files.isFolder($0) }
            }
        }
        for file in files { state.files[file] = try FileMark.read(file) }
        for (name, id) in try repository.tips(prefix: "refs/")
        where !Self.passing.contains(where: name.hasPrefix) {
            state.refs[name] = id.description
        }
        let others = try otherRuns.refs(besides: run)
        (state.otherRefs, state.otherRecords) = (others.refs, others.records)
        var places: [String: String] = [:]
        let linked = try repository.worktrees().filter { Files.exists($0.path) }
        for worktree in linked + [try repository.mainWorktree()].compactMap({ $0 }) {
            if let branch = worktree.branch { places[branch.ref.text] = worktree.path }
        }
        state.checkedOut = places
        state.user = try UserLook(context).state()
        return state
    }

    /// Refs that come and go with ordinary work, and those that are compared elsewhere: hybrid's own, the stash.
    private static let passing = [
        RunNames.refs, RunNames.branches, "refs/stash", "refs/remotes/", "refs/prefetch/", "refs/jj/",
        "refs/bisect/", "refs/rewritten/", "refs/worktree/",
    ]
}
