package import HybridBase

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An advisory lock on a file, which the kernel lets go when its holder dies.
///
/// The file says who holds it, for people; whether it is held, only the kernel says.
package final class RunLock {
    private let descriptor: Int32

    /// Who holds a lock.
    package struct Holder: Codable, Hashable {
        /// The process.
        package var process: ProcessIdentity
        /// When it took the lock, in seconds since 1970.
        package var since: Double
        /// Its command line.
        package var command: String

        package init(process: ProcessIdentity, since: Double, command: String) {
            self.process = process
            self.since = since
            self.command = command
        }

        /// The holder in words.
        package func text(now: Double) -> String {
            let seconds = max(0, Int(now - since))
            let time = seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min"
            return "process \(process.pid) (\(neutralise(command))) has worked on it for \(time)"
        }
    }

    /// Takes the lock, or throws naming who is in the way for longer than `patience` seconds.
    package init(
        _ path: String, what: String, patience: Double = 0,
        next: String = "wait for it, or look with: hybrid status"
    ) throws(HybridError) {
        descriptor = try Self.openFile(path)
        let deadline = Monotonic.now() + UInt64(patience * 1e9)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EINTR || Monotonic.now() < deadline else {
                close(descriptor)
                throw HybridError(
                    .locked, what,
                    Self.holder(path)?.text(now: WallClock.now().rounded(.down))
                        ?? "another hybrid process works on it",
                    next: next)
            }
            usleep(10_000)
        }
        note()
    }

    /// Opens a lock's file, and makes it where there is none.
    package static func openFile(_ path: String) throws(HybridError) -> Int32 {
        let file = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        if file >= 0 { return file }
        let error = SystemError()
        throw HybridError(
            .notWritable, path, "the lock file cannot be opened: \(error)",
            next: error.code == EROFS
                ? "make the file system writable" : "check permissions and free space")
    }

    deinit {
        // What it said is over with the lock.
        _ = ftruncate(descriptor, 0)
        close(descriptor)
    }

    /// Whether a process holds the lock of a file now; takes and makes nothing.
    package static func isHeld(_ path: String) -> Bool {
        let file = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Who a lock's file names, as far as that process still lives.
    package static func holder(_ path: String) -> Holder? {
        guard let bytes = Files.read(path),
            let holder = try? JSONDecoder().decode(Holder.self, from: Data(bytes)),
            ProcessTree.isAlive(holder.process)
        else { return nil }
        return holder
    }

    /// Writes down who holds it; the lock holds also where that fails, as on a full disk.
    private func note() {
        guard let process = ProcessTree.identity(of: getpid()) else { return }
        let holder = Holder(
            process: process, since: WallClock.now().rounded(.down),
            command: CommandLine.arguments.joined(separator: " "))
        guard let bytes = try? DurableFile.encode(holder), ftruncate(descriptor, 0) == 0 else { return }
        _ = unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }
}
