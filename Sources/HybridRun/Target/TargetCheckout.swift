internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridUserGit

/// The worktree in which a target is checked out, and what is in the way of moving it there.
struct TargetCheckout {
    private let there: Worktree
    private let opened: Repository

    /// Opens the worktree; throws `unsupported` where its index cannot be read.
    init(_ there: Worktree) throws {
        self.there = there
        opened = try Repository(at: there.path)
    }

    /// The locks that git takes in turn when it moves a branch that is checked out.
    static func locks(of opened: Repository, _ branch: BranchName) -> [String] {
        ["index.lock", "ORIG_HEAD.lock", "HEAD.lock"].map { opened.gitDirectory + $0 }
            + [opened.commonDirectory + branch.ref.text + ".lock"]
    }

    /// What to say of a lock that is not hybrid's to remove.
    static func isLocked(_ lock: String) -> String {
        "\(lock) is there: git works there, or was killed (then remove the file)"
    }

    /// Why the branch cannot be moved under its worktree by these changes; nil when it can.
    ///
    /// Only what the move changes counts: git leaves the user's other work as it is, staged or not.
    func obstacle(to changes: [Change], patience: Double = Patience.locks) throws -> String? {
        if let busy = busy(patience) { return busy }
        let obstacles = try opened.obstacles(to: changes.map { ($0.path, $0.old, $0.new) })
        guard let first = obstacles.first else { return nil }
        let some = Self.some(first.path, of: obstacles.count { $0.kind == first.kind })
        return switch first.kind {
        case .changed: "\(there.path) has uncommitted changes in what this changes (\(some))"
        case .untracked: "untracked files are in the way in \(there.path) (\(some))"
        case .unmerged: "\(there.path) has a merge conflict that is not resolved (\(some))"
        }
    }

    /// What the user has staged there; nil for nothing.
    func staged() throws -> String? {
        let staged = try opened.status().filter(\.staged)
        guard let first = staged.first else { return nil }
        return "\(there.path) has staged changes (\(Self.some(first.path, of: staged.count)))"
    }

    /// What git is in the middle of there, for longer than so many seconds.
    private func busy(_ patience: Double) -> String? {
        for lock in there.branch.map({ Self.locks(of: opened, $0) }) ?? []
        where !Patience.waitUntilGone(lock, seconds: patience) {
            return Self.isLocked(lock)
        }
        return operation
    }

    /// What people began there and did not finish; git moves nothing then, or moves something else.
    var operation: String? { opened.operationInProgress().map { "a \($0) is under way in \(there.path)" } }

    /// One path, and how many more there are.
    private static func some(_ path: RepoPath, of count: Int) -> String {
        count > 1 ? "\(path) and \(count - 1) more" : "\(path)"
    }

    // MARK: Before a run

    /// What would hold a landing up as things are now: it may be gone when it matters, so nothing is refused.
    func warnings(_ plan: Plan, _ branch: BranchName) throws -> [Preflight.Finding] {
        func warning(_ id: String, _ reason: String, next: String) -> Preflight.Finding {
            .init(
                warning: id,
                HybridError(
                    .dirtyCheckout, "\(branch) in \(RepoPath(there.path))",
                    "\(reason): it does not move while that is so",
                    next: next))
        }
        // A command that the user types is over by then, and nobody waits for the others.
        if let reason = try obstacle(to: [], patience: 0.5) {
            return [warning("checkout-busy", reason, next: "finish it before the run lands: git status")]
        }
        var found: [Preflight.Finding] = []
        let claimed = try inClaims(plan)
        let changed = claimed.filter { $0.kind != .untracked }
        if let first = changed.first {
            found.append(
                warning(
                    "uncommitted",
                    "jobs may change what is not committed there (\(Self.some(first.path, of: changed.count)))",
                    next: "commit or stash it: workers do not see it, and start without it"))
        }
        let untracked = claimed.filter { $0.kind == .untracked }
        if let first = untracked.first {
            found.append(
                warning(
                    "untracked",
                    "jobs may make files that stand there untracked (\(Self.some(first.path, of: untracked.count)))",
                    next: "commit them, or move them away"))
        }
        return found
    }

    /// What differs from HEAD there in places that jobs may write.
    private func inClaims(_ plan: Plan) throws -> [StatusEntry] {
        let claims = plan.jobs.flatMap(\.files).filter { $0.kind != .read && !$0.isExcluded }
        guard !claims.isEmpty else { return [] }
        let places = Set(claims.map { RepoPath(PathPattern($0.path, isLiteral: false).fixedFolder) })
        let status =
            places.contains(RepoPath("")) || places.count > 1000
            ? try opened.status() : try opened.status(of: places.sorted())
        guard !status.isEmpty else { return [] }
        let sets = plan.jobs.map { ClaimSet(ofBothReadings: $0.files) }
        return status.filter { entry in
            sets.contains { set in set.covers(entry.path.text).map { $0.kind != .read } ?? false }
        }
    }

    /// How many bytes git says its files take.
    func size() throws -> UInt64 { try opened.indexedSize() }
}
