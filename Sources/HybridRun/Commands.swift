internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem
internal import HybridUserGit

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Running the user's commands under supervision.
extension Conductor {
    /// How often running commands are looked at, in microseconds.
    static let pollInterval: UInt32 = 8_000

    /// The settings that let git log where HEAD was: what is left beside a branch is known from there.
    func logging() throws -> [(String, String)] {
        let isAll = try repository.configString("core.logAllRefUpdates") == "always"
        return isAll ? [] : [("core.logAllRefUpdates", "true")]
    }

    /// What a command of this run finds in its environment.
    func environment(
        _ run: RunRecord, _ plan: Plan, job: Job?, base: ObjectID, in worktree: String, attempt: Int = 1
    ) throws -> [String: String] {
        let identity = try identity()
        var environment = WorkerEnvironment.make(
            from: host.environment, run: run.id, job: job?.id ?? Self.orchestrator,
            jobName: job?.name ?? plan.task.name, claims: (job?.files ?? plan.orchestrator.files).map(\.text),
            base: base.description, worktree: worktree, attempt: attempt)
        for (key, value) in try logging() { WorkerEnvironment.append(key, value, to: &environment) }
        // A repository's own identity is not seen in a cleaned environment when a worker makes clones.
        if environment["GIT_AUTHOR_NAME"] == nil { environment["GIT_AUTHOR_NAME"] = identity.author.name }
        if environment["GIT_AUTHOR_EMAIL"] == nil {
            environment["GIT_AUTHOR_EMAIL"] = identity.author.email
        }
        if environment["GIT_COMMITTER_NAME"] == nil {
            environment["GIT_COMMITTER_NAME"] = identity.committer.name
        }
        if environment["GIT_COMMITTER_EMAIL"] == nil {
            environment["GIT_COMMITTER_EMAIL"] = identity.committer.email
        }
        return environment
    }

    /// The spec of one attempt; its files lie in the attempt's folder.
    func spec(
        _ run: RunRecord, _ step: RunStep, attempt: Int, command: Command, directory: String,
        timeout: Double?,
        environment: [String: String]
    ) throws -> SupervisedSpec {
        let folder = paths.attempt(run.names, step, attempt)
        try Files.makeFolder(folder)
        return SupervisedSpec(
            arguments: command.arguments, directory: directory, environment: environment,
            timeoutSeconds: timeout, logPath: folder + "/log", statusPath: folder + "/status.json",
            pidPath: folder + "/pid.json", attempt: attempt)
    }

    /// Runs one command to its end, or to where the run is told to stop, unless it must not be cut short.
    func supervise(
        _ run: RunRecord, _ step: RunStep, attempt: Int, command: Command, directory: String,
        timeout: Double?,
        environment: [String: String], mayStop: Bool = true
    ) throws -> SupervisedStatus {
        let spec = try spec(
            run, step, attempt: attempt, command: command, directory: directory, timeout: timeout,
            environment: environment)
        if let status = try outcome(of: host.executor.submit(spec), run, mayStop: mayStop) { return status }
        throw HybridError(
            "\(step)", "its supervisor ended without leaving a status",
            next: "go on with: hybrid resume \(run.id)")
    }

    /// Waits for a command; nil where its supervisor ended without a status, and then nothing of it is left.
    func outcome(of handle: SupervisedHandle, _ run: RunRecord, mayStop: Bool = true) throws
        -> SupervisedStatus?
    {
        while true {
            switch try host.executor.poll(handle) {
            case .running:
                if mayStop, Files.exists(stopMarker(run)) {
                    try host.executor.cancel(handle)
                    throw StopRequested()
                }
                usleep(Self.pollInterval)
            case .finished(let status): return status
            case .vanished:
                try host.executor.cancel(handle)
                return nil
            }
        }
    }

    /// An outcome in words, as the end of "it ...".
    func words(_ outcome: SupervisedStatus.Outcome) -> String {
        switch outcome {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let signal): "was ended by signal \(signal)"
        case .timedOut: "ran out of time"
        case .couldNotStart(let reason): "could not be started: \(reason)"
        case .stopped: "was stopped"
        }
    }

    /// The last lines of an attempt's log, safe for display.
    func logTail(_ run: RunRecord, _ step: RunStep, attempt: Int, lines: Int = 12) -> [String] {
        guard let bytes = Files.read(paths.attempt(run.names, step, attempt) + "/log") else { return [] }
        return String(decoding: bytes.suffix(8192), as: UTF8.self).split(separator: "\n").suffix(lines)
            .map { neutralise(String($0)) }
    }

    /// The last lines of an attempt's log in one; that nothing was said where there are none.
    func lastSaid(_ run: RunRecord, _ step: RunStep, attempt: Int) -> String {
        let tail = logTail(run, step, attempt: attempt, lines: 6).filter { $0.contains { !$0.isWhitespace } }
        return tail.isEmpty ? "nothing was said" : tail.joined(separator: " | ")
    }
}
