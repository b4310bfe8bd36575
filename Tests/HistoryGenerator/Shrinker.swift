/// Makes a history that differs as small as it can be while it still differs in the same way.
package struct Shrinker: Sendable {
    /// The right program; git but in tests.
    package var git = MergeProgram.git
    /// The program under test.
    package var program: MergeProgram
    /// Give up after so many candidates.
    package var limit = 6000
    /// Candidates tried so far.
    package private(set) var tried = 0

    /// A shrinker for the differences of a program.
    package init(program: MergeProgram) { self.program = program }

    /// The smallest history found; the same one when it does not differ alone.
    ///
    /// A last round lets the verdict differ too: then nothing has to conflict but what differs.
    package mutating func shrink(_ history: History, _ difference: Difference) throws -> History {
        let best = try shrink(history.changed { $0.meets = [] }, [difference])
        return difference == .noAnswer || difference == .verdict
            ? best : try shrink(best, [difference, .verdict])
    }

    private mutating func shrink(_ history: History, _ difference: Set<Difference>) throws -> History {
        var best = history
        guard try first(of: [best], difference) != nil else { return history }
        var improved = true
        while improved, tried < limit {
            improved = false
            for simplification in History.simplifications {
                // The place where the last candidate worked: those before it did not, so it goes on from there.
                var place = 0
                while tried < limit {
                    let candidates = simplification(best)
                    guard
                        let (index, better) = try first(
                            of: candidates, from: place, below: best.cost, difference)
                    else { break }
                    best = better
                    place = index
                    improved = true
                }
            }
        }
        if let (_, named) = try first(
            of: [best.withPlainNames(byID: false), best.withPlainNames(byID: true)], difference)
        {
            best = named
        }
        return best
    }

    /// The first candidate that costs less and still differs in this way.
    private mutating func first(
        of candidates: [History], from place: Int = 0, below cost: Int = .max, _ difference: Set<Difference>
    ) throws -> (Int, History)? {
        var group: [(Int, History)] = []
        let order = Array(candidates.indices.dropFirst(place)) + Array(candidates.indices.prefix(place))
        var size = 6
        for (number, index) in order.enumerated() {
            let candidate = candidates[index]
            if candidate.cost < cost, candidate.fault == nil, !candidate.merges.isEmpty {
                group.append((index, candidate))
            }
            guard group.count >= size || number == order.count - 1, !group.isEmpty else { continue }
            if let found = try differing(group, difference) { return found }
            group = []
            size = min(48, size * 2)
        }
        return nil
    }

    /// Histories whose merges go by ids can share a repository; others would share branch names.
    private mutating func differing(_ group: [(Int, History)], _ difference: Set<Difference>) throws -> (
        Int, History
    )? {
        let together = group.allSatisfy { each in
            each.1.settings == group[0].1.settings && each.1.merges.allSatisfy(\.byID)
        }
        for part in together ? [group] : group.map({ [$0] }) {
            tried += part.count
            let batch = try Batch(part.map(\.1), git: git, program: program)
            let differs = Set(
                batch.comparisons.filter { $0.difference.map(difference.contains) == true }.map(\.history))
            if let found = differs.min() { return part[found] }
        }
        return nil
    }
}
