import Foundation
import HybridBase
import HybridGit
import HybridPlan
import TestSupport
import Testing

@testable import HybridRecords

private func runRecord(_ state: RunState, id: RunID = "20260101-000000-rrrr") -> RunRecord {
    RunRecord(
        id: id, plan: "{}", planPath: "p.md", task: "Task", target: try! BranchName("main"),
        targetBefore: .zero, state: state,
        createdAt: 0)
}

private func workerRecord(_ job: JobID, _ state: WorkerState) -> WorkerRecord {
    WorkerRecord(
        run: "20260101-000000-rrrr", job: job, name: job.text, index: 0, wave: 0,
        branch: try! BranchName("hybrid/r/\(job)"),
        worktree: "/w/\(job)",
        base: .zero, state: state, seconds: 10)
}

@Suite struct LedgerTests {
    private let sandbox = try! Sandbox()
    private var path: String { sandbox.root + "/ledger.sqlite" }

    @Test("gives back what it was given, also to a second process")
    func roundTrip() throws {
        let first = try Ledger(path: path)
        var run = runRecord(.working)
        run.waves = [["a", "b"], ["c"]]
        run.sequentialMeasured = 1.5
        try first.insert(run)
        let worker = workerRecord("a", .running)
        try first.apply(.worker(worker))
        let finding = FindingRecord(
            run: "20260101-000000-rrrr", kind: .conflict, jobs: ["b", "a"], path: "x", message: "m",
            types: ["CONFLICT (contents)"],
            hunks: [.init(oursStart: 3, oursLines: ["ü", "\u{0}"], theirsStart: 4, theirsLines: [])])
        try first.apply(.found(finding))
        try first.apply(
            .spent(
                StageRecord(run: "20260101-000000-rrrr", stage: .launch, wave: 1, begin: .max - 1, end: .max))
        )

        let second = try Ledger(path: path)
        #expect(try second.run("20260101-000000-rrrr") == run)
        #expect(try second.run("other") == nil)
        #expect(try second.workers(of: "20260101-000000-rrrr") == [worker])
        #expect(try second.findings(of: "20260101-000000-rrrr") == [finding])
        #expect(try second.stages(of: "20260101-000000-rrrr").map(\.end) == [.max])

        run.state = .landed
        try second.apply(Transition(run))
        var changed = worker
        changed.state = .landed
        try second.apply(.worker(changed))
        var anew = Transition("20260101-000000-rrrr")
        anew.withdrawnKind = .conflict
        try second.apply(anew)
        #expect(try first.run("20260101-000000-rrrr")?.state == .landed)
        #expect(try first.workers(of: "20260101-000000-rrrr") == [changed])
        #expect(try first.findings(of: "20260101-000000-rrrr").isEmpty)
    }

