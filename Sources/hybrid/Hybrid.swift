import ArgumentParser

/// The command line.
@main
struct Hybrid: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hybrid",
        abstract: "Splits a task between parallel workers and merges what they make, safely.",
        subcommands: [])
}
