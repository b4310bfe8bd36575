public import ArgumentParser
public import HybridCore

/// `hybrid plan`.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Writes, shows and converts plans.",
        subcommands: [New.self, Show.self, Convert.self, Example.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes the template of a plan.",
            discussion: """
                A file that is there is never overwritten. A plan may say more than the template shows: \
                hybrid schema plan has every field, hybrid plan example export-lists those that write registries and \
                lists of imports (File, Form, From, Template, Begin, End), hybrid plan example worktrees those that make \
                fresh worktrees ready (Setup, Copy, Ports).
                """)

        @Option(help: "The task's name.") var task = "[Feature Name]"
        @Option(name: .shortAndLong, help: "The file to write; stdout when left out.") var output: String?

        func run() throws {
            try reporting { try put(Plan.template(task: task), output) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints a plan as hybrid understands it.")

        @OptionGroup var plan: PlanArguments
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            try reporting(json: json) {
                let plan = try plan.load(standsHere)
                print(json ? try plan.json() : plan.markdown(), terminator: "")
            }
        }
    }

    struct Convert: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Converts a plan between Markdown, YAML and JSON; nothing of it is lost.")

        @OptionGroup var plan: PlanArguments
        @Option(help: "The form: markdown, yaml or json.") var to: PlanFormat
        @Option(name: .shortAndLong, help: "The file to write; stdout when left out.") var output: String?

        func run() throws {
            try reporting {
                let plan = try plan.load(standsHere)
                let text =
                    switch to {
                    case .markdown: plan.markdown()
                    case .yaml: try plan.yaml()
                    case .json: try plan.json()
                    }
                try put(text, output)
            }
        }
    }

    struct Example: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints one of the method's real-world examples as a plan, or one with export lists.",
            discussion: "The names: \(Plan.allExampleNames.joined(separator: ", ")).")

        @Argument(help: "The example.") var name: String
        @Option(name: .shortAndLong, help: "The file to write; stdout when left out.") var output: String?

        func run() throws {
            try reporting {
                guard let plan = Plan.example(name) else {
                    throw HybridError(
                        .noSuchName, "example \(name)", "there is no such example",
                        next: "the examples are: \(Plan.allExampleNames.joined(separator: ", "))")
                }
                try put(plan.markdown(), output)
            }
        }
    }
}

extension PlanFormat: ExpressibleByArgument {}

private func put(_ text: String, _ output: String?) throws {
    guard let output else {
        print(text, terminator: "")
        return
    }
    try writeNew(text, to: output)
    say("wrote \(output)")
}
