package import HybridBase

extension Plan: Published {
    package static let schemaName = "plan"
    package static let schemaUse =
        "plan show and plan convert, and what every command reads as a plan in JSON or YAML"
    package static let jsonFields: [Field<Plan>] = [
        Field("task", "What is to be done.", \.task),
        .ifAny("orchestrator", "The part that no worker does.") { $0.orchestrator.ifAny },
        Field("jobs", "The parts that workers do.", \.jobs),
        .ifAny("verify", "What has to pass on the merged tree before it lands.") { Listed($0.verify) },
        .ifAny("target", "The branch to integrate into.", \.target),
        .ifAny("exports", "Registries and lists of imports that are written anew.") { $0.exports.ifAny },
        .ifAny("buildstate", "A BUILDSTATE file to keep, from the repository's root.", \.buildState),
        .ifAny("land_the_rest", "Whether what is clean lands without what is left out.") {
            $0.landTheRest.ifSet
        },
        .ifAny("audit", "What becomes of a worker that touched what nobody claims; refuse when left out.") {
            $0.audit == .refuse ? nil : $0.audit
        },
        .ifAny(
            "audit_history",
            "What becomes of a worker whose commits between its base and its tip may not land; refuse when left out."
        ) {
            $0.auditHistory == .refuse ? nil : $0.auditHistory
        },
        .ifAny("red_base", "What becomes of a run whose base fails already; stop when left out.") {
            $0.redBase == .stop ? nil : $0.redBase
        },
        .ifAny("beside", "What becomes of work beside the workers' branches; report when left out.") {
            $0.beside == .report ? nil : $0.beside
        },
        .ifAny("verify_alone", "Whether each worker's tip is verified alone, too.") { $0.verifyAlone.ifSet },
        .ifAny(
            "verify_budget", "The most verifications that finding who broke one may take.", \.verifyBudget),
        .ifAny("hot", "What becomes of files that several jobs may touch.") { $0.hot.ifAny },
        .ifAny("setup", "What makes a fresh worktree ready; run once in each.") { Listed($0.setup) },
        .ifAny("copy", "Ignored files of the user's checkout that worktrees get, too.") { Listed($0.copy) },
        .ifAny("agent", "Who does the jobs that have a task and name no agent.", \.agent?.text),
        .ifAny("conventions", "Names, patterns and interfaces that all agents are told.", \.conventions),
        .ifAny("ports", "How many ports in a row each worktree has; 10 when left out.", \.ports),
        .ifAny(
            "submodules",
            "Whether worktrees get the submodules that the main checkout has; yes when left out.",
            \.submodules),
    ]
}

extension Complexity: DescribedWord {}
extension AuditPolicy: DescribedWord {}
extension HistoryPolicy: DescribedWord {}
extension RedBasePolicy: DescribedWord {}
extension BesidePolicy: DescribedWord {}
extension ExportList.Form: DescribedWord {}

extension PlannedTask: DescribedObject {
    package static let jsonFields: [Field<PlannedTask>] = [
        Field("name", "The task's name.", \.name),
        .ifAny("complexity", "How large it is.", \.complexity),
        .ifAny("sequential_estimate", "One session for all of it, such as \"40 minutes\".") {
            $0.sequentialEstimate?.text
        },
        .ifAny("parallelizable", "Whether its parts can be done beside each other.", \.parallelizable),
        .ifAny("components", "Its parts.") { $0.components.ifAny },
    ]
}

extension Component: DescribedObject {
    package static let jsonFields: [Field<Component>] = [
        Field("name", "The part's name.", \.name),
        .ifAny("independent", "Whether it can be done without the others.", \.independent),
    ]
}

extension Orchestrator: DescribedObject {
    package static let jsonFields: [Field<Orchestrator>] = [
        .ifAny("files", "What only the orchestrator may write.") { Listed($0.files) },
        .ifAny("responsibilities", "What it does, in words.") { Listed($0.responsibilities) },
        .ifAny("estimate", "Its own time, such as \"5 minutes\".") { $0.estimate?.text },
        .ifAny("prepare", "Runs before the workers.", \.prepare),
        .ifAny("integrate", "Runs on the merged tree.", \.integrate),
    ]

    fileprivate var ifAny: Orchestrator? { self == Orchestrator() ? nil : self }
}

