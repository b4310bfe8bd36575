import TestSupport
import Testing

@testable import HybridPlan

/// The fewest waves in which no two jobs that meet stand together.
@Suite struct WaveSearchTests {
    private func search(_ count: Int, _ pairs: [(Int, Int)], needs: [(Int, Int)] = []) -> WaveSearch {
        var search = WaveSearch(
            needs: [Set<Int>](repeating: [], count: count), meets: [Set<Int>](repeating: [], count: count),
            earliest: [Int](repeating: 1, count: count), order: Array(0..<count))
        for (a, b) in pairs {
            search.meets[a].insert(b)
            search.meets[b].insert(a)
        }
        for (job, need) in needs { search.needs[job].insert(need) }
        return search
    }

    @Test func twoWavesWhereTakingTheFirstFreeOneMakesThree() {
        // A{x,a} B{z,b} C{x,y} D{y,z}: A meets C, C meets D, D meets B.
        #expect(search(4, [(0, 2), (2, 3), (3, 1)]).waves().max() == 2)
    }

    @Test func noFewerWavesAreThere() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let count = Int.random(in: 1...6, using: &random)
            var (pairs, needs): ([(Int, Int)], [(Int, Int)]) = ([], [])
            for b in 0..<count {
                for a in 0..<b {
                    if Int.random(in: 0..<3, using: &random) == 0 { pairs.append((a, b)) }
                    if Int.random(in: 0..<8, using: &random) == 0 { needs.append((b, a)) }
                }
            }
            var problem = search(count, pairs, needs: needs)
            problem.earliest = (0..<count).map { _ in Int.random(in: 1...2, using: &random) }
            let waves = problem.waves()
            #expect(isRight(waves, problem))
            #expect(waves.max() == fewest(problem), "\(pairs) \(needs) \(problem.earliest): \(waves)")
        }
    }

    @Test func manyJobsGetTheirFirstFreeWave() {
        let pairs = (0..<40).flatMap { b in (0..<b).map { ($0, b) } }
        #expect(search(40, pairs).waves() == Array(1...40))
    }

    private func isRight(_ waves: [Int], _ problem: WaveSearch) -> Bool {
        waves.indices.allSatisfy { job in
            waves[job] >= problem.earliest[job] && problem.needs[job].allSatisfy { waves[$0] < waves[job] }
                && problem.meets[job].allSatisfy { waves[$0] != waves[job] }
        }
    }

    /// Every assignment is tried.
    private func fewest(_ problem: WaveSearch) -> Int {
        let count = problem.needs.count
        for limit in 1... {
            var waves = [Int](repeating: 1, count: count)
            while true {
                if isRight(waves, problem) { return limit }
                guard let next = waves.firstIndex(where: { $0 < limit }) else { break }
                waves[next] += 1
                for place in 0..<next { waves[place] = 1 }
            }
        }
        return 0
    }
}
