public import Foundation

/// What a finished program gave.
public struct Outcome: Sendable {
    /// The exit code; 128 + signal when a signal ended it.
    public var code: Int32
    /// Its standard output.
    public var out: String
    /// Its standard error.
    public var err: String
}

/// The environment of every program that tests start: nothing of the user's git configuration plays in.
public func hermetic(home: String, extra: [String: String] = [:]) -> [String: String] {
    var environment: [String: String] = [
        "HOME": home, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": home + "/.gitconfig", "TZ": "UTC",
        "XDG_CONFIG_HOME": home + "/.config", "PYTHONDONTWRITEBYTECODE": "1",
        "HYBRID_SLOT_FOLDER": NSTemporaryDirectory() + "hybrid-slots",
    ]
    environment.merge(extra) { $1 }
    return environment
}

/// Runs a program to its end and collects its output.
///
/// Both pipes are drained at the same time.
public func execute(
    _ arguments: [String], in directory: String, environment: [String: String], input: Data? = nil
) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.environment = environment
    let out = Pipe()
    let err = Pipe()
    process.standardOutput = out
    process.standardError = err
    let stdin = input.map { _ in Pipe() }
    process.standardInput = stdin ?? FileHandle.nullDevice
    try process.run()
    // A thread of its own: tests block the concurrency pool's few threads, so a task might never run.
    let box = Box()
    let done = DispatchSemaphore(value: 0)
    Thread {
        box.data = err.fileHandleForReading.readDataToEndOfFile()
        done.signal()
    }.start()
    if let input, let stdin {
        try stdin.fileHandleForWriting.write(contentsOf: input)
        try stdin.fileHandleForWriting.close()
    }
    let output = out.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    done.wait()
    let code =
        process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    return Outcome(
        code: code, out: String(decoding: output, as: UTF8.self),
        err: String(decoding: box.data, as: UTF8.self))
}

private final class Box: @unchecked Sendable { var data = Data() }

/// A temporary folder with a HOME of its own, removed when the value goes away.
public final class Sandbox: Sendable {
    /// The folder's real path.
    public let root: String
    /// A HOME with a git identity.
    public var home: String { root + "/home" }

    /// What goes with the value: the folder, or the one around it.
    private let outer: String

    /// Makes the folder and the identity, within one more folder where a name is given.
    public init(folder: String? = nil) throws {
        let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        outer = base + "/hybrid-test-" + UUID().uuidString.lowercased().prefix(12)
        root = folder.map { [outer] in outer + "/" + $0 } ?? outer
        try FileManager.default.createDirectory(atPath: root + "/home", withIntermediateDirectories: true)
        try write(
            "[user]\n\tname = Test Author\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n",
            to: "home/.gitconfig")
    }

    deinit { try? FileManager.default.removeItem(atPath: outer) }

    /// Writes a file below the root, making its folders.
    public func write(_ text: String, to path: String) throws {
        let full = path.hasPrefix("/") ? path : root + "/" + path
        try FileManager.default.createDirectory(
            atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: full))
    }

    /// Reads a file below the root as text; nil when it is not there.
    public func read(_ path: String) -> String? {
        let full = path.hasPrefix("/") ? path : root + "/" + path
        return FileManager.default.contents(atPath: full).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Runs a program in a folder below the root.
    public func run(
        _ arguments: String..., in directory: String = "", environment: [String: String] = [:],
        input: Data? = nil
    ) throws -> Outcome {
        try execute(
            arguments, in: directory.hasPrefix("/") ? directory : root + "/" + directory,
            environment: hermetic(home: home, extra: environment), input: input)
    }

    /// Runs git, the oracle, in a folder below the root; throws when it fails.
    @discardableResult
    public func git(_ arguments: String..., in directory: String = "repo", input: Data? = nil) throws
        -> String
    {
        let outcome = try execute(
            ["git"] + arguments, in: root + "/" + directory, environment: hermetic(home: home), input: input)
        guard outcome.code == 0 else { throw CommandFailed(arguments: arguments, outcome: outcome) }
        return outcome.out.hasSuffix("\n") ? String(outcome.out.dropLast()) : outcome.out
    }

    /// Makes a repository with these files committed on `main`.
    public func repository(_ files: [String: String], at directory: String = "repo") throws {
        try FileManager.default.createDirectory(
            atPath: root + "/" + directory, withIntermediateDirectories: true)
        try git("init", "-q", "-b", "main", in: directory)
        for (path, text) in files { try write(text, to: directory + "/" + path) }
        try git("add", "-A", in: directory)
        try git("commit", "-q", "--allow-empty", "-m", "base", in: directory)
    }
}

/// A program that had to succeed did not.
public struct CommandFailed: Error, CustomStringConvertible {
    var arguments: [String]
    var outcome: Outcome
    /// The command, its code and what it said.
    public var description: String { "\(arguments): exit \(outcome.code): \(outcome.err)\(outcome.out)" }
}
