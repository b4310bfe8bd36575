internal import HybridBase
internal import HybridGit
internal import HybridMerging
package import HybridPlan
internal import HybridRecords
internal import HybridSystem

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
    func text(_ run: RunID) -> String {
        var lines = things.map { "\($0.what) is gone; to have it back: \($0.restore)" }
        lines += worktrees.map { "removed the worktree \($0)" }
        lines.append(
            "run \(run) is forgotten: its logs and the times of its stages are gone for good; \(kept)")
        return lines.joined(separator: "\n")
    }
}

/// One ref of a run, as it stands.
private struct OwnRef {
    var name: String
    var id: ObjectID
    /// Who in the run made what it names.
    var owner: RunRef.Owner
}

/// Forgets a run whole: refs, folders and records.
package struct ForgetStep: RunPart {
    let context: RunContext
    private var attempts: Attempts { Attempts(context) }
    private var cleanStep: CleanStep { CleanStep(context) }
    private var commitMessages: CommitMessages { CommitMessages(context) }
    private var discardStep: DiscardStep { DiscardStep(context) }
    private var ignoredStep: IgnoredStep { IgnoredStep(context) }

    package init(_ context: RunContext) { self.context = context }

    /// Takes away all that is left of a run: worktrees, branches, refs, record and logs.
    ///
    /// Throws, before anything went, while a worker runs, a worktree is locked, or the run holds work that is neither in
    /// its target nor named in `jobs`. A call that was cut short is made again: the ledger forgets the run last.
    package func forget(_ id: RunID, discarding jobs: [String], now: Double) throws -> Cleaned {
        let run = try runs.run(id)
        let lock = try runs.lock(run)
        defer { withExtendedLifetime(lock) {} }
        try attempts.settleOrphans(run)
        for worker in try runs.workers(of: run) where try discardStep.isAtWork(.job(worker.job), worker, run)
        {
            throw HybridError(
                .wrongState, "job \(worker.name)", "it is running", next: "hybrid stop \(run.id)")
        }
        let going = try jobs.map { try discardStep.discarding(run, job: $0, now: now) }
        try refuseUnmerged(run, going)
        var cleaned = Cleaned(run: run.id)
        cleaned.discarded = try going.map { try $0.perform() }
        let merged = try cleanStep.sweep(run)
        cleaned.removed = merged.removed
        cleaned.forgotten = try runs.step(.forget, run) { try removeAll(of: run, now: now) }
        try runs.forget(run)
        return cleaned
    }

    private func removeAll(of run: RunRecord, now: Double) throws -> Forgotten {
        let worktrees = try repository.worktrees().filter {
            RunNames.parse(registration: $0.name)?.run == run.id
        }
        let refs = try ownRefs(of: run)
        let record = try recordBlob(of: run)
        // What git's garbage collection looks at is the age of this one commit.
        try discardStep.keepYoung(
            refs.map(\.id),
            tree: repository.editTree(
                Repository.emptyTree, [RepoPath("record"): TreeEntry(kind: .file, id: record)]),
            "Forgotten: run \(run.id)")
        for worktree in worktrees {
            try ignoredStep.keepIgnored(in: worktree, isGivenUp: true)
            try repository.removeWorktree(name: worktree.name, force: true)
        }
        try ignoredStep.tellKept(run)
        for ref in refs { try repository.deleteReference(RefName(ref.name), expecting: ref.id) }
        let name = RunRecordRef.name(run.id)
        if let id = try repository.objectID(of: RefName(name)) {
            try repository.deleteReference(RefName(name), expecting: id)
        }
        Files.removeEmptyFolder("\(paths.worktrees)/\(run.id)")
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
            throw HybridError(
                .recordDamaged, "run \(run.id)", "the ledger does not know it", next: "hybrid doctor --fix")
        }
        return try repository.writeBlob(recorded.bytes())
    }

    /// All refs and branches of a run but its record, by name.
    private func ownRefs(of run: RunRecord) throws -> [OwnRef] {
        let names = run.names
        return try names.folders.flatMap { folder in
            try repository.tips(prefix: folder).compactMap { name, id in
                if RunRecordRef.run(ofRef: name) != nil { return nil }
                let place = RunNames.parse(branch: name).flatMap { names.place($0.folder) }
                return OwnRef(name: name, id: id, owner: Self.owner(place?.owner ?? names.owner(ofRef: name)))
            }
        }.sorted { $0.name < $1.name }
    }

    /// What is nobody's, or was resolved with the target, counts as the integration's.
    private static func owner(_ owner: RunRef.Owner?) -> RunRef.Owner {
        owner == nil || owner == .target ? .integrate : owner!
    }

    /// Throws where something of the run is in no other ref, and nobody said that it goes.
    private func refuseUnmerged(_ run: RunRecord, _ going: [Discarding]) throws {
        let named = Set(going.map(\.owner))
        var unmerged: Set<RunRef.Owner> = []
        for worktree in try repository.worktrees() {
            guard let (id, folder) = RunNames.parse(registration: worktree.name), id == run.id else {
                continue
            }
            if worktree.isLocked, !worktree.isUnfinished {
                throw HybridError(
                    .locked, "run \(run.id)", "its worktree \(worktree.path) is locked",
                    next: "git worktree unlock \(ShellWord.bare(worktree.path))")
            }
            let place = run.names.place(folder)
            if case .check? = place { continue }
            if !Files.exists(worktree.path) { continue }
            if try !Repository(at: worktree.path).isClean() { unmerged.insert(Self.owner(place?.owner)) }
        }
        let own = try ownRefs(of: run)
        let jobs = own.filter { $0.owner != .integrate }
        let target = try repository.id(of: run.target.ref)
        let others = try otherTips(than: run)
        func holdsWork(_ ref: OwnRef, beside known: [ObjectID]) throws -> Bool {
            guard (try? repository.commit(ref.id)) != nil else { return false }
            if let target, try commitMessages.hasLanded(ref.id, in: target, run) { return false }
            // Merges are made anew; what people and workers wrote is not.
            return try repository.commits(from: ref.id, excluding: others + known).contains {
                try repository.commit($0).parents.count < 2
            }
        }
        let gone = going.flatMap(\.ids)
        for ref in jobs where try holdsWork(ref, beside: gone) { unmerged.insert(ref.owner) }
        for ref in own where try ref.owner == .integrate && holdsWork(ref, beside: gone + jobs.map(\.id)) {
            unmerged.insert(ref.owner)
        }
        let left = try unmerged.subtracting(named).map { try discardStep.word($0, run) }.sorted()
        guard !left.isEmpty else { return }
        let words = try (named.map { try discardStep.word($0, run) } + left).sorted().map {
            "--discard \($0)"
        }
        .joined(separator: " ")
        throw HybridError(
            .unmergedWork, "run \(run.id)",
            "it holds work that is not in \(run.target): \(left.joined(separator: ", "))",
            next:
                "look at it: hybrid report \(run.id); to let it go: hybrid clean --forget \(run.id) \(words)")
    }

    /// The commits that refs name which are none of the run's.
    private func otherTips(than run: RunRecord) throws -> [ObjectID] {
        let own = run.names.folders
        return try repository.tips(prefix: "refs/").keys.filter { name in
            !own.contains(where: name.hasPrefix)
        }.compactMap { try? repository.id(of: RefName($0)) }
    }
}
