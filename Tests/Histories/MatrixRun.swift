import Foundation
import HistoryGenerator

/// Conflict matrices of many histories beside git's merges of every pair.
struct MatrixRun {
    /// How many differing histories are still to be made small.
    var shrinks: Int
    private(set) var differences = 0
    private var histories = 0
    private var matrices = 0
    private var pairs = 0
    private var conflicted = 0
    private var deaths = 0
    private var kinds: [String: Int] = [:]
    private let clock = ContinuousClock()

    init(shrinks: Int) { self.shrinks = shrinks }

    /// Makes matrices of generated histories, in every second batch of many heads from one base; or of cases in files.
    mutating func generated(
        _ generator: Generator, from first: Int, count: Int, minutes: Double, cases: [String]
    ) throws {
        for file in cases {
            let history = try History(parsing: String(contentsOfFile: file, encoding: .utf8))
            try compare([history], engines: 2) { _ in file }
        }
        guard cases.isEmpty else { return }
        let start = clock.now
        var number = first
        let end = count == 0 ? Int.max : first + count
        while number < end, (clock.now - start) / .seconds(60) < minutes {
            let batch = number / Generator.batchSize
            let batchEnd = min(end, (batch + 1) * Generator.batchSize)
            let isCrew = batch % 2 == 1
            try compare(
                (number..<batchEnd).map { isCrew ? generator.crew($0) : generator.history($0) },
                engines: 1 + batch % 4
            ) { "seed \(generator.seed), \(isCrew ? "crew" : "history") \(number + $0)" }
            number = batchEnd
        }
    }

    private mutating func compare(_ list: [History], engines: Int, name: (Int) -> String) throws {
        let batch = try MatrixBatch(list, engines: engines)
        histories += list.count
        matrices += batch.matrices
        pairs += batch.pairs
        conflicted += batch.conflicted
        deaths += batch.deaths
        differences += batch.differences.count
        kinds.merge(batch.kinds, uniquingKeysWith: +)
        var seen: Set<Int> = []
        for difference in batch.differences where seen.insert(difference.history).inserted {
            print("\(name(difference.history)): \(difference)")
            guard shrinks > 0 else { continue }
            shrinks -= 1
            let small = try list[difference.history].smallestDifferingMatrix()
            let said = try MatrixBatch([small], engines: 1).differences.map { "# \($0)" }
            print(small.text + said.joined(separator: "\n"))
        }
    }

    /// The totals.
    var summary: String {
        """
        \(histories) histories, \(matrices) matrices, \(pairs) pairs, \(conflicted) conflicted, \
        \(deaths) left out as git dies of them
        \(differences) differ
        """
    }

    /// The kinds of messages, most frequent first.
    var table: String {
        kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "  \($0.value)  \($0.key)\n" }.joined()
    }
}
