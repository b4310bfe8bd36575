internal import CLibgit2

extension Repository {
    /// What lies in the working tree although git ignores it, sorted: files, and folders that are ignored as a whole, which
    /// end with `/`.
    ///
    /// Time grows with the number of files that are not below such a folder.
    package func ignoredEntries() throws(GitError) -> [RepoPath] {
        var found: [RepoPath] = []
        let scanned = try WorktreeScan.candidates(of: self)
        if scanned?.isEmpty == true { return [] }
        try eachStatus(scanned, lookedAt: scanned != nil) { (entry, path) throws(GitError) in
            guard entry.status.rawValue & GIT_STATUS_IGNORED.rawValue != 0 else { return }
            // libgit2 also calls a repository inside the working tree ignored.
            if try nested(path) == nil { found.append(path) }
        }
        return found.sorted()
    }
}
