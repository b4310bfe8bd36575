internal import HybridGit

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What went with a run that is forgotten.
public struct Forgotten: Hashable, Sendable {
    /// The refs, and the record.
    public var things: [Discarded.Thing]
    /// The worktrees that are gone.
    public var worktrees: [String]
    /// How long git keeps the objects, in words.
    public var kept: String

    /// The answer for a person.
    func text(_ run: String) -> String {
        var lines = things.map { "\($0.what) is gone; to have it back: \($0.restore)" }
        lines += worktrees.map { "removed the worktree \($0)" }
        lines.append(
            "run \(run) is forgotten: its logs and the times of its stages are gone for good; \(kept)")
        return lines.joined(separator: "\n")
    }

    /// The answer as a value.
    var value: JSONValue {
        .object([
            (
                "things",
                .array(
                    things.map {
                        .object([
                            ("what", .string($0.what)), ("id", .string($0.id)),
                            ("restore", .string($0.restore)),
                        ])
                    })
            ), ("worktrees", .strings(worktrees)), ("kept", .string(kept)),
        ])
    }
}

/// One ref of a run, as it stands.
private struct OwnRef {
    var name: String
    var id: ObjectID
    /// The job, or whoever else in the run made what it names.
    var holder: String
}

extension Conductor {
    /// Takes away all that is left of a run: worktrees, branches, refs, record and logs.
    ///
    /// Throws, before anything went, while a worker runs, a worktree is locked, or the run holds work that is neither in
    /// its target nor named in `jobs`. A call that was cut short is made again: the ledger forgets the run last.
    public func forget(_ id: String, discarding jobs: [String], now: Double) throws -> Cleaned {
        let run = try self.run(id)
        let lock = try lock(run)
        defer { withExtendedLifetime(lock) {} }
        try settleOrphans(run)
        for worker in try workers(of: run) where try isAtWork(worker, run) {
            throw HybridError("job \(worker.name)", "it is running", next: "hybrid stop \(run.id)")
        }
        let going = try jobs.map { try discarding(run, job: $0, now: now) }
        try refuseUnmerged(run, going)
        var cleaned = Cleaned(run: run.id)
        cleaned.discarded = try going.map { try $0.perform() }
        let merged = try sweep(run)
        cleaned.removed = merged.removed
        cleaned.forgotten = try step(.forget, run) { try removeAll(of: run, now: now) }
        try ledger.forget(run.id)
        return cleaned
    }

    private func removeAll(of run: RunRecord, now: Double) throws -> Forgotten {
        let worktrees = try repository.worktrees().filter { $0.name.hasPrefix(run.id + "-") }
        let refs = try ownRefs(of: run)
        let record = try recordBlob(of: run)
        // What git's garbage collection looks at is the age of this one commit.
        try keepYoung(
            refs.map(\.id),
            tree: repository.editTree(
                Repository.emptyTree, [RepoPath("record"): TreeEntry(mode: 0o100644, id: record)]),
            "Forgotten: run \(run.id)")
        for worktree in worktrees { try repository.removeWorktree(name: worktree.name, force: true) }
        for ref in refs { try repository.deleteReference(RefName(ref.name), expecting: ref.id) }
        let name = RunRecordRef.name(run.id)
        if let id = try repository.objectID(of: RefName(name)) {
            try repository.deleteReference(RefName(name), expecting: id)
        }
        Files.removeEmptyFolder(paths.worktrees + "/" + run.id)
        Files.removeEmptyFolder(paths.worktrees)
        try Files.remove(paths.run(run.id))
        let things =
            refs.map {
                Discarded.Thing(
                    what: $0.name, id: $0.id.description, restore: "git update-ref \($0.name) \($0.id)")
            } + [
                Discarded.Thing(
                    what: "the record of run \(run.id)", id: record.description,
                    restore: "git update-ref \(name) \(record) && hybrid doctor --fix")
            ]
        return Forgotten(
            things: things, worktrees: worktrees.map(\.path),
            kept: PruneExpiry(try repository.configString("gc.pruneExpire")).text(now: now))
    }

