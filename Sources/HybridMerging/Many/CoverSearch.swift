internal import HybridGit

/// The smallest cover of one connected part of a conflict graph, by branch and bound.
struct CoverSearch {
    /// What is decided: who is neither out nor open stays.
    private struct State {
        var open: Bits
        var out: Bits
    }

    private let count: Int
    private var neighbours: [Bits]
    /// Everybody that needs a branch, directly or not, and the branch.
    private var dependents: [Bits]
    /// Everybody that a branch needs, directly or not, and the branch.
    private var needed: [Bits]
    private var steps: Int
    private var best: Bits
    /// A cover is only of interest with fewer branches than this.
    private var limit: Int
    private var isFound = false
    /// Whether the first cover below the limit will do.
    private var stopsAtFirst = false

    init(count: Int, conflicts: [(Int, Int)], needs: [Set<Int>], budget: Int) {
        self.count = count
        steps = budget
        let none = Bits(count: count)
        neighbours = Array(repeating: none, count: count)
        for (a, b) in conflicts {
            neighbours[a].insert(b)
            neighbours[b].insert(a)
        }
        needed = Self.closure(needs.map(Array.init), none)
        var turned = [[Int]](repeating: [], count: count)
        for (branch, list) in needs.enumerated() { for other in list { turned[other].append(branch) } }
        dependents = Self.closure(turned, none)
        best = none
        limit = count + 1
    }

    private static func closure(_ links: [[Int]], _ none: Bits) -> [Bits] {
        links.indices.map { start in
            var reached = none
            var open = [start]
            while let next = open.popLast() {
                reached.insert(next)
                open += links[next].filter { !reached.contains($0) }
            }
            return reached
        }
    }

    /// The cover, and whether it is proven to be smallest.
    mutating func solve() -> (out: Bits, isSmallest: Bool) {
        var start = State(open: Bits(count: count), out: Bits(count: count))
        for branch in 0..<count { start.open.insert(branch) }
        best = greedy(start)
        limit = best.count
        search(start)
        guard steps > 0 else { return (best, false) }
        preferEarlier(start)
        return (best, true)
    }

    /// Of all smallest covers, takes the one in which the earliest branches stay.
    private mutating func preferEarlier(_ start: State) {
        let size = best.count
        var state = start
        stopsAtFirst = true
        for branch in 0..<count where state.open.contains(branch) {
            guard var kept = keep(branch, state) else {
                takeOut(branch, &state)
                continue
            }
            if best.contains(branch) {
                let known = best
                limit = size + 1
                isFound = false
                search(kept)
                guard isFound else {
                    best = known
                    // Without steps left nothing is known of the rest: what was found stands.
                    if steps <= 0 { return }
                    takeOut(branch, &state)
                    continue
                }
            }
            swap(&state, &kept)
        }
    }

    // MARK: Decisions

    /// The state after a branch was decided to stay; nil where it cannot.
    private func keep(_ branch: Int, _ state: State) -> State? {
        guard needed[branch].isDisjoint(with: state.out) else { return nil }
        let stay = needed[branch].intersection(state.open)
        var rivals = Bits(count: count)
        stay.forEach { rivals.formUnion(neighbours[$0]) }
        rivals.formIntersection(state.open)
        var leave = Bits(count: count)
        rivals.forEach { leave.formUnion(dependents[$0]) }
        leave.formIntersection(state.open)
        guard leave.isDisjoint(with: stay) else { return nil }
        var next = state
        next.open.subtract(stay)
        next.open.subtract(leave)
        next.out.formUnion(leave)
        return next
    }

    private func takeOut(_ branch: Int, _ state: inout State) {
        let leave = dependents[branch].intersection(state.open)
        state.open.subtract(leave)
        state.out.formUnion(leave)
    }

    /// The branch with the most conflicts goes, again and again; of equals the last one.
    private func greedy(_ start: State) -> Bits {
        var state = start
        while true {
            var worst = -1
            var most = 0
            state.open.forEach { branch in
                let degree = neighbours[branch].overlap(state.open)
                if degree > 0, degree >= most { (worst, most) = (branch, degree) }
            }
            guard worst >= 0 else { return state.out }
            takeOut(worst, &state)
        }
    }

    // MARK: Search

    private mutating func search(_ given: State) {
        var state = given
        guard steps > 0, !(stopsAtFirst && isFound), reduce(&state) else { return }
        let size = state.out.count
        guard size + bound(state.open) < limit else { return }
        var branch = -1
        var most = 0
        state.open.forEach { candidate in
            let degree = neighbours[candidate].overlap(state.open)
            guard degree > 0 else { return }
            let weight = degree + dependents[candidate].overlap(state.open)
            if weight > most { (branch, most) = (candidate, weight) }
        }
        guard branch >= 0 else {
            best = state.out
            limit = size
            isFound = true
            return
        }
        let kept = keep(branch, state)
        takeOut(branch, &state)
        search(state)
        if let kept { search(kept) }
    }

    /// Decides what needs no trying; false where the state allows no cover of interest.
    ///
    /// Where everything next to `v` is also next to its neighbour `u`, some smallest cover has `u`: one with `v`
    /// instead stays a cover when they are exchanged. Only where neither drags others along.
    private mutating func reduce(_ state: inout State) -> Bool {
        var isChanged = true
        while isChanged {
            steps -= count * state.open.words.count + 64
            guard steps > 0, state.out.count < limit else { return false }
            isChanged = false
            var at = 0
            while let branch = state.open.next(from: at) {
                at = branch + 1
                let near = neighbours[branch].intersection(state.open)
                let degree = near.count
                guard degree > 0, degree <= 4, needed[branch].overlap(state.open) == 1 else { continue }
                var found: Int?
                near.forEach { other in
                    guard found == nil, dependents[other].overlap(state.open) == 1 else { return }
                    var rest = near
                    rest.subtract(neighbours[other])
                    rest.remove(other)
                    if rest.isEmpty { found = other }
                }
                if let found {
                    takeOut(found, &state)
                    isChanged = true
                }
            }
        }
        return true
    }

    /// How many must leave at least: of branches that all conflict with each other, one stays at most.
    private mutating func bound(_ open: Bits) -> Int {
        steps -= count * open.words.count
        var rest = open
        var bound = 0
        while let branch = rest.first {
            rest.remove(branch)
            var others = neighbours[branch].intersection(rest)
            while let next = others.first {
                rest.remove(next)
                bound += 1
                others.formIntersection(neighbours[next])
            }
        }
        return bound
    }
}
