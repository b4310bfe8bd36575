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
    /// All inputs in the order in which they were tried; folding in this order again gives the same tree.
    public var order: [String]
    /// Whether it is proven that leaving out fewer would not avoid the conflicts between pairs.
    public var isSmallest: Bool
    /// How many orders were tried; more than one only where inputs of which no two conflict did not merge together.
    public var ordersTried = 1

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

    /// Which commits hold the merge.
    public enum Commits {
        /// A merge commit for each input, in order.
        case each
        /// One commit with the target and all tips as parents, as `git merge A B C` makes it.
        ///
        /// `message` is given the ids of the merged inputs in their order.
        case octopus(author: Signature, message: ([String]) -> String)
    }

    /// Which inputs are tried first.
    public enum Order {
        /// Those that conflict least, so that most land.
        ///
        /// `later` is what comes after this merge: ids, and the inputs and other ids that each needs. Whoever is left
        /// out takes them along, so they count. `budget` is that of ``ConflictCover``.
        case mostLanded(later: [(id: String, needs: [String])] = [], budget: Int = ConflictCover.budget)
        /// These ids in this order, as ``Fold/order`` recorded it; inputs that are not named come behind.
        case given([String])
    }

    /// Folds the inputs onto `target`.
    ///
    /// The new objects wait in the engine's store until they are saved. Inputs that do not interact are clean by
    /// construction and never go through the engine, so that the cost grows with what they changed; only pairs that
    /// interact are merged for the conflict graph. The result depends on the arguments alone.
    public static func make(
        target: ObjectID, inputs: [FoldInput], committer: Signature, commits: Commits = .each,
        order: Order = .mostLanded(), in engine: MergeEngine
    ) throws(GitError) -> Fold {
        var steps = try FoldSteps(target, inputs, committer, commits, engine)
        let place = Dictionary(inputs.enumerated().map { ($1.id, $0) }) { first, _ in first }
        let needs = inputs.map { Set($0.needs.compactMap { place[$0] }) }
        switch order {
        case .given(let ids):
            let named = ids.compactMap { place[$0] }
            let sequence = named + inputs.indices.filter { !Set(named).contains($0) }
            return try Fold(inputs, sequence, isSmallest: true, &steps)
        case .mostLanded(let later, let budget):
            let cover = try steps.cover(later, budget: budget)
            let last = Set(cover.out.filter { $0 < inputs.count })
            let first = LandingOrder.order(count: inputs.count, needs: needs, last: last)
            let start = steps
            let fold = try Fold(inputs, first, isSmallest: cover.isSmallest, &steps)
            // Who conflicts with nobody alone and is out all the same may merge in another order.
            let surprised = Set(fold.leftOut.filter(\.isConflict).compactMap { place[$0.id] }).subtracting(
                last)
            guard !surprised.isEmpty else { return fold }
            let with = fold.leftOut.flatMap(\.with).compactMap { place[$0] }
            let circle = start.circle(around: surprised.union(with), needs: needs).subtracting(last)
            var search = OrderSearch(from: start, needs: needs, in: engine) {
                weight(of: $0, inputs, later)
            }
            let members = first.filter(circle.contains)
            let out = Set(fold.leftOut.compactMap { place[$0.id] })
            let found = try search.better(members, without: out.intersection(circle))
            var best = fold
            if let found {
                var next = found[...]
                let sequence = first.map { circle.contains($0) ? next.removeFirst() : $0 }
                steps = start
                let other = try Fold(inputs, sequence, isSmallest: cover.isSmallest, &steps)
                let otherOut = Set(other.leftOut.compactMap { place[$0.id] })
                if weight(of: otherOut, inputs, later) < weight(of: out, inputs, later) { best = other }
            }
            best.ordersTried = search.tried
            return best
        }
    }

    /// How many are out when a set of inputs is: those that need one of them as well.
    private static func weight(
        of out: Set<Int>, _ inputs: [FoldInput], _ later: [(id: String, needs: [String])]
    ) -> Int {
        if out.isEmpty { return 0 }
        var gone = Set(out.map { inputs[$0].id })
        let others = inputs.map { (id: $0.id, needs: $0.needs) } + later
        var isMore = true
        while isMore {
            isMore = false
            for other in others where !gone.contains(other.id) && !gone.isDisjoint(with: other.needs) {
                gone.insert(other.id)
                isMore = true
            }
        }
        return gone.count
    }
}

extension Fold {
    /// Merges the inputs in a sequence, as far as they merge.
    fileprivate init(
        _ inputs: [FoldInput], _ sequence: [Int], isSmallest: Bool, _ steps: inout FoldSteps
    ) throws(GitError) {
        self.init(
            tip: inputs.first?.tip ?? .zero, merged: [], leftOut: [], order: sequence.map { inputs[$0].id },
            isSmallest: isSmallest)
        let known = Set(inputs.map(\.id))
        for next in sequence {
            let input = inputs[next]
            let missing = input.needs.filter { id in known.contains(id) && !merged.contains(id) }
            if !missing.isEmpty {
                leftOut.append(LeftOut(id: input.id, reason: .blocked(by: missing)))
            } else if let reason = try steps.merge(next) {
                leftOut.append(LeftOut(id: input.id, reason: reason))
            } else {
                merged.append(input.id)
            }
        }
        tip = try steps.finish(merged)
    }
}

extension Fold.LeftOut {
    /// Whether it conflicts itself, and not only needs somebody who does.
    var isConflict: Bool { if case .conflict = reason { true } else { false } }
    /// The inputs that it conflicts with.
    var with: [String] { if case .conflict(let with, _) = reason { with } else { [] } }
}

/// A change set with its footprint, and the folders that it takes from or adds to.
struct Interaction {
    let changes: [Change]
    let footprint: Footprint
    /// Folders below which something was taken away.
    let thinned: Set<RepoPath>
    /// Folders below which something was added.
    let filled: Set<RepoPath>

    init(_ set: ChangeSet) {
        changes = set.changes
        footprint = Footprint(set)
        thinned = Set(changes.filter { $0.new == nil }.flatMap { Self.above($0.path) })
        filled = Set(changes.filter { $0.old == nil }.flatMap { Self.above($0.path) })
    }

    /// Whether one of the two can change what the other's merge gives.
    func interacts(with other: Interaction) -> Bool { !footprint.meets(other.footprint).isNone }

    /// Whether it and others together can interact with another: several can empty a folder between them.
    func contributes(with other: Interaction) -> Bool {
        !thinned.isDisjoint(with: other.filled) || !filled.isDisjoint(with: other.thinned)
    }

    /// Whether it changed a path, something below it, or what stands above it.
    func touches(_ path: RepoPath) -> Bool {
        changes.contains {
            $0.path == path || Self.above(path).contains($0.path) || Self.above($0.path).contains(path)
        }
    }

    private static func above(_ path: RepoPath) -> [RepoPath] {
        Array(path.parents)
    }
}
