internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Runs commands on this machine, each below a supervisor process that outlives the caller.
public struct LocalExecutor: Executor {
    private let supervisor: [String]

    /// `supervisor` is the program and the arguments before a spec's path, such as `hybrid worker --spec`.
    public init(supervisor: [String]) { self.supervisor = supervisor }

    /// What every process of an attempt inherits; finds them again when their supervisor was killed.
    private static func mark(_ specPath: String) -> (name: String, value: String) {
        ("HYBRID_SPEC", specPath)
    }

    /// Starts a supervisor for the command, in a session of its own.
    ///
    /// Throws where the attempt was begun before: each has its own files, so that two are never taken for one.
    public func submit(_ spec: SupervisedSpec) throws -> SupervisedHandle {
        guard try DurableFile.readJSON(ProcessRecord.self, from: spec.pidPath) == nil else {
            throw HybridError(
                "attempt \(spec.attempt)", "it was begun before: \(spec.pidPath) is there",
                next: "hybrid resume begins another attempt")
        }
        let folder = spec.pidPath.pathFolder.map(String.init) ?? "."
        let specPath = folder + "/spec.json"
        var spec = spec
        let mark = Self.mark(specPath)
        spec.environment[mark.name] = mark.value
        // The environment may hold secrets: only its owner reads the file.
        try DurableFile.put(
            try DurableFile.encode(spec), to: specPath, mode: 0o600, synced: false, replacing: true)
        try DurableFile.remove(spec.statusPath)
        let pid: Int32
        do {
            pid = try ProcessTree.spawn(
                supervisor + [specPath], directory: "/", environment: nil, output: nil, newSession: true)
        } catch {
            throw HybridError(
                supervisor[0], "the supervisor cannot be started: \(error)", next: "check the installation")
        }
        return SupervisedHandle(
            executor: "local", specPath: specPath, statusPath: spec.statusPath, pidPath: spec.pidPath,
            attempt: spec.attempt, supervisor: ProcessTree.identity(of: pid), graceSeconds: spec.graceSeconds)
    }

    /// Reads who supervises the attempt; where nobody does yet, makes sure that nobody will.
    ///
    /// Supervisor and caller both make the file that names the supervisor, and only one of them can.
    public func adopt(_ handle: SupervisedHandle) throws -> SupervisedHandle? {
        if try status(handle) != nil { return handle }
        guard Files.exists(handle.specPath) else { return nil }
        let nobody = ProcessRecord(
            attempt: handle.attempt, supervisor: nil, command: nil, graceSeconds: handle.graceSeconds)
        if try DurableFile.createJSON(nobody, at: handle.pidPath) { return nil }
        guard let record = try DurableFile.readJSON(ProcessRecord.self, from: handle.pidPath),
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
            reap(handle)
            return .finished(status)
        }
        if let supervisor = handle.supervisor, ProcessTree.isAlive(supervisor) { return .running }
        reap(handle)
        // It may have written its status between the two looks.
        return try status(handle).map { .finished($0) } ?? .vanished
    }

    /// Tells the supervisor to end its command; ends the command itself where the supervisor is gone.
    public func cancel(_ handle: SupervisedHandle) throws {
        let deadline = Monotonic.now() + UInt64((handle.graceSeconds + 5) * 1e9)
        if let supervisor = handle.supervisor, ProcessTree.isAlive(supervisor) {
            kill(supervisor.pid, SIGTERM)
            while ProcessTree.isAlive(supervisor) {
                reap(handle)
                if try status(handle) != nil { return }
                guard Monotonic.now() < deadline else {
                    kill(supervisor.pid, SIGKILL)
                    break
                }
                usleep(5_000)
            }
        }
        reap(handle)
        // A supervisor that was killed left its command behind, perhaps before it could write down which.
        let record = try DurableFile.readJSON(ProcessRecord.self, from: handle.pidPath)
        let command = record.flatMap { $0.attempt == handle.attempt ? $0.command : nil }
        let mark = Self.mark(handle.specPath)
        var signal = SIGTERM
        while true {
            let left = ProcessTree.carrying("\(mark.name)=\(mark.value)")
            let leader = command.flatMap { ProcessTree.isAlive($0) ? $0.pid : nil }
            if left.isEmpty, leader == nil { return }
            if let leader { kill(-leader, signal) }
            for process in left { kill(process, signal) }
            let now = Monotonic.now()
            guard now < deadline + 5_000_000_000 else {
                let process = leader ?? left[0]
                throw HybridError("process \(process)", "it cannot be ended", next: "kill -9 \(process)")
            }
            if now > deadline { signal = SIGKILL }
            usleep(5_000)
        }
    }

    /// The attempt's own status; one of another attempt does not count.
    private func status(_ handle: SupervisedHandle) throws -> SupervisedStatus? {
        guard let status = try DurableFile.readJSON(SupervisedStatus.self, from: handle.statusPath),
            status.attempt == handle.attempt
        else { return nil }
        return status
    }

    /// Takes an ended supervisor's process away where it is this process's child.
    private func reap(_ handle: SupervisedHandle) {
        guard let supervisor = handle.supervisor else { return }
        var code: Int32 = 0
        _ = unsafe waitpid(supervisor.pid, &code, WNOHANG)
    }
}
