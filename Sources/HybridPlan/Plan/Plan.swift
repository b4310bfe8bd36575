internal import HybridBase
internal import HybridGit

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

    /// Makes a plan.
    public init(
        task: PlannedTask, orchestrator: Orchestrator = .init(), jobs: [Job] = [], verify: [Command] = [],
        target: String? = nil, exports: [ExportList] = [], buildState: RepoRelativePath? = nil,
        landTheRest: Bool = false, audit: AuditPolicy = .refuse, hot: [HotFile] = [],
        redBase: RedBasePolicy = .stop, beside: BesidePolicy = .report, verifyAlone: Bool = false,
        verifyBudget: Int? = nil
    ) {
        self.task = task
        self.orchestrator = orchestrator
        self.jobs = jobs
        self.verify = verify
        self.target = target
        self.exports = exports
        self.buildState = buildState
        self.landTheRest = landTheRest
        self.audit = audit
        self.hot = hot
        self.redBase = redBase
        self.beside = beside
        self.verifyAlone = verifyAlone
        self.verifyBudget = verifyBudget
    }
}

/// What becomes of a run whose verify commands fail on its base already.
public enum RedBasePolicy: String, Hashable, Sendable, CaseIterable {
    /// Nothing is launched.
    case stop
    /// The run goes on: the commands can only pass once the work is done.
    case accept
}

/// What becomes of a worker that touched what it had not claimed.
public enum AuditPolicy: String, Hashable, Sendable, CaseIterable {
    /// It is left out of the merge.
    case refuse
    /// It is left out only where somebody else claimed what it touched, or nobody may touch it.
    case allowUnclaimed = "allow-unclaimed"
    /// It is merged, and the breach is reported.
    case report
}

/// A path from the repository's root, `/` between components, already checked by ``Claim``'s rules.
public typealias RepoRelativePath = String

/// The task that a plan splits.
public struct PlannedTask: Hashable, Sendable {
    /// The task's name, free text, data only.
    public var name: String
    /// The size class that the methodology's time estimates go by.
    public var complexity: Complexity?
    /// The time one session would take for all of it.
    public var sequentialEstimate: Estimate?
    /// What the author says under **Parallelizable**; advice only.
    public var parallelizable: Bool?
    /// The components of step 1, with what was said about independence.
    public var components: [Component]

    /// Makes a task.
    public init(
        name: String, complexity: Complexity? = nil, sequentialEstimate: Estimate? = nil,
        parallelizable: Bool? = nil, components: [Component] = []
    ) {
        self.name = name
        self.complexity = complexity
        self.sequentialEstimate = sequentialEstimate
        self.parallelizable = parallelizable
        self.components = components
    }
}

/// The methodology's three sizes.
public enum Complexity: String, Hashable, Sendable, CaseIterable {
    case small, medium, large
}

/// A component named in the task analysis.
public struct Component: Hashable, Sendable {
    /// Its name as written.
    public var name: String
    /// Whether the author calls it independent; nil where the orchestrator handles it.
    public var independent: Bool?

    /// Makes a component.
    public init(name: String, independent: Bool? = nil) {
        self.name = name
        self.independent = independent
    }
}

/// A planned duration.
///
/// Kept in whole seconds so that ratios compare exactly.
public struct Estimate: Hashable, Sendable, Comparable {
    /// The middle of the range, in seconds.
    public var seconds: Int
    /// How the author wrote it; what a conversion writes back.
    public var text: String

    /// Makes an estimate of `seconds`, written as `text` or in the template's words ("10 minutes").
    public init(seconds: Int, text: String? = nil) {
        self.seconds = seconds
        self.text = text ?? Estimate.words(seconds)
    }

    /// Minutes, possibly fractional, for display.
    public var minutes: Double { Double(seconds) / 60 }

    /// Orders by duration.
    public static func < (a: Estimate, b: Estimate) -> Bool { a.seconds < b.seconds }

    package static func words(_ seconds: Int) -> String {
        if seconds % 60 == 0 { return seconds == 60 ? "1 minute" : "\(seconds / 60) minutes" }
        return seconds == 1 ? "1 second" : "\(seconds) seconds"
    }
}

/// The orchestrator's own part of the plan.
public struct Orchestrator: Hashable, Sendable {
    /// Files that the orchestrator makes or owns.
    public var files: [Claim]
    /// What it is responsible for, in words.
    public var responsibilities: [String]
    /// Its own time.
    public var estimate: Estimate?
    /// Makes interfaces before launch; committed as a checkpoint.
    public var prepare: Command?
    /// Runs on the merged tree, before verification.
    public var integrate: Command?

