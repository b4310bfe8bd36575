import ArgumentParser
import HybridCore

/// `hybrid doctor`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Finds what a crash left behind, and mends it with --fix.",
        discussion: """
            Looks at the ledger, refs, branches, worktrees, lock files, half-written files, workers and runs, and says \
            of each what is wrong, how that is known, and what to type. --fix mends what is provably hybrid's own; \
            nothing goes that is not kept elsewhere first. Exits 0 when nothing is left to mend, 1 when something is.
            """)

    @OptionGroup var options: RunOptionsGroup
    @Flag(help: "Mend what is provably hybrid's own.") var fix = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let report = try Doctor(at: ".", host: options.host(), mends: fix).examine()
            json ? print(rendered(report)) : show(report.text())
            if !report.left.isEmpty { throw Exit.no }
        }
    }
}
