package import HybridGit

/// Looks for work of a branch that its target holds under other commits: squashed, rebased or picked.
///
/// Two patches are the same where they take and bring the same lines of the same files, between the same lines; where in
/// the file does not matter, as for `git patch-id`.
package struct PatchSearch {
    private let engine: MergeEngine
    private let target: ObjectID
    /// What the target's commits since a commit did, by the paths that each touched.
    private var known: [ObjectID: [Set<RepoPath>: [(old: ObjectID, new: ObjectID)]]] = [:]

    /// So many commits of a branch, and of its target since, are looked at.
    private static let (mostOwn, mostOthers) = (64, 2_000)
    /// Lines beside an edit that count as well; git's number.
    private static let context = 3

    package init(on target: ObjectID, in engine: MergeEngine) {
        (self.target, self.engine) = (target, engine)
    }

    /// The newest commit of a branch up to which all its work is in the target; nil where there is none.
    ///
    /// Only for a branch without merges that has one merge base with the target. Grows with the commits of both since, and
    /// with what those changed that touch the same paths.
    package mutating func lastHeld(of tip: ObjectID) throws(GitError) -> ObjectID? {
        let bases = try engine.mergeBases(target, tip)
        guard bases.count == 1, let base = bases.first,
            let chain = try engine.chains(from: [tip], to: base)[0], chain.count <= Self.mostOwn
        else { return nil }
        let steps = [base] + chain.reversed()
        var held = [0]
        for place in steps.indices.dropFirst() {
            for start in held.reversed() where try holds(steps[start], steps[place], since: base) {
                held.append(place)
                break
            }
        }
        return held.last.flatMap { $0 == 0 ? nil : steps[$0] }
    }

    /// Whether one commit of the target did what lies between two of the branch.
    private mutating func holds(
        _ old: ObjectID, _ new: ObjectID, since base: ObjectID
    ) throws(GitError) -> Bool {
        let changes = try changes(from: engine.tree(of: old), to: engine.tree(of: new))
        guard !changes.isEmpty else { return true }
        let paths = Set(changes.map(\.path))
        let candidates = try others(since: base)[paths] ?? []
        guard !candidates.isEmpty else { return false }
        let own = try patch(changes)
        for other in candidates where try patch(self.changes(from: other.old, to: other.new)) == own {
            return true
        }
        return false
    }

    private mutating func others(
        since base: ObjectID
    ) throws(GitError) -> [Set<RepoPath>: [(old: ObjectID, new: ObjectID)]] {
        if let known = known[base] { return known }
        var found: [Set<RepoPath>: [(old: ObjectID, new: ObjectID)]] = [:]
        let repository = engine.store.repository
        for id in try repository.commits(from: target, excluding: [base]).prefix(Self.mostOthers) {
            let commit = try repository.commit(id)
            guard commit.parents.count == 1 else { continue }
            let old = try engine.tree(of: commit.parents[0])
            let paths = Set(try changes(from: old, to: commit.tree).map(\.path))
            if !paths.isEmpty { found[paths, default: []].append((old, commit.tree)) }
        }
        known[base] = found
        return found
    }

    private func changes(from old: ObjectID, to new: ObjectID) throws(GitError) -> [Change] {
        try ChangeSet.betweenTrees(old, [new], in: engine.store)[0].changes
    }

    /// What changes do, in bytes that are equal where they do the same.
    private func patch(_ changes: [Change]) throws(GitError) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for change in changes {
            lines.append(change.path.bytes)
            lines.append(Array("\(Self.word(change.old?.kind)) \(Self.word(change.new?.kind))".utf8))
            let (old, new) = (try text(change.old), try text(change.new))
            guard let old, let new else {
                let ids = [change.old, change.new].map { $0?.id.description ?? "" }
                lines.append(Array(ids.joined(separator: " ").utf8))
                continue
            }
            lines += Self.edits(old, new)
        }
        return lines
    }

    private static func word(_ kind: EntryKind?) -> String { kind.map { "\($0)" } ?? "" }

    private static func edits(_ old: [UInt8], _ new: [UInt8]) -> [[UInt8]] {
        let comparison = TextComparison(from: old, to: new)
        return comparison.edits.flatMap { edit -> [[UInt8]] in
            let before = max(0, edit.old.lowerBound - context)..<edit.old.lowerBound
            let after = edit.old.upperBound..<min(comparison.oldCount, edit.old.upperBound + context)
            func marked(_ mark: String, _ lines: [[UInt8]]) -> [[UInt8]] { lines.map { mark.utf8 + $0 } }
            return marked(" ", comparison.oldLines(before)) + marked("-", comparison.oldLines(edit.old))
                + marked("+", comparison.newLines(edit.new)) + marked(" ", comparison.oldLines(after))
        }
    }

    /// A file's text, empty where there is none; nil for what is no text.
    private func text(_ entry: TreeEntry?) throws(GitError) -> [UInt8]? {
        guard let entry else { return [] }
        guard entry.isRegularFile else { return nil }
        let bytes = try engine.store.blob(entry.id)
        return BinaryMerge.isBinary(bytes) ? nil : bytes
    }
}
