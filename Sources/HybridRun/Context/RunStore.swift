internal import HybridBase
package import HybridGit
internal import HybridPlan
package import HybridRecords
internal import HybridSystem
internal import HybridUserGit

/// A repository's runs: lock, ledger and refs.
package final class RunStore {
    /// The repository, opened where the user stands.
    package let repository: Repository
    /// The record of runs; nobody else writes to it while a run is driven.
    let book: Ledger
    /// What seals what is kept of runs.
    let sealer: Sealer
    /// Where state and worktrees lie.
    package let paths: RunPaths
    package let host: Host
    /// The packs that wait for their refs.
    let packs = HeldPacks()

    #if FAILPOINTS
        /// How often this process came to the failpoint that is set.
        var failpointsReached = 0
    #endif

    /// Opens the repository that holds `directory`, and its ledger.
    init(at directory: String, host: Host, onlyIfThere: Bool = false) throws {
        repository = try Repository.holding(directory)
        paths = try RunPaths(of: repository)
        sealer = host.sealer
        let rebuild = LedgerRebuild(repository: repository, paths: paths, sealer: sealer)
        if onlyIfThere, !Files.exists(paths.ledger), try !rebuild.hasRecords() { throw Self.noRun }
        book = try rebuild.open { host.narrate(.note($0)) }
        self.host = host
    }

    /// What is recorded of runs, to be read.
    package var ledger: any LedgerReading { book }

    // MARK: Writing

    /// Records a run that begins, with its workers, all or nothing; its ref comes first, so that its base is kept.
    func begin(_ run: RunRecord, _ workers: [WorkerRecord]) throws {
        try point(run, .run(.base), at: run.targetBefore)
        try book.insert(run, workers)
        try writeRecord(run.id)
    }

    /// Takes out all that is recorded of a run; its refs are gone by then.
    func forget(_ run: RunRecord) throws { try book.forget(run.id) }

    /// Takes what was written since into the ledger's file itself.
    func settle() throws { try book.settle() }

    /// Applies what a step changes: refs first, then all records or none.
    ///
    /// What a run as a whole came to goes into its record's ref as well.
    func commit(_ change: Transition) throws {
        if let run = change.run {
            for move in change.refs { try point(run, move.ref, at: move.id) }
        }
        try book.apply(change)
        if change.run != nil { try writeRecord(change.id) }
    }

    /// Applies a turn of a run, and with it what else its step changes.
    func turn(
        _ run: inout RunRecord, _ turn: RunTurn, _ workers: [WorkerRecord] = [],
        without findings: [FindingRecord] = [], pointing refs: [RunRef: ObjectID] = [:]
    ) throws {
        var change = Transition(try run.after(turn), workers: workers)
        change.withdrawn = findings
        change.refs = refs.map { Transition.RefMove($0.key, to: $0.value) }
        try commit(change)
        if let after = change.run { run = after }
    }

    /// Points a ref of hybrid's own at `id`, whatever it was.
    func point(_ run: RunRecord, _ ref: RunRef, at id: ObjectID) throws {
        let ref = try run.names.ref(ref)
        try repository.updateReference(
            ref, to: id, expecting: try repository.id(of: ref) ?? .zero, message: "hybrid: \(run.id)")
        packs.release(id)
    }

    /// Times a stage, whatever comes of it.
    func timed<T>(_ run: RunRecord, _ stage: Stage, wave: Int? = nil, _ body: () throws -> T) throws -> T {
        let begin = Monotonic.now()
        let result: T
        do {
            result = try body()
        } catch {
            try note(
                StageRecord(run: run.id, stage: stage, wave: wave, begin: begin, end: Monotonic.now()))
            throw error
        }
        try note(
            StageRecord(run: run.id, stage: stage, wave: wave, begin: begin, end: Monotonic.now()))
        return result
    }

    /// Throws where another ledger lies in the place of this one: what is written now would be lost.
    func refuseReplaced() throws { try book.refuseReplaced() }
}

/// Single facts, each recorded by itself; what belongs together is one ``Transition``.
extension RunStore {
    /// Records what is known of a run beside where it stands.
    func note(_ run: RunRecord) throws { try book.apply(Transition(run)) }

    /// Records how a worker stands.
    func note(_ worker: WorkerRecord) throws { try book.apply(.worker(worker)) }

    /// Records a finding; one that is there already is not recorded twice.
    func note(_ finding: FindingRecord) throws { try book.apply(.found(finding)) }

    /// Records a stage's time.
    func note(_ stage: StageRecord) throws { try book.apply(.spent(stage)) }

    /// Records the answers to a run's integration checklist.
    func note(checklist: [ChecklistItem], run: RunID) throws {
        try book.apply(.answered(checklist, run))
    }

    /// Takes a finding back.
    func withdraw(_ finding: FindingRecord) throws { try book.apply(.withdrawn(finding)) }

    /// Takes back a run's findings of one kind, because the question is asked anew.
    func withdraw(of run: RunID, kind: FindingRecord.Kind) throws {
        var change = Transition(run)
        change.withdrawnKind = kind
        try book.apply(change)
    }

    /// Tells a finding otherwise.
    func revise(_ old: FindingRecord, by new: FindingRecord) throws {
        try book.apply(.revised(old, to: new))
    }

    /// Records a claim that was granted, or is to be.
    func note(_ grant: ClaimGrant) throws {
        var change = Transition(grant.run)
        change.grants = [grant]
        try book.apply(change)
    }

    /// Records a grant in another one's place.
    func revise(_ old: ClaimGrant, by new: ClaimGrant) throws {
        var change = Transition(old.run)
        change.revisedGrants = [Transition.Revision(old, by: new)]
        try book.apply(change)
    }

    /// Takes a grant back that nobody was told of.
    func withdraw(_ grant: ClaimGrant) throws {
        var change = Transition(grant.run)
        change.withdrawnGrants = [grant]
        try book.apply(change)
    }

    /// Keeps what a verify command said about a tree.
    func note(_ judgement: Judgement, key: String) throws { try book.save(judgement, key: key) }
}

extension RunStore {
    /// Does one step of a run between its intent and its outcome, both synced.
    ///
    /// A step that throws, or whose process is killed, is done again by whoever goes on with the run.
    func step<T>(
        _ step: JournalStep, _ run: RunRecord, _ subject: String = "", _ body: () throws -> T
    ) throws -> T {
        let number = try book.intend(step, subject, run: run.id)
        do {
            try failpoint(step, .before)
            let result = try body()
            try failpoint(step, .after)
            try book.conclude(number, "done", run: run.id)
            return result
        } catch {
            // What went wrong counts for more than that it could not be written down as well.
            try? book.conclude(number, neutralise("\(error)"), run: run.id)
            throw error
        }
    }

    /// Says what became of a step whose process was killed.
    func conclude(_ entry: JournalEntry) throws {
        try book.conclude(entry.number, Ledger.interrupted, run: entry.run)
    }
}
