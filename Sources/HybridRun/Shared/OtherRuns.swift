internal import HybridBase
internal import HybridGit
internal import HybridPlan
internal import HybridRecords

/// What other runs keep while this one's workers work: its refs are all that holds left-out work of theirs.
struct OtherRuns: RunPart {
    let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// The ids that refs of other runs name, by full name, and their records', by run.
    func refs(besides run: RunRecord) throws -> (refs: [String: String], records: [RunID: String]) {
        var (refs, records): ([String: String], [RunID: String]) = ([:], [:])
        for file in try repository.refFiles(below: String(RunNames.refs.dropLast())) {
            guard let id = file.id, let other = RunNames.run(ofRef: file.name), other != run.id else {
                continue
            }
            if RunRecordRef.run(ofRef: file.name) != nil {
                records[other] = id.description
            } else {
                refs[file.name] = id.description
            }
        }
        return (refs, records)
    }

    /// The changes of refs of other runs that nobody made who drove, cleaned or forgot those runs: that writes their records.
    func changes(from old: SharedState, to new: SharedState) throws -> [SharedState.Change] {
        guard let (before, records) = old.otherRuns, let (now, newRecords) = new.otherRuns else { return [] }
        var found: [SharedState.Change] = []
        for (name, id) in before.sorted(by: { $0.key < $1.key }) where now[name] != id {
            guard let other = RunNames.run(ofRef: name) else { continue }
            let isForgotten = try newRecords[other] == nil && ledger.run(other) == nil
            if isForgotten || newRecords[other] != nil && newRecords[other] != records[other] { continue }
            found.append(
                SharedState.Change(
                    what: neutralise(name), kind: .reported,
                    detail: "it keeps work of run \(other), was \(id), is \(now[name] ?? "gone")",
                    undo: SharedUndo.ref(name, was: id, now: now[name], checkedOutIn: nil)))
        }
        return found
    }

    /// Lets a ref of another run name again what it named; what it names now is kept beside it.
    ///
    /// Gives what to add to the finding.
    func putBack(_ name: String, at hex: String, _ run: RunRecord) throws -> String {
        guard let id = ObjectID(hex: hex), try repository.exists(id) else {
            return "; what it named is not there any more"
        }
        let ref = try RefName(name)
        if let now = try repository.id(of: ref) {
            let kept = RunRef.beside(job: nil, id: String(now.description.prefix(12)))
            try runs.point(run, kept, at: now)
            try repository.updateReference(ref, to: id, expecting: now, message: "hybrid: put back")
            return "; it is put back, and what was there is kept at \(run.names.name(kept))"
        }
        try repository.createReference(ref, at: id, message: "hybrid: put back")
        return "; it is put back"
    }
}
