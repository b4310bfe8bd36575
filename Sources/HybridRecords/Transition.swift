internal import GRDB
internal import HybridBase
package import HybridGit
package import HybridPlan

/// What one step of a run changes, as a value: refs, and the ledger's records.
///
/// A stage works out a transition; who holds the run's lock applies it, refs first, then all records or none. Nothing
/// else changes what is recorded of a run.
package struct Transition: Equatable, Sendable {
    /// The run it belongs to.
    package var id: RunID
    /// The run as it is from now on; nil where it stays as it is.
    package var run: RunRecord?
    /// Workers as they are from now on.
    package var workers: [WorkerRecord] = []
    /// Findings that are new; one that is there already is not recorded twice.
    package var findings: [FindingRecord] = []
    /// Findings that are taken back.
    package var withdrawn: [FindingRecord] = []
    /// Findings of this kind are taken back, because the question is asked anew.
    package var withdrawnKind: FindingRecord.Kind?
    /// Findings that take another one's place; where the new one is there already, one of them stays.
    package var revised: [Revision<FindingRecord>] = []
    /// Spans of time that ended.
    package var stages: [StageRecord] = []
    /// Claims that were granted; nobody is told of them yet.
    package var grants: [ClaimGrant] = []
    /// Grants that take another one's place.
    package var revisedGrants: [Revision<ClaimGrant>] = []
    /// Grants that are taken back because nobody was told of them.
    package var withdrawnGrants: [ClaimGrant] = []
    /// The answers to the integration checklist; nil where they stay.
    package var checklist: [ChecklistItem]?
    /// Refs of the run's own that name another commit from now on.
    package var refs: [RefMove] = []

    /// One record in another one's place.
    package struct Revision<Record: Equatable & Sendable>: Equatable, Sendable {
        package var old: Record
        package var new: Record

        package init(_ old: Record, by new: Record) {
            self.old = old
            self.new = new
        }
    }

    /// Where a ref of the run's points from now on.
    package struct RefMove: Equatable, Sendable {
        package var ref: RunRef
        package var id: ObjectID

        package init(_ ref: RunRef, to id: ObjectID) {
            self.ref = ref
            self.id = id
        }
    }

    package init(_ id: RunID) { self.id = id }

    /// The run after a turn, and with it how some of its workers stand.
    package init(_ run: RunRecord, workers: [WorkerRecord] = []) {
        id = run.id
        self.run = run
        self.workers = workers
    }
}

extension Transition {
    /// A worker stands otherwise.
    package static func worker(_ worker: WorkerRecord) -> Transition {
        var change = Transition(worker.run)
        change.workers = [worker]
        return change
    }

    /// Something was found.
    package static func found(_ finding: FindingRecord) -> Transition {
        var change = Transition(finding.run)
        change.findings = [finding]
        return change
    }

    /// Something that was found is so no more.
    package static func withdrawn(_ finding: FindingRecord) -> Transition {
        var change = Transition(finding.run)
        change.withdrawn = [finding]
        return change
    }

    /// A finding is told otherwise.
    package static func revised(_ old: FindingRecord, to new: FindingRecord) -> Transition {
        var change = Transition(old.run)
        change.revised = [Revision(old, by: new)]
        return change
    }

    /// A span of time ended.
    package static func spent(_ stage: StageRecord) -> Transition {
        var change = Transition(stage.run)
        change.stages = [stage]
        return change
    }

    /// The integration checklist is answered.
    package static func answered(_ checklist: [ChecklistItem], _ run: RunID) -> Transition {
        var change = Transition(run)
        change.checklist = checklist
        return change
    }
}

extension Transition {
    /// The parts of what is recorded that it changes.
    fileprivate var parts: Set<SealedPart> {
        var parts: Set<SealedPart> = []
        if run != nil { parts.insert(.run) }
        if !workers.isEmpty { parts.insert(.worker) }
        if withdrawnKind != nil || !(findings.isEmpty && withdrawn.isEmpty && revised.isEmpty) {
            parts.insert(.finding)
        }
        if !(grants.isEmpty && revisedGrants.isEmpty && withdrawnGrants.isEmpty) { parts.insert(.granted) }
        if !stages.isEmpty { parts.insert(.stage) }
        if checklist != nil { parts.insert(.checklist) }
        return parts
    }
}

extension Ledger {
    /// Records what a transition changes, all or nothing; refs are not its matter.
    ///
    /// Throws where the run was never recorded.
    package func apply(_ change: Transition) throws {
        try self.change(change.id, change.parts) { db in
            if let run = change.run {
                try db.execute(
                    sql: "UPDATE run SET json = ? WHERE id = ?",
                    arguments: [try self.encode(run), run.id.text])
                guard db.changesCount == 1 else { throw self.unknown(run.id) }
            }
            for worker in change.workers { try self.put(worker, db) }
            if let kind = change.withdrawnKind {
                try db.execute(
                    sql: "DELETE FROM finding WHERE run = ? AND kind = ?",
                    arguments: [change.id.text, kind.rawValue])
            }
            try self.changeFindings(change, db)
            try self.changeGrants(change, db)
            for stage in change.stages {
                try db.execute(
                    sql: "INSERT INTO stage (run, json) VALUES (?, ?)",
                    arguments: [change.id.text, try self.encode(stage)])
            }
            if let checklist = change.checklist {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO checklist (run, json) VALUES (?, ?)",
                    arguments: [change.id.text, try self.encode(checklist)])
            }
        }
    }

    private func changeFindings(_ change: Transition, _ db: Database) throws {
        for finding in change.withdrawn {
            try db.execute(
                sql: "DELETE FROM finding WHERE run = ? AND json = ?",
                arguments: [change.id.text, try encode(finding)])
        }
        for finding in change.findings { try put(finding, db) }
        for revision in change.revised {
            try db.execute(
                sql: "UPDATE OR REPLACE finding SET kind = ?, json = ? WHERE run = ? AND json = ?",
                arguments: [
                    revision.new.kind.rawValue, try encode(revision.new), change.id.text,
                    try encode(revision.old),
                ])
        }
    }

    private func changeGrants(_ change: Transition, _ db: Database) throws {
        for grant in change.withdrawnGrants {
            try db.execute(
                sql: "DELETE FROM granted WHERE run = ? AND json = ?",
                arguments: [change.id.text, try encode(grant)])
        }
        for grant in change.grants { try put(grant, db) }
        for revision in change.revisedGrants {
            try db.execute(
                sql: "UPDATE OR REPLACE granted SET json = ? WHERE run = ? AND json = ?",
                arguments: [try encode(revision.new), change.id.text, try encode(revision.old)])
        }
    }
}
