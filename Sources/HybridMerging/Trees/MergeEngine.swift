internal import HybridBase
public import HybridGit

/// Merges commits in memory, as git's `merge-ort` does, and keeps what it learned for the next merge.
///
/// Not Sendable: a second thread makes its own, with its own handle. What is kept is bounded, so that thousands of merges
/// need no more memory than hundreds.
public final class MergeEngine {
    /// Where objects are read from and new ones wait.
    public let store: ObjectStore
    /// How merges are done.
    public let options: MergeOptions
    let context: MergeContext
    private let history: CommitHistory
    private var virtualBases: [VirtualKey: ObjectID] = [:]

    private struct VirtualKey: Hashable {
        var ours: ObjectID
        var theirs: ObjectID
    }

    /// Merges objects of `repository`; what is new waits in ``store`` until it is saved or published.
    public init(_ repository: Repository, _ options: MergeOptions = MergeOptions()) throws(GitError) {
        store = try ObjectStore(repository)
        self.options = options
        context = MergeContext(store, options)
        history = try CommitHistory(store)
    }

    /// Merges `theirs` into `ours`.
    ///
    /// Without labels the sides are called by their ids. Throws `unsupported` for unrelated histories that are not allowed. Grows with what both sides changed since their
    /// merge base.
    public func merge(
        ours: ObjectID, theirs: ObjectID, labels: MergeLabels? = nil
    ) throws(GitError) -> MergeAnswer {
        try merge(ours: (ours, nil), theirs: (theirs, nil), labels: labels)
    }

    /// Merges two commits, or a tree that stands on one instead of it.
    ///
    /// A commit made of such a tree has the merge bases that the commit below it has, unless it is one itself.
    func merge(
        ours side: (tip: ObjectID, tree: ObjectID?), theirs other: (tip: ObjectID, tree: ObjectID?),
        labels: MergeLabels?
    ) throws(GitError) -> MergeAnswer {
        let (ours, theirs) = (side.tip, other.tip)
        let (one, two) = (history.node(ours), history.node(theirs))
        let bases = try history.mergeBases(one, two)
        guard !bases.isEmpty || options.allowsUnrelatedHistories else {
            throw GitError(
                .unsupported, operation: "merge", subject: "\(ours.short) \(theirs.short)",
                reason: "the histories have no common commit")
        }
        let base = try self.base(bases)
        let shown = TreeMerge.Labels(
            ours: labels?.ours ?? Array(ours.description.utf8),
            theirs: labels?.theirs ?? Array(theirs.description.utf8)
        ) { () throws(GitError) in
            if let given = labels?.base { return given }
            return try self.name(of: base)
        }
        let merge = TreeMerge(context, labels: shown, depth: 0)
        let done = try merge.run(
            ThreeWay(
                base: base.tree, ours: try tree(side.tree, of: one), theirs: try tree(other.tree, of: two)))
        return merge.answer(done.tree, isClean: done.isClean)
    }

    private func tree(_ own: ObjectID?, of node: CommitHistory.Node) throws(GitError) -> ObjectID {
        if let own { return own }
        return try history.tree(node)
    }

    /// Merges two trees that stand on commits whose only merge base is known.
    func mergeTrees(
        ours: ObjectID, theirs: ObjectID, base: ObjectID, labels: MergeLabels
    ) throws(GitError) -> MergeAnswer {
        let merge = TreeMerge(context, labels: shown(labels, base: base), depth: 0)
        let done = try merge.run(ThreeWay(base: try tree(of: base), ours: ours, theirs: theirs))
        return merge.answer(done.tree, isClean: done.isClean)
    }

    /// Merges trees with a base that is given, as `git merge-tree --merge-base` does; no history is looked at.
    ///
    /// Without a label the base is called by its id. Throws `notFound`. Grows with what the sides changed since the base.
    public func merge(_ trees: ThreeWay<ObjectID>, labels: MergeLabels) throws(GitError) -> MergeAnswer {
        let merge = TreeMerge(context, labels: shown(labels, base: trees.base), depth: 0)
        let done = try merge.run(trees)
        return merge.answer(done.tree, isClean: done.isClean)
    }

    /// The verdict on some paths that both sides changed and neither took away, where nothing else meets.
    ///
    /// The answer has no tree.
    func mergePaths(
        _ paths: [(path: RepoPath, stages: ThreeWay<TreeEntry?>)], base: ObjectID, labels: MergeLabels
    ) throws(GitError) -> MergeAnswer {
        let merge = TreeMerge(context, labels: shown(labels, base: base), depth: 0, keepsContents: false)
        try merge.runPaths(paths)
        return merge.answer(.zero, isClean: merge.conflicted.isEmpty)
    }

