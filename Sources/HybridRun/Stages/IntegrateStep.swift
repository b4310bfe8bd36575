internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

/// The integrate command said no: an answer about the tree, not a fault of hybrid's.
struct IntegrationFailed: Error {
    var failure: VerifyFailure
}

/// What integrating a merged tree gave.
struct Integration {
    /// The commit that is verified and lands.
    var tip: ObjectID
    /// What each export list now holds.
    var exports: [(file: String, lines: [String], skipped: [ExportWriter.Skipped])]
}

/// The orchestrator's integration on the merged tree, and its verification.
struct IntegrateStep: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }
    private var freshWorktrees: FreshWorktrees { FreshWorktrees(context) }
    private var mergeStep: MergeStep { MergeStep(context) }
    private var readyStep: ReadyStep { ReadyStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// Makes hot files anew, runs the integrate command and writes what is written by rule, as one commit on top of `merged`.
    func integrate(
        _ run: RunRecord, _ plan: Plan, on merged: ObjectID, workers: [WorkerRecord]
    ) throws -> Integration {
        let before = try repository.commit(merged).tree
        let staging = try mergeStep.staging()
        var tree =
            plan.integrateCommands.isEmpty ? before : try runIntegrate(run, plan, on: merged)
        var exports: [(file: String, lines: [String], skipped: [ExportWriter.Skipped])] = []
        let made = try filesMade(by: plan.exports.isEmpty ? [] : workers)
        for list in plan.exports {
            let existing = try file(list.file, in: tree, staging).map { bytes in
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw HybridError(
                        .planInvalid, list.file, "it is not UTF-8, so its export list cannot be written",
                        next: "convert the file, or take its export list out of the plan")
                }
                return text
            }
            let result = try ExportWriter.updated(
                existing, list: list,
                paths: exported(made.added, by: list), removed: exported(made.removed, by: list),
                go: GoSource(CommitTree(staging.repository, tree: tree, staging)))
            tree = try put(Array(result.text.utf8), at: list.file, in: tree, staging)
            exports.append((list.file, result.lines, result.skipped))
        }
        if let path = plan.buildState {
            let entry = BuildStateEntry(
                plan: plan, estimate: try EstimateReport.make(plan: plan, jobs: run.parallel))
            let bytes = try BuildState.updated(try file(path, in: tree, staging), entry: entry)
            tree = try put(bytes, at: path, in: tree, staging)
        }
        guard tree != before else { return Integration(tip: merged, exports: exports) }
        let tip = try world.makeCommit(tree, [merged], "Integrate: \(plan.task.name)", in: staging)
        runs.packs.hold(
            try staging.save(reachableFrom: tip, beyond: [merged], keptFor: HeldPacks.owner(run.id)))
        return Integration(tip: tip, exports: exports)
    }

    private func runIntegrate(
        _ run: RunRecord, _ plan: Plan, on merged: ObjectID
    ) throws -> ObjectID {
        let fresh = try freshWorktrees.freshWorktree(run, at: merged)
        let at = ReadyPlace(place: fresh.place, name: fresh.name, path: fresh.path, commit: merged)
        if let failed = try readyStep.make(run, plan, at) {
            try freshWorktrees.discard(fresh, of: run)
            var failure = VerifyFailure(
                job: nil, command: failed.command, what: failed.what, how: failed.how, tail: failed.tail)
            failure.isSetUp = true
            throw IntegrationFailed(failure: failure)
        }
        for (command, what) in plan.integrateCommands {
            let attempt = attempts.nextAttempt(run, .integrate)
            let status = try attempts.supervise(
                run, .integrate, attempt: attempt, command: command, directory: fresh.path,
                timeout: host.verifyTimeout,
                environment: attempts.environment(
                    run, plan, job: nil, base: merged, in: fresh.path, attempt: attempt))
            guard status.outcome == .exited(0) else {
                try freshWorktrees.discard(fresh, of: run)
                throw IntegrationFailed(
                    failure: VerifyFailure(
                        job: nil, command: command, what: what, how: attempts.words(status.outcome),
                        tail: attempts.logTail(run, .integrate, attempt: attempt)))
            }
            try attempts.note(run, status, command: "integrate \(what)", on: merged)
        }
        let tree = try Repository(at: fresh.path).snapshotTree(
            keeping: runs.packs.keeping(run.id),
            leavingOut: BroughtLook(context).isBrought(run, in: fresh.path))
        try freshWorktrees.discard(fresh, of: run)
        return tree
    }

    /// Paths that the workers added, and those they removed.
    private func filesMade(by workers: [WorkerRecord]) throws -> (added: [String], removed: [String]) {
        var added: Set<RepoPath> = []
        var removed: Set<RepoPath> = []
        for worker in workers {
            let base = try worker.started()
            let tip = try worker.work()
            for change in try ChangeSet.between(base: base, tip: tip, in: repository).changes {
                if change.old == nil, change.new?.isRegularFile == true {
                    added.insert(change.path)
                } else if change.new == nil {
                    removed.insert(change.path)
                }
            }
        }
        return (added.sorted().map(\.text), removed.sorted().map(\.text))
    }

    private func exported(_ paths: [String], by list: ExportList) -> [String] {
        if let glob = list.from {
            let pattern = PathPattern(glob, isLiteral: false)
            return paths.filter(pattern.matches)
        }
        let folder = list.file.lastSlash.map { list.file[...$0] } ?? ""
        return paths.filter { $0.rest(behind: folder)?.pathParts.count == 1 }
    }

    private func file(_ path: String, in tree: ObjectID, _ staging: ObjectStore) throws -> [UInt8]? {
        guard let entry = try staging.treeEntry(RepoPath(path), in: tree) else { return nil }
        guard entry.isRegularFile else {
            throw HybridError(
                .planInvalid, path, "it is not a regular file, so hybrid does not write to it",
                next: "correct the plan")
        }
        return try staging.blob(entry.id)
    }

    private func put(
        _ bytes: [UInt8], at path: String, in tree: ObjectID, _ staging: ObjectStore
    ) throws -> ObjectID {
        let place = try RepoPath(checked: path.utf8)
        let kind = try staging.treeEntry(place, in: tree)?.kind ?? .file
        return try staging.editTree(
            tree, [place: TreeEntry(kind: kind, id: staging.write(blob: bytes))])
    }
}

extension GoSource {
    /// The Go files of a tree.
    fileprivate init(_ tree: CommitTree) {
        self.init(
            content: { try tree.content(of: $0).map { String(decoding: $0, as: UTF8.self) } },
            names: {
                try tree.names(in: $0).filter { $0.entry == .file }.map {
                    String(decoding: $0.name, as: UTF8.self)
                }
            })
    }
}
