internal import CPlatform
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The process that watches over one command: drains its output, keeps its time, ends what it leaves behind, and
/// writes how it ended.
public enum Supervisor {
    /// Supervises the command of a spec file to its end; the body of `hybrid worker`.
    ///
    /// Throws `HybridError` where the spec cannot be read or the status cannot be written.
    public static func run(specPath: String) throws {
        guard let spec = try DurableFile.readJSON(SupervisedSpec.self, from: specPath) else {
            throw HybridError(
                specPath, "the spec is not there", next: "hybrid run starts supervisors by itself")
        }
        signal(SIGTERM) { _ in unsafe stopAsked = 1 }
        signal(SIGCHLD) { _ in }
        for ignored in [SIGHUP, SIGINT, SIGPIPE] { signal(ignored, SIG_IGN) }
        // Without it only daemons that left the group escape.
        _ = hybrid_adopt_orphans()
        let began = ProcessRecord(
            attempt: spec.attempt, supervisor: ProcessTree.identity(of: getpid()), command: nil,
            graceSeconds: spec.graceSeconds)
        // Whoever handed this over may have died, and another may have given the attempt up.
        guard try DurableFile.createJSON(began, at: spec.pidPath) else { return }
        var watch = try Watch(spec)
        try DurableFile.writeJSON(watch.run(), to: spec.statusPath)
    }
}

// Set by the signal handler, which may do nothing else.
nonisolated(unsafe) private var stopAsked: sig_atomic_t = 0

/// One command under watch.
private struct Watch: ~Copyable {
    private let spec: SupervisedSpec
    private var log: LogFile
    private let begin = Monotonic.now()
    private var exit: Int32?

    init(_ spec: SupervisedSpec) throws {
        self.spec = spec
        do throws(SystemError) {
            log = try LogFile(spec.logPath, limit: spec.logLimit)
        } catch {
            throw HybridError(
                spec.logPath, "the log cannot be opened: \(error)", next: "check permissions and free space")
        }
    }

    mutating func run() throws -> SupervisedStatus {
        guard let name = spec.arguments.first,
            let program = ProcessTree.find(
                name, path: spec.environment["PATH"] ?? "/usr/bin:/bin", directory: spec.directory)
        else { return status(.couldNotStart("\(spec.arguments.first ?? "the command") is not on PATH")) }
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { return status(.couldNotStart("\(SystemError())")) }
        let output = Descriptor(owning: ends[0])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(output.number, F_SETFL, O_NONBLOCK)
        let pid: Int32
        do throws(SystemError) {
            let input = Descriptor(owning: ends[1])
            pid = try ProcessTree.spawn(
                [program] + spec.arguments.dropFirst(), directory: spec.directory,
                environment: spec.environment,
                output: input.number, newSession: false)
        } catch {
            return status(.couldNotStart("\(name) in \(spec.directory): \(error)"))
        }
        let record = ProcessRecord(
            attempt: spec.attempt, supervisor: ProcessTree.identity(of: getpid()),
            command: ProcessTree.identity(of: pid), graceSeconds: spec.graceSeconds)
        // Processes do not survive a power cut, so what names them need not either.
        try DurableFile.put(
            try DurableFile.encode(record), to: spec.pidPath, mode: 0o600, synced: false, replacing: true)
        let outcome = follow(pid, output)
        endRest(pid, output)
        drain(output)
        log.flush()
        return status(outcome)
    }

    /// Waits for the command's own process, within its time.
    private mutating func follow(_ pid: Int32, _ output: borrowing Descriptor) -> SupervisedStatus.Outcome {
        let deadline = spec.timeoutSeconds.map { begin + UInt64(max(0, $0) * 1e9) }
        var ended: SupervisedStatus.Outcome?
        var killAt: UInt64?
        while true {
            drain(output)
            var code: Int32 = 0
            let got = unsafe waitpid(pid, &code, WNOHANG)
            if got == pid {
                if let ended { return ended }
                return code & 0x7F == 0 ? .exited(Int(code >> 8 & 0xFF)) : .signalled(Int(code & 0x7F))
            }
            let now = Monotonic.now()
            if ended == nil {
                if unsafe stopAsked != 0 {
                    ended = .stopped
                } else if let deadline, now >= deadline {
                    ended = .timedOut
                }
                if ended != nil {
                    signalAll(pid, SIGTERM)
                    killAt = now + UInt64(spec.graceSeconds * 1e9)
                }
            } else if let at = killAt, now >= at {
                signalAll(pid, SIGKILL)
                killAt = now + 1_000_000_000
            }
            if let due = log.flushDue, now >= due { log.flush() }
            wait(output)
        }
    }

    /// Ends what the command left running, daemons that it made included.
    private mutating func endRest(_ pid: Int32, _ output: borrowing Descriptor) {
        let grace = Monotonic.now() + UInt64(min(spec.graceSeconds, 1) * 1e9)
        var asked = false
        while true {
            drain(output)
            var code: Int32 = 0
            while unsafe waitpid(-1, &code, WNOHANG) > 0 {}
            let left = ProcessTree.descendants(of: getpid())
            let group = kill(-pid, 0) == 0
            if left.isEmpty, !group { return }
            if !asked {
                signalAll(pid, SIGTERM)
                asked = true
            } else if Monotonic.now() > grace {
                signalAll(pid, SIGKILL)
            }
            if Monotonic.now() > grace + 5_000_000_000 { return }
            usleep(3_000)
        }
    }

    private func signalAll(_ pid: Int32, _ signal: Int32) {
        kill(-pid, signal)
        for child in ProcessTree.descendants(of: getpid()) { kill(child, signal) }
    }

    private mutating func drain(_ output: borrowing Descriptor) {
        // Endless output must not keep the clock from being looked at.
        for _ in 0..<64 {
            do {
                let bytes = try output.read(1 << 16)
                if bytes.isEmpty { return }
                log.append(bytes[...])
            } catch {
                // Nothing to read now.
                return
            }
        }
    }

    /// Sleeps until there is output, a signal, or a moment has passed.
    private func wait(_ output: borrowing Descriptor) {
        var wanted = pollfd(fd: output.number, events: Int16(POLLIN), revents: 0)
        let ready = unsafe poll(&wanted, 1, 20)
        // A command that closed its output leaves a pipe that is always "ready".
        if ready > 0, Int32(wanted.revents) & POLLIN == 0 { usleep(5_000) }
    }

    private func status(_ outcome: SupervisedStatus.Outcome) -> SupervisedStatus {
        SupervisedStatus(
            outcome: outcome, attempt: spec.attempt, seconds: Double(Monotonic.now() - begin) / 1e9,
            logBytes: log.kept, logDropped: log.dropped)
    }
}
