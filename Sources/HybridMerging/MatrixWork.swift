import HybridGit

/// The work behind a ``ConflictMatrix``: change sets, the pairs that meet, and their merges, shared out over engines.
struct MatrixWork: Sendable {
    private let tips: [ObjectID]
    private let names: [String]

    init(_ branches: [ConflictMatrix.Branch]) {
        tips = branches.map(\.tip)
        names = branches.map(\.name)
    }

    /// One pair that has to be merged.
    private struct Task: Sendable {
        var ours: Int
        var theirs: Int
        /// The only merge base; nil where there are several or none.
        var base: ObjectID?
        /// The paths that decide, where nothing else meets; nil for a whole merge.
        var paths: [SharedPath]?
        /// The paths that both changed.
        var shared: [RepoPath]
    }

    private struct SharedPath: Sendable {
        var path: RepoPath
        var stages: ThreeWay<TreeEntry?>
    }

    /// Every pair that meets, with its conflicts.
    func pairs(_ plan: PairBases, _ crew: MergeCrew) throws -> [ConflictMatrix.Pair] {
        var tasks: [Task] = plan.others.map {
            Task(ours: $0.0, theirs: $0.1, base: nil, paths: nil, shared: [])
        }
        // Large groups share out their branches; of small ones, each goes to one engine.
        let (large, small) = (
            plan.groups.filter { $0.members.count > 16 }, plan.groups.filter { $0.members.count <= 16 }
        )
        for group in large { tasks += self.tasks(group, try changes(of: group, crew)) }
        let found = try crew.answer(small) { engine, groups in
            groups.map { group in
                Result {
                    let sets = try ChangeSet.betweenTrees(
                        try engine.tree(of: group.base),
                        try group.members.map { try engine.tree(of: self.tips[$0]) }, onlyShared: true,
                        in: engine.store)
                    return self.tasks(group, sets.map(Branch.init))
                }
            }
        }
        for list in found { tasks += try list.get() }
        tasks.sort { ($0.ours, $0.theirs) < ($1.ours, $1.theirs) }
        let merged = try crew.answer(tasks) { engine, tasks in
            tasks.map { task in Result { try self.merge(task, engine) } }
        }
        return try merged.map { try $0.get() }
    }

    private struct Branch: Sendable {
        var changes: ChangeSet
        var footprint: Footprint

        init(_ changes: ChangeSet) {
            self.changes = changes
            footprint = Footprint(changes)
        }
    }

    /// The change sets of a large group: the top is compared at once, the folders in it are shared out.
    private func changes(of group: PairBases.Group, _ crew: MergeCrew) throws -> [Branch] {
        let engine = crew.first
        let old = try engine.tree(of: group.base)
        let trees = try group.members.map { try engine.tree(of: tips[$0]) }
        var top = TreeComparison(engine.store, count: trees.count, onlyShared: true)
        let folders = try top.compareHere(
            SubtreeComparison(
                path: RepoPath(bytes: []), old: old,
                new: trees.indices.filter { trees[$0] != old }.map { ($0, trees[$0]) }))
        let parts = try crew.answer(folders) { engine, folders in
            folders.map { folder in
                Result {
                    var comparison = TreeComparison(engine.store, count: trees.count, onlyShared: true)
                    try comparison.compare(folder)
                    return comparison.found(in: folder)
                }
            }
        }
        for part in parts { top.add(try part.get()) }
        return top.sorted.map(Branch.init)
    }

    /// The pairs of a group that meet.
    private func tasks(_ group: PairBases.Group, _ branches: [Branch]) -> [Task] {
        let pairs: [(Int, Int)]
        if let given = group.pairs {
            let place = Dictionary(uniqueKeysWithValues: group.members.enumerated().map { ($1, $0) })
            pairs = given.compactMap { one, two in
                if let first = place[one], let second = place[two] { (first, second) } else { nil }
            }
        } else {
            pairs = MeetingIndex(branches.map(\.footprint)).pairs()
        }
        return pairs.compactMap { one, two in
            task(group.base, (group.members[one], branches[one]), (group.members[two], branches[two]))
        }
    }

    private func task(_ base: ObjectID, _ one: (Int, Branch), _ two: (Int, Branch)) -> Task? {
        let meeting = one.1.footprint.meets(two.1.footprint)
        if meeting.isNone { return nil }
        var task = Task(ours: one.0, theirs: two.0, base: base, paths: [], shared: [])
        var needsWhole = meeting.involvesFolders
        for (i, j) in meeting.shared {
            let (mine, theirs) = (one.1.changes.changes[i], two.1.changes.changes[j])
            guard mine.path == theirs.path else { continue }
            task.shared.append(mine.path)
            // What a side took away may be a rename, which only the whole merge can follow; and only it knows which
            // names are free for things of two kinds that cannot share one.
            guard let ours = mine.new, let other = theirs.new, ours.kind == other.kind else {
                needsWhole = true
                continue
            }
            task.paths?.append(
                SharedPath(
                    path: mine.path, stages: ThreeWay(base: mine.old, ours: mine.new, theirs: theirs.new)))
        }
        task.shared.sort()
        if needsWhole { task.paths = nil }
        return task.paths?.isEmpty == true ? nil : task
    }

    private func merge(_ task: Task, _ engine: MergeEngine) throws -> ConflictMatrix.Pair {
        let labels = MergeLabels(ours: names[task.ours], theirs: names[task.theirs])
        let answer: MergeAnswer
        if let base = task.base, let paths = task.paths {
            answer = try engine.mergePaths(
                paths.sorted { $0.path < $1.path }.map { ($0.path, $0.stages) }, base: base, labels: labels)
        } else if let base = task.base {
            answer = try engine.merge(
                ours: tips[task.ours], theirs: tips[task.theirs], base: base, labels: labels)
        } else {
            answer = try engine.merge(ours: tips[task.ours], theirs: tips[task.theirs], labels: labels)
        }
        let conflicts = answer.isClean ? [] : try engine.conflicts(in: answer)
        engine.forgetNewObjects(beyond: 16 << 20)
        return ConflictMatrix.Pair(
            ours: task.ours, theirs: task.theirs, conflicts: conflicts, shared: task.shared)
    }
}
