internal import HybridBase
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

extension RunStore {
    /// Does one step of a run between its intent and its outcome, both synced.
    ///
    /// A step that throws, or whose process is killed, is done again by whoever goes on with the run.
    func step<T>(
        _ step: JournalStep, _ run: RunRecord, _ subject: String = "", _ body: () throws -> T
    ) throws -> T {
        let number = try ledger.intend(step, subject, run: run.id)
        do {
            try failpoint(step, .before)
            let result = try body()
            try failpoint(step, .after)
            try ledger.conclude(number, "done")
            return result
        } catch {
            // What went wrong counts for more than that it could not be written down as well.
            try? ledger.conclude(number, neutralise("\(error)"))
            throw error
        }
    }
}
