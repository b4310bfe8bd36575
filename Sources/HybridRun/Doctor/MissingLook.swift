internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords
internal import HybridSystem

extension Doctor {
    /// Refs of hybrid's that name what is not there, or what lacks something that it needs.
    ///
    /// Grows with what the runs made: history that another branch reaches is not looked at.
    func findMissing() throws {
        let whole = try Completeness(repository)
        let folders = [RunNames.refs, RunNames.branches].map { String($0.dropLast()) }
        for file in try folders.flatMap({ try repository.refFiles(below: $0) }) {
            guard let id = file.id, let missing = whole.missing(id) else { continue }
            if let run = runOf(file.name), isDriven(run) { continue }
            let reason =
                missing == id
                ? "it names \(id), which is nowhere in this repository"
                : "it names \(id), which lacks \(missing): that is nowhere in this repository"
            let kind: DoctorReport.Finding.Kind = file.name.hasPrefix(RunNames.branches) ? .branch : .ref
            if let run = RunRecordRef.run(ofRef: file.name) {
                noteMissingRecord(file.name, id, of: run, reason)
            } else if let other = try lastKnown(file.name, where: { $0 != id && whole.missing($0) == nil }) {
                note(
                    kind, file.name, reason,
                    remedy: "point it at \(other), which is there; what \(id) held beyond that is lost"
                ) {
                    try self.underLock(file.name) {
                        try self.repository.updateReference(
                            RefName(file.name), to: other, expecting: id, message: "hybrid doctor")
                    }
                    return "it names \(other); lost: \(id), as far as no file holds it"
                }
            } else {
                note(
                    kind, file.name, reason,
                    remedy: "remove it; \(id) and what only that held is lost already"
                ) {
                    try self.underLock(file.name) {
                        try self.repository.deleteReference(RefName(file.name), expecting: id)
                    }
                    return "removed; lost: \(id)"
                }
            }
        }
    }

    private func noteMissingRecord(
        _ name: String, _ id: ObjectID, of run: RunID, _ reason: String
    ) {
        // The ledger is looked at later; this look only asks it for one run.
        let known = Files.exists(paths.ledger) ? try? paths.openLedger(host.sealer).recorded(run) : nil
        note(
            .ref, name, reason,
            remedy: known == nil
                ? "remove it; the ledger does not know the run, so its record is lost"
                : "write it anew from the ledger"
        ) {
            try self.underLock(name) {
                let ref = try RefName(name)
                guard let known else { return try self.repository.deleteReference(ref, expecting: id) }
                let anew = try self.repository.writeBlob(RunRecordRef.bytes(known, self.host.sealer))
                try self.repository.updateReference(ref, to: anew, expecting: id, message: "hybrid doctor")
            }
            return known == nil ? "removed; lost: the record of run \(run)" : "written anew from the ledger"
        }
    }

    private func underLock(_ name: String, _ body: () throws -> Void) throws {
        let lock = try runOf(name).map { try self.lock($0) }
        defer { withExtendedLifetime(lock) {} }
        try body()
    }

    /// Files that keep packs of hybrid's from git's repack, of runs that nobody drives.
    func findKeptPacks() throws {
        for (path, owner) in try repository.keptPacks() {
            guard let run = HeldPacks.run(ofOwner: owner), !isDriven(run) else { continue }
            note(
                .pack, path, "it keeps a pack for \(neutralise(owner)), and no hybrid drives the run",
                remedy: "remove it: what is worth keeping has a ref"
            ) {
                try self.repository.releaseKeptPack(path)
                return "removed"
            }
        }
    }
}

/// Tells whether all that a commit needs is there.
private final class Completeness {
    private let repository: Repository
    private let store: ObjectStore
    /// Tips of branches and tags that are not hybrid's: what they reach is not hybrid's to mend.
    private let known: [ObjectID]
    private var seen: [ObjectID: ObjectID?] = [:]

    init(_ repository: Repository) throws {
        self.repository = repository
        store = try ObjectStore(repository)
        known = try repository.refFiles().filter {
            !$0.name.hasPrefix(RunNames.refs) && !$0.name.hasPrefix(RunNames.branches)
        }.compactMap(\.id).filter { (try? repository.commit($0)) != nil }
    }

    /// An object that is missing for what a ref names; nil where nothing is.
    func missing(_ id: ObjectID) -> ObjectID? {
        if let answer = seen[id] { return answer }
        let answer = look(id)
        seen[id] = answer
        return answer
    }

    private func look(_ id: ObjectID) -> ObjectID? {
        guard (try? repository.exists(id)) == true else { return id }
        // A blob, such as a record, needs nothing.
        guard let commit = try? repository.commit(id) else { return nil }
        if let lacks = lacks(id) { return lacks }
        // A damaged history of the user's own is for git fsck to tell.
        if known.contains(id) { return nil }
        for parent in commit.parents {
            guard (try? repository.exists(parent)) == true else { return parent }
        }
        guard let history = try? repository.commits(from: id, excluding: known) else {
            return commit.parents.lazy.compactMap(missing).first ?? id
        }
        for next in history.reversed() where next != id && seen[next] == nil {
            let lacks = lacks(next)
            seen[next] = .some(lacks)
            if let lacks { return lacks }
        }
        return nil
    }

    /// What a commit's tree lacks, as far as it differs from its first parent's.
    private func lacks(_ id: ObjectID) -> ObjectID? {
        guard let commit = try? repository.commit(id) else { return id }
        let before = commit.parents.first.flatMap { try? repository.commit($0).tree }
        return lacks(in: commit.tree, beside: before)
    }

    private func lacks(in tree: ObjectID, beside other: ObjectID?) -> ObjectID? {
        if tree == other { return nil }
        guard tree == Repository.emptyTree || (try? repository.exists(tree)) == true else { return tree }
        let there = other.flatMap { (try? repository.exists($0)) == true ? $0 : nil }
        guard let found = try? store.differences(from: there, to: [tree]).first else { return tree }
        for difference in found {
            guard let new = difference.new, new.kind != .gitlink else { continue }
            if new.isTree {
                if let lacks = lacks(
                    in: new.id, beside: difference.old?.isTree == true ? difference.old?.id : nil)
                {
                    return lacks
                }
            } else if (try? repository.exists(new.id)) != true {
                return new.id
            }
        }
        return nil
    }
}
