internal import HybridGit
internal import HybridMerging

/// What `resolve` came to.
public enum Resolution: Sendable {
    /// The conflict lies open in a worktree, with markers in these paths.
    case opened(worktree: String, paths: [String])
    /// The resolution is committed and merged; the run can be verified.
    case resolved(RunRecord)
}

extension Conductor {
    /// Opens a job's conflict in a worktree of its own, or takes in the resolution that was made there.
    ///
    /// Throws when the job has no conflict, markers remain, or one side's work was dropped whole and
    /// `acceptOneSide` does not say that this is meant.
    public func resolve(_ id: String?, job name: String, acceptOneSide: Bool) throws -> Resolution {
        var run = try self.run(id)
        let lock = try lock(run)
        defer { withExtendedLifetime(lock) {} }
        try refuseUnlessOpen(run, "resolve")
        let plan = try plan(of: run)
        var worker = try worker(run, name)
        guard worker.state == .conflict else {
            throw HybridError(
                "job \(worker.name)", "it is \(worker.state.rawValue), not in conflict",
                next: "hybrid status \(run.id)")
        }
        let ours = try integratedTip(run)
        let theirs = try commitID(worker.tip ?? "", "job \(worker.job)")
        let staging = try staging()
        let outcome = try MergeEngine(staging).merge(
            ours: ours, theirs: theirs,
            labels: ThreeWay(base: "base", ours: "integrated", theirs: worker.branch))
        let identity = try identity()
        let message = "Merge job \(worker.job): \(worker.name)"
        let branch = try BranchName(worker.branch + "-resolve")
        let path = paths.worktree(run.id, worker.job + "-resolve")
        let fromRef = try RefName(RunNames.ref(run.id, "\(worker.job)/resolved-from"))
        switch outcome {
        case .clean(let tree):
            // The other side was taken out meanwhile: nothing is left to resolve.
            let tip = try staging.createCommit(
                tree: tree, parents: [ours, theirs], message: message, author: identity, committer: identity)
            try staging.writeStaged(reachableFrom: [tip])
            try take(tip, &worker, &run, plan)
            return .resolved(run)
        case .conflicted(let tree, let conflicts):
            guard let tree else {
                throw HybridError(
                    "job \(worker.name)", "its conflict has no form that a worktree could show",
                    next: "hybrid retry \(worker.job)")
            }
            let opened = try repository.id(of: fromRef)
            if let opened, try repository.commit(opened).parents == [ours, theirs], Files.exists(path) {
                let resolved = try readResolution(
                    at: path, conflicts, ours: ours, theirs: theirs, acceptOneSide: acceptOneSide, worker)
                let tip = try repository.createCommit(
                    tree: resolved, parents: [ours, theirs], message: message, author: identity,
                    committer: identity)
                try take(tip, &worker, &run, plan)
                return .resolved(run)
            }
            let markers = try staging.createCommit(
                tree: tree, parents: [ours, theirs], message: "Conflict to resolve: \(worker.name)",
                author: identity, committer: identity)
            try staging.writeStaged(reachableFrom: [markers])
            if try repository.id(of: branch.ref) != nil {
                // The merge so far moved on since the conflict was opened: that state is kept, a new one opened.
                var old = worker
                old.branch = branch.text
                old.worktree = path
                host.narrate(
                    .note("the earlier resolution is kept at \(try setAside(run, old, as: "resolution"))"))
            }
            try point(run, "\(worker.job)/resolved-from", at: markers)
            try ensureWorktree(
                name: "\(run.id)-\(worker.job)-resolve", path: path, branch: branch.text, at: markers)
            return .opened(worktree: path, paths: conflicts.map(\.path.description))
        }
    }

    /// The resolved tree, after proving that no marker remains and no side was dropped unseen.
    private func readResolution(
        at path: String, _ conflicts: [Conflict], ours: ObjectID, theirs: ObjectID, acceptOneSide: Bool,
        _ worker: WorkerRecord
    ) throws -> ObjectID {
        let tree = try Repository(at: path).snapshotTree()
        let next = "edit it in \(path), then: hybrid resolve \(worker.job)"
        let ourTree = try repository.commit(ours).tree
        let theirTree = try repository.commit(theirs).tree
        var dropped = 0
        for conflict in conflicts {
            let entry = try repository.treeEntry(conflict.path, in: tree)
            if let entry, entry.mode & 0o170000 == 0o100000, hasMarkers(try repository.blob(entry.id)) {
                throw HybridError(conflict.path.description, "conflict markers are still in it", next: next)
            }
            let ourEntry = try repository.treeEntry(conflict.path, in: ourTree)
            let theirEntry = try repository.treeEntry(conflict.path, in: theirTree)
            if entry == ourEntry || entry == theirEntry { dropped += 1 }
        }
        if dropped == conflicts.count, !conflicts.isEmpty, !acceptOneSide {
            throw HybridError(
                conflicts.map(\.path.description).joined(separator: ", "),
                "the resolution is one side exactly, so the other worker's change would be dropped",
                next:
                    "edit it in \(path), or if that is meant: hybrid resolve \(worker.job) --accept-one-side")
        }
        return tree
    }

    private func hasMarkers(_ bytes: [UInt8]) -> Bool {
        bytes.split(separator: 10).contains { line in
            line.starts(with: "<<<<<<< ".utf8) || line.starts(with: ">>>>>>> ".utf8)
        }
    }

    /// Takes a resolved merge as the job's work: from now on the job's tip holds both sides.
    private func take(_ tip: ObjectID, _ worker: inout WorkerRecord, _ run: inout RunRecord, _ plan: Plan)
        throws
    {
        let wave = run.waves.count
        try point(run, "wave-\(wave)", at: try integratedTip(run))
        try point(run, "\(worker.job)/resolution", at: tip)
        try point(run, "integrated", at: tip)
        worker.tip = tip.description
        worker.wave = wave
        worker.state = .merged
        worker.detail = "its conflict was resolved by hand"
        try ledger.save(worker)
        run.waves.append([worker.job])
        run.nextWave = run.waves.count
        run.integrated = tip.description
        try ledger.update(run)
        try settle(&run, plan)
    }
}
