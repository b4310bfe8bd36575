#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A program that is run to its end while hybrid waits, with what it prints.
///
/// For short helpers of hybrid's own stages; workers have a supervisor.
package enum ChildProcess {
    /// How long a program that ran out of time has before it is killed, in nanoseconds.
    private static let grace: UInt64 = 1_000_000_000

    /// What is kept of the output, in bytes.
    package enum Kept {
        case start(Int), end(Int)
    }

    /// How it ended by itself.
    package struct Ended {
        package var code: Int
        package var output: [UInt8]
        /// What it printed on standard error, where that was asked for apart; its end.
        package var errors: [UInt8] = []
        /// Whether there was more output than was kept.
        package var isCut: Bool

        package init(code: Int, output: [UInt8], errors: [UInt8] = [], isCut: Bool) {
            self.code = code
            self.output = output
            self.errors = errors
            self.isCut = isCut
        }
    }

    /// It did not come to an end of its own.
    package enum Failure: Error {
        case notStarted(SystemError)
        case timedOut
        case signalled(Int, output: [UInt8])
        case unknown(SystemError)
    }

    /// Runs a program in its own process group, which is ended with it; stdout and stderr are taken together unless
    /// they are wanted apart.
    ///
    /// In a session of its own it has no terminal.
    package static func run(
        _ arguments: [[UInt8]], in folder: String, environment: [String: String], timeout: Double,
        keeping kept: Kept, errorsApart: Bool = false, newSession: Bool = false
    ) throws(Failure) -> Ended {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw .notStarted(SystemError()) }
        let output = Descriptor(owning: ends[0])
        var others: [Int32] = [-1, -1]
        guard unsafe pipe(&others) == 0 else {
            let error = SystemError()
            close(ends[1])
            throw .notStarted(error)
        }
        let errors = Descriptor(owning: others[0])
        for end in [ends[0], ends[1], others[0], others[1]] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        for end in [output.number, errors.number] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        let pid: Int32
        do throws(SystemError) {
            // Closed at the end of this block: whoever reads then sees that the program closed its own.
            let writing = Descriptor(owning: ends[1])
            let complaining = Descriptor(owning: others[1])
            pid = try ProcessTree.spawn(
                bytes: arguments, directory: folder, environment: environment, output: writing.number,
                errors: errorsApart ? complaining.number : nil, newSession: newSession)
        } catch {
            throw .notStarted(error)
        }
        // What it left in its group would only hold on to files that are gone.
        defer { kill(-pid, SIGKILL) }
        var printed = Printed(kept)
        var complained = Printed(.end(1 << 16))
        let deadline = Monotonic.now() + UInt64(timeout * 1e9)
        var killAt: UInt64?
        while true {
            printed.drain(output)
            complained.drain(errors)
            var status: Int32 = 0
            let got = unsafe waitpid(pid, &status, WNOHANG)
            if got == pid {
                printed.drain(output)
                complained.drain(errors)
                if killAt != nil { throw .timedOut }
                guard status & 0x7F == 0 else {
                    throw .signalled(Int(status & 0x7F), output: printed.bytes)
                }
                return Ended(
                    code: Int(status >> 8 & 0xFF), output: printed.bytes, errors: complained.bytes,
                    isCut: printed.isCut)
            }
            if got < 0, errno != EINTR { throw .unknown(SystemError()) }
            let now = Monotonic.now()
            if let at = killAt {
                if now >= at { kill(-pid, SIGKILL) }
            } else if now >= deadline {
                kill(-pid, SIGTERM)
                killAt = now + grace
            }
            wait(output)
        }
    }

    /// Sleeps until there is output, or the program closed it, or a moment has passed.
    private static func wait(_ output: borrowing Descriptor) {
        var wanted = pollfd(fd: output.number, events: Int16(POLLIN), revents: 0)
        let ready = unsafe poll(&wanted, 1, 20)
        // Its end is near, or it runs on without output; either way the pipe stays "ready".
        if ready > 0, Int32(wanted.revents) & POLLIN == 0 { usleep(500) }
    }

    /// What was printed so far.
    private struct Printed {
        private let kept: Kept
        private(set) var bytes: [UInt8] = []
        private(set) var isCut = false

        init(_ kept: Kept) { self.kept = kept }

        /// Takes what is there; endless output must not keep the clock from being looked at.
        mutating func drain(_ output: borrowing Descriptor) {
            for _ in 0..<64 {
                guard let some = try? output.read(1 << 16), !some.isEmpty else { return }
                let all = bytes.count + some.count
                switch kept {
                case .end(let most):
                    bytes = (bytes + some).suffix(most)
                    isCut = isCut || all > most
                case .start(let most):
                    bytes += some.prefix(most - bytes.count)
                    isCut = isCut || all > most
                }
            }
        }
    }
}
