import ArgumentParser
import Foundation
import HistoryGenerator
import TestSupport

/// Compares merges of generated histories with git's, byte for byte.
@main
struct Histories: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "histories",
        abstract: "Merges generated histories with git and with another program, and compares the answers.",
        discussion: """
            Each history is merged in both directions by `git merge-tree --write-tree --stdin` and by \
            `PROGRAM merge-tree --stdin`. A history that differs is made as small as it can be while it still differs \
            in the same way, and printed as a case. Exits 1 when any differs.
            """)

    @Option(help: "Number of histories; 0 goes on until interrupted.")
    var count = 1000
    @Option(help: "Seed of the histories.")
    var seed: UInt64 = 1
    @Option(help: "Number of the first history.")
    var first = 0
    @Option(help: "Stop after so many minutes.")
    var minutes: Double?
    @Option(help: "The program under test; the built hybrid when not given, `git` for git itself.")
    var program: String?
    @Option(help: "Folder for the cases that differ.")
    var keep: String?
    @Option(help: "Make so many differing histories small.")
    var shrink = 3
    @Flag(
        help: "Make conflict matrices of all commits of each history, instead of merging by another program.")
    var matrix = false
    @Flag(help: "Vary conflict styles, rename limits, attributes and the like from batch to batch.")
    var settings = false
    @Flag(help: "Count the kinds of messages in git's answers.")
    var stats = false
    @Flag(
        help: "Have the program answer as the newest git, to see what came to differ since the installed one."
    )
    var newest = false
    @Option(help: "Ask only git, and keep digests of its answers in this file, which the tests compare with.")
    var record: String?
    @Flag(help: "Print the histories' text instead of merging them.")
    var show = false
    @Argument(help: "Cases to merge instead of generated histories.")
    var cases: [String] = []

    func run() throws {
        let generator = Generator(seed: seed, variesSettings: settings)
        if show {
            for number in first..<first + max(1, count) {
                print("# seed \(seed), history \(number)\n\(generator.history(number).text)")
            }
            return
        }
        if let record {
            let recorded = try Recorded(askingGit: installedGit(), generator, count: count)
            try recorded.text.write(toFile: record, atomically: true, encoding: .utf8)
            return
        }
        if matrix {
            var run = MatrixRun(shrinks: shrink)
            try run.generated(
                generator, from: first, count: count, minutes: minutes ?? .infinity, cases: cases)
            print("seed \(seed), histories from number \(first)\n\(run.summary)")
            if stats { print(run.table, terminator: "") }
            if run.differences > 0 { throw ExitCode(1) }
            return
        }
        var run = try Run(program: chosen(), keep: keep, shrinks: shrink)
        if cases.isEmpty {
            try run.generated(
                generator, from: first, count: count == 0 ? .max : count, minutes: minutes ?? .infinity)
            print("seed \(seed), histories from number \(first)")
        } else {
            try run.cases(cases)
        }
        print(run.summary)
        if stats { print(run.statistics.table, terminator: "") }
        if run.statistics.differing > 0 { throw ExitCode(1) }
    }

    private func chosen() throws -> MergeProgram {
        if program == "git" { return .git }
        let path = try program ?? hybridProgram()
        let found = path.contains("/") ? URL(fileURLWithPath: path).path : path
        return try newest ? MergeProgram(newestBy: found) : MergeProgram(path: found)
    }
}
