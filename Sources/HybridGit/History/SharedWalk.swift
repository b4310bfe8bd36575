/// One walk that finds what many commits reach: each commit is marked with all tips that reach it.
///
/// For many pairs of a few tips, walking once replaces walking for every pair. A best common ancestor of two tips is one
/// without a child that both reach. All of them are found, for the walk only stops below commits that all tips reach;
/// what it leaves half marked there can come into question although it is none, so several candidates are held against
/// each other (``reached(_:by:)``).
struct SharedWalk {
    private let tips: [Int32]
    /// How many words a commit's mark takes: a bit for each tip.
    private let words: Int
    private let all: [UInt64]
    private var marks: [UInt64] = []
    private var walked: [Int32] = []
    private var flags: [UInt8] = []
    private var queue = DateQueue()
    private var live = 0
    private var pending: [(commit: Int32, source: Source, isBelow: Bool)]

    /// Where a mark comes from.
    private enum Source {
        case tip(Int)
        case child(Int32)
    }

    private enum Flag {
        static let queued: UInt8 = 1
        /// Below a commit that all tips reach.
        static let below: UInt8 = 2
    }

    /// Walks from these commits, all different.
    init(_ tips: [Int32]) {
        self.tips = tips
        words = (tips.count + 63) / 64
        var all = [UInt64](repeating: .max, count: words)
        if tips.count % 64 != 0 { all[words - 1] = 1 << UInt64(tips.count % 64) - 1 }
        self.all = all
        pending = tips.enumerated().map { ($1, .tip($0), false) }
    }

    /// How many commits have been reached.
    var size: Int { walked.count }

    /// Walks on; gives a commit that must be read before the walk can go on, nil at the end.
    mutating func walk(_ graph: borrowing CommitGraph) -> Int32? {
        if flags.count < graph.count {
            let more = graph.count - flags.count
            marks += [UInt64](repeating: 0, count: more * words)
            flags += [UInt8](repeating: 0, count: more)
        }
        while true {
            while let next = pending.last {
                guard graph.isRead(next.commit) else { return next.commit }
                pending.removeLast()
                reach(next.commit, next.source, next.isBelow, graph)
            }
            guard live > 0, let commit = queue.take() else { return nil }
            let flag = flags[Int(commit)] & ~Flag.queued
            flags[Int(commit)] = flag
            if flag & Flag.below == 0 { live -= 1 }
            let isCommon = isReachedByAll(commit)
            for parent in graph.parents(of: commit) {
                if graph.isRead(parent), pending.isEmpty {
                    reach(parent, .child(commit), isCommon, graph)
                } else {
                    pending.append((parent, .child(commit), isCommon))
                }
            }
        }
    }

    private func isReachedByAll(_ commit: Int32) -> Bool {
        let first = Int(commit) * words
        for word in 0..<words where marks[first + word] != all[word] { return false }
        return true
    }

    private mutating func reach(
        _ commit: Int32, _ source: Source, _ isBelow: Bool, _ graph: borrowing CommitGraph
    ) {
        let (isNew, isMore) = mark(commit, source)
        let before = flags[Int(commit)]
        var flag = before | (isBelow ? Flag.below : 0)
        if !isMore, flag == before { return }
        if isNew { walked.append(commit) }
        if flag & Flag.queued != 0 {
            if before & Flag.below == 0, flag & Flag.below != 0 { live -= 1 }
        } else {
            flag |= Flag.queued
            if flag & Flag.below == 0 { live += 1 }
            queue.put(commit, date: graph.date(of: commit))
        }
        flags[Int(commit)] = flag
    }

    /// Adds tips to a commit's mark; says whether it had none, and whether it has more now.
    private mutating func mark(_ commit: Int32, _ source: Source) -> (isNew: Bool, isMore: Bool) {
        let first = Int(commit) * words
        var (had, isMore): (UInt64, Bool) = (0, false)
        switch source {
        case .tip(let tip):
            for word in 0..<words { had |= marks[first + word] }
            let bit = 1 << UInt64(tip % 64) as UInt64
            isMore = marks[first + tip / 64] & bit == 0
            marks[first + tip / 64] |= bit
        case .child(let child):
            let from = Int(child) * words
            for word in 0..<words {
                let (old, new) = (marks[first + word], marks[from + word])
                had |= old
                if new & ~old != 0 {
                    isMore = true
                    marks[first + word] = old | new
                }
            }
        }
        return (had == 0, isMore)
    }

    private func has(_ tip: Int, _ commit: Int32) -> Bool {
        marks[Int(commit) * words + tip / 64] & 1 << UInt64(tip % 64) != 0
    }

    private func areEqual(_ one: Int32, _ other: Int32) -> Bool {
        let (a, b) = (Int(one) * words, Int(other) * words)
        for word in 0..<words where marks[a + word] != marks[b + word] { return false }
        return true
    }

    /// What comes into question as a merge base of each pair of tips: all best common ancestors, and at times some that
    /// are ancestors of those.
    ///
    /// Grows with the commits that were walked, and with the pairs times the places where tips come together.
    func candidates(of pairs: [(Int, Int)], _ graph: borrowing CommitGraph) -> [[Int32]] {
        // Only where tips come together can be a merge base: no child is reached by the same tips.
        var isCovered = [Bool](repeating: false, count: flags.count)
        for commit in walked {
            for parent in graph.parents(of: commit) where areEqual(parent, commit) {
                isCovered[Int(parent)] = true
            }
        }
        var children: [Int32: [Int32]] = [:]
        for commit in walked {
            for parent in graph.parents(of: commit) where !isCovered[Int(parent)] && isMarked(parent) {
                children[parent, default: []].append(commit)
            }
        }
        let meetings = walked.filter { !isCovered[Int($0)] && holdsTwo($0) }.map {
            (commit: $0, children: children[$0] ?? [])
        }
        return pairs.map { one, two in
            meetings.filter { meeting in
                has(one, meeting.commit) && has(two, meeting.commit)
                    && !meeting.children.contains { has(one, $0) && has(two, $0) }
            }.map(\.commit)
        }
    }

    private func isMarked(_ commit: Int32) -> Bool {
        let first = Int(commit) * words
        for word in 0..<words where marks[first + word] != 0 { return true }
        return false
    }

    private func holdsTwo(_ commit: Int32) -> Bool {
        let first = Int(commit) * words
        var count = 0
        for word in 0..<words { count += marks[first + word].nonzeroBitCount }
        return count > 1
    }

    /// Whether a tip reaches another one, at the end of the walk.
    ///
    /// Right for tips: what is left half marked lies below a commit that all tips reach, and no tip lies below itself.
    func reached(_ tip: Int, by other: Int) -> Bool { has(other, tips[tip]) }
}