    /// The record as the ledger has it now, as an object.
    private func recordBlob(of run: RunRecord) throws -> ObjectID {
        guard let recorded = try ledger.recorded(run.id) else {
            throw HybridError("run \(run.id)", "the ledger does not know it", next: "hybrid doctor --fix")
        }
        return try repository.writeBlob(recorded.bytes())
    }

    /// All refs and branches of a run but its record, by name.
    private func ownRefs(of run: RunRecord) throws -> [OwnRef] {
        let jobs = Set(try workers(of: run).map(\.job))
        let prefixes = ["refs/hybrid/\(run.id)/", "refs/heads/hybrid/\(run.id)/"]
        return try prefixes.flatMap { prefix in
            try repository.tips(prefix: prefix).compactMap { name, id in
                if RunRecordRef.run(ofRef: name) != nil { return nil }
                var parts = name.dropFirst(prefix.count).split(separator: "/").map(String.init)
                // In the layout of older versions a job's refs stand beside the run's own.
                if parts.count > 2, parts[0] == "job" { parts.removeFirst() }
                var holder = parts[0]
                if prefix.hasPrefix("refs/heads/"), holder.hasSuffix("-resolve"), !jobs.contains(holder) {
                    holder = String(holder.dropLast("-resolve".count))
                }
                let known = jobs.contains(holder) || holder == Self.orchestrator
                return OwnRef(name: name, id: id, holder: known ? holder : Self.integrate)
            }
        }.sorted { $0.name < $1.name }
    }

    /// Throws where something of the run is in no other ref, and nobody said that it goes.
    private func refuseUnmerged(_ run: RunRecord, _ going: [Discarding]) throws {
        let named = Set(going.map(\.holder.job))
        var unmerged: Set<String> = []
        for worktree in try repository.worktrees() where worktree.name.hasPrefix(run.id + "-") {
            if worktree.isLocked, !worktree.isUnfinished {
                throw HybridError(
                    "run \(run.id)", "its worktree \(worktree.path) is locked",
                    next: "git worktree unlock \(quoted(worktree.path))")
            }
            let name = String(worktree.name.dropFirst(run.id.count + 1))
            if name.hasPrefix("check-") || !Files.exists(worktree.path) { continue }
            if try !Repository(at: worktree.path).isClean() { unmerged.insert(holder(ofWorktree: name)) }
        }
        let own = try ownRefs(of: run)
        let jobs = own.filter { $0.holder != Self.integrate }
        let target = try repository.id(of: targetBranch(run).ref)
        let others = try otherTips(than: run)
        func holdsWork(_ ref: OwnRef, beside known: [ObjectID]) throws -> Bool {
            guard (try? repository.commit(ref.id)) != nil else { return false }
            if let target, try hasLanded(ref.id, in: target, run) { return false }
            // Merges are made anew; what people and workers wrote is not.
            return try repository.commits(from: ref.id, excluding: others + known).contains {
                try repository.commit($0).parents.count < 2
            }
        }
        let gone = going.flatMap(\.ids)
        for ref in jobs where try holdsWork(ref, beside: gone) { unmerged.insert(ref.holder) }
        for ref in own where try ref.holder == Self.integrate && holdsWork(ref, beside: gone + jobs.map(\.id))
        {
            unmerged.insert(ref.holder)
        }
        let left = unmerged.subtracting(named).sorted()
        guard !left.isEmpty else { return }
        let words = (named.union(left)).sorted().map { "--discard \($0)" }.joined(separator: " ")
        throw HybridError(
            "run \(run.id)", "it holds work that is not in \(run.target): \(left.joined(separator: ", "))",
            next:
                "look at it: hybrid report \(run.id); to let it go: hybrid clean --forget \(run.id) \(words)")
    }

    private func holder(ofWorktree name: String) -> String {
        name.hasSuffix("-resolve") ? String(name.dropLast("-resolve".count)) : name
    }

    /// The commits that refs name which are none of the run's.
    private func otherTips(than run: RunRecord) throws -> [ObjectID] {
        let own = ["refs/hybrid/\(run.id)/", "refs/heads/hybrid/\(run.id)/"]
        return try repository.tips(prefix: "refs/").keys.filter { name in
            !own.contains(where: name.hasPrefix)
        }.compactMap { try? repository.id(of: RefName($0)) }
    }
}
