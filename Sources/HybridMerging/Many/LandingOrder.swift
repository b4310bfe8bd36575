/// The order in which branches are merged so that most of them land.
public enum LandingOrder {
    /// Orders `count` branches: those of a smallest cover of the conflict graph are left for last.
    ///
    /// `conflicts` are pairs that do not merge with each other; `needs[i]` must come before `i`.
    public static func order(count: Int, conflicts: [(Int, Int)], needs: [Set<Int>]) -> [Int] {
        let cover = ConflictCover.find(count: count, conflicts: conflicts, needs: needs)
        return order(count: count, needs: needs, last: Set(cover.out))
    }

    /// Orders `count` branches as given, `last` behind all others, and each behind those that it needs.
    ///
    /// Branches that need each other in a circle keep their place. O(n²).
    public static func order(count: Int, needs: [Set<Int>], last: Set<Int>) -> [Int] {
        var waiting = (0..<count).filter { !last.contains($0) } + last.sorted()
        var ordered: [Int] = []
        var placed: Set<Int> = []
        while !waiting.isEmpty {
            let next = waiting.firstIndex { needs[$0].isSubset(of: placed) } ?? 0
            let branch = waiting.remove(at: next)
            ordered.append(branch)
            placed.insert(branch)
        }
        return ordered
    }
}
