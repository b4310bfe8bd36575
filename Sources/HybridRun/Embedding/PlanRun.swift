public import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan
internal import HybridRecords
public import HybridReport
internal import HybridSystem

/// One run of a plan, from its check to its report, for programs that are not `hybrid`.
///
/// What it does, keeps and refuses is what `hybrid run` does: a program that is ended meanwhile leaves a run that
/// `hybrid resume` takes up.
public struct PlanRun {
    private let plan: Plan
    private let name: String
    private let folder: String
    private let inWaves: Bool
    private let options: RunOptions?
    private let host: Host

    /// A run of a plan in the repository that holds a folder.
    ///
    /// `name` is the plan's in messages, as a rule its file's. `inWaves` puts jobs that overlap one after the other in place
    /// of refusing them. Without `options` the user's settings count (`hybrid.jobs`,
    /// `hybrid.commits`). Nothing is made yet.
    public init(
        _ plan: Plan, named name: String = "the plan", in folder: String = ".", inWaves: Bool = false,
        options: RunOptions? = nil, host: Host
    ) {
        (self.plan, self.name, self.folder, self.inWaves) = (plan, name, folder, inWaves)
        (self.options, self.host) = (options, host)
    }

    /// A run of the plan in a file: Markdown, YAML (`.yaml`, `.yml`) or JSON (`.json`).
    ///
    /// Throws `HybridError` where the file or the folder's repository cannot be read, and for what no plan may say, with
    /// file, line and field.
    public init(
        planAt path: String, in folder: String = ".", inWaves: Bool = false, options: RunOptions? = nil,
        host: Host
    ) throws(HybridError) {
        guard let bytes = Files.read(path) else {
            throw HybridError(.unreadable, path, "it cannot be read", next: "check its name")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw HybridError(.planInvalid, path, "it is not UTF-8 text", next: "save it as UTF-8")
        }
        do {
            let inspection = try Inspection(at: folder, environment: host.environment)
            let plan = try Plan.parse(text, format: .of(path: path), file: path) {
                try inspection.exists($0, target: nil)
            }
            self.init(plan, named: path, in: folder, inWaves: inWaves, options: options, host: host)
        } catch {
            throw HybridError.told(error, about: path)[0]
        }
    }

    /// Checks the plan, launches its workers, merges, verifies and lands; returns when the run rests.
    ///
    /// Takes as long as the workers do. Where it rests is `report.run.state`: only `.landed` moved the target. Throws
    /// `HybridError` where the check says no or nothing may begin here (nothing was launched then), and where a step could
    /// not be done: the run stays, and the error says what to type. Of several reasons the first is thrown; the host hears
    /// the others.
    ///
    /// ```swift
    /// let run = try PlanRun(planAt: "plan.md", host: .itself())
    /// let report = try run.run()
    /// print(report.text())
    /// ```
    public func run() throws(HybridError) -> RunReport {
        do {
            return try driven()
        } catch {
            let told = HybridError.told(error, about: name)
            for other in told.dropFirst() { host.narrate(.note("\(other)")) }
            throw told[0]
        }
    }

    private func driven() throws -> RunReport {
        let began = Monotonic.now()
        let inspection = try Inspection(at: folder, environment: host.environment)
        let checked: CheckedPlan
        switch try inspection.checked(plan, inWaves: inWaves) {
        case .mayRun(let found): checked = found
        case .refused(let report, _): throw refusal(report)
        }
        for warning in checked.warnings { host.narrate(.note("warning: \(warning)")) }
        let context = try RunContext(at: folder, host: host)
        let settings = try context.world.runSettings()
        var options =
            try options
            ?? RunOptions(parallel: settings.jobs() ?? 8, commits: settings.commits() ?? .merge)
        options.began = options.began ?? began
        let run = try BeginStep(context).begin(
            checked, planPath: name, options: options, createdAt: WallClock.now())
        let ended = try DriveStep(context).drive(run.id, to: .landed)
        return try ReportLook(context).report(of: ended)
    }

    /// What a check that says no says first.
    private func refusal(_ report: CheckReport) -> HybridError {
        let problems = report.checklist.flatMap(\.problems)
        let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
        return HybridError(
            report.overlaps.isEmpty ? .planRefused : .overlap, name,
            "it may not run as it is; nothing was launched: \(neutralise(problems.first ?? "see its check"))\(more)",
            next: report.repairs.first.map(neutralise) ?? "hybrid check \(ShellWord.bare(name))")
    }
}
