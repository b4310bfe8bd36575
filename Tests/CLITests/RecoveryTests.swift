import Foundation
import TestSupport
import Testing

/// The ledger lost or damaged in the middle of a run: refs are the truth.
@Suite struct RecoveryTests {
    private static func ledger(_ bench: Bench) -> String { bench.repo + "/.git/hybrid/ledger.sqlite" }

    /// Two waves; the second one's worker waits until the test lets it go.
    private static func plan(_ bench: Bench) throws -> String {
        try bench.plan([
            PlannedJob("Alpha", ["a.txt"], "echo alpha > a.txt"),
            PlannedJob("Beta", ["b.txt"], "echo beta > b.txt"),
            PlannedJob(
                "Gamma", ["c.txt"],
                #"echo once >> "$ROOT/gamma"; while [ ! -e "$ROOT/go" ]; do sleep 0.05; done; cat a.txt b.txt > c.txt"#,
                more: ["wave": "2"]),
        ])
    }

    /// A run whose second wave is at work, its orchestrator killed.
    private static func interrupted() throws -> Bench {
        let bench = try Bench(["README": "base\n"])
        let running = try bench.begin("run", plan(bench))
        try wait(for: "the second wave") { bench.sandbox.read("gamma") != nil }
        kill(running.processIdentifier, SIGKILL)
        running.waitUntilExit()
        return bench
    }

    private static func expectLanded(_ bench: Bench) throws {
        #expect(try bench.text("a.txt") == "alpha\n")
        #expect(try bench.text("b.txt") == "beta\n")
        #expect(try bench.text("c.txt") == "alpha\nbeta\n")
        // The worker that lived on was taken over, not started a second time.
        #expect(bench.sandbox.read("gamma") == "once\n")
        #expect(try bench.state() == "landed")
        try bench.expectTidy()
    }

    @Test(arguments: [true, false])
    func aMissingLedgerIsRebuilt(withItsLog: Bool) throws {
        let bench = try Self.interrupted()
        let ledger = Self.ledger(bench)
        for suffix in withItsLog ? ["", "-wal", "-shm"] : [""] {
            try? FileManager.default.removeItem(atPath: ledger + suffix)
        }
        let status = try bench.hybrid("status")
        #expect(status.code == 0, "\(status.out)\(status.err)")
        #expect(status.err.contains("rebuilt from refs/hybrid/"), "\(status.err)")
        #expect(try bench.workers() == ["alpha": "merged", "beta": "merged", "gamma": "running"])
        try bench.sandbox.write("", to: "go")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        try Self.expectLanded(bench)
        #expect(try bench.hybrid("report").code == 0)
    }

    @Test(arguments: ["empty", "100", "4096", "half", "zeros", "text", "tables", "record", "format"])
    func aDamagedLedgerIsMovedAsideAndRebuilt(damage: String) throws {
        let bench = try Self.interrupted()
        let ledger = Self.ledger(bench)
        // A checkpoint first, so that the damage is not mended by the log.
        try bench.shell(
            "python3 -c 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(\"PRAGMA wal_checkpoint(TRUNCATE)\")' '\(ledger)'"
        )
        let url = URL(fileURLWithPath: ledger)
        let whole = try Data(contentsOf: url)
        switch damage {
        case "tables", "record":
            let sql = damage == "tables" ? "DROP TABLE worker" : "UPDATE run SET json = substr(json, 1, 40)"
            try bench.shell(
                "python3 -c 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(\"\(sql)\"); c.commit()' '\(ledger)'"
            )
        case "format": try (whole.prefix(18) + [93] + whole.dropFirst(19)).write(to: url)
        case "zeros": try Data(count: whole.count).write(to: url)
        case "text": try Data("no database at all, whatever it says\n".utf8).write(to: url)
        case "half": try whole.prefix(whole.count / 8192 * 4096).write(to: url)
        default: try whole.prefix(Int(damage) ?? 0).write(to: url)
        }
        let damaged = try Data(contentsOf: url)
        let refused = try bench.hybrid("resume")
        #expect(refused.code == 2, "\(refused.out)\(refused.err)")
        #expect(refused.err.contains("ledger.sqlite"), "\(refused.err)")
        #expect(refused.err.contains("hybrid doctor --fix"), "\(refused.err)")
        let looked = try bench.hybrid("doctor")
        #expect(looked.code == 1, "\(looked.out)\(looked.err)")
        if !["tables", "record"].contains(damage) { #expect(try Data(contentsOf: url) == damaged) }
        let mended = try bench.hybrid("doctor", "--fix")
        // A record that is not what hybrid wrote comes back from its ref; the rest of the ledger is well.
        let isMoved = damage != "record"
        #expect(
            mended.out.contains(isMoved ? "ledger.sqlite.damaged-1" : "mended"), "\(mended.out)\(mended.err)")
        #expect(FileManager.default.fileExists(atPath: ledger + ".damaged-1") == isMoved)
        try bench.sandbox.write("", to: "go")
        let resumed = try bench.hybrid("resume")
        #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
        try Self.expectLanded(bench)
        let after = try bench.hybrid("doctor")
        #expect(after.code == 0, "\(after.out)\(after.err)")
    }

