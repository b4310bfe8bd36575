/// Finds a smallest failing set by delta debugging (ddmin; Zeller and Hildebrandt, "Simplifying and Isolating
/// Failure-Inducing Input", 2002).
public enum DeltaDebugging {
    /// What a search gave.
    public struct Result<Element: Hashable & Sendable>: Hashable, Sendable {
        /// The smallest set found that still fails.
        public var failing: [Element]
        /// Whether taking any one element out makes it pass; false when the budget ran out first.
        public var isMinimal: Bool
        /// How many sets were tested.
        public var tests: Int
        /// How many of them could not be judged; where there are some, a smaller set may fail as well.
        public var unjudged: Int
    }

    /// Reduces `all`, known to fail, to a set that fails and from which nothing can be taken.
    ///
    /// `fails` answers for a subset in the order of `all`; nil means that the subset cannot be judged, which
    /// counts as not failing. Tests at most `budget` subsets: O(n²) at worst, O(log n) for one culprit.
    public static func minimise<Element: Hashable & Sendable>(
        _ all: [Element], budget: Int, fails: ([Element]) throws -> Bool?
    ) rethrows -> Result<Element> {
        var current = all
        var parts = 2
        var tests = 0
        var unjudged = 0
        var known: [[Element]: Bool] = [:]

        func ask(_ subset: [Element]) throws -> Bool? {
            if let answer = known[subset] { return answer }
            guard tests < budget else { return nil }
            tests += 1
            let judged = try fails(subset)
            if judged == nil { unjudged += 1 }
            let answer = judged ?? false
            known[subset] = answer
            return answer
        }

        search: while current.count > 1 {
            let size = (current.count + parts - 1) / parts
            let chunks = stride(from: 0, to: current.count, by: size).map {
                Array(current[$0..<min($0 + size, current.count)])
            }
            for chunk in chunks where chunk.count < current.count {
                guard let failed = try ask(chunk) else {
                    return Result(failing: current, isMinimal: false, tests: tests, unjudged: unjudged)
                }
                if failed {
                    current = chunk
                    parts = 2
                    continue search
                }
            }
            for chunk in chunks where chunks.count > 2 {
                let rest = current.filter { !chunk.contains($0) }
                guard let failed = try ask(rest) else {
                    return Result(failing: current, isMinimal: false, tests: tests, unjudged: unjudged)
                }
                if failed {
                    current = rest
                    parts = max(parts - 1, 2)
                    continue search
                }
            }
            if parts >= current.count { break }
            parts = min(parts * 2, current.count)
        }
        return Result(failing: current, isMinimal: true, tests: tests, unjudged: unjudged)
    }
}
