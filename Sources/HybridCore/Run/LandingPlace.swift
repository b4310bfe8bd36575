internal import HybridGit
internal import HybridMerging

/// What is in the way where the target is checked out.
extension Conductor {
    /// Why a checked-out branch cannot be moved under its worktree from one commit to another; nil when it can.
    ///
    /// Only what the move changes counts: git leaves the user's other work as it is, staged or not.
    func obstacle(_ there: Worktree, from old: ObjectID, to new: ObjectID) throws -> String? {
        let opened = try Repository(at: there.path)
        for lock in there.branch.map({ locks(of: opened, $0) }) ?? [] where !Patience.waitUntilGone(lock) {
            return isLocked(lock)
        }
        if let operation = opened.operationInProgress() {
            return "a \(operation) is under way in \(there.path)"
        }
        let changes = try ChangeSet.between(base: old, tip: new, in: repository).changes
        let obstacles = try opened.obstacles(to: changes.map { ($0.path, $0.old, $0.new) })
        guard let first = obstacles.first else { return nil }
        let some = Self.some(first.path, of: obstacles.count { $0.kind == first.kind })
        return switch first.kind {
        case .changed: "\(there.path) has uncommitted changes in what this changes (\(some))"
        case .untracked: "untracked files are in the way in \(there.path) (\(some))"
        case .unmerged: "\(there.path) has a merge conflict that is not resolved (\(some))"
        }
    }

    /// One path, and how many more there are.
    static func some(_ path: RepoPath, of count: Int) -> String {
        count > 1 ? "\(path) and \(count - 1) more" : "\(path)"
    }
}
