package import HybridGit

extension MergeEngine {
    /// Makes a change from one tree to another once more, on a third tree; nil where it does not go in cleanly.
    ///
    /// The tree that comes of it is the third one itself where that holds the change already. Grows with what differs.
    package func reapply(
        _ change: (from: ObjectID, to: ObjectID), on tree: ObjectID
    ) throws(GitError) -> ObjectID? {
        if change.from == change.to || change.to == tree { return tree }
        if change.from == tree { return change.to }
        let labels = TreeMerge.Labels(ours: Array("ours".utf8), theirs: Array("theirs".utf8)) {
            Array("base".utf8)
        }
        let merge = TreeMerge(context, labels: labels, depth: 0)
        let done = try merge.run(ThreeWay(base: change.from, ours: tree, theirs: change.to))
        return done.isClean && merge.lost.isEmpty ? done.tree : nil
    }
}
