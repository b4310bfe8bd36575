import ArgumentParser
import HybridCore

/// `hybrid check`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Proves before launch that the jobs of a plan keep apart.",
        discussion: """
            Answers the plan's conflict analysis, four items, each with evidence, and tells what keeps the plan from \
            running in this repository: what run would refuse, it has said. Exits 0 when all of them hold and nothing \
            is in the way, 1 when not. --write ticks the boxes in the plan's own file and changes nothing else in it.

            --fix waves puts jobs that overlap one after the other and writes their waves into the plan: into a \
            Markdown file in place, changing only its "Wave:" lines, or with --output into a new file. Then it checks \
            again.

            A verify command that leads to your own checkout (an absolute path, ~, .., a link, a program on PATH, \
            PYTHONPATH or an editable install that points there) is a warning: it may test what lies there.

            Lock files, changelogs, generated files and registries that several jobs may touch are told as warnings. \
            The plan says what becomes of them: a list "hot" in YAML and JSON, lines below "### Hot Files:" in \
            Markdown, such as "- `CHANGELOG.md`: union". The policies are orchestrator, job NAME, \
            regenerate COMMAND (run on the merged tree) and union (lines of both sides).
            """)

    /// What `--fix` mends overlaps with.
    enum Fix: String, ExpressibleByArgument, CaseIterable {
        case waves
    }

    @OptionGroup var plan: PlanArguments
    @Option(help: "The branch to integrate into, instead of the plan's.") var target: String?
    @Option(name: .shortAndLong, help: "The most workers at once, for the estimate.") var jobs = 8
    @Flag(help: "Tick the checklist in the plan's file.") var write = false
    @Option(help: "Mend overlaps and write the repaired plan: waves.") var fix: Fix?
    @Option(name: .shortAndLong, help: "Where --fix writes; a new file, in the form its name says.")
    var output: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if output != nil, fix == nil { throw ValidationError("--output is for --fix waves") }
    }

    func run() throws {
        try reporting(json: json) {
            let context = try Inspection(environment: processEnvironment())
            let exists = { (path: String) throws -> Bool in try context.exists(path, target: target) }
            let written = try plan.load(exists)
            var plan = written
            if let target { plan.target = target }
            var report = try context.check(plan)
            if fix != nil, !report.overlaps.isEmpty {
                guard let repaired = try mended(plan, report, context) else {
                    say("hybrid: \(self.plan.shown): waves do not help; nothing was written")
                    try answer(plan, report, Preflight())
                    throw Exit.no
                }
                try put(repaired, from: written, exists)
                plan = repaired
                report = try context.check(plan)
            }
            let preflight = try context.preflight(plan, planPath: self.plan.shown)
            if write { try tick(report) }
            try answer(plan, report, preflight)
            if !report.isClear || !preflight.stops.isEmpty { throw Exit.no }
        }
    }

    private func answer(_ plan: Plan, _ report: CheckReport, _ preflight: Preflight) throws {
        guard json else { return show(report.text(plan: plan, preflight: preflight)) }
        // A circle has no makespan, so there is no estimate either.
        let estimate = report.waves.isEmpty ? nil : try EstimateReport.make(plan: plan, jobs: jobs)
        print(
            rendered(CheckAnswer(plan: plan, report: report, preflight: preflight, estimate: estimate)))
    }

    private func tick(_ report: CheckReport) throws {
        let files = plan.plan
        for path in files where path == "-" || PlanFormat.of(path: path) != .markdown {
            throw HybridError(
                .invalidArgument, path, "only a Markdown file has a checklist to tick",
                next: "leave out --write")
        }
        let texts = try files.map { (path: $0, bytes: try readBytes($0)) }
        let listed = texts.filter { ChecklistEdit.isThere(in: $0.bytes) }
        for (path, bytes) in listed.isEmpty ? texts : listed {
            let ticked = try ChecklistEdit.ticked(bytes, report: report, file: path)
            if ticked != bytes { try DurableFile.write(ticked, to: path) }
        }
    }

    /// The plan in waves; nil where its overlaps stay.
    private func mended(_ plan: Plan, _ report: CheckReport, _ inspection: Inspection) throws -> Plan? {
        guard let repaired = try report.repairedByWaves(plan) else { return nil }
        return try inspection.check(repaired).overlaps.isEmpty ? repaired : nil
    }

    /// Writes the repaired plan and says what changed.
    private func put(_ repaired: Plan, from plan: Plan, _ exists: (String) throws -> Bool) throws {
        // The target of the command line is no part of the plan.
        var repaired = repaired
        repaired.target = plan.target
        let files = self.plan.plan
        if let output {
            let text =
                switch PlanFormat.of(path: output) {
                case .markdown: repaired.markdown()
                case .yaml: try repaired.yaml()
                case .json: try repaired.json()
                }
            try writeNew(text, to: output)
            tell(repaired, plan, output)
            return
        }
        if files == ["-"] {
            throw HybridError(
                .invalidArgument, "-", "stdin cannot be written to", next: "name a file with --output")
        }
        let form = PlanFormat.of(path: files[0])
        let bytes = try files.map { (file: $0, bytes: try readBytes($0)) }
        switch form {
        case .markdown:
            let edited = try WaveEdit.edited(bytes, plan: plan, repaired: repaired)
            let texts = edited.map { (file: $0.file, text: String(decoding: $0.bytes, as: UTF8.self)) }
            guard try Plan.parse(markdown: texts, exists: exists) == repaired else {
                throw HybridError(
                    .invalidArgument, self.plan.shown, "its waves cannot be written in place",
                    next: "name a new file with --output")
            }
            for (before, after) in zip(bytes, edited) where before.bytes != after.bytes {
                try DurableFile.write(after.bytes, to: after.file)
            }
        case .yaml:
            if bytes[0].bytes.contains(35) {
                throw HybridError(
                    .invalidArgument, files[0], "it may hold comments, which would be lost",
                    next: "name a new file with --output")
            }
            try DurableFile.write(Array(repaired.yaml().utf8), to: files[0])
        case .json: try DurableFile.write(Array(repaired.json().utf8), to: files[0])
        }
        tell(repaired, plan, self.plan.shown)
    }

    private func tell(_ repaired: Plan, _ plan: Plan, _ file: String) {
        say("wrote \(file)")
        for (new, old) in zip(repaired.jobs, plan.jobs) where new.wave != old.wave {
            let before = old.wave.map { "wave \($0)" } ?? "no wave"
            say("  \(new.name): \(before), now wave \(new.wave.map(String.init) ?? "none")")
        }
    }
}
