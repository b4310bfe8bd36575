import HybridGit

/// Finds which of the paths that one side took away are among those that it added.
///
/// Three stages, as in git's `diffcore-rename`: the same bytes; the same basename, where it occurs once on each side or the
/// folder's new place is known; then every remaining pair, the best four sources kept for each addition. Only sources that
/// matter for this merge take part in the second and third stage, which is why detection cannot be done once for a branch.
struct RenameDetection {
    /// What is found.
    struct Result {
        /// The pairs, in the order in which they were given; sources that became renames are gone from their place.
        var pairs: [RenamePair]
        /// Where the files of relevant folders went.
        var folderMoves: [RepoPath: [RepoPath: Int]]
        /// Why each source mattered, with those that turned out to be settled.
        var relevance: [RepoPath: SourceRelevance]
        /// The limit that would have been needed to compare all pairs; nil where nothing was left out.
        var neededLimit: Int?
    }

    private var pairs: [RenamePair]
    private var relevance: [RepoPath: SourceRelevance]
    private var removed: [RepoPath: FolderRelevance]
    private let known: [(source: RepoPath, target: RepoPath)]
    private let limit: Int
    private let score: Int
    /// Indices into `pairs`.
    private var sources: [Int] = []
    private var targets: [Int] = []
    /// For each pair that is a target: the pair whose source it got.
    private var matched: [Int: Int] = [:]
    private var usedSources: Set<Int> = []
    private var moves = FolderMoves()

    /// Sets detection up.
    ///
    /// - `relevance`: the sources that matter; `removed`: the folders that the side took away; `known`: renames that an
    ///   earlier pass found; `limit`: with more than `limit`² pairs left the third stage is left out; `score`: from which score
    ///   on, of 60,000, a file counts as renamed.
    init(
        _ pairs: [RenamePair], relevance: [RepoPath: SourceRelevance], removed: [RepoPath: FolderRelevance],
        known: [(source: RepoPath, target: RepoPath)], limit: Int, score: Int
    ) {
        self.pairs = pairs
        self.relevance = relevance
        self.removed = removed
        self.known = known
        self.limit = limit
        self.score = score
        for (index, pair) in pairs.enumerated() {
            // An empty file says nothing about where it came from.
            if let source = pair.source, pair.target == nil, source.entry.id != Self.emptyBlob {
                sources.append(index)
            } else if let target = pair.target, pair.source == nil, target.entry.id != Self.emptyBlob {
                targets.append(index)
            }
        }
    }

