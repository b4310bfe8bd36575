import Foundation
import HistoryGenerator

/// Many histories through both programs.
struct Run {
    var program: MergeProgram
    var keep: String?
    /// How many differing histories are still to be made small.
    var shrinks: Int
    var statistics = Statistics()
    /// The small cases already printed.
    private var printed: Set<String> = []
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    init(program: MergeProgram, keep: String?, shrinks: Int) throws {
        self.program = program
        self.keep = keep
        self.shrinks = shrinks
        start = clock.now
        if let keep {
            try FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
        }
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
            guard let difference = comparison.difference, seen.insert(comparison.history).inserted else {
                continue
            }
            let name = name(comparison.history)
            print("\(name): \(difference.rawValue)")
            guard shrinks > 0 else {
                try store(histories[comparison.history], name, difference, "")
                continue
            }
            shrinks -= 1
            var shrinker = Shrinker(program: program)
            let small = try shrinker.shrink(histories[comparison.history], difference)
            guard printed.insert(small.text).inserted else {
                print("# comes to a case printed above\n")
                continue
            }
            let explained = try explanation(of: small, program: program)
            print(
                explained.isEmpty
                    ? "# does not differ in a repository of its own\n" : small.text + explained)
            try store(small, name, difference, explained)
        }
    }

    /// Keeps a case as a file.
    private func store(_ history: History, _ name: String, _ difference: Difference, _ explained: String)
        throws
    {
        guard let keep else { return }
        let words = (difference.rawValue + " " + name).split { !$0.isLetter && !$0.isNumber }
        try (history.text + explained).write(
            toFile: "\(keep)/\(words.joined(separator: "-")).history", atomically: true, encoding: .utf8)
    }

    /// The totals.
    var summary: String {
        let each = statistics.differences.sorted { $0.value > $1.value }.map {
            "\($0.value) \($0.key.rawValue)"
        }
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
