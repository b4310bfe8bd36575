internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridReport
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Makes the ledger anew from the runs' refs, which are the truth.
struct LedgerRebuild {
    let repository: Repository
    let paths: RunPaths
    let sealer: Sealer

    /// What a rebuild came to.
    struct Outcome {
        /// The runs that are in the ledger again.
        var runs: [RunID] = []
        /// Refs that could not be read, with the reason.
        var unread: [String] = []
        /// The file that was moved aside; nil where none was there.
        var aside: String?

        /// In one line; stage times are in no ref.
        func text(_ path: String) -> String {
            let count = "\(runs.count) run\(runs.count == 1 ? "" : "s")"
            var text = "\(path) was rebuilt from refs/hybrid/: \(count), without the times of their stages"
            if let aside { text += "; the damaged file is kept as \(aside)" }
            if !unread.isEmpty { text += "; not restored: \(unread.joined(separator: "; "))" }
            return text
        }
    }

    /// Opens the ledger; one that is gone while refs know runs is rebuilt first, which `tell` hears.
    ///
    /// Throws `HybridError` naming file and remedy where the file is damaged.
    func open(_ tell: (String) -> Void) throws -> Ledger {
        try Access.refuseUnwritable(paths)
        try Files.makeFolder(paths.hybrid)
        switch size(paths.ledger) {
        case nil:
            if try hasRecords() {
                let outcome = try underLock { size(paths.ledger) == nil ? try renew() : nil }
                if let outcome { tell(outcome.text(paths.ledger)) }
            }
        case 0:
            // A ledger that another process makes at this moment is empty too, but then no run has a ref yet.
            if try hasRecords() {
                throw HybridError(
                    .recordDamaged, paths.ledger, "the ledger is empty, and there are runs",
                    next: Ledger.remedy)
            }
        default: break
        }
        return try paths.openLedger(sealer)
    }

    /// Whether any run has a ref that keeps its record.
    func hasRecords() throws -> Bool { try !recordRefs().isEmpty }

    /// Moves what is there aside, never away, and makes the ledger anew.
    ///
    /// No run may be driven meanwhile: its process would go on writing to the file that was moved.
    func replace() throws -> Outcome {
        try underLock { try renew() }
    }

    private func renew() throws -> Outcome {
        // A log that lies there would be taken for the new file's.
        let aside = try moveAside()
        var outcome = try rebuild()
        outcome.aside = aside
        return outcome
    }

    /// The runs' refs as files: one that is damaged does not hide the others.
    private func recordRefs() throws -> [(run: RunID, file: RefFile)] {
        try repository.refFiles(below: "refs/hybrid").compactMap { file in
            RunRecordRef.run(ofRef: file.name).map { ($0, file) }
        }
    }

    private func underLock<T>(_ body: () throws -> T) throws -> T {
        let lock = try RunLock(paths.hybrid + "/ledger.lock", what: paths.ledger, patience: 30)
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }

    /// Makes a whole ledger beside its place, then puts it there: a kill in between leaves none, and it is made again.
    private func rebuild() throws -> Outcome {
        var outcome = Outcome()
        let draft = paths.hybrid + "/.ledger.sqlite.\(getpid())-rebuilt.tmp"
        for file in [draft, draft + "-wal", draft + "-shm"] { try DurableFile.remove(file) }
        let seals = paths.seals(sealer)
        let ledger = try Ledger(path: draft, seals: seals)
        for (run, file) in try recordRefs() {
            do {
                guard let id = file.id else {
                    throw HybridError(
                        .recordDamaged, file.path, "the ref's file is damaged", next: "hybrid doctor")
                }
                var (recorded, isSealed) = try opened(repository.blob(id), of: run, seals)
                try takeUpAttempts(&recorded, isSealed: isSealed)
                try ledger.restore(recorded, sealed: isSealed)
                outcome.runs.append(run)
            } catch {
                outcome.unread.append("\(error)")
            }
        }
        try ledger.close()
        guard unsafe rename(draft, paths.ledger) == 0 else {
            throw HybridError(
                .notWritable, paths.ledger, "it cannot be put in place: \(SystemError())",
                next: "check the folder's permissions")
        }
        return outcome
    }

