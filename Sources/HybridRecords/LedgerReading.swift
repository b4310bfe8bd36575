package import HybridPlan

/// What is recorded of runs, to be read.
///
/// Whoever holds no more than this cannot change a record: that is done by a ``Transition``.
package protocol LedgerReading {
    /// A run by its id; nil when there is none.
    func run(_ id: RunID) throws -> RunRecord?
    /// All runs, the newest first.
    func runs() throws -> [RunRecord]
    /// The newest run; nil when there is none.
    func newestRun() throws -> RunRecord?
    /// Whether what is recorded of a run is sealed; throws where its seal does not hold.
    func isSealed(_ run: RunID) throws -> Bool
    /// The baselines that were kept of a run, by name, each with how often it was written.
    func baselines(of run: RunID) throws -> [String: Int]
    /// A run's workers, in plan order.
    func workers(of run: RunID) throws -> [WorkerRecord]
    /// A run's stages, in the order in which they ended.
    func stages(of run: RunID) throws -> [StageRecord]
    /// A run's findings, in the order in which they were made.
    func findings(of run: RunID) throws -> [FindingRecord]
    /// The claims that a run's workers were granted and told of, in the order in which they asked.
    func grants(of run: RunID) throws -> [ClaimGrant]
    /// The answers to a run's integration checklist; none before it was integrated.
    func checklist(of run: RunID) throws -> [ChecklistItem]
    /// A run's steps, in the order in which they were begun.
    func journal(of run: RunID) throws -> [JournalEntry]
    /// All that the ledger says of a run, but for the stages' times; nil where it does not know it.
    func recorded(_ id: RunID) throws -> RecordedRun?
    /// What a verify command once said, kept under a key; nil where there is nothing.
    func judgement(_ key: String) throws -> Judgement?
}

extension Ledger: LedgerReading {}
