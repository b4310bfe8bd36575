import ArgumentParser
import HybridCore

/// `hybrid claim`.
struct ClaimCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claim", abstract: "A worker asks for more than the plan gave it.",
        subcommands: [ClaimAdd.self])
}

/// `hybrid claim add`.
private struct ClaimAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Gives a worker one more path, if nobody else of its run holds it.",
        discussion: """
            Exits 0 when it is granted, 1 when somebody else holds it, with who. Every other job of the run holds its \
            claims, those of later waves and those that were left out too, and so does the orchestrator with the files \
            that the plan gives it. What is granted counts in the audit, and the report lists it.
            """)

    @Argument(help: "The path, folder or glob, from the repository's root.") var path: String
    @Option(help: "The job, by id or name (HYBRID_JOB when left out).") var job: String?
    @Option(name: .customLong("run"), help: "The run (HYBRID_RUN, or the newest one, when left out).") var id:
        String?
    @Option(help: "What it is to do there: write, create, edit or delete.") var kind = "write"
    @OptionGroup var options: RunOptionsGroup
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if !["write", "create", "edit", "delete"].contains(kind) {
            throw ValidationError("--kind is write, create, edit or delete")
        }
    }

    func run() throws {
        try reporting {
            let environment = processEnvironment()
            guard let job = job ?? environment["HYBRID_JOB"], !job.isEmpty else {
                throw ValidationError("say which job asks: --job JOB")
            }
            let answer = try options.conductor().addClaim(
                path, kind: Claim.Kind(rawValue: kind) ?? .write, job: job,
                run: id ?? environment["HYBRID_RUN"].flatMap { $0.isEmpty ? nil : $0 }, isThere: standsHere)
            json ? print(answer.json().text()) : show(answer.text())
            if !answer.isGranted { throw Exit.no }
        }
    }
}
