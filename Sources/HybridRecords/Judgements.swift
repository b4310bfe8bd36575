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

    /// Makes a judgement.
    public init(
        tree: String, job: JobID?, command: String, exitCode: Int, failing: [String] = [],
        tail: [String] = [],
        since: Double, isFlaky: Bool = false
    ) {
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

    /// What makes the table, for ``Ledger``'s own migration.
    static let judgedTable = """
        CREATE TABLE IF NOT EXISTS judged (
            key TEXT PRIMARY KEY, passed INTEGER NOT NULL, flaky INTEGER NOT NULL, since REAL NOT NULL,
            at REAL NOT NULL, json TEXT NOT NULL);
        CREATE INDEX IF NOT EXISTS judged_at ON judged (at);
        """

    /// The judgement kept under a key; nil where there is none.
    public func judgement(_ key: String) throws -> Judgement? {
        try read(
            Judgement.self,
            """
            SELECT json_set(json, '$.isFlaky', json(iif(flaky, 'true', 'false')), '$.since', since)
            FROM judged WHERE key = ?
            """, [key]
        ).first
    }

    /// Keeps a judgement; one that contradicts what was kept under the key makes it flaky for good.
    ///
    /// Of equal answers the first one's time stays. Beyond ``keptJudgements`` the oldest ones go.
    public func save(_ judgement: Judgement, key: String) throws {
        try write(
            """
            INSERT INTO judged (key, passed, flaky, since, at, json) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (key) DO UPDATE SET
                flaky = flaky OR passed <> excluded.passed,
                since = iif(passed = excluded.passed, since, excluded.since),
                passed = excluded.passed, at = excluded.at, json = excluded.json
            """,
            [
                key, judgement.passed ? 1 : 0, judgement.isFlaky ? 1 : 0, judgement.since, judgement.since,
                try encode(judgement),
            ])
        try write(
            "DELETE FROM judged WHERE key IN (SELECT key FROM judged ORDER BY at DESC LIMIT -1 OFFSET ?)",
            [Self.keptJudgements])
    }
}
