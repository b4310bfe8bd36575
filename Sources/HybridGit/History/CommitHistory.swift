/// Commits as a graph, read once, for finding merge bases again and again.
///
/// The answers and their order are git's (`commit-reach`, without a commit graph file): walking from both sides by date,
/// newest first, then taking out bases that other bases reach.
public final class CommitHistory {
    /// A commit in the graph; virtual ones, made by merging merge bases, have no object.
    public struct Node: Hashable, Sendable {
        fileprivate let index: Int32
    }

    private let store: ObjectStore
    private let shallow: Set<ObjectID>
    private var indices: [ObjectID: Int32] = [:]
    private var graph = CommitGraph()
    private var known: [Pair: [Int32]] = [:]

    /// The merge bases of merge bases.
    private var between: [Pair: [Int32]] = [:]
    /// Merge bases that another history found.
    private var lent = KnownBases()

    /// Merge bases of pairs of commits, for histories of other threads.
    public struct KnownBases: Sendable {
        fileprivate struct Pair: Hashable {
            var one: ObjectID
            var two: ObjectID

            init(_ a: ObjectID, _ b: ObjectID) { (one, two) = a < b ? (a, b) : (b, a) }
        }

        fileprivate var bases: [Pair: [ObjectID]] = [:]

        /// Knows none.
        public init() {}
    }

    private struct Pair: Hashable {
        var one: Int32
        var two: Int32

        init(_ a: Int32, _ b: Int32) {
            one = min(a, b)
            two = max(a, b)
        }
    }

    /// Reads commits from a store; a shallow clone's edges have no parents.
    public init(_ store: ObjectStore) throws(GitError) {
        self.store = store
        shallow = try store.repository.shallowEdges()
    }

    /// The commit with this id; it is read when it is needed.
    public func node(_ id: ObjectID) -> Node { Node(index: index(id)) }

    /// A commit that only exists in memory, made by merging `parents`.
    ///
    /// As git does, it counts as older than every real commit.
    public func virtual(tree: ObjectID, parents: [Node]) -> Node {
        let node = graph.add(.zero)
        graph.fill(node, tree: tree, date: 0, parents: parents.map(\.index))
        return Node(index: node)
    }

    /// The tree of a commit; throws `notFound`.
    public func tree(_ node: Node) throws(GitError) -> ObjectID {
        if !graph.isRead(node.index) { try read(node.index) }
        return graph.trees[Int(node.index)]
    }

    /// The id of a commit; zero for a virtual one.
    public func id(_ node: Node) -> ObjectID { graph.ids[Int(node.index)] }

    /// All best common ancestors, newest first; none for unrelated histories.
    ///
    /// Grows with the number of commits between the two and their bases.
    public func mergeBases(_ a: Node, _ b: Node) throws(GitError) -> [Node] {
        if a == b { return [a] }
        if let known = known[Pair(a.index, b.index)] { return known.map { Node(index: $0) } }
        if let known = lent.bases[KnownBases.Pair(id(a), id(b))] { return known.map(node) }
        if let known = between[Pair(a.index, b.index)] { return known.map { Node(index: $0) } }
        if let found = try basesOfVirtual(a, b) { return found }
        let found = try paint(a.index, [b.index])
        let bases = graph.byDate(found.filter { !graph.isStale($0) })
        graph.clear()
        guard bases.count > 1 else { return bases.map { Node(index: $0) } }
        return graph.byDate(try independent(bases)).map { Node(index: $0) }
    }

    /// The commits above `base` on each tip's chain of only parents, the tip first; nil for a tip whose chain does not reach
    /// it within a thousand commits, or has a merge in it.
    public func chains(from tips: [Node], to base: Node) throws(GitError) -> [[Node]?] {
        var chains: [[Node]?] = []
        for tip in tips {
            var chain: [Node] = []
            var next = tip
            while next != base, chain.count < 1000 {
                if !graph.isRead(next.index) { try read(next.index) }
                let parents = graph.parents(of: next.index)
                guard parents.count == 1, let parent = parents.first else { break }
                chain.append(next)
                next = Node(index: parent)
            }
            chains.append(next == base ? chain : nil)
        }
        return chains
    }

    /// Finds the merge bases of many pairs at once; ``mergeBases(_:_:)`` then knows them.
    ///
    /// Forgets the pairs that were prepared before. Grows with the number of commits between all of the tips, once.
    public func prepare(_ pairs: [(Node, Node)]) throws(GitError) {
        known = try together(pairs)
    }

    /// Finds the merge bases of each of these commits with each other, as ``prepare(_:)`` does, beside what is prepared.
    package func prepareAmong(_ nodes: [Node]) throws(GitError) {
        var pairs: [(Node, Node)] = []
        let real = nodes.filter { id($0) != .zero }
        for (place, one) in real.enumerated() {
            for two in real[(place + 1)...] where between[Pair(one.index, two.index)] == nil {
                pairs.append((one, two))
            }
        }
        if between.count > Self.mostBetween { between.removeAll(keepingCapacity: true) }
        between.merge(try together(pairs)) { _, new in new }
    }

    /// As many pairs of merge bases are kept.
    private static let mostBetween = 1 << 17

    private func together(_ pairs: [(Node, Node)]) throws(GitError) -> [Pair: [Int32]] {
        var (order, wanted) = ([Int32](), [(Int, Int)]())
        var places: [Int32: Int] = [:]
        func place(_ tip: Int32) -> Int {
            if let known = places[tip] { return known }
            places[tip] = order.count
            order.append(tip)
            return order.count - 1
        }
        for (a, b) in pairs where a != b { wanted.append((place(a.index), place(b.index))) }
        // Pairs that each lie close together, but far from the others, are better looked at one by one.
        guard wanted.count > 1, let walk = try walked(order, most: wanted.count * Self.mostOfPair) else {
            return [:]
        }
        let candidates = walk.candidates(of: wanted, graph)
        return try settled(zip(wanted, candidates).map { (Pair(order[$0.0], order[$0.1]), $1) })
    }

