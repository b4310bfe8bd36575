import Foundation
import TestSupport
import Testing

/// Pipes where git and hybrid expect files: nothing waits for them, each is named, and the others' work goes on.
@Suite struct SpecialFileTests {
    private static let files = ["a.txt": "a\n", "b.txt": "b\n", "sub/c.txt": "c\n"]
    private static let land = ["land_the_rest": "true"]

    /// What a command says and its exit code; 124 where it did not come to an end.
    private func soon(_ bench: Bench, _ words: String) throws -> (code: Int, said: String) {
        let said = try bench.shell(
            "timeout 30 '\(bench.program)' \(words) </dev/null >'\(bench.sandbox.root)/said' 2>&1; echo $?")
        return (try #require(Int(said)), bench.sandbox.read("said") ?? "")
    }

    private func expectAllEnd(_ bench: Bench, _ commands: [String]) throws {
        for command in commands {
            let ended = try soon(bench, command)
            #expect(ended.code != 124, "\(command): \(ended.said)")
        }
    }

    private static let admin = "\"$(git rev-parse --absolute-git-dir)\""

    /// In a worker's worktree and its registration: the job fails, and the rest lands.
    @Test(arguments: [
        ".gitignore", ".gitattributes", "sub/.gitignore", "sub/.gitattributes", "new/deep/.gitignore",
        admin + "/index", admin + "/HEAD", admin + "/MERGE_HEAD", admin + "/config.worktree",
    ])
    func aWorkersPipeFailsItsJobAlone(_ place: String) throws {
        let bench = try Bench(Self.files)
        let name = place.replacingOccurrences(of: Self.admin, with: "").split(separator: "/").last ?? ""
        let plan = try bench.plan(
            [
                PlannedJob(
                    "Alpha", ["a.txt", "sub/**", "new/**", ".gitignore", ".gitattributes"],
                    "echo new > a.txt; place=\(place); mkdir -p \"$(dirname \"$place\")\"; rm -f \"$place\"; mkfifo \"$place\""
                ),
                PlannedJob("Beta", ["b.txt"], "echo new > b.txt"),
            ], more: Self.land)
        let ran = try soon(bench, "run '\(plan)'")
        #expect(ran.code == 0, "\(ran.said)")
        #expect(ran.said.contains("/\(name)") && ran.said.contains("it is a pipe"), "\(ran.said)")
        #expect(try bench.text("b.txt") == "new\n" && bench.text("a.txt") == "a\n", "\(ran.said)")
        #expect(try bench.workers()["alpha"] == "failed")
        try expectAllEnd(
            bench, ["status", "report", "conflicts", "check '\(plan)'", "doctor", "resume", "clean", "stop"])
        #expect(bench.sandbox.read(try bench.worktree("alpha") + "/a.txt") == "new\n")
    }

    /// In what all share, and in hybrid's own folder: every command comes to an end, and says what it met.
    @Test(arguments: [
        "packed-refs", "config", "info/exclude", "info/attributes", "refs/heads/pipe", "logs/refs/heads/pipe",
        "hybrid/runs/RUN/job/alpha/1/status.json", "hybrid/runs/RUN/job/alpha/1/log",
    ])
    func aSharedPipeHoldsNobodyUp(_ place: String) throws {
        let bench = try Bench(Self.files)
        let plan = try bench.plan([PlannedJob("Alpha", ["a.txt"], "echo new > a.txt; exit 3")])
        try #require(try bench.hybrid("run", plan).code == 1)
        let file = bench.repo + "/.git/" + place.replacingOccurrences(of: "RUN", with: try bench.run())
        try bench.shell("mkdir -p \"$(dirname '\(file)')\"; rm -f '\(file)'; mkfifo '\(file)'")
        try expectAllEnd(
            bench,
            [
                "status", "report", "conflicts", "check '\(plan)'", "log alpha", "doctor", "stop",
                "retry alpha",
                "clean", "run '\(plan)'",
            ])
        if place == "config" || place == "packed-refs" {
            let said = try soon(bench, "status").said
            #expect(said.contains("it is a pipe") && said.contains("rm \(file)"), "\(said)")
        }
    }

    @Test func aPlanThatNobodyWritesIsNotWaitedFor() throws {
        let bench = try Bench(Self.files)
        let plan = try bench.plan([PlannedJob("Alpha", ["a.txt"], "true")])
        try bench.shell("mkfifo ../silent.json")
        let silent = try soon(bench, "check ../silent.json")
        #expect(silent.code == 2 && silent.said.contains("nobody writes into it"), "\(silent.said)")
        let line = "sh -c 'cat \(plan)' > ../silent.json & '\(bench.program)' check ../silent.json; echo $?"
        #expect(try bench.shell(line).hasSuffix("0"))
    }

    /// A hybrid that does not move holds its run; who wants to stop it is answered all the same.
    @Test func stopComesToAnEndBesideAHybridThatHangs() throws {
        let bench = try Bench(Self.files)
        let running = try bench.begin(
            "run", bench.plan([PlannedJob("Alpha", ["a.txt"], "touch \"$ROOT/began\"; sleep 60")]))
        try wait(for: "the worker") { bench.sandbox.read("began") != nil }
        kill(running.processIdentifier, SIGSTOP)
        let start = Date()
        let stopped = try soon(bench, "stop")
        #expect(stopped.code == 2 && Date().timeIntervalSince(start) < 15, "\(stopped.said)")
        kill(running.processIdentifier, SIGCONT)
        running.waitUntilExit()
        #expect(try bench.workers()["alpha"] == "stopped")
    }
}
