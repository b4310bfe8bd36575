internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Finding again what a hybrid that was killed had started.
extension Conductor {
    /// The file beside an attempt's spec that keeps its handle.
    static let handleFile = "handle.json"

    /// Keeps an attempt's handle for whoever goes on with the run.
    func keep(_ handle: SupervisedHandle, _ run: RunRecord, _ step: RunStep) throws {
        try DurableFile.writeJSON(
            handle, to: paths.attempt(run.names, step, handle.attempt) + "/" + Self.handleFile)
    }

    /// The handle that was kept of an attempt; nil where none was.
    func keptHandle(_ run: RunRecord, _ step: RunStep, attempt: Int) throws -> SupervisedHandle? {
        guard attempt > 0 else { return nil }
        let path = paths.attempt(run.names, step, attempt) + "/" + Self.handleFile
        return try DurableFile.readJSON(SupervisedHandle.self, from: path)
    }

    /// The handle of an attempt, also where the process that began it was killed before it kept one.
    ///
    /// Nil where the attempt never began, and then it never will. The run's lock is held.
    func handle(_ run: RunRecord, _ step: RunStep, attempt: Int) throws -> SupervisedHandle? {
        guard attempt > 0 else { return nil }
        if let kept = try keptHandle(run, step, attempt: attempt) { return kept }
        let folder = paths.attempt(run.names, step, attempt)
        return try host.executor.adopt(
            SupervisedHandle(
                executor: "", specPath: folder + "/spec.json", statusPath: folder + "/status.json",
                pidPath: folder + "/pid.json", attempt: attempt))
    }

    /// Ends what a killed hybrid left running for the run itself, such as a verification: it is begun anew.
    ///
    /// Workers and the orchestrator's command are left to their own steps, which take them over; git that moves the
    /// target is waited for.
    func settleOrphans(_ run: RunRecord) throws {
        for own in RunStep.Own.allCases where own != .orchestrator {
            let step = RunStep.own(own)
            for attempt in Files.names(in: paths.attempts(run.names, step)).compactMap({ Int($0) }).sorted() {
                let folder = paths.attempt(run.names, step, attempt)
                guard Files.exists(folder + "/spec.json"), !Files.exists(folder + "/status.json"),
                    let handle = try handle(run, step, attempt: attempt)
                else { continue }
                if step == .advance, case .running = try host.executor.poll(handle) {
                    _ = try outcome(of: handle, run, mayStop: false)
                } else {
                    try host.executor.cancel(handle)
                }
            }
        }
    }

    /// Clears what a hybrid that was killed left half done in names that are this run's alone.
    func clearLeftovers(_ run: RunRecord) throws {
        let prefix = run.id + "-"
        _ = try repository.clearUnfinishedWorktrees(prefix: prefix) {
            paths.folder(run.id, String($0.dropFirst(prefix.utf8.count)))
        }
        for folder in run.names.folders {
            for name in Files.namesBelow(repository.commonDirectory + folder) where name.hasSuffix(".lock") {
                try clearLock(repository.commonDirectory + folder + name)
            }
        }
        // Whoever wrote those packs is gone: the run's lock is held.
        for (path, owner) in try repository.keptPacks() where HeldPacks.run(ofOwner: owner) == run.id {
            try repository.releaseKeptPack(path)
        }
    }

    /// How long a lock may belong to a git that works just now, in seconds.
    static let lockPatience = 3.0

    /// Removes a lock file in a place where only this run and its ended workers write, once nobody holds it.
    ///
    /// A git that is at work gets a moment to finish.
    func clearLock(_ path: String) throws {
        let deadline = Monotonic.now() + UInt64(Self.lockPatience * 1e9)
        while Files.exists(path) {
            if Monotonic.now() > deadline, OpenFiles.holders(of: path) == .free {
                try Files.remove(path)
                host.narrate(.note("\(path) was left by a process that is gone: removed"))
                return
            }
            if Monotonic.now() > deadline + 10_000_000_000 { return }
            usleep(10_000)
        }
    }
}
