internal import HybridGit
public import HybridMerging

/// A conflict matrix for people and programs.
public struct ConflictReport: Sendable {
    /// The matrix.
    public var matrix: ConflictMatrix
    /// What each branch's worktree adds; nil for a branch of which only the commits count, empty for all such.
    public var edits: [LiveEdits?] = []

    /// Wraps a matrix.
    public init(_ matrix: ConflictMatrix) { self.matrix = matrix }

    /// The matrix as JSON: only the pairs that conflict, and with `touching` those that meet cleanly too.
    public func json(touching: Bool = false, suggest: Bool = false) -> JSONValue {
        var fields: [(String, JSONValue)] = [
            ("schema", .int(1)),
            (
                "branches",
                .array(
                    matrix.branches.enumerated().map { index, branch in
                        .object(
                            [
                                ("name", .string(branch.name)), ("tip", .string(branch.tip.description)),
                                ("base", .optional(branch.base?.description)),
                            ] + liveFields(index))
                    })
            ),
            ("pairs", .array(matrix.pairs.map(pair))),
        ]
        if touching {
            fields.append(
                (
                    "touching",
                    .array(
                        matrix.touching.map {
                            .object([
                                ("ours", .string(name($0.ours))), ("theirs", .string(name($0.theirs))),
                                ("paths", .strings($0.shared.map(\.text))),
                            ])
                        })
                ))
        }
        if suggest {
            fields.append(("waves", .array(waves.map { .strings($0.map(name)) })))
        }
        return .object(fields)
    }

    private func name(_ branch: Int) -> String { matrix.branches[branch].name }

    private func pair(_ pair: ConflictMatrix.Pair) -> JSONValue {
        .object([
            ("ours", .string(name(pair.ours))), ("theirs", .string(name(pair.theirs))),
            ("paths", .array(pair.conflicts.map(path))),
        ])
    }

    private func path(_ conflict: Conflict) -> JSONValue {
        var fields: [(String, JSONValue)] = [
            ("path", .string(conflict.path.text)), ("types", .strings(conflict.types)),
            ("ours_did", .string(conflict.deed(.ours))), ("theirs_did", .string(conflict.deed(.theirs))),
        ]
        for (key, stage) in [("base_path", MergeStage.base), ("ours_path", .ours), ("theirs_path", .theirs)] {
            if let origin = conflict.origins[stage] { fields.append((key, .string(origin.text))) }
        }
        if !conflict.hunks.isEmpty {
            fields.append(("hunks", .array(conflict.hunks.map(Self.hunk))))
        }
        return .object(fields)
    }

    private static func hunk(_ hunk: Conflict.Hunk) -> JSONValue {
        func span(_ span: Conflict.Span) -> JSONValue {
            .object([("start", .int(span.start)), ("lines", .strings(span.lines))])
        }
        return .object([("base", span(hunk.base)), ("ours", span(hunk.ours)), ("theirs", span(hunk.theirs))])
    }
}

extension ConflictReport {
    /// The matrix for a terminal: the pairs that conflict, path by path; with `all`, the branches that are clean too.
    public func text(touching: Bool = false, all: Bool = false) -> String {
        let count = matrix.branches.count
        var out = [
            "\(count) branches, \(count * (count - 1) / 2) pairs: "
                + (matrix.pairs.isEmpty ? "none conflict" : "\(matrix.pairs.count) conflict")
        ]
        for pair in matrix.pairs {
            out += ["", "\(name(pair.ours)) and \(name(pair.theirs))"]
            for conflict in pair.conflicts { out += lines(conflict) }
        }
        if touching, !matrix.touching.isEmpty {
            out += ["", "They touch the same paths and merge cleanly:"]
            for pair in matrix.touching {
                out.append(
                    "  \(name(pair.ours)) and \(name(pair.theirs)): "
                        + pair.shared.map(\.description).joined(separator: ", "))
            }
        }
        if all {
            let free = matrix.branches.indices.filter { matrix.neighbours[$0].isEmpty }
            out += [
                "", "Without a conflict: " + (free.isEmpty ? "none" : free.map(name).joined(separator: " ")),
            ]
        }
        return out.joined(separator: "\n")
    }

