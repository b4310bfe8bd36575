internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem
internal import HybridUserGit

/// Somebody wants the run to stop; thrown between steps and out of long ones, before anything is decided.
struct StopRequested: Error, CustomStringConvertible {
    var description: String { "the run was told to stop; go on with: hybrid resume" }
}

/// Running the user's commands under supervision.
struct Attempts: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// The settings that let git log where HEAD was: what is left beside a branch is known from there.
    func logging() throws -> [(String, String)] {
        let isAll = try repository.configString("core.logAllRefUpdates") == "always"
        return isAll ? [] : [("core.logAllRefUpdates", "true")]
    }

    /// What a command of this run finds in its environment.
    func environment(
        _ run: RunRecord, _ plan: Plan, job: Job?, base: ObjectID, in worktree: String, attempt: Int = 1
    ) throws -> [String: String] {
        let identity = try world.identity()
        // What others wrote gets nothing by which it could act in the user's name.
        let given =
            run.adoption?.isOfOthers == true
            ? WorkerEnvironment.withoutCredentials(host.environment) : host.environment
        var environment = WorkerEnvironment.make(
            from: given, run: run.id.text, job: job?.id.text ?? Self.orchestrator,
            jobName: job?.name ?? plan.task.name, claims: (job?.files ?? plan.orchestrator.files).map(\.text),
            base: base.description, worktree: worktree, attempt: attempt)
        if run.adoption?.isOfOthers == true {
            WorkerEnvironment.append("core.hooksPath", "/dev/null", to: &environment)
            // An empty one takes away those of all files.
            WorkerEnvironment.append("credential.helper", "", to: &environment)
        }
        environment.merge(world.slots.variables(worktree)) { $1 }
        environment["HYBRID_MAIN_WORKTREE"] = try BroughtSource.checkout(of: repository)
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
        var spec = SupervisedSpec(
            arguments: command.arguments, directory: directory, environment: environment,
            timeoutSeconds: timeout, logPath: folder + "/log", statusPath: folder + "/status.json",
            pidPath: folder + "/pid.json", attempt: attempt)
        spec.locks = world.slots.locks(directory)
        return spec
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
            .programFailed, "\(step)", "its supervisor ended without leaving a status",
            next: "go on with: hybrid resume \(run.id)")
    }

    /// Waits for a command; nil where its supervisor ended without a status, and then nothing of it is left.
    func outcome(of handle: SupervisedHandle, _ run: RunRecord, mayStop: Bool = true) throws
        -> SupervisedStatus?
    {
        let wait = CommandWait(host.executor, hearing: paths.run(run.id))
        while true {
            switch try host.executor.poll(handle) {
            case .running:
                if mayStop, Files.exists(stopMarker(run)) {
                    try host.executor.cancel(handle)
                    throw StopRequested()
                }
                wait.forFirst(of: [handle])
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

    /// What the attempt that ended said last, and where all of it is; nothing of a person's work.
    func said(
        _ run: RunRecord, _ worker: WorkerRecord, who: String = "it", tellsSilence: Bool = true
    ) -> String {
        let log = paths.attempt(run.names, .job(worker.job), worker.attempt) + "/log"
        guard !run.byHand, Files.exists(log) else { return "" }
        return LastWords.of(log: log).map { "; \(who) said last: \"\($0)\" (\(log))" }
            ?? (tellsSilence ? "; \(who) said nothing" : "")
    }

    /// What the orchestrator's commands find as their job.
    static let orchestrator = "orchestrator"

    /// Keeps how long a command took by itself, without what it costs to start it and to see its end; `commit` is what
    /// it ran on, where that may change.
    func note(
        _ run: RunRecord, _ status: SupervisedStatus, as stage: Stage = .orchestratorCommand, command: String,
        on commit: ObjectID? = nil
    ) throws {
        let end = Monotonic.now()
        var record = StageRecord(
            run: run.id, stage: stage, begin: end - min(end, UInt64(status.seconds * 1e9)), end: end)
        (record.commit, record.command) = (commit, command)
        record.passed = status.outcome == .exited(0)
        try runs.note(record)
    }

    /// Throws when somebody wants the run to stop.
    func heedStop(_ run: RunRecord) throws { if Files.exists(stopMarker(run)) { throw StopRequested() } }

    func stopMarker(_ run: RunRecord) -> String { paths.file(run.id, .stop) }

    /// The first attempt number of a step that has left nothing on disk yet.
    func nextAttempt(_ run: RunRecord, _ step: RunStep) -> Int {
        var number = 1
        while Files.exists(paths.attempt(run.names, step, number)) { number += 1 }
        return number
    }
}