    /// Makes an orchestrator's part.
    public init(
        files: [Claim] = [], responsibilities: [String] = [], estimate: Estimate? = nil,
        prepare: Command? = nil, integrate: Command? = nil
    ) {
        self.files = files
        self.responsibilities = responsibilities
        self.estimate = estimate
        self.prepare = prepare
        self.integrate = integrate
    }
}

/// One unit of parallel work; it becomes a worker.
public struct Job: Hashable, Sendable {
    /// The name as the author wrote it.
    public var name: String
    /// The name within refs and folders: `[a-z0-9-]`, unique in the plan.
    public var id: String
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

    /// Makes a job.
    public init(
        name: String, id: String, files: [Claim] = [], dependencies: [Claim] = [], needs: [String] = [],
        estimate: Estimate? = nil, command: Command? = nil, verify: [Command] = [], retries: Int = 0,
        timeoutSeconds: Int? = nil, wave: Int? = nil, mayChangeNothing: Bool = false
    ) {
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
    }
}

/// What a job may touch: a path, a directory, a glob, or a section of a file, with a kind.
public struct Claim: Hashable, Sendable {
    /// The pattern as anchored at the repository's root, without `./` in front; of a section, its file.
    public var path: String
    /// What the job may do there.
    public var kind: Kind
    /// The part of the file that is claimed; nil for all of it.
    public var section: Section?
    /// Whether it takes its paths away from the claims before it, `!docs/x`; the last claim that covers a path
    /// decides, as in gitignore.
    public var isExcluded: Bool

    /// A part of one file, as it stands at the base.
    public enum Section: Hashable, Sendable {
        /// Lines, counted from 1, both ends included: `path#L10-L80`.
        case lines(ClosedRange<Int>)
        /// A function, class or method and what it holds, from the outside in: `path::Class.method`.
        case symbol([String])
    }

    /// What a claim allows.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case create, edit, delete
        /// Any of the three; what a claim means when it says nothing.
        case write
        /// Dependencies: may be read, must not be touched.
        case read
    }

    /// Makes a claim.
    public init(path: String, kind: Kind = .write, section: Section? = nil, isExcluded: Bool = false) {
        self.path = path
        self.kind = kind
        self.section = section
        self.isExcluded = isExcluded
    }

    /// The claim as a plan writes it, without its kind.
    public var text: String { (isExcluded ? "!" : "") + path + (sectionText ?? "") }

    /// The section as it stands behind the path; nil where the whole file is claimed.
    var sectionText: String? {
        switch section {
        case nil: nil
        case .lines(let lines) where lines.count == 1: "#L\(lines.lowerBound)"
        case .lines(let lines): "#L\(lines.lowerBound)-L\(lines.upperBound)"
        case .symbol(let names): "::\(names.joined(separator: "."))"
        }
    }
}

/// A user's command: an argv array, or an explicit shell string that the user wrote.
public enum Command: Hashable, Sendable {
    /// Run by `/bin/sh -c`.
    case shell(String)
    /// Run directly, no shell.
    case argv([String])

    /// The command as a person would type it, for display.
    public var display: String {
        switch self {
        case .shell(let text): text
        case .argv(let words): words.joined(separator: " ")
        }
    }

    /// The argument vector that runs it.
    public var arguments: [String] {
        switch self {
        case .shell(let text): ["/bin/sh", "-c", text]
        case .argv(let words): words
        }
    }
}

/// A marker block in a file, filled from the files that the workers made.
public struct ExportList: Hashable, Sendable {
    /// The file that holds the block.
    public var file: RepoRelativePath
    /// A built-in form; nil where ``template`` says the line, or the file's ending the form.
    public var form: Form?
    /// The files that appear, a glob; every file made beside ``file`` when nil.
    public var from: String?
    /// The line for one file: `{path}` and `{dir}` (its folder) as seen from ``file``, `{name}` (no
    /// extension), `{Type}`, `{root}` and `{folder}` (both from the repository's root) and `{import}` (the import path of
    /// a Go package) are replaced.
    public var template: String?
    /// The text that opens the block; a form's own comment style when nil.
    public var begin: String?
    /// The text that closes the block.
    public var end: String?

    /// The built-in forms of an export list.
    public enum Form: String, Hashable, Sendable, CaseIterable {
        case python, typescript, rust, cpp, go, list
    }

    /// Makes an export list.
    public init(
        file: RepoRelativePath, form: Form? = nil, from: String? = nil, template: String? = nil,
        begin: String? = nil, end: String? = nil
    ) {
        self.file = file
        self.form = form
        self.from = from
        self.template = template
        self.begin = begin
        self.end = end
    }
}
