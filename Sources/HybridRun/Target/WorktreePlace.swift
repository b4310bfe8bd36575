internal import HybridBase
internal import HybridGit
internal import HybridGuard
internal import HybridPlan

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The folder in which a run makes its worktrees, before it is there.
struct WorktreePlace {
    private let path: String

    init(_ path: String) { self.path = path }

    private static let elsewhere = "put worktrees elsewhere: git config hybrid.worktrees FOLDER"

    /// Throws where no worktree can be made in it.
    func refuseUnusable() throws {
        if path.utf8.contains(10) || path.unicodeScalars.last?.properties.isWhitespace == true {
            throw HybridError(
                .unsupported, RepoPath(path).description,
                "git cannot keep a worktree's place where it holds a line break or ends with a space",
                next: Self.elsewhere)
        }
        guard let problem = Access.problem(nearest) else { return }
        throw HybridError(
            .notWritable, RepoPath(path).description,
            "the folder for worktrees cannot be made or used: \(problem.thing): \(problem.reason)",
            next: [problem.next, "or " + Self.elsewhere].compactMap { $0 }.joined(separator: ", "))
    }

    /// What is said where the disk has no room for the worktrees that a plan needs at once, of `size` bytes each.
    func warning(_ plan: Plan, _ size: UInt64) throws -> Preflight.Finding? {
        var facts = statvfs()
        guard unsafe statvfs(nearest, &facts) == 0 else { return nil }
        let free = UInt64(facts.f_bavail) * UInt64(facts.f_frsize)
        // One more for verification.
        let count = UInt64(plan.jobs.count + 1)
        guard size.multipliedReportingOverflow(by: count).partialValue > free else { return nil }
        return .init(
            warning: "disk",
            HybridError(
                .noSpace, RepoPath(path).description,
                "its disk has \(Self.megabytes(free)) free, and \(count) worktrees of \(Self.megabytes(size)) may come to lie there",
                next: "free space there, or " + Self.elsewhere))
    }

    private static func megabytes(_ bytes: UInt64) -> String { "\(bytes >> 20) MB" }

    /// The folder itself, or the nearest one above it that is there.
    private var nearest: String {
        var here = path
        while !GuardPath.exists(here), let above = here.pathFolder { here = String(above) }
        return here
    }
}
