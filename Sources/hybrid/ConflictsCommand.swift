import ArgumentParser
import HybridCore
import HybridGit
import HybridMerging

/// `hybrid conflicts`.
struct ConflictsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflicts",
        abstract: "Tells which branches conflict with each other, where and why.",
        usage: "hybrid conflicts [<branch> ...] [--stdin] [--base <rev>] [--run <run>] [<options>]",
        discussion: """
            Answers what merging every pair would answer, and merges only the pairs whose changes meet. Takes branches, \
            or with --stdin a name a line; without either, the workers of the newest run, with what the plan allowed \
            them. Attributes come from --base or the run's base, else from the first branch. Nothing is written. Exits 0 \
            when no pair conflicts, 1 when one does.

            Between the workers of a run the plan's policies for hot files decide as in the run's own merge: what is merged \
            by union or made anew is no conflict, and is named with its policy.

            The workers of a run count as they lie in their worktrees now, with uncommitted and untracked files and \
            without ignored ones, as if each had committed; --committed leaves that out. Of branches only the commits \
            count, unless --live says that those with a worktree count as they lie there. What only git itself could \
            store (filters such as LFS) is named as not checked; without a conflict elsewhere the exit code is 2 then.

            What --suggest names together was merged in memory, in the order in which it is printed.

            --watch goes on until it is interrupted and keeps the answer current: a terminal is redrawn; otherwise each \
            change of the answer is a line, with --json an object.
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
    @Flag(help: "Show every pair in full, however many, and name the branches without a conflict.") var all =
        false
    @Flag(help: "Suggest which branches can land together and which to redo on the new tip.") var suggest =
        false
    @Flag(help: "Count branches as they lie in their worktrees, with edits that are not committed.")
    var live = false
    @Flag(help: "Count only what a run's workers have committed.") var committed = false
    @Flag(help: "Keep the answer current until interrupted.") var watch = false
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
        if live && committed { throw ValidationError("give --live or --committed, not both") }
        if watch && terminated { throw ValidationError("give --watch or -z, not both") }
        if json && terminated { throw ValidationError("give --json or -z, not both") }
    }

    func run() throws {
        try reporting(json: json) {
            try ConflictsRequest(
                branches: branches, stdin: stdin, base: base, runID: runID, touching: touching, all: all,
                suggest: suggest, live: live, committed: committed, watch: watch, json: json,
                terminated: terminated, context: { try options.context(onlyIfThere: true) }
            ).answer()
        }
    }
}
