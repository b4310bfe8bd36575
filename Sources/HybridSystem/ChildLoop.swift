internal import CPlatform

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What happens to a child's output and signals while ``ChildLoop`` waits for it.
protocol ChildKeeper: ~Copyable {
    /// What is waited on beside the child, such as its output.
    var descriptors: [Int32] { get }
    /// When `take` is worth calling although nothing came, as ``Monotonic`` tells.
    var due: UInt64? { get }
    /// Whether somebody wants the child to end.
    var isStopAsked: Bool { get }
    /// Takes what came.
    mutating func take()
    /// Signals the child with all that it started.
    func signal(_ child: Int32, _ signal: Int32)
}

/// The one loop that waits for a child of this process: takes what it prints, keeps its time, asks it to end, kills it.
enum ChildLoop {
    /// How many reads there are between two looks at the clock: endless output must not keep it from being looked at.
    static let reads = 64

    /// Why a child ended.
    enum Cause {
        case itself, timedOut, stopped
    }

    /// Waits until a child has ended.
    ///
    /// It is still to be reaped then: until that its number, and its group's, is nobody else's. Throws where it cannot be
    /// waited for, as where this process ignores SIGCHLD.
    static func follow(
        _ child: Int32, _ keeper: inout some ChildKeeper & ~Copyable, deadline: UInt64?, grace: UInt64
    ) throws(SystemError) -> Cause {
        let watched = WatchedProcess(child: child)
        var cause = Cause.itself
        var next = deadline
        while true {
            keeper.take()
            if try hasEnded(child) {
                keeper.take()
                return cause
            }
            let now = Monotonic.now()
            if cause == .itself {
                if keeper.isStopAsked {
                    cause = .stopped
                } else if let deadline, now >= deadline {
                    cause = .timedOut
                }
                if cause != .itself {
                    keeper.signal(child, SIGTERM)
                    next = now + grace
                }
            } else if let at = next, now >= at {
                keeper.signal(child, SIGKILL)
                next = now + 1_000_000_000
            }
            Waiting.forFirst(
                of: keeper.descriptors, [watched],
                until: [next, keeper.due].compactMap(\.self).min())
        }
    }

    /// Takes an ended child away and gives its status, as `waitpid` tells it.
    static func reap(_ child: Int32) throws(SystemError) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw SystemError() }
        }
        return status
    }

    /// Takes away what ended of the orphans that came to this process; a child that is waited for stays.
    static func reapOrphans(but child: Int32) {
        var status: Int32 = 0
        while true {
            let ended = hybrid_ended_child(0)
            guard ended > 0, ended != child, unsafe waitpid(ended, &status, WNOHANG) == ended else { return }
        }
    }

    private static func hasEnded(_ child: Int32) throws(SystemError) -> Bool {
        let found = hybrid_ended_child(child)
        guard found < 0 else { return found == child }
        guard errno != EINTR else { return false }
        throw SystemError(errno, errno == ECHILD ? "wait for it (is SIGCHLD ignored?)" : "wait for it")
    }
}

/// The end of a pipe that a child writes to.
final class ChildOutput {
    private let file: Descriptor
    private var isOpen = true

    /// Takes over the end of a pipe that is read.
    init(owning number: Int32) throws(SystemError) {
        file = Descriptor(owning: number)
        guard fcntl(number, F_SETFL, O_NONBLOCK) == 0 else { throw SystemError(errno, "read its output") }
    }

    /// What to wait on; nil once all who could write have closed it.
    var descriptor: Int32? { isOpen ? file.number : nil }

    /// Takes some of what is there; nil where there is nothing now.
    func next() -> [UInt8]? {
        guard isOpen else { return nil }
        do throws(SystemError) {
            let bytes = try file.read(1 << 16)
            isOpen = !bytes.isEmpty
            return isOpen ? bytes : nil
        } catch {
            // Nothing is there now; whatever else cannot be read stays so.
            isOpen = error.code == EAGAIN
            return nil
        }
    }
}
