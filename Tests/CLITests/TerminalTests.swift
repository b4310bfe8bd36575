import Foundation
import TestSupport
import Testing

/// What a person sees on a terminal while a run goes on.
///
/// `script` gives the program a terminal of its own.
@Suite struct TerminalTests {
    private static let slow = PlannedJob(
        "Alpha", ["alpha.txt"], "echo at it; sleep 1.5; echo alpha > alpha.txt")

    private func onTerminal(
        _ bench: Bench, _ arguments: String, environment: [String: String] = [:]
    ) throws -> Outcome {
        var all = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "TERM": "xterm"]
        all.merge(environment) { $1 }
        return try execute(
            ["script", "-qec", "'\(bench.program)' \(arguments)", "/dev/null"], in: bench.repo,
            environment: hermetic(home: bench.sandbox.home, extra: all))
    }

    @Test func eachWorkerHasALivingLine() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([
            PlannedJob(
                "Alpha", ["alpha.txt"],
                "echo at it; until [ -e \"$ROOT/go\" ]; do sleep 0.05; done; echo alpha > alpha.txt")
        ])
        let running = Process()
        running.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        running.arguments = [
            "script", "-qfec", "'\(bench.program)' run '\(plan)'", bench.sandbox.root + "/seen",
        ]
        running.currentDirectoryURL = URL(fileURLWithPath: bench.repo)
        running.environment = hermetic(
            home: bench.sandbox.home, extra: ["TERM": "xterm", "ROOT": bench.sandbox.root])
        running.standardInput = FileHandle.nullDevice
        running.standardOutput = FileHandle.nullDevice
        try running.run()
        // State, how long it has run, and the last line of its output.
        let line = /alpha  \S*running\S*  [1-9]\d*\.\d+ s  \S*at it/
        try wait(upTo: 60, for: "a worker's line after a second") {
            bench.sandbox.read("seen")?.contains(line) == true
        }
        try bench.sandbox.write("", to: "go")
        running.waitUntilExit()
        #expect(running.terminationStatus == 0)
        let seen = try #require(bench.sandbox.read("seen"))
        #expect(seen.contains("\u{1B}[1A"), "the line is not drawn again")
        #expect(seen.contains("\u{1B}[36mrunning\u{1B}[0m"))
    }

    @Test(arguments: [
        ("", ["NO_COLOR": "1"], false), ("--color never", [:], false), ("", [:], true),
        ("--color always", ["NO_COLOR": "1"], true), ("", ["CLICOLOR_FORCE": "1", "TERM": "dumb"], true),
    ])
    func coloursAreTheUsersChoice(flag: String, environment: [String: String], coloured: Bool) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")])
        let seen = try onTerminal(bench, "run \(flag) '\(plan)'", environment: environment)
        #expect(seen.code == 0, "\(seen.out)")
        #expect(seen.out.contains("\u{1B}[1mlaunch\u{1B}[0m") == coloured, "\(seen.out.debugDescription)")
        #expect(seen.out.contains(/\u{1B}\[\d+m/) == coloured)
    }

    @Test func withoutATerminalThereAreOnlyPlainLines() throws {
        let bench = try Bench(["README": "base\n"])
        let ran = try bench.hybrid("run", bench.plan([Self.slow]))
        #expect(ran.code == 0)
        #expect(!ran.err.contains("\u{1B}"))
        #expect(ran.err.contains("launch: wave 1 of 1\n  alpha running\n"), "\(ran.err)")
        #expect(!ran.out.contains("\u{1B}"))
    }

    @Test func moreWorkersThanTheTerminalHasLines() throws {
        let bench = try Bench(["README": "base\n"])
        let jobs = (1...9).map { number in
            PlannedJob("Job \(number)", ["\(number).txt"], "sleep 0.5; echo \(number) > \(number).txt")
        }
        let plan = try bench.plan(jobs)
        let seen = try execute(
            [
                "script", "-qec", "stty rows 8 cols 80; '\(bench.program)' run --jobs 9 '\(plan)'",
                "/dev/null",
            ],
            in: bench.repo, environment: hermetic(home: bench.sandbox.home, extra: ["TERM": "xterm"]))
        #expect(seen.code == 0, "\(seen.out)")
        #expect(seen.out.contains("and 3 more: hybrid status"))
        #expect(!seen.out.contains("\u{1B}[8A"), "lines that scrolled away were drawn over")
    }
}
