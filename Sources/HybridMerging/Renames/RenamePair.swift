import HybridGit

/// A path that one side took away, added, or moved.
struct RenamePair: Sendable {
    /// Where it was at the merge base; nil for an addition.
    var source: RenameFile?
    /// Where it is on the side; nil for a deletion.
    var target: RenameFile?

    var isRename: Bool { source != nil && target != nil }
}

/// A rename that one side made.
struct SideRename {
    var side: Side
    var source: RepoPath
    var target: RepoPath
}

/// A file that takes part in rename detection.
struct RenameFile: Sendable {
    var path: RepoPath
    var entry: TreeEntry
}

/// Why a path that a side took away is worth looking for; the others are only matched when they are the same to the byte.
enum SourceRelevance: Sendable {
    /// The other side changed or deleted the file too: its change must follow the rename.
    case content
    /// A folder above may have been renamed, and this file helps to tell where to.
    case location
    /// It was wanted for its folder only, and the folder's new place is certain without it.
    case settled
}

/// Whether the new place of a folder that a side took away matters.
enum FolderRelevance: Int, Sendable {
    /// It does not.
    case none
    /// It matters for a folder above.
    case forAncestor
    /// The other side added a file directly in it.
    case forSelf
}

/// Where the files of each folder went: old folder, new folder, number of files.
struct FolderMoves {
    private(set) var counts: [RepoPath: HashOrderedMap<Int>] = [:]

    /// Stands for files that are gone and not found yet; no folder has this name.
    static let unknown = RepoPath("/")

    var isEmpty: Bool { counts.isEmpty }

    /// Counts a renamed file for its folder, and for the folders above while the names below stay the same.
    ///
    /// `a/b/c/d/e/f` that becomes `a/b/some/thing/e/f` says that `a/b/c/d/e` became `a/b/some/thing/e` and that `a/b/c/d`
    /// became `a/b/some/thing`, and nothing of `a/b/c`. Source: git's "directory rename detection" notes.
    mutating func count(
        from source: RepoPath, to target: RepoPath, removed: [RepoPath: FolderRelevance]
    ) {
        var (old, new) = (source, target)
        var isFirst = true
        while true {
            let (oldName, newName) = (old.lastComponent, new.lastComponent)
            old = old.parent
            guard let relevance = removed[old] else { return }
            new = new.parent
            if !isFirst, !oldName.elementsEqual(newName) { return }
            if relevance == .forSelf || isFirst { counts[old, default: HashOrderedMap()].add(1, to: new) }
            isFirst = false
            if relevance == .none || old.isRoot || new.isRoot { return }
        }
    }

    /// Counts a file of `folder` that is gone and not found.
    mutating func countUnknown(in folder: RepoPath) {
        counts[folder, default: HashOrderedMap()].add(1, to: Self.unknown)
    }

    /// The folder that most files of each folder went to; of equally many, the first in git's order.
    var guesses: [RepoPath: RepoPath] {
        counts.compactMapValues { counts in
            var best: (RepoPath, Int)?
            for (folder, count) in counts.ordered where count > best?.1 ?? 0 { best = (folder, count) }
            return best?.0
        }
    }

    /// Whether no file that is still looked for can change where most files of `folder` went.
    func isSettled(_ folder: RepoPath) -> Bool {
        var (first, second, unknown) = (0, 0, 0)
        for (target, count) in counts[folder]?.ordered ?? [] {
            if target == Self.unknown {
                unknown = count
            } else if count >= first {
                (first, second) = (count, first)
            } else if count >= second {
                second = count
            }
        }
        return first > second + unknown
    }

    /// What is left when looking is over: only folders whose new place matters, and no unknown places.
    func final(removed: [RepoPath: FolderRelevance]) -> [RepoPath: [RepoPath: Int]] {
        var kept: [RepoPath: [RepoPath: Int]] = [:]
        for (folder, counts) in counts where (removed[folder] ?? .none) != .none {
            var known: [RepoPath: Int] = [:]
            for (target, count) in counts.ordered where target != Self.unknown { known[target] = count }
            kept[folder] = known
        }
        return kept
    }
}

extension HashOrderedMap<Int> {
    fileprivate mutating func add(_ count: Int, to key: RepoPath) { self[key] = (self[key] ?? 0) + count }
}
