/// Commits as a graph, read once, for finding merge bases again and again.
///
/// The answers and their order are git's (`commit-reach`, without a commit graph file): walking from both sides by date,
/// newest first, then taking out bases that other bases reach.
public final class CommitHistory {
    /// A commit in the graph; virtual ones, made by merging merge bases, have no object.
    public struct Node: Hashable, Sendable {
        fileprivate let index: Int32
    }

    /// The most different tips whose pairs one walk prepares.
    public static let tipsAtOnce = SharedWalk.mostTips

    private let store: ObjectStore
    private let shallow: Set<ObjectID>
    private var indices: [ObjectID: Int32] = [:]
    private var graph = CommitGraph()
    private var single: [Pair: Int32] = [:]

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
        if let known = single[Pair(a.index, b.index)] { return [Node(index: known)] }
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

    /// Finds the merge bases of many pairs at once, as far as they have only one; ``mergeBases(_:_:)`` then knows them.
    ///
    /// Forgets the pairs that were prepared before. Grows with the number of commits between the pairs' tips, once for
    /// every ``tipsAtOnce`` tips.
    public func prepare(_ pairs: [(Node, Node)]) throws(GitError) {
        single.removeAll(keepingCapacity: true)
        var tips: [Int32: Int] = [:]
        var order: [Int32] = []
        var waiting: [(Int, Int)] = []
        func place(_ tip: Int32) -> Int {
            if let known = tips[tip] { return known }
            tips[tip] = order.count
            order.append(tip)
            return order.count - 1
        }
        for (a, b) in pairs where a != b {
            let new = (tips[a.index] == nil ? 1 : 0) + (tips[b.index] == nil ? 1 : 0)
            if order.count + new > SharedWalk.mostTips {
                try share(order, waiting)
                (tips, order, waiting) = ([:], [], [])
            }
            waiting.append((place(a.index), place(b.index)))
        }
        try share(order, waiting)
    }

    private func share(_ tips: [Int32], _ pairs: [(Int, Int)]) throws(GitError) {
        guard pairs.count > 1 else { return }
        var walk = SharedWalk(tips)
        while let missing = walk.walk(graph) { try read(missing) }
        for (pair, base) in zip(pairs, walk.bases(of: pairs, graph)) {
            if let base { single[Pair(tips[pair.0], tips[pair.1])] = base }
        }
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
