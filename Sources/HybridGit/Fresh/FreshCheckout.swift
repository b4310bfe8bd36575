internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The checkout of a commit into worktrees that are new: what it takes is known before anything is written.
struct FreshCheckout {
    private let commit: ObjectID
    private let repository: Repository
    private let registration: String?
    /// Nil where the tree holds anything unusual, which libgit2 writes.
    private let writer: FreshWriter?
    private let tree: FreshTree?
    /// How the new worktrees are sparse; nil where they have all files.
    let sparse: SparseCheckout?

    /// Reads a commit's trees and attributes; throws where one cannot be read.
    ///
    /// `registration` names one of the worktrees.
    init(of commit: ObjectID, in repository: Repository, registration: String?) throws(GitError) {
        self.registration = registration
        self.commit = commit
        self.repository = repository
        sparse = try SparseCheckout(of: repository)
        let store = try ObjectStore(repository, treeBytes: 1 << 20)
        guard
            let tree = try FreshTree(
                of: repository.commit(commit).tree, in: store, registration: registration,
                sparse: sparse?.rules)
        else {
            writer = nil
            self.tree = nil
            return
        }
        self.tree = tree
        writer = FreshWriter(tree, StoreCrew(store, work: tree.files.count, size: FreshWriter.fewest))
    }

    /// What decides how its files are written; nil where no folder of it can be used again.
    var rules: String? { tree?.hasSubmodules == false ? tree?.rules : nil }

    /// What of a folder can stay as it is for this checkout; nil where nothing can.
    func reuse(_ folder: SpareFolder) throws(GitError) -> SpareFiles? {
        guard let tree, folder.rules == rules else { return nil }
        return try SpareFiles(folder, tree)
    }

    /// Throws `noSpace` where the disks below `places` have no room for a worktree at each.
    func refuseFullDisk(_ places: [String]) throws(GitError) {
        guard let writer else { return }
        var needs: [(disk: statvfs, place: String, count: Int)] = []
        for place in places {
            var facts = statvfs()
            let folder = place.pathFolder.map(String.init) ?? "/"
            guard statvfs(folder, &facts) == 0 else { throw Disk.failure("look at the disk of", place) }
            // Some file systems do not tell their size.
            if facts.f_blocks == 0 || facts.f_frsize == 0 { continue }
            if let known = needs.firstIndex(where: { $0.disk.f_fsid == facts.f_fsid }) {
                needs[known].count += 1
            } else {
                needs.append((facts, place, 1))
            }
        }
        for (disk, place, count) in needs {
            let (free, size) = (
                Int(disk.f_bavail) * Int(disk.f_frsize), try writer.size(block: Int(disk.f_frsize))
            )
            if size * count <= free { continue }
            let what = count == 1 ? "the worktree takes" : "\(count) worktrees take"
            throw GitError(
                .noSpace, operation: "add worktree", subject: place,
                reason: "\(what) \(size * count >> 20) MB, and the disk has \(free >> 20) MB free")
        }
    }

    /// Writes files and index into each worktree, which is registered and empty but for its `.git`.
    func fill(_ places: [FreshPlace]) throws(GitError) {
        if let writer {
            try writer.write(to: places)
        } else {
            for place in places {
                try Repository(at: place.root).fillFreshWorktree(with: commit, registration: registration)
            }
        }
    }
}
