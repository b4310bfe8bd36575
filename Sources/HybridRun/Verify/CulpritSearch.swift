internal import HybridGit
internal import HybridMerging
internal import HybridPlan
internal import HybridReport
internal import HybridSystem
internal import HybridUserGit

/// Finds who among a run's workers makes a verification fail, by asking what subsets of them say.
///
/// An algorithm on values: who the workers are comes as numbers in waves, what a subset answers from a function, so that
/// tests run it on thousands of made-up cases and a run on real merges.
///
/// # Which subsets
/// A later wave's work stands on all of the earlier waves, so a subset is all workers of the waves below one, and some
/// of that one. The search begins with the newest wave whose absence mends the failure. Its smallest failing sets are
/// found by bisection, one worker after the other, and collected until what is left without one worker of each passes;
/// whoever is taken out is one of the fewest with which that is so (Reiter, "A Theory of Diagnosis from First
/// Principles", 1987). A set that lies in a tree that passed is no cause, whatever it does alone: it only lacks what
/// others bring.
///
/// What it takes to blame somebody: ``CulpritSearch/Evidence``.
package struct CulpritSearch {
    package typealias Workers = Set<Int>

    /// What a subset of the workers says to the command that failed with all of them.
    package enum Answer: Hashable, Sendable {
        case green
        /// It shows the failure that is traced.
        case red
        /// It fails too, but otherwise.
        case other
    }

    /// An answer, and what it is worth.
    package struct Reply: Hashable, Sendable {
        package enum Source: Hashable, Sendable {
            /// The command ran for it.
            case ran
            /// It is known from before, and proves nothing.
            case recalled
            /// There was nothing to run, so that it is always the same.
            case certain
        }
        package var answer: Answer
        package var source: Source

        package init(_ answer: Answer, _ source: Source = .ran) {
            self.answer = answer
            self.source = source
        }
    }

    /// Who is at fault, proved by fresh runs.
    package struct Blame: Hashable, Sendable {
        /// The smallest failing sets, found one after the other.
        package var sets: [[Int]]
        /// The workers of earlier waves, on whose work the sets stand.
        package var below: [Int]
        /// The workers of later waves, who stand on the sets' work and cannot be judged without it.
        package var above: [Int]
        /// The fewest to take out so that the others pass; of equals the later ones.
        ///
        /// Nil where the others fail otherwise, or cannot be merged without them.
        package var out: [Int]?
        /// Whether the others were seen to fail otherwise.
        package var failsOtherwise = false
    }

    package enum Verdict: Hashable, Sendable {
        case blamed(Blame)
        /// It fails without any worker's work.
        case onBase
        /// It said yes and no to the tree with these workers.
        case flaky([Int])
        /// Some or all of these sets' workers: they cannot be merged apart.
        case untold([[Int]])
        /// The budget ran out; the sets that were found until then, or the smallest tree that was seen to fail.
        case exhausted([[Int]])
    }

    private let waves: [[Int]]
    private var asked: AskedSubsets
    /// The sets found so far, for whoever runs out of budget.
    private var found: [Workers] = []

    /// Makes a search among the workers of `waves`, each in plan order.
    ///
    /// `oracle` merges and verifies a subset, anew where it is told so; it gives nil where the subset cannot be merged.
    /// At most `budget` runs are spent.
    package init(
        waves: [[Int]], budget: Int, oracle: @escaping (_ subset: Workers, _ anew: Bool) throws -> Reply?
    ) {
        self.waves = waves
        asked = AskedSubsets(budget: budget, oracle: oracle)
    }

    /// The runs that were spent.
    package var spent: Int { asked.spent }

    /// Searches; `failed` fresh runs with all workers showed the failure already.
    package mutating func run(failed: Int = 0) throws -> Verdict {
        asked.note(.red, times: failed, for: Workers(waves.joined()))
        while true {
            do {
                return try search()
            } catch let interruption as AskedSubsets.Interruption {
                switch interruption {
                case .flaky(let tree): return .flaky(tree.sorted())
                case .exhausted:
                    let known = found.isEmpty ? [asked.smallestRed].compactMap { $0 } : found
                    return .exhausted(known.map { $0.sorted() })
                case .stale: asked.forgetRecalled()
                }
            }
        }
    }

    /// How many pairs of runs it takes to blame somebody.
    private var least: Int { waves.joined().count == 1 ? Evidence.only : Evidence.pairs }

    private mutating func search() throws -> Verdict {
        found = []
        // The whole first: most flaky commands give themselves away here, before anybody is suspected.
        try asked.confirm(Workers(waves.joined()), times: min(Evidence.wide, least))
        switch try asked.answer([]) {
        case .red?:
            try asked.confirm([], times: Evidence.base)
            return .onBase
        case nil: return .untold([])
        case .green?, .other?: break
        }
        for number in waves.indices.reversed() {
            let level = Level(below: Workers(waves[..<number].joined()), own: waves[number])
            let above = waves[(number + 1)...].flatMap { $0 }
            if try !level.below.isEmpty && asked.answer(level.below) == .red {
                // What is below fails by itself. It may only lack what this wave brings.
                guard let cured = try cured(level) else { continue }
                return try prove(cured, level, above)
            }
            let family = try family(of: level)
            return try prove(try charges(family, level), level, above)
        }
        return .onBase
    }

    // MARK: One wave

    /// A wave on top of all those below.
    private struct Level {
        var below: Workers
        var own: [Int]
        var all: Workers { below.union(own) }
    }

    /// Sets that are suspected, and for each of their workers the pairs of trees that will tell.
    private struct Charges {
        var sets: [Workers]
        var pairs: [[Pair]] = []
        /// What may stay once the culprits are out.
        var rests: [Workers] = []
    }

    /// Two trees that differ by one worker's work.
    private struct Pair: Hashable {
        var with: Workers
        var without: Workers
    }

    /// How many ways to leave out one of each set are tried before a further set is looked for.
    private static let mostWays = 8

    /// The smallest failing sets of a level such that it passes without one worker of each.
    private mutating func family(of level: Level) throws -> [Workers] {
        var family: [Workers] = []
        while true {
            found = family
            var failing: [Workers] = []
            var passes = false
            for out in HittingSets.of(family).prefix(Self.mostWays) where !passes {
                guard let answer = try asked.answer(level.all.subtracting(out)) else { continue }
                if answer == .red { failing.append(out) } else { passes = true }
            }
            if !passes, let set = try another(beside: failing, family, level) {
                family.append(set)
            } else if try !revise(&family, level) {
                return family
            }
        }
    }

    /// A smallest failing set that is not known yet, of those who are left without some.
    private mutating func another(
        beside outs: [Workers], _ family: [Workers], _ level: Level
    ) throws -> Workers? {
        var hidden: Workers?
        for out in outs {
            let pool = level.own.filter { !out.contains($0) }
            // Who only lacks what others bring may hide the cause in one order, and not in the other.
            for pool in [pool, pool.reversed()] {
                guard let set = try smallest(in: pool, on: level.below), !family.contains(set) else {
                    continue
                }
                if try isClean(set, level) { return set }
                hidden = hidden ?? set
            }
        }
        return hidden
    }

    /// Whether a set fails by the work of all its members: none of them is missing while another fails, but for want of
    /// what others bring.
    private mutating func isClean(_ set: Workers, _ level: Level) throws -> Bool {
        try set.allSatisfy { try fails(level.below.union(set).subtracting([$0]), true) != true }
    }

    /// Looks at each set among all others; gives whether something changed.
    ///
    /// One without which nothing changes goes, and a member that is not missed leads to another set.
    private mutating func revise(_ family: inout [Workers], _ level: Level) throws -> Bool {
        if family.count > 1 {
            // What makes up for all but one, and for one alone.
            var outs = family.indices.flatMap { outside($0, family).prefix(Self.mostWays) }
            if family.count > 2 { outs += family.flatMap { HittingSets.of([$0]).prefix(Self.mostWays) } }
            if family.count > 3 { outs += lackingEachOther(family) }
            for out in outs where family.contains(where: out.isDisjoint) {
                guard try asked.answer(level.all.subtracting(out)) == .green else { continue }
                family.removeAll(where: out.isDisjoint)
                return true
            }
        }
        for (place, set) in family.enumerated() {
            let beside = level.all.subtracting(outside(place, family)[0])
            for worker in set.sorted() where try asked.answer(beside.subtracting([worker])) == .red {
                let out = level.all.subtracting(beside).union([worker])
                if let set = try another(beside: [out], family, level),
                    try isClean(set, level)
                {
                    family.append(set)
                    return true
                }
            }
        }
        return false
    }

    /// What makes up for all but two: these may only lack each other.
    private func lackingEachOther(_ family: [Workers]) -> [Workers] {
        family.indices.flatMap { first in
            family.indices.dropFirst(first + 1).flatMap { second in
                let two = family[first].union(family[second])
                let others = family.indices.filter { $0 != first && $0 != second }
                return HittingSets.of(others.map { family[$0].subtracting(two) }).prefix(Self.mostWays)
            }
        }
    }

    /// The workers beside a set that make up for all the others, the fewest first.
    private func outside(_ place: Int, _ family: [Workers]) -> [Workers] {
        var others = family
        let set = others.remove(at: place)
        return HittingSets.of(others.map { $0.subtracting(set) })
    }

    /// The pairs that tell of each member of a family.
    private mutating func charges(_ family: [Workers], _ level: Level) throws -> Charges {
        var charges = Charges(sets: family)
        for out in HittingSets.of(family) { charges.rests.append(level.all.subtracting(out)) }
        for (place, set) in family.enumerated() {
            let beside = level.all.subtracting(outside(place, family)[0])
            let own = level.below.union(set)
            for worker in set.sorted() {
                var pairs: [Pair] = []
                for with in beside == own ? [own] : [beside, own] {
                    guard let pair = try pair(of: worker, in: set, within: with, level) else {
                        // Apart from the others it may only lack what they bring.
                        if with == beside { break }
                        continue
                    }
                    if pairs.contains(pair) { continue }
                    pairs.append(pair)
                    charges.rests.append(pair.without)
                }
                charges.pairs.append(pairs)
            }
        }
        return charges
    }

    /// Two trees that tell of a member of a set; nil where there are none.
    ///
    /// Others who lack the member once it is gone go with it.
    private mutating func pair(
        of worker: Int, in set: Workers, within tree: Workers, _ level: Level
    ) throws -> Pair? {
        var without = tree.subtracting([worker])
        while let answer = try asked.answer(without) {
            if answer != .red {
                let with = without.union([worker])
                return try asked.answer(with) == .red ? Pair(with: with, without: without) : nil
            }
            let pool = level.own.filter(without.contains)
            guard let failing = try smallest(in: pool, on: level.below, causes: false),
                let other = failing.subtracting(set).max()
            else { return nil }
            without.remove(other)
        }
        return nil
    }

    /// Who of a wave is at fault although what is below fails by itself: those without any one of whom all others pass,
    /// or else those who cannot join what mends it.
    private mutating func cured(_ level: Level) throws -> Charges? {
        let all = level.all
        let missed = try level.own.filter { worker in
            let answer = try asked.answer(all.subtracting([worker]))
            return answer == .green
        }
        if !missed.isEmpty {
            let pairs = missed.map { [Pair(with: all, without: all.subtracting([$0]))] }
            return Charges(sets: [Workers(missed)], pairs: pairs, rests: pairs.map { $0[0].without })
        }
        for first in level.own where try asked.answer(level.below.union([first])) == .green {
            var good = level.below.union([first])
            for worker in level.own where !good.contains(worker) {
                if try asked.answer(good.union([worker])) == .green { good.insert(worker) }
            }
            let out = level.own.filter { !good.contains($0) }
            let pairs = out.map { [Pair(with: good.union([$0]), without: good)] }
            guard try pairs.allSatisfy({ try asked.answer($0[0].with) == .red }) else { continue }
            return Charges(sets: out.map { [$0] }, pairs: pairs, rests: [good])
        }
        return nil
    }

    // MARK: One set

    /// A smallest set of `pool` that fails on top of `below`, known to fail with all of it; nil where there is none.
    ///
    /// With `causes` only those count that do not lie in a tree that passes.
    ///
    /// Workers are added in plan order, by bisection, until it fails: the last one is in a smallest set. Then the same
    /// goes for those before it, together with it. O(k·log n) questions for a set of k.
    private mutating func smallest(
        in pool: [Int], on below: Workers, causes: Bool = true
    ) throws -> Workers? {
        var pool = pool
        var chosen: Workers = []
        guard try fails(below.union(pool), causes) == true else { return nil }
        while try !pool.isEmpty && fails(below.union(chosen), causes) != true {
            var low = 0
            var high = pool.count
            var unknown: Set<Int> = []
            while let middle = (low + 1..<high).filter({ !unknown.contains($0) })
                .min(by: { abs(2 * $0 - low - high) < abs(2 * $1 - low - high) })
            {
                switch try fails(below.union(chosen).union(pool[..<middle]), causes) {
                case true?: high = middle
                case false?: low = middle
                case nil: unknown.insert(middle)
                }
            }
            // More than one only where those between cannot be merged apart.
            chosen.formUnion(pool[low..<high])
            pool = Array(pool[..<low])
        }
        for worker in chosen.sorted() where chosen.count > 1 {
            guard try fails(below.union(chosen).subtracting([worker]), causes) == true else { continue }
            return try smallest(in: chosen.sorted().filter { $0 != worker }, on: below, causes: causes)
        }
        return chosen
    }

    /// Whether a tree fails, and where only causes are asked for, does not lie in one that passes.
    private mutating func fails(_ tree: Workers, _ causes: Bool) throws -> Bool? {
        causes && asked.isWithinGreen(tree) ? false : try asked.answer(tree).map { $0 == .red }
    }

    // MARK: Proof

    private mutating func prove(_ charges: Charges, _ level: Level, _ above: [Int]) throws -> Verdict {
        found = charges.sets
        let sets = charges.sets.map { $0.sorted() }
        guard !charges.pairs.isEmpty, charges.pairs.allSatisfy({ !$0.isEmpty }) else { return .untold(sets) }
        var times: [Workers: Int] = [:]
        func need(_ tree: Workers, _ count: Int) { times[tree] = max(times[tree] ?? 0, count) }
        for (worker, pairs) in zip(charges.sets.flatMap { $0.sorted() }, charges.pairs) {
            // What the search met of its work is evidence as well.
            let met = asked.pairs(of: worker).filter { tree in !pairs.contains { $0.without == tree } }.count
            let first = max(min(Evidence.wide, least), pairs.count > 1 ? 0 : least - met)
            let isAlone = pairs.allSatisfy { asked.isCertain($0.without) }
            need(pairs[0].with, isAlone ? first + Evidence.alone - least : first)
            need(pairs[0].without, first)
            for pair in pairs.dropFirst() {
                need(pair.with, max(1, least - first - met))
                need(pair.without, max(1, least - first - met))
            }
        }
        for (tree, count) in times.sorted(by: { HittingSets.comesFirst($0.key, $1.key) }) {
            try asked.confirm(tree, times: count)
        }
        var blame = Blame(sets: sets, below: level.below.sorted(), above: above)
        let named = charges.sets.reduce(into: Workers()) { $0.formUnion($1) }
        // Whoever is not at fault is no price for a tree that passes.
        let outs = charges.rests.map { level.all.subtracting($0) }.filter(named.isSuperset)
        for out in outs.sorted(by: HittingSets.comesFirst) {
            let rest = level.all.subtracting(out)
            guard try asked.answer(rest) == .green else { continue }
            // Nothing of the base alone lands.
            try asked.confirm(rest, times: rest.isEmpty ? 1 : Evidence.wide)
            guard asked.isGreen(rest) else { continue }
            blame.out = out.sorted()
            return .blamed(blame)
        }
        blame.failsOtherwise = try outs.contains {
            try asked.answer(level.all.subtracting($0)) == .other
        }
        return .blamed(blame)
    }
}
