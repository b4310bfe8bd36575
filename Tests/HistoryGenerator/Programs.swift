import Foundation
import TestSupport

/// A program that merges as `git merge-tree --write-tree --stdin` does.
package struct MergeProgram: Sendable {
    /// The command line.
    package var arguments: [String]

    /// The oracle.
    package static let git = MergeProgram(arguments: ["git", "merge-tree", "--write-tree", "--stdin"])

    /// The oracle, with what it has to say of clean merges as well.
    package static let talkingGit = MergeProgram(arguments: git.arguments + ["--messages"])

    /// A program with the subcommand `merge-tree --stdin`, and the option that has it answer as the installed git does.
    package init(path: String) throws { try self.init(path: path, asGit: installedGit()) }

    /// A program that answers as a version of git does.
    package init(path: String, asGit version: String) {
        arguments = [path, "merge-tree", "--stdin", "--as-git", version]
    }

    /// What the newest git answers, by the program's default.
    package init(newestBy path: String) { arguments = [path, "merge-tree", "--stdin"] }

    init(arguments: [String]) { self.arguments = arguments }
}

/// A program's answers to pairs, and how long it took.
package struct Answers: Sendable {
    /// In the pairs' order; nil where it died or said something else.
    package var answers: [Answer?] = []
    /// The time that the program ran.
    package var seconds = 0.0
    /// What it said when it gave no answer.
    package var complaints: [Int: String] = [:]
}

/// What a finished process gave.
struct Finished {
    var out: [UInt8]
    var complaint: String
    var failed: Bool
    var seconds: Double
}

/// A folder for one repository and the files that programs read and write.
///
/// Input and output go through files: no pipe can fill up, however large a batch is.
final class Bench {
    let folder: String
    private var environment: [String: String]

    /// Makes the folder and an empty bare repository in it.
    init(settings: [History.Setting]) throws {
        folder = Self.base + "/hybrid-histories-" + UUID().uuidString.lowercased().prefix(12)
        environment = hermetic(
            home: folder, extra: ["GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com"])
        for part in ["objects", "refs", "info", "git"] {
            try FileManager.default.createDirectory(
                atPath: repository + "/" + part, withIntermediateDirectories: true)
        }
        try write("ref: refs/heads/none\n", to: "repository/HEAD")
        // Nothing here has to outlive the machine, and time is for merging.
        try write(
            "[core]\nrepositoryFormatVersion = 0\nbare = true\nfsync = none\nlooseCompression = 0\n[gc]\nauto = 0\n",
            to: "repository/config")
        var attributes = ""
        for setting in settings {
            switch setting {
            case .config(let key, let value):
                _ = try run(["git", "config", key, value])
            case .attribute(let line): attributes += line + "\n"
            }
        }
        if !attributes.isEmpty { try write(attributes, to: "repository/info/attributes") }
    }

    /// Memory where there is a folder of it: git's answers are many small files.
    private static let base: String = {
        let memory = "/dev/shm"
        if ProcessInfo.processInfo.environment["TMPDIR"] == nil,
            FileManager.default.isWritableFile(atPath: memory)
        {
            return memory
        }
        return FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    }()

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var repository: String { folder + "/repository" }
    /// Where git writes what it merges: the program under test cannot find it there.
    var gitObjects: String { repository + "/git" }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
    }

    /// Runs a program in the repository.
    func run(
        _ arguments: [String], input: [UInt8] = [], environment extra: [String: String] = [:],
        limit: Double = 120
    ) throws -> Finished {
        for (name, bytes) in [("in", input), ("out", []), ("err", [])] {
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: repository)
        process.environment = environment.merging(extra) { $1 }
        let handles = try [
            FileHandle(forReadingFrom: URL(fileURLWithPath: folder + "/in")),
            FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/out")),
            FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/err")),
        ]
        process.standardInput = handles[0]
        process.standardOutput = handles[1]
        process.standardError = handles[2]
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        let clock = ContinuousClock()
        let start = clock.now
        try process.run()
        var late = false
        if ended.wait(timeout: .now() + limit) == .timedOut {
            late = true
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
        }
        let seconds = (clock.now - start) / .seconds(1)
        for handle in handles { try handle.close() }
        let out = try Data(contentsOf: URL(fileURLWithPath: folder + "/out"))
        let err = try Data(contentsOf: URL(fileURLWithPath: folder + "/err"))
        let status = process.terminationReason == .exit ? "exit" : "signal"
        let said = late ? "killed after \(limit) s" : "\(status) \(process.terminationStatus)"
        return Finished(
            out: Array(out), complaint: said + " " + String(decoding: err.suffix(2000), as: UTF8.self),
            failed: late || process.terminationReason != .exit || process.terminationStatus != 0,
            seconds: seconds)
    }

    /// Asks a program for all pairs.
    ///
    /// A program that dies took the answers still in its buffer with it: from there on it is asked for one pair at a
    /// time up to the one that it dies of, which is left without an answer.
    func ask(_ program: MergeProgram, _ pairs: [(String, String)]) throws -> Answers {
        let isGit = program.arguments.first == "git"
        let extra =
            isGit
            ? [
                "GIT_OBJECT_DIRECTORY": gitObjects,
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": repository + "/objects",
            ] : [:]
        var found = Answers()
        var failures = 0
        func once(_ range: Range<Int>) throws -> (answers: [Answer], complaint: String?) {
            let lines = pairs[range].map { "\($0.0) \($0.1)\n" }.joined()
            let done = try run(program.arguments, input: Array(lines.utf8), environment: extra)
            found.seconds += done.seconds
            let (answers, rest) = Answer.all(in: done.out, talking: program.arguments.last == "--messages")
            if !done.failed, rest.isEmpty, answers.count == range.count { return (answers, nil) }
            return (Array(answers.prefix(range.count)), done.complaint)
        }
        while found.answers.count < pairs.count {
            let (answers, complaint) = try once(found.answers.count..<pairs.count)
            found.answers += answers
            guard let complaint else { break }
            if failures == 0, answers.count == pairs.count { break }
            while found.answers.count < pairs.count {
                let (one, failure) = try once(found.answers.count..<found.answers.count + 1)
                found.answers.append(failure == nil ? one.first : nil)
                guard let failure else { continue }
                found.complaints[found.answers.count - 1] = failure.isEmpty ? complaint : failure
                failures += 1
                break
            }
            // A program that answers nothing at all is not asked a thousand times.
            if failures >= 12, found.answers.allSatisfy({ $0 == nil }) {
                found.answers += Array(repeating: nil, count: pairs.count - found.answers.count)
            }
        }
        return found
    }
}
