import ArgumentParser
import HybridCore

/// `hybrid resume`.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Goes on with a run after a pause, a crash, an interrupt or a stop.",
        usage: "hybrid resume [<run>] [<options>]",
        discussion:
            "Workers that went on meanwhile are taken over; work that is there already is not done twice.")

    @Argument(help: .init("The run; the newest one when left out.", valueName: "run")) var id: String?
    @OptionGroup var options: RunOptionsGroup
    @Flag(
        help: "Go on although shared configuration or hooks changed while workers ran: the changes are yours."
    )
    var acceptConfiguration = false
    @Flag(help: "Go on although the plan's verify commands fail on the base already.")
    var acceptRedBase = false
    @Flag(help: "Take what the orchestrator made although it changes what your hooks do.")
    var acceptHooks = false
    @Flag(help: "Land on the target as it is, although a worker moved it, or nobody knows who.")
    var acceptTarget = false
    @Flag(help: "Land although a worker changed a worktree that is not its own: the changes are well so.")
    var acceptWorktrees = false
    @Flag(help: "Print the report as JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let context = try options.context()
            let record = try context.runs.run(id)
            let ended = try interruptible(record.id) {
                try DriveStep(context).drive(
                    record.id, to: .landed, acceptConfiguration: acceptConfiguration,
                    acceptRedBase: acceptRedBase, acceptHooks: acceptHooks, acceptTarget: acceptTarget,
                    acceptWorktrees: acceptWorktrees)
            }
            try finish(ended, context, json: json)
        }
    }
}

/// `hybrid stop`.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Ends a run's workers cleanly and keeps all their work.",
        discussion: "What each had made is kept in its worktree and at a rescue ref. `hybrid resume` goes on."
    )

    @Argument(help: .init("The run; the newest one when left out.", valueName: "run")) var id: String?
    @OptionGroup var options: RunOptionsGroup

    /// How long stopping may take, whatever hangs, in seconds.
    private static let patience = 9.0

    func run() throws {
        endAfter(seconds: Self.patience)
        try reporting {
            let context = try options.context()
            let ended = try StopStep(context).stop(id)
            show("run \(ended.id): \(ended.detail)")
        }
    }
}

/// `hybrid merge`.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Audits and merges the workers of a run, in memory; the target stays.",
        discussion: "For runs that `hybrid start` made: takes in what people did in the worktrees.")

    @Argument(help: .init("The run; the newest one when left out.", valueName: "run")) var id: String?
    @OptionGroup var options: RunOptionsGroup
    @OptionGroup var form: CommitOptions
    @Flag(help: "Go on without the jobs whose worktree holds no change yet.") var finished = false
    @Flag(help: "Print the run's status as JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let context = try options.context()
            let record = try context.runs.run(id)
            if let commits = form.commits { try CommitMessages(context).choose(commits, for: record.id) }
            let ended = try interruptible(record.id) {
                try DriveStep(context).drive(record.id, to: .merged, finishedOnly: finished)
            }
            try answer(ended, context, json: json, good: [.integrated, .verified, .unverified, .landed])
        }
    }
}

/// `hybrid verify`.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Integrates a merged run and runs its verify commands on exactly that tree.",
        discussion: """
            A run that was verified before, with whatever answer, is verified anew: the plan's verify commands, or where \
            it names none those of the merged jobs. A job's own ran on its tip before the merge. What failed while \
            another verify command ran in this repository is run once more by itself.
            """)

    @Argument(help: .init("The run; the newest one when left out.", valueName: "run")) var id: String?
    @OptionGroup var options: RunOptionsGroup
    @Flag(help: "Print the run's status as JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let context = try options.context()
            let record = try context.runs.run(id)
            let ended = try interruptible(record.id) { try HandCommands(context).verifyAgain(record.id) }
            try answer(ended, context, json: json, good: [.verified])
        }
    }
}

/// `hybrid land`.
struct LandCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "land", abstract: "Advances the target branch to what was merged and verified, once.",
        discussion: """
            A target that moved meanwhile is merged with and verified again first. A checked-out target is moved by \
            your own git, and only when nothing that changes is uncommitted or untracked there.

            --rest lands what is clean and verified without the jobs that were left out, or that a red verification \
            proves to be at fault, as "Land the rest: yes" in the plan would have; the run remembers it.

            --push REMOTE brings the same commit to the branch of that name on a remote first, by your own git: in one \
            step, only while the remote's branch is where the merge stands, with your pre-push hook. Where it moved, the \
            run is merged with it and verified again, three times at most; where the remote or a hook does not take it, \
            nothing lands here either. Nothing is ever forced.
            """)

    @Argument(help: .init("The run; the newest one when left out.", valueName: "run")) var id: String?
    @OptionGroup var options: RunOptionsGroup
    @Flag(help: "Land although the plan names no verify command.") var unverified = false
    @Flag(help: "Land what is clean and verified, without what was left out.") var rest = false
    @Option(help: .init("Push it to this remote first; it lands here once that has it.", valueName: "remote"))
    var push: String?
    @Flag(help: "Land here only, although --push was said before.") var noPush = false
    @Flag(help: "Print the report as JSON.") var json = false

    func validate() throws {
        if push?.isEmpty == true || push?.hasPrefix("-") == true {
            throw ValidationError("--push takes the name of a remote")
        }
        if push != nil && noPush { throw ValidationError("give --push or --no-push, not both") }
    }

    func run() throws {
        try reporting(json: json) {
            let context = try options.context()
            let record = try context.runs.run(id)
            let ended = try interruptible(record.id) {
                try HandCommands(context).land(
                    record.id, allowUnverified: unverified, theRest: rest, pushingTo: noPush ? "" : push)
            }
            try finish(ended, context, json: json)
        }
    }
}

/// `hybrid rollback`.
struct RollbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Takes a landing back: the target moves to where it was before.",
        discussion: "Refused when somebody built on it since. What had landed is kept at a ref.")

    @Argument(help: .init("The run; the newest one when left out.", valueName: "run")) var id: String?
    @OptionGroup var options: RunOptionsGroup

    func run() throws {
        try reporting {
            let context = try options.context()
            let ended = try RollbackStep(context).rollback(id)
            show("run \(ended.id): \(ended.detail)")
        }
    }
}

/// Prints where a run came to rest; exits 1 unless it is where it was wanted.
func answer(_ run: RunRecord, _ context: RunContext, json: Bool, good: Set<RunState>) throws {
    let status = try StatusView(context).status(of: run.id)
    json ? print(rendered(status)) : show(status.text())
    if !good.contains(run.state) { throw Exit.no }
}
