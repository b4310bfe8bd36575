import HybridGit

/// Which folders each side renamed: where most of a folder's files went, where the folder itself is gone.
///
/// A folder that both sides renamed counts for neither, so that each side's files stay where that side put them.
struct FolderRenames {
    /// The folders that a side renamed, and their new place.
    private(set) var moved: PerSide<[RepoPath: RepoPath]>
    /// The folders whose files went to several places, none of them the place of most.
    private(set) var unclear: PerSide<[RepoPath]>

    init(_ counts: PerSide<[RepoPath: [RepoPath: Int]]>, isWanted: Bool) {
        moved = PerSide(repeating: [:])
        unclear = PerSide(repeating: [])
        guard isWanted else { return }
        for side in Side.allCases {
            for (folder, targets) in counts[side] {
                guard let most = targets.values.max() else { continue }
                let best = targets.filter { $0.value == most }
                if best.count > 1 {
                    unclear[side].append(folder)
                } else if let target = best.keys.first {
                    moved[side][folder] = target
                }
            }
            unclear[side].sort()
        }
        for folder in moved.ours.keys where moved.theirs[folder] != nil {
            moved.ours[folder] = nil
            moved.theirs[folder] = nil
        }
    }

    /// The nearest folder above `path` that a side renamed.
    func renamed(above path: RepoPath, by side: Side) -> (old: RepoPath, new: RepoPath)? {
        guard !moved[side].isEmpty else { return nil }
        for folder in path.parents {
            if let new = moved[side][folder] { return (folder, new) }
        }
        return nil
    }
}

/// The paths that would all be moved to one place because folders were renamed.
struct FolderCollision {
    /// The paths, sorted, each once.
    var sources: [RepoPath] = []
    /// Whether it was said already.
    var isReported = false
}
