internal import CLibgit2

extension Repository {
    /// Whether `a` is in the history of `b`; true when they are equal.
    public func isAncestor(_ a: ObjectID, of b: ObjectID) throws(GitError) -> Bool {
        if a == b { return true }
        if try isShallow() { return try cutHistory().reaches(a, from: b) }
        var ancestor = a.oid
        var descendant = b.oid
        return try check(
            git_graph_descendant_of(handle, &descendant, &ancestor), "walk history", b.description) == 1
    }

    /// All best common ancestors; none for unrelated histories.
    public func mergeBases(_ a: ObjectID, _ b: ObjectID) throws(GitError) -> [ObjectID] {
        if try isShallow() { return try cutHistory().mergeBases(a, b) }
        var bases = git_oidarray()
        var (one, two) = (a.oid, b.oid)
        let status = git_merge_bases(&bases, try handle, &one, &two)
        if status == GIT_ENOTFOUND.rawValue { return [] }
        try check(status, "find merge base", "\(a.short) \(b.short)")
        defer { git_oidarray_dispose(&bases) }
        return (0..<bases.count).map { ObjectID(bases.ids[$0]) }
    }

    /// A best common ancestor; nil for unrelated histories.
    public func mergeBase(_ a: ObjectID, _ b: ObjectID) throws(GitError) -> ObjectID? {
        try mergeBases(a, b).first
    }

    /// The commits in the history of `tip` that are in none of the excluded ones', newest first.
    public func commits(from tip: ObjectID, excluding: [ObjectID]) throws(GitError) -> [ObjectID] {
        if try isShallow() { return try cutHistory().commits(from: [tip], excluding: excluding) }
        var walk: OpaquePointer?
        try check(git_revwalk_new(&walk, handle), "walk history", tip.description)
        defer { git_revwalk_free(walk) }
        git_revwalk_sorting(walk, UInt32(GIT_SORT_TOPOLOGICAL.rawValue))
        var start = tip.oid
        try check(git_revwalk_push(walk, &start), "walk history", tip.description)
        for id in excluding {
            var oid = id.oid
            try check(git_revwalk_hide(walk, &oid), "walk history", id.description)
        }
        var found: [ObjectID] = []
        while true {
            var oid = git_oid()
            let status = git_revwalk_next(&oid, walk)
            if status == GIT_ITEROVER.rawValue { return found }
            try check(status, "walk history", tip.description)
            found.append(ObjectID(oid))
        }
    }
}
