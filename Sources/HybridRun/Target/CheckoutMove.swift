internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// The user's own git moves a target that is checked out, and can be killed in the middle, with hybrid or alone.
struct CheckoutMove: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }

    init(_ context: RunContext) { self.context = context }

    /// What the attempts that the last moves of the target came to nothing by have left.
    private struct KilledMove {
        /// When the first of them began, in nanoseconds since 1970 by the file system's clock.
        var began: Int64
        /// Whether one of them was on the way back.
        var isRestoring: Bool
    }

    /// The moves of this run's target that nothing followed and that did not end by themselves; nil: none.
    private func killedMove(_ run: RunRecord) throws -> KilledMove? {
        var killed: KilledMove?
        for attempt in stride(from: attempts.nextAttempt(run, .advance) - 1, to: 0, by: -1) {
            let folder = paths.attempt(run.names, .advance, attempt)
            guard let began = Files.changed(folder + "/spec.json") else { break }
            let files = AttemptFiles(runs.sealer)
            if let status = try files.status(folder + "/status.json").read(SupervisedStatus.self)?.value {
                if case .exited = status.outcome { break }
                if case .couldNotStart = status.outcome { break }
            }
            let isRestoring =
                try files.spec(folder + "/spec.json").read(SupervisedSpec.self)?.value
                .arguments.contains("restore") == true
            killed = KilledMove(began: began, isRestoring: isRestoring || killed?.isRestoring == true)
        }
        return killed
    }

    /// Takes back what a killed git left of a move of the target from `old` to `new`, where all of it is provably git's.
    ///
    /// Lock files go that were made since, when no git works there. Files and index come back to `old` by the user's own
    /// git, so that the move can begin again; without `new`, the branch is where it was to go, and only locks are left.
    /// Gives why it cannot be done; nil where nothing is left, which is nearly always.
    func takeBackKilledMove(
        _ run: RunRecord, _ there: Worktree, _ branch: BranchName, from old: ObjectID, to new: ObjectID?
    ) throws -> String? {
        guard let killed = try killedMove(run) else { return nil }
        let opened = try Repository(at: there.path)
        for lock in TargetCheckout.locks(of: opened, branch) {
            if let reason = try clearLock(lock, in: there, since: killed.began) { return reason }
        }
        guard let new, try repository.id(of: branch.ref) == old else { return nil }
        let changes = try ChangeSet.between(base: old, tip: new, in: repository).changes
        let move = try opened.halfMove(
            changes.map { ($0.path, $0.old, $0.new) }, since: killed.began, isRestoring: killed.isRestoring)
        if let path = move.foreign {
            return
                "git was killed while it moved \(branch) in \(there.path), and \(path) is neither as it was "
                + "nor as it was to be: git -C \(ShellWord.bare(there.path)) status shows what is left"
        }
        try opened.removeAdded(move)
        if !move.changed.isEmpty {
            let list = paths.file(run.id, .restoredPaths)
            let names = move.changed.map { $0.bytes + [0] }
            try DurableFile.put(Array(names.joined()), to: list, mode: 0o600, synced: false, replacing: true)
            let words = ["restore", "--source=HEAD", "--staged", "--worktree", "--pathspec-file-nul"]
            let status = try runGit(
                run, ["--literal-pathspecs"] + words + ["--pathspec-from-file=" + list], in: there.path)
            guard status.outcome == .exited(0) else {
                return "git restore in \(there.path) \(wordsOfGit(run, status))"
            }
            try Files.remove(list)
        }
        if !move.changed.isEmpty || !move.added.isEmpty {
            host.narrate(
                .note("git was killed while it moved \(branch) in \(there.path): taken back, to begin again"))
        }
        return nil
    }

    /// How a git of hybrid's ended, and what it said last.
    func wordsOfGit(_ run: RunRecord, _ status: SupervisedStatus) -> String {
        // A lock is named in the first of five lines.
        let tail = attempts.logTail(run, .advance, attempt: status.attempt, lines: 6)
        return attempts.words(status.outcome) + ": " + tail.joined(separator: " ")
    }

    /// Removes a lock that the killed git made; gives why not.
    private func clearLock(_ lock: String, in there: Worktree, since began: Int64) throws -> String? {
        guard let made = Files.changed(lock) else { return nil }
        // A git that works there may have closed its lock's file: it counts by where it stands.
        let holders = OpenFiles.holders(of: lock, orWorkingIn: there.path, as: "git")
        guard made >= began, holders == .free else {
            return TargetCheckout.isLocked(lock)
        }
        guard Files.changed(lock) == made else { return "\(lock) changes just now: git works there" }
        try DurableFile.remove(lock)
        host.narrate(.note("\(lock) was left by the git that moved the target and was killed: removed"))
        return nil
    }

    /// Runs the user's own git where it must act, without what a repository could make it execute.
    func runGit(_ run: RunRecord, _ words: [String], in directory: String) throws -> SupervisedStatus {
        let attempt = attempts.nextAttempt(run, .advance)
        let environment = run.withFilters(WorkerEnvironment.cleaned(host.environment))
        return try attempts.supervise(
            run, .advance, attempt: attempt,
            command: .argv(
                [
                    "git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
                    "-c", "core.filesRefLockTimeout=\(Int(Patience.locks * 1000))",
                    "-c", "core.packedRefsTimeout=\(Int(Patience.locks * 1000))",
                ] + words),
            directory: directory, timeout: host.verifyTimeout, environment: environment, mayStop: false)
    }
}
