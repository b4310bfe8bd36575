internal import HybridBase
package import HybridGit
internal import HybridMerging
package import HybridPlan
internal import HybridUserGit

/// Decides about writes before they happen.
///
/// May this worker write this path, and if not, whose is it?
///
/// Advice only: what a worker really did is for ``Audit`` to prove, from git alone. A worker is known by the claims
/// file in its worktree's git directory. What no worker does is always allowed, without a word; what a worker does
/// whose claims cannot be read is never.
public struct Guard: Sendable {
    /// The folder that paths are relative to, absolute.
    public var folder: String
    /// The environment, for hybrid's own variables and git's.
    public var environment: [String: String]
    /// The worktree of the worker, where somebody names it.
    public var worktree: String?

    /// Makes a guard.
    public init(folder: String, environment: [String: String], worktree: String? = nil) {
        self.folder = folder
        self.environment = environment
        self.worktree = worktree
    }

    /// A path that somebody is about to write.
    public struct Target: Hashable, Sendable {
        /// The path, absolute or relative to the folder.
        public var path: String
        /// Whether it is to be removed.
        public var isDelete: Bool

        /// Makes a target.
        public init(_ path: String, isDelete: Bool = false) {
            self.path = path
            self.isDelete = isDelete
        }
    }

    /// Whether these writes are allowed.
    ///
    /// Reads the claims file and a `.git` or two, nothing else. Grows with the number of claims.
    public func answer(_ targets: [Target]) -> GuardAnswer {
        switch subject(targets.map(\.path)) {
        case .nobody: return .silent
        case .unknown(_, let error): return GuardAnswer(refusing: targets.map(\.path), error)
        case .worker(let place, let claims):
            return GuardAnswer(claims, targets.compactMap { judged($0, place, claims) })
        }
    }

    /// Whether what an agent is about to do is allowed.
    func answer(_ call: AgentCall) -> GuardAnswer {
        let paths = call.targets.map(\.path)
        guard call.makesWorktree, case .worker(let place, let claims) = subject(paths) else {
            return call.targets.isEmpty && !call.makesWorktree ? .silent : answer(call.targets)
        }
        return GuardAnswer(
            claims, [Self.ownWorktree(place)] + call.targets.compactMap { judged($0, place, claims) })
    }

    /// What is said about a worktree that an agent would make for itself.
    ///
    /// Its work there is on a branch that the run knows nothing of: the worker would have done nothing.
    private static func ownWorktree(_ place: GuardPlace) -> GuardAnswer.Path {
        GuardAnswer.Path(
            path: "another worktree",
            reason: "this worker has one already, and what is done elsewhere is not taken in",
            next: "work below \(RepoPath(place.root))", act: "make")
    }

    /// Who is about to write these paths.
    package func subject(_ paths: [String]) -> GuardSubject {
        if let worktree {
            return GuardSubject(
                around: [GuardPath.real(GuardPath.joined(worktree, to: folder)) ?? worktree], environment)
        }
        let named = GuardSubject(named: environment)
        if !named.isNobody { return named }
        return GuardSubject(
            around: [GuardPath.real(folder) ?? folder]
                + paths.flatMap { GuardPath.landings(of: $0, from: folder) }, environment)
    }

    /// What is said about one path; nil where it is none of this repository's.
    private func judged(_ target: Target, _ place: GuardPlace, _ claims: GuardClaims) -> GuardAnswer.Path? {
        guard !target.path.utf8.contains(0) else {
            return refused(target.path, "it holds a NUL character", place)
        }
        var allowed: GuardAnswer.Path?
        for landing in GuardPath.landings(of: target.path, from: folder) {
            guard let judged = judged(landing, target.isDelete, place, claims) else { continue }
            if !judged.isAllowed { return judged }
            allowed = allowed ?? judged
        }
        return allowed
    }

    private func judged(
        _ landing: String, _ isDelete: Bool, _ place: GuardPlace, _ claims: GuardClaims
    ) -> GuardAnswer.Path? {
        for folder in [place.admin, place.common] where landing.lies(in: folder) {
            return refused(landing, "it lies in the git directory", place)
        }
        guard let owner = GuardPlace.around(landing).first(where: { $0.common.hasBytes(of: place.common) })
        else {
            return nil
        }
        guard owner.root.hasBytes(of: place.root) else {
            return refused(landing, "it lies in \(named(owner))", place)
        }
        let path = String(landing.rest(behind: place.root == "/" ? "/" : place.root + "/") ?? "")
        if let first = path.pathParts.first, PathRules.isGitFolder(first) {
            return refused(path, "it lies in the git directory", place)
        }
        let readings: [Audit.Touched]
        if isDelete {
            readings = [Audit.Touched(path: path, isDelete: true)]
        } else if GuardPath.exists(landing) {
            // It may have stood at the base, or the worker made it itself a moment ago.
            readings = [Audit.Touched(path: path), Audit.Touched(path: path, isCreate: true)]
        } else {
            readings = [Audit.Touched(path: path, isCreate: true)]
        }
        return Self.path(RepoPath(path), claims, GuardRule.breach(claims, anyOf: readings))
    }

    private func named(_ place: GuardPlace) -> String {
        guard place.name != nil else { return "the main worktree" }
        if case .worker(_, let claims) = GuardSubject(of: place, [:]) {
            return "the worktree of \(neutralise(claims.own.name))"
        }
        return "another worktree, \(RepoPath(place.root))"
    }

    private func refused(_ path: String, _ reason: String, _ place: GuardPlace) -> GuardAnswer.Path {
        GuardAnswer.Path(
            path: RepoPath(path).description, reason: reason, holder: nil, nearestClaim: nil,
            next: "work below \(RepoPath(place.root))")
    }

    /// What is said about a path of the worker's own worktree.
    package static func path(_ path: RepoPath, _ claims: GuardClaims, _ breach: Audit.Breach?)
        -> GuardAnswer.Path
    {
        guard let breach else {
            return GuardAnswer.Path(
                path: path.description, reason: nil, holder: nil, nearestClaim: nil, next: nil)
        }
        let ask =
            "hybrid claim add \(ShellWord.bare(path.description)) --job \(claims.own.job)"
        let next =
            if let owner = breach.owner { "leave it to \(neutralise(owner))" } else if claims.policy == .ask {
                "ask the person who leads the run, who may type: \(ask)"
            } else { "ask for it: \(ask)" }
        return GuardAnswer.Path(
            path: path.description, reason: breach.reason, holder: breach.owner.map(neutralise),
            nearestClaim: breach.nearestClaim.map { RepoPath($0).description }, next: next)
    }
}
