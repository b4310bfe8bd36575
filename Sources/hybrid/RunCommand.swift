import ArgumentParser
import HybridCore

/// `hybrid run`: the main job.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a plan: check, prepare, launch, audit, merge, integrate, verify, land, report.",
        usage: "hybrid run <plan> [<options>]",
        discussion: """
            Every job gets a branch and a worktree of its own; its command runs there. What the workers made is \
            merged in memory, verified in a fresh worktree, and only then the target branch moves, once. Until \
            that moment your branches, index, files and configuration stay exactly as they are.

            Workers outlive this program: after a crash or an interrupt, `hybrid resume` goes on. \
            Exits 0 when the target moved, 1 when the answer is no, 2 when it could not be done.
            """)

    @OptionGroup var plan: PlanArguments
    @OptionGroup var options: RunOptionsGroup
    @OptionGroup var launch: LaunchOptions

    @Flag(help: "Stop for a person before verification, to integrate by hand.")
    var pause = false

    @Option(
        help: "The measured time of the same task without splitting, such as \"38 minutes\", for the speedup."
    )
    var sequential: String?

    @Flag(help: "Print the report as JSON.")
    var json = false

    func run() throws {
        try reporting(json: json) {
            let (context, run) = try launch.begin(
                plan, options, byHand: false, pause: pause, sequential: sequential)
            let ended = try interruptible(run.id) { try DriveStep(context).drive(run.id, to: .landed) }
            try finish(ended, context, json: json)
        }
    }
}

/// `hybrid start`: branches and worktrees only.
struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Makes the branches and worktrees of a plan, for people who launch the workers by hand.",
        usage: "hybrid start <plan> [<options>]",
        discussion: """
            Prints how to enter each worktree. Work there, commit or not, then: hybrid merge, hybrid verify, \
            hybrid land.
            """)

    @OptionGroup var plan: PlanArguments
    @OptionGroup var options: RunOptionsGroup
    @OptionGroup var launch: LaunchOptions

    @Flag(help: "Print the run's status as JSON.")
    var json = false

    func run() throws {
        try reporting(json: json) {
            let (context, run) = try launch.begin(
                plan, options, byHand: true, pause: false, sequential: nil)
            let begun = try HandCommands(context).prepareByHand(run.id)
            let status = try StatusView(context).status(of: begun.id)
            if begun.state == .redBase || begun.state == .stopped {
                json ? print(rendered(status)) : show(status.text())
                throw Exit.no
            }
            json ? print(rendered(status)) : show(status.entering())
        }
    }
}

/// What `run` and `start` share.
struct LaunchOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The most workers at once (hybrid.jobs in git config; default 8).")
    var jobs: Int?

    @Flag(help: "Put jobs that overlap into waves, one after the other.")
    var waves = false

    @Flag(help: "Go on although the plan's verify commands fail on the base already.")
    var acceptRedBase = false

    @Option(help: "The branch to integrate into, instead of the plan's.")
    var target: String?

    @OptionGroup var form: CommitOptions

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1") }
    }

    /// Checks the plan and makes the run; exits 1 after saying why where the check says no.
    func begin(
        _ arguments: PlanArguments, _ options: RunOptionsGroup, byHand: Bool, pause: Bool, sequential: String?
    ) throws -> (RunContext, RunRecord) {
        let began = Monotonic.now()
        let inspection = try Inspection(environment: processEnvironment())
        var plan = try arguments.load { try inspection.exists($0, target: target) }
        if let target { plan.target = target }
        let measured = try sequential.map { try Estimate.read($0, field: "--sequential") }
        let checked: CheckedPlan
        switch try inspection.checked(plan, inWaves: waves) {
        case .mayRun(let found): checked = found
        case .refused(let report, let tried):
            say(report.text(plan: tried))
            throw HybridError(
                report.overlaps.isEmpty ? .planRefused : .overlap, arguments.shown,
                "the plan may not run as it is; nothing was launched")
        }
        for warning in checked.warnings { warn(warning) }
        let context = try options.context()
        let limit = try jobs ?? context.world.runSettings().jobs() ?? 8
        let run = try BeginStep(context).begin(
            checked, planPath: arguments.shown,
            options: .init(
                parallel: limit, byHand: byHand, pauseToIntegrate: pause,
                sequentialMeasured: measured.map { Double($0.seconds) }, commits: try form.chosen(context),
                acceptRedBase: acceptRedBase, began: began),
            createdAt: WallClock.now())
        return (context, run)
    }
}

/// Which commits land.
struct CommitOptions: ParsableArguments {
    @Option(
        help: """
            The commits that land: merge, one merge commit a worker; octopus, one merge commit of all; squash, one \
            ordinary commit, which names the workers' authors (hybrid.commits in git config; default merge).
            """,
        transform: { text in
            guard let form = CommitForm(rawValue: text) else {
                throw ValidationError("--commits is merge, octopus or squash")
            }
            return form
        })
    var commits: CommitForm?

    /// What the option or git config says.
    func chosen(_ context: RunContext) throws -> CommitForm {
        if let commits { return commits }
        return try context.world.runSettings().commits() ?? .merge
    }
}

/// Says, when a person interrupts, that the workers go on.
func interruptible<T>(_ run: RunID, _ body: () throws -> T) throws -> T {
    Interrupt.watch(run)
    defer { Interrupt.release() }
    return try body()
}

/// Prints how a run ended and exits as its answer is.
func finish(_ run: RunRecord, _ context: RunContext, json: Bool) throws {
    let report = try ReportLook(context).report(of: run)
    json ? print(rendered(report)) : show(report.text())
    if run.state != .landed { throw Exit.no }
}
