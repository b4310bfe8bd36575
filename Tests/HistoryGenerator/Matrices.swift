import HybridGit
import HybridMerging

/// Conflict matrices of whole histories beside git's merges of every pair of their commits.
package struct MatrixBatch {
    /// A pair of one matrix that is not what merging the pair gives.
    package struct Difference: Sendable, CustomStringConvertible {
        /// The history's place in its batch.
        package var history: Int
        /// How the matrix was asked for.
        package var way: String
        /// The pair.
        package var ours: String
        /// The pair.
        package var theirs: String
        /// What differs.
        package var what: String

        /// All of it.
        package var description: String { "\(way): \(ours) and \(theirs): \(what)" }
    }

    /// All differences.
    package var differences: [Difference] = []
    /// Pairs that git answered, each direction for itself.
    package var pairs = 0
    /// Of these, conflicted ones.
    package var conflicted = 0
    /// Pairs that git died of.
    package var deaths = 0
    /// How often each kind of conflict was met.
    package var kinds: [String: Int] = [:]
    /// Matrices made.
    package var matrices = 0

    /// Asks git for all pairs of commits of each history, both ways round, and makes matrices of all its commits: without
    /// a hint, with the base as a hint, with one that is wrong, and with one from elsewhere.
    package init(_ histories: [History], engines: Int = 2) throws {
        let bench = try Bench(settings: histories.first?.settings ?? [])
        let ids = try Import.write(histories, to: bench)
        var questions: [(String, String)] = []
        var branches: [[ConflictMatrix.Branch]] = []
        for (history, known) in zip(histories, ids) {
            let named = Set(history.merges.filter { !$0.byID }.flatMap { [$0.ours, $0.theirs] })
            let members = history.commits.compactMap { commit -> ConflictMatrix.Branch? in
                guard let hex = known[commit.name], let id = ObjectID(hex: hex) else { return nil }
                return ConflictMatrix.Branch(name: named.contains(commit.name) ? commit.name : hex, tip: id)
            }
            branches.append(members)
            for one in members {
                for two in members where one != two { questions.append((one.name, two.name)) }
            }
        }
        let right = try bench.ask(.talkingGit, questions)
        let repository = bench.repository
        let make = { @Sendable in
            let own = try Repository(at: repository)
            return try MergeEngine(own, try MergeOptions(settingsOf: own).asInstalledGit())
        }
        let crew = try MergeCrew(engines, make: make)
        let whole = try make()
        var next = 0
        var elsewhere: ObjectID?
        for (number, members) in branches.enumerated() {
            var git: [[String]: Answer] = [:]
            for one in members {
                for two in members where one != two {
                    defer { next += 1 }
                    guard let answer = right.answers[next] else {
                        deaths += 1
                        continue
                    }
                    git[[one.name, two.name]] = answer
                    pairs += 1
                    if !answer.isClean || !answer.conflictKinds.isEmpty { conflicted += 1 }
                    for kind in Set(answer.messages.map(\.label)) { kinds[kind, default: 0] += 1 }
                }
            }
            var random = Random(seed: 7, part: number)
            let wrong = random.pick(members).tip
            let ways: [(String, [ConflictMatrix.Branch], ObjectID?)] = [
                ("no hint", members, nil), ("the base as hint", members, members.first?.tip),
                ("a wrong hint, turned around", members.reversed(), wrong),
                ("a hint from elsewhere", members.shuffled(using: &random), elsewhere),
            ]
            for (way, order, hint) in ways {
                let matrix: ConflictMatrix
                do {
                    matrix = try ConflictMatrix.make(order, base: hint, with: crew)
                } catch {
                    differences.append(
                        Difference(history: number, way: way, ours: "", theirs: "", what: "\(error)"))
                    continue
                }
                matrices += 1
                compare(matrix, git, Difference(history: number, way: way, ours: "", theirs: "", what: ""))
                if way == "no hint" { try compare(matrix, whole, number) }
            }
            elsewhere = members.last?.tip
        }
    }

    private static let lost = ConflictKind.contentLost.rawValue

    /// Compares with git: verdict, kinds of conflict, and paths.
    private mutating func compare(_ matrix: ConflictMatrix, _ git: [[String]: Answer], _ blank: Difference) {
        var found: [[Int]: ConflictMatrix.Pair] = [:]
        for pair in matrix.pairs { found[[pair.ours, pair.theirs]] = pair }
        for one in matrix.branches.indices {
            for two in matrix.branches.indices where one < two {
                var difference = blank
                (difference.ours, difference.theirs) = (matrix.branches[one].name, matrix.branches[two].name)
                guard let answer = git[[difference.ours, difference.theirs]] else { continue }
                let pair = found[[one, two]]
                let kinds = answer.conflictKinds
                let own = Set(pair?.conflicts.flatMap(\.types) ?? []).subtracting([Self.lost]).sorted()
                // git calls some merges clean in which it tells of a conflict, or loses a file.
                let isClean = answer.isClean && kinds.isEmpty
                let isOwnClean = pair?.conflicts.allSatisfy { $0.types == [Self.lost] } ?? true
                if isClean != isOwnClean {
                    difference.what = isOwnClean ? "clean, but git conflicts" : "conflicts, but git is clean"
                    differences.append(difference)
                    continue
                }
                let paths = Set(
                    answer.entries.map { RepoPath(bytes: $0[($0.firstIndex(of: 9) ?? 0)...].dropFirst()) })
                let missing = paths.subtracting(pair?.conflicts.map(\.path) ?? [])
                if kinds != own {
                    difference.what = "types \(own), git's are \(kinds)"
                } else if !missing.isEmpty {
                    difference.what = "without the paths \(missing.sorted())"
                } else {
                    continue
                }
                differences.append(difference)
            }
        }
        for pair in matrix.touching where !pair.conflicts.isEmpty || pair.shared.isEmpty {
            var difference = blank
            (difference.ours, difference.theirs) = (
                matrix.branches[pair.ours].name, matrix.branches[pair.theirs].name
            )
            difference.what = "said to touch cleanly"
            differences.append(difference)
        }
    }

    /// Compares with merging every pair by the engine, down to the lines of each hunk.
    private mutating func compare(
        _ matrix: ConflictMatrix, _ engine: MergeEngine, _ history: Int
    ) throws {
        var found: [[Int]: [Conflict]] = [:]
        for pair in matrix.pairs { found[[pair.ours, pair.theirs]] = pair.conflicts }
        for (one, ours) in matrix.branches.enumerated() {
            for (two, theirs) in matrix.branches.enumerated() where one < two {
                let answer = try engine.merge(
                    ours: ours.tip, theirs: theirs.tip,
                    labels: MergeLabels(ours: ours.name, theirs: theirs.name))
                let conflicts = answer.isClean ? [] : try engine.conflicts(in: answer)
                engine.forgetNewObjects()
                let own = found[[one, two]] ?? []
                if own == conflicts { continue }
                differences.append(
                    Difference(
                        history: history, way: "no hint", ours: ours.name, theirs: theirs.name,
                        what: "other conflicts than a whole merge: \(own) for \(conflicts)"))
            }
        }
    }
}

extension History {
    /// A history as small as it can be whose matrix still differs.
    package func smallestDifferingMatrix(limit: Int = 2000) throws -> History {
        func ways(_ history: History) throws -> Set<String> {
            // What was fine before must not come in: only the beginning of what differs names it.
            Set(try MatrixBatch([history], engines: 1).differences.map { String($0.what.prefix(8)) })
        }
        let wanted = try ways(self)
        var best = self
        var tried = 0
        var improved = true
        while improved, tried < limit {
            improved = false
            for simplification in Self.simplifications {
                var again = true
                while again {
                    again = false
                    for candidate in simplification(best)
                    where candidate.cost < best.cost && candidate.fault == nil && !candidate.merges.isEmpty {
                        tried += 1
                        if tried > limit { return best }
                        guard try !ways(candidate).isDisjoint(with: wanted) else { continue }
                        best = candidate
                        (again, improved) = (true, true)
                        break
                    }
                }
            }
        }
        return best
    }
}
