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
            try prepareForMerges()
            let look = AdoptLook(try Inspection(environment: processEnvironment()))
            let adoption = try look.adoption(of: names(), into: into, verify: verify, warn: warn)
            json ? print(rendered(adoption)) : show(adoption.text())
            if !adoption.isWhole { throw Exit.no }
        }
    }

    private func names() throws -> AdoptedNames {
        let read = stdin ? String(decoding: try readBytes("-"), as: UTF8.self) : ""
        return AdoptedNames(
            branches + pattern + read.split(whereSeparator: \.isNewline).map { String($0) }, remote: remote)
    }
}
