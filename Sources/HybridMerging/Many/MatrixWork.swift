import HybridGit

/// The work behind a ``ConflictMatrix``: change sets, the pairs that meet, and their merges, shared out over engines.
struct MatrixWork: Sendable {
    private let branches: [ConflictMatrix.Branch]
    /// What each branch holds.
    private let trees: [ObjectID]

    init(_ branches: [ConflictMatrix.Branch], _ engine: MergeEngine) throws {
        self.branches = branches
        trees = try branches.map { branch in try branch.tree ?? engine.tree(of: branch.tip) }
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
    func pairs(
        _ plan: PairBases, _ crew: MergeCrew, _ memory: MatrixMemory? = nil
    ) throws -> [ConflictMatrix.Pair] {
        var tasks: [Task] = plan.others.map {
            Task(ours: $0.0, theirs: $0.1, base: nil, paths: nil, shared: [])
        }
        // Large groups share out their branches; of small ones, each goes to one engine.
        let (large, small) = (
            plan.groups.filter { $0.members.count > 16 }, plan.groups.filter { $0.members.count <= 16 }
        )
        for group in large { tasks += self.tasks(group, try changes(of: group, crew, memory)) }
        // What is remembered must hold beside any other branch.
        let onlyShared = memory == nil
        let asked = small.map { ($0, known($0, memory)) }
        let found = try crew.answer(asked) { engine, groups in
            groups.map { group, known in
                Result {
                    let missing = known.indices.filter { known[$0] == nil }
                    let sets = try ChangeSet.betweenTrees(
                        try engine.tree(of: group.base), missing.map { self.trees[group.members[$0]] },
                        onlyShared: onlyShared, in: engine.store)
                    let all = Self.filled(known, missing, sets.map(Branch.init))
                    return (all, self.tasks(group, all))
                }
            }
        }
        for (group, list) in zip(small, found) {
            let (all, own) = try list.get()
            remember(group, all, memory)
            tasks += own
        }
        tasks.sort { ($0.ours, $0.theirs) < ($1.ours, $1.theirs) }
        return try merge(tasks, crew, memory)
    }

    /// Merges the pairs that were not merged before.
    private func merge(
        _ tasks: [Task], _ crew: MergeCrew, _ memory: MatrixMemory?
    ) throws -> [ConflictMatrix.Pair] {
        let keys = memory == nil ? [] : tasks.map(key)
        var pairs = keys.map { memory?.pair($0) }
        if memory == nil { pairs = [ConflictMatrix.Pair?](repeating: nil, count: tasks.count) }
        let missing = tasks.indices.filter { pairs[$0] == nil }
        let open = missing.map { tasks[$0] }
        var merged: [Result<ConflictMatrix.Pair, any Error>] = []
        for start in stride(from: 0, to: open.count, by: Self.mostAtOnce) {
            let part = Array(open[start..<min(start + Self.mostAtOnce, open.count)])
            try readAhead(part, crew)
            merged += try crew.answer(part) { engine, tasks in
                tasks.map { task in Result { try self.merge(task, engine) } }
            }
        }
        for (index, answer) in zip(missing, merged) { pairs[index] = try answer.get() }
        var all: [ConflictMatrix.Pair] = []
        for (index, pair) in pairs.enumerated() {
            guard var pair else { continue }
            if let memory { memory.keep(pair, for: keys[index]) }
            (pair.ours, pair.theirs) = (tasks[index].ours, tasks[index].theirs)
            all.append(pair)
        }
        memory?.turn()
        return all
    }

    /// The most merges whose files are read ahead together; and from how many files on, and up to how many: at the most
    /// 64 MiB.
    private static let (mostAtOnce, filesAhead, largestAhead) = (2000, 64...8192, 1 << 13)

    /// Reads the small files that the merges of single paths will ask for.
    ///
    /// Packs hold files as changes of others, in long chains: each chain is unpacked once, by one engine, for all merges.
    private func readAhead(_ tasks: [Task], _ crew: MergeCrew) throws {
        var wanted: Set<ObjectID> = []
        for path in tasks.lazy.flatMap({ $0.paths ?? [] }) {
            for stage in MergeStage.allCases {
                if let entry = path.stages[stage], entry.isRegularFile { wanted.insert(entry.id) }
            }
        }
        guard Self.filesAhead.contains(wanted.count) else { return }
        let ids = Array(wanted)
        let packed = try crew.answer(ids) { engine, ids in
            ids.map { id in Result { engine.store.family(of: id) } }
        }
        var families: [Int: [ObjectID]] = [:]
        for (id, family) in zip(ids, packed) {
            if let family = try family.get() { families[family, default: []].append(id) }
        }
        let read = try crew.answer(Array(families.values)) { engine, families in
            families.map { family in
                Result {
                    try family.filter { try engine.store.blobSize($0) <= Self.largestAhead }.map {
                        (id: $0, bytes: try engine.store.blob($0))
                    }
                }
            }
        }
        // What fails is told by the merge that needs it.
        let blobs = read.flatMap { (try? $0.get()) ?? [] }
        crew.forEach { $0.store.keep(blobs) }
    }

    private func key(_ task: Task) -> MatrixMemory.PairKey {
        func side(_ index: Int) -> MatrixMemory.Side {
            MatrixMemory.Side(
                name: branches[index].name, tree: trees[index],
                tip: task.base == nil ? branches[index].tip : nil)
        }
        return MatrixMemory.PairKey(base: task.base, ours: side(task.ours), theirs: side(task.theirs))
    }

    /// What the memory holds of a group's branches.
    private func known(_ group: PairBases.Group, _ memory: MatrixMemory?) -> [Branch?] {
        group.members.map { memory?.branch(MatrixMemory.BranchKey(base: group.base, tree: trees[$0])) }
    }

    private func remember(_ group: PairBases.Group, _ branches: [Branch], _ memory: MatrixMemory?) {
        guard let memory else { return }
        for (member, branch) in zip(group.members, branches) {
            memory.keep(branch, for: MatrixMemory.BranchKey(base: group.base, tree: trees[member]))
        }
    }

    private static func filled(_ known: [Branch?], _ places: [Int], _ new: [Branch]) -> [Branch] {
        var all = known
        for (place, branch) in zip(places, new) { all[place] = branch }
        return all.compactMap { $0 }
    }

    /// What one branch changed.
    struct Branch: Sendable {
        var changes: ChangeSet
        var footprint: Footprint

        init(_ changes: ChangeSet) {
            self.changes = changes
            footprint = Footprint(changes)
        }
    }

    /// The change sets of a large group: the top is compared at once, the folders in it are shared out.
    private func changes(
        of group: PairBases.Group, _ crew: MergeCrew, _ memory: MatrixMemory?
    ) throws -> [Branch] {
        let known = known(group, memory)
        let missing = known.indices.filter { known[$0] == nil }
        let engine = crew.first
        let old = try engine.tree(of: group.base)
        let trees = missing.map { self.trees[group.members[$0]] }
        let onlyShared = memory == nil
        var top = TreeComparison(engine.store, count: trees.count, onlyShared: onlyShared)
        let folders = try top.compareHere(
            SubtreeComparison(
                path: .root, old: old,
                new: trees.indices.filter { trees[$0] != old }.map { ($0, trees[$0]) }))
        let parts = try crew.answer(folders) { engine, folders in
            folders.map { folder in
                Result {
                    var comparison = TreeComparison(engine.store, count: trees.count, onlyShared: onlyShared)
                    try comparison.compare(folder)
                    return comparison.found(in: folder)
                }
            }
        }
        for part in parts { top.add(try part.get()) }
        let branches = try crew.answer(top.found) { _, sets in
            sets.map { set in Result { Branch(set.sorted) } }
        }
        let all = Self.filled(known, missing, try branches.map { try $0.get() })
        remember(group, all, memory)
        return all
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
            guard let ours = mine.new, let other = theirs.new, ours.kind.sort == other.kind.sort else {
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
        let (ours, theirs) = (branches[task.ours], branches[task.theirs])
        let labels = MergeLabels(ours: ours.name, theirs: theirs.name)
        let answer: MergeAnswer
        if let base = task.base, let paths = task.paths {
            answer = try engine.mergePaths(
                paths.sorted { $0.path < $1.path }.map { ($0.path, $0.stages) }, base: base, labels: labels)
        } else if let base = task.base {
            answer = try engine.mergeTrees(
                ours: trees[task.ours], theirs: trees[task.theirs], base: base, labels: labels)
        } else {
            answer = try engine.merge(
                ours: (ours.tip, ours.tree), theirs: (theirs.tip, theirs.tree), labels: labels)
        }
        let conflicts = answer.isClean ? [] : try engine.conflicts(in: answer)
        engine.forgetNewObjects(beyond: 16 << 20)
        return ConflictMatrix.Pair(
            ours: task.ours, theirs: task.theirs, conflicts: conflicts, shared: task.shared)
    }
}
