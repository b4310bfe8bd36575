public import HybridGit

/// Merges two commits in memory and says what does not fit together.
///
/// The algorithm below is libgit2's for now; because it is known to lose files in corner cases, a clean answer
/// is proven against what both sides changed before anybody hears of it.
public struct MergeEngine {
    private let repository: Repository

    /// Merges with a handle; objects go where that handle writes.
    public init(_ repository: Repository) { self.repository = repository }

    /// What a merge came to.
    public enum Outcome: Hashable, Sendable {
        /// Nothing in the way.
        case clean(tree: ObjectID)
        /// Conflicts; the tree shows them with markers, nil where no tree can.
        case conflicted(tree: ObjectID?, conflicts: [Conflict])
    }

    /// Merges `theirs` into `ours`.
    ///
    /// Throws `unsupported` for unrelated histories.
    public func merge(
        ours: ObjectID, theirs: ObjectID, labels: ThreeWay<String>? = nil
    ) throws(GitError) -> Outcome {
        let merged = try repository.mergeInMemory(
            ours: ours, theirs: theirs, ourLabel: labels?.ours ?? ours.short,
            theirLabel: labels?.theirs ?? theirs.short)
        guard merged.conflicts.isEmpty else {
            var conflicts: [Conflict] = []
            for entry in merged.conflicts { conflicts.append(try conflict(entry)) }
            return .conflicted(tree: merged.tree, conflicts: conflicts)
        }
        let bases = try repository.mergeBases(ours, theirs)
        if bases.count == 1, let base = bases.first {
            let lost = try unproven(base: base, ours: ours, theirs: theirs, merged: merged.tree)
            if !lost.isEmpty { return .conflicted(tree: nil, conflicts: lost) }
        }
        return .clean(tree: merged.tree)
    }

    private func conflict(_ entry: InMemoryMerge.Entry) throws(GitError) -> Conflict {
        let entries = ThreeWay(base: entry.base, ours: entry.ours, theirs: entry.theirs)
        guard let ours = entry.ours, let theirs = entry.theirs else {
            return Conflict(
                path: entry.path, types: ["CONFLICT (modify/delete)"], entries: entries, hunks: [])
        }
        guard isFile(ours), isFile(theirs) else {
            return Conflict(
                path: entry.path, types: ["CONFLICT (distinct modes)"], entries: entries, hunks: [])
        }
        let base: [UInt8] = if let old = entry.base, isFile(old) { try repository.blob(old.id) } else { [] }
        let (one, two) = (try repository.blob(ours.id), try repository.blob(theirs.id))
        if one.prefix(8000).contains(0) || two.prefix(8000).contains(0) {
            return Conflict(path: entry.path, types: ["CONFLICT (binary)"], entries: entries, hunks: [])
        }
        let merged = try repository.mergeFile(
            base: base, ours: one, theirs: two, labels: ("base", "ours", "theirs"),
            markerSize: HunkReader.markerSize, diff3: true)
        return Conflict(
            path: entry.path, types: ["CONFLICT (contents)"], entries: entries,
            hunks: HunkReader.hunks(in: merged.bytes, base: base, ours: one, theirs: two))
    }

    private func isFile(_ entry: TreeEntry) -> Bool { entry.mode & 0o170000 == 0o100000 }

    /// Paths where a merge that called itself clean does not hold what a side made.
    private func unproven(
        base: ObjectID, ours: ObjectID, theirs: ObjectID, merged: ObjectID
    ) throws(GitError) -> [Conflict] {
        let one = try ChangeSet.between(base: base, tip: ours, in: repository).changes
        let two = try ChangeSet.between(base: base, tip: theirs, in: repository).changes
        var lost: [Conflict] = []
        let baseTree = try repository.commit(base).tree
        for (mine, others, otherTip) in [(one, two, theirs), (two, one, ours)] {
            let other = Dictionary(others.map { ($0.path, $0) }) { first, _ in first }
            let otherTree = try repository.commit(otherTip).tree
            // An edit of theirs that follows a rename of ours changes what stands at our new path.
            let followed = mine.contains { change in change.new == nil && other[change.path]?.new != nil }
            for change in mine {
                let held = try repository.treeEntry(change.path, in: merged).flatMap { $0.isTree ? nil : $0 }
                let against = other[change.path]
                if against == nil, held != change.new, !(followed && change.old == nil) {
                    lost.append(unproven(change, "CONFLICT (file/directory)"))
                } else if let against, let new = change.new, against.old == nil, change.old == nil,
                    let theirs = against.new, theirs.mode != new.mode
                {
                    lost.append(unproven(change, "CONFLICT (contents)"))
                } else if change.old == nil, change.new != nil,
                    try movedFolder(of: change.path, others, baseTree, otherTree)
                {
                    lost.append(unproven(change, "CONFLICT (directory rename suggested)"))
                }
            }
        }
        var seen: Set<RepoPath> = []
        return lost.filter { seen.insert($0.path).inserted }
    }

    private func unproven(_ change: Change, _ type: String) -> Conflict {
        Conflict(
            path: change.path, types: [type],
            entries: ThreeWay(base: change.old, ours: change.new, theirs: nil),
            hunks: [])
    }

    /// Whether the other side moved away the folder that a path was added to.
    private func movedFolder(
        of path: RepoPath, _ others: [Change], _ base: ObjectID, _ other: ObjectID
    ) throws(GitError) -> Bool {
        guard let slash = path.bytes.lastIndex(of: 47) else { return false }
        let folder = RepoPath(bytes: path.bytes[..<slash])
        guard try repository.treeEntry(folder, in: base)?.isTree == true,
            try repository.treeEntry(folder, in: other)?.isTree != true
        else { return false }
        let prefix = folder.bytes + [47]
        let gone = others.filter { $0.new == nil && $0.path.bytes.starts(with: prefix) }
        let added = others.filter { $0.old == nil }
        func name(_ path: RepoPath) -> ArraySlice<UInt8>? { path.bytes.split(separator: 47).last }
        return gone.contains { old in
            added.contains { $0.new?.id == old.old?.id || name($0.path) == name(old.path) }
        }
    }
}
