public import HybridGit

/// The merge so far, while branches are folded into it.
struct FoldSteps {
    private let target: ObjectID
    private let inputs: [FoldInput]
    private let committer: Signature
    private let commits: Fold.Commits
    private let engine: MergeEngine
    private let branches: [Branch]
    /// Whom each input interacts with, and whom it conflicts with as far as that was asked.
    private let partners: [Set<Int>]
    private var rivals: [Set<Int>]
    /// Inputs that do not merge with the target alone.
    private var refused: Set<Int> = []

    private var tip: ObjectID
    private var tree: ObjectID
    private let targetTree: ObjectID
    private var inside: [Int] = []
    /// Files that were taken away since the target, and the folders above them.
    private var removed: Set<RepoPath> = []
    private var thinned: Set<RepoPath> = []
    /// What merges by the engine changed: renamed folders take files to places that nobody named.
    private var moved: [(input: Int, places: Interaction)] = []
    /// What was taken in since `tip` and has no commit yet: an octopus writes its trees once.
    private var edits: [RepoPath: TreeEntry?] = [:]
    private var waiting: [ObjectID] = []

    /// What one input changed, against its merge base with the target.
    private struct Branch {
        /// nil where there is no single base to compare with.
        var changes: Interaction?
        /// What the target changed since that base.
        var target: Interaction
        var isInTarget: Bool
    }

    init(
        _ target: ObjectID, _ inputs: [FoldInput], _ committer: Signature, _ commits: Fold.Commits,
        _ engine: MergeEngine
    ) throws(GitError) {
        self.target = target
        self.inputs = inputs
        self.committer = committer
        self.commits = commits
        self.engine = engine
        try engine.announce(inputs.map { (target, $0.tip) })
        var since: [ObjectID: Interaction] = [:]
        var branches: [Branch] = []
        for input in inputs {
            let bases = try engine.mergeBases(target, input.tip)
            guard bases.count == 1, let base = bases.first else {
                branches.append(
                    Branch(
                        changes: nil, target: Interaction(ChangeSet(changes: [])), isInTarget: false))
                continue
            }
            let moved: Interaction
            if let known = since[base] {
                moved = known
            } else {
                moved = try engine.places(from: base, to: target)
            }
            since[base] = moved
            branches.append(
                Branch(
                    changes: try engine.places(from: base, to: input.tip), target: moved,
                    isInTarget: base == input.tip))
        }
        self.branches = branches
        partners = Self.interacting(branches.map(\.changes))
        rivals = inputs.map { _ in [] }
        tip = target
        targetTree = try engine.tree(of: target)
        tree = targetTree
    }

    /// Whom each input can meet; one without a single base can meet everybody.
    private static func interacting(_ changes: [Interaction?]) -> [Set<Int>] {
        var partners = changes.map { _ in Set<Int>() }
        let known = changes.indices.filter { changes[$0] != nil }
        for (a, b) in MeetingIndex(known.compactMap { changes[$0]?.footprint }).pairs() {
            partners[known[a]].insert(known[b])
            partners[known[b]].insert(known[a])
        }
        for one in changes.indices where changes[one] == nil {
            for other in changes.indices where other != one {
                partners[one].insert(other)
                partners[other].insert(one)
            }
        }
        return partners
    }

    // MARK: Conflicts between pairs

