import HybridGit

/// What one merge knows of renames on both sides.
struct RenameState {
    /// Whether the walk is in a folder whose new place may matter.
    ///
    /// Empty: no. One side: the other side took the folder away, and a file that this side adds in it would make it matter.
    /// All: it matters for every file below.
    var mask: StageSet = []
    /// What each side took away and added.
    var pairs = PerSide<[RenamePair]>(repeating: [])
    /// The paths that a side took away and that matter.
    var relevance = PerSide<[RepoPath: SourceRelevance]>(repeating: [:])
    /// The folders that a side took away.
    var removedFolders = PerSide<[RepoPath: FolderRelevance]>(repeating: [:])
    /// Where the files of folders that a side took away went.
    var folderMoves = PerSide<[RepoPath: [RepoPath: Int]]>(repeating: [:])
    /// Folders that only this side changed, and the mask in them.
    var putOff = PerSide<HashOrderedMap<StageSet>>(repeating: HashOrderedMap())
    /// Whether such folders may be taken whole; known at the end of the walk.
    var mayTakeWhole = PerSide(repeating: true)
    /// Folders above the targets of renames that are known from the first pass.
    var targetFolders = PerSide<Set<RepoPath>>(repeating: [])

    /// How often the walk is done.
    enum Pass {
        /// Once.
        case single
        /// A second time would pay off, once renames are known.
        case worthwhile
        /// The walk is to be done again, or is being done again.
        case again
    }
    var pass = Pass.single
    /// Renames and deletions of the first pass; nil for a deletion.
    private var known = PerSide<HashOrderedMap<RepoPath?>>(repeating: HashOrderedMap())
    private var knownTargets = PerSide<Set<RepoPath>>(repeating: [])
    private var knownIrrelevant = PerSide<Set<RepoPath>>(repeating: [])

    // MARK: Noting

    /// Notes that a side took a path away; `otherChanged`: the other side changed or deleted it too.
    mutating func noteDeletion(_ file: RenameFile, _ side: Side, otherChanged: Bool) {
        if otherChanged {
            knownIrrelevant[side].remove(file.path)
            relevance[side][file.path] = .content
        } else if mask == .all {
            relevance[side][file.path] = .location
        }
        if known[side][file.path] != nil || knownIrrelevant[side].contains(file.path) { return }
        pairs[side].append(RenamePair(source: file, target: nil))
    }

    /// Notes that a side added a path.
    mutating func noteAddition(_ file: RenameFile, _ side: Side) {
        if knownTargets[side].contains(file.path) { return }
        pairs[side].append(RenamePair(source: nil, target: file))
    }

    // MARK: Taking folders whole

    /// Whether every rename of a side that matters is known, so that folders without their targets need not be opened.
    ///
    /// Notes the folders above the targets that the walk has not seen.
    mutating func allTargetsKnown(_ side: Side, seen: (RepoPath) -> Bool) -> Bool {
        for path in relevance[side].keys where !knownIrrelevant[side].contains(path) {
            guard let target = known[side][path] else { return false }
            guard let target, !seen(target) else { continue }
            for folder in target.parents where !targetFolders[side].insert(folder).inserted { break }
        }
        return true
    }

    /// A second walk pays off where opening folders for the sake of renames made the walk at least three times as long.
    mutating func decideOnSecondPass(before: Int, after: Int) {
        if after > 0 {
            if before > 0, after / before >= 3, pass == .single { pass = .worthwhile }
        } else if pass == .again {
            pass = .single
        }
    }

    /// Keeps what is known of renames and forgets the rest.
    mutating func prepareSecondPass() {
        mask = []
        pairs = PerSide(repeating: [])
        relevance = PerSide(repeating: [:])
        removedFolders = PerSide(repeating: [:])
        for side in Side.allCases {
            putOff[side].removeAll()
            targetFolders[side] = []
            mayTakeWhole[side] = true
        }
    }

    // MARK: Finding

    /// Whether looking for renames of a side can find any that matter.
    func mayFind(_ side: Side) -> Bool { !pairs[side].isEmpty && !relevance[side].isEmpty }

    /// Whether there is anything to find or known already.
    var hasAny: Bool {
        mayFind(.ours) || mayFind(.theirs) || !known.ours.isEmpty || !known.theirs.isEmpty
    }

    /// The renames that the first pass found.
    func knownRenames(_ side: Side) -> [(source: RepoPath, target: RepoPath)] {
        known[side].ordered.compactMap { entry in entry.value.map { (entry.key, $0) } }
    }

    /// Takes out of the sources that matter those whose fate is known.
    mutating func forgetKnownSources(_ side: Side) {
        for path in known[side].keys { relevance[side][path] = nil }
        for path in knownIrrelevant[side] { relevance[side][path] = nil }
    }

    /// Keeps what was found for the second pass.
    mutating func keepForSecondPass() {
        for side in Side.allCases {
            for pair in pairs[side] {
                guard let source = pair.source?.path, let matters = relevance[side][source] else { continue }
                if matters == .settled {
                    knownIrrelevant[side].insert(source)
                } else {
                    known[side][source] = .some(pair.target?.path)
                    if let target = pair.target?.path { knownTargets[side].insert(target) }
                }
            }
        }
        pass = .again
    }

    /// Adds the pairs of the first pass to those of this one; only their paths matter from here on.
    mutating func addKnownPairs() {
        let nothing = TreeEntry(kind: .nothing, id: .zero)
        for side in Side.allCases {
            for (source, target) in known[side].ordered {
                pairs[side].append(
                    RenamePair(
                        source: RenameFile(path: source, entry: nothing),
                        target: target.map { RenameFile(path: $0, entry: nothing) }))
            }
        }
    }
}
