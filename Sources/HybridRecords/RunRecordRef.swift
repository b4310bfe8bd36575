package import HybridGit
internal import HybridMerging
package import HybridPlan

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
    package static func read(_ run: RunID, in repository: Repository) throws -> RecordedRun? {
        guard let id = try repository.objectID(of: RefName(name(run))) else { return nil }
        return try RecordedRun(repository.blob(id), ref: name(run), run: run)
    }

    /// Points a run's ref at a record of it, whatever it named; the caller holds the run's record lock.
    package static func write(_ recorded: RecordedRun, in repository: Repository) throws {
        let ref = try RefName(name(recorded.run.id))
        let id = try repository.writeBlob(recorded.bytes())
        let old = try repository.objectID(of: ref)
        if old == id { return }
        try repository.updateReference(
            ref, to: id, expecting: old ?? .zero, message: "hybrid: \(recorded.run.id)")
    }
}
