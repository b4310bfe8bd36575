import HybridGit

/// What the merges of one engine share: objects, options, and what was learned on the way.
final class MergeContext {
    let store: ObjectStore
    let options: MergeOptions
    var similarity: SimilarityCache
    private var cleanTexts = RecentCache<ThreeWay<ObjectID?>, Void>(limit: 100_000)

    init(_ store: ObjectStore, _ options: MergeOptions) {
        self.store = store
        self.options = options
        similarity = SimilarityCache(options.rules)
    }

    /// The contents of three versions; an empty one for none.
    func blobs(_ ids: ThreeWay<ObjectID?>) throws(GitError) -> ThreeWay<[UInt8]> {
        try ids.map { (id) throws(GitError) in
            guard let id else { return [] }
            return try store.blob(id)
        }
    }

    func contentRules(_ path: RepoPath) throws(GitError) -> ContentRules {
        guard let attributes = options.attributes else { return ContentRules() }
        let values = try attributes.values(of: ["merge", "conflict-marker-size"], for: path, in: store)
        var rules = ContentRules(merge: values[0])
        if case .value(let text) = values[1], let size = Int(text), size > 0 { rules.markerSize = size }
        return rules
    }

    /// Whether these versions of a text are known to merge cleanly, whichever branches they come from.
    func isKnownClean(_ ids: ThreeWay<ObjectID?>) -> Bool { cleanTexts[ids] != nil }

    /// Remembers that these versions of a text merge cleanly.
    func noteClean(_ ids: ThreeWay<ObjectID?>) { cleanTexts.insert((), for: ids, cost: 1) }

    func submodule(_ path: RepoPath) throws(GitError) -> Repository? {
        try store.repository.submodule(at: path)
    }
}
