/// The commits that were read, as arrays, and the walk that marks what two sides reach.
///
/// Commits are numbers here: the walk visits thousands for one merge base.
struct CommitGraph {
    private(set) var ids: [ObjectID] = []
    private(set) var trees: [ObjectID] = []
    private var dates: [Int64] = []
    /// Where a commit's parents begin in `parents`, and how many there are; -1 until it is read.
    private var firstParent: [Int32] = []
    private var parentCount: [Int32] = []
    private var parents: [Int32] = []

    // The walk.
    private var marks: [UInt8] = []
    private var touched: [Int32] = []
    private var queue = DateQueue()
    private var common: [Int32] = []
    /// Queued commits that are not known to lie below a common one.
    private var live = 0

    private enum Mark {
        static let one: UInt8 = 1
        static let two: UInt8 = 2
        static let both: UInt8 = 3
        static let stale: UInt8 = 4
        static let common: UInt8 = 8
        static let queued: UInt8 = 16
        static let reach: UInt8 = 7
    }

    /// Adds a commit that is not read yet.
    mutating func add(_ id: ObjectID) -> Int32 {
        ids.append(id)
        trees.append(.zero)
        dates.append(0)
        firstParent.append(0)
        parentCount.append(-1)
        marks.append(0)
        return Int32(ids.count - 1)
    }

    /// Notes what was read of a commit.
    mutating func fill(_ commit: Int32, tree: ObjectID, date: Int64, parents list: [Int32]) {
        trees[Int(commit)] = tree
        dates[Int(commit)] = date
        firstParent[Int(commit)] = Int32(parents.count)
        parentCount[Int(commit)] = Int32(list.count)
        parents += list
    }

    var count: Int { ids.count }

    func isRead(_ commit: Int32) -> Bool { parentCount[Int(commit)] >= 0 }

    func date(of commit: Int32) -> Int64 { dates[Int(commit)] }

    /// The parents of a commit that was read.
    func parents(of commit: Int32) -> ArraySlice<Int32> {
        let first = Int(firstParent[Int(commit)])
        return parents[first..<first + Int(max(0, parentCount[Int(commit)]))]
    }

    /// Newest first; where dates are equal, as given.
    func byDate(_ list: [Int32]) -> [Int32] {
        var sorted: [Int32] = []
        for commit in list {
            let date = dates[Int(commit)]
            let at = sorted.firstIndex { dates[Int($0)] < date } ?? sorted.endIndex
            sorted.insert(commit, at: at)
        }
        return sorted
    }

    // MARK: Walking

    /// Begins a walk from one commit and from others.
    mutating func begin(_ one: Int32, _ others: [Int32]) {
        pending = others.reversed().map { ($0, Mark.two) } + [(one, Mark.one)]
    }

    /// Commits that are to be marked and queued once they are read.
    private var pending: [(commit: Int32, marks: UInt8)] = []

    /// Walks on, newest commits first, until only commits below common ones are left.
    ///
    /// Gives a commit that must be read before the walk can go on; nil at the end.
    mutating func walk() -> Int32? {
        while true {
            while let next = pending.last {
                guard parentCount[Int(next.commit)] >= 0 else { return next.commit }
                pending.removeLast()
                reach(next.commit, next.marks)
            }
            guard live > 0, let commit = queue.take() else { return nil }
            let own = marks[Int(commit)] & ~Mark.queued
            marks[Int(commit)] = own
            if own & Mark.stale == 0 { live -= 1 }
            var passed = own & Mark.reach
            if passed == Mark.both {
                if own & Mark.common == 0 {
                    marks[Int(commit)] |= Mark.common
                    common.append(commit)
                }
                passed |= Mark.stale
            }
            let first = Int(firstParent[Int(commit)])
            let last = first + Int(parentCount[Int(commit)])
            for place in first..<last {
                let parent = parents[place]
                if marks[Int(parent)] & passed == passed { continue }
                if parentCount[Int(parent)] >= 0, pending.isEmpty {
                    reach(parent, passed)
                } else {
                    // In the order of the parents, as the order breaks ties between dates.
                    pending.insert((parent, passed), at: 0)
                }
            }
        }
    }

    private mutating func reach(_ commit: Int32, _ new: UInt8) {
        let before = marks[Int(commit)]
        if before == 0 { touched.append(commit) }
        var after = before | new
        if before & Mark.queued != 0 {
            if before & Mark.stale == 0, after & Mark.stale != 0 { live -= 1 }
        } else {
            after |= Mark.queued
            if after & Mark.stale == 0 { live += 1 }
            queue.put(commit, date: dates[Int(commit)])
        }
        marks[Int(commit)] = after
    }

    /// What both sides reach, newest first.
    func found() -> [Int32] { byDate(common) }

    func isStale(_ commit: Int32) -> Bool { marks[Int(commit)] & Mark.stale != 0 }
    func isReachedByOne(_ commit: Int32) -> Bool { marks[Int(commit)] & Mark.one != 0 }
    func isReachedByOthers(_ commit: Int32) -> Bool { marks[Int(commit)] & Mark.two != 0 }

    /// Forgets the walk.
    mutating func clear() {
        for commit in touched { marks[Int(commit)] = 0 }
        touched.removeAll(keepingCapacity: true)
        common.removeAll(keepingCapacity: true)
        queue.removeAll()
        live = 0
    }
}

/// Commits by date, newest first; of the same date, the one that came first.
struct DateQueue {
    private struct Item {
        var date: Int64
        var order: Int32
        var commit: Int32

        func precedes(_ other: Item) -> Bool {
            date != other.date ? date > other.date : order < other.order
        }
    }

    private var heap: [Item] = []
    private var order: Int32 = 0

    mutating func put(_ commit: Int32, date: Int64) {
        let item = Item(date: date, order: order, commit: commit)
        order += 1
        heap.append(item)
        var at = heap.count - 1
        while at > 0 {
            let above = (at - 1) / 2
            guard item.precedes(heap[above]) else { break }
            heap[at] = heap[above]
            at = above
        }
        heap[at] = item
    }

    mutating func take() -> Int32? {
        guard let first = heap.first else { return nil }
        let item = heap.removeLast()
        let count = heap.count
        guard count > 0 else { return first.commit }
        var at = 0
        while true {
            var below = 2 * at + 1
            guard below < count else { break }
            if below + 1 < count, heap[below + 1].precedes(heap[below]) { below += 1 }
            guard heap[below].precedes(item) else { break }
            heap[at] = heap[below]
            at = below
        }
        heap[at] = item
        return first.commit
    }

    mutating func removeAll() {
        heap.removeAll(keepingCapacity: true)
        order = 0
    }
}
