public import HybridGit

/// Which of many branches conflict with each other, pair by pair, and where.
///
/// The answer is that of merging every pair, found by merging only the pairs whose changes meet. What each branch changed
/// is computed once for each base; pairs with a base of their own, with several or with none are answered as exactly.
public struct ConflictMatrix: Sendable {
    /// A branch that takes part.
    public struct Branch: Hashable, Sendable {
        /// What it is called in answers and markers.
        public var name: String
        /// Its commit.
        public var tip: ObjectID
        /// The commit where it started, if that is known.
        public var base: ObjectID?
        /// The tree that counts instead of the commit's, such as that of uncommitted edits.
        ///
        /// It merges as a commit of it on top of ``tip`` would.
        public var tree: ObjectID?

        /// Makes a branch.
        public init(name: String, tip: ObjectID, base: ObjectID? = nil, tree: ObjectID? = nil) {
            self.name = name
            self.tip = tip
            self.base = base
            self.tree = tree
        }
    }

    /// Two branches that both changed something; numbers count the branches from 0.
    public struct Pair: Hashable, Sendable {
        /// The branch that comes first.
        public var ours: Int
        /// The other one.
        public var theirs: Int
        /// Where they conflict; empty where they touch the same paths and merge cleanly.
        public var conflicts: [Conflict]
        /// The paths that both changed.
        public var shared: [RepoPath]
    }

    /// The branches, in the order given.
    public var branches: [Branch]
    /// The pairs that conflict, in order.
    public var pairs: [Pair]
    /// The pairs that changed the same paths and merge cleanly, in order.
    public var touching: [Pair]

    /// Answers for all pairs of branches.
    ///
    /// `base` is a hint where the branches started: it is used for the pairs whose merge base it is, and saves looking for
    /// it. With `memory`, only what differs from the answer before is worked out. Throws `unsupported` for unrelated
    /// histories that are not allowed, and names the pair. Grows with what the branches changed and with the pairs that meet.
    public static func make(
        _ branches: [Branch], base: ObjectID? = nil, with crew: MergeCrew, memory: MatrixMemory? = nil
    ) throws -> ConflictMatrix {
        var matrix = ConflictMatrix(branches: branches, pairs: [], touching: [])
        // With few branches one engine is done before another is open.
        if branches.count > 8 { crew.getReady(for: branches.count) }
        let plan = try PairBases(branches, hint: base, crew.first)
        crew.shareBases()
        if let (one, two) = plan.unrelated, !crew.first.options.allowsUnrelatedHistories {
            throw GitError(
                .unsupported, operation: "compare",
                subject: "\(branches[one].name) and \(branches[two].name)",
                reason: "the histories have no common commit")
        }
        for index in branches.indices where branches[index].base == nil {
            matrix.branches[index].base = plan.starts[index]
        }
        let found = try MatrixWork(branches, crew.first).pairs(plan, crew, memory)
        matrix.pairs = found.filter { !$0.conflicts.isEmpty }
        matrix.touching = found.filter { $0.conflicts.isEmpty && !$0.shared.isEmpty }
        return matrix
    }

    /// The answer for no branches.
    public static var none: ConflictMatrix { ConflictMatrix(branches: [], pairs: [], touching: []) }

    /// Makes a matrix of known pairs.
    init(branches: [Branch], pairs: [Pair], touching: [Pair]) {
        self.branches = branches
        self.pairs = pairs
        self.touching = touching
    }

    /// The branches that conflict with each of the branches.
    public var neighbours: [[Int]] {
        var neighbours = [[Int]](repeating: [], count: branches.count)
        for pair in pairs {
            neighbours[pair.ours].append(pair.theirs)
            neighbours[pair.theirs].append(pair.ours)
        }
        return neighbours
    }
}

/// The merge base of every pair of tips.
struct PairBases {
    /// The pairs of branches that share one merge base.
    struct Group {
        var base: ObjectID
        /// The branches that take part.
        var members: [Int]
        /// The pairs; nil for all pairs of members.
        var pairs: [(Int, Int)]?
    }

