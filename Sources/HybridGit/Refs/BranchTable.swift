internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// The commits that revisions name, in their order; throws for the first that names none.
    ///
    /// Plain names of branches take a tenth of the time that ``resolveCommit(_:)`` takes for each.
    public func resolveCommits(_ names: [String]) throws(GitError) -> [ObjectID] {
        let branches = try BranchTable(self)
        var found: [ObjectID] = []
        found.reserveCapacity(names.count)
        for name in names {
            if let known = try branches.commit(name) {
                found.append(known)
            } else {
                found.append(try resolveCommit(name))
            }
        }
        return found
    }
}

/// The branches of a repository, for looking up many of them by their short names.
///
/// Answers only where a name can mean nothing else than a branch (git's gitrevisions, "refname"); for everything else
/// libgit2 has to be asked.
struct BranchTable {
    private let repository: Repository
    /// The folders in which refs lie: a linked worktree has some of its own.
    private let folders: [String]
    private let packed: PackedRefs?

    init(_ repository: Repository) throws(GitError) {
        self.repository = repository
        let (common, own) = (repository.commonDirectory, repository.gitDirectory)
        folders = common == own ? [common] : [common, own]
        packed = try PackedRefs(common + "packed-refs")
    }

    /// The commit that a branch's short name means; nil where that has to be found out otherwise.
    func commit(_ name: String) throws(GitError) -> ObjectID? {
        guard let packed, let branch = try? BranchName(name), branch.text != "@", ObjectID(hex: name) == nil
        else { return nil }
        for place in ["", "refs/", "refs/tags/"] {
            if !place.isEmpty, packed.id(of: place + name) != nil { return nil }
            for folder in folders where access(folder + place + name, F_OK) == 0 || errno != ENOENT {
                return nil
            }
        }
        let text: String?
        do throws(GitError) {
            text = try Disk.text(repository.commonDirectory + branch.ref.text)
        } catch {
            // A folder, or a file that cannot be read: libgit2 tells which.
            return nil
        }
        guard let id = text.map({ ObjectID(hex: $0) }) ?? packed.id(of: branch.ref.text) else { return nil }
        return try repository.isCommit(id) ? id : nil
    }
}

extension Repository {
    /// The commit that a revision names in the plainest way, by its id or its branch; nil where libgit2 has to look.
    func plainCommit(_ text: String) throws(GitError) -> ObjectID? {
        if let id = ObjectID(hex: text) { return try ownObjects().commit(id) == nil ? nil : id }
        // Whatever else a revision can be has one of these in it.
        if text.utf8.contains(where: "~^@:{}".utf8.contains) { return nil }
        return try BranchTable(self).commit(text)
    }

    fileprivate func isCommit(_ id: ObjectID) throws(GitError) -> Bool {
        if try ownObjects().commit(id) != nil { return true }
        return try withDatabase { (database) throws(GitError) in
            var (size, type, oid) = (0, GIT_OBJECT_INVALID, id.oid)
            return git_odb_read_header(&size, &type, database, &oid) == 0 && type == GIT_OBJECT_COMMIT
        }
    }
}
