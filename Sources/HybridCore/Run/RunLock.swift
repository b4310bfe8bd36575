#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An advisory lock on a file, which the kernel lets go when its holder dies.
final class RunLock {
    private let descriptor: Int32

    /// Takes the lock, or throws naming who is in the way for longer than `patience` seconds.
    init(_ path: String, what: String, patience: Double = 0) throws(HybridError) {
        descriptor = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw HybridError(
                path, "the lock file cannot be opened", next: "check permissions and free space")
        }
        let deadline = Monotonic.now() + UInt64(patience * 1e9)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EINTR || Monotonic.now() < deadline else {
                close(descriptor)
                throw HybridError(
                    what, "another hybrid process works on it",
                    next: "wait for it, or look with: hybrid status")
            }
            usleep(10_000)
        }
    }

    deinit { close(descriptor) }
}
