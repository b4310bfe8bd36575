/// Commits as a graph, read once, for finding merge bases again and again.
///
/// The answers and their order are git's (`commit-reach`, without a commit graph file): walking from both sides by date,
/// newest first, then taking out bases that other bases reach.
public final class CommitHistory {
    /// A commit in the graph; virtual ones, made by merging merge bases, have no object.
    public struct Node: Hashable, Sendable {
        fileprivate let index: Int
    }

    private let store: ObjectStore
    private let shallow: Set<ObjectID>
    private var indices: [ObjectID: Int] = [:]
    private var commits: [Entry] = []
    private var marks: [Marks] = []
    private var queued: [Int32] = []

    private struct Entry {
        var id: ObjectID
        var tree: ObjectID
        var date: Int64
        var parents: [Int]
        var isRead: Bool
    }

    private struct Marks: OptionSet {
        var rawValue: UInt8
        static let one = Marks(rawValue: 1)
        static let two = Marks(rawValue: 2)
        static let stale = Marks(rawValue: 4)
        static let result = Marks(rawValue: 8)
        static let both: Marks = [.one, .two]
    }

    /// Reads commits from a store; a shallow clone's edges have no parents.
    public init(_ store: ObjectStore) throws(GitError) {
        self.store = store
        let edges = try Disk.text(store.repository.commonDirectory + "shallow") ?? ""
        shallow = Set(edges.split(separator: "\n").compactMap { ObjectID(hex: String($0)) })
    }

    /// The commit with this id; it is read when it is needed.
    public func node(_ id: ObjectID) -> Node { Node(index: index(id)) }

    /// A commit that only exists in memory, made by merging `parents`.
    ///
    /// As git does, it counts as older than every real commit.
    public func virtual(tree: ObjectID, parents: [Node]) -> Node {
        add(
            Entry(
                id: .zero, tree: tree, date: 0, parents: parents.map(\.index), isRead: true))
    }

    /// The tree of a commit; throws `notFound`.
    public func tree(_ node: Node) throws(GitError) -> ObjectID {
        try read(node.index)
        return commits[node.index].tree
    }

    /// The id of a commit; zero for a virtual one.
    public func id(_ node: Node) -> ObjectID { commits[node.index].id }

    /// All best common ancestors, newest first; none for unrelated histories.
    ///
    /// Grows with the number of commits between the two and their bases.
    public func mergeBases(_ a: Node, _ b: Node) throws(GitError) -> [Node] {
        if a == b { return [a] }
        let painted = try paint(a.index, [b.index])
        let bases = byDate(painted.found.filter { !marks[$0].contains(.stale) })
        clear(painted.touched)
        guard bases.count > 1 else { return bases.map { Node(index: $0) } }
        return byDate(try independent(bases)).map { Node(index: $0) }
    }

    // MARK: Walking

    /// Marks what `one` and `others` reach, until only commits below common ones are left.
    private func paint(
        _ one: Int, _ others: [Int]
    ) throws(GitError) -> (found: [Int], touched: [Int]) {
        var queue = DateQueue()
        var touched: [Int] = []
        var found: [Int] = []
        var live = 0
        func mark(_ commit: Int, _ new: Marks) {
            let before = marks[commit]
            if before.isEmpty { touched.append(commit) }
            marks[commit].formUnion(new)
            if !before.contains(.stale), marks[commit].contains(.stale) { live -= Int(queued[commit]) }
        }
        func put(_ commit: Int) {
            queue.put(commit, date: commits[commit].date)
            queued[commit] += 1
            if !marks[commit].contains(.stale) { live += 1 }
        }
        try read(one)
        for other in others { try read(other) }
        mark(one, .one)
        put(one)
        for other in others {
            mark(other, .two)
            put(other)
        }
        while live > 0, let commit = queue.take() {
            queued[commit] -= 1
            if !marks[commit].contains(.stale) { live -= 1 }
            var flags = marks[commit].intersection([.one, .two, .stale])
            if flags == .both {
                if !marks[commit].contains(.result) {
                    marks[commit].insert(.result)
                    found.append(commit)
                }
                flags.insert(.stale)
            }
            for parent in commits[commit].parents where !marks[parent].isSuperset(of: flags) {
                try read(parent)
                mark(parent, flags)
                put(parent)
            }
        }
        while let rest = queue.take() { queued[rest] = 0 }
        return (byDate(found), touched)
    }

