internal import HybridBase
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension RunStore {
    /// Writes what the ledger says of a run to the run's ref, synced as every ref is.
    ///
    /// Whoever comes last writes everything: two processes may record one run, a driver and a worker that was granted
    /// a claim.
    func writeRecord(_ id: RunID) throws {
        try Files.makeFolder(paths.run(id))
        let lock = try RunLock(paths.file(id, .recordLock), what: "the record of run \(id)", patience: 30)
        defer { withExtendedLifetime(lock) {} }
        guard let recorded = try ledger.recorded(id) else { return }
        try RunRecordRef.write(recorded, in: repository, sealer)
        try book.seals?.note(id, revision: recorded.run.revision ?? 0)
    }

    /// Throws where the ref knows more of a run than the ledger, such as after an old ledger was put back.
    ///
    /// Whoever went on from there would do again what was done, and write over what the ref knows.
    func refuseOutOfStep(_ id: RunID) throws {
        guard let (recorded, isSealed) = try RunRecordRef.read(id, in: repository, sealer) else { return }
        guard isSealed else {
            throw HybridError(
                .sealBroken, RunRecordRef.name(id), "it carries no seal, so it is not what hybrid wrote",
                next: "write it anew from the ledger: hybrid doctor --fix")
        }
        guard recorded.run.revision ?? 0 > (try ledger.run(id)?.revision ?? 0) else { return }
        throw HybridError(
            .recordDamaged, "run \(id)", "the ledger knows less of it than \(RunRecordRef.name(id))",
            next: "hybrid doctor --fix, then: hybrid resume \(id)")
    }
}
