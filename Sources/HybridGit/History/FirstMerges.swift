internal import CLibgit2

extension Repository {
    /// The merges reachable from any ref, or from HEAD, that contain both commits and no other such merge, newest first.
    package func firstMerges(containing a: ObjectID, and b: ObjectID) throws(GitError) -> [ObjectID] {
        var merges: [ObjectID] = []
        for id in try isShallow() ? cutCommits(excluding: a) : commitsOfAllRefs(excluding: a) {
            guard try commit(id).parents.count > 1, try isAncestor(a, of: id), try isAncestor(b, of: id)
            else {
                continue
            }
            merges.append(id)
        }
        var first: [ObjectID] = []
        for merge in merges {
            var containsAnother = false
            for other in merges where other != merge && !containsAnother {
                containsAnother = try isAncestor(other, of: merge)
            }
            if !containsAnother { first.append(merge) }
        }
        return first
    }

    private func cutCommits(excluding a: ObjectID) throws(GitError) -> [ObjectID] {
        var tips: [ObjectID] = []
        for (_, id) in try references(prefix: "refs/") where try hasCommit(id) { tips.append(id) }
        if let head = try headCommit() { tips.append(head) }
        return try cutHistory().commits(from: tips, excluding: [a])
    }

    private func commitsOfAllRefs(excluding a: ObjectID) throws(GitError) -> [ObjectID] {
        var walk: OpaquePointer?
        try check(git_revwalk_new(&walk, handle), "walk history", a.description)
        defer { git_revwalk_free(walk) }
        git_revwalk_sorting(walk, GIT_SORT_TIME.rawValue)
        try check(git_revwalk_push_glob(walk, "refs/*"), "walk history", a.description)
        // A submodule's HEAD mostly names a commit and no branch.
        let status = git_revwalk_push_head(walk)
        if status != GIT_ENOTFOUND.rawValue { try check(status, "walk history", "HEAD") }
        var hidden = a.oid
        try check(git_revwalk_hide(walk, &hidden), "walk history", a.description)
        var found: [ObjectID] = []
        while true {
            var oid = git_oid()
            let status = git_revwalk_next(&oid, walk)
            if status == GIT_ITEROVER.rawValue { return found }
            try check(status, "walk history", a.description)
            found.append(ObjectID(oid))
        }
    }
}
