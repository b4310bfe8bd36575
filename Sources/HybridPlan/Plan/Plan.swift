/// A plan: the document that splits a task between an orchestrator and parallel workers.
///
/// Markdown, YAML and JSON all give this one model; see ``PlanFormat``.
public struct Plan: Hashable, Sendable {
    /// What is to be done, and what it would cost without splitting.
    public var task: PlannedTask
    /// The side that prepares interfaces, integrates and tests.
    public var orchestrator: Orchestrator
    /// The units of parallel work, in plan order.
    public var jobs: [Job]
    /// Commands that must succeed in the merged tree before the target moves.
    public var verify: [Command]
    /// The branch that the run integrates into; the current branch when nil.
    public var target: String?
    /// Export lists that are written by rule after the merge.
    public var exports: [ExportList]
    /// The repository-relative path of the BUILDSTATE file to update in the run, if the plan asks for one.
    public var buildState: RepoRelativePath?
    /// Lands what is clean and verified although other jobs were left out.
    ///
    /// Default: all or nothing.
    public var landTheRest: Bool
    /// What becomes of workers that touched what they had not claimed.
    public var audit: AuditPolicy
    /// What becomes of workers whose commits between base and tip are not as claimed.
    public var auditHistory: HistoryPolicy
    /// What becomes of files that many jobs touch at once.
    public var hot: [HotFile]
    /// What becomes of a run whose verify commands fail before any worker changed anything.
    public var redBase: RedBasePolicy
    /// What becomes of work that a worker left beside its branch.
    public var beside: BesidePolicy
    /// Verifies each worker on its own branch before it is merged.
    public var verifyAlone: Bool
    /// The most verifications that tracing one failure may cost; nil: the user's setting.
    public var verifyBudget: Int?
    /// Commands that make a fresh worktree ready, run once in each, before the jobs' own; the user's setting where there is
    /// none.
    public var setup: [Command]
    /// Ignored files of the user's checkout that worktrees get, beside what `.worktreeinclude` names.
    public var copy: [BroughtFiles]
    /// How many ports in a row each worktree has for itself; nil: 10.
    public var ports: Int?
    /// Whether fresh worktrees get the submodules that the main checkout has initialised; nil: yes.
    public var submodules: Bool?

    /// The agent that does the jobs that have a task and name none of their own.
    public var agent: AgentName?
    /// Names, patterns and interfaces that all agents are told to keep to.
    public var conventions: String?

    /// Makes a plan.
    public init(
        task: PlannedTask, orchestrator: Orchestrator = .init(), jobs: [Job] = [], verify: [Command] = [],
        target: String? = nil, exports: [ExportList] = [], buildState: RepoRelativePath? = nil,
        landTheRest: Bool = false, audit: AuditPolicy = .refuse,
        auditHistory: HistoryPolicy = .refuse, hot: [HotFile] = [],
        redBase: RedBasePolicy = .stop, beside: BesidePolicy = .report, verifyAlone: Bool = false,
        verifyBudget: Int? = nil, setup: [Command] = [], copy: [BroughtFiles] = [], ports: Int? = nil,
        submodules: Bool? = nil, agent: AgentName? = nil, conventions: String? = nil
    ) {
        self.agent = agent
        self.conventions = conventions
        self.task = task
        self.orchestrator = orchestrator
        self.jobs = jobs
        self.verify = verify
        self.target = target
        self.exports = exports
        self.buildState = buildState
        self.landTheRest = landTheRest
        self.audit = audit
        self.auditHistory = auditHistory
        self.hot = hot
        self.redBase = redBase
        self.beside = beside
        self.verifyAlone = verifyAlone
        self.verifyBudget = verifyBudget
        self.setup = setup
        self.copy = copy
        self.ports = ports
        self.submodules = submodules
    }
}
