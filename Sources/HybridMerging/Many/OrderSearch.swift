internal import HybridGit

/// Looks for an order in which branches merge that do not merge together in the first one tried, although no two of them
/// conflict.
///
/// A rename is found only while its file is alike enough, so the others' edits may have to come before it, or behind.
/// Nothing foretells which: orders are tried, all of them where few branches meet, else those in which one moves.
struct OrderSearch {
    /// The most merges that a search may cost; all orders of six branches take fewer.
    static let budget = 2_000
    /// The most bytes of new objects that may wait in memory meanwhile.
    private static let mostBytes = 512 << 20

    private let start: FoldSteps
    private let engine: MergeEngine
    private let needs: [Set<Int>]
    /// What else goes with each input that is left out, besides itself.
    private let weight: (Set<Int>) -> Int
    private var left = OrderSearch.budget
    /// How many orders were tried to their end, or to where they were worse than another.
    private(set) var tried = 1

    /// `weight` counts who is out when a set of inputs is.
    init(
        from start: FoldSteps, needs: [Set<Int>], in engine: MergeEngine, weight: @escaping (Set<Int>) -> Int
    ) {
        self.start = start
        self.engine = engine
        self.needs = needs
        self.weight = weight
    }

    /// The better order of `members`, which are given as they were merged; nil where none was found.
    mutating func better(_ members: [Int], without out: Set<Int>) throws(GitError) -> [Int]? {
        var best = (order: members, out: out)
        try move(&best)
        if !best.out.isEmpty { try permute(&best) }
        return best.order == members ? nil : best.order
    }

    private var isOver: Bool { left <= 0 || engine.store.writtenBytes > Self.mostBytes }

    // MARK: One moves

    /// Moves those that are out in front of others, and keeps what is better, until nothing is.
    private mutating func move(_ best: inout (order: [Int], out: Set<Int>)) throws(GitError) {
        // Half of the merges are kept for trying all orders.
        let reserve = Self.budget / 2
        var isBetter = true
        while isBetter, !best.out.isEmpty {
            isBetter = false
            for one in best.order where best.out.contains(one) && !isBetter {
                for order in Self.moves(of: one, in: best.order) where !isBetter && isOrdered(order) {
                    guard left > reserve, !isOver else { return }
                    let out = try outcome(of: order, below: weight(best.out))
                    guard let out else { continue }
                    best = (order, out)
                    isBetter = true
                }
            }
        }
    }

    /// The orders in which one stands further in front, or one that stood in front of it behind all others.
    private static func moves(of one: Int, in order: [Int]) -> [[Int]] {
        guard let place = order.firstIndex(of: one) else { return [] }
        var moves: [[Int]] = []
        for new in 0..<place {
            var moved = order
            moved.remove(at: place)
            moved.insert(one, at: new)
            moves.append(moved)
        }
        for other in order[..<place] { moves.append(order.filter { $0 != other } + [other]) }
        return moves
    }

    private func isOrdered(_ order: [Int]) -> Bool {
        let own = Set(order)
        var placed: Set<Int> = []
        for next in order {
            guard needs[next].intersection(own).isSubset(of: placed) else { return false }
            placed.insert(next)
        }
        return true
    }

    /// Who is out in an order; nil where that is not better than `limit`.
    private mutating func outcome(of order: [Int], below limit: Int) throws(GitError) -> Set<Int>? {
        var steps = start
        var out: Set<Int> = []
        tried += 1
        for next in order {
            if !needs[next].isDisjoint(with: out) {
                out.insert(next)
            } else {
                left -= 1
                if try steps.attempt(next) != nil { out.insert(next) }
            }
            if weight(out) >= limit { return nil }
        }
        return out
    }

    // MARK: All orders

    /// Tries all orders, as far as the budget goes, each beginning as the one before as long as that was not worse.
    private mutating func permute(_ best: inout (order: [Int], out: Set<Int>)) throws(GitError) {
        try permute(&best, [], [], best.order, start)
    }

    private mutating func permute(
        _ best: inout (order: [Int], out: Set<Int>), _ placed: [Int], _ out: Set<Int>, _ rest: [Int],
        _ steps: FoldSteps
    ) throws(GitError) {
        if rest.isEmpty {
            tried += 1
            best = (placed, out)
            return
        }
        for next in rest {
            let others = rest.filter { $0 != next }
            guard !isOver, !best.out.isEmpty else { return }
            guard needs[next].isDisjoint(with: others) else { continue }
            var (steps, out) = (steps, out)
            if !needs[next].isDisjoint(with: out) {
                out.insert(next)
            } else {
                left -= 1
                if try steps.attempt(next) != nil { out.insert(next) }
            }
            guard weight(out) < weight(best.out) else {
                tried += 1
                continue
            }
            try permute(&best, placed + [next], out, others, steps)
        }
    }
}