    private func shown(_ labels: MergeLabels, base: ObjectID) -> TreeMerge.Labels {
        TreeMerge.Labels(ours: labels.ours, theirs: labels.theirs) { () throws(GitError) in
            if let given = labels.base { return given }
            return Array(try self.store.repository.abbreviation(of: base).utf8)
        }
    }

    /// The tree of a commit, read once.
    public func tree(of commit: ObjectID) throws(GitError) -> ObjectID {
        try history.tree(history.node(commit))
    }

    /// The commits above `base` on each tip's chain of only parents; nil for a tip that reaches it in another way.
    func chains(from tips: [ObjectID], to base: ObjectID) throws(GitError) -> [[ObjectID]?] {
        try history.chains(from: tips.map(history.node), to: history.node(base)).map { chain in
            chain.map { $0.map(history.id) }
        }
    }

    /// All best common ancestors, newest first; none for unrelated histories.
    public func mergeBases(_ a: ObjectID, _ b: ObjectID) throws(GitError) -> [ObjectID] {
        try history.mergeBases(history.node(a), history.node(b)).map(history.id)
    }

    /// Finds the merge bases of merges that are about to be done, all in one walk.
    ///
    /// Only saves time: merges that were not announced give the same answers.
    package func announce(_ merges: [(ours: ObjectID, theirs: ObjectID)]) throws(GitError) {
        try history.prepare(merges.map { (history.node($0.ours), history.node($0.theirs)) })
    }

    /// What ``announce(_:)`` found last, for other engines.
    var announced: CommitHistory.KnownBases { history.prepared }

    /// Takes what another engine found.
    func lend(_ bases: CommitHistory.KnownBases) { history.lend(bases) }

    /// Forgets new objects that were neither saved nor published, when they take more than `limit` bytes.
    public func forgetNewObjects(beyond limit: Int = 0) {
        guard store.writtenBytes > limit else { return }
        store.forget()
        // Their trees are among what is gone.
        virtualBases = [:]
    }

    // MARK: Bases

    /// What both sides are compared with.
    private struct Base {
        var tree: ObjectID
        var kind: Kind

        enum Kind {
            case none
            case commit(ObjectID)
            case merged
        }
    }

    private func name(of base: Base) throws(GitError) -> [UInt8] {
        switch base.kind {
        case .none: return Array("empty tree".utf8)
        case .merged: return Array("merged common ancestors".utf8)
        case .commit(let id): return Array(try store.repository.abbreviation(of: id).utf8)
        }
    }

    private func base(_ bases: [CommitHistory.Node]) throws(GitError) -> Base {
        guard let only = bases.first else { return Base(tree: Repository.emptyTree, kind: .none) }
        if bases.count == 1 { return Base(tree: try history.tree(only), kind: .commit(history.id(only))) }
        return Base(tree: try history.tree(try virtualBase(bases, depth: 1)), kind: .merged)
    }

    /// Several merge bases become one: merged with each other, oldest first, conflicts and all.
    ///
    /// Source: git's recursive strategy. The result only serves as a base, so that what conflicts in it conflicts in the
    /// merge only where the sides differ from it.
    private func virtualBase(
        _ bases: [CommitHistory.Node], depth: Int
    ) throws(GitError) -> CommitHistory.Node {
        try history.prepareAmong(bases)
        var merged = bases[bases.count - 1]
        for next in bases.dropLast().reversed() {
            let tree = try mergeBases(merged, next, depth: depth)
            merged = history.virtual(tree: tree, parents: [merged, next])
        }
        return merged
    }

    private func mergeBases(
        _ one: CommitHistory.Node, _ two: CommitHistory.Node, depth: Int
    ) throws(GitError) -> ObjectID {
        let key = VirtualKey(ours: history.id(one), theirs: history.id(two))
        // Deeper ones have longer markers in them.
        let isKept = depth == 1 && key.ours != .zero && key.theirs != .zero
        if isKept, let known = virtualBases[key] { return known }
        let bases = try history.mergeBases(one, two)
        let base: Base
        if bases.count > 1 {
            base = Base(tree: try history.tree(try virtualBase(bases, depth: depth + 1)), kind: .merged)
        } else {
            base = try self.base(bases)
        }
        let labels = TreeMerge.Labels(
            ours: Array("Temporary merge branch 1".utf8), theirs: Array("Temporary merge branch 2".utf8)
        ) { () throws(GitError) in try self.name(of: base) }
        let merge = TreeMerge(context, labels: labels, depth: depth)
        let tree = try merge.run(
            ThreeWay(base: base.tree, ours: try history.tree(one), theirs: try history.tree(two))
        ).tree
        if isKept { virtualBases[key] = tree }
        return tree
    }
}
