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
        let files = AttemptFiles(.ofUser())
        // Whoever could write here would run any command, and be believed.
        guard let spec = try files.spec(specPath).read(SupervisedSpec.self)?.value else {
            throw HybridError(
                .unreadable, specPath, "the spec is not there",
                next: "hybrid run starts supervisors by itself")
        }
        let bell = try Bell()
        // Without it only daemons that left the group escape.
        _ = hybrid_adopt_orphans()
        let began = ProcessRecord(
            attempt: spec.attempt, supervisor: ProcessTree.identity(of: getpid()), command: nil,
            graceSeconds: spec.graceSeconds)
        // Whoever handed this over may have died, and another may have given the attempt up.
        guard try files.processes(spec.pidPath).create(began) else { return }
        // Let go by the kernel when this process ends.
        _ = MachineSlots.hold(spec.locks ?? [])
        var watch = try Watch(spec, bell)
        try files.status(spec.statusPath).write(watch.run())
    }
}

// Set before the signal handler can run, which may do little: it notes and wakes.
nonisolated(unsafe) private var stopAsked: sig_atomic_t = 0
nonisolated(unsafe) private var bellRope: Int32 = -1

/// A pipe that signals write to, so that waiting for anything else hears them: no signal falls between two looks.
private final class Bell {
    private let heard: Descriptor
    private let rope: Descriptor

    /// Begins to listen: to SIGTERM, which asks for the end, and to SIGCHLD.
    init() throws(HybridError) {
        do throws(SystemError) {
            let ends = try Spawn.pipe()
            heard = Descriptor(owning: ends.reading)
            rope = Descriptor(owning: ends.writing)
            // A full pipe rings already.
            for end in [heard.number, rope.number] where fcntl(end, F_SETFL, O_NONBLOCK) != 0 {
                throw SystemError()
            }
        } catch {
            throw HybridError(
                "supervisor", "it cannot hear signals: \(error)", next: "check the limit on open files")
        }
        unsafe bellRope = rope.number
        signal(SIGTERM) { _ in
            unsafe stopAsked = 1
            Bell.ring()
        }
        signal(SIGCHLD) { _ in Bell.ring() }
        for ignored in [SIGHUP, SIGINT, SIGPIPE] { signal(ignored, SIG_IGN) }
    }

    /// Where it is heard.
    var descriptor: Int32 { heard.number }

    /// Takes what rang until now.
    func hush() { while let bytes = try? heard.read(64), bytes.count == 64 {} }

    private static func ring() {
        let before = errno
        _ = unsafe write(bellRope, "!", 1)
        errno = before
    }
}

/// One command under watch.
private struct Watch: ~Copyable, ChildKeeper {
    private let spec: SupervisedSpec
    private let bell: Bell
    private var log: LogFile
    private var output: ChildOutput?
    private let begin = Monotonic.now()
    /// The command's own process, once it runs.
    private var child: Int32 = 0

    init(_ spec: SupervisedSpec, _ bell: Bell) throws {
        self.spec = spec
        self.bell = bell
        do throws(SystemError) {
            log = try LogFile(spec.logPath, limit: spec.logLimit)
        } catch {
            throw HybridError(
                .notWritable, spec.logPath, "the log cannot be opened: \(error)",
                next: "check permissions and free space")
        }
    }

    mutating func run() throws -> SupervisedStatus {
        guard let name = spec.arguments.first,
            let program = ProcessTree.find(
                name, path: spec.environment["PATH"] ?? "/usr/bin:/bin", directory: spec.directory)
        else { return status(.couldNotStart("\(spec.arguments.first ?? "the command") is not on PATH")) }
        do throws(SystemError) {
            let ends = try Spawn.pipe()
            // Closed at the end of this block: the output's end is seen once all of the command's own are.
            let writing = Descriptor(owning: ends.writing)
            output = try ChildOutput(owning: ends.reading)
            child = try Spawn.child(
                ([program] + spec.arguments.dropFirst()).map { Array($0.utf8) }, in: spec.directory,
                environment: spec.environment, output: writing.number, newSession: false)
        } catch {
            return status(.couldNotStart("\(name) in \(spec.directory): \(error)"))
        }
        let record = ProcessRecord(
            attempt: spec.attempt, supervisor: ProcessTree.identity(of: getpid()),
            command: ProcessTree.identity(of: child), graceSeconds: spec.graceSeconds)
        // Processes do not survive a power cut, so what names them need not either.
        try AttemptFiles(.ofUser()).processes(spec.pidPath).put(record)
        let deadline = spec.timeoutSeconds.map { Monotonic.time($0, after: begin) }
        let cause = try ChildLoop.follow(
            child, &self, deadline: deadline, grace: UInt64(spec.graceSeconds * 1e9))
        endRest()
        take()
        log.flush()
        let code = try ChildLoop.reap(child)
        // Behind a command that ended, the others that ended with it were not to be seen; init may reap nothing.
        ChildLoop.reapOrphans(but: 0)
        return switch cause {
        case .stopped: status(.stopped)
        case .timedOut: status(.timedOut)
        case .itself: status(code & 0x7F == 0 ? .exited(Int(code >> 8 & 0xFF)) : .signalled(Int(code & 0x7F)))
        }
    }

    /// Ends what the command left running, daemons that it made included.
    private mutating func endRest() {
        let grace = Monotonic.time(min(spec.graceSeconds, 1))
        var pause: UInt64 = 3_000_000
        var signal = SIGTERM
        while true {
            take()
            let left = ProcessTree.living(below: getpid(), orInGroup: child)
            if left?.isEmpty ?? (kill(-child, 0) != 0) { return }
            let now = Monotonic.now()
            if signal == SIGTERM || now > grace { self.signal(child, signal) }
            if now > grace + 5_000_000_000 { return }
            signal = SIGKILL
            // What dies rings, unless somebody between has it for a child.
            Waiting.forFirst(of: descriptors, until: now + pause)
            pause = min(2 * pause, 50_000_000)
        }
    }

    // MARK: What the loop asks

    var descriptors: [Int32] { [bell.descriptor, output?.descriptor].compactMap(\.self) }

    var due: UInt64? { log.flushDue }

    var isStopAsked: Bool { unsafe stopAsked != 0 }

    mutating func take() {
        bell.hush()
        ChildLoop.reapOrphans(but: child)
        for _ in 0..<ChildLoop.reads {
            guard let bytes = output?.next() else { break }
            log.append(bytes[...])
        }
        if let due = log.flushDue, Monotonic.now() >= due { log.flush() }
    }

    func signal(_ child: Int32, _ signal: Int32) {
        kill(-child, signal)
        for process in ProcessTree.living(below: getpid(), orInGroup: child) ?? [] { kill(process, signal) }
    }

    private func status(_ outcome: SupervisedStatus.Outcome) -> SupervisedStatus {
        var status = SupervisedStatus(
            outcome: outcome, attempt: spec.attempt, seconds: Double(Monotonic.now() - begin) / 1e9,
            logBytes: log.kept, logDropped: log.dropped)
        status.nonce = spec.nonce
        return status
    }
}
