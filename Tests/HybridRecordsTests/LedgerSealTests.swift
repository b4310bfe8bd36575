import Foundation
import HybridBase
import HybridGit
import HybridPlan
import HybridSystem
import TestSupport
import Testing

@testable import HybridRecords

/// A ledger whose runs are sealed, and what somebody else did to it.
@Suite struct LedgerSealTests {
    private let sandbox = try! Sandbox()
    private var path: String { sandbox.root + "/ledger.sqlite" }

    private func opened(state: String = "state") throws -> Ledger {
        let sealer = Sealer(environment: ["XDG_STATE_HOME": sandbox.root + "/" + state])
        return try Ledger(path: path, seals: LedgerSeals(sealer, repository: "/repo"))
    }

    /// A run with something in every table.
    private func filled() throws {
        let ledger = try opened()
        let target = try BranchName("main")
        let run = RunRecord(
            id: "20260101-000000-rrrr", plan: "{}", planPath: "p.md", task: "Task", target: target,
            targetBefore: .zero,
            state: .verified, createdAt: 0)
        let workers = try ["a", "b"].enumerated().map { index, job in
            WorkerRecord(
                run: "20260101-000000-rrrr", job: JobID(unchecked: job), name: job, index: index, wave: 0,
                branch: try BranchName("hybrid/r/\(job)"),
                worktree: "/w", state: .failed)
        }
        let number = try ledger.intend(.begin, "", run: "20260101-000000-rrrr")
        try ledger.insert(run, workers)
        try ledger.conclude(number, "done", run: "20260101-000000-rrrr")
        var change = Transition("20260101-000000-rrrr")
        change.findings = [
            FindingRecord(run: "20260101-000000-rrrr", kind: .breach, jobs: ["a"], message: "m")
        ]
        change.grants = [ClaimGrant(run: "20260101-000000-rrrr", job: "a", path: "x", kind: "write")]
        change.stages = [StageRecord(run: "20260101-000000-rrrr", stage: .merge, begin: 1, end: 2)]
        change.checklist = [ChecklistItem(id: "i", text: "t", answer: true, evidence: "e")]
        try ledger.apply(change)
        try ledger.note(baseline: "shared-0.json", 1, of: "20260101-000000-rrrr")
        try ledger.save(Judgement(tree: "t", job: nil, command: "c", exitCode: 1, since: 5), key: "k")
        try ledger.close()
    }

    private func sql(_ line: String) throws {
        let done = try sandbox.run(
            "python3", "-c",
            "import sqlite3,sys; b=sqlite3.connect(sys.argv[1]); b.executescript(sys.argv[2]); b.commit()",
            path, line)
        try #require(done.code == 0, "\(done.err)")
    }

    /// Reads all that is known of the run.
    private func readAll(_ ledger: Ledger) throws {
        _ = try (
            ledger.runs(), ledger.recorded("20260101-000000-rrrr"), ledger.stages(of: "20260101-000000-rrrr"),
            ledger.journal(of: "20260101-000000-rrrr")
        )
        _ = try (ledger.judgement("k"), ledger.isSealed("20260101-000000-rrrr"))
    }

    @Test func `what hybrid wrote is read, by a second process too`() throws {
        try filled()
        let ledger = try opened()
        try readAll(ledger)
        #expect(try ledger.isSealed("20260101-000000-rrrr"))
        #expect(try ledger.grants(of: "20260101-000000-rrrr").count == 1)
        #expect(try ledger.baselines(of: "20260101-000000-rrrr") == ["shared-0.json": 1])
        #expect(try ledger.brokenSeal("20260101-000000-rrrr") == nil)
        #expect(try ledger.brokenVerdicts() == 0)
        try ledger.forget("20260101-000000-rrrr")
        #expect(try ledger.runs().isEmpty)
    }

    @Test func `an empty ledger is well, one that somebody wrote to is not`() throws {
        try opened().examine()
        try filled()
        try sql("UPDATE worker SET json = replace(json, 'failed', 'merged') WHERE job = 'a'")
        let error = #expect(throws: HybridError.self) { try opened().examine() }
        #expect(error?.code == .sealBroken)
    }