    /// A run's record, with what is kept beside it, and whether it is sealed.
    ///
    /// Throws where it is not what hybrid wrote last: then it restores nothing.
    func opened(
        _ bytes: [UInt8], of run: RunID, _ seals: LedgerSeals
    ) throws -> (recorded: RecordedRun, isSealed: Bool) {
        var (recorded, isSealed) = try RunRecordRef.opened(bytes, of: run, sealer)
        let known = try seals.revision(of: run)
        guard known == 0 || isSealed, recorded.run.revision ?? 0 >= known else {
            throw HybridError(
                .sealBroken, RunRecordRef.name(run),
                isSealed ? "it is older than what hybrid wrote there last" : "it carries no seal",
                next: "see what is there, and say whether to go on: hybrid trust \(run)")
        }
        if isSealed {
            // What was kept since the record was written is there all the same.
            let there = BaselineFiles(paths, sealer).sealed(run)
            recorded.baselines = (recorded.baselines ?? [:]).merging(there) { max($0, $1) }
        }
        return (recorded, isSealed)
    }

    /// A worker that was launched after the record was written is found by its attempt's folder.
    ///
    /// It counts as running: the ordinary resume then takes over a command that still runs, and takes in one that ended.
    func takeUpAttempts(_ recorded: inout RecordedRun, isSealed: Bool) throws {
        guard !recorded.run.byHand else { return }
        for index in recorded.workers.indices {
            let worker = recorded.workers[index]
            guard worker.state == .waiting || worker.state == .running,
                let (attempt, base) = try newestAttempt(recorded.run.names, .job(worker.job), isSealed),
                attempt > worker.attempt
            else { continue }
            recorded.workers[index].attempt = attempt
            recorded.workers[index].base = base
            recorded.workers[index].takeUp()
            recorded.workers[index].detail = ""
        }
    }

    private func newestAttempt(
        _ names: RunNames, _ step: RunStep, _ isSealed: Bool
    ) throws -> (number: Int, base: ObjectID)? {
        let folder = paths.attempts(names, step)
        for number in Files.names(in: folder).compactMap({ Int($0) }).sorted(by: >) where number > 0 {
            // Its folder is made before its spec: without one it was never launched.
            let path = paths.attempt(names, step, number) + "/spec.json"
            let spec =
                isSealed
                ? try AttemptFiles(sealer).spec(path).read(SupervisedSpec.self)?.value
                : try? DurableFile.readJSON(SupervisedSpec.self, from: path)
            guard let base = spec?.environment["HYBRID_BASE"].flatMap({ ObjectID(hex: $0) })
            else { continue }
            return (number, base)
        }
        return nil
    }

    private func moveAside() throws -> String? {
        let files = ["", "-wal", "-shm"].filter { size(paths.ledger + $0) != nil }
        guard !files.isEmpty else { return nil }
        var number = 1
        let taken = Set(Files.names(in: paths.hybrid))
        while ["", "-wal", "-shm"].contains(where: { taken.contains("ledger.sqlite.damaged-\(number)\($0)") })
        {
            number += 1
        }
        let aside = "\(paths.ledger).damaged-\(number)"
        // The log first: beside another file it would be taken for that one's.
        for suffix in files.reversed() {
            guard unsafe rename(paths.ledger + suffix, aside + suffix) == 0 else {
                throw HybridError(
                    .notWritable, paths.ledger + suffix, "it cannot be moved aside: \(SystemError())",
                    next: "check the folder's permissions")
            }
        }
        return aside
    }

    private func size(_ path: String) -> Int? {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 ? Int(facts.st_size) : nil
    }
}
