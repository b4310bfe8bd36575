import Foundation
import Fuzzing
import HybridCore
import HybridGit

/// Fuzzes the recovery of the ledger: the file, its log, and the record of a run.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    check(input(start, count))
    return 0
}

private let id = "20260101-120000-abcd"

/// A repository with one run, whose ref keeps its record; and the run's ledger as it was written.
private struct Bench {
    var folder: String
    var repository: String { folder + "/repo" }
    var hybrid: String { folder + "/repo/.git/hybrid" }
    var ledger: String { hybrid + "/ledger.sqlite" }
    var image: [UInt8] = []
    var recorded: RecordedRun
    var bytes: [UInt8] = []

    init() throws {
        let place = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
        folder = place + "hybrid-fuzz-ledger-\(getpid())"
        let plan =
            #"{"task":{"name":"T"},"jobs":[{"name":"A","id":"a","files":["a"]},{"name":"B","id":"b","files":["b"]}]}"#
        var run = RunRecord(
            id: id, plan: plan, planPath: "p", task: "T", target: try BranchName("main"),
            targetBefore: ObjectID(hex: String(repeating: "1", count: 40))!, state: .working,
            waves: [["a", "b"]],
            createdAt: 1)
        run.revision = 3
        let workers = ["a", "b"].enumerated().map { index, job in
            WorkerRecord(
                run: id, job: job, name: job.uppercased(), index: index, wave: 0,
                branch: try BranchName("hybrid/\(id)/\(job)"),
                worktree: "/w/\(job)")
        }
        let finding = FindingRecord(run: id, kind: .warning, jobs: ["a"], message: "m")
        recorded = RecordedRun(run: run, workers: workers, findings: [finding])
        bytes = try recorded.bytes()
        try FileManager.default.createDirectory(atPath: hybrid, withIntermediateDirectories: true)
        try Self.git(folder, "init", "-q", "repo")
        try Data(bytes).write(to: URL(fileURLWithPath: folder + "/record"))
        try Self.git(
            repository, "update-ref", "refs/hybrid/\(id)/record",
            Self.git(repository, "hash-object", "-w", folder + "/record"))
        let whole = try Ledger(path: ledger)
        try whole.restore(recorded)
        try whole.close()
        image = [UInt8](try Data(contentsOf: URL(fileURLWithPath: ledger)))
    }

    @discardableResult
    private static func git(_ folder: String, _ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", folder] + arguments
        let out = Pipe()
        process.standardOutput = out
        try process.run()
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { fatalError("git \(arguments)") }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Puts a ledger and its log in place of whatever was there.
    func put(_ ledger: [UInt8], log: [UInt8]?) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: hybrid) where name.hasPrefix("ledger")
        {
            try FileManager.default.removeItem(atPath: hybrid + "/" + name)
        }
        try Data(ledger).write(to: URL(fileURLWithPath: self.ledger))
        if let log { try Data(log).write(to: URL(fileURLWithPath: self.ledger + "-wal")) }
    }
}

private let bench: Bench = {
    do { return try Bench() } catch { fatalError("\(error)") }
}()

/// The first byte says what is fuzzed and how: the file or the record, made up or changed in places.
func check(_ input: [UInt8]) {
    guard let mode = input.first else { return }
    let rest = Array(input.dropFirst())
    do {
        switch mode % 8 {
        case 0: try heal(rest, log: nil)
        case 1: try heal(changed(bench.image, rest), log: nil)
        case 2: try heal(changed(bench.image, rest), log: rest)
        case 3: try open(rest)
        case 4, 5: try open(changed(bench.image, rest))
        case 6: record(rest)
        default: record(changed(bench.bytes, rest))
        }
    } catch {
        fatalError("\(error)")
    }
}

/// Bytes with some of them replaced: each four bytes of the input are a place, a value and whether all after it goes.
private func changed(_ bytes: [UInt8], _ input: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var at = 0
    while at + 4 <= input.count, !bytes.isEmpty {
        let place = (Int(input[at]) << 8 | Int(input[at + 1])) % bytes.count
        bytes[place] = input[at + 2]
        if input[at + 3] == 255 { bytes = Array(bytes[..<place]) }
        at += 4
    }
    return bytes
}

/// A ledger that opens can be read or says why not.
private func open(_ bytes: [UInt8]) throws {
    try bench.put(bytes, log: nil)
    do {
        let ledger = try Ledger(path: bench.ledger)
        try ledger.examine()
        for run in try ledger.runs() { _ = try ledger.recorded(run.id) }
    } catch let error as HybridError {
        require(error.thing.hasPrefix(bench.hybrid) && error.next != nil, "the file and the remedy: \(error)")
    }
}

/// Whatever lay there, after the doctor the ledger is whole and knows the run; what was damaged is still there.
private func heal(_ bytes: [UInt8], log: [UInt8]?) throws {
    try bench.put(bytes, log: log)
    let host = Host(environment: [:], executor: LocalExecutor(supervisor: ["false"]))
    let report = try Doctor(at: bench.repository, host: host, mends: true).examine()
    // A file that says it is of a newer hybrid is that hybrid's.
    if report.left.contains(where: { $0.reason.contains("newer hybrid") }) { return }
    let ledger = try Ledger(path: bench.ledger)
    try ledger.examine()
    let run = try ledger.run(id)
    require((run?.revision ?? 0) >= 3, "the run is known: \(report.text())")
    let aside = report.findings.contains { $0.done?.contains("damaged-1") == true }
    if aside {
        let kept = try Data(contentsOf: URL(fileURLWithPath: bench.ledger + ".damaged-1"))
        require(!kept.isEmpty || bytes.isEmpty, "the damaged file is kept")
    }
}

/// A record is refused, or it is restored as it is.
private func record(_ bytes: [UInt8]) {
    do {
        let record = try RecordedRun(bytes, ref: "r", run: id)
        let ledger = try Ledger(path: ":memory:")
        try ledger.restore(record)
        let back = try ledger.recorded(id)
        require(back?.run == record.run && back?.workers == record.workers, "it is restored as it is")
    } catch let error as HybridError {
        require(!error.reason.isEmpty, "an error says something")
    } catch {
        fatalError("\(error)")
    }
}
