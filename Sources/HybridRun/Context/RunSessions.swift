internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// The time that processes spend on a run, and the time that it waits between them.
struct RunSessions: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Works on a run whose lock is held, from its beginning to its last write.
    ///
    /// What it waited before is kept with where it stood.
    func session<T>(_ run: RunRecord, _ body: () throws -> T) throws -> T {
        let begin = try beginSession(run)
        let result: T
        do {
            result = try body()
        } catch {
            // What went wrong counts for more than that its time could not be written down.
            try? endSession(run, begin)
            throw error
        }
        try endSession(run, begin)
        return result
    }

    private func beginSession(_ run: RunRecord) throws -> UInt64 {
        // `retry` readies a job, and then drives the run.
        if let last = world.lastSession, last.run == run.id { return last.end }
        let now = Monotonic.now()
        let stages = try ledger.stages(of: run.id)
        // After a reboot the clock begins anew, and nothing is known of the time between.
        guard let last = stages.map(\.end).max(), last <= now else { return now }
        guard run.state != .landed, run.state != .rolledBack else { return now }
        var pause = StageRecord(run: run.id, stage: .paused, begin: last, end: now)
        pause.state = run.state
        try runs.note(pause)
        return now
    }

    private func endSession(_ run: RunRecord, _ begin: UInt64) throws {
        // Else closing the ledger would do it, behind the last time that is told.
        try runs.settle()
        let end = Monotonic.now()
        try runs.note(StageRecord(run: run.id, stage: .session, begin: begin, end: end))
        world.lastSession = (run.id, end)
    }
}
