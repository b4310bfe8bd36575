import Foundation
import HistoryGenerator

/// Many histories through both programs.
struct Run {
    var program: MergeProgram
    var keep: String?
    /// How many differing histories are still to be made small.
    var shrinks: Int
    var statistics = Statistics()
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    init(program: MergeProgram, keep: String?, shrinks: Int) throws {
        self.program = program
        self.keep = keep
        self.shrinks = shrinks
        start = clock.now
        if let keep { try FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true) }
    }

    var seconds: Double { (clock.now - start) / .seconds(1) }

    /// Merges generated histories, a batch at a time, until one of the limits or an interrupt.
    mutating func generated(_ generator: Generator, from first: Int, count: Int, minutes: Double) throws {
        let interrupt = Interrupt()
        var number = first
        let (sum, overflows) = first.addingReportingOverflow(count)
        let end = overflows ? Int.max : sum
        while number < end, seconds < minutes * 60, !interrupt.happened {
            let batchEnd = min(end, (number / Generator.batchSize + 1) * Generator.batchSize)
            let histories = (number..<batchEnd).map { generator.history($0) }
            let batch = try Batch(histories, program: program)
            if interrupt.happened { break }
            statistics.add(batch, of: histories)
            try report(batch, histories) { "seed \(generator.seed), history \(number + $0)" }
            number = batchEnd
        }
    }

    /// Merges the histories of files, each in a repository of its own.
    mutating func cases(_ files: [String]) throws {
        for file in files {
            let history = try History(parsing: String(contentsOfFile: file, encoding: .utf8))
            let batch = try Batch([history], program: program)
            statistics.add(batch, of: [history])
            try report(batch, [history]) { _ in file }
        }
    }

    private mutating func report(_ batch: Batch, _ histories: [History], name: (Int) -> String) throws {
        var seen: Set<Int> = []
        for comparison in batch.comparisons {
            guard let difference = comparison.difference, seen.insert(comparison.history).inserted else { continue }
            print("\(name(comparison.history)): \(difference.rawValue): \(comparison.merge.ours) \(comparison.merge.theirs)")
        }
    }

    /// The totals.
    var summary: String {
        let each = statistics.differences.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key.rawValue)" }
        return """
            \(statistics.histories) histories, \(statistics.merges) merges, \(statistics.conflicted) conflicted, \
            \(statistics.severalBases) with several merge bases, \(statistics.deaths) left out as git dies of them
            \(statistics.differing) differ\(each.isEmpty ? "" : " (\(each.joined(separator: ", ")))")
            \(rounded(seconds)) s: git \(rounded(statistics.gitSeconds)) s, \
            program \(rounded(statistics.programSeconds)) s
            """
    }

    private func rounded(_ seconds: Double) -> String { String(format: "%.1f", seconds) }
}

/// Notes an interrupt from the keyboard, so that the totals can still be printed.
private final class Interrupt {
    private let source: any DispatchSourceSignal
    private let flag = Flag()

    init() {
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler { [flag] in flag.raise() }
        source.resume()
    }

    var happened: Bool { flag.isUp }
}

private final class Flag: @unchecked Sendable {
    private let lock = NSLock()
    private var up = false
    func raise() { lock.withLock { up = true } }
    var isUp: Bool { lock.withLock { up } }
}