    /// Takes out the commits that others of them reach.
    private func independent(_ bases: [Int]) throws(GitError) -> [Int] {
        var redundant = [Bool](repeating: false, count: bases.count)
        for i in bases.indices where !redundant[i] {
            let others = bases.indices.filter { $0 != i && !redundant[$0] }
            let painted = try paint(bases[i], others.map { bases[$0] })
            if marks[bases[i]].contains(.two) { redundant[i] = true }
            for j in others where marks[bases[j]].contains(.one) { redundant[j] = true }
            clear(painted.touched)
        }
        return bases.indices.filter { !redundant[$0] }.map { bases[$0] }
    }

    /// Newest first; where dates are equal, as given.
    private func byDate(_ list: [Int]) -> [Int] {
        var sorted: [Int] = []
        for commit in list {
            let at = sorted.firstIndex { commits[$0].date < commits[commit].date } ?? sorted.endIndex
            sorted.insert(commit, at: at)
        }
        return sorted
    }

    private func clear(_ touched: [Int]) {
        for commit in touched { marks[commit] = [] }
    }

    // MARK: Reading

    private func index(_ id: ObjectID) -> Int {
        if let known = indices[id] { return known }
        let node = add(Entry(id: id, tree: .zero, date: 0, parents: [], isRead: false))
        indices[id] = node.index
        return node.index
    }

    private func add(_ entry: Entry) -> Node {
        commits.append(entry)
        marks.append([])
        queued.append(0)
        return Node(index: commits.count - 1)
    }

    private func read(_ commit: Int) throws(GitError) {
        guard !commits[commit].isRead else { return }
        let id = commits[commit].id
        let header = try CommitHeader(try store.commitContent(id), id)
        commits[commit].tree = header.tree
        commits[commit].date = header.date
        commits[commit].parents = shallow.contains(id) ? [] : header.parents.map(index)
        commits[commit].isRead = true
    }
}

/// What walking needs of a commit object.
private struct CommitHeader {
    var tree: ObjectID
    var parents: [ObjectID] = []
    var date: Int64 = 0

    init(_ bytes: [UInt8], _ id: ObjectID) throws(GitError) {
        func value(_ line: ArraySlice<UInt8>, _ key: String) -> ArraySlice<UInt8>? {
            line.starts(with: key.utf8) ? line.dropFirst(key.utf8.count) : nil
        }
        func name(_ text: ArraySlice<UInt8>?) -> ObjectID? {
            text.flatMap { ObjectID(hex: String(decoding: $0, as: UTF8.self)) }
        }
        var rest = bytes[...]
        func line() -> ArraySlice<UInt8>? {
            guard let end = rest.firstIndex(of: 10) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }
        guard let first = line(), let tree = name(value(first, "tree ")) else {
            throw GitError(
                .other, operation: "read commit", subject: id.description,
                reason: "the object is damaged; see git fsck")
        }
        self.tree = tree
        while let next = line(), !next.isEmpty {
            if let parent = name(value(next, "parent ")) {
                parents.append(parent)
            } else if let committer = value(next, "committer ") {
                guard let end = committer.lastIndex(of: UInt8(ascii: ">")) else { break }
                let seconds = committer[(end + 1)...].drop { $0 == 32 }.prefix { (48...57).contains($0) }
                date = seconds.reduce(into: Int64(0)) { $0 = $0 &* 10 &+ Int64($1 - 48) }
                break
            }
        }
    }
}

/// Commits by date, newest first; of the same date, the one that came first.
private struct DateQueue {
    private var heap: [(date: Int64, order: Int, commit: Int)] = []
    private var order = 0

    mutating func put(_ commit: Int, date: Int64) {
        heap.append((date, order, commit))
        order += 1
        var at = heap.count - 1
        while at > 0 {
            let above = (at - 1) / 2
            guard precedes(at, above) else { break }
            heap.swapAt(at, above)
            at = above
        }
    }

    mutating func take() -> Int? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.commit }
        heap[0] = last
        var at = 0
        while true {
            var least = at
            for below in [2 * at + 1, 2 * at + 2] where below < heap.count && precedes(below, least) {
                least = below
            }
            guard least != at else { return first.commit }
            heap.swapAt(at, least)
            at = least
        }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        heap[a].date != heap[b].date ? heap[a].date > heap[b].date : heap[a].order < heap[b].order
    }
}
