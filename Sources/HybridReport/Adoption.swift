package import HybridGit
package import HybridMerging

/// What would become of branches that are adopted into a target.
package struct Adoption: Sendable {
    /// Why a branch does not land.
    package enum Reason: Sendable {
        /// Its tip is in the target's history.
        case inHistory
        /// Its tip is that of another branch, which stands for both.
        case same(Int)
        /// What it changed is in the target already, under other commits, or it changed nothing.
        case hasNothing
        /// It has no commit in common with the target.
        case unrelated
        /// It conflicts with branches that land; with the target itself where none is named.
        case conflict(with: [Int], [Conflict])
        /// It stands on branches that do not land.
        case blocked(by: [Int])

        /// Whether nothing is left to do with it: it is no refusal.
        package var isNothing: Bool {
            switch self {
            case .inHistory, .same, .hasNothing: true
            case .unrelated, .conflict, .blocked: false
            }
        }
    }

    /// The branch that they are to land on.
    package var target: BranchName
    /// Where it is.
    package var tip: ObjectID
    /// The branches, as they were asked for.
    package var branches: [AdoptedBranch]
    /// Those that each stands on directly, among them.
    package var below: [[Int]]
    /// Commits whose work is in the target under other commits, and the branches that stand on them: these count as merged.
    package var held: [(commit: ObjectID, branches: [Int])]
    /// Those that land, in the order in which they are merged.
    package var order: [Int] = []
    /// Why each other one does not.
    package var out: [Int: Reason] = [:]
    /// The tree that the target would have.
    package var tree: ObjectID
    /// Whether it is proven that fewer could not be left out for the conflicts between two.
    package var isSmallest = true
    /// The worktrees in which one is checked out and something is not committed, with how many paths.
    package var dirty: [(branch: Int, path: String, count: Int)] = []
    /// What a person should know beside.
    package var warnings: [String] = []
    /// The commands that would verify it.
    package var verify: [String] = []

    package init(
        target: BranchName, tip: ObjectID, branches: [AdoptedBranch], below: [[Int]],
        held: [(commit: ObjectID, branches: [Int])] = [], tree: ObjectID
    ) {
        (self.target, self.tip, self.branches) = (target, tip, branches)
        (self.below, self.held, self.tree) = (below, held, tree)
    }

    /// Whether every branch lands, or is in the target already.
    package var isWhole: Bool { out.values.allSatisfy(\.isNothing) }
    /// Whether somebody else may have written one of them.
    package var isOfOthers: Bool { branches.contains { $0.origin != .local } }

    package func name(_ branch: Int) -> String { branches[branch].name }
}