    /// What ``prepare(_:)`` found last.
    public var prepared: KnownBases {
        var found = KnownBases()
        for (pair, bases) in known {
            let key = KnownBases.Pair(graph.ids[Int(pair.one)], graph.ids[Int(pair.two)])
            found.bases[key] = bases.map { graph.ids[Int($0)] }
        }
        return found
    }

    /// From now on answers with what another history of the same repository found, instead of what was lent before.
    public func lend(_ bases: KnownBases) { lent = bases }

    /// As many commits for each pair may be walked in one go.
    private static let mostOfPair = 4096

    /// Walks from tips; nil where that leads to more than so many commits.
    private func walked(_ tips: [Int32], most: Int) throws(GitError) -> SharedWalk? {
        var walk = SharedWalk(tips)
        while let missing = walk.walk(graph) {
            guard walk.size <= most else { return nil }
            try read(missing)
        }
        return walk
    }

    /// What candidates tell of the merge bases of pairs; nothing of those whose order only the walk from the two decides.
    private func settled(_ candidates: [(pair: Pair, found: [Int32])]) throws(GitError) -> [Pair: [Int32]] {
        let rivals = try Rivals(
            candidates.lazy.map(\.found).filter { $0.count > 1 }.joined(), walk: walkedAll)
        var settled: [Pair: [Int32]] = [:]
        for (pair, found) in candidates { settled[pair] = ordered(rivals.best(of: found)) }
        return settled
    }

    /// Newest first; nil where two are of the same date.
    private func ordered(_ bases: [Int32]) -> [Int32]? {
        Set(bases.map(graph.date)).count == bases.count ? graph.byDate(bases) : nil
    }

    private func walkedAll(_ tips: [Int32]) throws(GitError) -> SharedWalk? {
        try walked(tips, most: .max)
    }

    /// Commits of which some may be ancestors of others.
    private struct Rivals {
        private var places: [Int32: Int] = [:]
        private let walk: SharedWalk?

        init(
            _ commits: some Sequence<Int32>, walk: ([Int32]) throws(GitError) -> SharedWalk?
        ) throws(GitError) {
            var tips: [Int32] = []
            for commit in commits where places[commit] == nil {
                places[commit] = tips.count
                tips.append(commit)
            }
            self.walk = tips.isEmpty ? nil : try walk(tips)
        }

        /// Those that none of the others reaches.
        func best(of commits: [Int32]) -> [Int32] {
            guard commits.count > 1, let walk else { return commits }
            let numbers = commits.compactMap { places[$0] }
            return zip(commits, numbers).filter { _, one in
                !numbers.contains { $0 != one && walk.reached(one, by: $0) }
            }.map(\.0)
        }
    }

    /// The merge bases of a real commit and one made by merging others: the best of those with each of the others.
    ///
    /// To walk from the two takes the whole history, as a virtual commit counts as older than all of it. Nil for two virtual
    /// or two real commits, and where only that walk tells the order.
    private func basesOfVirtual(_ a: Node, _ b: Node) throws(GitError) -> [Node]? {
        guard (id(a) == .zero) != (id(b) == .zero) else { return nil }
        let (virtual, real) = id(a) == .zero ? (a, b) : (b, a)
        var found: Set<Int32> = []
        for leaf in leaves(of: virtual) {
            found.formUnion(try mergeBases(leaf, real).map(\.index))
        }
        let all = found.sorted()
        let rivals = all.count > 1 ? try Rivals(all, walk: walkedAll) : nil
        return ordered(rivals?.best(of: all) ?? all)?.map { Node(index: $0) }
    }

    /// The real commits that a virtual one was made of.
    private func leaves(of virtual: Node) -> [Node] {
        var (leaves, open, seen) = ([Node](), [virtual.index], Set<Int32>())
        while let next = open.popLast() {
            guard seen.insert(next).inserted else { continue }
            if graph.ids[Int(next)] == .zero {
                open += graph.parents(of: next)
            } else {
                leaves.append(Node(index: next))
            }
        }
        return leaves
    }

    /// Marks what `one` and `others` reach, and gives what both reach, newest first.
    private func paint(_ one: Int32, _ others: [Int32]) throws(GitError) -> [Int32] {
        graph.begin(one, others)
        // The graph is walked until it meets a commit that was not read yet.
        while let missing = graph.walk() { try read(missing) }
        return graph.found()
    }

    /// Takes out the commits that others of them reach.
    private func independent(_ bases: [Int32]) throws(GitError) -> [Int32] {
        var redundant = [Bool](repeating: false, count: bases.count)
        for i in bases.indices where !redundant[i] {
            let others = bases.indices.filter { $0 != i && !redundant[$0] }
            _ = try paint(bases[i], others.map { bases[$0] })
            if graph.isReachedByOthers(bases[i]) { redundant[i] = true }
            for j in others where graph.isReachedByOne(bases[j]) { redundant[j] = true }
            graph.clear()
        }
        return bases.indices.filter { !redundant[$0] }.map { bases[$0] }
    }

    private func index(_ id: ObjectID) -> Int32 {
        if let known = indices[id] { return known }
        let new = graph.add(id)
        indices[id] = new
        return new
    }

    private func read(_ commit: Int32) throws(GitError) {
        let id = graph.ids[Int(commit)]
        let header = try CommitHeader(try store.commitContent(id), id)
        graph.fill(
            commit, tree: header.tree, date: header.date,
            parents: shallow.contains(id) ? [] : header.parents.map(index))
    }
}
