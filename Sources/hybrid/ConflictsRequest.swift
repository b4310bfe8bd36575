import ArgumentParser
import HybridCore
import HybridGit
import HybridMerging

/// What `hybrid conflicts` was asked, however its words were read.
struct ConflictsRequest {
    var branches: [String]
    var stdin = false
    var base: String?
    var runID: String?
    var touching = false
    var all = false
    var suggest = false
    var live = false
    var committed = false
    var watch = false
    var json = false
    var terminated = false
    /// Opens what is known of runs.
    var context: () throws -> RunContext

    /// Writes the answer; throws the exit code where branches conflict.
    func answer() throws {
        try prepareForMerges()
        let repository = try Repository.holding(".")
        let asked = try branchesAsked(repository)
        let live = try liveConflicts(asked.members, asked.hint, repository)
        live.suggests = suggest
        if watch { return try finish(keepCurrent(live)) }
        let report = try live.answer()
        try answer(report)
        // The process ends here: giving back piece by piece what the engines keep takes time.
        _ = unsafe Unmanaged.passRetained(live)
        try finish(report)
    }

    private func finish(_ report: ConflictReport) throws {
        if !report.matrix.pairs.isEmpty { throw Exit.no }
        if report.isIncomplete {
            throw HybridError(
                .incomplete, "conflicts", "no conflict was found, and not everything could be checked",
                next: "commit what is named as not checked, or ask with --committed")
        }
    }

    private func answer(_ report: ConflictReport) throws {
        if terminated { return try writeOut(report.terminated()) }
        if json {
            return try writeOut(
                Array((rendered(ConflictAnswer(report, touching: touching)) + "\n").utf8))
        }
        show(report.text(touching: touching, all: all))
        let edits = report.liveText()
        if !edits.isEmpty { show("\n" + edits) }
        if suggest { show("\n" + report.suggestionText()) }
    }

    private func branchesAsked(
        _ repository: Repository
    ) throws -> (members: [ConflictMatrix.Branch], hint: ObjectID?) {
        let hint = try base.flatMap { try repository.commits(named: [$0]).first }
        if !stdin && branches.isEmpty {
            let context = try context()
            let workers = try ComparableWorkers(context).comparableWorkers(of: context.runs.run(runID).id)
            // Whoever watches may wait for workers of a later wave.
            if workers.count < 2, !watch {
                throw HybridError(
                    .wrongState, runID.map { "run \($0)" } ?? "the newest run",
                    "fewer than two of its workers have a branch",
                    next: "name branches: hybrid conflicts BRANCH BRANCH")
            }
            return (workers, hint ?? workers.first?.base)
        }
        let names =
            stdin
            ? String(decoding: try readBytes("-"), as: UTF8.self).split(whereSeparator: \.isNewline)
                .map { String($0) } : branches
        if names.count < 2 {
            throw HybridError(
                .invalidArgument, names.first ?? "stdin",
                names.isEmpty ? "it names no branch" : "one branch alone conflicts with nothing",
                next: "name two branches or more")
        }
        var seen: Set<RepoPath> = []
        if let again = names.first(where: { !seen.insert(RepoPath($0)).inserted }) {
            throw HybridError(.invalidArgument, again, "it is named twice", next: "name each branch once")
        }
        let tips = try repository.commits(named: names)
        return (zip(names, tips).map { ConflictMatrix.Branch(name: $0, tip: $1) }, hint)
    }
}
