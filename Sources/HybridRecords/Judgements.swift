internal import GRDB
internal import HybridBase
internal import HybridGit
public import HybridPlan

/// What a verify command once said about a tree.
public struct Judgement: Codable, Hashable, Sendable {
    /// The tree (hex).
    public var tree: String
    /// The job whose own command it is; nil for the plan's.
    public var job: JobID?
    /// The command, for display.
    public var command: String
    /// How it exited; an answer that is no exit code is not kept.
    public var exitCode: Int
    /// The tests that its output names as failing.
    public var failing: [String]
    /// The end of its output, safe for display; empty where it passed.
    public var tail: [String]
    /// Since when it says so, in seconds since 1970.
    public var since: Double
    /// Whether it ever said something else about the same tree; such an answer is worth nothing.
    public var isFlaky: Bool
    /// The run in which it said so first.
    public var run: RunID?

    /// Makes a judgement.
    public init(
        tree: String, job: JobID?, command: String, exitCode: Int, failing: [String] = [],
        tail: [String] = [],
        since: Double, isFlaky: Bool = false, run: RunID? = nil
    ) {
        self.run = run
        self.tree = tree
        self.job = job
        self.command = command
        self.exitCode = exitCode
        self.failing = failing
        self.tail = tail
        self.since = since
        self.isFlaky = isFlaky
    }

    /// Whether the command passed.
    public var passed: Bool { exitCode == 0 }
}

extension Ledger {
    /// How many judgements are kept, the newest ones.
    public static let keptJudgements = 2000

    /// The judgement kept under a key; nil where there is none.
    ///
    /// Throws where it is not what hybrid kept.
    public func judgement(_ key: String) throws -> Judgement? {
        try access { _ in try queue.read { db in try judgement(key, db) } }
    }

    private func judgement(_ key: String, _ db: Database) throws -> Judgement? {
        let row = try Row.fetchOne(db, sql: "SELECT json, seal FROM verdict WHERE key = ?", arguments: [key])
        guard let row else { return nil }
        guard let json = String.fromDatabaseValue(row[0]), let seal = String.fromDatabaseValue(row[1]),
            try seals.map({ try $0.seal(verdict: key, json) == seal }) ?? true
        else { throw brokenVerdict }
        return try decode(Judgement.self, json)
    }

    /// What to be told of an answer that is not what hybrid kept.
    private var brokenVerdict: HybridError {
        HybridError(
            .sealBroken, path, "a remembered answer of a verify command in it is not what hybrid wrote",
            next: "forget such answers, so that the commands run again: hybrid doctor --fix")
    }

    /// Keeps a judgement; one that contradicts what was kept under the key makes it flaky for good.
    ///
    /// Of equal answers the first one's time and run stay. Beyond ``keptJudgements`` the oldest ones go.
    public func save(_ judgement: Judgement, key: String) throws {
        try change { db in
            var kept = judgement
            if let old = try self.judgement(key, db) {
                kept.isFlaky = judgement.isFlaky || old.isFlaky || old.passed != judgement.passed
                if old.passed == judgement.passed { (kept.since, kept.run) = (old.since, old.run) }
            }
            let json = try encode(kept)
            try db.execute(
                sql: "INSERT OR REPLACE INTO verdict (key, at, json, seal) VALUES (?, ?, ?, ?)",
                arguments: [key, judgement.since, json, try seals?.seal(verdict: key, json) ?? ""])
            try db.execute(
                sql: """
                    DELETE FROM verdict WHERE key IN (
                        SELECT key FROM verdict ORDER BY at DESC LIMIT -1 OFFSET ?)
                    """, arguments: [Self.keptJudgements])
        }
    }

    /// How many remembered answers are not what hybrid kept; with `forgetting`, they go.
    package func brokenVerdicts(forgetting: Bool = false) throws -> Int {
        guard seals != nil else { return 0 }
        var broken: [DatabaseValue] = []
        try change { db in
            for row in try Row.fetchAll(db, sql: "SELECT key, json, seal FROM verdict") {
                let (key, json, seal) = (
                    String.fromDatabaseValue(row[0]), String.fromDatabaseValue(row[1]),
                    String.fromDatabaseValue(row[2])
                )
                if let key, let json, let seal, try seals?.seal(verdict: key, json) == seal { continue }
                broken.append(row[0])
            }
            guard forgetting else { return }
            for key in broken {
                try db.execute(sql: "DELETE FROM verdict WHERE key IS ?", arguments: [key])
            }
        }
        return broken.count
    }
}
