import ArgumentParser
import HybridCore

/// `hybrid check`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Proves before launch that the jobs of a plan keep apart.",
        discussion: """
            Answers the plan's conflict analysis, four items, each with evidence. Exits 0 when all of them hold, 1 \
            when not. --write ticks the boxes in the plan's own file and changes nothing else in it.
            """)

    @OptionGroup var plan: PlanArguments
    @Option(help: "The branch to integrate into, instead of the plan's.") var target: String?
    @Option(name: .shortAndLong, help: "The most workers at once, for the estimate.") var jobs = 8
    @Flag(help: "Tick the checklist in the plan's file.") var write = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try reporting {
            let conductor = try Inspection()
            var plan = try plan.load { try conductor.exists($0, target: target) }
            if let target { plan.target = target }
            let report = try conductor.check(plan)
            if write {
                let files = self.plan.plan
                for path in files where path == "-" || PlanFormat.of(path: path) != .markdown {
                    throw HybridError(
                        path, "only a Markdown file has a checklist to tick", next: "leave out --write")
                }
                let texts = try files.map { (path: $0, bytes: try readBytes($0)) }
                let listed = texts.filter { ChecklistEdit.isThere(in: $0.bytes) }
                for (path, bytes) in listed.isEmpty ? texts : listed {
                    let ticked = try ChecklistEdit.ticked(bytes, report: report, file: path)
                    if ticked != bytes { try DurableFile.write(ticked, to: path) }
                }
            }
            if json {
                // A circle has no makespan, so there is no decision either.
                let decision =
                    report.waves.isEmpty
                    ? JSONValue.object([("worth_it", .null)])
                    : try EstimateReport.make(plan: plan, jobs: jobs).json()
                print(report.json(plan: plan, decision: decision).text())
            } else {
                show(report.text(plan: plan))
            }
            if !report.isClear { throw Exit.no }
        }
    }
}
