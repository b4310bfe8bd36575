import ArgumentParser
import Dispatch
import HybridGit

/// The command line.
@main
struct Hybrid: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hybrid",
        abstract: "Splits a task between parallel workers and merges what they make, safely.",
        discussion: """
            Write a plan (hybrid plan new), see whether it is worth it (hybrid estimate) and whether its jobs keep \
            apart (hybrid check), then: hybrid run PLAN. Exit codes: hybrid help exit-codes.
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Plans", subcommands: [PlanCommand.self, EstimateCommand.self, CheckCommand.self]),
            CommandGroup(
                name: "Runs",
                subcommands: [
                    RunCommand.self, StartCommand.self, ResumeCommand.self, StopCommand.self,
                    StatusCommand.self, ConflictsCommand.self, ClaimCommand.self,
                ]),
            CommandGroup(
                name: "Stages by hand",
                subcommands: [
                    MergeCommand.self, VerifyCommand.self, LandCommand.self, RollbackCommand.self,
                    RetryCommand.self,
                    ResolveCommand.self, CleanCommand.self, DoctorCommand.self,
                ]),
            CommandGroup(
                name: "Reports",
                subcommands: [
                    ReportCommand.self, MetricsCommand.self, BuildStateCommand.self, SchemaCommand.self,
                    ExitCodesCommand.self,
                ]),
            CommandGroup(name: "Guard", subcommands: [GuardCommand.self, HooksCommand.self]),
            CommandGroup(name: "Plumbing", subcommands: [MergeTreeCommand.self, WorkerCommand.self]),
        ])

    /// The commands that others call again and again, where every millisecond is felt.
    private static let frequent: Set<String> = ["conflicts", "merge-tree"]

    static func main() {
        let words = CommandLine.arguments.dropFirst()
        let rest = words.dropFirst()
        // Asked before every write: the other commands' options are not even looked at. Help is the whole program's affair.
        let isGuard =
            words.first == "guard"
            && !rest.contains { $0 == "-h" || $0.hasPrefix("--help") || $0 == "--version" }
        let warmsUp =
            isGuard ? GuardCommand.needsRepository(rest) : words.first.map(frequent.contains) ?? false
        if warmsUp {
            // Beside the parsing of arguments.
            DispatchQueue.global().async { Repository.warmUp() }
        }
        // libgit2's parts tidy up when the process ends, which must not meet them while they still set themselves up.
        func settle() { if warmsUp { Repository.warmUp() } }
        do {
            var command =
                isGuard ? try GuardCommand.parseAsRoot(Array(rest)) : try parseAsRoot(Array(words))
            try command.run()
            settle()
        } catch {
            settle()
            isGuard ? GuardCommand.exit(withError: error) : exit(withError: error)
        }
    }
}
