import HybridRun

/// Numbers drawn from a seed, the same everywhere.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Workers of whom some make a verification fail, known to the test alone.
struct CulpritCase: CustomStringConvertible {
    /// How a command that is not reliable goes wrong.
    enum Fault: CaseIterable {
        /// It fails though nothing is wrong.
        case falseAlarm
        /// It passes though something is.
        case missed
        case both
    }

    var waves: [[Int]]
    /// It fails where all of a set are.
    var hidden: [Set<Int>]
    /// It fails where those are and the others are not, so never with all workers.
    var lacking: [(these: Set<Int>, want: Set<Int>)] = []

    var all: Set<Int> { Set(waves.joined()) }
    var guilty: Set<Int> { hidden.reduce(into: []) { $0.formUnion($1) } }
    var description: String { "waves \(waves), hidden \(hidden), lacking \(lacking)" }

    func fails(_ tree: Set<Int>) -> Bool {
        hidden.contains { $0.isSubset(of: tree) }
            || lacking.contains { $0.these.isSubset(of: tree) && $0.want.isDisjoint(with: tree) }
    }

    /// A later wave's work holds all of the earlier ones.
    func canBeMerged(_ tree: Set<Int>) -> Bool {
        guard let last = waves.lastIndex(where: { !tree.isDisjoint(with: $0) }) else { return true }
        return tree.isSuperset(of: waves[..<last].joined())
    }

    /// The most workers with whom it passes, over all trees that can be merged.
    var mostThatPass: Int {
        let workers = all.sorted()
        return (0..<(1 << workers.count)).map { bits in
            Set(workers.indices.filter { bits >> $0 & 1 == 1 }.map { workers[$0] })
        }.filter { canBeMerged($0) && !fails($0) }.map(\.count).max() ?? 0
    }

    /// Draws a case of up to `most` workers.
    init(
        _ numbers: inout SeededNumbers, most: Int = 8, sets: ClosedRange<Int> = 1...2,
        waves: ClosedRange<Int> = 1...1,
        lacking: Int = 0
    ) {
        let count = Int.random(in: (lacking > 0 ? 3 : 1)...most, using: &numbers)
        var cuts: Set<Int> = [count]
        let parts = min(count, Int.random(in: waves, using: &numbers))
        while cuts.count < parts { cuts.insert(Int.random(in: 1..<count, using: &numbers)) }
        let order = parts > 1 ? (0..<count).shuffled(using: &numbers) : Array(0..<count)
        self.waves = []
        var from = 0
        for cut in cuts.sorted() {
            self.waves.append(order[from..<cut].sorted())
            from = cut
        }
        hidden = []
        let wanted = Int.random(in: sets, using: &numbers)
        for _ in 0..<20 where hidden.count < wanted {
            let size = Int.random(in: 1...min(3, lacking > 0 ? count - 1 : count), using: &numbers)
            let set = Set((0..<count).shuffled(using: &numbers).prefix(size))
            if hidden.allSatisfy({ !$0.isSubset(of: set) && !set.isSubset(of: $0) }) { hidden.append(set) }
        }
        for _ in 0..<lacking {
            // What is missed is no culprit's work: without the culprit it is still there.
            let others = (0..<count).filter { !guilty.contains($0) }.shuffled(using: &numbers)
            guard let want = others.first, count > 1 else { continue }
            let size = Int.random(in: 1...2, using: &numbers)
            let these = (0..<count).filter { $0 != want }.shuffled(using: &numbers).prefix(size)
            self.lacking.append((Set(these), [want]))
        }
    }

    init(waves: [[Int]], hidden: [Set<Int>]) {
        self.waves = waves
        self.hidden = hidden
    }

    /// What a search says, where `rate` of the runs go wrong; nil where the first two runs with all workers do not fail, so
    /// that nobody searches.
    func verdict(
        _ numbers: inout SeededNumbers, budget: Int? = nil, rate: Double = 0, _ fault: Fault = .both
    ) throws -> (verdict: CulpritSearch.Verdict, spent: Int)? {
        let source = NumberSource(numbers)
        defer { numbers = source.numbers }
        func run(_ tree: Set<Int>) -> Bool {
            let truth = fails(tree)
            guard Double.random(in: 0..<1, using: &source.numbers) < rate else { return truth }
            switch fault {
            case .falseAlarm: return true
            case .missed: return false
            case .both: return !truth
            }
        }
        guard run(all), run(all) else { return nil }
        var search = CulpritSearch(
            waves: waves, budget: budget ?? TraceBudget.usual(for: all.count)
        ) { tree, _ in
            canBeMerged(tree) ? CulpritSearch.Reply(run(tree) ? .red : .green) : nil
        }
        let verdict = try search.run(failed: 2)
        return (verdict, search.spent)
    }
}

/// Lends numbers to a closure.
private final class NumberSource {
    var numbers: SeededNumbers
    init(_ numbers: SeededNumbers) { self.numbers = numbers }
}
