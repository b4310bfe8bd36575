import ArgumentParser
import HybridCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `hybrid retry`.
struct RetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", _superCommandName: "hybrid",
        abstract: "Runs left-out jobs again, on the newest merged tip.",
        usage: "hybrid retry <job> ... [--run <run>] [--accept-plan <digest>] [--keep-plan] [<options>]",
        discussion: """
            What the jobs made before is kept at refs. The run then goes on: merge, verify, land. Their workers find what went \
            wrong before in the file that HYBRID_FEEDBACK names; an agent finds it in its brief.

            The plan file is read as it is now. Where it says something else of these jobs, the difference is shown and used \
            only after your word: workers can reach that file.
            """)

    @Argument(help: "The jobs, by id or name.") var jobs: [String]
    @Option(help: "Use the plan file's change that was shown with this digest.") var acceptPlan: String?
    @Flag(help: "Use the plan as the run has it, whatever the file says now.") var keepPlan = false
    @Option(name: .customLong("run"), help: "The run; the newest one when left out.") var id: String?
    @OptionGroup var options: RunOptionsGroup
    @Flag(help: "Print the report as JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let context = try options.context()
            let record = try retried(context)
            if record.state == .handWorked {
                let status = try StatusView(context).status(of: record.id)
                json ? print(rendered(status)) : show(status.entering())
                return
            }
            let ended = try interruptible(record.id) { try DriveStep(context).drive(record.id, to: .landed) }
            try finish(ended, context, json: json)
        }
    }

    func validate() throws {
        if acceptPlan != nil, keepPlan {
            throw ValidationError("--accept-plan and --keep-plan exclude each other")
        }
    }

    /// The jobs made ready; a person at a terminal is asked about a changed plan.
    private func retried(_ context: RunContext) throws -> RunRecord {
        let answer: PlanAnswer = keepPlan ? .keep : acceptPlan.map { .accept($0) } ?? .unasked
        do { return try RetryStep(context).retry(id, jobs: jobs, plan: answer) } catch let changed
            as PlanChanged
        {
            guard answer == .unasked, isatty(0) == 1, isatty(2) == 1 else { throw changed }
            say(neutraliseLines(changed.difference.joined(separator: "\n")))
            say("Use the plan file as it is now? [y/N]")
            guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else { throw changed }
            return try RetryStep(context).retry(id, jobs: jobs, plan: .accept(changed.digest))
        }
    }
}

/// `hybrid resolve`.
struct ResolveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Opens a job's conflict in a worktree; again, to take in the resolution.",
        usage: "hybrid resolve <job> [<options>]",
        discussion: """
            The first call makes a worktree with the conflict markers in place and prints where. Edit the files \
            there and call it again: the merge is committed, verified and landed. Of a job whose commit your hooks \
            refused it commits what lies in the job's worktree now. With --take, work that the job left beside its \
            branch, and that stands where the job began, becomes its work without running it again.
            """)

    @Argument(help: "The job, by id or name; or the target branch, where it moved and conflicts.") var job:
        String
    @Option(name: .customLong("run"), help: "The run; the newest one when left out.") var id: String?
    @OptionGroup var options: RunOptionsGroup
    @Option(help: "Take this branch or commit as the job's work; it is audited as any.") var take: String?
    @Flag(help: "Take a resolution that drops one worker's change whole.") var acceptOneSide = false
    @Flag(help: "Merge a job although it touched what it had not claimed.") var acceptBreach = false
    @Flag(help: "Take a job's work although it changes what your hooks do.") var acceptHooks = false
    @Flag(help: "Print the report as JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let context = try options.context()
            if let take {
                let record = try BesideTake(context).take(id, job: job, from: take)
                let ended = try interruptible(record.id) {
                    try DriveStep(context).drive(record.id, to: .landed)
                }
                try finish(ended, context, json: json)
                return
            }
            switch try ResolveStep(context).resolve(
                id, job: job, acceptOneSide: acceptOneSide, acceptBreach: acceptBreach,
                acceptHooks: acceptHooks)
            {
            case .opened(let worktree, let paths):
                let next = "hybrid resolve \(job)"
                if json {
                    print(rendered(ResolveAnswer(worktree: worktree, paths: paths, next: next)))
                    return
                }
                show("The conflict is open in \(worktree)")
                for path in paths { show("  \(path)") }
                show("Edit it there, then: \(next)")
            case .resolved(let record):
                let ended = try interruptible(record.id) {
                    try DriveStep(context).drive(record.id, to: .landed)
                }
                try finish(ended, context, json: json)
            }
        }
    }
}

