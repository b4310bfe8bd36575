internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension Doctor {
    /// The ledger: damaged, gone, or behind or ahead of the runs' refs.
    func findLedger() throws {
        let rebuild = LedgerRebuild(repository: repository, paths: paths)
        let recorded = try rebuild.hasRecords()
        if !Files.exists(paths.ledger) {
            guard recorded else { return }
            note(
                .ledger, paths.ledger, "it is gone, and refs/hybrid/ knows runs",
                remedy: "make it anew from refs/hybrid/"
            ) { try self.replaceLedger(rebuild) }
        } else {
            do {
                if Files.read(paths.ledger)?.isEmpty == true, recorded {
                    throw HybridError(.recordDamaged, paths.ledger, "the ledger is empty, and there are runs")
                }
                let ledger = try Ledger(path: paths.ledger)
                try ledger.examine()
                self.ledger = ledger
            } catch let error as HybridError where error.next == Ledger.remedy || error.next == nil {
                note(
                    .ledger, paths.ledger, error.reason,
                    remedy: "move it aside, and make it anew from refs/hybrid/"
                ) { try self.replaceLedger(rebuild) }
            }
        }
        guard let ledger else { return }
        try compare(ledger)
    }

    private func replaceLedger(_ rebuild: LedgerRebuild) throws -> String {
        // A process that drives a run would go on writing to the file that is moved.
        let beginning = try RunLock(
            paths.hybrid + "/begin.lock", what: "the beginning of a run", patience: 5)
        let locks = try Files.names(in: paths.hybrid + "/runs").compactMap { RunID($0) }.map { try lock($0) }
        let outcome = try withExtendedLifetime((beginning, locks)) { try rebuild.replace() }
        ledger = try Ledger(path: paths.ledger)
        return outcome.text(paths.ledger)
    }

    /// What each of ledger and refs knows that the other does not.
    private func compare(_ ledger: Ledger) throws {
        let known = Dictionary(try ledger.runs().map { ($0.id, $0) }) { first, _ in first }
        var seen: Set<RunID> = []
        for file in try repository.refFiles(below: "refs/hybrid") {
            guard let id = RunRecordRef.run(ofRef: file.name) else { continue }
            // One that is damaged is told with the refs, which mend it from the ledger.
            guard let object = file.id else {
                seen.insert(id)
                continue
            }
            var recorded: RecordedRun
            do {
                recorded = try RecordedRun(repository.blob(object), ref: file.name, run: id)
            } catch {
                if known[id] != nil { continue }
                note(
                    .ledger, file.name, "\(error)",
                    remedy:
                        "nothing else knows this run; what its workers made: git branch --list 'hybrid/\(id)/*'"
                )
                continue
            }
            seen.insert(id)
            if isDriven(id) { continue }
            if let run = known[id] {
                let (mine, its) = (run.revision ?? 0, recorded.run.revision ?? 0)
                if its > mine {
                    note(
                        .ledger, "run \(id)", "the ledger knows less of it than \(file.name)",
                        remedy: "take over what the ref knows"
                    ) { try self.restore(&recorded, ledger) }
                } else if mine > its {
                    noteStaleRecord(id, "\(file.name) knows less of it than the ledger", ledger)
                }
            } else {
                note(
                    .ledger, "run \(id)", "\(file.name) knows it, the ledger does not",
                    remedy: "take over what the ref knows"
                ) { try self.restore(&recorded, ledger) }
            }
        }
        for id in known.keys.sorted() where !seen.contains(id) && !isDriven(id) {
            noteStaleRecord(id, "no ref keeps its record", ledger)
        }
    }

    private func noteStaleRecord(_ id: RunID, _ reason: String, _ ledger: Ledger) {
        note(.ledger, "run \(id)", reason, remedy: "write \(RunRecordRef.name(id)) from the ledger") {
            let lock = try self.lock(id)
            defer { withExtendedLifetime(lock) {} }
            guard let recorded = try ledger.recorded(id) else { return "it is gone" }
            try RunRecordRef.write(recorded, in: self.repository)
            return "wrote \(RunRecordRef.name(id))"
        }
    }

    private func restore(_ recorded: inout RecordedRun, _ ledger: Ledger) throws -> String {
        let lock = try lock(recorded.run.id)
        defer { withExtendedLifetime(lock) {} }
        LedgerRebuild(repository: repository, paths: paths).takeUpAttempts(&recorded)
        try ledger.restore(recorded)
        return "the ledger knows it as its ref does"
    }
}
