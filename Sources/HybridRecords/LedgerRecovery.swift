package import GRDB
internal import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan
internal import HybridSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Ledger {
    /// All that the ledger says of a run, but for the stages' times; nil where it does not know it.
    public func recorded(_ id: RunID) throws -> RecordedRun? {
        guard let run = try run(id) else { return nil }
        return RecordedRun(
            run: run, workers: try workers(of: id), findings: try findings(of: id),
            grants: try grants(of: id),
            checklist: try checklist(of: id), baselines: try baselines(of: id))
    }

    /// Replaces what the ledger says of a run by a record, all or nothing; the stages' times stay.
    ///
    /// What was not sealed is not sealed for that.
    package func restore(_ recorded: RecordedRun, sealed: Bool = true) throws {
        let run = recorded.run
        try replace(run.id, sealed: sealed) { db in
            for table in ["worker", "finding", "granted", "checklist", "baseline"] {
                try db.execute(sql: "DELETE FROM \(table) WHERE run = ?", arguments: [run.id.text])
            }
            try db.execute(
                sql: "INSERT OR REPLACE INTO run (id, created, json) VALUES (?, ?, ?)",
                arguments: [run.id.text, run.createdAt, try self.encode(run)])
            for worker in recorded.workers { try self.put(worker, db) }
            for finding in recorded.findings { try self.put(finding, db) }
            for grant in recorded.grants { try self.put(grant, db) }
            for (name, turn) in recorded.baselines ?? [:] { try put(baseline: name, turn, of: run.id, db) }
            if !recorded.checklist.isEmpty {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO checklist (run, json) VALUES (?, ?)",
                    arguments: [run.id.text, try self.encode(recorded.checklist)])
            }
        }
    }

    /// Takes out all that is known of a run, all or nothing.
    package func forget(_ run: RunID) throws {
        try change { db in
            for table in [
                "worker", "finding", "granted", "checklist", "stage", "journal", "baseline", "seal",
            ] {
                try db.execute(sql: "DELETE FROM \(table) WHERE run = ?", arguments: [run.text])
            }
            try db.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [run.text])
        }
        try seals?.forget(run)
    }

    /// Reads the whole file and every record in it; throws `HybridError` naming what is damaged.
    ///
    /// Grows with the ledger.
    public func examine() throws {
        let said = try access { _ in
            try queue.read { db in try String.fetchAll(db, sql: "PRAGMA integrity_check(1)") }
        }
        guard said == ["ok"] else {
            throw HybridError(
                .recordDamaged, path, "the ledger is damaged: \(said.first ?? "SQLite does not say how")",
                next: Ledger.remedy
            )
        }
        // Every table is asked, also where no run leads there: a damaged name of a column shows only then.
        let nobody = RunID(unchecked: "nobody")
        _ = try (workers(of: nobody), stages(of: nobody), findings(of: nobody), grants(of: nobody))
        _ = try (checklist(of: nobody), journal(of: nobody), judgement(""))
        for run in try runs() {
            guard let recorded = try recorded(run.id) else { continue }
            _ = try stages(of: run.id)
            if let problem = recorded.problem(run.id) {
                throw HybridError(
                    .recordDamaged, path, "what it says of run \(run.id) is damaged: \(problem)",
                    next: Ledger.remedy)
            }
        }
    }

    /// Throws where another file lies in the ledger's place since it was opened: what is written now would be lost.
    package func refuseReplaced() throws {
        guard let opened, let there = Ledger.mark(path), there != opened else { return }
        throw HybridError(
            .changed, path, "the ledger was replaced by another one meanwhile", next: "type the command again"
        )
    }

    /// Lets the file go; without a reader left, SQLite writes all of it into the one file.
    public func close() throws { try access { _ in try queue.close() } }

    package func put(_ worker: WorkerRecord, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO worker (run, job, number, json) VALUES (?, ?, ?, ?)",
            arguments: [worker.run.text, worker.job.text, worker.index, try encode(worker)])
    }

    func put(_ finding: FindingRecord, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR IGNORE INTO finding (run, kind, json) VALUES (?, ?, ?)",
            arguments: [finding.run.text, finding.kind.rawValue, try encode(finding)])
    }

    func put(_ grant: ClaimGrant, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR IGNORE INTO granted (run, json) VALUES (?, ?)",
            arguments: [grant.run.text, try encode(grant)])
    }

    /// Why a run cannot be changed that nobody recorded.
    func unknown(_ run: RunID) -> HybridError {
        HybridError(.noSuchRun, path, "it has no run \(run)", next: "look at hybrid status")
    }

    package func change(_ body: (Database) throws -> Void) throws {
        try access { _ in try queue.write { db in try body(db) } }
    }

    /// Changes parts of what is recorded of a run, and seals them; throws where what was sealed before does not hold.
    func change(_ run: RunID, _ parts: Set<SealedPart>, _ body: (Database) throws -> Void) throws {
        guard let seals else { return try change(body) }
        var turn = 0
        try change { db in turn = try seals.change(parts, of: run, db, path) { try body(db) } }
        try seals.note(run, turn: turn)
    }

    /// Replaces what is recorded of a run, whatever it was.
    private func replace(_ run: RunID, sealed: Bool, _ body: (Database) throws -> Void) throws {
        guard let seals else { return try change(body) }
        var turn: Int?
        try change { db in
            try body(db)
            if sealed { turn = try seals.sealAll(run, db) }
        }
        if let turn { try seals.note(run, turn: turn) }
    }

    /// The runs that it knows, whatever it says of them.
    package func runIDs() throws -> [RunID] {
        try access { _ in
            try queue.read { db in try String.fetchAll(db, sql: "SELECT id FROM run ORDER BY rowid DESC") }
        }.map { RunID(unchecked: $0) }
    }

    /// Why what is recorded of a run is not what hybrid wrote; nil where it is, and where nothing was sealed.
    package func brokenSeal(_ run: RunID) throws -> String? {
        do {
            try access { _ in
                try queue.read { db in for part in SealedPart.allCases { _ = try rows(part, of: run, db) } }
            }
            return nil
        } catch let error as HybridError where error.code == .sealBroken {
            return error.reason
        }
    }

    /// All rows that are recorded of a run, unlooked at, for who is to say that they are well.
    package func allRows(of run: RunID) throws -> [String] {
        try access { _ in
            try queue.read { db in
                try SealedPart.allCases.flatMap { part in
                    try [part.rawValue] + part.unsealed(of: run, db).texts
                }
            }
        }
    }

    /// Seals what is recorded of a run as it stands: somebody looked at it and said so.
    package func seal(_ run: RunID, baselines: [String: Int]) throws {
        try replace(run, sealed: true) { db in
            try db.execute(sql: "DELETE FROM baseline WHERE run = ?", arguments: [run.text])
            for (name, turn) in baselines { try put(baseline: name, turn, of: run, db) }
        }
    }

    /// The baselines that were kept of a run, by name, each with how often it was written.
    package func baselines(of run: RunID) throws -> [String: Int] {
        try access { _ in
            try queue.read { db in
                // Read for what it says beside each, and held against the seal before.
                _ = try rows(.baseline, of: run, db)
                let found = try Row.fetchAll(
                    db, sql: "SELECT name, turn FROM baseline WHERE run = ?", arguments: [run.text])
                return Dictionary(found.map { ($0["name"], $0["turn"]) }) { first, _ in first }
            }
        }
    }

    /// Notes that a baseline was kept, and how often; or with nil that it is not needed any more.
    package func note(baseline name: String, _ turn: Int?, of run: RunID) throws {
        try change(run, [.baseline]) { db in
            try db.execute(
                sql: "DELETE FROM baseline WHERE run = ? AND name = ?", arguments: [run.text, name])
            if let turn { try put(baseline: name, turn, of: run, db) }
        }
    }

    private func put(baseline name: String, _ turn: Int, of run: RunID, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO baseline (run, name, turn) VALUES (?, ?, ?)", arguments: [run.text, name, turn])
    }

    /// SQLite looks at the end of a file only when it needs it: a file that is shorter than it says is found here.
    ///
    /// Another process may be writing at this moment, so SQLite itself has the last word.
    static func refuseTruncated(_ path: String) throws {
        guard let size = fileSize(path) else { return }
        if size == 0 {
            guard let log = fileSize(path + "-wal"), log > 0 else { return }
            throw HybridError(.recordDamaged, path, "the ledger is empty, but its log is not", next: remedy)
        }
        let head = try read(100, of: path)
        guard head.count == 100, head.starts(with: Array("SQLite format 3\u{0}".utf8)) else {
            throw HybridError(
                .recordDamaged, path, "the ledger is damaged: it is no SQLite file", next: remedy)
        }
        // SQLite takes a higher number for a file that it may only read, and says no more.
        guard head[18] <= 2, head[19] <= 2 else {
            throw HybridError(
                .recordDamaged, path, "the ledger is damaged: its head names a format that is not SQLite's",
                next: remedy)
        }
        let stored = Int(head[16]) << 8 | Int(head[17])
        let page = stored == 1 ? 65536 : stored
        let pages = head[28..<32].reduce(0) { $0 << 8 | Int($1) }
        guard page >= 512, size >= pages * page, size % page == 0 else {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            do {
                let queue = try DatabaseQueue(path: path, configuration: configuration)
                let said = try queue.read { db in try String.fetchAll(db, sql: "PRAGMA quick_check(1)") }
                guard said == ["ok"] else {
                    throw HybridError(
                        .recordDamaged, path, "the ledger is damaged: it is shorter than it says",
                        next: remedy)
                }
            } catch let error as DatabaseError {
                throw explained(error, path)
            }
            return
        }
    }

    /// What tells a file from another one of its name.
    package struct Mark: Hashable {
        var device: UInt64
        var inode: UInt64

        package init(device: UInt64, inode: UInt64) {
            self.device = device
            self.inode = inode
        }
    }

    package static func mark(_ path: String) -> Mark? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        return Mark(device: UInt64(truncatingIfNeeded: facts.st_dev), inode: UInt64(facts.st_ino))
    }

    private static func fileSize(_ path: String) -> Int? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        return Int(facts.st_size)
    }

    private static func read(_ count: Int, of path: String) throws -> [UInt8] {
        do {
            return try Descriptor(opening: path, O_RDONLY).read(count, at: 0)
        } catch {
            throw HybridError(
                .unreadable, path, "the ledger cannot be read: \(error)",
                next: "check the permissions of its folder")
        }
    }
}
