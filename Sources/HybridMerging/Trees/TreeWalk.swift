import HybridGit

/// Walks three trees side by side, one name at a time.
///
/// The order is git's `traverse_trees`: the least name that any of the trees stands at, by bytes; a folder `t` that hides
/// behind `t-2` in one tree is found when another tree stands at a file `t`. Later steps break ties by this order, so it
/// must be git's and not merely some order.
struct TreeWalk {
    /// One name, and where it stands in each tree.
    struct Step {
        /// Its position in each tree, or -1.
        var at: ThreeWay<Int32>
        /// The trees that have the name.
        var present: StageSet
        /// Those in which it is a folder.
        var folders: StageSet
    }

    private let trees: ThreeWay<TreeObject>
    private var cursors = ThreeWay(repeating: 0)
    /// Positions that were given out ahead of their turn.
    private var early = ThreeWay<[Int]>(repeating: [])

    init(_ trees: ThreeWay<TreeObject>) { self.trees = trees }

    /// The name at a step, as it stands in the first tree that has it.
    func name(_ step: Step) -> ArraySlice<UInt8> {
        let stage: MergeStage = step.at.base >= 0 ? .base : step.at.ours >= 0 ? .ours : .theirs
        return trees[stage].name(Int(step.at[stage]))
    }

    /// What a tree holds at a step.
    func entry(_ step: Step, _ stage: MergeStage) -> TreeEntry? {
        let at = step.at[stage]
        return at < 0 ? nil : trees[stage].items[Int(at)].entry
    }

    /// The next name; nil at the end.
    mutating func next() -> Step? {
        for stage in MergeStage.allCases where !early[stage].isEmpty { passEarly(stage) }
        guard let first = leastStage() else { return nil }
        let firstAt = cursors[first]
        let firstTree = trees[first]
        var step = Step(at: ThreeWay(repeating: -1), present: [], folders: [])
        for stage in MergeStage.allCases {
            guard let at = find(firstTree, firstAt, in: stage) else { continue }
            step.at[stage] = Int32(at)
            step.present.insert(StageSet(stage))
            if trees[stage].items[at].entry.isTree { step.folders.insert(StageSet(stage)) }
            if at == cursors[stage] { cursors[stage] += 1 } else { early[stage].append(at) }
        }
        return step
    }

    private mutating func passEarly(_ stage: MergeStage) {
        while let found = early[stage].firstIndex(of: cursors[stage]) {
            early[stage].remove(at: found)
            cursors[stage] += 1
        }
    }

    private func leastStage() -> MergeStage? {
        var least: MergeStage?
        for stage in MergeStage.allCases where cursors[stage] < trees[stage].count {
            guard let best = least else {
                least = stage
                continue
            }
            if TreeObject.compareNames(trees[stage], cursors[stage], trees[best], cursors[best]) < 0 {
                least = stage
            }
        }
        return least
    }

    /// Where `stage` has the name: where it stands, or hidden behind names that sort before a folder.
    private func find(_ tree: TreeObject, _ index: Int, in stage: MergeStage) -> Int? {
        let own = trees[stage]
        var at = cursors[stage]
        while at < own.count {
            let order = TreeObject.compareNames(own, at, tree, index)
            if order == 0 { return early[stage].contains(at) ? nil : at }
            if order > 0, !TreeObject.mayHide(tree, index, behind: own, at) { return nil }
            at += 1
        }
        return nil
    }
}
