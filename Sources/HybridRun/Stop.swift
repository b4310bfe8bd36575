internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
public import HybridRecords
internal import HybridReport
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Somebody wants the run to stop; thrown between steps and out of long ones, before anything is decided.
struct StopRequested: Error, CustomStringConvertible {
    var description: String { "the run was told to stop; go on with: hybrid resume" }
}

extension Conductor {
    /// How long another hybrid gets to settle a run that is told to stop, in seconds.
    static let stopPatience = 15.0

    /// Ends a run's workers and keeps all that they made.
    ///
    /// A hybrid that drives the run sees its workers end and settles it; where none does, this one does.
    public func stop(_ id: String?) throws -> RunRecord {
        let run = try self.run(id)
        switch run.state {
        case .landed, .rolledBack, .stopped:
            throw HybridError(
                "run \(run.id)", "it is \(run.state.rawValue) already", next: "hybrid report \(run.id)")
        default: break
        }
        try refuseOutOfStep(run.id)
        try Files.makeFolder(paths.run(run.id))
        try DurableFile.write([], to: stopMarker(run))
        let deadline = Monotonic.now() + UInt64(Self.stopPatience * 1e9)
        while true {
            for worker in try workers(of: run) where worker.state == .running {
                if let handle = try keptHandle(run, .job(worker.job), attempt: worker.attempt) {
                    try host.executor.cancel(handle)
                }
            }
            do {
                let lock = try lock(run)
                defer { withExtendedLifetime(lock) {} }
                return try session(self.run(run.id)) { try settleStopped(run.id) }
            } catch let error as HybridError {
                if Monotonic.now() > deadline { throw error }
                usleep(Self.pollInterval * 4)
            }
        }
    }

    /// Throws when somebody wants the run to stop.
    func heedStop(_ run: RunRecord) throws { if Files.exists(stopMarker(run)) { throw StopRequested() } }

    private func settleStopped(_ id: String) throws -> RunRecord {
        var run = try self.run(id)
        if run.state == .landed {
            try Files.remove(stopMarker(run))
            throw HybridError(
                "run \(run.id)", "it landed before it could be stopped", next: "hybrid rollback \(run.id)")
        }
        let plan = try plan(of: run)
        try settleOrphans(run)
        for var worker in try workers(of: run) where worker.state == .running {
            if run.byHand {
                worker.state = .stopped
                worker.detail = "its worktree is as it was left"
                try ledger.save(worker)
            } else if let handle = try handle(run, .job(worker.job), attempt: worker.attempt) {
                // Handed over by a process that was killed before it could say to whom.
                try host.executor.cancel(handle)
                try step(.collect, run, worker.job) {
                    if case .finished(let status) = try host.executor.poll(handle) {
                        try finish(run, plan, &worker, status: status)
                    } else {
                        try vanish(run, plan, &worker)
                    }
                }
            } else {
                worker.state = .waiting
                worker.lost = (worker.lost ?? 0) + 1
                try ledger.save(worker)
            }
        }
        for var worker in try workers(of: run) where worker.state == .waiting {
            worker.state = .stopped
            worker.detail = "not launched"
            try ledger.save(worker)
        }
        if run.state != .stopped { try save(&run, .stopped, "stopped; all work is kept") }
        return run
    }

    /// Readies a stopped run to go on where it was.
    ///
    /// Throws ``RunOverlap`` where another run took up what this one claims meanwhile.
    func reopen(_ run: inout RunRecord, _ plan: Plan) throws {
        let beginning = try beginLock()
        defer { withExtendedLifetime(beginning) {} }
        try refuseOverlap(of: plan, run: run.id, at: try commitID(run.targetBefore, "run \(run.id)"))
        try Files.remove(stopMarker(run))
        for var worker in try workers(of: run) where worker.state == .stopped {
            worker.state = run.byHand && worker.attempt > 0 ? .running : .waiting
            worker.detail = ""
            try ledger.save(worker)
        }
        if run.integrated == nil {
            try save(&run, .preparing, "goes on")
        } else if run.nextWave < run.waves.count {
            try save(&run, run.byHand ? .handWorked : .working, "goes on")
        } else {
            // Whether all or nothing may land is asked again, not assumed.
            try settle(&run, plan)
        }
    }

    func stopMarker(_ run: RunRecord) -> String { paths.file(run.id, .stop) }
}