    /// Who is best left out, by the conflicts between pairs; numbers behind the inputs are those of `later`.
    mutating func cover(
        _ later: [(id: String, needs: [String])], budget: Int
    ) throws(GitError) -> ConflictCover {
        // What somebody else keeps in the store is not ours to forget.
        let mayForget = engine.store.writtenBytes == 0
        func isClean(_ ours: ObjectID, _ theirs: ObjectID) throws(GitError) -> Bool {
            let isClean = try engine.merge(ours: ours, theirs: theirs).isClean
            if mayForget { engine.forgetNewObjects(beyond: 64 << 20) }
            return isClean
        }
        for (number, branch) in branches.enumerated() where !branch.isInTarget {
            guard branch.changes.map({ branch.target.interacts(with: $0) }) ?? true else { continue }
            if try !isClean(target, inputs[number].tip) { refused.insert(number) }
        }
        let pairs = conflictCandidates()
        try engine.announce(pairs.map { (inputs[$0.0].tip, inputs[$0.1].tip) })
        var conflicts: [(Int, Int)] = []
        for (a, b) in pairs where try !isClean(inputs[a].tip, inputs[b].tip) {
            conflicts.append((a, b))
            rivals[a].insert(b)
            rivals[b].insert(a)
        }
        if mayForget { engine.forgetNewObjects() }
        let ids = inputs.map(\.id) + later.map(\.id)
        let place = Dictionary(ids.enumerated().map { ($1, $0) }) { first, _ in first }
        return ConflictCover.find(
            count: ids.count, conflicts: conflicts,
            needs: (inputs.map(\.needs) + later.map(\.needs)).map { Set($0.compactMap { place[$0] }) },
            refused: refused, budget: budget)
    }

    /// The pairs that have to be merged to know whether they conflict.
    private func conflictCandidates() -> [(Int, Int)] {
        inputs.indices.flatMap { one in
            partners[one].sorted().filter { $0 > one && !refused.contains($0) && !refused.contains(one) }
                .map { (one, $0) }
        }
    }

    /// Those that an input meets, and those that they meet, and so on; each with whom it needs, or who needs it.
    func circle(around members: Set<Int>, needs: [Set<Int>]) -> Set<Int> {
        var circle = members
        var open = Array(members)
        while let next = open.popLast() {
            let near = partners[next].union(needs[next])
                .union(needs.indices.filter { needs[$0].contains(next) })
            open += near.filter { circle.insert($0).inserted }
        }
        return circle
    }

    // MARK: Folding

    /// Merges an input into the merge so far; the reason where that cannot be.
    mutating func merge(_ next: Int) throws(GitError) -> Fold.Reason? {
        guard let answer = try attempt(next) else { return nil }
        return try refusal(next, answer)
    }

    /// Merges an input into the merge so far; the answer where that is not clean, and then nothing is merged.
    mutating func attempt(_ next: Int) throws(GitError) -> MergeAnswer? {
        let branch = branches[next]
        if branch.isInTarget {
            inside.append(next)
            return nil
        }
        if let changes = branch.changes, try !meetsAny(next, changes) {
            for change in changes.changes { edits.updateValue(change.new, forKey: change.path) }
            note(changes)
            try take(next)
            return nil
        }
        try settle()
        if try engine.mergeBases(tip, inputs[next].tip) == [inputs[next].tip] {
            // It came in with another that holds it.
            inside.append(next)
            return nil
        }
        let answer = try engine.merge(
            ours: tip, theirs: inputs[next].tip,
            labels: MergeLabels(ours: "integrated", theirs: inputs[next].id))
        guard answer.isClean else { return answer }
        let before = tree
        tree = answer.tree
        let places = try engine.places(from: before, toTree: tree)
        moved.append((next, places))
        note(places)
        try take(next)
        return nil
    }

    private mutating func meetsAny(_ next: Int, _ changes: Interaction) throws(GitError) -> Bool {
        if !partners[next].isDisjoint(with: inside) || branches[next].target.interacts(with: changes)
            || moved.contains(where: { $0.places.interacts(with: changes) })
        {
            return true
        }
        // A folder that it adds to may be gone only through several together.
        for folder in changes.filled
        where thinned.contains(folder) || branches[next].target.thinned.contains(folder) {
            if try mayBeGone(folder) { return true }
        }
        return false
    }

    /// Whether a folder is not in the merge so far; asked of the trees only where what is known cannot tell.
    private mutating func mayBeGone(_ folder: RepoPath) throws(GitError) -> Bool {
        if let known = try engine.folder(folder, in: targetTree) {
            for (name, _) in try engine.store.tree(known).entries {
                let path = folder.appending(name)
                if !removed.contains(path), !thinned.contains(path) { return false }
            }
        }
        try settle()
        return try engine.folder(folder, in: tree) == nil
    }

