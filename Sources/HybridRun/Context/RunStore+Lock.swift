internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension RunPaths {
    /// Whether a hybrid works on a run now; one that was killed does not.
    func isDriven(_ run: RunID) -> Bool { RunLock.isHeld(file(run, .lock)) }
}

extension RunStore {
    /// Takes the run's lock; held until the value goes away.
    ///
    /// What a holder that was killed left half done goes first. Throws where another process has it, and where the
    /// ledger is not what the run can go on from.
    func lock(_ run: RunRecord) throws -> RunLock {
        try Files.makeFolder(paths.run(run.id))
        // Whoever only looks whether it is held has it for a moment.
        let lock = try RunLock(
            paths.file(run.id, .lock), what: "run \(run.id)", patience: 0.2,
            next: "wait for it: hybrid status \(run.id) --watch, or end it: hybrid stop \(run.id)")
        try refuseReplaced()
        try refuseUnsealed(run)
        try refuseOthersWorktrees(run)
        try clearLeftovers(run)
        try refuseOutOfStep(run.id)
        try mendLinks(run)
        return lock
    }

    /// Clears what a hybrid that was killed left half done in names that are this run's alone.
    func clearLeftovers(_ run: RunRecord) throws {
        let prefix = "\(run.id)-"
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