    /// Pairs by their only merge base.
    private(set) var groups: [Group] = []
    /// Pairs with several merge bases, or none, or of which one contains the other.
    private(set) var others: [(Int, Int)] = []
    /// The first pair without any merge base; nil where all have one.
    private(set) var unrelated: (Int, Int)?
    /// Where each tip started, as far as the hint tells.
    private(set) var starts: [ObjectID?]
    /// The tips on which a tree of its own stands.
    private let own: [Bool]

    init(_ branches: [ConflictMatrix.Branch], hint: ObjectID?, _ engine: MergeEngine) throws {
        let tips = branches.map(\.tip)
        own = branches.map { $0.tree != nil }
        starts = [ObjectID?](repeating: nil, count: tips.count)
        var open: [(Int, Int)] = []
        var hint = hint
        // Workers mostly start together: the first two tell where.
        if hint == nil, tips.count > 2 {
            let bases = try engine.mergeBases(tips[0], tips[1])
            if bases.count == 1 { hint = bases[0] }
        }
        guard let hint else {
            for one in tips.indices { for two in tips.indices where one < two { open.append((one, two)) } }
            try split(open, tips, engine)
            return
        }
        let chains = try engine.chains(from: tips, to: hint)
        // Tips whose chains share a commit stand on each other.
        var owner: [ObjectID: Int] = [:]
        var family = Array(tips.indices)
        func root(_ tip: Int) -> Int { family[tip] == tip ? tip : root(family[tip]) }
        var plain: [Int] = []
        var odd: [Int] = []
        for (tip, chain) in chains.enumerated() {
            guard let chain, !chain.isEmpty || own[tip] else {
                odd.append(tip)
                continue
            }
            starts[tip] = hint
            plain.append(tip)
            for commit in chain {
                if let first = owner[commit] { family[root(tip)] = root(first) } else { owner[commit] = tip }
            }
        }
        let families = Dictionary(grouping: plain, by: root).values.filter { $0.count > 1 }
        for related in families {
            for (place, one) in related.enumerated() {
                for two in related[(place + 1)...] { open.append((one, two)) }
            }
        }
        for (place, one) in odd.enumerated() {
            for two in plain + odd[(place + 1)...] { open.append((min(one, two), max(one, two))) }
        }
        if plain.count > 1 {
            var pairs: [(Int, Int)]?
            if !families.isEmpty {
                var apart: [(Int, Int)] = []
                for (place, one) in plain.enumerated() {
                    for two in plain[(place + 1)...] where root(one) != root(two) { apart.append((one, two)) }
                }
                pairs = apart
            }
            groups.append(Group(base: hint, members: plain, pairs: pairs))
        }
        try split(open, tips, engine)
    }

    /// Looks for the merge bases of pairs.
    private mutating func split(_ open: [(Int, Int)], _ tips: [ObjectID], _ engine: MergeEngine) throws {
        var byBase: [ObjectID: [(Int, Int)]] = [:]
        var rootless: [(Int, Int)] = []
        try engine.announce(open.map { (tips[$0.0], tips[$0.1]) })
        for pair in open {
            let bases = try engine.mergeBases(tips[pair.0], tips[pair.1])
            // A branch that contains all of the other merges to itself: nothing can conflict.
            if bases.count == 1,
                bases[0] == tips[pair.0] && !own[pair.0] || bases[0] == tips[pair.1] && !own[pair.1]
            {
                continue
            }
            if bases.count == 1 {
                byBase[bases[0], default: []].append(pair)
            } else {
                others.append(pair)
                if bases.isEmpty { rootless.append(pair) }
            }
        }
        for (base, pairs) in byBase.sorted(by: { $0.key < $1.key }) {
            groups.append(
                Group(base: base, members: Set(pairs.flatMap { [$0.0, $0.1] }).sorted(), pairs: pairs))
        }
        others.sort { $0 < $1 }
        unrelated = rootless.min { $0 < $1 }
    }
}