    private func lines(_ conflict: Conflict) -> [String] {
        let deeds = "\(conflict.deed(.ours)) / \(conflict.deed(.theirs))"
        var out = ["  \(conflict.path)  \(conflict.types.joined(separator: ", "))  \(deeds)"]
        for hunk in conflict.hunks.prefix(3) {
            out.append("    \(Self.place(hunk.ours)) against \(Self.place(hunk.theirs))")
            for (mark, span) in [("<", hunk.ours), (">", hunk.theirs)] {
                out += span.lines.prefix(3).map { "      \(mark) " + $0.prefix(100) }
                if span.lines.count > 3 { out.append("      \(mark) and \(span.lines.count - 3) more") }
            }
        }
        if conflict.hunks.count > 3 { out.append("    and \(conflict.hunks.count - 3) more places") }
        return out
    }

    private static func place(_ span: Conflict.Span) -> String {
        switch span.lines.count {
        case 0: "before line \(span.start)"
        case 1: "line \(span.start)"
        default: "lines \(span.start)-\(span.start + span.lines.count - 1)"
        }
    }

    /// For each conflicted path of each pair: both names and the path, each ended by NUL.
    public func terminated() -> [UInt8] {
        var out: [UInt8] = []
        for pair in matrix.pairs {
            for conflict in pair.conflicts {
                for field in [
                    Array(name(pair.ours).utf8), Array(name(pair.theirs).utf8), conflict.path.bytes,
                ] {
                    out += field + [0]
                }
            }
        }
        return out
    }

    // MARK: Waves

    /// Which branches can land together, wave after wave: those of a later wave are to be redone on the tip of the earlier.
    public var waves: [[Int]] {
        var waves: [[Int]] = []
        var rest = Array(matrix.branches.indices)
        let neighbours = matrix.neighbours.map(Set.init)
        while !rest.isEmpty {
            let place = Dictionary(uniqueKeysWithValues: rest.enumerated().map { ($1, $0) })
            let order = LandingOrder.order(
                count: rest.count,
                conflicts: matrix.pairs.compactMap { pair in
                    if let a = place[pair.ours], let b = place[pair.theirs] { (a, b) } else { nil }
                }, needs: rest.map { _ in [] })
            var wave: [Int] = []
            for next in order.map({ rest[$0] }) where neighbours[next].isDisjoint(with: wave) {
                wave.append(next)
            }
            waves.append(wave.sorted())
            rest.removeAll(where: wave.contains)
        }
        return waves
    }

    /// The suggestion for a terminal.
    public func suggestionText() -> String {
        let waves = waves
        var out: [String] = []
        for (number, wave) in waves.enumerated() {
            out.append(
                number == 0
                    ? "Land together: \(wave.map(name).joined(separator: " "))"
                    : "Redo on the tip of that: \(wave.map(name).joined(separator: " "))")
            guard number > 0 else { continue }
            let earlier = Set(waves[..<number].joined())
            for branch in wave {
                let with = matrix.neighbours[branch].filter(earlier.contains).map(name)
                out.append("  \(name(branch)) conflicts with \(with.joined(separator: ", "))")
            }
        }
        return out.joined(separator: "\n")
    }
}

extension Conflict {
    /// What a side did to the path, in a word.
    func deed(_ stage: MergeStage) -> String {
        if let origin = origins[stage] ?? (entries[stage] != nil ? origins.base : nil), origin != path {
            return "renamed from \(origin)"
        }
        switch (entries.base, entries[stage]) {
        case (nil, nil): return "did nothing"
        case (nil, _): return "added"
        case (_, nil): return "deleted"
        case (let old, let new): return old == new ? "left alone" : "edited"
        }
    }
}
