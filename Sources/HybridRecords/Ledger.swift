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
    /// What seals it; nil: nothing in it is sealed, and nothing believed less for that.
    package let seals: LedgerSeals?

    /// Opens the ledger, and makes it where there is none.
    ///
    /// Throws `HybridError` naming file and remedy where it is damaged, newer than this program, or cannot be
    /// written.
    public convenience init(path: String) throws { try self.init(path: path, seals: nil) }

    /// Opens the ledger, whose runs are sealed.
    package init(path: String, seals: LedgerSeals?) throws {
        self.path = path
        self.seals = seals
        try Ledger.refuseTruncated(path)
        var configuration = Configuration()
        configuration.busyMode = .timeout(Double(Ledger.patience))
        configuration.prepareDatabase { db in
            // What lies in the file runs nothing: neither functions in its schema nor extensions.
            try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
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

    /// How long another process's write is waited for, in seconds.
    private static let patience = 10

    private static func migrate(_ queue: DatabaseQueue, _ path: String) throws {
        let found = try queue.read { db in
            let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            guard found <= LedgerSchema.version else {
                throw HybridError(
                    .newerFormat, path, "it was written by a newer hybrid (format \(found))",
                    next: "use that version in this repository")
            }
            try LedgerSchema.refuseOther(db, path, isCurrent: found == LedgerSchema.version)
            return found
        }
        guard found < LedgerSchema.version else { return }
        try queue.write { db in try db.execute(sql: LedgerSchema.making) }
    }

    // MARK: Runs

    /// Records a new run and its workers, all or nothing; throws when its id is taken.
    package func insert(_ run: RunRecord, _ workers: [WorkerRecord] = []) throws {
        try change(run.id, [.run, .worker]) { db in
            try db.execute(
                sql: "INSERT INTO run (json, created, id) VALUES (?, ?, ?)",
                arguments: [try self.encode(run), run.createdAt, run.id.text])
            for worker in workers { try self.put(worker, db) }
        }
    }

    /// A run by its id; nil when there is none.
    public func run(_ id: RunID) throws -> RunRecord? { try read(RunRecord.self, .run, of: id).first }

    /// All runs, the newest first.
    public func runs() throws -> [RunRecord] { try runs(atMost: -1) }

    /// The newest run; nil when there is none.
    package func newestRun() throws -> RunRecord? { try runs(atMost: 1).first }

    private func runs(atMost count: Int) throws -> [RunRecord] {
        let ids = try access { _ in
            try queue.read { db in
                try String.fetchAll(
                    db, sql: "SELECT id FROM run ORDER BY rowid DESC LIMIT ?", arguments: [count])
            }
        }
        return try ids.flatMap { try read(RunRecord.self, .run, of: RunID(unchecked: $0)) }
    }

    /// A run's workers, in plan order.
    public func workers(of run: RunID) throws -> [WorkerRecord] {
        try read(WorkerRecord.self, .worker, of: run)
    }

    /// A run's stages, in the order in which they ended.
    public func stages(of run: RunID) throws -> [StageRecord] { try read(StageRecord.self, .stage, of: run) }

    /// A run's findings, in the order in which they were made.
    public func findings(of run: RunID) throws -> [FindingRecord] {
        try read(FindingRecord.self, .finding, of: run)
    }

    /// The claims that a run's workers were granted and told of, in the order in which they asked.
    package func grants(of run: RunID) throws -> [ClaimGrant] {
        try read(ClaimGrant.self, .granted, of: run).filter { $0.told != false }
    }

    /// The answers to a run's integration checklist; none before it was integrated.
    public func checklist(of run: RunID) throws -> [ChecklistItem] {
        try read([ChecklistItem].self, .checklist, of: run).first ?? []
    }

    // MARK: Access

    package func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// A part of what is recorded of a run; throws where its seal does not hold.
    private func read<T: Decodable>(_: T.Type, _ part: SealedPart, of run: RunID) throws -> [T] {
        let rows: [String] = try access { _ in
            try queue.read { db in try self.rows(part, of: run, db) }
        }
        return try rows.map { try self.decode(T.self, $0) }
    }

    func rows(_ part: SealedPart, of run: RunID, _ db: Database) throws -> [String] {
        try seals?.rows(part, of: run, db, path) ?? part.unsealed(of: run, db).rows
    }

    func decode<T: Decodable>(_: T.Type, _ row: String) throws -> T {
        do {
            return try JSONDecoder().decode(T.self, from: Data(row.utf8))
        } catch {
            throw HybridError(.recordDamaged, path, "a record in it is damaged", next: Ledger.remedy)
        }
    }

    /// Whether what is recorded of a run is sealed; throws where its seal does not hold.
    package func isSealed(_ run: RunID) throws -> Bool {
        guard let seals else { return true }
        return try access { path in try queue.read { db in try seals.isSealed(run, db, path) } }
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
