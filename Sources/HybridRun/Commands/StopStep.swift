internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
package import HybridRecords
internal import HybridReport
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Ends a run's workers, and keeps what they made.
package struct StopStep: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }
    private var overlapStep: OverlapStep { OverlapStep(context) }
    private var runSessions: RunSessions { RunSessions(context) }
    private var waveStep: WaveStep { WaveStep(context) }
    private var workStep: WorkStep { WorkStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// How long another hybrid gets to settle a run that is told to stop, in seconds.
    static let stopPatience = 7.0
    /// How long it waits between two looks, in microseconds.
    private static let stopPause: UInt32 = 32_000

    /// Ends a run's workers and keeps all that they made.
    ///
    /// A hybrid that drives the run sees its workers end and settles it; where none does, this one does.
    package func stop(_ id: String?) throws -> RunRecord {
        let run = try runs.run(id)
        switch run.state {
        case .landed, .rolledBack, .stopped:
            throw HybridError(
                .wrongState, "run \(run.id)", "it is \(run.state.rawValue) already",
                next: "hybrid report \(run.id)")
        default: break
        }
        try runs.refuseOutOfStep(run.id)
        // Who is at work there is the other repository's.
        try runs.refuseOthersWorktrees(run)
        try Files.makeFolder(paths.run(run.id))
        try DurableFile.write([], to: attempts.stopMarker(run))
        let deadline = Monotonic.now() + UInt64(Self.stopPatience * 1e9)
        while true {
            for worker in try runs.workers(of: run) where worker.state == .running {
                if let handle = try attempts.keptHandle(run, .job(worker.job), attempt: worker.attempt) {
                    try host.executor.cancel(handle)
                }
            }
            do {
                let lock = try runs.lock(run)
                defer { withExtendedLifetime(lock) {} }
                return try runSessions.session(runs.run(run.id)) { try settleStopped(run.id) }
            } catch let error as HybridError {
                if Monotonic.now() > deadline { throw error }
                usleep(Self.stopPause)
            }
        }
    }

    private func settleStopped(_ id: RunID) throws -> RunRecord {
        var run = try runs.run(id)
        if run.state == .landed {
            try Files.remove(attempts.stopMarker(run))
            throw HybridError(
                .wrongState, "run \(run.id)", "it landed before it could be stopped",
                next: "hybrid rollback \(run.id)")
        }
        let plan = try runs.plan(of: run)
        try attempts.settleOrphans(run)
        for var worker in try runs.workers(of: run) where worker.state == .running {
            if run.byHand {
                try worker.become(.stopped)
                worker.detail = "its worktree is as it was left"
                try runs.note(worker)
            } else if let handle = try attempts.handle(run, .job(worker.job), attempt: worker.attempt) {
                // Handed over by a process that was killed before it could say to whom.
                try host.executor.cancel(handle)
                try runs.step(.collect, run, worker.job.text) {
                    if case .finished(let status) = try host.executor.poll(handle) {
                        try workStep.finish(run, plan, &worker, status: status)
                    } else {
                        try workStep.vanish(run, plan, &worker)
                    }
                }
            } else {
                try worker.become(.waiting)
                worker.lost = (worker.lost ?? 0) + 1
                try runs.note(worker)
            }
        }
        for var worker in try runs.workers(of: run) where worker.state == .waiting {
            try worker.become(.stopped)
            worker.detail = "not launched"
            try runs.note(worker)
        }
        if run.state != .stopped { try runs.turn(&run, .stopped(during: nil)) }
        return run
    }

    /// Readies a stopped run to go on where it was.
    ///
    /// Throws ``RunOverlap`` where another run took up what this one claims meanwhile.
    func reopen(_ run: inout RunRecord, _ plan: Plan) throws {
        let beginning = try overlapStep.beginLock()
        defer { withExtendedLifetime(beginning) {} }
        try overlapStep.refuseOverlap(
            of: plan, run: run.id, at: run.targetBefore)
        try Files.remove(attempts.stopMarker(run))
        for var worker in try runs.workers(of: run) where worker.state == .stopped {
            try worker.become(run.byHand && worker.attempt > 0 ? .running : .waiting)
            worker.detail = ""
            try runs.note(worker)
        }
        if run.integrated == nil || run.nextWave < run.waves.count {
            try runs.turn(&run, .goesOn)
        } else {
            // Whether all or nothing may land is asked again, not assumed.
            try waveStep.settle(&run, plan)
        }
    }
}
