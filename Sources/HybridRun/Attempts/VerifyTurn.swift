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
    /// `heed` is asked meanwhile, and ends the waiting by throwing.
    static func beside(in paths: RunPaths, heed: () throws -> Void) throws -> VerifyTurn {
        try VerifyTurn(paths, isAlone: false, heed)
    }

    /// A turn that nobody shares; waits until all others are over.
    static func alone(in paths: RunPaths, heed: () throws -> Void) throws -> VerifyTurn {
        try VerifyTurn(paths, isAlone: true, heed)
    }

    private init(_ paths: RunPaths, isAlone: Bool, _ heed: () throws -> Void) throws {
        let entry = try RunLock.openFile(paths.hybrid + "/verify-entry.lock")
        defer { close(entry) }
        let file = try RunLock.openFile(paths.hybrid + "/verify.lock")
        do {
            try Self.take(entry, LOCK_EX, heed)
            // Nobody else can enter now: whether somebody is inside stays so until this one is.
            let others = flock(file, LOCK_EX | LOCK_NB) != 0
            if !others { _ = ftruncate(file, 0) }
            try Self.take(file, isAlone ? LOCK_EX : LOCK_SH, heed)
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

    private static func take(_ file: Int32, _ how: Int32, _ heed: () throws -> Void) throws {
        while flock(file, how | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw HybridError(
                    "hybrid/verify.lock", "it cannot be locked: \(SystemError())",
                    next: "check that the repository's disk keeps locks")
            }
            try heed()
            usleep(20_000)
        }
    }

    private static func size(_ file: Int32) -> Int {
        var found = stat()
        return unsafe fstat(file, &found) == 0 ? Int(found.st_size) : 0
    }
}
