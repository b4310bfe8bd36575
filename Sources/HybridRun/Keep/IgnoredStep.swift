internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// What workers leave in files that git ignores.
struct IgnoredStep: RunPart {
    let context: RunContext
    private var broughtLook: BroughtLook { BroughtLook(context) }

    init(_ context: RunContext) { self.context = context }

    /// Tells what a worker whose command has ended leaves in ignored files within its claims: no commit holds it.
    ///
    /// What was there before its first attempt is not its work. `known` is what git ignores there, where somebody just
    /// looked.
    func noteIgnored(
        _ run: RunRecord, _ job: Job, _ worker: inout WorkerRecord, known: [RepoPath]? = nil
    ) throws {
        guard Files.exists(worker.worktree) else { return }
        let began = Files.changed(paths.attempt(run.names, .job(worker.job), 1) + "/spec.json")
        let left: IgnoredWork
        do {
            left = try IgnoredWork(
                in: worker.worktree, claims: job.files, since: began, known: known,
                brought: broughtLook.list(run, .job(worker.job)), environment: host.environment)
        } catch let error as GitError {
            host.narrate(.note("\(worker.name): its ignored files could not be looked at: \(error)"))
            return
        }
        worker.ignored = left.files.isEmpty ? nil : left.files.map(\.path)
        guard let first = left.files.first else { return }
        let told = "not committed, because git ignores it: \(left.told)"
        worker.detail += (worker.detail.isEmpty ? "" : "; ") + told
        let add = "git -C \(ShellWord.bare(worker.worktree)) add -f -- \(ShellWord.bare(first.path))"
        try runs.note(
            FindingRecord(
                run: run.id, kind: .warning, jobs: [worker.job], path: RepoPath(first.path).description,
                message:
                    "\(worker.name) made what it claims, but git ignores it, so it does not land: \(left.told); "
                    + "mend the rule, or take it all the same (\(add)), and commit it; "
                    + "when the worktree goes, it is kept in \(ignoredFolder(run, worker.job.text))"))
    }

    /// Where the ignored files of a job go when its worktree does.
    private func ignoredFolder(_ run: RunRecord, _ job: String) -> String {
        paths.attempts(run.names, .job(JobID(unchecked: job))) + "/ignored"
    }

    /// Says which kept files go when the user forgets a run.
    func tellKept(_ run: RunRecord) throws {
        for worker in try runs.workers(of: run) {
            let folder = paths.attempts(run.names, .job(worker.job))
            for name in Files.names(in: folder).sorted() where name.beginsWithBytes(of: "ignored") {
                let count = Files.namesBelow(folder + "/" + name).count {
                    !Files.isFolder("\(folder)/\(name)/\($0)")
                }
                host.narrate(
                    .note("\(worker.job): what git ignores and was kept goes, too: \(count) of its files"))
            }
        }
    }

    /// Keeps the ignored files that a job claims before its worktree is removed, and says how many others go with it.
    ///
    /// `known` is what git ignores there, where somebody just looked. `isGivenUp`: the user wants them gone; then it is
    /// only said what goes.
    func keepIgnored(in worktree: Worktree, known: [RepoPath]? = nil, isGivenUp: Bool = false) throws {
        if known?.isEmpty == true { return }
        guard Files.isFolder(worktree.path), let parsed = RunNames.parse(registration: worktree.name),
            let run = try ledger.run(parsed.run)
        else { return }
        // What is no job's, such as the orchestrator's, claims nothing.
        var job: Job?
        if case .job(let id)? = run.names.place(parsed.folder)?.owner {
            job = try runs.plan(of: run).jobs.first { $0.id == id }
        }
        let name = job?.id.text ?? parsed.folder
        let left = try IgnoredWork(
            in: worktree.path, claims: job?.files ?? [], known: known,
            brought: broughtLook.list(run, in: worktree.path), environment: host.environment)
        func say(_ what: String) { host.narrate(.note("\(name): \(what)")) }
        let count = left.changed.count
        let changed = "\(count) file\(count == 1 ? "" : "s") from your checkout, changed there"
        let what = [left.files.isEmpty ? nil : left.told, count == 0 ? nil : changed].compactMap(\.self)
        if !what.isEmpty, isGivenUp {
            say("\(what.joined(separator: ", ")): ignored by git, so nothing brings it back")
        } else if !what.isEmpty {
            let folder = try left.keep(below: ignoredFolder(run, name))
            say("\(what.joined(separator: ", ")): ignored by git, kept in \(folder)")
        }
        if left.others > 0 {
            let files = left.others == 1 ? "file" : "files"
            say("\(left.isCut ? "more than " : "")\(left.others) ignored \(files) went with its worktree")
        }
    }
}
