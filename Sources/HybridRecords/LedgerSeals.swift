internal import GRDB
internal import HybridBase
package import HybridPlan
package import HybridSystem

/// What the ledger says of a run, in parts that change apart from each other.
package enum SealedPart: String, CaseIterable, Sendable {
    case run, worker, finding, granted, checklist, stage, journal, baseline

    /// Selects a part's rows, in order, each with what stands beside its JSON.
    private var selection: String {
        switch self {
        case .run: "SELECT '', json FROM run WHERE id = ?"
        case .worker: "SELECT job || ' ' || number, json FROM worker WHERE run = ? ORDER BY number"
        case .finding: "SELECT kind, json FROM finding WHERE run = ? ORDER BY number"
        case .granted: "SELECT '', json FROM granted WHERE run = ? ORDER BY number"
        case .checklist: "SELECT '', json FROM checklist WHERE run = ?"
        case .stage: "SELECT '', json FROM stage WHERE run = ? ORDER BY number"
        case .journal:
            """
            SELECT step || ' ' || subject, coalesce(outcome, '') FROM journal WHERE run = ? ORDER BY number
            """
        case .baseline: "SELECT name, CAST(turn AS TEXT) FROM baseline WHERE run = ? ORDER BY name"
        }
    }

    /// A run's rows as they are: as they are sealed, and their JSON.
    func unsealed(of run: RunID, _ db: Database) throws -> (texts: [String], rows: [String]) {
        var (texts, rows): ([String], [String]) = ([], [])
        let found = try Row.fetchCursor(db, sql: selection, arguments: [run.text])
        while let row = try found.next() {
            guard let beside = String.fromDatabaseValue(row[0]), let json = String.fromDatabaseValue(row[1])
            else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a row is damaged") }
            texts.append("\(beside.utf8.count):\(beside)\(json)")
            rows.append(json)
        }
        return (texts, rows)
    }
}

