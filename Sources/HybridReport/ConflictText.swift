internal import HybridBase
internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridRecords

extension ConflictReport {
    /// So many pairs are shown one by one; more are grouped by path.
    private static let mostPairsInFull = 8

    /// The matrix for a terminal: the pairs that conflict, or where there are many the paths, busiest first.
    ///
    /// `all` shows every pair in full, and names the branches without a conflict.
    public func text(touching: Bool = false, all: Bool = false) -> String {
        let count = matrix.branches.count
        var out = [
            "\(counted(count, "branch", "branches")), \(counted(count * (count - 1) / 2, "pair")): "
                + (matrix.pairs.isEmpty
                    ? "none conflict"
                    : "\(matrix.pairs.count) \(matrix.pairs.count == 1 ? "conflicts" : "conflict")")
        ]
        if all || matrix.pairs.count <= Self.mostPairsInFull {
            for pair in matrix.pairs {
                out += ["", "\(name(pair.ours)) and \(name(pair.theirs))"]
                for conflict in pair.conflicts { out += lines(conflict, of: pair) }
            }
        } else {
            out += busiest + byPath + ["", "Every pair in full: --all"]
        }
        let decided = decided
        if !decided.isEmpty {
            out += ["", "Changed by several, and merged as the plan says:"]
            for found in decided {
                out += Self.wrapped(
                    "  \(found.path)  \(neutralise(found.policy.words)):", found.branches.map(name))
            }
        }
        if touching, !matrix.touching.isEmpty {
            out += ["", "They touch the same paths and merge cleanly:"]
            for pair in matrix.touching {
                out += Self.wrapped(
                    "  \(name(pair.ours)) and \(name(pair.theirs)):", pair.shared.map(\.description))
            }
        }
        if all {
            let free = matrix.branches.indices.filter { matrix.neighbours[$0].isEmpty }
            out += [""] + Self.wrapped("Without a conflict:", free.isEmpty ? ["none"] : free.map(name))
        }
        return out.joined(separator: "\n")
    }

