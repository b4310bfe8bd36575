internal import CLibgit2

extension Repository {
    /// The repository of a submodule that somebody has checked out; nil where there is none.
    ///
    /// As git does: what stands in the working tree, then what is kept of it in the git directory. Nothing is
    /// initialised, and a bare repository has no submodules.
    public func submodule(at path: RepoPath) throws(GitError) -> Repository? {
        guard let root = workingDirectory else { return nil }
        if try Disk.find(root + path.text + "/.git") != nil { return try Repository(at: root + path.text) }
        guard try Disk.find(root + ".gitmodules") != nil else { return nil }
        let kept = commonDirectory + "modules/" + path.text
        return try Disk.find(kept + "/HEAD") == nil ? nil : try Repository(gitDirectory: kept)
    }

    /// Whether the repository holds a commit with this id.
    public func hasCommit(_ id: ObjectID) throws(GitError) -> Bool {
        try withDatabase { (database) throws(GitError) in
            var size = 0
            var type = GIT_OBJECT_INVALID
            var oid = id.oid
            let status = git_odb_read_header(&size, &type, database, &oid)
            if status == GIT_ENOTFOUND.rawValue { return false }
            try check(status, "read object", id.description)
            return type == GIT_OBJECT_COMMIT
        }
    }

    /// The merges reachable from any ref, or from HEAD, that contain both commits and no other such merge, newest first.
    package func firstMerges(containing a: ObjectID, and b: ObjectID) throws(GitError) -> [ObjectID] {
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
        var merges: [ObjectID] = []
        while true {
            var oid = git_oid()
            let status = git_revwalk_next(&oid, walk)
            if status == GIT_ITEROVER.rawValue { break }
            try check(status, "walk history", a.description)
            let id = ObjectID(oid)
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
}
