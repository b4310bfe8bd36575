internal import HybridBase
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A turn at verifying in a repository: beside other runs, or by itself.
///
/// Whoever verifies holds a lock on one file, shared or not. Another lock is held while somebody enters, so that who
/// waits for a turn alone is not overtaken for ever. The kernel lets both go when their holder dies.
final class VerifyTurn {
    private let descriptor: Int32
    private let began: Int
    private let foundOthers: Bool

    /// Whether another run verified at any time of this turn.
    var wasShared: Bool { foundOthers || Self.size(descriptor) != began }

    /// A turn that others may share; waits while somebody has one alone, or waits for it.
    ///
    /// `heed` is asked whenever a file comes into the run's folder, and ends the waiting by throwing.
    static func beside(in paths: RunPaths, of run: RunID, heed: () throws -> Void) throws -> VerifyTurn {
        try VerifyTurn(paths, run, isAlone: false, heed)
    }

    /// A turn that nobody shares; waits until all others are over.
    static func alone(in paths: RunPaths, of run: RunID, heed: () throws -> Void) throws -> VerifyTurn {
        try VerifyTurn(paths, run, isAlone: true, heed)
    }

    private init(_ paths: RunPaths, _ run: RunID, isAlone: Bool, _ heed: () throws -> Void) throws {
        let (entryPath, path) = (paths.hybrid + "/verify-entry.lock", paths.hybrid + "/verify.lock")
        let entry = try RunLock.openFile(entryPath)
        defer { close(entry) }
        let file = try RunLock.openFile(path)
        do {
            let folder = paths.run(run)
            try Self.take(entry, entryPath, LOCK_EX, hearing: folder, heed)
            // Nobody else can enter now: whether somebody is inside stays so until this one is.
            let others = flock(file, LOCK_EX | LOCK_NB) != 0
            if !others { _ = ftruncate(file, 0) }
            try Self.take(file, path, isAlone ? LOCK_EX : LOCK_SH, hearing: folder, heed)
            if others, !isAlone {
                // One byte tells those inside that they are not by themselves any more.
                _ = unsafe [UInt8(10)].withUnsafeBytes {
                    unsafe pwrite(file, $0.baseAddress, 1, off_t(Self.size(file)))
                }
            }
            foundOthers = others && !isAlone
        } catch {
            close(file)
            throw error
        }
        descriptor = file
        began = Self.size(file)
    }

    deinit { close(descriptor) }

    private static func take(
        _ file: Int32, _ path: String, _ how: Int32, hearing folder: String, _ heed: () throws -> Void
    ) throws {
        var alarm: FolderAlarm?
        var pause: UInt64 = 1_000_000
        while flock(file, how | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw HybridError(
                    .notWritable, "hybrid/verify.lock", "it cannot be locked: \(SystemError())",
                    next: "check that the repository's disk keeps locks")
            }
            let heard = alarm ?? FolderAlarm()
            if alarm == nil {
                heard.add(folder)
                heard.add(closing: path)
                alarm = heard
            }
            try heed()
            Waiting.forFirst(
                of: [heard.descriptor].compactMap(\.self), until: Monotonic.now() + pause)
            // A holder is heard to close the file a moment before the kernel lets its lock go.
            let longest: UInt64 = heard.hearsAll ? 500_000_000 : 20_000_000
            pause = heard.clear() ? 1_000_000 : min(2 * pause, longest)
        }
    }

    private static func size(_ file: Int32) -> Int {
        var found = stat()
        return unsafe fstat(file, &found) == 0 ? Int(found.st_size) : 0
    }
}
