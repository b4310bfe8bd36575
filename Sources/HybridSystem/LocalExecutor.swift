internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Runs commands on this machine, each below a supervisor process that outlives the caller.
public struct LocalExecutor: Executor {
    private let supervisor: [String]
    /// Supervisors find the user's key as this process does: they inherit its environment.
    private let files = AttemptFiles(.ofUser())

    /// `supervisor` is the program and the arguments before a spec's path, such as `hybrid worker --spec`.
    public init(supervisor: [String]) { self.supervisor = supervisor }

    /// What every process of an attempt inherits; finds them again when their supervisor was killed.
    private static func mark(_ specPath: String) -> (name: String, value: String) {
        ("HYBRID_SPEC", specPath)
    }

    /// Starts a supervisor for the command, in a session of its own and as no child of this process.
    ///
    /// Whoever ends this process with all that descends from it ends no command.
    /// Throws where the attempt was begun before: each has its own files, so that two are never taken for one.
    public func submit(_ spec: SupervisedSpec) throws -> SupervisedHandle {
        guard !Files.isThere(spec.pidPath) else {
            throw HybridError(
                .wrongState, "attempt \(spec.attempt)", "it was begun before: \(spec.pidPath) is there",
                next: "hybrid resume begins another attempt")
        }
        let folder = spec.pidPath.pathFolder.map(String.init) ?? "."
        let specPath = folder + "/spec.json"
        var spec = spec
        let mark = Self.mark(specPath)
        spec.environment[mark.name] = mark.value
        // Whoever moves an attempt's files away gets its number used again; what was sealed for the one before stays its own.
        let nonce = String(UInt64.random(in: .min ... .max), radix: 16)
        spec.nonce = nonce
        // The environment may hold secrets: only its owner reads the file.
        try files.spec(specPath).put(spec)
        try DurableFile.remove(spec.statusPath)
        let pid: Int32
        do {
            pid = try Spawn.detached(supervisor + [specPath])
        } catch {
            throw HybridError(
                .programFailed, supervisor.first ?? "supervisor",
                "the supervisor cannot be started: \(error)",
                next: "check the installation and the limits (ulimit -a)")
        }
        var handle = SupervisedHandle(
            executor: "local", specPath: specPath, statusPath: spec.statusPath, pidPath: spec.pidPath,
            attempt: spec.attempt, supervisor: ProcessTree.identity(of: pid), graceSeconds: spec.graceSeconds)
        handle.nonce = nonce
        return handle
    }

    /// Reads who supervises the attempt; where nobody does yet, makes sure that nobody will.
    ///
    /// Supervisor and caller both make the file that names the supervisor, and only one of them can.
    public func adopt(_ handle: SupervisedHandle) throws -> SupervisedHandle? {
        var handle = handle
        let spec = try files.spec(handle.specPath).read(SupervisedSpec.self)?.value
        handle.nonce = spec?.nonce
        if try status(handle) != nil { return handle }
        guard spec != nil else { return nil }
        let nobody = ProcessRecord(
            attempt: handle.attempt, supervisor: nil, command: nil, graceSeconds: handle.graceSeconds)
        if try files.processes(handle.pidPath).create(nobody) { return nil }
        guard let record = try files.processes(handle.pidPath).read(ProcessRecord.self)?.value,
            let supervisor = record.supervisor
        else { return nil }
        var found = handle
        found.executor = "local"
        found.supervisor = supervisor
        found.graceSeconds = record.graceSeconds
        return found
    }

    /// Reads the attempt's status, or looks whether its supervisor still lives.
    public func poll(_ handle: SupervisedHandle) throws -> Poll {
        if let status = try status(handle) {
            return .finished(status)
        }
        if let supervisor = handle.supervisor, ProcessTree.isAlive(supervisor) { return .running }
        // It may have written its status between the two looks.
        return try status(handle).map { .finished($0) } ?? .vanished
    }

    /// Waits by what the kernel tells of the supervisors' ends, and by looking at them where it tells nothing.
    public func wait(for handles: [SupervisedHandle], orReading descriptors: [Int32], until deadline: UInt64?)
    {
        var watched: [WatchedProcess] = []
        for handle in handles {
            guard let supervisor = handle.supervisor, let process = WatchedProcess(supervisor) else { return }
            watched.append(process)
        }
        Waiting.forFirst(of: descriptors, watched, until: deadline)
    }

    /// Tells the supervisor to end its command; ends the command itself where the supervisor is gone.
    public func cancel(_ handle: SupervisedHandle) throws {
        let deadline = Monotonic.time(handle.graceSeconds + 5)
        if let supervisor = handle.supervisor, let process = WatchedProcess(supervisor) {
            process.send(SIGTERM)
            Waiting.forFirst(of: [], [process], until: deadline)
            if try status(handle) != nil { return }
            // Past its time; does nothing where it has ended.
            process.send(SIGKILL)
        }
        // A supervisor that was killed left its command behind, perhaps before it could write down which.
        // One that is not believed names nobody; the mark does, and then it is told.
        let record = Result { try files.processes(handle.pidPath).read(ProcessRecord.self)?.value }
        let command = (try? record.get())?.flatMap { $0.attempt == handle.attempt ? $0.command : nil }
        let mark = Self.mark(handle.specPath)
        var signal = SIGTERM
        var pause: UInt32 = 5_000
        while true {
            let left = ProcessTree.carrying("\(mark.name)=\(mark.value)")
            let leader = command.flatMap { ProcessTree.isAlive($0) ? $0.pid : nil }
            if left.isEmpty, leader == nil {
                _ = try record.get()
                return
            }
            if let leader { kill(-leader, signal) }
            for process in left { kill(process, signal) }
            let now = Monotonic.now()
            guard now < deadline + 5_000_000_000 else {
                let process = leader ?? left[0]
                throw HybridError(
                    .programFailed, "process \(process)", "it cannot be ended", next: "kill -9 \(process)")
            }
            if now > deadline { signal = SIGKILL }
            // Each look goes through all processes.
            usleep(pause)
            pause = min(2 * pause, 80_000)
        }
    }

    /// The attempt's own status; one of another attempt does not count.
    ///
    /// Throws where it tells of another command: somebody put it there.
    private func status(_ handle: SupervisedHandle) throws -> SupervisedStatus? {
        let file = files.status(handle.statusPath)
        guard let status = try file.read(SupervisedStatus.self)?.value, status.attempt == handle.attempt
        else { return nil }
        guard status.nonce == handle.nonce else {
            // Its seal holds, so there is nothing that could be accepted.
            throw HybridError(
                .sealBroken, handle.statusPath,
                "it tells how another command ended, which somebody put there",
                next:
                    "mv \(ShellWord.bare(handle.statusPath)) \(ShellWord.bare(handle.statusPath + ".aside"))"
                    + " && hybrid resume")
        }
        return status
    }
}