    @Test func anOldLedgerThatWasPutBackIsFound() throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan([PlannedJob("Alpha", ["a.txt"], "echo alpha > a.txt")])
        try #require(try bench.hybrid("start", plan).code == 0)
        let ledger = Self.ledger(bench)
        try bench.shell(
            "cp '\(ledger)' \"$ROOT/old\"; cp '\(ledger)-wal' \"$ROOT/old-wal\" 2>/dev/null || true")
        try bench.sandbox.write("alpha\n", to: try bench.worktree("alpha") + "/a.txt")
        try #require(try bench.hybrid("merge").code == 0)
        let run = try bench.run()
        let put =
            "rm -f '\(ledger)-wal' '\(ledger)-shm'; cp \"$ROOT/old\" '\(ledger)'; [ ! -e \"$ROOT/old-wal\" ] || cp \"$ROOT/old-wal\" '\(ledger)-wal'"
        try bench.shell(put)
        let refused = try bench.hybrid("merge")
        #expect(refused.code == 2, "\(refused.out)\(refused.err)")
        #expect(refused.err.contains("doctor --fix"), "\(refused.err)")
        let mended = try bench.hybrid("doctor", "--fix", "--json")
        let report = try Bench.object(mended)
        let findings = try #require(report["findings"] as? [[String: Any]])
        #expect(
            findings.contains { $0["kind"] as? String == "ledger" && $0["thing"] as? String == "run \(run)" },
            "\(mended.out)")
        #expect(try bench.hybrid("verify").code == 0)
        #expect(try bench.hybrid("land").code == 0)
        #expect(try bench.text("a.txt") == "alpha\n")
    }

    @Test func theRecordIsReadByGitAndKeptByGc() throws {
        let bench = try Bench(["README": "base\n"])
        try #require(
            try bench.hybrid("run", bench.plan([PlannedJob("Alpha", ["a.txt"], "echo alpha > a.txt")])).code
                == 0)
        let run = try bench.run()
        try bench.sandbox.git("gc", "-q", "--prune=now")
        let text = try bench.sandbox.git("show", "refs/hybrid/\(run)/record")
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect((value?["run"] as? [String: Any])?["state"] as? String == "landed")
        let ledger = Self.ledger(bench)
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: ledger + suffix) }
        #expect(try bench.state() == "landed")
        #expect(try bench.hybrid("rollback").code == 0)
    }
}

extension RecoveryTests {
    /// The orchestrator is killed at any moment, the ledger is lost, and the run comes to the same end.
    @Test(arguments: Array(stride(from: 0.05, through: 1.5, by: 0.12)))
    func killedAtAnyMomentAndWithoutItsLedger(seconds: Double) throws {
        let bench = try Bench(["README": "base\n"])
        let plan = try bench.plan(
            [
                PlannedJob("Alpha", ["a.txt"], #"echo a >> "$ROOT/count"; sleep 0.2; echo alpha > a.txt"#),
                PlannedJob(
                    "Beta", ["b.txt"], #"sleep 0.1; cat a.txt > b.txt; echo beta >> b.txt"#,
                    more: ["wave": "2"]),
            ], verify: ["sleep 0.2; [ ! -e a.txt ] || grep -q alpha b.txt"])
        let running = try bench.begin("run", plan)
        usleep(UInt32(seconds * 1e6))
        kill(running.processIdentifier, SIGKILL)
        running.waitUntilExit()
        let ledger = bench.repo + "/.git/hybrid/ledger.sqlite"
        let hadRun = try bench.refs("refs/hybrid/").keys.contains { $0.hasSuffix("/record") }
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: ledger + suffix) }
        if hadRun {
            let resumed = try bench.hybrid("resume")
            if running.terminationReason == .exit {
                #expect(try bench.state() == "landed")
            } else {
                #expect(resumed.code == 0, "\(resumed.out)\(resumed.err)")
            }
            #expect(try bench.text("a.txt") == "alpha\n")
            #expect(try bench.text("b.txt") == "alpha\nbeta\n")
            #expect(bench.sandbox.read("count") == "a\n")
            try bench.expectTidy()
        } else {
            // Nothing was launched before the run had its ref.
            #expect(bench.sandbox.read("count") == nil)
        }
        let mended = try bench.hybrid("doctor", "--fix")
        #expect(mended.code == 0, "\(mended.out)\(mended.err)")
    }
}
