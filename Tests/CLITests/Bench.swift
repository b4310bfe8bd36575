import Foundation
import TestSupport
import Testing

/// One repository, and hybrid as a person types it there.
///
/// All knowledge of what the program prints in JSON, how it names refs and where it puts worktrees is in this
/// file; everything else asks git.
final class Bench: Sendable {
    /// The folder with HOME and the repository.
    let sandbox: Sandbox
    /// The built program.
    let program: String

    /// The repository's main worktree.
    var repo: String { sandbox.root + "/repo" }
    /// Where hybrid puts this repository's worktrees.
    var worktreeFolder: String { repo + ".hybrid" }
    /// The project's fixtures.
    static let fixtures =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/fixtures"

    /// A repository with these files on `main`, within a folder of a name where one is given.
    init(_ files: [String: String], folder: String? = nil) throws {
        sandbox = try Sandbox(folder: folder)
        program = try hybridProgram()
        try sandbox.repository(files)
    }

    /// The repository of a fixture.
    init(fixture: String) throws {
        sandbox = try Sandbox()
        program = try hybridProgram()
        let made = try sandbox.run(Self.fixtures + "/\(fixture)/make-repository", repo)
        try #require(made.code == 0, "\(made.err)")
    }

    /// A repository that a hybrid of the first layout of names left, in one of the states of `Tests/OldLayout`.
    init(oldLayout state: String) throws {
        sandbox = try Sandbox()
        program = try hybridProgram()
        let states = Self.fixtures + "/../Tests/OldLayout/states"
        let made = try sandbox.run("python3", states, "unpack", state, sandbox.root, program)
        try #require(made.code == 0, "\(made.err)")
    }

    /// The plan of a fixture, copied beside the repository.
    func plan(ofFixture fixture: String) throws -> String {
        let text = try #require(sandbox.read(Self.fixtures + "/\(fixture)/plan.md"))
        try sandbox.write(text, to: "plan.md")
        return sandbox.root + "/plan.md"
    }

    // MARK: Programs

    private var environment: [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return ["PATH": Self.fixtures + "/bin:" + path, "CLINE_PACE": "0", "ROOT": sandbox.root]
    }

    /// Runs hybrid in the repository.
    @discardableResult
    func hybrid(
        _ arguments: String..., in directory: String? = nil, environment extra: [String: String] = [:]
    ) throws -> Outcome {
        try hybrid(list: arguments, in: directory, environment: extra)
    }

    /// Runs hybrid in the repository.
    @discardableResult
    func hybrid(
        list arguments: [String], in directory: String? = nil, environment extra: [String: String] = [:]
    ) throws -> Outcome {
        let done = try execute(
            [program] + arguments, in: directory ?? repo,
            environment: hermetic(home: sandbox.home, extra: environment.merging(extra) { $1 }))
        if arguments.contains("--json") { try expectDescribed(done.out, of: arguments) }
        return done
    }

