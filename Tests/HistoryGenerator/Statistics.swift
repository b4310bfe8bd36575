/// What a run of many histories met.
package struct Statistics: Sendable {
    /// Histories that were merged.
    package var histories = 0
    /// Merges, each direction for itself, that git answered.
    package var merges = 0
    /// Of these, conflicted ones.
    package var conflicted = 0
    /// Merges that git died of.
    package var deaths = 0
    /// What git said when it died, and how often.
    package var lastWords: [String: Int] = [:]
    /// Merges with two or more merge bases.
    package var severalBases = 0
    /// How often each kind of message stands in git's answers.
    package var kinds: [String: Int] = [:]
    /// How often each kind of difference was found.
    package var differences: [Difference: Int] = [:]
    /// git's time.
    package var gitSeconds = 0.0
    /// The program's time.
    package var programSeconds = 0.0

    /// Nothing met yet.
    package init() {}

    /// The number of all differing merges.
    package var differing: Int { differences.values.reduce(0, +) }

    /// Adds a batch.
    package mutating func add(_ batch: Batch, of histories: [History]) {
        self.histories += histories.count
        gitSeconds += batch.gitSeconds
        programSeconds += batch.programSeconds
        for comparison in batch.comparisons {
            guard let git = comparison.git else {
                deaths += 1
                if let complaint = comparison.complaint { lastWords[complaint, default: 0] += 1 }
                continue
            }
            merges += 1
            conflicted += git.isClean ? 0 : 1
            if !git.advice.isEmpty { kinds["(advice about submodules)", default: 0] += 1 }
            let merge = comparison.merge
            if histories[comparison.history].mergeBases(merge.ours, merge.theirs).count > 1 {
                severalBases += 1
            }
            for message in git.messages { kinds[message.label, default: 0] += 1 }
            if let difference = comparison.difference { differences[difference, default: 0] += 1 }
        }
    }

    /// The kinds of messages, most frequent first.
    package var table: String {
        let lines =
            kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            + lastWords.sorted { $0.value > $1.value }.map { ("git died: " + $0.key, $0.value) }
        return lines.map { kind, count in
            String(repeating: " ", count: max(0, 9 - String(count).count)) + "\(count)  \(kind)\n"
        }.joined()
    }
}
