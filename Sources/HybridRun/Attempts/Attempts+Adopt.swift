internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Finding again what a hybrid that was killed had started.
extension Attempts {
    /// Keeps an attempt's handle for whoever goes on with the run.
    func keep(_ handle: SupervisedHandle, _ run: RunRecord, _ step: RunStep) throws {
        try handleFile(run, step, handle.attempt).write(handle)
    }

    /// The handle that was kept of an attempt; nil where none was.
    func keptHandle(_ run: RunRecord, _ step: RunStep, attempt: Int) throws -> SupervisedHandle? {
        guard attempt > 0 else { return nil }
        return try handleFile(run, step, attempt).read(SupervisedHandle.self)?.value
    }

    private func handleFile(_ run: RunRecord, _ step: RunStep, _ attempt: Int) -> SealedText {
        AttemptFiles(runs.sealer).handle(
            paths.attempt(run.names, step, attempt) + "/" + AttemptFiles.handleName)
    }

    /// The handle of an attempt, also where the process that began it was killed before it kept one.
    ///
    /// Nil where the attempt never began, and then it never will. The run's lock is held.
    func handle(_ run: RunRecord, _ step: RunStep, attempt: Int) throws -> SupervisedHandle? {
        guard attempt > 0 else { return nil }
        if let kept = try keptHandle(run, step, attempt: attempt) { return kept }
        let folder = paths.attempt(run.names, step, attempt)
        return try host.executor.adopt(
            SupervisedHandle(
                executor: "", specPath: folder + "/spec.json", statusPath: folder + "/status.json",
                pidPath: folder + "/pid.json", attempt: attempt))
    }

    /// Ends what a killed hybrid left running for the run itself, such as a verification: it is begun anew.
    ///
    /// Workers and the orchestrator's command are left to their own steps, which take them over; git that moves the
    /// target is waited for.
    func settleOrphans(_ run: RunRecord) throws {
        let setUps = Files.names(in: paths.file(run.id, .setUps)).compactMap { run.names.place($0) }
        let own = RunStep.Own.allCases.filter { $0 != .orchestrator }.map(RunStep.own)
        for step in own + setUps.map(RunStep.setUp) {
            for attempt in Files.names(in: paths.attempts(run.names, step)).compactMap({ Int($0) }).sorted() {
                let folder = paths.attempt(run.names, step, attempt)
                guard Files.exists(folder + "/spec.json"), !Files.exists(folder + "/status.json"),
                    let handle = try handle(run, step, attempt: attempt)
                else { continue }
                if step == .advance, case .running = try host.executor.poll(handle) {
                    _ = try outcome(of: handle, run, mayStop: false)
                } else {
                    try host.executor.cancel(handle)
                }
            }
        }
    }
}
