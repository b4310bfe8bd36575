internal import HybridMerging
internal import HybridPlan
internal import HybridReport
internal import HybridSystem
internal import HybridUserGit

/// What subsets of the workers said, within a budget of runs.
struct AskedSubsets {
    typealias Workers = CulpritSearch.Workers
    typealias Answer = CulpritSearch.Answer

    /// Why a search cannot go on.
    enum Interruption: Error {
        /// One tree, two answers.
        case flaky(Workers)
        case exhausted
        /// A recalled answer was not given again: what it was true of has changed.
        case stale
    }

    private struct Said {
        var runs: [Answer: Int] = [:]
        var recalled: Answer?
        var isCertain = false
        var cannotBeMerged = false

        var count: Int { runs.values.reduce(0, +) }
        var answer: Answer? {
            // What failed otherwise once is no tree that passes.
            [.red, .other, .green].first { runs[$0] != nil } ?? recalled
        }
    }

    let budget: Int
    private(set) var spent = 0
    private let oracle: (Workers, Bool) throws -> CulpritSearch.Reply?
    private var said: [Workers: Said] = [:]
    private var recalls = true

    init(budget: Int, oracle: @escaping (Workers, Bool) throws -> CulpritSearch.Reply?) {
        self.budget = budget
        self.oracle = oracle
    }

    /// Takes answers that were given before the search.
    mutating func note(_ answer: Answer, times: Int, for tree: Workers) {
        if times > 0 { said[tree, default: Said()].runs[answer, default: 0] += times }
    }

    /// What a subset says, as far as is known or by asking; nil where it cannot be merged.
    mutating func answer(_ tree: Workers) throws -> Answer? {
        if let known = said[tree], known.cannotBeMerged || known.answer != nil { return known.answer }
        try ask(tree, anew: !recalls)
        return said[tree]?.answer
    }

    /// Has a subset run until it gave `times` fresh answers, all of one kind.
    mutating func confirm(_ tree: Workers, times: Int) throws {
        while true {
            let known = said[tree] ?? Said()
            if known.isCertain || known.cannotBeMerged || known.count >= times { return }
            try ask(tree, anew: true)
        }
    }

    /// Whether every fresh answer of a subset was yes.
    func isGreen(_ tree: Workers) -> Bool {
        guard let known = said[tree], known.count > 0 else { return false }
        return known.runs[.green] == known.count
    }

    /// The trees that passed, fresh, and with one worker more failed, fresh.
    func pairs(of worker: Int) -> [Workers] {
        said.keys.filter { tree in
            guard !tree.contains(worker), let without = said[tree], let with = said[tree.union([worker])]
            else { return false }
            return without.count > 0 && without.runs[.red] == nil && with.runs[.red] != nil
        }
    }

    /// Whether there was nothing to run.
    func isCertain(_ tree: Workers) -> Bool { said[tree]?.isCertain == true }

    /// Whether a subset lies in a greater one that passes.
    func isWithinGreen(_ tree: Workers) -> Bool {
        said.contains { $1.answer == .green && $0.count > tree.count && $0.isSuperset(of: tree) }
    }

    /// The smallest subset that was seen to fail; nil where none was.
    var smallestRed: Workers? {
        said.filter { $1.answer == .red }.map(\.key).min(by: HittingSets.comesFirst)
    }

    /// From now on nothing that is only recalled counts.
    mutating func forgetRecalled() {
        recalls = false
        for tree in said.keys {
            said[tree]?.recalled = nil
        }
    }

    private mutating func ask(_ tree: Workers, anew: Bool) throws {
        guard spent < budget else { throw Interruption.exhausted }
        var known = said[tree] ?? Said()
        guard let reply = try oracle(tree, anew) else {
            known.cannotBeMerged = true
            said[tree] = known
            return
        }
        if reply.source == .recalled, !anew {
            known.recalled = reply.answer
            said[tree] = known
            return
        }
        if reply.source == .certain {
            known.isCertain = true
        } else {
            spent += 1
        }
        known.runs[reply.answer, default: 0] += 1
        said[tree] = known
        // Another test's failure beside a pass leaves the traced one unseen both times.
        if let failed = known.runs[.red], failed < known.count { throw Interruption.flaky(tree) }
        if let recalled = known.recalled, (recalled == .red) != (reply.answer == .red) {
            throw Interruption.stale
        }
    }
}

/// Fewest workers that leave none of some sets whole.
enum HittingSets {
    /// The most that are looked at; beyond, the smallest one may be missed.
    private static let most = 500

    /// All smallest-by-inclusion choices of one worker of each set, the smallest ones first; of equals those of later workers,
    /// so that the earlier ones stay.
    static func of(_ sets: [Set<Int>]) -> [Set<Int>] {
        var partial: Set<Set<Int>> = [[]]
        for set in sets {
            var next: Set<Set<Int>> = []
            for choice in partial {
                if !choice.isDisjoint(with: set) {
                    next.insert(choice)
                } else {
                    for worker in set { next.insert(choice.union([worker])) }
                }
            }
            let ordered = next.sorted(by: comesFirst).prefix(most)
            partial = []
            for choice in ordered where !partial.contains(where: { $0.isSubset(of: choice) }) {
                partial.insert(choice)
            }
        }
        return partial.sorted(by: comesFirst)
    }

    /// Fewer before more, later workers before earlier ones.
    static func comesFirst(_ a: Set<Int>, _ b: Set<Int>) -> Bool {
        a.count != b.count ? a.count < b.count : b.sorted().lexicographicallyPrecedes(a.sorted())
    }
}
