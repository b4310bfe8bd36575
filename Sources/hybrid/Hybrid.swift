import ArgumentParser
import Dispatch
import HybridCore
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
        version: version,
        groupedSubcommands: [
            CommandGroup(
                name: "Plans",
                subcommands: [PlanCommand.self, InitCommand.self, EstimateCommand.self, CheckCommand.self]),
            CommandGroup(
                name: "Runs",
                subcommands: [
                    RunCommand.self, StartCommand.self, AdoptCommand.self, ResumeCommand.self,
                    StopCommand.self,
                    StatusCommand.self, LogCommand.self, ConflictsCommand.self, ClaimCommand.self,
                ]),
            CommandGroup(
                name: "Stages by hand",
                subcommands: [
                    MergeCommand.self, VerifyCommand.self, LandCommand.self, RollbackCommand.self,
                    RetryCommand.self,
                    ResolveCommand.self, CleanCommand.self, DoctorCommand.self, TrustCommand.self,
                ]),
            CommandGroup(
                name: "Reports",
                subcommands: [
                    ReportCommand.self, MetricsCommand.self, BuildStateCommand.self, SchemaCommand.self,
                    ExitCodesCommand.self, VersionCommand.self,
                ]),
            CommandGroup(name: "Guard", subcommands: [GuardCommand.self, HooksCommand.self]),
            CommandGroup(
                name: "Plumbing",
                subcommands: [MergeTreeCommand.self, WorkerCommand.self, SweepCommand.self]),
        ])

    static let version = "0.1.0"

    /// The commands that others call again and again, where every millisecond is felt.
    private static func frequent(_ name: String?) -> (any ParsableCommand.Type)? {
        // No dictionary: to make one costs a search of all of the program's types.
        switch name {
        case "conflicts": ConflictsCommand.self
        case "guard": GuardCommand.self
        case "merge-tree": MergeTreeCommand.self
        default: nil
        }
    }

    static func main() {
        Surroundings.settle()
        let words = MergeTreeCommand.apart(CommandLine.arguments.dropFirst())
        // To set the parser up takes longer than everything else here.
        if words.elementsEqual(["--version"]) { return print(version) }
        let direct = frequent(words.first)
        let warmsUp = direct != nil && (words.first != "guard" || GuardCommand.needsRepository(words))
        if warmsUp {
            // Beside the parsing of arguments.
            DispatchQueue.global().async { Repository.warmUp() }
        }
        // libgit2's parts tidy up when the process ends, which must not meet them while they still set themselves up.
        func settle() { if warmsUp { Repository.warmUp() } }
        do {
            // The other commands' options are not even looked at. Where that gives no command, be it for help or for a
            // mistake, the whole program has the answer.
            var command = try direct?.attempt(words.dropFirst()) ?? parseAsRoot(Array(words))
            try command.run()
            settle()
        } catch {
            settle()
            exit(withError: error)
        }
    }
}

extension ParsableCommand {
    /// Parses arguments as this command's own; nil where they are not those of a command that can run.
    fileprivate static func attempt(_ arguments: ArraySlice<String>) -> (any ParsableCommand)? {
        let parsed = try? parseAsRoot(Array(arguments))
        return parsed is Self ? parsed : nil
    }
}
