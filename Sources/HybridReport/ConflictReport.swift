public import HybridBase
internal import HybridGit
public import HybridMerging
public import HybridPlan
internal import HybridRecords

/// A conflict matrix for people and programs.
public struct ConflictReport: Sendable {
    /// The matrix.
    public var matrix: ConflictMatrix
    /// What the plan allowed each branch, where they are a run's workers.
    public var claims: ConflictClaims?
    /// What each branch's worktree adds; nil for a branch of which only the commits count, empty for all such.
    public var edits: [LiveEdits?] = []
    /// The plan's policies for hot files, by which the branches were merged; empty where no plan says.
    public var hot: [HotFile] = []
    /// What can land together, where it was asked for.
    public var landing: LandingWaves?

    /// Wraps a matrix.
    public init(_ matrix: ConflictMatrix, claims: ConflictClaims? = nil) {
        self.matrix = matrix
        self.claims = claims
    }

    /// The matrix as JSON: only the pairs that conflict, and with `touching` those that meet cleanly too.
    public func json(touching: Bool = false) -> JSONValue {
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
        fields += decidedFields
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
        if let landing {
            fields.append(("waves", .array(landing.waves.map { .strings($0.map(name)) })))
        }
        return .object(fields)
    }

    package func name(_ branch: Int) -> String { matrix.branches[branch].name }

    private func pair(_ pair: ConflictMatrix.Pair) -> JSONValue {
        .object([
            ("ours", .string(name(pair.ours))), ("theirs", .string(name(pair.theirs))),
            ("paths", .array(pair.conflicts.map { path($0, of: pair) })),
        ])
    }

    private func path(_ conflict: Conflict, of pair: ConflictMatrix.Pair) -> JSONValue {
        var fields: [(String, JSONValue)] = [
            ("path", .string(conflict.path.text)), ("types", .strings(conflict.types)),
            ("ours_did", .string(conflict.deed(.ours))), ("theirs_did", .string(conflict.deed(.theirs))),
        ]
        for (key, stage) in [("base_path", MergeStage.base), ("ours_path", .ours), ("theirs_path", .theirs)] {
            if let origin = conflict.origins[stage] { fields.append((key, .string(origin.text))) }
        }
        if let claims {
            let (ours, theirs) = (name(pair.ours), name(pair.theirs))
            fields.append(("claimed_by", .strings(claims.holders(conflict))))
            for (key, branch) in [("ours_allowed", ours), ("theirs_allowed", theirs)] {
                if let allowed = claims.allows(branch, conflict) { fields.append((key, .bool(allowed))) }
            }
            fields.append(("cause", .optional(claims.cause(ours, theirs, conflict)?.rawValue)))
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
}

extension Conflict {
    /// What a side did to the path, in a word.
    package func deed(_ stage: MergeStage) -> String {
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
