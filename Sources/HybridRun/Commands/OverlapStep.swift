public import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan
public import HybridRecords
internal import HybridReport
internal import HybridSystem

/// A plan that claims what another run of this repository, which is not over, claims too.
///
/// An answer rather than a failure: the plans overlap.
public struct RunOverlap: ToldError, Hashable, Sendable, CustomStringConvertible {
    /// Who claims it here: a job's name, or the orchestrator.
    public var job: String
    /// This side's claim.
    public var claim: String
    /// The other run.
    public var run: RunID
    /// Where the other run stands.
    public var state: RunState
    /// Who claims it there.
    public var otherJob: String
    /// The other side's claim.
    public var otherClaim: String
    /// A path that both cover.
    public var path: String
    /// How they meet, as in ``CheckReport/Overlap/kind``.
    public var kind: String
    /// Whether a process works on the other run now.
    public var isAtWork: Bool

    /// Both runs, both jobs, a path, and what to do.
    public var description: String { "\(who); \(next)" }

    /// The same as an error about the path.
    package var told: [HybridError] {
        [HybridError(.overlap, RepoPath(path).description, who, next: next)]
    }

    private var who: String {
        let claims =
            claim == otherClaim ? "" : " (claims \(RepoPath(claim)) and \(RepoPath(otherClaim)))"
        return
            "\(neutralise(job)) and \(neutralise(otherJob)) of run \(run), which is \(state.rawValue), both claim \(RepoPath(path))\(claims), kind \(kind)"
    }

    private var next: String {
        let wait =
            isAtWork
            ? "wait for that run (hybrid status \(run) --watch)"
            : "finish that run first (hybrid resume \(run))"
        return "\(wait), end it (hybrid stop \(run)), or narrow the claim"
    }
}

/// Refuses a run whose claims meet those of one that is under way.
struct OverlapStep: RunPart {
    let context: RunContext
    private var nextStep: NextStep { NextStep(context) }

    init(_ context: RunContext) { self.context = context }

    /// Whether a run stands in nobody's way until it goes on: it failed before anything was launched, or whoever began it
    /// was killed before that.
    func standsAside(_ run: RunRecord) -> Bool {
        if run.gaveWay { return true }
        // Whoever began it has a moment to take its lock, and looks again when it has it.
        let age = WallClock.now() - run.createdAt
        return run.state == .preparing && age > 3 && !nextStep.isAtWork(run)
    }

    /// Takes the lock under which runs are compared and begun, so that two at once see each other.
    func beginLock() throws -> RunLock {
        try RunLock(paths.hybrid + "/begin.lock", what: "the beginning of a run", patience: 60)
    }

    /// Throws ``RunOverlap`` where a plan claims what an open run claims; the lock of ``beginLock()`` is held.
    ///
    /// Dependencies are only read and do not count. The target does not matter: what two runs wrote in one place meets
    /// when their branches do. What both plans have written by rule, or as a hot file that any job may touch, is made
    /// anew on whatever the target holds by then, so it does not count; other files of an orchestrator are prepared
    /// before the workers start and are merged as theirs are, so they do.
    func refuseOverlap(of plan: Plan, run own: RunID?, at tip: ObjectID) throws {
        let open = try ledger.runs().filter { $0.state.isOpen && !standsAside($0) && $0.id != own }
        guard !open.isEmpty else { return }
        let tree = try CommitTree(repository, commit: tip)
        for run in open.reversed() {
            let other = try runs.plan(of: run)
            guard let pair = try Self.meeting(plan, other, tree, Ctags(environment: host.environment)) else {
                continue
            }
            throw RunOverlap(
                job: pair.jobs[0], claim: pair.claims[0], run: run.id, state: run.state,
                otherJob: pair.jobs[1], otherClaim: pair.claims[1], path: pair.path, kind: pair.kind,
                isAtWork: nextStep.isAtWork(run))
        }
    }

    /// The first place where the claims of two plans meet, this plan's side first; nil where they keep apart.
    private static func meeting(
        _ one: Plan, _ two: Plan, _ tree: CommitTree, _ symbols: Ctags
    ) throws -> CheckReport.Overlap? {
        let ours = parties(one.withHotClaims)
        let theirs = parties(two.withHotClaims)
        var both = Plan(task: one.task)
        both.jobs = ours + theirs
        // Paths that nobody needs to claim on either side.
        both.hot = Set(free(one)).intersection(free(two)).sorted().map { HotFile(path: $0, policy: .union) }
        let sections = SectionMap(symbols: symbols) { try tree.content(of: $0) }
        try sections.prepare(both.jobs.flatMap(\.files))
        let search = try OverlapSearch(both, BaseFacts(tree), judge: sections)
        for pair in try search.run() {
            let sides = pair.overlap.indices
            guard sides.count == 2, (sides[0] < ours.count) != (sides[1] < ours.count) else { continue }
            var found = pair.overlap
            if sides[0] >= ours.count {
                found.jobs.reverse()
                found.claims.reverse()
            }
            return found
        }
        return nil
    }

    /// Everybody of a plan who writes, as jobs with nothing but claims.
    private static func parties(_ plan: Plan) -> [Job] {
        let rule = plan.exports.map(\.file) + [plan.buildState].compactMap { $0 }
        let own = plan.orchestrator.files + rule.map { Claim(path: $0) }
        let jobs = plan.jobs.map { ("job \($0.name)", $0.files) } + [("the orchestrator", own)]
        return jobs.map { name, files in
            Job(name: name, id: JobID(unchecked: name), files: files.filter { $0.kind != .read })
        }
    }

    private static func free(_ plan: Plan) -> [String] {
        plan.exports.map(\.file) + [plan.buildState].compactMap { $0 }
            + plan.hot.filter(\.policy.isShared).map(\.path)
    }
}
