internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension Doctor {
    /// The ledger: damaged, gone, or behind or ahead of the runs' refs.
    func findLedger() throws {
        let rebuild = self.rebuild
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
                let ledger = try paths.openLedger(host.sealer)
                guard try findBrokenSeals(ledger) else { return }
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

    private var rebuild: LedgerRebuild {
        LedgerRebuild(repository: repository, paths: paths, sealer: host.sealer)
    }

    /// What the ledger says and hybrid did not write; false where something of it stays.
    ///
    /// A run comes back from its ref, where that is sealed; what verify commands once said is asked anew.
    private func findBrokenSeals(_ ledger: Ledger) throws -> Bool {
        if try noteKey(ledger) { return false }
        var isWell = true
        for id in try ledger.runIDs() where !isDriven(id) {
            guard let reason = try ledger.brokenSeal(id) else { continue }
            let text = "what the ledger says of it: \(reason)"
            let sealed = try repository.objectID(of: RefName(RunRecordRef.name(id))).flatMap {
                try? rebuild.opened(repository.blob($0), of: id, paths.seals(host.sealer))
            }
            if let sealed, sealed.isSealed {
                var mended = false
                note(.ledger, "run \(id)", text, remedy: "take over what \(RunRecordRef.name(id)) knows") {
                    defer { mended = true }
                    return try self.restore(sealed.recorded, true, ledger)
                }
                if !mended { isWell = false }
            } else {
                isWell = false
                note(
                    .ledger, "run \(id)", text,
                    remedy: "see what is there, and say whether to go on: hybrid trust \(id)")
            }
        }
        let verdicts = try ledger.brokenVerdicts()
        if verdicts > 0 {
            note(
                .ledger, paths.ledger,
                "\(verdicts) remembered answers of verify commands in it are not what hybrid wrote",
                remedy: "forget them, so that the commands run again"
            ) { "forgot \(try ledger.brokenVerdicts(forgetting: true))" }
        }
        return isWell
    }

    /// Tells once of a key that is gone, cannot be used or is another one, not once for each run; false where all is well.
    private func noteKey(_ ledger: Ledger) throws -> Bool {
        var problem: HybridError?
        var others: [RunID] = []
        do {
            let isGone = try host.sealer.key() == nil
            for id in try ledger.runIDs() {
                guard let reason = try ledger.brokenSeal(id) else { continue }
                if isGone { problem = host.sealer.gone }
                if reason == Sealer.otherKey { others.append(id) }
            }
        } catch let error as HybridError {
            guard error.code == .keyUnusable else { throw error }
            problem = error
        }
        if let problem {
            note(.ledger, problem.thing, problem.reason, remedy: problem.next ?? "hybrid trust")
        } else if let newest = others.first, others.count > 1 {
            note(
                .ledger, host.sealer.keyPath,
                "\(others.count) runs, the newest \(newest), were sealed with another key than this one",
                remedy:
                    "bring that one back; if it is lost, see what is there, and say whether to go on, run by "
                    + "run: hybrid trust")
        } else {
            return false
        }
        return true
    }

    private func replaceLedger(_ rebuild: LedgerRebuild) throws -> String {
        // A process that drives a run would go on writing to the file that is moved.
        let beginning = try RunLock(
            paths.hybrid + "/begin.lock", what: "the beginning of a run", patience: 5)
        let locks = try Files.names(in: paths.hybrid + "/runs").compactMap { RunID($0) }.map { try lock($0) }
        let outcome = try withExtendedLifetime((beginning, locks)) { try rebuild.replace() }
        ledger = try paths.openLedger(host.sealer)
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
            let (recorded, isSealed): (RecordedRun, Bool)
            do {
                (recorded, isSealed) = try rebuild.opened(
                    repository.blob(object), of: id, paths.seals(host.sealer))
            } catch {
                if known[id] != nil {
                    if (error as? HybridError)?.code == .sealBroken { seen.insert(id) }
                    noteStaleRecord(id, "\(error)", ledger)
                    continue
                }
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
                    ) { try self.restore(recorded, isSealed, ledger) }
                } else if mine > its {
                    noteStaleRecord(id, "\(file.name) knows less of it than the ledger", ledger)
                }
            } else {
                note(
                    .ledger, "run \(id)", "\(file.name) knows it, the ledger does not",
                    remedy: "take over what the ref knows"
                ) { try self.restore(recorded, isSealed, ledger) }
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
            try RunRecordRef.write(recorded, in: self.repository, self.host.sealer)
            return "wrote \(RunRecordRef.name(id))"
        }
    }

    private func restore(_ recorded: RecordedRun, _ isSealed: Bool, _ ledger: Ledger) throws -> String {
        let lock = try lock(recorded.run.id)
        defer { withExtendedLifetime(lock) {} }
        var recorded = recorded
        try rebuild.takeUpAttempts(&recorded, isSealed: isSealed)
        try ledger.restore(recorded, sealed: isSealed)
        return "the ledger knows it as its ref does"
    }
}
