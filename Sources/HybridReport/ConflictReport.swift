internal import HybridBase
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

    package func name(_ branch: Int) -> String { matrix.branches[branch].name }
}

extension ConflictReport {
    /// For each conflicted path of each pair: both names and the path, each ended by NUL.
    package func terminated() -> [UInt8] {
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