    private static let emptyBlob = ObjectID(hex: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")!

    /// Runs the three stages.
    ///
    /// Grows with the remaining sources times the remaining additions in the last stage, and is linear before.
    mutating func run(
        _ similarity: inout SimilarityCache, in store: ObjectStore
    ) throws(GitError) -> Result {
        var neededLimit: Int?
        if !targets.isEmpty, !sources.isEmpty {
            matchExact()
        }
        // Where only the same bytes count, git looks no further, not even where folders went.
        if score < ChunkCounts.exact, !targets.isEmpty, !sources.isEmpty {
            sources = sources.filter { !usedSources.contains($0) }
            for target in targets {
                if let source = matched[target] { count(source, target) }
            }
            for rename in known { moves.count(from: rename.source, to: rename.target, removed: removed) }
            try matchBasenames(&similarity, in: store)
            sources = sources.filter { !usedSources.contains($0) && relevance[path(of: $0)] != nil }
            dropSettledSources()
            let open = targets.count - matched.count
            if open > 0, !sources.isEmpty {
                if open * sources.count <= limit * limit {
                    try matchAll(&similarity, in: store)
                } else {
                    neededLimit = max(open, sources.count)
                }
            }
        }
        var kept: [RenamePair] = []
        kept.reserveCapacity(pairs.count - usedSources.count)
        for (index, pair) in pairs.enumerated() where !usedSources.contains(index) {
            kept.append(
                matched[index].map { RenamePair(source: pairs[$0].source, target: pair.target) } ?? pair)
        }
        return Result(
            pairs: kept, folderMoves: moves.final(removed: removed), relevance: relevance,
            neededLimit: neededLimit)
    }

    /// From which score on a file of the same basename counts as renamed without further comparison.
    private var sameBasename: Int { score + (ChunkCounts.exact - score) / 2 }

    private func path(of source: Int) -> RepoPath { pairs[source].source?.path ?? .root }

    private mutating func record(_ source: Int, _ target: Int) {
        matched[target] = source
        usedSources.insert(source)
    }

    private mutating func count(_ source: Int, _ target: Int) {
        guard let old = pairs[source].source, let new = pairs[target].target else { return }
        moves.count(from: old.path, to: new.path, removed: removed)
    }

    // MARK: The same bytes

    private mutating func matchExact() {
        var byID: [ObjectID: [Int]] = [:]
        for source in sources {
            if let file = pairs[source].source { byID[file.entry.id, default: []].append(source) }
        }
        for target in targets {
            guard let file = pairs[target].target, let candidates = byID[file.entry.id] else { continue }
            var best: (source: Int, score: Int)?
            var looked = 0
            for source in candidates where !usedSources.contains(source) {
                guard let old = pairs[source].source else { continue }
                // Links and submodules must be of one kind; files may differ in the executable bit.
                if !old.entry.isRegularFile || !file.entry.isRegularFile, old.entry.kind != file.entry.kind {
                    continue
                }
                let score = old.path.lastComponent.elementsEqual(file.path.lastComponent) ? 2 : 1
                if score > best?.score ?? 0 {
                    best = (source, score)
                    if score == 2 { break }
                }
                looked += 1
                // Among hundreds of copies any one will do.
                if looked == 100 { break }
            }
            if let best { record(best.source, target) }
        }
    }

    // MARK: The same basename

    private mutating func matchBasenames(
        _ similarity: inout SimilarityCache, in store: ObjectStore
    ) throws(GitError) {
        let guesses = moves.guesses
        // nil: the basename occurs more than once.
        var bySource: [ArraySlice<UInt8>: Int?] = [:]
        var byTarget: [ArraySlice<UInt8>: Int?] = [:]
        var byPath: [RepoPath: Int] = [:]
        for source in sources {
            let name = path(of: source).lastComponent
            bySource[name] = .some(bySource[name] == nil ? source : nil)
        }
        for target in targets where matched[target] == nil {
            guard let path = pairs[target].target?.path else { continue }
            byTarget[path.lastComponent] = .some(byTarget[path.lastComponent] == nil ? target : nil)
            byPath[path] = target
        }
        for source in sources {
            let path = path(of: source)
            guard relevance[path] != nil, let only = byTarget[path.lastComponent] else { continue }
            var found = only
            if only == nil || bySource[path.lastComponent] == .some(nil) {
                // Where the folder went tells which of many files named alike it is.
                // As in git, not where the folder became the root.
                found = guesses[path.parent].flatMap {
                    $0.isRoot ? nil : byPath[$0.appending(path.lastComponent)]
                }
            }
            guard let target = found, matched[target] == nil, let old = pairs[source].source,
                let new = pairs[target].target
            else { continue }
            let alike = try similarity.score(
                old.entry, new.entry, minimum: sameBasename, in: store)
            guard alike >= sameBasename else { continue }
            record(source, target)
            count(source, target)
        }
    }

    // MARK: Sources that no longer matter

    /// Takes out the sources that were only wanted for folders whose new place is certain by now.
    private mutating func dropSettledSources() {
        for source in sources {
            for folder in path(of: source).parents {
                guard let matters = removed[folder], matters != .none else { break }
                moves.countUnknown(in: folder)
            }
        }
        for folder in moves.counts.keys where removed[folder] == .forSelf && moves.isSettled(folder) {
            removed[folder] = .forAncestor
        }
        sources = sources.filter { source in
            let path = path(of: source)
            guard relevance[path] == .location else { return true }
            var folder = path.parent
            while let matters = removed[folder], matters != .none {
                if matters == .forSelf { return true }
                folder = folder.parent
            }
            relevance[path] = .settled
            return false
        }
    }

    // MARK: Every pair

    private struct Candidate {
        var source = -1
        var target = -1
        var score = 0
        var sameName = false

        /// Whether this one is the better candidate; what is not filled is worse than anything.
        func precedes(_ other: Candidate) -> Bool {
            if target < 0 || other.target < 0 { return target >= 0 && other.target < 0 }
            return score != other.score ? score > other.score : sameName && !other.sameName
        }
    }

    /// A file that is compared with all of the other side.
    private struct Compared {
        var index: Int
        var id: ObjectID
        var isRegular: Bool
        var size: Int
        /// The same number for the same basename.
        var name: Int
        var counts: ChunkCounts?
    }

    private func compared(
        _ list: [Int], _ file: (RenamePair) -> RenameFile?, _ names: inout [ArraySlice<UInt8>: Int],
        in store: ObjectStore
    ) throws(GitError) -> [Compared] {
        var found: [Compared] = []
        found.reserveCapacity(list.count)
        for index in list {
            guard let file = file(pairs[index]) else { continue }
            let basename = file.path.lastComponent
            let name = names[basename] ?? names.count
            names[basename] = name
            let isRegular = file.entry.isRegularFile
            found.append(
                Compared(
                    index: index, id: file.entry.id, isRegular: isRegular,
                    size: isRegular ? try store.blobSize(file.entry.id) : 0, name: name))
        }
        return found
    }

    private mutating func matchAll(
        _ similarity: inout SimilarityCache, in store: ObjectStore
    ) throws(GitError) {
        var names: [ArraySlice<UInt8>: Int] = [:]
        var olds = try compared(sources, { $0.source }, &names, in: store)
        let news = try compared(targets.filter { matched[$0] == nil }, { $0.target }, &names, in: store)
        var matrix: [Candidate] = []
        matrix.reserveCapacity(news.count * 4)
        for var new in news {
            var best = [Candidate](repeating: Candidate(), count: 4)
            for place in olds.indices {
                let old = olds[place]
                var score = 0
                if old.isRegular, new.isRegular,
                    !ChunkCounts.rulesOut(old.size, new.size, minimum: self.score)
                {
                    if old.counts == nil { olds[place].counts = try similarity.count(old.id, in: store) }
                    if new.counts == nil { new.counts = try similarity.count(new.id, in: store) }
                    if let one = olds[place].counts, let two = new.counts { score = one.score(to: two) }
                }
                let candidate = Candidate(
                    source: old.index, target: new.index, score: score, sameName: old.name == new.name)
                var worst = 0
                for slot in 1..<4 where best[worst].precedes(best[slot]) { worst = slot }
                if candidate.precedes(best[worst]) { best[worst] = candidate }
            }
            matrix += best
        }
        // A stable order: of equally good pairs, the one that came first.
        let order = matrix.indices.sorted { a, b in
            if matrix[a].precedes(matrix[b]) { return true }
            return matrix[b].precedes(matrix[a]) ? false : a < b
        }
        for index in order {
            let candidate = matrix[index]
            guard candidate.target >= 0, candidate.score >= score else { return }
            guard matched[candidate.target] == nil, !usedSources.contains(candidate.source) else { continue }
            record(candidate.source, candidate.target)
            count(candidate.source, candidate.target)
        }
    }
}
