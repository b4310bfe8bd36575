import Foundation
import TestSupport
import Testing

/// `hybrid log`.
@Suite struct LogTests {
    @Test func `attempts, set-ups and verify commands each have theirs`() throws {
        let bench = try Bench(["README": "base\n"])
        let fails = "echo try $HYBRID_ATTEMPT; [ $HYBRID_ATTEMPT = 2 ] && echo alpha > alpha.txt"
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["alpha.txt"], fails, more: ["retries": "1"])],
            verify: ["echo first check", "echo second check"],
            more: ["setup": "[\"echo made ready\"]"])
        try #require(try bench.hybrid("run", plan).code == 0)
        let newest = try bench.hybrid("log", "Alpha")
        #expect(newest.out == "try 2\n" && newest.err.hasPrefix("Alpha, attempt 2: /"), "\(newest.err)")
        #expect(try bench.hybrid("log", "alpha", "--attempt", "1", "-q").out == "try 1\n")
        #expect(try bench.hybrid("log", "alpha", "--set-up").out.hasSuffix("made ready\n"))
        let verify = try Bench.object(bench.hybrid("log", "verify", "--list", "--json"))
        let attempts = try #require(verify["attempts"] as? [[String: Any]])
        let commands = attempts.compactMap { $0["command"] as? String }
        #expect(commands.suffix(2) == ["echo first check", "echo second check"], "\(commands)")
        #expect(attempts.allSatisfy { $0["outcome"] as? String == "exited with code 0" })
        let number = try #require(attempts.last?["attempt"] as? Int)
        let first = try bench.hybrid("log", "verify", "--attempt", "\(number - 1)")
        #expect(first.out == "first check\n")
        #expect(try bench.hybrid("log", "verify", "--set-up").out.contains("made ready"))
        let list = try bench.hybrid("log", "alpha", "--list").out
        #expect(list.contains("alpha, attempt 1  exited with code 1  echo try"), "\(list)")

        let none = try bench.hybrid("log", "alpha", "--attempt", "7")
        #expect(none.code == 2 && none.err.contains("there are 2, the newest is 2"), "\(none.err)")
        #expect(try bench.hybrid("log", "nobody").err.contains("has no such job"))
        for wrong in [["--attempt", "0"], ["--json"], ["--list", "--follow"]] {
            #expect(try bench.hybrid(list: ["log", "alpha"] + wrong).code == 64)
        }
    }

    @Test func `events are words, and as they are where that is asked for`() throws {
        let event = #"{"type":"assistant","message":{"content":[{"type":"text","text":"I write it."}]}}"#
        let bench = try Bench(["README": "base\n"])
        try bench.sandbox.write(event + "\n", to: "events")
        let plan = try bench.plan([
            PlannedJob("Alpha", ["alpha.txt"], "cat \"$ROOT/events\"; echo alpha > alpha.txt")
        ])
        try #require(try bench.hybrid("run", plan).code == 0)
        #expect(try bench.hybrid("log", "alpha").out == "I write it.\n")
        #expect(try bench.hybrid("log", "alpha", "--raw").out == event + "\n")
        #expect(try bench.hybrid("log", "alpha", "--follow").out == "I write it.\n")
    }

    /// What comes is there before the worker ends; a failed attempt is followed by the next one.
    @Test func `it follows a worker that goes on`() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([
            PlannedJob(
                "Alpha", ["alpha.txt"],
                """
                echo begins $HYBRID_ATTEMPT; until [ -e "$ROOT/go" ]; do sleep 0.05; done
                echo ends; [ $HYBRID_ATTEMPT = 2 ] && echo alpha > alpha.txt
                """, more: ["retries": "1"])
        ])
        let run = try bench.begin("run", plan)
        try wait(upTo: 60, for: "the worker") {
            try bench.hybrid("status").out.contains("  alpha  running")
        }
        let follow = try bench.begin("log", "alpha", "--follow", out: "followed", err: "told")
        try wait(upTo: 60, for: "the first line") { bench.sandbox.read("followed") == "begins 1\n" }
        #expect(follow.isRunning)
        try bench.sandbox.write("", to: "go")
        run.waitUntilExit()
        follow.waitUntilExit()
        #expect(follow.terminationStatus == 0)
        #expect(bench.sandbox.read("followed") == "begins 1\nends\nbegins 2\nends\n")
        let told = try #require(bench.sandbox.read("told"))
        #expect(told.contains("alpha, attempt 1: ") && told.contains("alpha, attempt 2: "), "\(told)")
    }

    @Test func `the watch goes on until the run has landed`() throws {
        let bench = try Bench(["README": "base\n"])
        // On the base it is green at once; the merged tree waits.
        let check = "[ ! -e alpha.txt ] || until [ -e \"$ROOT/go\" ]; do sleep 0.05; done"
        let plan = try bench.plan(
            [PlannedJob("Alpha", ["alpha.txt"], "echo alpha > alpha.txt")], verify: [check])
        let run = try bench.begin("run", plan)
        try wait(upTo: 60, for: "the verification") {
            try bench.hybrid("status").out.contains("\nintegrated: ")
        }
        let watch = try bench.begin("status", "--watch", out: "watched")
        try wait(upTo: 60, for: "what it shows") {
            bench.sandbox.read("watched")?.contains("integrated") == true
        }
        #expect(watch.isRunning)
        try bench.sandbox.write("", to: "go")
        run.waitUntilExit()
        watch.waitUntilExit()
        let seen = try #require(bench.sandbox.read("watched"))
        #expect(seen.contains("\nlanded: main is at "), "\(seen)")
        #expect(!seen.contains("\u{1B}"))
    }
}
