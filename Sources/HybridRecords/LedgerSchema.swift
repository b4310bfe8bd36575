internal import GRDB
internal import HybridBase

/// What a ledger is made of, and the only things that may be in one.
///
/// A trigger would change what hybrid writes, a view what it reads, a virtual table what runs when it does.
enum LedgerSchema {
    static let version = 5

    private static let tables = [
        "run": "(id TEXT PRIMARY KEY, created REAL NOT NULL, json TEXT NOT NULL)",
        "worker":
            "(run TEXT NOT NULL, job TEXT NOT NULL, number INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (run, job))",
        "stage": "(number INTEGER PRIMARY KEY, run TEXT NOT NULL, json TEXT NOT NULL)",
        "finding":
            "(number INTEGER PRIMARY KEY, run TEXT NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (run, json))",
        "checklist": "(run TEXT PRIMARY KEY, json TEXT NOT NULL)",
        "granted":
            "(number INTEGER PRIMARY KEY, run TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (run, json))",
        "journal":
            "(number INTEGER PRIMARY KEY, run TEXT NOT NULL, step TEXT NOT NULL, subject TEXT NOT NULL, outcome TEXT)",
        "verdict": "(key TEXT PRIMARY KEY, at REAL NOT NULL, json TEXT NOT NULL, seal TEXT NOT NULL)",
        "baseline":
            "(run TEXT NOT NULL, name TEXT NOT NULL, turn INTEGER NOT NULL, PRIMARY KEY (run, name))",
        "seal":
            "(run TEXT PRIMARY KEY, turn INTEGER NOT NULL, parts TEXT NOT NULL, seal TEXT NOT NULL)",
    ]
    private static let indexes = [
        "stage_run": "ON stage (run)", "journal_run": "ON journal (run)", "verdict_at": "ON verdict (at)",
    ]
    /// What a version before had: what verify commands said, which nobody sealed.
    private static let past = [
        "judged":
            "TABLE judged (key TEXT PRIMARY KEY, passed INTEGER NOT NULL, flaky INTEGER NOT NULL, since REAL NOT NULL, at REAL NOT NULL, json TEXT NOT NULL)",
        "judged_at": "INDEX judged_at ON judged (at)",
    ]

    /// Makes what is missing.
    static var making: String {
        (tables.map { "CREATE TABLE IF NOT EXISTS \($0) \($1);" }.sorted()
            + indexes.map { "CREATE INDEX IF NOT EXISTS \($0) \($1);" }.sorted()
            + ["DROP TABLE IF EXISTS judged;", "PRAGMA user_version = \(version);"]).joined(separator: "\n")
    }

    private static let expected: [String: String] = {
        var all: [String: String] = [:]
        for (name, form) in tables { all[name] = bare("CREATE TABLE \(name) \(form)") }
        for (name, form) in indexes { all[name] = bare("CREATE INDEX \(name) \(form)") }
        return all
    }()

    private static func bare(_ sql: String) -> String { sql.filter { !$0.isWhitespace } }

    /// Throws where a ledger has something else than hybrid makes; one that is to be brought up to date may lack some.
    static func refuseOther(_ db: Database, _ path: String, isCurrent: Bool) throws {
        let rows = try Row.fetchAll(db, sql: "SELECT type, name, sql FROM sqlite_schema")
        var missing = Set(expected.keys)
        for row in rows {
            let (type, name, sql): (String, String, String?) = (row["type"], row["name"], row["sql"])
            // SQLite's own, of a PRIMARY KEY or UNIQUE.
            if type == "index", sql == nil, name.hasPrefix("sqlite_autoindex_") { continue }
            let text = sql.map(bare)
            if let text, text == expected[name] {
                missing.remove(name)
                continue
            }
            if !isCurrent, let text, let old = past[name], text == bare("CREATE " + old) { continue }
            throw HybridError(
                .sealBroken, path,
                "there is a \(neutralise(type)) \(neutralise(name)) in it that hybrid did not make",
                next: Ledger.remedy)
        }
        guard !isCurrent || missing.isEmpty else {
            throw HybridError(
                .recordDamaged, path, "its \(missing.sorted().joined(separator: ", ")) is missing",
                next: Ledger.remedy)
        }
    }
}

extension Ledger {
    /// The form of the ledger that this version writes.
    package static var version: Int { LedgerSchema.version }
}
