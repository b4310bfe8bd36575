import HistoryGenerator
import HybridMerging
import Testing

/// A conflict graph in which some branches need others.
private struct Case {
    var count: Int
    var conflicts: [(Int, Int)] = []
    var needs: [Set<Int>]
    var refused: Set<Int> = []

    /// Any graph of up to twelve branches; one needs only branches before it, so there are no circles.
    init(_ random: inout HistoryGenerator.Random) {
        count = random.pick(2...12)
        let density = random.pick(5...60)
        needs = Array(repeating: [], count: count)
        for a in 0..<count {
            for b in a + 1..<count {
                if random.chance(density) { conflicts.append((a, b)) }
                if random.chance(7) { needs[b].insert(a) }
            }
            if random.chance(4) { refused.insert(a) }
        }
    }

    func isAllowed(_ out: Int) -> Bool {
        refused.allSatisfy { out >> $0 & 1 == 1 }
            && conflicts.allSatisfy { out >> $0 & 1 == 1 || out >> $1 & 1 == 1 }
            && needs.indices.allSatisfy { one in
                out >> one & 1 == 1 || needs[one].allSatisfy { out >> $0 & 1 == 0 }
            }
    }

    /// By trying all sets: the fewest, and of these the one in which the first branches stay.
    func byTrying() -> [Int] {
        var best: [Int]?
        for out in 0..<1 << count where isAllowed(out) {
            let list = (0..<count).filter { out >> $0 & 1 == 1 }
            guard let known = best else {
                best = list
                continue
            }
            // Of two lists, the one whose first difference is greater keeps the earlier branch.
            if list.count < known.count || list.count == known.count && known.lexicographicallyPrecedes(list)
            {
                best = list
            }
        }
        return best ?? []
    }

    func found(budget: Int = ConflictCover.budget) -> ConflictCover {
        ConflictCover.find(
            count: count, conflicts: conflicts, needs: needs, refused: refused, budget: budget)
    }
}

@Suite struct ConflictCoverTests {
    @Test(arguments: 0..<8)
    func isTheSmallestAndKeepsTheFirst(part: Int) {
        var random = HistoryGenerator.Random(seed: 31, part: part)
        for number in 0..<100 {
            let one = Case(&random)
            let found = one.found()
            #expect(found.isSmallest)
            #expect(
                found.out == one.byTrying(),
                "part \(part), number \(number): \(one.count) \(one.conflicts) \(one.needs) \(one.refused)")
        }
    }

    @Test func withoutStepsItIsACoverAllTheSameAndSaysSo() {
        var random = HistoryGenerator.Random(seed: 32)
        var unproven = 0
        for _ in 0..<100 {
            let one = Case(&random)
            let found = one.found(budget: 1)
            #expect(one.isAllowed(found.out.reduce(0) { $0 | 1 << $1 }))
            #expect(found.out.count >= one.byTrying().count)
            unproven += found.isSmallest ? 0 : 1
        }
        #expect(unproven > 50)
    }

    @Test(
        arguments: [
            // Of a pair the later one leaves; of two sets of one size, the one that keeps the first.
            (2, [(0, 1)], [[], []], [1]),
            (4, [(0, 1), (1, 2), (2, 3), (3, 0)], [[], [], [], []], [1, 3]),
            // One that two others need is worth three.
            (4, [(0, 1)], [[], [], [1], [1]], [0]),
            // Who needs what is left out is left out.
            (4, [(0, 1), (0, 2), (0, 3)], [[], [0], [], []], [0, 1]),
            // A branch that conflicts with what it needs cannot stay.
            (2, [(0, 1)], [[], [0]], [1]),
            (3, [], [[], [], []], []),
        ] as [(Int, [(Int, Int)], [Set<Int>], [Int])])
    func ties(_ count: Int, _ conflicts: [(Int, Int)], _ needs: [Set<Int>], _ expected: [Int]) {
        let found = ConflictCover.find(count: count, conflicts: conflicts, needs: needs)
        #expect(found.out == expected && found.isSmallest)
    }

    @Test func largeSparseGraphsAreProvenWithinTheBudget() {
        // 500 branches in rings of five: three of each ring leave.
        let rings = (0..<100).flatMap { ring in (0..<5).map { (ring * 5 + $0, ring * 5 + ($0 + 1) % 5) } }
        let found = ConflictCover.find(
            count: 500, conflicts: rings, needs: Array(repeating: [], count: 500))
        #expect(found.out.count == 300)
        #expect(found.isSmallest)
        // One chain through 300 branches: every second one.
        let chain = ConflictCover.find(
            count: 300, conflicts: (1..<300).map { ($0 - 1, $0) }, needs: Array(repeating: [], count: 300))
        #expect(chain.out == (0..<150).map { $0 * 2 + 1 })
    }

    @Test func theSameQuestionHasTheSameAnswerWhateverTheOrderOfItsPairs() {
        // Dense enough that the budget ends the search.
        var random = HistoryGenerator.Random(seed: 33)
        var conflicts = (0..<150).flatMap { a in (a + 1..<150).map { (a, $0) } }.filter { _ in
            random.chance(8)
        }
        func find() -> ConflictCover {
            ConflictCover.find(
                count: 150, conflicts: conflicts, needs: Array(repeating: [], count: 150), budget: 200_000)
        }
        let first = find()
        #expect(!first.isSmallest)
        conflicts.shuffle(using: &random)
        #expect(find() == first)
    }
}