/// Seals what a ledger says, and holds against it what is read.
///
/// Of each run a digest of each part stands beside it, sealed with the user's key together with a number that only
/// grows. The highest number seen is kept in the user's own folder as well, so that an older ledger that is put back is
/// seen. What was held once is compared, not hashed, as long as it stays.
package final class LedgerSeals {
    package let sealer: Sealer
    private let turns: TurnBook
    private var key: SealKey?
    /// The highest number seen of each run in this process.
    private var seen: [RunID: Int] = [:]
    private var held: [Held: (digest: String, rows: [String])] = [:]

    private struct Held: Hashable {
        var run: RunID
        var part: SealedPart
    }

    /// `repository` names the place whose runs they are.
    package init(_ sealer: Sealer, repository: String) {
        self.sealer = sealer
        turns = TurnBook(sealer, repository: repository)
    }

    /// One run's seal.
    private struct Seal {
        var turn: Int
        var parts: [SealedPart: String]

        var text: String {
            parts.map { "\($0.rawValue)=\($1)" }.sorted().joined(separator: " ")
        }
    }

    // MARK: Reading

    /// A part's rows, held against the seal: what stands beside each, and its JSON.
    ///
    /// A run that no seal is known of gives what it says; `isSealed` tells.
    func rows(_ part: SealedPart, of run: RunID, _ db: Database, _ path: String) throws -> [String] {
        let (texts, rows) = try part.unsealed(of: run, db)
        guard let seal = try seal(of: run, db, path, hasRows: !texts.isEmpty) else { return rows }
        try hold(part, run, texts, to: seal, path)
        return rows
    }

    /// Whether a run is sealed; throws where its seal does not hold.
    func isSealed(_ run: RunID, _ db: Database, _ path: String) throws -> Bool {
        try seal(of: run, db, path, hasRows: true) != nil
    }

    private func hold(
        _ part: SealedPart, _ run: RunID, _ rows: [String], to seal: Seal, _ path: String
    ) throws {
        guard digest(part, run, rows) == seal.parts[part] ?? Self.nothing else {
            throw broken(run, path, "its \(part.rawValue) rows are not what hybrid wrote")
        }
    }

    private static let nothing = SHA256().finished().hexText

    private func digest(_ part: SealedPart, _ run: RunID, _ rows: [String]) -> String {
        let place = Held(run: run, part: part)
        if let known = held[place], known.rows == rows { return known.digest }
        var hash = SHA256()
        for row in rows { hash.add(framed: row) }
        let digest = hash.finished().hexText
        held[place] = (digest, rows)
        return digest
    }

    private func seal(of run: RunID, _ db: Database, _ path: String, hasRows: Bool) throws -> Seal? {
        let row = try Row.fetchOne(
            db, sql: "SELECT turn, parts, seal FROM seal WHERE run = ?", arguments: [run.text])
        let last = try seen[run] ?? turns.last(run.text)?.turn
        guard let row else {
            if last != nil, hasRows { throw broken(run, path, "its seal is gone") }
            return nil
        }
        guard let turn = Int.fromDatabaseValue(row[0]), let text = String.fromDatabaseValue(row[1]),
            let seal = String.fromDatabaseValue(row[2])
        else { throw broken(run, path, "its seal is damaged") }
        let key = try key ?? sealer.key()
        guard let key else {
            throw sealer.gone
        }
        self.key = key
        guard seal.hasPrefix(key.name + ":") else {
            throw broken(run, path, Sealer.otherKey)
        }
        guard key.seal(.ledger, [run.text, String(turn)], Array(text.utf8)) == seal else {
            throw broken(run, path, "its seal does not hold, so it is not what hybrid wrote")
        }
        if let last, turn < last {
            throw broken(run, path, "it is older than what hybrid wrote last (\(turn), not \(last))")
        }
        seen[run] = turn
        var parts: [SealedPart: String] = [:]
        for part in text.split(separator: " ") {
            let sides = part.split(separator: "=")
            guard sides.count == 2, let name = SealedPart(rawValue: String(sides[0])) else {
                throw HybridError(
                    .newerFormat, path, "it was written by a newer hybrid",
                    next: "use that version in this repository")
            }
            parts[name] = String(sides[1])
        }
        return Seal(turn: turn, parts: parts)
    }

    /// What to be told of a run whose seal is missing or does not hold.
    func broken(_ run: RunID, _ path: String, _ reason: String) -> HybridError {
        HybridError(
            .sealBroken, "what \(path) says of run \(run)", reason,
            next: "take over its sealed record: hybrid doctor --fix, or see what differs, and say whether to "
                + "go on: hybrid trust \(run)")
    }

    // MARK: Writing

    /// Changes parts of a run, and seals them as they are then; gives the turn, to be noted once that is written.
    ///
    /// What is changed is held against its seal before: nothing forged is sealed with the rest.
    func change(
        _ parts: Set<SealedPart>, of run: RunID, _ db: Database, _ path: String, _ body: () throws -> Void
    ) throws -> Int {
        let before = try seal(of: run, db, path, hasRows: true)
        if let before {
            for part in parts {
                try hold(part, run, part.unsealed(of: run, db).texts, to: before, path)
            }
        } else {
            guard try SealedPart.run.unsealed(of: run, db).rows.isEmpty else {
                throw broken(run, path, "no seal is known of it")
            }
        }
        try body()
        var seal = before ?? Seal(turn: 0, parts: [:])
        for part in parts { seal.parts[part] = digest(part, run, try part.unsealed(of: run, db).texts) }
        return try write(seal, run, db)
    }

    /// Seals a run as it stands, whatever was sealed before; gives its turn.
    func sealAll(_ run: RunID, _ db: Database) throws -> Int {
        let old = try Row.fetchOne(db, sql: "SELECT turn FROM seal WHERE run = ?", arguments: [run.text])
        let turn = [old.flatMap { Int.fromDatabaseValue($0[0]) }, seen[run], try turns.last(run.text)?.turn]
        var seal = Seal(turn: turn.compactMap { $0 }.max() ?? 0, parts: [:])
        for part in SealedPart.allCases {
            seal.parts[part] = digest(part, run, try part.unsealed(of: run, db).texts)
        }
        return try write(seal, run, db)
    }

    private func write(_ sealed: Seal, _ run: RunID, _ db: Database) throws -> Int {
        var seal = sealed
        seal.turn += 1
        let key = try key ?? sealer.madeKey()
        self.key = key
        let text = seal.text
        let made = key.seal(.ledger, [run.text, String(seal.turn)], Array(text.utf8))
        try db.execute(
            sql: "INSERT OR REPLACE INTO seal (run, turn, parts, seal) VALUES (?, ?, ?, ?)",
            arguments: [run.text, seal.turn, text, made])
        return seal.turn
    }

    /// Notes how far a run has come, once that is written.
    package func note(_ run: RunID, turn: Int = 0, revision: Int = 0) throws {
        seen[run] = max(seen[run] ?? 0, turn)
        try turns.note(run.text, TurnBook.Entry(turn: turn, revision: revision))
    }

    /// The revision that a run's record has at least; 0 where none is known.
    package func revision(of run: RunID) throws -> Int { try turns.last(run.text)?.revision ?? 0 }

    /// Forgets a run.
    func forget(_ run: RunID) throws {
        seen[run] = nil
        held = held.filter { $0.key.run != run }
        try turns.forget(run.text)
    }

    // MARK: Verdicts

    /// The seal of what a verify command said.
    func seal(verdict key: String, _ json: String) throws -> String {
        let own = try self.key ?? sealer.madeKey()
        self.key = own
        return own.seal(.verdict, [key], Array(json.utf8))
    }
}
