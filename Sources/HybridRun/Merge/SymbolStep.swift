internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

/// Compares the symbols that workers changed: names that one removed and another uses.
struct SymbolStep: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Files larger than this are not searched for definitions, in bytes.
    private static let largestSource = 1 << 20

    /// Warns of definitions that one merged worker of a wave took away or changed and another uses.
    ///
    /// Only a warning: names are compared as words. Nothing where fewer than two were merged.
    func compareSymbols(_ run: RunRecord, _ merged: [WorkerRecord]) throws {
        guard merged.count > 1 else { return }
        let source = Ctags(environment: host.environment)
        guard source.isThere else {
            host.narrate(
                .note("definitions were not compared across workers: Universal Ctags is not installed"))
            return
        }
        let drifts: [SymbolDrift]
        do {
            drifts = try SymbolDrift.find(merged.map(sources), source)
        } catch let error as HybridError {
            try warn(run, "definitions were not compared across workers: \(error)")
            return
        }
        for drift in drifts {
            let (changer, user) = (merged[drift.changer], merged[drift.user])
            let (path, place) = (RepoPath(drift.definition.path), RepoPath(drift.use.path))
            let deed =
                drift.signatures.map { "changed \(drift.name)\($0.old) to \(drift.name)\($0.new)" }
                ?? "removed \(drift.name)"
            let message = neutralise(
                "\(changer.name) \(deed) (\(path):\(drift.definition.line)), and \(user.name) uses it (\(place):\(drift.use.line))"
            )
            try runs.note(
                FindingRecord(
                    run: run.id, kind: .warning, jobs: [changer.job, user.job], path: path.description,
                    message: message,
                    hunks: [
                        FindingRecord.Hunk(
                            oursStart: drift.use.line, oursLines: [drift.use.text],
                            theirsStart: drift.definition.line, theirsLines: [drift.definition.text])
                    ], cause: .interfaceDrift))
            host.narrate(.note(message))
        }
        if drifts.count == SymbolDrift.most {
            try warn(
                run,
                "more than \(SymbolDrift.most) uses of changed definitions were found; the others are not listed"
            )
        }
    }

    private func warn(_ run: RunRecord, _ message: String) throws {
        try runs.note(FindingRecord(run: run.id, kind: .warning, jobs: [], message: message))
        host.narrate(.note(message))
    }

    /// The texts that a worker changed.
    private func sources(_ worker: WorkerRecord) throws -> [SymbolDrift.File] {
        let (base, tip) = (
            try worker.started(),
            try worker.work()
        )
        func text(_ entry: TreeEntry?) throws -> [UInt8]? {
            guard let entry, entry.isRegularFile else { return nil }
            let bytes = try repository.blob(entry.id)
            return bytes.count > Self.largestSource || bytes.prefix(8000).contains(0) ? nil : bytes
        }
        return try ChangeSet.between(base: base, tip: tip, in: repository).changes.map {
            SymbolDrift.File(path: $0.path.text, old: try text($0.old), new: try text($0.new))
        }.filter { $0.old != nil || $0.new != nil }
    }
}
