internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The file `.git` of a linked worktree, which leads to its registration, which leads back.
extension Repository {
    /// The common directory of another repository whose registered worktree lies at a path; nil where it is this
    /// one's, or nobody's.
    ///
    /// The registrations of a copied repository lead to the worktrees of the one that it was copied from.
    package func otherOwner(ofWorktreeAt path: String) throws(GitError) -> String? {
        guard let link = try Disk.find(path + "/.git"), link.st_mode & S_IFMT == S_IFREG,
            let text = try Disk.text(path + "/.git"), text.hasPrefix("gitdir: "),
            let admin = target(text.dropFirst(8), from: path).flatMap(Disk.real),
            let own = Disk.real(commonDirectory), !admin.beginsWithBytes(of: own + "/"),
            // Whoever only wrote a link there owns nothing.
            let back = try folder(of: admin + "/"), let place = Disk.real(path), Disk.real(back) == place,
            let end = admin.ranges(of: "/worktrees/").last?.lowerBound
        else { return nil }
        return String(admin[..<end])
    }

    /// Puts back the file `.git` of a registered worktree whose folder lacks it; false where nothing lacks.
    ///
    /// Nothing else is touched.
    package func mendWorktreeLink(name: String) throws(GitError) -> Bool {
        guard let path = try unlinkedWorktree(name: name) else { return false }
        try Disk.write("gitdir: \(registrations)\(name)\n", to: path + "/.git")
        return true
    }

    /// The folder of a registered worktree that lacks its file `.git`; nil where nothing lacks.
    package func unlinkedWorktree(name: String) throws(GitError) -> String? {
        guard let known = try registration(name), !known.isUnfinished, let found = try Disk.find(known.path),
            Disk.isFolder(found), try Disk.find(known.path + "/.git") == nil
        else { return nil }
        // An empty folder is what an interrupted removal left.
        return try Disk.names(in: known.path).isEmpty ? nil : known.path
    }
}
