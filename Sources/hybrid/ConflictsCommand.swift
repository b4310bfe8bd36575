import ArgumentParser
import HybridCore
import HybridGit
import HybridMerging

/// `hybrid conflicts`.
struct ConflictsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflicts",
        abstract: "Tells which branches conflict with each other, where and why.",
        usage: """
            hybrid conflicts [<options>] [<branch> ...]
            hybrid conflicts [<options>] --stdin
            """,
        discussion: """
            Answers what merging every pair would answer, and merges only the pairs whose changes meet. Takes branches, \
            or with --stdin a name a line; without either, the workers of the newest run. Attributes come from the first \
            branch's base. Nothing is written. Exits 0 when no pair conflicts, 1 when one does.
            """)

    @Argument(help: .init("The branches or commits.", valueName: "branch")) var branches: [String] = []
    @Flag(help: "Read the names from stdin, one a line.") var stdin = false
    @Option(
        help: .init(
            "Where the branches started, as a hint; each pair's own merge base counts.", valueName: "rev"))
    var base: String?
    @Option(
        name: .customLong("run"),
        help: .init("The run whose workers are compared; the newest one when left out.", valueName: "run"))
    var runID: String?
    @Flag(help: "Tell which pairs touch the same paths and merge cleanly, too.") var touching = false
    @Flag(help: "Name the branches without a conflict, too.") var all = false
    @Flag(help: "Suggest which branches can land together and which to redo on the new tip.") var suggest =
        false
    @Flag(help: "Print JSON.") var json = false
    @Flag(
        name: .customShort("z"),
        help: "For each conflicted path print both names and the path, each ended by NUL.")
    var terminated = false
    @OptionGroup var options: RunOptionsGroup

    func validate() throws {
        if stdin && !branches.isEmpty { throw ValidationError("give branches or --stdin, not both") }
        if runID != nil && (stdin || !branches.isEmpty) {
            throw ValidationError("give a run or branches, not both")
        }
        if json && terminated { throw ValidationError("give --json or -z, not both") }
    }

    func run() throws {
        try reporting {
            try prepareForMerges()
            let repository = try Repository.holding(".")
            let (members, hint) = try branchesAsked(repository)
            if members.count < 2 {
                throw HybridError(
                    "conflicts",
                    "\(members.count == 1 ? "one branch has" : "no branches have") nothing to conflict with",
                    next: "name two branches or more")
            }
            let attributes = try repository.commit(hint ?? members[0].tip).tree
            let environment = processEnvironment()
            let crew = try MergeCrew(processorCount()) {
                let own = try Repository(at: repository.gitDirectory)
                return try MergeEngine(
                    own,
                    try MergeOptions(
                        settingsOf: own, attributesOf: attributes,
                        drivers: UserMergeDrivers(environment: environment, in: own) {
                            say("hybrid: warning: \($0)")
                        }))
            }
            let report = ConflictReport(try ConflictMatrix.make(members, base: hint, with: crew))
            try answer(report)
            if !report.matrix.pairs.isEmpty { throw Exit.no }
        }
    }

    private func answer(_ report: ConflictReport) throws {
        if terminated { return try writeOut(report.terminated()) }
        if json {
            return try writeOut(Array((report.json(touching: touching, suggest: suggest).text() + "\n").utf8))
        }
        show(report.text(touching: touching, all: all))
        if suggest { show("\n" + report.suggestionText()) }
    }

    private func branchesAsked(
        _ repository: Repository
    ) throws -> (members: [ConflictMatrix.Branch], hint: ObjectID?) {
        let hint = try base.map(repository.resolveCommit)
        var names = branches
        if stdin {
            names = String(decoding: try readBytes("-"), as: UTF8.self)
                .split(separator: "\n").map { String($0) }
        }
        if stdin || !names.isEmpty {
            return (
                try names.map { ConflictMatrix.Branch(name: $0, tip: try repository.resolveCommit($0)) }, hint
            )
        }
        let workers = try options.conductor().comparableWorkers(of: runID)
        return (workers, hint ?? workers.first?.base)
    }
}
