internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension Doctor {
    /// Lock files of git: in the common git directory, below refs, and in the worktrees' git directories.
    func findLocks() throws {
        let common = repository.commonDirectory
        for name in Files.names(in: common).sorted() where name.hasSuffix(".lock") {
            noteLock(common + name, worktree: nil, isOurs: false)
        }
        for path in try FileMark.files(below: common + "refs") where path.hasSuffix(".lock") {
            let name = path.rest(behind: common) ?? path[...]
            noteLock(
                path, worktree: nil,
                isOurs: name.hasPrefix(RunNames.refs) || name.hasPrefix(RunNames.branches))
        }
        let places = Dictionary(try repository.worktrees().map { ($0.name, $0.path) }) { first, _ in first }
        for worktree in Files.names(in: common + "worktrees").sorted() {
            let admin = common + "worktrees/" + worktree
            let isOurs = isHybrids(worktree, at: places[worktree])
            for path in try FileMark.files(below: admin) where path.hasSuffix(".lock") {
                noteLock(path, worktree: isOurs ? (worktree, places[worktree]) : nil, isOurs: isOurs)
            }
        }
    }

    private func noteLock(_ path: String, worktree: (name: String, path: String?)?, isOurs: Bool) {
        let age = Int(Files.age(path))
        let since = age < 120 ? "\(age) s" : (age < 7200 ? "\(age / 60) min" : "\(age / 3600) h")
        let reason = "a lock file of git's, made \(since) ago"
        let holders = OpenFiles.holders(of: path, orWorkingIn: worktree?.path)
        if case .held(let pids) = holders {
            // A git command that works is nothing to mend; one that has hung for long may be.
            guard age > 600 else { return }
            note(
                .lock, path, "\(reason); in use by process \(pids.map(String.init).joined(separator: ", "))",
                remedy: "wait for that process")
            return
        }
        let nobody = holders == .free ? "; no process of yours has it open" : ""
        let run = worktree.flatMap { runOf(worktree: $0.name) } ?? runOfLock(path)
        if isOurs, holders == .free, run.map({ !isDriven($0) }) ?? true,
            worktree.map({ !hasSupervisor($0.name) }) ?? true
        {
            note(.lock, path, reason + nobody, remedy: "remove it: only hybrid and its workers use it") {
                try self.removeLock(path, worktree?.path)
            }
        } else {
            note(
                .lock, path, reason + nobody,
                remedy: "when no git command runs in this repository: rm \(ShellWord.bare(path))")
        }
    }

    private func removeLock(_ path: String, _ folder: String?) throws -> String {
        // Git closes a lock's file a moment before it renames it: what lives for a moment only was no stale lock.
        Monotonic.pause(milliseconds: 200)
        guard Files.exists(path) else { return "it is gone" }
        guard OpenFiles.holders(of: path, orWorkingIn: folder) == .free else {
            throw HybridError(.changed, path, "a process took it meanwhile", next: "wait for it")
        }
        try DurableFile.remove(path)
        return "removed"
    }

    private func runOfLock(_ path: String) -> RunID? {
        path.split(separator: "/").lazy.compactMap { RunID($0) }.first
    }

    // MARK: What other looks ask too

    /// The run in the name of a worktree of hybrid's, `RUN-NAME`; nil for other names.
    func runOf(worktree name: String) -> RunID? {
        RunNames.parse(registration: name)?.run
    }

    /// Whether a worktree is hybrid's: named for a run, and where hybrid puts the worktrees of that run.
    func isHybrids(_ name: String, at path: String?) -> Bool {
        guard let (run, folder) = RunNames.parse(registration: name), let path else { return false }
        let place = paths.folder(run, folder)
        // One of an attempt after a lost one has a number behind a dot.
        let parts = path.pathName.split(separator: ".", omittingEmptySubsequences: false)
        let whole =
            parts.count == 2 && Int(parts[1]) != nil ? String(path.dropLast(parts[1].count + 1)) : path
        return whole == place || whole == real(place)
    }

    /// The path as git records it: what lies above is resolved even where the folder itself is gone.
    private func real(_ path: String) -> String? {
        var (above, below) = (path, "")
        while let slash = above.lastSlash, slash > above.startIndex {
            below = String(above[slash...]) + below
            above = String(above[..<slash])
            if Files.exists(above) { return Files.real(above).map { $0 + below } }
        }
        return nil
    }

    /// Whether an attempt's supervisor in this worktree still lives, whatever the ledger says.
    func hasSupervisor(_ worktree: String) -> Bool {
        attempts(in: worktree).contains { supervisor(in: $0) != nil }
    }

    /// The folders in which attempts of what works in a worktree may be kept.
    func attempts(in worktree: String) -> [String] {
        guard let (run, folder) = RunNames.parse(registration: worktree) else { return [] }
        // The run may be recorded nowhere, so nothing may say how its names are laid out.
        return RunNames.Layout.allCases.compactMap { layout in
            let names = RunNames(run, layout)
            return switch names.place(folder) {
            case .job(let id): paths.attempts(names, .job(id))
            case .orchestrator: paths.attempts(names, .orchestrator)
            default: nil
            }
        }
    }

    /// The living supervisor of one of the attempts in a folder; nil where there is none.
    func supervisor(in attempts: String) -> ProcessIdentity? {
        let files = AttemptFiles(host.sealer)
        for attempt in Files.names(in: attempts).compactMap({ Int($0) }).sorted(by: >) {
            let folder = attempts + "/" + String(attempt)
            // A file that cannot be read names no process; the look at workers tells of those.
            let known = [
                (try? files.processes(folder + "/pid.json").read(ProcessRecord.self))?.value.supervisor,
                (try? files.handle(folder + "/handle.json").read(SupervisedHandle.self))?.value.supervisor,
            ]
            for process in known.compactMap({ $0 }) where ProcessTree.isAlive(process) { return process }
            // Once the status is written, only daemons may be left of it.
            if Files.exists(folder + "/status.json") { continue }
            for pid in ProcessTree.carrying("HYBRID_SPEC=\(folder)/spec.json") {
                if let process = ProcessTree.identity(of: pid) { return process }
            }
        }
        return nil
    }
}
