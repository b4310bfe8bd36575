public import HybridGit

/// One branch to fold into the target.
public struct FoldInput: Sendable {
    /// What results name it by.
    public var id: String
    /// Its tip.
    public var tip: ObjectID
    /// Ids of inputs that must be merged first.
    public var needs: [String]
    /// The message of its merge commit.
    public var message: String
    /// Who wrote the merge.
    public var author: Signature

    /// Makes an input.
    public init(id: String, tip: ObjectID, needs: [String], message: String, author: Signature) {
        self.id = id
        self.tip = tip
        self.needs = needs
        self.message = message
        self.author = author
    }
}

/// Many branches merged into one, one after the other, and who had to be left out.
public struct Fold: Sendable {
    /// The last merge commit, or the target where nothing was merged.
    public var tip: ObjectID
    /// The inputs that are in, in the order in which they were merged.
    public var merged: [String]
    /// The inputs that are not in.
    public var leftOut: [LeftOut]

    /// An input that is not in the merge.
    public struct LeftOut: Sendable {
        /// The input.
        public var id: String
        /// Why.
        public var reason: Reason
    }

    /// Why an input is not in the merge.
    public enum Reason: Sendable {
        /// It conflicts with merged inputs; an empty name stands for the target itself.
        case conflict(with: [String], conflicts: [Conflict])
        /// Inputs that it needs are out.
        case blocked(by: [String])
    }

    /// Folds the inputs onto `target`: a merge commit each, most of them landed.
    ///
    /// Inputs that do not interact are clean by construction and never go through the engine, so that the cost
    /// grows with what they changed; only pairs that interact are merged for the conflict graph.
    public static func make(
        target: ObjectID, inputs: [FoldInput], committer: Signature, in repository: Repository,
        options: MergeOptions = MergeOptions()
    ) throws(GitError) -> Fold {
        let engine = try MergeEngine(repository, options)
        var touched: [Interaction] = []
        var toTarget: [Interaction] = []
        for input in inputs {
            let base = try repository.mergeBase(target, input.tip) ?? target
            touched.append(Interaction(try ChangeSet.between(base: base, tip: input.tip, in: repository)))
            toTarget.append(
                Interaction(
                    base == target
                        ? ChangeSet(changes: [])
                        : try ChangeSet.between(base: base, tip: target, in: repository)))
        }
        var conflicts: [(Int, Int)] = []
        engine.forgetNewObjects()
        for (a, b) in Interaction.pairs(touched) {
            if try !engine.merge(ours: inputs[a].tip, theirs: inputs[b].tip).isClean {
                conflicts.append((a, b))
            }
            engine.forgetNewObjects(beyond: 64 << 20)
        }
        let index = Dictionary(inputs.enumerated().map { ($1.id, $0) }) { first, _ in first }
        let order = LandingOrder.order(
            count: inputs.count, conflicts: conflicts,
            needs: inputs.map { Set($0.needs.compactMap { index[$0] }) })
        var fold = Fold(tip: target, merged: [], leftOut: [])
        var inside: [Int] = []
        for next in order {
            let input = inputs[next]
            let missing = input.needs.filter { index[$0] != nil && !fold.merged.contains($0) }
            guard missing.isEmpty else {
                fold.leftOut.append(LeftOut(id: input.id, reason: .blocked(by: missing)))
                continue
            }
            if try repository.isAncestor(input.tip, of: fold.tip) {
                fold.merged.append(input.id)
                inside.append(next)
                continue
            }
            let others = inside.filter { touched[$0].interacts(with: touched[next]) }
            let tree: ObjectID
            if others.isEmpty, !toTarget[next].interacts(with: touched[next]) {
                let edits = Dictionary(
                    uniqueKeysWithValues: touched[next].changes.map { ($0.path, $0.new) })
                tree = try repository.editTree(try repository.commit(fold.tip).tree, edits)
            } else {
                let answer = try engine.merge(ours: fold.tip, theirs: input.tip)
                if answer.isClean {
                    try engine.store.publish()
                    tree = answer.tree
                } else {
                    let conflicts = try engine.conflicts(in: answer)
                    let paths = conflicts.map(\.path)
                    let with = others.filter { other in paths.contains { touched[other].touches($0) } }
                    fold.leftOut.append(
                        LeftOut(
                            id: input.id,
                            reason: .conflict(
                                with: with.isEmpty ? [""] : with.map { inputs[$0].id }, conflicts: conflicts))
                    )
                    continue
                }
            }
            fold.tip = try repository.createCommit(
                tree: tree, parents: [fold.tip, input.tip], message: input.message, author: input.author,
                committer: committer)
            fold.merged.append(input.id)
            inside.append(next)
        }
        return fold
    }
}

/// Where a change set can meet another: its paths, the folders above them, and the folders it takes from.
struct Interaction {
    let changes: [Change]
    private let paths: Set<RepoPath>
    private let folders: Set<RepoPath>
    private let thinned: Set<RepoPath>
    private let filled: Set<RepoPath>

    init(_ set: ChangeSet) {
        changes = set.changes
        paths = Set(changes.map(\.path))
        folders = Set(changes.flatMap { Self.above($0.path) })
        thinned = Set(changes.filter { $0.new == nil }.flatMap { Self.above($0.path) })
        filled = Set(changes.filter { $0.old == nil }.flatMap { Self.above($0.path) })
    }

    /// Shared paths, a path that is the other's folder, or one that adds where the other takes away.
    func interacts(with other: Interaction) -> Bool {
        !paths.isDisjoint(with: other.paths) || !paths.isDisjoint(with: other.folders)
            || !folders.isDisjoint(with: other.paths) || !thinned.isDisjoint(with: other.filled)
            || !filled.isDisjoint(with: other.thinned)
    }

    func touches(_ path: RepoPath) -> Bool {
        paths.contains(path) || folders.contains(path) || Self.above(path).contains(where: paths.contains)
    }

    /// The pairs that interact, found through an index of places rather than by comparing all with all.
    static func pairs(_ sets: [Interaction]) -> [(Int, Int)] {
        var at: [RepoPath: [Int]] = [:]
        for (index, set) in sets.enumerated() {
            for place in set.paths.union(set.thinned).union(set.filled) {
                at[place, default: []].append(index)
            }
        }
        var found: Set<[Int]> = []
        for (place, here) in at where !place.bytes.isEmpty {
            for (n, a) in here.enumerated() {
                for b in here[(n + 1)...] where sets[a].interacts(with: sets[b]) { found.insert([a, b]) }
            }
        }
        for (index, set) in sets.enumerated() {
            for folder in set.folders {
                for other in at[folder] ?? [] where other != index && sets[other].paths.contains(folder) {
                    found.insert([min(index, other), max(index, other)])
                }
            }
        }
        return found.map { ($0[0], $0[1]) }.sorted { $0 < $1 }
    }

    private static func above(_ path: RepoPath) -> [RepoPath] {
        path.bytes.indices.filter { path.bytes[$0] == 47 }.map { RepoPath(bytes: path.bytes[..<$0]) }
    }
}
