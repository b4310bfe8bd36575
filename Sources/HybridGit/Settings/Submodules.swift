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
}
