/// One walk that finds the merge bases of many pairs of commits: each commit is marked with all tips that reach it.
///
/// For many pairs of a few tips, walking once replaces walking for every pair. A pair for which more than one commit comes
/// into question is left to the exact walk, which also gives git's order. Why a single candidate is right: a best common
/// ancestor is always among the candidates, as the walk only stops below commits that all tips reach.
struct SharedWalk {
    /// The most tips in one walk.
    static let mostTips = 64

    private let tips: [Int32]
    private let all: UInt64
    private var masks: [UInt64] = []
    private var walked: [Int32] = []
    private var flags: [UInt8] = []
    private var queue = DateQueue()
    private var live = 0
    private var pending: [(commit: Int32, mask: UInt64, isBelow: Bool)]

    private enum Flag {
        static let queued: UInt8 = 1
        /// Below a commit that all tips reach.
        static let below: UInt8 = 2
    }

    /// Walks from these commits, at most ``mostTips``, all different.
    init(_ tips: [Int32]) {
        precondition(tips.count <= Self.mostTips)
        self.tips = tips
        all = tips.count == 64 ? .max : 1 << UInt64(tips.count) - 1
        pending = tips.enumerated().map { ($1, 1 << UInt64($0), false) }
    }

    /// Walks on; gives a commit that must be read before the walk can go on, nil at the end.
    mutating func walk(_ graph: borrowing CommitGraph) -> Int32? {
        if masks.count < graph.count {
            masks += [UInt64](repeating: 0, count: graph.count - masks.count)
            flags += [UInt8](repeating: 0, count: graph.count - flags.count)
        }
        while true {
            while let next = pending.last {
                guard graph.isRead(next.commit) else { return next.commit }
                pending.removeLast()
                reach(next.commit, next.mask, next.isBelow, graph)
            }
            guard live > 0, let commit = queue.take() else { return nil }
            let flag = flags[Int(commit)] & ~Flag.queued
            flags[Int(commit)] = flag
            if flag & Flag.below == 0 { live -= 1 }
            let mask = masks[Int(commit)]
            for parent in graph.parents(of: commit) {
                if graph.isRead(parent), pending.isEmpty {
                    reach(parent, mask, mask == all, graph)
                } else {
                    pending.append((parent, mask, mask == all))
                }
            }
        }
    }

    private mutating func reach(
        _ commit: Int32, _ mask: UInt64, _ isBelow: Bool, _ graph: borrowing CommitGraph
    ) {
        let before = (masks[Int(commit)], flags[Int(commit)])
        let mask = before.0 | mask
        var flag = before.1 | (isBelow ? Flag.below : 0)
        if mask == before.0, flag == before.1 { return }
        if before.0 == 0 { walked.append(commit) }
        masks[Int(commit)] = mask
        if flag & Flag.queued != 0 {
            if before.1 & Flag.below == 0, flag & Flag.below != 0 { live -= 1 }
        } else {
            flag |= Flag.queued
            if flag & Flag.below == 0 { live += 1 }
            queue.put(commit, date: graph.date(of: commit))
        }
        flags[Int(commit)] = flag
    }

    /// The merge base of each pair of tips that has exactly one; nil for a pair that needs the exact walk.
    func bases(of pairs: [(Int, Int)], _ graph: borrowing CommitGraph) -> [Int32?] {
        // Only where tips come together can be a merge base: no child is reached by the same tips.
        var isCovered = [Bool](repeating: false, count: masks.count)
        for commit in walked {
            for parent in graph.parents(of: commit) where masks[Int(parent)] == masks[Int(commit)] {
                isCovered[Int(parent)] = true
            }
        }
        var children: [Int32: [UInt64]] = [:]
        for commit in walked {
            for parent in graph.parents(of: commit)
            where !isCovered[Int(parent)] && masks[Int(parent)] != 0 {
                children[parent, default: []].append(masks[Int(commit)])
            }
        }
        let meetings = walked.filter { !isCovered[Int($0)] }.map {
            (commit: $0, mask: masks[Int($0)], children: children[$0] ?? [])
        }
        return pairs.map { one, two in
            let both = 1 << UInt64(one) | 1 << UInt64(two) as UInt64
            var base: Int32?
            for meeting in meetings where meeting.mask & both == both {
                if meeting.children.contains(where: { $0 & both == both }) { continue }
                if base != nil { return nil }
                base = meeting.commit
            }
            return base
        }
    }
}
