internal import CPlatform

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A process that can be waited for, whoever's child it is, and that is never mistaken for a later one with its number.
final class WatchedProcess {
    private let identity: ProcessIdentity?
    private let pid: Int32
    /// What the kernel tells its end by; below 0 where it has no such thing, or none to give.
    private let file: Int32

    /// A running process; nil where it is gone.
    init?(_ identity: ProcessIdentity, asksKernel: Bool = true) {
        file = asksKernel ? hybrid_pidfd_open(identity.pid) : -1
        self.identity = identity
        pid = identity.pid
        // Asked after it was opened: from here on the descriptor means this process, or none at all.
        guard ProcessTree.isAlive(identity) else { return nil }
    }

    /// A child of this process that has not been waited for: its number is still its own.
    init(child pid: Int32, asksKernel: Bool = true) {
        file = asksKernel ? hybrid_pidfd_open(pid) : -1
        identity = nil
        self.pid = pid
    }

    deinit { if file >= 0 { close(file) } }

    /// Can be read once it has ended; nil where it has to be looked at from time to time.
    var descriptor: Int32? { file < 0 ? nil : file }

    /// Whether it has ended, as far as a look tells.
    var hasEnded: Bool { identity.map { !ProcessTree.isAlive($0) } ?? (hybrid_ended_child(pid) != 0) }

    /// Signals it, unless it has ended.
    func send(_ signal: Int32) {
        if let file = descriptor, hybrid_pidfd_send(file, signal) == 0 || errno == ESRCH { return }
        if !hasEnded { kill(pid, signal) }
    }
}

/// Waiting for the first of several things, without looking at them again and again.
package enum Waiting {
    /// How often processes are looked at whose end the kernel does not tell, in nanoseconds.
    static let lookInterval: UInt64 = 8_000_000
    /// The longest that one sleep lasts where there is an end to the waiting, in nanoseconds: poll's clock stands still
    /// while the machine sleeps, ``Monotonic`` does not.
    static let nap: UInt64 = 2_000_000_000

    /// Returns when a descriptor can be read or is closed, or `deadline` has come.
    package static func forFirst(of descriptors: [Int32], until deadline: UInt64?) {
        forFirst(of: descriptors, [], until: deadline)
    }

    /// Returns when a descriptor can be read or is closed, a process has ended, or `deadline` has come.
    static func forFirst(of descriptors: [Int32], _ processes: [WatchedProcess], until deadline: UInt64?) {
        let files = descriptors + processes.compactMap(\.descriptor)
        var wanted = files.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let unheard = processes.filter { $0.descriptor == nil }
        while true {
            let now = Monotonic.now()
            if let deadline, now >= deadline { return }
            var most = deadline.map { min($0 - now, nap) }
            if !unheard.isEmpty { most = min(most ?? lookInterval, lookInterval) }
            // Rounded up, so that the deadline has come when it returns.
            let milliseconds = most.map { Int32(($0 + 999_999) / 1_000_000) } ?? -1
            let ready = unsafe poll(&wanted, nfds_t(wanted.count), milliseconds)
            if ready > 0 || unheard.contains(where: \.hasEnded) { return }
            // Only for want of memory, or of descriptors that it may look at: not to be tried without a pause.
            if ready < 0, errno != EINTR { usleep(UInt32(lookInterval / 1000)) }
        }
    }
}
