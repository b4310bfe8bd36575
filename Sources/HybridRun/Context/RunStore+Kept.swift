internal import HybridBase
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

/// What stood before workers began, kept in files of a run: sealed, and the ledger says which are there.
///
/// One that is gone, or older than the last, is no state without a change: it stops the run.
extension RunStore {
    /// Keeps a value; one that was kept as the same file before is replaced.
    func keep(_ value: some Encodable, as file: RunFile, of run: RunRecord) throws {
        let name = run.names.file(file)
        let turn = (try book.baselines(of: run.id)[name] ?? 0) + 1
        // The file first: where a kill comes between, it is newer than the ledger says, which is well.
        try baseline(file, of: run.id).write(value, turn: turn)
        try book.note(baseline: name, turn, of: run.id)
    }

    /// What was kept; nil where nothing was.
    ///
    /// Throws where it is gone, or is not what hybrid kept last.
    func kept<T: Decodable>(_: T.Type, as file: RunFile, of run: RunRecord) throws -> T? {
        guard let turn = try book.baselines(of: run.id)[run.names.file(file)] else { return nil }
        let text = baseline(file, of: run.id)
        guard let found = try text.read(T.self) else {
            throw text.broken("it is gone, so nobody knows what was changed since")
        }
        guard found.turn >= turn else { throw text.broken("it is older than what hybrid wrote there last") }
        return found.value
    }

    /// Whether something was kept and is still needed.
    func hasKept(_ file: RunFile, of run: RunRecord) throws -> Bool {
        try book.baselines(of: run.id)[run.names.file(file)] != nil
    }

    /// What was kept is not needed any more.
    func drop(_ file: RunFile, of run: RunRecord) throws {
        if try hasKept(file, of: run) {
            try book.note(baseline: run.names.file(file), nil, of: run.id)
            // A ledger that is made anew from the record must not miss it.
            try writeRecord(run.id)
        }
        try DurableFile.remove(paths.file(run.id, file))
    }

    private func baseline(_ file: RunFile, of run: RunID) -> SealedText {
        BaselineFiles(paths, sealer).text(paths.file(run, file), of: run)
    }
}

/// The baselines of a run as they lie in its folder.
struct BaselineFiles {
    private let paths: RunPaths
    private let sealer: Sealer

    init(_ paths: RunPaths, _ sealer: Sealer) {
        self.paths = paths
        self.sealer = sealer
    }

    func text(_ path: String, of run: RunID) -> SealedText {
        SealedText(
            sealer, .baseline, place: [run.text, String(path.pathName)], shown: path,
            next: "hybrid trust \(run)")
    }

    /// The names of those that lie there.
    func names(_ run: RunID) -> [String] {
        Files.names(in: paths.run(run)).filter { name in
            name.hasSuffix(".json")
                && ["shared-", "beside-", "neighbours", "brought-", "linked"].contains(where: name.hasPrefix)
        }.sorted()
    }

    /// Those that lie there and are sealed, each with how often it was written.
    func sealed(_ run: RunID) -> [String: Int] {
        var found: [String: Int] = [:]
        for name in names(run) {
            let path = paths.run(run) + "/" + name
            // What does not hold is told when it is needed.
            guard let bytes = Files.read(path), let opened = try? text(path, of: run).opened(bytes) else {
                continue
            }
            found[name] = opened.turn
        }
        return found
    }
}
