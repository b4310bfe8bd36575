internal import HybridGit

/// The ref that keeps what a run is, so that no file of hybrid's own is needed to go on with it.
enum RunRecordRef {
    /// The ref of a run's record.
    static func name(_ run: String) -> String { RunNames(run).name(.run(.record)) }

    /// The run whose record a ref of this name is; nil for other refs.
    static func run(ofRef name: String) -> String? {
        guard let run = RunNames.run(ofRef: name), name == self.name(run) else { return nil }
        return run
    }

    /// Reads a run's record; nil where it has none.
    static func read(_ run: String, in repository: Repository) throws -> RecordedRun? {
        guard let id = try repository.objectID(of: RefName(name(run))) else { return nil }
        return try RecordedRun(repository.blob(id), ref: name(run), run: run)
    }

    /// Points a run's ref at a record of it, whatever it named; the caller holds the run's record lock.
    static func write(_ recorded: RecordedRun, in repository: Repository) throws {
        let ref = try RefName(name(recorded.run.id))
        let id = try repository.writeBlob(recorded.bytes())
        let old = try repository.objectID(of: ref)
        if old == id { return }
        try repository.updateReference(
            ref, to: id, expecting: old ?? .zero, message: "hybrid: \(recorded.run.id)")
    }
}

extension Conductor {
    /// Writes what the ledger says of a run to the run's ref, synced as every ref is.
    ///
    /// Whoever comes last writes everything: two processes may record one run, a driver and a worker that was granted
    /// a claim.
    func record(_ id: String) throws {
        try Files.makeFolder(paths.run(id))
        let lock = try RunLock(paths.file(id, .recordLock), what: "the record of run \(id)", patience: 30)
        defer { withExtendedLifetime(lock) {} }
        guard let recorded = try ledger.recorded(id) else { return }
        try RunRecordRef.write(recorded, in: repository)
    }

    /// Throws where the ref knows more of a run than the ledger, such as after an old ledger was put back.
    ///
    /// Whoever went on from there would do again what was done, and write over what the ref knows.
    func refuseOutOfStep(_ id: String) throws {
        guard let recorded = try RunRecordRef.read(id, in: repository),
            recorded.run.revision ?? 0 > (try ledger.run(id)?.revision ?? 0)
        else { return }
        throw HybridError(
            "run \(id)", "the ledger knows less of it than \(RunRecordRef.name(id))",
            next: "hybrid doctor --fix, then: hybrid resume \(id)")
    }
}
