internal import CLibgit2
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Something in a working tree or its index that keeps git from moving it to another commit.
public struct MoveObstacle: Hashable, Sendable {
    /// What it is.
    public enum Kind: String, Hashable, Sendable {
        /// A tracked file that the move changes differs from HEAD here, staged or not.
        case changed
        /// A file that git does not know stands where the move puts one.
        case untracked
        /// The index holds a conflict, wherever: git moves nothing then.
        case unmerged
    }

    /// The path.
    public var path: RepoPath
    /// What it is.
    public var kind: Kind

    /// Makes a value.
    public init(path: RepoPath, kind: Kind) {
        self.path = path
        self.kind = kind
    }
}

extension Repository {
    /// What keeps `git merge --ff-only --no-overwrite-ignore` from making these changes here, sorted by path.
    ///
    /// What differs elsewhere is no obstacle, and git leaves it as it is. Looks at the changed paths and the folders above
    /// them. Source: git's `unpack-trees.c`, "twoway merge".
    public func obstacles(
        to differences: [(path: RepoPath, old: TreeEntry?, new: TreeEntry?)]
    ) throws(GitError) -> [MoveObstacle] {
        if let unmerged = try unmergedPath() { return [MoveObstacle(path: unmerged, kind: .unmerged)] }
        if differences.isEmpty { return [] }
        let wanted = Dictionary(differences.map { ($0.path, $0.new) }) { $1 }
        let changed = Set(wanted.keys)
        // What is staged as the move has it, or gone as there, stays as it is.
        var alike: Set<RepoPath> = []
        var found: Set<MoveObstacle> = []
        for change in try changes(differences.map(\.path)) {
            if change.entry.kind == .untracked {
                found.insert(MoveObstacle(path: change.entry.path, kind: .untracked))
            } else if let new = wanted[change.entry.path] {
                if new == nil ? change.entry.kind == .deleted : change.index == new {
                    alike.insert(change.entry.path)
                    continue
                }
                found.insert(MoveObstacle(path: change.entry.path, kind: .changed))
            }
        }
        for difference in differences where difference.old == nil && !alike.contains(difference.path) {
            if let path = try stranger(at: difference.path, changed) {
                found.insert(MoveObstacle(path: path, kind: .untracked))
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    /// A path that the index holds with a conflict; nil where there is none.
    private func unmergedPath() throws(GitError) -> RepoPath? {
        let index = try readIndex()
        defer { git_index_free(index) }
        guard git_index_has_conflicts(index) != 0 else { return nil }
        for position in 0..<git_index_entrycount(index) {
            guard let entry = git_index_get_byindex(index, position), git_index_entry_stage(entry) != 0,
                let path = entry.pointee.path
            else { continue }
            return RepoPath(bytes: UnsafeRawBufferPointer(start: path, count: strlen(path)))
        }
        return nil
    }

    /// What stands at a new file's path, or is no folder above it; ignored files are not in the status.
    private func stranger(at path: RepoPath, _ changed: Set<RepoPath>) throws(GitError) -> RepoPath? {
        let root = workingDirectory ?? gitDirectory
        for here in path.parents.reversed() + [path] {
            var found = stat()
            guard lstat(RepoPath(bytes: Array(root.utf8) + here.bytes).terminated, &found) == 0 else {
                if errno == ENOENT || errno == ENOTDIR { return nil }
                throw Disk.failure("look at", root + here.text)
            }
            if found.st_mode & S_IFMT == S_IFDIR { continue }
            // A tracked file that gives way to a folder is one of the changes.
            if here == path || !changed.contains(here) { return here }
        }
        return nil
    }
}