    /// Begins hybrid in the repository and does not wait for it.
    ///
    /// What it prints goes to files of the sandbox where they are named.
    func begin(_ arguments: String..., out: String? = nil, err: String? = nil) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: repo)
        process.environment = hermetic(home: sandbox.home, extra: environment)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try output(to: out)
        process.standardError = try output(to: err)
        try process.run()
        return process
    }

    private func output(to name: String?) throws -> FileHandle {
        guard let name else { return .nullDevice }
        try sandbox.write("", to: name)
        return try #require(FileHandle(forWritingAtPath: sandbox.root + "/" + name))
    }

    /// Runs a shell line in a folder, the repository when none is named; throws when it fails.
    @discardableResult
    func shell(_ line: String, in directory: String? = nil) throws -> String {
        let done = try execute(
            ["sh", "-c", line], in: directory ?? repo,
            environment: hermetic(home: sandbox.home, extra: environment))
        try #require(done.code == 0, "\(line): \(done.out)\(done.err)")
        return done.out.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A line for a worker that waits until hybrid has collected what another job's worker made.
    func waitsFor(_ job: String) -> String {
        "until '\(program)' status 2>/dev/null | grep -q '^  \(job) *done'; do sleep 0.1; done"
    }

    // MARK: One state for several tests

    /// Keeps the repository and its worktrees as they are now, for ``bringBack()``, and how far its runs have come.
    ///
    /// One run serves many cases so, each of which begins where it ended.
    func remember() throws {
        try shell(
            """
            cp -a repo remembered; [ ! -e repo.hybrid ] || cp -a repo.hybrid remembered.hybrid
            [ ! -e "\(ownState)" ] || cp -a "\(ownState)" remembered.state
            """, in: sandbox.root)
    }

    private var ownState: String { sandbox.home + "/.local/state" }

    /// Puts the repository and its worktrees back, at the same place, as they were remembered.
    func bringBack() throws {
        try shell(
            """
            rm -rf repo repo.hybrid; cp -a remembered repo
            [ ! -e remembered.hybrid ] || cp -a remembered.hybrid repo.hybrid
            [ ! -e remembered.state ] || { rm -rf "\(ownState)"; cp -a remembered.state "\(ownState)"; }
            """, in: sandbox.root)
    }

    // MARK: What git sees

    /// The id of a revision.
    func id(_ revision: String = "main") throws -> String {
        try sandbox.git("rev-parse", "--verify", revision)
    }

    /// A file's text at a revision; nil when it is not there.
    func text(_ path: String, at revision: String = "main") throws -> String? {
        let shown = try sandbox.run("git", "show", "\(revision):\(path)", in: "repo")
        return shown.code == 0 ? shown.out : nil
    }

    /// All refs below a prefix, with their ids.
    func refs(_ prefix: String = "refs/") throws -> [String: String] {
        let lines = try sandbox.git("for-each-ref", "--format=%(refname) %(objectname)", prefix)
        let pairs = lines.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) })
    }

    /// The paths of all linked worktrees.
    func linkedWorktrees() throws -> [String] {
        let lines = try sandbox.git("worktree", "list", "--porcelain").split(separator: "\n")
        return lines.filter { $0.hasPrefix("worktree ") }.map { String($0.dropFirst(9)) }.dropFirst().sorted()
    }

    /// The newest run's id, from its refs: they are the truth.
    func run() throws -> String {
        let runs = Set(try refs("refs/hybrid/").keys.map { String($0.split(separator: "/")[2]) })
        return try #require(runs.max())
    }

    /// A job's branch in the newest run.
    func branch(_ job: String) throws -> String { "hybrid/\(try run())/\(job)" }

    /// A job's worktree in the newest run.
    func worktree(_ job: String) throws -> String { "\(worktreeFolder)/\(try run())/\(job)" }

    /// Where a job's conflict lies open in the newest run; the target's where none is named.
    func resolution(_ job: String? = nil) throws -> String {
        "\(worktreeFolder)/\(try run())/" + (job.map { "_resolve-\($0)" } ?? "_target")
    }

    /// The worktree of a check of the newest run.
    func check(_ number: Int) throws -> String { "\(worktreeFolder)/\(try run())/_check-\(number)" }

    /// The folder of an attempt of a job in the newest run.
    func attempt(_ job: String, _ number: Int) throws -> String {
        "\(repo)/.git/hybrid/runs/\(try run())/job/\(job)/\(number)"
    }

    /// Refs that keep work of a job's.
    func kept(_ job: String) throws -> [String: String] { try refs("refs/hybrid/\(try run())/job/\(job)/") }

    /// Refs that keep what attempts of a job made which did not succeed.
    func rescued(_ job: String) throws -> [String] {
        try kept(job).keys.filter { $0.contains("/rescue") }.sorted()
    }

    /// Expects that nothing of hybrid's is left but refs and its record, and that the repository is whole.
    func expectTidy(_ location: SourceLocation = #_sourceLocation) throws {
        #expect(try refs("refs/heads/hybrid/") == [:], sourceLocation: location)
        #expect(try linkedWorktrees() == [], sourceLocation: location)
        #expect(!FileManager.default.fileExists(atPath: worktreeFolder), sourceLocation: location)
        #expect(try sandbox.git("status", "--porcelain") == "", sourceLocation: location)
        let checked = try sandbox.run("git", "fsck", "--strict", "--no-dangling", in: "repo")
        #expect(checked.code == 0, "\(checked.out)\(checked.err)", sourceLocation: location)
        #expect(checked.out + checked.err == "", sourceLocation: location)
    }

    // MARK: What hybrid says in JSON

    /// The schemas of what a command prints with `--json`, of which one is to fit.
    private static func schemas(of arguments: [String]) -> [String] {
        let own: [String] =
            switch arguments.first ?? "" {
            case "run", "resume", "land", "report": ["report"]
            case "retry": ["report", "status"]
            case "adopt": ["adopt", "report"]
            case "resolve": ["report", "resolve"]
            case "status" where arguments.contains("--all"): ["runs"]
            case "start", "merge", "verify", "status": ["status"]
            case let name: [name]
            }
        return own + ["error"]
    }

    private static let schemas = Schemas()

    /// Each answer that a test asks for follows its schema, and holds nothing that is not in it.
    private func expectDescribed(_ answer: String, of arguments: [String]) throws {
        // What is watched is an answer a line.
        let answers =
            arguments.contains("--watch") ? answer.split(separator: "\n").map { String($0) } : [answer]
        for answer in answers where !answer.isEmpty {
            let problems = try Self.schemas(of: arguments).map { name in
                let schema = try Self.schemas.text(name) {
                    try execute(
                        [program, "schema", name], in: "/",
                        environment: hermetic(home: sandbox.home, extra: [:])
                    ).out
                }
                return try SchemaCheck.problems(answer, schema: schema)
            }
            #expect(
                problems.contains { $0.isEmpty }, "hybrid \(arguments.joined(separator: " ")): \(problems)")
        }
    }

    /// The schemas that were asked for.
    private final class Schemas: @unchecked Sendable {
        private let lock = NSLock()
        private var known: [String: String] = [:]

        func text(_ name: String, _ read: () throws -> String) throws -> String {
            if let text = lock.withLock({ known[name] }) { return text }
            let text = try read()
            lock.withLock { known[name] = text }
            return text
        }
    }

    /// What a command printed, as one JSON object.
    static func object(_ outcome: Outcome) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(outcome.out.utf8))
        return try #require(value as? [String: Any])
    }

    /// Expects that an answer follows its published schema, as a validator of others sees it, and holds nothing else.
    func expectValid(_ answer: Outcome, _ schema: Outcome) throws {
        try sandbox.write(schema.out, to: "schema.json")
        try sandbox.write(answer.out, to: "answer.json")
        let program = """
            import json, jsonschema
            schema = json.load(open("schema.json"))
            jsonschema.Draft202012Validator.check_schema(schema)
            def close(part):
                # What is printed must be in the schema, too.
                if isinstance(part, dict):
                    if "properties" in part: part["additionalProperties"] = False
                    for value in part.values(): close(value)
            close(schema)
            jsonschema.validate(json.load(open("answer.json")), schema)
            """
        var said = ""
        // A python3 of the user's own may not see the system's modules.
        for python in ["python3", "/usr/bin/python3"] {
            let done = try sandbox.run(python, "-c", program)
            if done.code == 0 { return }
            if !done.err.contains("No module named") { said = done.err }
        }
        Issue.record("\(said)\n\(answer.out)")
    }

    /// The run's state, as `status --json` says it.
    func state() throws -> String {
        let status = try Self.object(hybrid("status", "--json"))
        let run = status["run"] as? [String: Any] ?? status
        return try #require(run["state"] as? String)
    }

    /// The workers' states by job id, as `status --json` says them.
    func workers() throws -> [String: String] {
        let status = try Self.object(hybrid("status", "--json"))
        let workers = try #require(status["workers"] as? [[String: Any]])
        return try Dictionary(
            uniqueKeysWithValues: workers.map {
                (try #require($0["job"] as? String), try #require($0["state"] as? String))
            })
    }
}

