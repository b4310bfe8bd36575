import ArgumentParser
import Foundation

/// The command line.
@main
struct Benchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Measures hybrid's merges against the installed git's and compares the answers.",
        discussion: """
            Both programs answer the same questions in the same repositories, one after the other, several times; the ratios \
            are of one run. check and guard have no like in git: beside them stands what reads as much, git ls-tree -r and \
            git diff --cached. Nothing is written into a repository that you name. Exits 1 when an answer differs from git's; \
            no time makes it fail.
            """)

    @Option(help: "The program to measure.") var program: String
    @Option(
        parsing: .upToNextOption,
        help: .init("Only these: single, renames, monorepo, check, guard, replay.", valueName: "group"))
    var only: [String] = []
    @Option(help: .init("Replay the merges of this repository.", valueName: "repository")) var replay: String?
    @Option(help: "How many of its newest merges.") var merges = 1000
    @Option(help: "How many of its newest topic branches, all pairs of them.") var topics = 0
    @Option(help: "Files of the monorepo, and of the base of plans.") var files = 50_000
    @Option(parsing: .upToNextOption, help: "Numbers of workers in the monorepo.") var workers = [2, 10, 50]
    @Option(help: "Files that one side renames.") var renames = 5000
    @Option(help: "The most repetitions of a case.") var repetitions = 5
    @Option(help: "Seconds after which a case ends with two repetitions.") var patience = 5.0
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Leave the repositories that were made, to look closer, and say where.") var keep = false

    private static let groups = ["single", "renames", "monorepo", "check", "guard", "replay"]

    func validate() throws {
        for group in only where !Self.groups.contains(group) {
            throw ValidationError(
                "no group is called \(group); there are \(Self.groups.joined(separator: ", "))")
        }
        if only.contains("replay"), replay == nil {
            throw ValidationError("say which repository to replay: --replay REPOSITORY")
        }
        if repetitions < 1 || files < 4000 || renames < 10 || workers.contains(where: { $0 < 2 }) {
            throw ValidationError("at least 1 repetition, 4000 files, 10 renames and 2 workers")
        }
    }

    func run() throws {
        let workshop = try Workshop()
        defer { keep ? say("kept: \(workshop.folder)") : workshop.remove() }
        let program = URL(fileURLWithPath: self.program).path
        let contest = Contest(
            workshop: workshop, program: program, repetitions: repetitions, patience: patience)
        let here = FileManager.default.currentDirectoryPath
        var report = Report(
            git: try workshop.git(["version"], in: workshop.folder).trimmingCharacters(
                in: .whitespacesAndNewlines),
            repetitions: repetitions, results: [])
        for group in Self.groups where only.isEmpty || only.contains(group) {
            for item in try cases(of: group, workshop, from: here) {
                say("\(item.group): \(item.name)")
                report.results.append(try contest.run(item))
            }
        }
        print(json ? try report.json() : report.text())
        if report.results.contains(where: { $0.differ > 0 }) { throw ExitCode(1) }
    }

    private func cases(of group: String, _ workshop: Workshop, from here: String) throws -> [Case] {
        switch group {
        case "single": return try SingleMerges(workshop: workshop).cases()
        case "renames": return try Renames(workshop: workshop, count: renames).cases()
        case "monorepo": return try Monorepo(workshop: workshop, files: files).cases(workers: workers)
        case "check": return try Checks(workshop: workshop, files: files).cases()
        case "guard":
            return try Guards(
                workshop: workshop, files: files, program: URL(fileURLWithPath: program).path
            ).cases()
        default:
            guard let replay else { return [] }
            let place = replay.hasPrefix("/") ? replay : "\(here)/\(replay)"
            return try Replay(workshop: workshop, repository: place).cases(merges: merges, topics: topics)
        }
    }

    private func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