extension Job: DescribedObject {
    package static let jsonFields: [Field<Job>] = [
        Field("name", "The job's name.", \.name),
        .ifAny("id", "Its short name, in branches and commands; made of the name when left out.", \.id),
        Field("files", "What it may write.") { Listed(all: $0.files) },
        .ifAny("dependencies", "What it reads of others.") { Listed($0.dependencies) },
        .ifAny("estimate", "Its time, such as \"10 minutes\".") { $0.estimate?.text },
        .ifAny("command", "The worker.", \.command),
        .ifAny("agent", "The agent that does it.", \.agent?.text),
        .ifAny("task", "What an agent is to do, in words.", \.task),
        .ifAny("verify", "What has to pass on the worker's tip.") { Listed($0.verify) },
        .ifAny("needs", "The jobs that have to be merged before it begins.") { Listed($0.needs) },
        .ifAny("retries", "How often a failing worker begins again.") { $0.retries > 0 ? $0.retries : nil },
        .ifAny("timeout", "How long the worker may take, such as \"30 minutes\".") {
            $0.timeoutSeconds.map { "\($0) seconds" }
        },
        .ifAny("wave", "The first wave in which it may run, from 1.", \.wave),
        .ifAny("may_change_nothing", "Whether a worker without a change is well.") {
            $0.mayChangeNothing.ifSet
        },
        .ifAny("setup", "What makes its worktrees ready, after the plan's.") { Listed($0.setup) },
    ]
}

extension Claim: DescribedAs {
    /// A claim that says more than a path.
    package struct Parts: DescribedObject {
        let claim: Claim

        package static let jsonFields: [Field<Parts>] = [
            Field("path", "The path, folder or glob, from the repository's root.", \.claim.path),
            .ifAny("kind", "What is done there; write when left out.") {
                $0.claim.kind == .write ? nil : Writing(rawValue: $0.claim.kind.rawValue)
            },
            // Apart from the path, so that it stays a section where any text may be a file's name.
            .ifAny("section", "A part of the file: lines or a symbol.", \.claim.sectionText),
            .ifAny("exclude", "Whether it takes a path out of the other claims.") {
                $0.claim.isExcluded.ifSet
            },
        ]
    }

    /// What a plan can say that is done at a claim.
    private enum Writing: String, DescribedWord {
        case create, edit, delete, write
    }

    package var form: Either<String, Parts> {
        let isPlain = (kind == .write || kind == .read) && section == nil && !isExcluded
        return isPlain ? .one(path) : .other(Parts(claim: self))
    }
}

extension Command: DescribedAs {
    package var form: Either<String, [String]> {
        switch self {
        case .shell(let text): .one(text)
        case .argv(let words): .other(words)
        }
    }
}

extension ExportList: DescribedObject {
    package static let jsonFields: [Field<ExportList>] = [
        Field("file", "The file to write, from the repository's root.", \.file),
        .ifAny("form", "How it is written; by the file's ending when left out.", \.form),
        .ifAny("from", "The files that are listed in it.", \.from),
        .ifAny("template", "One line of it.", \.template),
        .ifAny("begin", "The line before what is written.", \.begin),
        .ifAny("end", "The line behind it.", \.end),
    ]
}

extension BroughtFiles.Way: DescribedWord {}

extension BroughtFiles: DescribedAs {
    /// A pattern whose files do not come as copies.
    package struct Parts: DescribedObject {
        let files: BroughtFiles

        package static let jsonFields: [Field<Parts>] = [
            Field("path", "A pattern as a line of .gitignore is.", \.files.pattern),
            Field("as", "How its files come into a worktree.", \.files.way),
        ]
    }

    package var form: Either<String, Parts> {
        way == .copy ? .one(pattern) : .other(Parts(files: self))
    }
}

extension HotFile: DescribedObject {
    package static let jsonFields: [Field<HotFile>] = [
        Field("path", "The file or pattern.", \.path),
        Field("policy", "What becomes of it.", \.policy),
        .ifAny("job", "Whose it is, with the policy job.", \.policy.job),
        .ifAny("command", "What makes it anew, with the policy regenerate.", \.policy.command),
    ]
}

extension HotFile.Policy: Described {
    package var jsonValue: JSONValue { .string(word) }
    package static var schema: Schema { .word(words) }

    fileprivate var job: String? {
        if case .job(let name) = self { return name }
        return nil
    }

    fileprivate var command: Command? {
        if case .regenerate(let command) = self { return command }
        return nil
    }
}

/// A list that a plan may also write as one text; printed as a list.
package struct Listed<Item: Described>: DescribedAs {
    private let items: [Item]

    /// Nil for none.
    init?(_ items: [Item]) {
        if items.isEmpty { return nil }
        self.items = items
    }

    init(all items: [Item]) {
        self.items = items
    }

    package var form: Either<String, [Item]> { .other(items) }
}

extension Array {
    fileprivate var ifAny: Self? { isEmpty ? nil : self }
}

extension Bool {
    fileprivate var ifSet: Bool? { self ? true : nil }
}

extension RunID: DescribedAs {
    package var form: String { text }
}

extension JobID: DescribedAs {
    package var form: String { text }
}
