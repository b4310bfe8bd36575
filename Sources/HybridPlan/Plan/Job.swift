/// One unit of parallel work; it becomes a worker.
public struct Job: Hashable, Sendable {
    /// The name as the author wrote it.
    public var name: String
    /// The name within refs and folders: `[a-z0-9-]`, unique in the plan.
    public var id: JobID
    /// What it may touch.
    public var files: [Claim]
    /// Read-only claims: what must exist before the job starts.
    public var dependencies: [Claim]
    /// Names of jobs that must be integrated first.
    public var needs: [String]
    /// Its planned time.
    public var estimate: Estimate?
    /// The worker's command; nil where a person launches by hand.
    public var command: Command?
    /// Who does it, where an agent does; nil: the plan's agent.
    public var agent: AgentName?
    /// What an agent is to do; nil where a command or a person does it.
    public var task: String?
    /// Commands that test this component alone.
    public var verify: [Command]
    /// How often a failed command is tried again.
    ///
    /// Default 0.
    public var retries: Int
    /// The longest the command may take, in seconds; nil: the run's default.
    public var timeoutSeconds: Int?
    /// The wave the author wants it in, from 1; advice that can only delay.
    public var wave: Int?
    /// Whether it has succeeded as well when its command did and changed nothing.
    public var mayChangeNothing: Bool
    /// Commands that make its worktrees ready, run after the plan's.
    public var setup: [Command]

    /// Makes a job.
    public init(
        name: String, id: JobID, files: [Claim] = [], dependencies: [Claim] = [], needs: [String] = [],
        estimate: Estimate? = nil, command: Command? = nil, verify: [Command] = [], retries: Int = 0,
        timeoutSeconds: Int? = nil, wave: Int? = nil, mayChangeNothing: Bool = false,
        setup: [Command] = [], agent: AgentName? = nil, task: String? = nil
    ) {
        self.agent = agent
        self.task = task
        self.name = name
        self.id = id
        self.files = files
        self.dependencies = dependencies
        self.needs = needs
        self.estimate = estimate
        self.command = command
        self.verify = verify
        self.retries = retries
        self.timeoutSeconds = timeoutSeconds
        self.wave = wave
        self.mayChangeNothing = mayChangeNothing
        self.setup = setup
    }
}
