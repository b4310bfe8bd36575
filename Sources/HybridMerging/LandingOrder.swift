/// The order in which branches are merged so that most of them land.
public enum LandingOrder {
    /// Orders `count` branches: those that conflict with many are left for last.
    ///
    /// `conflicts` are pairs that do not merge with each other; `needs[i]` must come before `i`. The branches put
    /// last are a vertex cover of the conflict graph, taken greedily by degree; without conflicts the given
    /// order stays. O(n² + conflicts).
    public static func order(count: Int, conflicts: [(Int, Int)], needs: [Set<Int>]) -> [Int] {
        var neighbours = [Set<Int>](repeating: [], count: count)
        for (a, b) in conflicts where a != b {
            neighbours[a].insert(b)
            neighbours[b].insert(a)
        }
        var cover: [Int] = []
        while let worst = (0..<count).max(by: { (neighbours[$0].count, $0) < (neighbours[$1].count, $1) }),
            !neighbours[worst].isEmpty
        {
            for other in neighbours[worst] { neighbours[other].remove(worst) }
            neighbours[worst] = []
            cover.append(worst)
        }
        // Who was taken last conflicts least, so it gets the first chance.
        let wanted = (0..<count).filter { !cover.contains($0) } + cover.reversed()
        var ordered: [Int] = []
        var placed: Set<Int> = []
        var waiting = wanted
        while !waiting.isEmpty {
            let next = waiting.firstIndex { needs[$0].isSubset(of: placed) } ?? 0
            let branch = waiting.remove(at: next)
            ordered.append(branch)
            placed.insert(branch)
        }
        return ordered
    }
}
