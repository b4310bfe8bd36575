internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What a git left in its working tree that was killed while it moved a branch from one commit to another.
public struct HalfMove: Hashable, Sendable {
    /// Paths that index or working tree hold otherwise than the first commit, to be restored from it.
    public var changed: [RepoPath] = []
    /// Files that neither the first commit nor the index knows, and that hold only what the second commit has.
    public var added: [RepoPath] = []
    /// The first path that holds what neither commit accounts for; then nothing here is git's for sure.
    public var foreign: RepoPath?

    /// One path that the two commits hold differently.
    public typealias Difference = (path: RepoPath, old: TreeEntry?, new: TreeEntry?)
}

extension Repository {
    /// How far a move came whose git was killed, judged by every path that the two commits hold differently.
    ///
    /// A path counts as git's own work where the index holds one commit's entry, and the working tree nothing, one
    /// commit's content as a checkout writes it, or the beginning of the second one's: no byte is lost when it is
    /// restored. Such a file must have changed since `began`, in nanoseconds since 1970. With `isRestoring`, the
    /// beginning of the first commit's content counts as well: git was killed on the way back. Grows with the
    /// differences.
    package func halfMove(
        _ differences: [HalfMove.Difference], since began: Int64, isRestoring: Bool
    ) throws(GitError) -> HalfMove {
        let index = try readIndex()
        defer { git_index_free(index) }
        let folder = try Disk.openFolder(workingDirectory ?? gitDirectory)
        defer { close(folder) }
        let look = HalfMoveLook(repository: self, folder: folder, began: began, isRestoring: isRestoring)
        var move = HalfMove()
        var files: Set<RepoPath> = []
        for difference in differences {
            let path = difference.path
            let isUnmerged = (Int32(1)...3).contains {
                git_index_get_bypath(index, path.terminated, $0) != nil
            }
            let entry = git_index_get_bypath(index, path.terminated, 0)?.pointee
            let held = entry?.held
            guard !isUnmerged, held == difference.old || held == difference.new else {
                return HalfMove(foreign: path)
            }
            switch try look.find(difference) {
            case .foreign: return HalfMove(foreign: path)
            case .first:
                if held != difference.old { move.changed.append(path) }
            case .gitsOwn:
                if held == nil, difference.old == nil {
                    move.added.append(path)
                } else if held != difference.old || entry?.isTrusted != true {
                    move.changed.append(path)
                }
            }
            if difference.old != nil { files.insert(path) }
        }
        // Where a file comes back, git drops what the index has below it, and no longer knows it by name.
        move.changed.removeAll { path in
            !files.contains(path) && path.parents.contains(where: files.contains)
        }
        return move
    }

    /// Removes the files of a half move that neither its first commit nor the index knows, and folders that are empty
    /// then.
    package func removeAdded(_ move: HalfMove) throws(GitError) {
        let root = workingDirectory ?? gitDirectory
        let folder = try Disk.openFolder(root)
        defer { close(folder) }
        for path in move.added where try !leadsElsewhere(path, folder, root) {
            if unlinkat(folder, path.terminated, 0) != 0, errno != ENOENT {
                throw Disk.failure("remove", root + path.description)
            }
            for above in path.parents where unlinkat(folder, above.terminated, AT_REMOVEDIR) != 0 { break }
        }
    }
}

/// Whether something above the path is no folder, so that what can be found there is another path's.
private func leadsElsewhere(_ path: RepoPath, _ folder: Int32, _ root: String) throws(GitError) -> Bool {
    for above in path.parents.reversed() {
        var found = stat()
        if fstatat(folder, above.terminated, &found, AT_SYMLINK_NOFOLLOW) != 0 {
            if errno == ENOENT || errno == ENOTDIR { return true }
            throw Disk.failure("look at", root + above.description)
        }
        if !Disk.isFolder(found) { return true }
    }
    return false
}

/// Looks at what lies in the working tree of a half move.
private struct HalfMoveLook {
    enum Found {
        /// Just what the first commit has there.
        case first
        /// What git makes on its way.
        case gitsOwn
        case foreign
    }

    let repository: Repository
    let folder: Int32
    let began: Int64
    let isRestoring: Bool

    func find(_ difference: HalfMove.Difference) throws(GitError) -> Found {
        let path = difference.path
        let root = repository.workingDirectory ?? repository.gitDirectory
        let isSubmodule = difference.old?.kind == .gitlink
        let nothing: Found = difference.old == nil || isSubmodule ? .first : .gitsOwn
        if try leadsElsewhere(path, folder, root) { return nothing }
        var found = stat()
        if fstatat(folder, path.terminated, &found, AT_SYMLINK_NOFOLLOW) != 0 {
            if errno == ENOENT { return nothing }
            throw Disk.failure("look at", root + path.description)
        }
        // What a folder holds is told path by path.
        if Disk.isFolder(found) { return nothing }
        let isLink = found.st_mode & S_IFMT == S_IFLNK
        guard isLink || found.st_mode & S_IFMT == S_IFREG else { return .foreign }
        if !isLink, try CleanRules(repository).attribute(of: path) != nil {
            return try converted(difference, root, isNew: FileStamp(found).changed >= began)
        }
        let bytes = try isLink ? target(path, root) : content(path, root)
        let old = try checkedOut(difference.old, at: path, asLink: isLink)
        if let old, bytes == old { return .first }
        guard FileStamp(found).changed >= began else { return .foreign }
        if isRestoring, let old, old.starts(with: bytes) { return .gitsOwn }
        let new = try checkedOut(difference.new, at: path, asLink: isLink)
        return new?.starts(with: bytes) == true ? .gitsOwn : .foreign
    }

    /// The same of a file that git converts: a part of one is not known again.
    private func converted(
        _ difference: HalfMove.Difference, _ root: String, isNew: Bool
    ) throws(GitError) -> Found {
        guard let filters = Repository.fileFilters else { return .foreign }
        let ids = try filters.stored(
            [difference.path], in: root, keeps: false, repository.filterDrivers())
        if let id = ids.first, id == difference.old?.id { return .first }
        return isNew && ids.first == difference.new?.id ? .gitsOwn : .foreign
    }

    /// What a checkout writes for an entry; nil where it makes neither a file nor a link.
    private func checkedOut(
        _ entry: TreeEntry?, at path: RepoPath, asLink: Bool
    ) throws(GitError) -> [UInt8]? {
        guard let entry, entry.kind == .symlink || entry.kind.isFile else { return nil }
        let isLink = entry.kind == .symlink
        // Without symlinks a link stands as a file that holds its target.
        if asLink, !isLink { return nil }
        var oid = entry.id.oid
        var blob: OpaquePointer?
        try check(git_blob_lookup(&blob, repository.handle, &oid), "read the blob of", path.description)
        defer { git_blob_free(blob) }
        return try repository.checkedOut(blob!, at: path.terminated, isLink: isLink) { Array($0) }
    }

    private func target(_ path: RepoPath, _ root: String) throws(GitError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes {
            readlinkat(folder, path.terminated, $0.baseAddress!, $0.count)
        }
        guard count >= 0 else { throw Disk.failure("read link", root + path.description) }
        return Array(buffer[..<count])
    }

    private func content(_ path: RepoPath, _ root: String) throws(GitError) -> [UInt8] {
        let file = openat(folder, path.terminated, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        if file < 0 { throw Disk.failure("read", root + path.description) }
        defer { close(file) }
        return try Disk.readAll(file, root + path.description)
    }
}
