import ArgumentParser
import HybridCore

/// `hybrid adopt`.
struct AdoptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Lands branches that exist already: as many as merge, verified, without a plan.",
        usage: "hybrid adopt [<branch> ...] [--into <branch>] [<options>]",
        discussion: """
            Takes branches that somebody made without hybrid: local ones, those of a remote as they were fetched last \
            (--remote origin), pull requests (refs/pull/*), any commit. A pattern is git's: * stays between slashes, ** \
            crosses them, and the beginning of a name up to a slash is enough. The branches themselves, and their \
            worktrees, are left as they are; what is not committed in one is told and does not land.

            With --dry-run it says what would land, in what order, and what would be left out and why: conflicts, with \
            paths; branches that are in the target already, or whose work is there under other commits (squashed, \
            rebased); branches that stand on one that is left out. As few as possible are left out. Nothing is written. \
            Exits 0 when nothing would be left out, 1 when something would.

            Without it a run begins whose workers are these branches: merged in memory, verified in a fresh worktree, and \
            only then the target moves, once. A failure is traced to the branches that cause it. By default all land or \
            none; --land-the-rest lands what is clean and verified. status, report, resume, retry, resolve, land and \
            rollback work as for any run; retry takes a branch as it is by then.

            What others may have written (fetched branches, pull requests, commits) gets no ignored files of yours, no \
            hooks, and an environment without what is called after tokens, keys and passwords; and commands run on it \
            only with --trust. Exits 0 when the target moved, or when all is in it already, 1 when the answer is no.
            """)

    @Argument(help: .init("The branches, patterns or commits.", valueName: "branch")) var branches: [String] =
        []
    @Flag(help: "Read more names from stdin, one a line.") var stdin = false
    @Option(help: "The branch to land on; the current one when left out.") var into: String?
    @Option(
        help: "The names are branches of this remote, as they were fetched last; without names all of them.")
    var remote: String?
    @Option(help: "A pattern, as an argument would be; may be repeated.") var pattern: [String] = []
    @Option(
        help:
            "A command that must succeed in the merged tree; may be repeated (else hybrid.verify in git config)."
    )
    var verify: [String] = []
    @OptionGroup var form: CommitOptions
    @Flag(help: "Land what is clean and verified although branches are left out.") var landTheRest = false
    @Flag(help: "Go on although the verify commands fail on the target already.") var acceptRedBase = false
    @Flag(
        help:
            "Run the commands although others may have written the branches: fetched ones, pull requests, commits."
    )
    var trust = false
    @Flag(help: "Stop once it is verified; hybrid land moves the target.") var hold = false
    @Flag(name: .customLong("dry-run"), help: "Only say what would land; nothing is written.") var dryRun =
        false
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var options: RunOptionsGroup

    func validate() throws {
        if !stdin && branches.isEmpty && pattern.isEmpty && remote == nil {
            throw ValidationError(
                "name branches or patterns, with --stdin or --remote where they come from there")
        }
    }

    func run() throws {
        try reporting(json: json) {
            let began = Monotonic.now()
            try prepareForMerges()
            let look = AdoptLook(try Inspection(environment: processEnvironment()))
            let adoption = try look.adoption(of: names(), into: into, verify: verify, warn: warn)
            if dryRun {
                json ? print(rendered(adoption)) : show(adoption.text())
                if !adoption.isWhole { throw Exit.no }
                return
            }
            try land(adoption, began: began)
        }
    }

    private func land(_ adoption: Adoption, began: UInt64) throws {
        let context = try options.context()
        let begun = try AdoptBegin(context).begin(
            adoption, options: .init(landsTheRest: landTheRest, trusts: trust, command: again),
            run: .init(
                parallel: context.world.runSettings().jobs() ?? 8, commits: try form.chosen(context),
                acceptRedBase: acceptRedBase, began: began),
            createdAt: WallClock.now())
        guard let begun else { return json ? print(rendered(adoption)) : show(adoption.text()) }
        let ended = try interruptible(begun.id) {
            try DriveStep(context).drive(begun.id, to: hold ? .verified : .landed)
        }
        if hold, ended.state == .verified {
            let report = try ReportLook(context).report(of: ended)
            return json ? print(rendered(report)) : show(report.text())
        }
        try finish(ended, context, json: json)
    }

    /// The same command again, but for what only says that it may go on.
    private var again: String {
        var words = ["hybrid", "adopt"] + branches
        for word in pattern { words += ["--pattern", word] }
        for (option, value) in [
            ("--remote", remote), ("--into", into), ("--commits", form.commits?.rawValue),
        ] {
            if let value { words += [option, value] }
        }
        for command in verify { words += ["--verify", command] }
        if landTheRest { words.append("--land-the-rest") }
        if stdin { words.append("--stdin") }
        return words.map(ShellWord.bare).joined(separator: " ")
    }

    private func names() throws -> AdoptedNames {
        let read = stdin ? String(decoding: try readBytes("-"), as: UTF8.self) : ""
        return AdoptedNames(
            branches + pattern + read.split(whereSeparator: \.isNewline).map { String($0) }, remote: remote)
    }
}
