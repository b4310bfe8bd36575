internal import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan

/// A path that a worker asked for while it worked, and got.
public struct ClaimGrant: Codable, Hashable, Sendable {
    /// The run's id.
    public var run: RunID
    /// The job's id.
    public var job: JobID
    /// The path or pattern.
    public var path: String
    /// What the job may do there, as ``Claim/Kind`` spells it.
    public var kind: String
    /// Whether the worker has its answer: before, the grant holds against others and does not count.
    ///
    /// Nil, which counts, in older versions' records.
    public var told: Bool?

    /// Makes a grant.
    public init(run: RunID, job: JobID, path: String, kind: String) {
        self.run = run
        self.job = job
        self.path = path
        self.kind = kind
    }

    /// The grant as the claim that it adds to the plan.
    package var claim: Claim { Claim(path: path, kind: Claim.Kind(rawValue: kind) ?? .write) }

    /// The grant as the report lists it.
    package func finding(_ name: String) -> FindingRecord {
        FindingRecord(
            run: run, kind: .claim, jobs: [job], path: RepoPath(path).description,
            message: "\(name) asked for \(RepoPath(path)) while it worked, and got it (\(kind))")
    }
}
