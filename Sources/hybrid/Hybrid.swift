import ArgumentParser
import HybridCore
import HybridGit

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ends the process; a method of commands has the name of C's function.
private func end(_ code: ExitCode) -> Never { exit(code.rawValue) }

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
            CommandGroup(
                name: "Guard and agents",
                subcommands: [GuardCommand.self, HooksCommand.self, AgentsCommand.self]),
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

    /// Answers the plainest form of the frequent commands, names and no option, without the parser.
    ///
    /// False where the parser has to read the words. Ends the process where the answer is not yes.
    private static func answered(_ name: String, _ words: [String]) -> Bool {
        guard !words.isEmpty, words.allSatisfy({ !$0.isEmpty && !$0.utf8.starts(with: "-".utf8) }) else {
            return false
        }
        do {
            switch name {
            case "merge-tree" where words.count == 2:
                try reporting { try MergeTreeRequest(commits: words).answer() }
            case "guard": try reporting { try GuardRequest(paths: words).answer() }
            case "conflicts":
                try reporting {
                    try ConflictsRequest(branches: words) {
                        try RunOptionsGroup.parse([]).context(onlyIfThere: true)
                    }.answer()
                }
            default: return false
            }
        } catch let code as ExitCode {
            end(code)
        } catch {
            exit(withError: error)
        }
        return true
    }

    static func main() {
        Surroundings.settle()
        let words = MergeTreeCommand.apart(CommandLine.arguments.dropFirst())
        // To set the parser up takes longer than everything else here.
        if words.elementsEqual(["--version"]) { return print(version) }
        if let name = words.first, answered(name, Array(words.dropFirst())) { return }
        let direct = frequent(words.first)
        do {
            // The other commands' options are not even looked at. Where that gives no command, be it for help or for a
            // mistake, the whole program has the answer.
            var command = try direct?.attempt(words.dropFirst()) ?? parseAsRoot(Array(words))
            try command.run()
        } catch {
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
