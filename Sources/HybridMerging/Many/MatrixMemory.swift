internal import HybridGit

/// What one answer of a ``ConflictMatrix`` leaves for the next one: change sets and merged pairs, by what they came from.
///
/// A value is never stale, as its key names all that it depends on; what an answer did not use is forgotten.
public final class MatrixMemory {
    struct BranchKey: Hashable {
        var base: ObjectID
        var tree: ObjectID
    }

    /// The tip counts only where the merge base depends on it.
    struct Side: Hashable {
        var name: String
        var tree: ObjectID
        var tip: ObjectID?
    }

    struct PairKey: Hashable {
        var base: ObjectID?
        var ours: Side
        var theirs: Side
    }

    private var branches: [BranchKey: MatrixWork.Branch] = [:]
    private var pairs: [PairKey: ConflictMatrix.Pair] = [:]
    private var newBranches: [BranchKey: MatrixWork.Branch] = [:]
    private var newPairs: [PairKey: ConflictMatrix.Pair] = [:]
    /// How many pairs were merged for the last answer.
    public private(set) var merged = 0

    /// Knows nothing yet.
    public init() {}

    func branch(_ key: BranchKey) -> MatrixWork.Branch? { branches[key] }

    func keep(_ branch: MatrixWork.Branch, for key: BranchKey) { newBranches[key] = branch }

    func pair(_ key: PairKey) -> ConflictMatrix.Pair? { pairs[key] }

    func keep(_ pair: ConflictMatrix.Pair, for key: PairKey) { newPairs[key] = pair }

    /// An answer is complete.
    func turn() {
        merged = newPairs.keys.count { pairs[$0] == nil }
        (branches, pairs) = (newBranches, newPairs)
        (newBranches, newPairs) = ([:], [:])
    }
}