    private func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count) \(count == 1 ? one : many ?? one + "s")"
    }

    /// Words after a heading, on as many lines as they need.
    private static func wrapped(_ heading: String, _ words: [String], width: Int = 100) -> [String] {
        let indent = String(repeating: " ", count: heading.prefix { $0 == " " }.count + 2)
        var out: [String] = []
        var line = heading
        for (place, word) in words.enumerated() {
            let next = place == words.count - 1 ? word : word + ","
            if line.count + next.count + 1 > width, line != heading || line.count > indent.count + 8 {
                out.append(line)
                line = indent + next
            } else {
                line += " " + next
            }
        }
        return out + [line]
    }

    // MARK: A pair in full

    private func lines(_ conflict: Conflict, of pair: ConflictMatrix.Pair) -> [String] {
        let deeds = "\(conflict.deed(.ours)) / \(conflict.deed(.theirs))"
        var out = ["  \(conflict.path)  \(conflict.types.joined(separator: ", "))  \(deeds)"]
        if let claim = claim(conflict, [pair.ours, pair.theirs]) { out.append("    \(claim)") }
        if let cause = claims?.cause(name(pair.ours), name(pair.theirs), conflict) {
            out.append("    cause: \(cause.words)")
        }
        for hunk in conflict.hunks.prefix(3) { out += Self.lines(hunk) }
        if conflict.hunks.count > 3 {
            out.append("    and \(counted(conflict.hunks.count - 3, "more place", "more places"))")
        }
        return out
    }

    /// Whose claim the place is, and who was not allowed there; nil where no plan says.
    private func claim(_ conflict: Conflict, _ branches: [Int]) -> String? {
        guard let claims else { return nil }
        let holders = claims.holders(conflict)
        let others = branches.map(name).filter { claims.allows($0, conflict) == false }
        return
            (holders.isEmpty ? "nobody's claim" : "claim of \(holders.map(\.text).joined(separator: ", "))")
            + (others.isEmpty ? "" : "; not allowed to \(others.joined(separator: ", "))")
    }

    private static func lines(_ hunk: Conflict.Hunk) -> [String] {
        var out = ["    \(place(hunk.ours)) against \(place(hunk.theirs))"]
        for (mark, span) in [("<", hunk.ours), (">", hunk.theirs)] {
            out += span.lines.prefix(3).map { "      \(mark) " + $0.prefix(100) }
            if span.lines.count > 3 { out.append("      \(mark) and \(span.lines.count - 3) more") }
        }
        return out
    }

    private static func place(_ span: Conflict.Span) -> String {
        switch span.lines.count {
        case 0: "before line \(span.start)"
        case 1: "line \(span.start)"
        default: "lines \(span.start)-\(span.start + span.lines.count - 1)"
        }
    }

    // MARK: Many pairs

    /// The branches with the most conflicts.
    private var busiest: [String] {
        let counts = matrix.neighbours.map(\.count)
        let order = matrix.branches.indices.filter { counts[$0] > 0 }
            .sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
        let words =
            order.prefix(6).map { "\(name($0)) with \(counts[$0])" }
            + (order.count > 6 ? ["\(order.count - 6) more"] : [])
        return Self.wrapped("Most conflicts:", words)
    }

    private struct Place: Hashable {
        var path: RepoPath
        var types: [String]
    }

    /// The conflicts path by path, those of most pairs first: who meets whom, and one pair's lines.
    private var byPath: [String] {
        var found: [Place: [(pair: ConflictMatrix.Pair, conflict: Conflict)]] = [:]
        for pair in matrix.pairs {
            for conflict in pair.conflicts {
                found[Place(path: conflict.path, types: conflict.types), default: []].append((pair, conflict))
            }
        }
        let order = found.sorted { a, b in
            if a.value.count != b.value.count { return a.value.count > b.value.count }
            if a.key.path != b.key.path { return a.key.path < b.key.path }
            return a.key.types.lexicographicallyPrecedes(b.key.types)
        }
        var out: [String] = []
        for (place, met) in order {
            let pairs = met.map { ($0.pair.ours, $0.pair.theirs) }
            let members = Set(pairs.flatMap { [$0.0, $0.1] }).sorted()
            out += [
                "",
                "\(place.path)  \(place.types.joined(separator: ", "))  \(counted(met.count, "pair"))",
            ]
            if let claim = claim(met[0].conflict, members) { out += Self.wrapped("  " + claim, []) }
            for circle in Self.circles(pairs) {
                let inside = Set(circle)
                let own = pairs.filter { inside.contains($0.0) }
                if circle.count > 2, own.count == circle.count * (circle.count - 1) / 2 {
                    out += Self.wrapped("  each with each:", circle.map(name))
                    continue
                }
                for (ours, group) in Dictionary(grouping: own, by: \.0).sorted(by: { $0.key < $1.key }) {
                    out += Self.wrapped("  \(name(ours)) with", group.map { name($0.1) })
                }
            }
            guard met.count > 1, let hunk = met[0].conflict.hunks.first else { continue }
            out.append("  such as \(name(pairs[0].0)) and \(name(pairs[0].1)):")
            out += Self.lines(hunk)
        }
        return out
    }

    /// The branches that pairs tie together, largest circle first.
    private static func circles(_ pairs: [(Int, Int)]) -> [[Int]] {
        var neighbours: [Int: [Int]] = [:]
        for (one, two) in pairs {
            neighbours[one, default: []].append(two)
            neighbours[two, default: []].append(one)
        }
        var circles: [[Int]] = []
        var seen: Set<Int> = []
        for start in neighbours.keys.sorted() where seen.insert(start).inserted {
            var circle = [start]
            var next = 0
            while next < circle.count {
                circle += neighbours[circle[next], default: []].filter { seen.insert($0).inserted }
                next += 1
            }
            circles.append(circle.sorted())
        }
        return circles.sorted { $0.count != $1.count ? $0.count > $1.count : $0[0] < $1[0] }
    }

    // MARK: Waves

    /// The suggestion for a terminal; empty where none was asked for.
    package func suggestionText() -> String {
        guard let landing else { return "" }
        var out: [String] = []
        for (number, wave) in landing.waves.enumerated() {
            let inOrder = wave == wave.sorted() ? "" : ", in this order"
            out += Self.wrapped(
                number == 0 ? "Land together\(inOrder):" : "Redo on the tip of that\(inOrder):",
                wave.map(name))
            guard number > 0 else { continue }
            let earlier = Set(landing.waves[..<number].joined())
            for branch in wave {
                let with = matrix.neighbours[branch].filter(earlier.contains).map(name)
                if !with.isEmpty {
                    out += Self.wrapped("  \(name(branch)) conflicts with", with)
                } else if let several = landing.together[branch] {
                    out += Self.wrapped("  \(name(branch)) does not merge with, together:", several.map(name))
                }
            }
        }
        return out.joined(separator: "\n")
    }
}
