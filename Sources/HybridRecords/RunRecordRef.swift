package import HybridGit
internal import HybridMerging
package import HybridPlan
package import HybridSystem

/// The ref that keeps what a run is, so that no file of hybrid's own is needed to go on with it.
package enum RunRecordRef {
    /// The ref of a run's record.
    package static func name(_ run: RunID) -> String { RunNames(run).name(.run(.record)) }

    /// The run whose record a ref of this name is; nil for other refs.
    package static func run(ofRef name: String) -> RunID? {
        guard let run = RunNames.run(ofRef: name), name == self.name(run) else { return nil }
        return run
    }

    /// Reads a run's record; nil where it has none.
    ///
    /// Throws where its seal does not hold.
    package static func read(
        _ run: RunID, in repository: Repository, _ sealer: Sealer
    ) throws -> (recorded: RecordedRun, isSealed: Bool)? {
        guard let id = try repository.objectID(of: RefName(name(run))) else { return nil }
        return try opened(repository.blob(id), of: run, sealer)
    }

    /// A record as a ref keeps it, and whether it is sealed: those of older versions are not.
    ///
    /// Throws where its seal does not hold.
    package static func opened(
        _ bytes: [UInt8], of run: RunID, _ sealer: Sealer
    ) throws -> (recorded: RecordedRun, isSealed: Bool) {
        let text = text(run, sealer)
        guard SealedText.carriesSeal(bytes) else {
            return (try RecordedRun(bytes, ref: name(run), run: run), false)
        }
        return (try RecordedRun(text.opened(bytes).plain, ref: name(run), run: run), true)
    }

    /// A record as a ref keeps it: sealed.
    package static func bytes(_ recorded: RecordedRun, _ sealer: Sealer) throws -> [UInt8] {
        try text(recorded.run.id, sealer).bytes(
            sealing: recorded.bytes(), turn: recorded.run.revision ?? 0)
    }

    private static func text(_ run: RunID, _ sealer: Sealer) -> SealedText {
        SealedText(sealer, .record, place: [run.text], shown: name(run), next: "hybrid trust \(run)")
    }

    /// Points a run's ref at a record of it, whatever it named; the caller holds the run's record lock.
    package static func write(_ recorded: RecordedRun, in repository: Repository, _ sealer: Sealer) throws {
        let run = recorded.run.id
        let ref = try RefName(name(run))
        let id = try repository.writeBlob(bytes(recorded, sealer))
        let old = try repository.objectID(of: ref)
        if old == id { return }
        try repository.updateReference(ref, to: id, expecting: old ?? .zero, message: "hybrid: \(run)")
    }
}