/// A job of a plan that a test writes.
struct PlannedJob {
    var name: String
    var files: [String]
    var command: String?
    /// Further fields, each value as JSON text.
    var more: [String: String]

    init(_ name: String, _ files: [String], _ command: String?, more: [String: String] = [:]) {
        self.name = name
        self.files = files
        self.command = command
        self.more = more
    }
}

extension Bench {
    /// Writes a plan as JSON beside the repository and gives its path.
    func plan(_ jobs: [PlannedJob], verify: [String] = ["true"], more: [String: String] = [:]) throws
        -> String
    {
        let written = try jobs.map { job -> [String: Any] in
            var fields: [String: Any] = ["name": job.name, "files": job.files, "estimate": "10 minutes"]
            fields["command"] = job.command
            return try fields.merging(Self.values(job.more)) { $1 }
        }
        var plan: [String: Any] = [
            "task": ["name": "A test", "complexity": "medium", "sequential_estimate": "40 minutes"],
            "orchestrator": ["estimate": "5 minutes"], "jobs": written, "target": "main",
        ]
        if !verify.isEmpty { plan["verify"] = verify }
        let data = try JSONSerialization.data(
            withJSONObject: plan.merging(Self.values(more)) { $1 }, options: [.prettyPrinted, .sortedKeys])
        try sandbox.write(String(decoding: data, as: UTF8.self), to: "plan.json")
        return sandbox.root + "/plan.json"
    }

    private static func values(_ texts: [String: String]) throws -> [String: Any] {
        try texts.mapValues {
            try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)
        }
    }
}

/// Waits until something is so; gives up after a while, so that a test fails instead of hanging.
func wait(upTo seconds: Double = 30, for what: String, until holds: () throws -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try !holds() {
        try #require(Date() < deadline, "waited \(seconds) s for \(what)")
        usleep(20_000)
    }
}