    /// Notes what an input's changes took away.
    private mutating func note(_ places: Interaction) {
        thinned.formUnion(places.thinned)
        for change in places.changes where change.new == nil { removed.insert(change.path) }
    }

    /// Notes that an input is in, and makes its commit where each has one.
    private mutating func take(_ next: Int) throws(GitError) {
        inside.append(next)
        waiting.append(inputs[next].tip)
        if case .each = commits {
            try commit([tip] + waiting, inputs[next].message, inputs[next].author)
        }
    }

    /// Gives what was taken in so far a commit, as the engine needs one for its merge bases.
    private mutating func settle() throws(GitError) {
        guard !waiting.isEmpty else { return }
        try commit([tip] + waiting, "merged so far", committer)
    }

    private mutating func commit(
        _ parents: [ObjectID], _ message: String, _ author: Signature
    ) throws(GitError) {
        tree = try engine.store.editTree(tree, edits)
        tip = try engine.store.write(
            commitOf: tree, parents: parents, message: message, author: author, committer: committer)
        edits = [:]
        waiting = []
    }

    /// The last commit.
    mutating func finish(_ merged: [String]) throws(GitError) -> ObjectID {
        guard case .octopus(let author, let message) = commits else { return tip }
        let new = inside.filter { !branches[$0].isInTarget }.map { inputs[$0].tip }
        guard !new.isEmpty else { return target }
        var parents = [target]
        for (place, id) in new.enumerated() where !new[..<place].contains(id) {
            // As git does, a tip that another one holds is no parent of its own.
            var isHeld = false
            for other in new where other != id && !isHeld {
                isHeld = try partnersHold(id, other)
            }
            if !isHeld { parents.append(id) }
        }
        try commit(parents, message(merged), author)
        return tip
    }

    private func partnersHold(_ id: ObjectID, _ other: ObjectID) throws(GitError) -> Bool {
        try engine.mergeBases(id, other) == [id]
    }

    /// Why an input is out: those whose own merge with it conflicts, else those who touched what conflicts.
    private func refusal(_ next: Int, _ answer: MergeAnswer) throws(GitError) -> Fold.Reason {
        let conflicts = try engine.conflicts(in: answer)
        var with = inside.filter { rivals[next].contains($0) }
        if with.isEmpty, !refused.contains(next) {
            let paths = conflicts.map(\.path)
            with = inside.filter { one in
                guard partners[next].contains(one) || moved.contains(where: { $0.input == one }) else {
                    return false
                }
                let places =
                    [branches[one].changes].compactMap { $0 }
                    + moved.filter { $0.input == one }.map(\.places)
                return places.contains { place in paths.contains { place.touches($0) } }
            }
        }
        // Several together can bring about what none of them does alone.
        if with.isEmpty, !refused.contains(next) {
            with = inside.filter { one in
                guard let mine = branches[next].changes, let theirs = branches[one].changes else {
                    return true
                }
                return mine.interacts(with: theirs) || mine.contributes(with: theirs)
            }
        }
        let names = with.map { inputs[$0].id }
        return .conflict(
            with: refused.contains(next) || names.isEmpty ? [""] + names : names, conflicts: conflicts)
    }
}

extension MergeEngine {
    /// Whether `one` is in the history of `other`; true when they are equal.
    public func isAncestor(_ one: ObjectID, of other: ObjectID) throws(GitError) -> Bool {
        try mergeBases(one, other) == [one]
    }

    func places(from base: ObjectID, to tip: ObjectID) throws(GitError) -> Interaction {
        try places(from: tree(of: base), toTree: tree(of: tip))
    }

    func places(from base: ObjectID, toTree tree: ObjectID) throws(GitError) -> Interaction {
        Interaction(try ChangeSet.betweenTrees(base, [tree], in: store)[0])
    }

    /// The id of a folder in a tree; nil where there is none.
    func folder(_ path: RepoPath, in tree: ObjectID) throws(GitError) -> ObjectID? {
        let entry = try store.treeEntry(path, in: tree)
        return entry?.isTree == true ? entry?.id : nil
    }
}