/// `hybrid clean`.
struct CleanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Removes a run's worktrees and branches that are proven merged.",
        discussion: """
            What is not merged stays and is named. --discard JOB removes a job's worktree, branch and rescued work \
            all the same, and prints for each what to type to have it back until git's own garbage collection; \
            "orchestrator" and "integrate" name the worktrees in which a run is prepared and integrated. --forget \
            takes away all that is left of a run: refs, worktrees, record and logs. It refuses while a worker runs \
            and while the run holds work that is not in its target, unless --discard names it. --pool deletes as \
            well the folders that hybrid.pool keeps for later worktrees.
            """)

    @Argument(help: .init("The run; the newest one when left out.", valueName: "run")) var id: String?
    @OptionGroup var options: RunOptionsGroup
    @Option(help: "A job whose unmerged work goes; may be said several times.") var discard: [String] = []
    @Flag(help: "Forget the run that is named: its last refs and its record go.") var forget = false
    @Flag(help: "Delete all that hybrid.pool keeps for later worktrees, too.") var pool = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if forget, id == nil { throw ValidationError("--forget needs the run's name: hybrid status --all") }
    }

    func run() throws {
        try reporting(json: json) {
            let context = try options.context()
            var cleaned =
                forget
                ? try ForgetStep(context).forget(
                    context.runs.run(id).id, discarding: discard, now: WallClock.now())
                : try CleanStep(context).clean(id, discarding: discard, now: WallClock.now())
            if pool { cleaned.pooled = try CleanStep(context).emptyPool() }
            json ? print(rendered(cleaned)) : show(cleaned.text())
        }
    }
}

/// `hybrid status`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows how a run stands: workers, findings, uncommitted edits, what is next.")

    @Argument(help: .init("The run; the newest one when left out.", valueName: "run")) var id: String?
    @OptionGroup var options: RunOptionsGroup
    @Flag(help: "List all runs of this repository.") var all = false
    @Flag(help: "Show it anew every second until the run rests, verification and landing included.")
    var watch = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let context = try options.context()
            if all {
                let runs = RunList(try context.ledger.runs())
                json ? print(rendered(runs)) : show(runs.text())
                return
            }
            try prepareForMerges()
            let run = try context.runs.run(id).id
            let live = try LiveConflicts.ofRun(run, context, remembers: watch)
            while true {
                var status = try StatusView(context).status(of: run)
                if ![.landed, .rolledBack].contains(status.run.state) { status.pending = try live.answer() }
                let redraws = watch && !json && status.isMoving && isOnTerminal()
                if redraws {
                    drawOver(status.text())
                } else {
                    json ? print(rendered(status)) : showNow(status.text())
                }
                guard watch, status.isMoving else { return }
                pauseOneSecond()
            }
        }
    }
}

/// `hybrid exit-codes`: a help topic.
struct ExitCodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exit-codes", abstract: "What the exit codes mean.",
        discussion: exitCodes)

    func run() throws { show(exitCodes) }
}

private let exitCodes = """
    0      yes, or clean: no overlap, verified, landed
    1      the answer is no: an overlap, a breach, a conflict, a failed or
           missing verification, not worth it, a run whose target did not move
    2      it could not be done: an unreadable plan, no repository, a lock, a
           full disk
    64     the command line was not understood
    128+n  ended by signal n, such as 130 after an interrupt
    """
