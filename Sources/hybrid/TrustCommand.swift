import ArgumentParser
import HybridCore

/// `hybrid trust`.
struct TrustCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "Shows whether what is kept of a run is what hybrid wrote, and takes it as it is.",
        discussion: """
            Plans, baselines, grants, records and how commands ended are sealed with a key of yours, below \
            $XDG_STATE_HOME/hybrid (~/.local/state/hybrid). Where a seal is missing or does not hold, a run stops, for \
            then anybody may have written what it would believe or run. This shows what differs, and the commands \
            that would run; --accept takes all of that as it is, where it still is what the digest names. It exits 1 \
            while something does not hold. Runs of a hybrid that sealed nothing are accepted so as well.
            """)

    @Argument(
        help: .init("The run; the newest one with a seal that does not hold when left out.", valueName: "run")
    )
    var id: String?
    @OptionGroup var options: RunOptionsGroup
    @Option(help: .init("Seal what is kept as it is now: you looked at it.", valueName: "digest")) var accept:
        String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try reporting(json: json) {
            let step = TrustStep(try options.context())
            let report = try accept.map { try step.accept(id, digest: $0) } ?? step.look(id)
            json ? print(rendered(report)) : show(report.text())
            if !report.problems.isEmpty, !report.accepted { throw Exit.no }
        }
    }
}
