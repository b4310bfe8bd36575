/// Which branches to leave out so that no two of the others conflict.
///
/// A smallest vertex cover of the conflict graph, where whoever needs a branch that is out is out as well and counts.
/// Found exactly, each connected part for itself, within a budget of steps; a part that needs more keeps the best that
/// was found until then. Steps rather than time: the same question has the same answer on every machine.
public struct ConflictCover: Hashable, Sendable {
    /// The branches that are out, those that only need others among them; ascending.
    public var out: [Int]
    /// Whether it is proven that no smaller set would do.
    public var isSmallest: Bool

    /// The steps for one connected part: about a tenth of a second in an optimised build (see Tests/Benchmarks).
    public static let budget = 8_000_000

    /// Finds the cover for branches numbered from 0 in the order of the plan.
    ///
    /// `conflicts` are pairs that do not merge with each other; `needs[i]` must be in wherever `i` is; `refused`
    /// are out whatever happens. Of several smallest sets, the one in which the first branch stays that is in one
    /// and out in another: later branches leave first.
    public static func find(
        count: Int, conflicts: [(Int, Int)], needs: [Set<Int>], refused: Set<Int> = [], budget: Int = budget
    ) -> ConflictCover {
        var out = refused
        var dependents = [[Int]](repeating: [], count: count)
        for (branch, needed) in needs.enumerated() {
            for other in needed where other != branch { dependents[other].append(branch) }
        }
        var waiting = Array(refused)
        while let next = waiting.popLast() {
            waiting += dependents[next].filter { out.insert($0).inserted }
        }
        var links = [Set<Int>](repeating: [], count: count)
        var edges: [(Int, Int)] = []
        for (a, b) in conflicts where a != b && !out.contains(a) && !out.contains(b) {
            edges.append((a, b))
            links[a].insert(b)
            links[b].insert(a)
        }
        for branch in 0..<count where !out.contains(branch) {
            for other in dependents[branch] where !out.contains(other) {
                links[branch].insert(other)
                links[other].insert(branch)
            }
        }
        var isSmallest = true
        var seen = out
        for start in 0..<count where seen.insert(start).inserted {
            var part = [start]
            var open = [start]
            while let next = open.popLast() {
                let new = links[next].filter { seen.insert($0).inserted }
                part += new
                open += new
            }
            part.sort()
            let place = Dictionary(uniqueKeysWithValues: part.enumerated().map { ($1, $0) })
            let own = edges.compactMap { a, b in place[a].flatMap { x in place[b].map { (x, $0) } } }
            guard !own.isEmpty else { continue }
            var search = CoverSearch(
                count: part.count, conflicts: own,
                needs: part.map { Set(needs[$0].compactMap { place[$0] }) }, budget: budget)
            let found = search.solve()
            found.out.forEach { out.insert(part[$0]) }
            isSmallest = isSmallest && found.isSmallest
        }
        return ConflictCover(out: out.sorted(), isSmallest: isSmallest)
    }
}
