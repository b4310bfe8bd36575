import Foundation
import TestSupport
import Testing

/// `hybrid merge-tree --stdin`: many merges in one process.
@Suite struct MergeTreeStdinTests {
    @Test(arguments: [
        "", "ours theirs\n", "ours theirs", "ours theirs\nclean theirs\nours theirs\n",
        "main main\nclean ours\n",
    ])
    func answersAsGitDoes(_ input: String) throws {
        let bench = try MergeTreeBench()
        let (hybrid, git) = (
            try bench.hybrid(["--stdin"], input: input), try bench.git(["--stdin"], input: input)
        )
        if input.hasSuffix("\n") || input.isEmpty {
            #expect(hybrid.out == git.out)
        } else {
            // git wants a line feed behind the last line too; here it may be missing.
            #expect(try hybrid.out == bench.git(["--stdin"], input: input + "\n").out)
        }
        #expect(hybrid.code == 0 && hybrid.err == "")
    }

    @Test(arguments: [
        ("ours", "line \"ours\""), ("ours theirs clean", "line \"ours theirs clean\""), ("", "line \"\""),
        (" theirs", "line"), ("ours ", "line"), ("ours  theirs", "line"), ("ours\ttheirs", "line"),
        ("ours nothing", "nothing"), ("\u{1B}[31m x", "hybrid:"),
    ])
    func aBadLineEndsItWithTheEarlierAnswersOut(_ line: String, _ part: String) throws {
        let bench = try MergeTreeBench()
        let good = try bench.hybrid(["--stdin"], input: "clean theirs\n").out
        let answer = try bench.hybrid(["--stdin"], input: "clean theirs\n\(line)\nours theirs\n")
        #expect(answer.code == 2)
        #expect(answer.out == good)
        #expect(answer.err.contains(part) && answer.err.split(separator: "\n").count == 1, "\(answer.err)")
        // What was answered can be used.
        let tree = good.split(separator: "\0")[1]
        #expect(try bench.sandbox.git("cat-file", "-t", String(tree)) == "tree")
    }

    @Test func aProgramCanAskUseTheAnswerAndAskAgain() throws {
        let bench = try MergeTreeBench()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: bench.program)
        process.arguments = ["merge-tree", "--stdin"]
        process.currentDirectoryURL = URL(fileURLWithPath: bench.sandbox.root + "/repo")
        process.environment = hermetic(home: bench.sandbox.home)
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        for pair in ["clean theirs", "ours theirs", "clean ours"] {
            try input.fileHandleForWriting.write(contentsOf: Data((pair + "\n").utf8))
            let expected = try bench.git(["--stdin"], input: pair + "\n").out
            var answer = Data()
            while answer.count < expected.utf8.count {
                let part = output.fileHandleForReading.availableData
                try #require(!part.isEmpty, "it ended")
                answer += part
            }
            #expect(String(decoding: answer, as: UTF8.self) == expected)
        }
        // The trees are there while the program still runs; git made them too, so a fresh one is asked for.
        try bench.sandbox.git("switch", "-q", "-c", "late", "clean")
        try bench.sandbox.write("late\n", to: "repo/late")
        try bench.sandbox.git("add", "-A")
        try bench.sandbox.git("commit", "-qm", "late")
        try input.fileHandleForWriting.write(contentsOf: Data("late theirs\n".utf8))
        var answer = Data()
        while answer.count < 44 { answer += output.fileHandleForReading.availableData }
        let tree = String(decoding: answer, as: UTF8.self).split(separator: "\0")[1]
        #expect(try bench.sandbox.git("show", "\(tree):late") == "late")
        #expect(try bench.sandbox.git("show", "\(tree):a").contains("theirs"))
        #expect(process.isRunning)
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test func aHalfLineWaitsForItsRest() throws {
        let bench = try MergeTreeBench()
        let script =
            "{ printf 'clean th'; sleep 0.2; printf 'eirs\\nours the'; sleep 0.2; printf 'irs\\n'; } | \"$0\" merge-tree --stdin"
        let done = try bench.sandbox.run("sh", "-c", script, bench.program, in: "repo")
        #expect(try done.out == bench.git(["--stdin"], input: "clean theirs\nours theirs\n").out)
    }

    @Test(arguments: [
        // Nobody reads, or stdout is closed from the start.
        "yes 'ours theirs' | head -n 20000 | \"$0\" merge-tree --stdin | head -c 1 >/dev/null",
        "\"$0\" merge-tree ours theirs >&-", "echo 'ours theirs' | \"$0\" merge-tree --stdin >&-",
    ])
    func aClosedStdoutEndsIt(_ line: String) throws {
        let bench = try MergeTreeBench()
        let before = try bench.state()
        let done = try bench.sandbox.run("sh", "-c", line, bench.program, in: "repo")
        #expect(done.err.split(separator: "\n").count <= 1, "\(done.err)")
        #expect(line.contains("head") || done.code == 2)
        #expect(try bench.state() == before)
    }

    @Test func aClosedStdinIsAnError() throws {
        let bench = try MergeTreeBench()
        let done = try bench.sandbox.run(
            "sh", "-c", "\"$0\" merge-tree --stdin <&-", bench.program, in: "repo")
        #expect(done.code == 2 && done.out == "")
        #expect(done.err.contains("stdin"), "\(done.err)")
    }

    @Test func manyMergesMakeFewPacks() throws {
        let bench = try MergeTreeBench()
        let input = String(repeating: "ours theirs\nclean theirs\nclean ours\n", count: 100)
        let (hybrid, git) = (
            try bench.hybrid(["--stdin"], input: input), try bench.git(["--stdin"], input: input)
        )
        #expect(hybrid.out == git.out)
        let packs = try FileManager.default.contentsOfDirectory(
            atPath: bench.sandbox.root + "/repo/.git/objects/pack")
        // One for each core that merges, however many merges there are.
        let count = packs.filter { $0.hasSuffix(".pack") }.count
        #expect((1...max(2, ProcessInfo.processInfo.activeProcessorCount)).contains(count))
    }
}
