package import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan
internal import HybridUserGit

/// What the guard says about some writes.
public struct GuardAnswer: Hashable, Sendable {
    /// What is to become of them.
    public enum Decision: String, Hashable, Sendable, CaseIterable {
        case allow, deny, ask, warn
    }

    /// One path.
    public struct Path: Hashable, Sendable {
        /// The path from the repository's root where it lies in the worktree, safe to show.
        public var path: String
        /// Why it may not be written; nil where it may.
        public var reason: String?
        /// Whose it is; nil where it is nobody's.
        public var holder: String?
        /// The worker's claim that comes nearest.
        public var nearestClaim: String?
        /// What to do instead.
        public var next: String?
        /// What would be done with it, as the end of "may not ...".
        package var act: String

        package init(
            path: String, reason: String? = nil, holder: String? = nil, nearestClaim: String? = nil,
            next: String? = nil, act: String = "write"
        ) {
            self.act = act
            self.path = path
            self.reason = reason
            self.holder = holder
            self.nearestClaim = nearestClaim
            self.next = next
        }

        /// Whether it may be written.
        public var isAllowed: Bool { reason == nil }
    }

    /// The worker asked about; nil where none is concerned.
    public struct Worker: Hashable, Sendable {
        /// The run's id.
        public var run: RunID
        /// The job's id.
        public var job: JobID
        /// The job's name.
        public var name: String

        package init(run: RunID, job: JobID, name: String) {
            self.run = run
            self.job = job
            self.name = name
        }
    }

    /// The decision about all paths together.
    public var decision: Decision
    /// Whose writes they are; nil where no worker's are concerned, or it cannot be told whose.
    public var worker: Worker?
    /// The paths that were looked at; none outside workers' worktrees.
    public var paths: [Path]

    /// No worker is concerned.
    static let silent = GuardAnswer(decision: .allow, worker: nil, paths: [])

    /// An answer by a worker's policy.
    package init(_ claims: GuardClaims, _ paths: [Path]) {
        let decision: Decision =
            switch claims.policy {
            case .deny: .deny
            case .ask: .ask
            case .warn: .warn
            }
        self.init(
            decision: paths.allSatisfy(\.isAllowed) ? .allow : decision,
            worker: Worker(run: claims.run, job: claims.own.job, name: claims.own.name), paths: paths)
    }

    /// Nothing is allowed, because nobody can tell what would be.
    package init(refusing paths: [String], _ error: HybridError) {
        self.init(
            decision: .deny, worker: nil,
            paths: paths.map {
                Path(
                    path: RepoPath($0).description, reason: neutralise(error.description), holder: nil,
                    nearestClaim: nil, next: nil)
            })
    }

    private init(decision: Decision, worker: Worker?, paths: [Path]) {
        self.decision = decision
        self.worker = worker
        self.paths = paths
    }

    /// Whether the write has to be stopped, where nobody can be asked.
    public var isStop: Bool { decision == .deny || decision == .ask }

    /// The refusals, a line each; empty where all is allowed.
    public func refusals() -> String {
        let who = worker.map { neutralise($0.name) } ?? "this worker"
        return paths.filter { !$0.isAllowed }.map { path in
            var line = "hybrid: \(who) may not \(path.act) \(path.path): \(path.reason ?? "")"
            if let holder = path.holder { line += "; \(holder) holds it" }
            if let claim = path.nearestClaim { line += "; its nearest claim is \(claim)" }
            if let next = path.next { line += "; \(next)" }
            return line
        }.joined(separator: "\n")
    }

    /// The answer for a person.
    public func text() -> String {
        let allowed = paths.filter(\.isAllowed).map { "\($0.path): allowed" }
        let refused = refusals()
        return (allowed + (refused.isEmpty ? [] : [refused])).joined(separator: "\n")
    }
}

extension GuardAnswer: Answer {
    package static let schemaName = "guard"
    package static let schemaUse = "guard: whether a worker may write these paths"
    package static let jsonFields: [Field<GuardAnswer>] = [
        Field("decision", "About all paths together.", \.decision),
        Field("worker", "Whose writes they are; null where no worker's are concerned.", \.worker),
        Field("paths", "The paths that were looked at; none outside workers' worktrees.", \.paths),
    ]
}

extension GuardAnswer.Decision: DescribedWord {}

extension GuardAnswer.Worker: DescribedObject {
    package static let jsonFields: [Field<GuardAnswer.Worker>] = [
        Field("run", "The run's id.", \.run),
        Field("job", "The job's id.", \.job),
        Field("name", "The job's name.", \.name),
    ]
}

extension GuardAnswer.Path: DescribedObject {
    package static let jsonFields: [Field<GuardAnswer.Path>] = [
        Field("path", "The path from the repository's root where it lies in the worktree.", \.path),
        Field("allowed", "Whether it may be written.", \.isAllowed),
        Field("reason", "Why not; null where it may.", \.reason),
        Field("holder", "Whose it is; null where it is nobody's.", \.holder),
        Field("nearest_claim", "The worker's claim that comes nearest.", \.nearestClaim),
        Field("next", "What to do instead.", \.next),
    ]
}
