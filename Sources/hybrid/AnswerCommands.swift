import ArgumentParser
import HybridCore

/// `hybrid estimate`.
struct EstimateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate", abstract: "Tells whether splitting is worth it: each rule with its figure.",
        discussion: "Exits 0 when it is worth it, 1 when not. Predicts wall time and speedup.")

    @OptionGroup var plan: PlanArguments
    @Option(name: .shortAndLong, help: "The most workers at once.") var jobs = 8
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if jobs < 1 { throw ValidationError("--jobs must be at least 1") }
    }

    func run() throws {
        try reporting(json: json) {
            let plan = try plan.load(standsHere)
            let report = try EstimateReport.make(plan: plan, jobs: jobs)
            json ? print(rendered(report)) : show(report.text(task: plan.task.name))
            if !report.worthIt { throw Exit.no }
        }
    }
}

/// `hybrid schema`.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Prints a JSON Schema, or the list of them.",
        discussion: "The names: \(Schemas.names.joined(separator: ", ")).")

    @Argument(help: "The schema's name; the list when left out.") var name: String?

    func run() throws {
        try reporting {
            guard let name else { return show(Schemas.list()) }
            guard let text = Schemas.text(of: name) else {
                throw HybridError(
                    .noSuchName, "schema \(name)", "there is no such schema",
                    next: "the schemas are: \(Schemas.names.joined(separator: ", "))")
            }
            print(text, terminator: "")
        }
    }
}

/// `hybrid report`.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Tells who did what, what conflicted with whom, and what was gained.",
        discussion: """
            In a step of a GitHub workflow, --github adds the Markdown to the step's summary and prints what was found \
            as annotations, which show beside the files.
            """)

    @Argument(help: .init("The run; the newest one when left out.", valueName: "run")) var id: String?
    @OptionGroup var options: RunOptionsGroup
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print Markdown, for a pull request.") var markdown = false
    @Flag(help: "Write the summary of a GitHub workflow's step, and print annotations.") var github = false
    @Option(help: "Write a page of HTML to this new file.") var html: String?

    func run() throws {
        try reporting(json: json) {
            let context = try options.context()
            let report = try ReportLook(context).report(of: try context.runs.run(id))
            if let html {
                try writeNew(report.html(), to: html)
                say("wrote \(html)")
            } else if github {
                try summarise(report)
            } else if json {
                print(rendered(report))
            } else {
                show(markdown ? report.markdown() : report.text())
            }
        }
    }

    private func summarise(_ report: RunReport) throws {
        guard let file = processEnvironment()["GITHUB_STEP_SUMMARY"], !file.isEmpty else {
            throw HybridError(
                .invalidArgument, "GITHUB_STEP_SUMMARY",
                "it is not set: this is no step of a GitHub workflow",
                next: "hybrid report --markdown")
        }
        try DurableFile.append(Array((report.markdown() + "\n").utf8), to: file)
        print(report.annotations(), terminator: "")
    }
}

/// `hybrid metrics`.
struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "The history of this repository's runs against the method's targets.",
        discussion: """
            Counts all runs that ended, were stopped or found a red base. The speedup is the middle of those that \
            landed, measured against the same work in sequence or --sequential; estimates do not count. Clean is a run \
            that landed all of its jobs without a conflict or a breach, accepted ones included.
            """)

    @OptionGroup var options: RunOptionsGroup
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let metrics = try MetricsLook(options.context()).metrics()
            json ? print(rendered(metrics)) : show(metrics.text())
        }
    }
}

/// `hybrid buildstate`.
struct BuildStateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "buildstate", abstract: "Writes a plan's entry into BUILDSTATE.json.",
        discussion: "The file is made, or updated in place: unknown keys, their order and the layout stay.")

    @OptionGroup var plan: PlanArguments
    @Option(help: "The file.") var file = "BUILDSTATE.json"
    @Option(name: .shortAndLong, help: "The most workers at once, for the estimate.") var jobs = 8
    @Flag(help: "Print the result instead of writing it.") var dryRun = false

    func run() throws {
        try reporting {
            let plan = try plan.load(standsHere)
            let entry = BuildStateEntry(plan: plan, estimate: try EstimateReport.make(plan: plan, jobs: jobs))
            let existing = standsHere(file) ? try readBytes(file) : nil
            let updated = try BuildState.updated(existing, entry: entry, file: file)
            if dryRun {
                print(String(decoding: updated, as: UTF8.self), terminator: "")
            } else if existing.map({ $0 != updated }) ?? true {
                try DurableFile.write(updated, to: file)
                say("wrote \(file)")
            }
        }
    }
}

/// `hybrid worker`: the supervisor of one command.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Supervises one command; started by hybrid itself.",
        shouldDisplay: false)

    @Option(help: "The file that describes the command.") var spec: String?
    @Flag(name: .customLong("protocol"), help: "Say which files can be read.") var greets = false

    func validate() throws {
        if (spec == nil) != greets { throw ValidationError("give --spec or --protocol") }
    }

    func run() throws {
        guard let spec else { return print(Supervisor.greeting) }
        try reporting { try Supervisor.run(specPath: spec) }
    }
}

/// `hybrid sweep`: deletes the files of worktrees that were removed.
struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Deletes removed worktrees; started by hybrid itself.",
        shouldDisplay: false)

    @Argument(help: "The folder that holds the worktrees of all runs.") var folder: String

    func run() throws {
        try reporting { try Removals.sweep(folder) }
    }
}
