import ArgumentParser
import HybridCore

/// `hybrid init`.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Proposes what makes this repository's fresh worktrees ready to work.",
        discussion: """
            Looks at what is committed (lock files, submodules) and at what your checkout has beside it and git ignores, \
            and prints the lines for a plan, and the commands that say the same for every plan. Changes nothing.
            """)

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let proposal = try Inspection(environment: processEnvironment()).proposal()
            json ? print(rendered(proposal)) : show(proposal.text())
        }
    }
}
