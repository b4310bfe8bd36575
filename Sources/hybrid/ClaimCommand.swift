import ArgumentParser
import HybridCore
import HybridGit

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

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
            that the plan gives it. What is granted counts in the audit once this answer was printed, and the report \
            lists it.

            Hooks, files of continuous integration, and the files that verify commands run or obey are never granted, \
            nor are they part of a wider pattern that is: only the plan gives them. In a sandbox that may not write the \
            git directory nothing can be granted (exit 2): leave the file as it is and say that it is needed; whoever \
            leads the run can type the same with --run and --job.
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
        try reporting(json: json) {
            let environment = processEnvironment()
            guard let job = job ?? environment["HYBRID_JOB"], !job.isEmpty else {
                throw ValidationError("say which job asks: --job JOB")
            }
            let run = id ?? environment["HYBRID_RUN"].flatMap { $0.isEmpty ? nil : $0 }
            try refuseReadOnly(job, run)
            let answer = try ClaimGrants(options.context()).addClaim(
                path, kind: Claim.Kind(rawValue: kind) ?? .write, job: job, run: run, isThere: standsHere
            ) { answer in
                // Written at once: what nobody was told is not granted.
                let text = json ? rendered(answer) : neutraliseLines(answer.text())
                try writeOut(Array((text + "\n").utf8))
            }
            if !answer.isGranted { throw Exit.no }
        }
    }

    /// A sandbox that lets a worker write its worktree only cannot record anything: that is said, and what helps.
    private func refuseReadOnly(_ job: String, _ run: String?) throws {
        let common = try Repository.holding(".").commonDirectory
        for place in [common + "hybrid", common + "worktrees", common + "hybrid/ledger.sqlite"]
        where unsafe access(place, F_OK) == 0 && access(place, W_OK) != 0 {
            throw HybridError(
                .notWritable, path,
                "it was not granted and does not count: \(place) cannot be written from here "
                    + "(\(unsafe String(cString: strerror(errno)))), as in a sandbox",
                next: "leave it as it is and say that it is needed; whoever leads the run can type: "
                    + "hybrid claim add \(ShellWord.quoted(path)) --job \(ShellWord.quoted(job))"
                    + (run.map { " --run \($0)" } ?? ""))
        }
    }
}