    @Test(arguments: [
        "UPDATE run SET json = replace(json, '{}', '[]')",
        "UPDATE worker SET json = replace(json, 'failed', 'merged') WHERE job = 'a'",
        "UPDATE worker SET number = 1 - number", "UPDATE worker SET job = 'c' WHERE job = 'a'",
        "DELETE FROM worker WHERE job = 'b'",
        "DELETE FROM finding", "UPDATE finding SET kind = 'warning'",
        "INSERT INTO finding (run, kind, json) SELECT run, kind, json || ' ' FROM finding",
        "DELETE FROM granted", "UPDATE granted SET json = replace(json, '\"x\"', '\"y\"')",
        "UPDATE checklist SET json = replace(json, 'true', 'false')", "DELETE FROM stage",
        "UPDATE journal SET outcome = NULL", "UPDATE journal SET step = 'land'",
        "DELETE FROM baseline", "UPDATE baseline SET turn = 0",
        "UPDATE seal SET turn = turn + 1", "UPDATE seal SET parts = replace(parts, '1', '2')",
        "UPDATE seal SET seal = replace(seal, 'a', 'b')", "DELETE FROM seal",
        "UPDATE verdict SET json = replace(json, '\"exitCode\":1', '\"exitCode\":0')",
        "UPDATE verdict SET seal = ''",
        "UPDATE seal SET run = 's'; UPDATE run SET id = 's'; UPDATE worker SET run = 's'",
        "CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM finding; END",
        "CREATE TEMP TABLE x (a); CREATE VIEW v AS SELECT 1",
        "ALTER TABLE run RENAME TO runs; CREATE VIEW run AS SELECT * FROM runs",
        "CREATE TABLE more (a)", "DROP TABLE seal",
        "DROP TABLE seal; DROP TABLE baseline; DROP TABLE verdict; PRAGMA user_version = 4",
        "ALTER TABLE finding ADD COLUMN more TEXT", "DROP INDEX stage_run",
    ]) func `what somebody else wrote is not believed, and not sealed with the rest`(_ line: String) throws {
        try filled()
        try sql(line)
        let error = #expect(throws: HybridError.self) {
            let ledger = try opened()
            try readAll(ledger)
        }
        #expect([.sealBroken, .recordDamaged].contains(error?.code), "\(error?.description ?? "")")
        // Nothing that is written to any part launders it.
        _ = try? {
            let ledger = try opened()
            _ = try ledger.intend(.merge, "", run: "20260101-000000-rrrr")
            try ledger.apply(
                .found(FindingRecord(run: "20260101-000000-rrrr", kind: .warning, jobs: [], message: "n")))
        }()
        #expect(throws: HybridError.self) {
            let ledger = try opened()
            try readAll(ledger)
        }
    }

    @Test func `an older ledger that is put back is seen, by this process and by the next`() throws {
        try filled()
        let old = try Data(contentsOf: URL(fileURLWithPath: path))
        do {
            let ledger = try opened()
            try ledger.apply(
                .spent(StageRecord(run: "20260101-000000-rrrr", stage: .verify, begin: 3, end: 4)))
            try ledger.close()
        }
        try old.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: HybridError.self) { try opened().runs() }
        #expect(error?.code == .sealBroken)
        #expect(error?.reason.contains("older") == true)
    }

    @Test func `a part of an older state beside a newer one is seen`() throws {
        try filled()
        try sql("CREATE TABLE old AS SELECT * FROM granted; CREATE TABLE olds AS SELECT * FROM seal")
        try sql(
            "ATTACH '\(sandbox.root)/kept' AS k; CREATE TABLE k.g AS SELECT * FROM old; CREATE TABLE k.s AS SELECT * FROM olds; DROP TABLE old; DROP TABLE olds"
        )
        do {
            let ledger = try opened()
            var change = Transition("20260101-000000-rrrr")
            change.withdrawnGrants = try ledger.grants(of: "20260101-000000-rrrr")
            try ledger.apply(change)
            try ledger.close()
        }
        try sql("ATTACH '\(sandbox.root)/kept' AS k; INSERT INTO granted SELECT * FROM k.g")
        #expect(throws: HybridError.self) { try opened().grants(of: "20260101-000000-rrrr") }
        try sql("ATTACH '\(sandbox.root)/kept' AS k; DELETE FROM seal; INSERT INTO seal SELECT * FROM k.s")
        #expect(throws: HybridError.self) { try opened().grants(of: "20260101-000000-rrrr") }
    }

    @Test func `without the key, and with another, nothing is believed; a person may say that it is well`()
        throws
    {
        try filled()
        #expect(throws: HybridError.self) { try opened(state: "other").run("20260101-000000-rrrr") }
        _ = try Sealer(environment: ["XDG_STATE_HOME": sandbox.root + "/other"]).madeKey()
        let ledger = try opened(state: "other")
        let error = #expect(throws: HybridError.self) { try ledger.run("20260101-000000-rrrr") }
        #expect(error?.reason.contains("another key") == true)
        try ledger.seal("20260101-000000-rrrr", baselines: [:])
        #expect(try ledger.run("20260101-000000-rrrr")?.state == .verified)
        #expect(try ledger.brokenVerdicts(forgetting: true) == 1)
        #expect(try ledger.judgement("k") == nil)
    }
}
