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

    /// The git directories of submodules that the main checkout has, those within submodules too; no final `/`.
    package func submoduleDirectories() throws(GitError) -> [String] {
        try Self.gitDirectories(below: commonDirectory + "modules")
    }

    private static func gitDirectories(below folder: String) throws(GitError) -> [String] {
        var found: [String] = []
        for name in try Disk.names(in: folder).sorted() {
            let path = folder + "/" + name
            guard let there = try Disk.find(path), Disk.isFolder(there) else { continue }
            // A submodule's name may hold slashes.
            let isRepository = try Disk.find(path + "/HEAD") != nil
            if isRepository { found.append(path) }
            found += try gitDirectories(below: isRepository ? path + "/modules" : path)
        }
        return found
    }

    /// Whether the repository holds a commit with this id.
    public func hasCommit(_ id: ObjectID) throws(GitError) -> Bool {
        if try ownObjects().commit(id) != nil { return true }
        return try withDatabase { (database) throws(GitError) in
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