    @Test("what is settled lies in the file itself, and nothing is left to do when it is closed")
    func settled() throws {
        let ledger = try Ledger(path: path)
        try ledger.insert(runRecord(.working))
        func waiting() throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
        }
        #expect(try waiting().map { $0 > 0 } == true)
        try ledger.settle()
        #expect(try waiting() == 0)
        let other = try Ledger(path: path)
        #expect(try other.run("20260101-000000-rrrr")?.state == .working)
        try other.apply(Transition(runRecord(.landed)))
        try ledger.settle()
        #expect(try ledger.run("20260101-000000-rrrr")?.state == .landed)
    }

    @Test("a run cannot be recorded twice, nor updated before it is there")
    func identity() throws {
        let ledger = try Ledger(path: path)
        #expect(throws: (any Error).self) { try ledger.apply(Transition(runRecord(.landed))) }
        try ledger.insert(runRecord(.working))
        #expect(throws: (any Error).self) { try ledger.insert(runRecord(.landed)) }
        #expect(try ledger.runs().map(\.state) == [.working])
    }

    private static let first: RunID = "20260101-000000-1111"
    private static let second: RunID = "20260101-000000-2222"

    @Test("the newest run is the one made last, also when somebody set the clock back")
    func clock() throws {
        let ledger = try Ledger(path: path)
        for (id, time) in [(Self.first, 2000.0), (Self.second, 1000.0)] {
            try ledger.insert(
                RunRecord(
                    id: id, plan: "{}", planPath: "p", task: "t", target: try! BranchName("main"),
                    targetBefore: .zero,
                    createdAt: time))
        }
        #expect(try ledger.runs().map(\.id) == [Self.second, Self.first])
    }

    @Test("a run and its workers change together, or not at all")
    func together() throws {
        let ledger = try Ledger(path: path)
        let worker = workerRecord("a", .running)
        #expect(throws: HybridError.self) {
            try ledger.apply(Transition(runRecord(.landed), workers: [worker]))
        }
        #expect(try ledger.workers(of: "20260101-000000-rrrr").isEmpty)
        try ledger.insert(runRecord(.working), [worker])
        let finding = FindingRecord(run: "20260101-000000-rrrr", kind: .warning, jobs: [], message: "m")
        try ledger.apply(.found(finding))
        var done = worker
        done.state = .merged
        var change = Transition(runRecord(.integrated), workers: [done])
        change.withdrawn = [finding]
        try ledger.apply(change)
        #expect(try ledger.workers(of: "20260101-000000-rrrr") == [done])
        #expect(try ledger.findings(of: "20260101-000000-rrrr").isEmpty)
        #expect(try ledger.run("20260101-000000-rrrr")?.state == .integrated)
    }

    @Test("names the file when it is damaged, and leaves it alone")
    func damaged() throws {
        let bytes = Data("this is no database, whatever it is called ".utf8) + Data(count: 5000)
        try bytes.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: HybridError.self) { try Ledger(path: path) }
        #expect(error?.thing == path)
        #expect(error?.next != nil)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }

    @Test(
        "a column whose name is damaged is found, also where no run leads to it",
        arguments: ["worker", "stage", "finding", "granted", "checklist", "journal", "verdict"])
    func columns(_ table: String) throws {
        try Ledger(path: path).close()
        let script = """
            import sqlite3,sys
            c=sqlite3.connect(sys.argv[1])
            column=c.execute("PRAGMA table_info(%s)" % sys.argv[2]).fetchall()[-1][1]
            c.execute('ALTER TABLE %s RENAME COLUMN %s TO damaged' % (sys.argv[2], column)); c.commit()
            """
        #expect(try sandbox.run("python3", "-c", script, path, table).code == 0)
        let error = #expect(throws: HybridError.self) { try Ledger(path: path) }
        #expect(error?.next == "rebuild it from refs/hybrid/: hybrid doctor --fix")
    }

    @Test("refuses a newer format")
    func newer() throws {
        _ = try Ledger(path: path)
        let script =
            "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('PRAGMA user_version=99'); c.commit()"
        let done = try sandbox.run("python3", "-c", script, path)
        #expect(done.code == 0)
        let error = #expect(throws: HybridError.self) { try Ledger(path: path) }
        #expect(error?.reason.contains("newer hybrid") == true)
    }

    @Test("says so where it cannot be written")
    func unwritable() {
        let error = #expect(throws: HybridError.self) {
            try Ledger(path: sandbox.root + "/none/ledger.sqlite")
        }
        #expect(error?.thing.hasSuffix("ledger.sqlite") == true)
    }

    @Test("many that open a new ledger at once all get it")
    func openedAtOnce() throws {
        let sandbox = try Sandbox()
        for round in 0..<20 {
            let path = sandbox.root + "/ledger-\(round).sqlite"
            let failures = Failures()
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                do { _ = try Ledger(path: path) } catch { failures.add("\(error)") }
            }
            #expect(failures.all == [])
        }
    }

    private final class Failures: @unchecked Sendable {
        private let lock = NSLock()
        private var found: [String] = []
        var all: [String] { lock.withLock { found } }
        func add(_ text: String) { lock.withLock { found.append(text) } }
    }
}
