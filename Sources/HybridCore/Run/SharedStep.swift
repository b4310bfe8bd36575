internal import HybridGit

extension Conductor {
    private func sharedPath(_ run: RunRecord, wave: Int) -> String {
        paths.run(run.id) + "/shared-\(wave).json"
    }

    /// Notes what the worktrees share before a wave's workers start; what a wave noted earlier stays.
    func noteShared(_ run: RunRecord, wave: Int) throws {
        let path = sharedPath(run, wave: wave)
        if Files.exists(path) { return }
        try DurableFile.writeJSON(sharedState(), to: path)
    }

    /// Takes what the worktrees share now for what was there before the wave: the user made the changes.
    func acceptShared(_ run: RunRecord) throws {
        let path = sharedPath(run, wave: run.nextWave)
        guard Files.exists(path) else { return }
        try DurableFile.writeJSON(sharedState(), to: path)
    }

    /// Compares what the worktrees share with what was there before the wave's workers started.
    ///
    /// Throws where something that git runs or obeys was changed; what is less is reported.
    func compareShared(_ run: RunRecord, wave: Int) throws {
        let path = sharedPath(run, wave: wave)
        guard let old = try DurableFile.readJSON(SharedState.self, from: path) else { return }
        let changes = try SharedState.changes(from: old, to: sharedState())
        let ran = try workers(of: run).filter { $0.wave == wave && $0.attempt > 0 }
        let names = ran.map { neutralise($0.name) }.joined(separator: ", ")
        let target = try targetBranch(run).ref.text
        let moment = ran.isEmpty ? "while the run verified" : "while workers ran"
        let who =
            ran.isEmpty
            ? "by a verify command, or by somebody else"
            : "these ran: \(names) (which of them, or who else, is not known)"
        for change in changes {
            let moved = change.what == target
            let message =
                moved
                ? "\(change.what) moved \(moment): \(change.detail)"
                : "\(change.what) was changed \(moment): \(change.detail); \(who); to undo: \(change.undo)"
            try ledger.save(
                FindingRecord(
                    run: run.id, kind: change.kind == .executes ? .breach : .warning,
                    jobs: moved ? [] : ran.map(\.job), message: message))
            host.narrate(.note(message))
        }
        try warnOfMovedBranches(run, ran)
        guard let worst = changes.first(where: { $0.kind == .executes }) else {
            // Compared and found well: a retry of this wave begins from a state of its own.
            try DurableFile.remove(path)
            return
        }
        let undo = changes.filter { $0.kind == .executes }.map(\.undo).joined(separator: "; ")
        throw HybridError(
            worst.what,
            "it was changed \(moment): \(worst.detail); nothing "
                + (ran.isEmpty ? "landed" : "was merged") + ", all work is kept",
            next:
                "undo it (\(undo)), then: hybrid resume \(run.id); or, if the change is yours: hybrid resume \(run.id) --accept-configuration"
        )
    }

    /// Says where the branch of a collected worker is not what was collected; that is what is merged.
    private func warnOfMovedBranches(_ run: RunRecord, _ workers: [WorkerRecord]) throws {
        for worker in workers where worker.state.isFinishedWork {
            guard let tip = worker.tip else { continue }
            let now = try repository.id(of: BranchName(worker.branch).ref)?.description
            guard now != tip else { continue }
            let message =
                "branch \(worker.branch) was \(tip) when its worker ended, is \(now ?? "gone"); what is merged is \(tip); to undo: git branch -f \(worker.branch) \(tip)"
            try ledger.save(
                FindingRecord(run: run.id, kind: .warning, jobs: [worker.job], message: message))
            host.narrate(.note(message))
        }
    }

    /// What the worktrees share now.
    private func sharedState() throws -> SharedState {
        let common = repository.commonDirectory
        var state = SharedState()
        for file in try repository.configurationFiles() {
            for setting in try repository.settings(inFile: file) {
                let name = [setting.section, setting.subsection, setting.key].compactMap { $0 }
                state.settings[file, default: [:]][name.joined(separator: "."), default: []].append(
                    setting.value.map { String(decoding: $0, as: UTF8.self) } ?? "true")
            }
        }
        var files = try FileMark.files(below: common + "hooks")
        files += ["info/attributes", "info/exclude", "info/grafts", "objects/info/alternates", "shallow"].map
        {
            common + $0
        }
        for file in files { state.files[file] = try FileMark.read(file) }
        for prefix in ["refs/heads/", "refs/tags/", "refs/stash", "refs/replace/"] {
            for (name, id) in try repository.tips(prefix: prefix) where !name.hasPrefix("refs/heads/hybrid/")
            {
                state.refs[name] = id.description
            }
        }
        return state
    }
}
