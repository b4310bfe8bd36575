package import GRDB
internal import HybridBase
internal import HybridGit
internal import HybridMerging
public import HybridPlan
internal import HybridSystem

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The record of a repository's runs: an SQLite file in the common git directory.
///
/// Every write is synced before it returns. Refs are the truth; the ledger says what they mean.
public final class Ledger {
    let queue: DatabaseQueue
    package let path: String
    /// The file that was opened.
    package let opened: Mark?

    /// Opens the ledger, and makes it where there is none.
    ///
    /// Throws `HybridError` naming file and remedy where it is damaged, newer than this program, or cannot be
    /// written.
    public init(path: String) throws {
        self.path = path
        try Ledger.refuseTruncated(path)
        var configuration = Configuration()
        configuration.busyMode = .timeout(Double(Ledger.patience))
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        }
        queue = try Ledger.open(path, configuration)
        opened = Ledger.mark(path)
    }

    /// SQLite's busy timeout does not hold while a new file gets its journal, so two first runs at once try again.
    private static func open(_ path: String, _ configuration: Configuration) throws -> DatabaseQueue {
        let deadline = Monotonic.now() + 10_000_000_000
        while true {
            do {
                let queue = try DatabaseQueue(path: path, configuration: configuration)
                try migrate(queue, path)
                return queue
            } catch let error as DatabaseError {
                guard error.resultCode == .SQLITE_BUSY, Monotonic.now() < deadline else {
                    throw explained(error, path)
                }
                usleep(10_000)
            }
        }
    }

    private static let version = 4
    /// How long another process's write is waited for, in seconds.
    private static let patience = 10

    private static func migrate(_ queue: DatabaseQueue, _ path: String) throws {
        let found = try queue.read { db in try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 }
        guard found <= Ledger.version else {
            throw HybridError(
                .newerFormat, path, "it was written by a newer hybrid (format \(found))",
                next: "use that version in this repository")
        }
        guard found < Ledger.version else { return }
        try queue.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS run (id TEXT PRIMARY KEY, created REAL NOT NULL, json TEXT NOT NULL);
                    CREATE TABLE IF NOT EXISTS worker (
                        run TEXT NOT NULL, job TEXT NOT NULL, number INTEGER NOT NULL, json TEXT NOT NULL,
                        PRIMARY KEY (run, job));
                    CREATE TABLE IF NOT EXISTS stage (
                        number INTEGER PRIMARY KEY, run TEXT NOT NULL, json TEXT NOT NULL);
                    CREATE TABLE IF NOT EXISTS finding (
                        number INTEGER PRIMARY KEY, run TEXT NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL,
                        UNIQUE (run, json));
                    CREATE TABLE IF NOT EXISTS checklist (run TEXT PRIMARY KEY, json TEXT NOT NULL);
                    CREATE TABLE IF NOT EXISTS granted (
                        number INTEGER PRIMARY KEY, run TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (run, json));
                    CREATE TABLE IF NOT EXISTS journal (
                        number INTEGER PRIMARY KEY, run TEXT NOT NULL, step TEXT NOT NULL, subject TEXT NOT NULL,
                        outcome TEXT);
                    CREATE INDEX IF NOT EXISTS stage_run ON stage (run);
                    \(judgedTable)
                    CREATE INDEX IF NOT EXISTS journal_run ON journal (run);
                    PRAGMA user_version = \(Ledger.version);
                    """)
        }
    }

    // MARK: Runs

    /// Records a new run and its workers, all or nothing; throws when its id is taken.
    package func insert(_ run: RunRecord, _ workers: [WorkerRecord] = []) throws {
        try change { db in
            try db.execute(
                sql: "INSERT INTO run (json, created, id) VALUES (?, ?, ?)",
                arguments: [try self.encode(run), run.createdAt, run.id.text])
            for worker in workers { try self.put(worker, db) }
        }
    }

    /// A run by its id; nil when there is none.
    public func run(_ id: RunID) throws -> RunRecord? {
        try read(RunRecord.self, "SELECT json FROM run WHERE id = ?", [id.text]).first
    }

    /// All runs, the newest first.
    public func runs() throws -> [RunRecord] {
        try read(RunRecord.self, "SELECT json FROM run ORDER BY rowid DESC", [])
    }

    /// A run's workers, in plan order.
    public func workers(of run: RunID) throws -> [WorkerRecord] {
        try read(WorkerRecord.self, "SELECT json FROM worker WHERE run = ? ORDER BY number", [run.text])
    }

    /// A run's stages, in the order in which they ended.
    public func stages(of run: RunID) throws -> [StageRecord] {
        try read(StageRecord.self, "SELECT json FROM stage WHERE run = ? ORDER BY number", [run.text])
    }

    /// A run's findings, in the order in which they were made.
    public func findings(of run: RunID) throws -> [FindingRecord] {
        try read(FindingRecord.self, "SELECT json FROM finding WHERE run = ? ORDER BY number", [run.text])
    }

    /// The claims that a run's workers were granted and told of, in the order in which they asked.
    package func grants(of run: RunID) throws -> [ClaimGrant] {
        try read(ClaimGrant.self, "SELECT json FROM granted WHERE run = ? ORDER BY number", [run.text])
            .filter { $0.told != false }
    }

    /// The answers to a run's integration checklist; none before it was integrated.
    public func checklist(of run: RunID) throws -> [ChecklistItem] {
        try read([ChecklistItem].self, "SELECT json FROM checklist WHERE run = ?", [run.text]).first ?? []
    }

    // MARK: Access

    package func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    package func read<T: Decodable>(_: T.Type, _ sql: String, _ arguments: [any DatabaseValueConvertible])
        throws -> [T]
    {
        let rows = try access { _ in
            try queue.read { db in
                try String.fetchAll(db, sql: sql, arguments: StatementArguments(arguments))
            }
        }
        return try rows.map { row in
            do {
                return try JSONDecoder().decode(T.self, from: Data(row.utf8))
            } catch {
                throw HybridError(.recordDamaged, path, "a record in it is damaged", next: Ledger.remedy)
            }
        }
    }

    /// Runs a statement and gives how many rows it changed.
    @discardableResult
    package func write(_ sql: String, _ arguments: [any DatabaseValueConvertible]) throws -> Int {
        try access { _ in
            try queue.write { db in
                try db.execute(sql: sql, arguments: StatementArguments(arguments))
                return db.changesCount
            }
        }
    }

    /// Takes what was written since into the file itself, as far as nobody else reads or writes just now.
    package func settle() throws {
        try access { _ in
            try queue.inDatabase { db in
                // Who reads or writes is not waited for: that it was busy is in its answer, and no error.
                try db.execute(sql: "PRAGMA busy_timeout = 0")
                _ = try Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                try db.execute(sql: "PRAGMA busy_timeout = \(Ledger.patience * 1000)")
            }
        }
    }

    package func access<T>(_ body: (String) throws -> T) throws -> T {
        do {
            return try body(path)
        } catch let error as DatabaseError {
            throw Ledger.explained(error, path)
        }
    }

    /// What to type where the file is damaged.
    package static let remedy = "rebuild it from refs/hybrid/: hybrid doctor --fix"

    static func explained(_ error: DatabaseError, _ path: String) -> HybridError {
        let (code, next): (HybridError.Code, String) =
            switch error.resultCode {
            case .SQLITE_FULL: (.noSpace, "free space on its disk")
            case .SQLITE_BUSY, .SQLITE_LOCKED: (.locked, "wait for the other hybrid process")
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY:
                (.notWritable, "check the permissions of its folder")
            default: (.recordDamaged, remedy)
            }
        return HybridError(
            code, path, "the ledger cannot be used: \(error.message ?? "\(error.resultCode)")", next: next)
    }
}
