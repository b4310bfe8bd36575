// timespec comes with whichever C module is built first.
internal import CLibgit2
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// Finishes what adds and removals of worktrees left that were cut short, for names that begin with `prefix`.
    ///
    /// An add that never came to its end goes away, half-written files included: nobody can have worked there. A
    /// removal that had begun is finished. `place` gives the folder that a name's worktree has, for registrations
    /// that did not come to say it. Gives the names. Only for names that no other process adds or removes at the
    /// same time. Throws `changed` for a folder that is not that worktree's; it stays.
    public func clearUnfinishedWorktrees(
        prefix: String, place: (String) -> String
    ) throws(GitError) -> [String] {
        for name in try Disk.names(in: commonDirectory) where name.hasPrefix(Self.draftPrefix + prefix) {
            try Disk.removeTree(commonDirectory + name)
        }
        var cleared: [String] = []
        for name in try Disk.names(in: registrations).sorted() where name.hasPrefix(prefix) {
            let admin = registrations + name + "/"
            let path = try folder(of: admin) ?? place(name)
            if let whole = try registration(name), !whole.isUnfinished {
                let aside = Self.asideForRemoval(whole.path)
                guard try Disk.find(aside) != nil, try Disk.find(whole.path) == nil else { continue }
                try Disk.removeTree(aside)
            } else if let found = try Disk.find(path) {
                guard Disk.isFolder(found) else { throw notOurs(name, path) }
                if let link = try Disk.text(path + "/.git") {
                    // The registration's own name is enough: what it says may not have been written yet.
                    guard link.isEmpty || link.hasSuffix("/worktrees/" + name) else {
                        throw notOurs(name, path)
                    }
                    // Only an add that says of itself that it is unfinished: somebody may have emptied the registration.
                    guard try Disk.text(admin + "locked") == Self.unfinished else {
                        throw notOurs(name, path)
                    }
                    try Disk.removeTree(path)
                } else if rmdir(path) != 0 {
                    throw notOurs(name, path)
                }
            } else {
                try Disk.removeTree(Self.asideForRemoval(path))
            }
            try dropRegistration(admin)
            cleared.append(name)
        }
        return cleared
    }

    /// From so many files on, a worktree takes longer to delete than it takes to start a program.
    static var manyFiles: Int { 2000 }

    /// A free place in the folder for what is deleted later, which is made where it is missing.
    static func placeForRemoval(in later: String) throws(GitError) -> String {
        try Disk.makeFolders(later)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return "\(later)/\(getpid()).\(now.tv_sec).\(now.tv_nsec)"
    }

    /// Moves a removed worktree's folder to where it is deleted later; at once where it cannot lie there.
    package static func moveAway(_ aside: String, to later: String) throws(GitError) {
        let place = try placeForRemoval(in: later)
        // Another disk, for example.
        if rename(aside, place) != 0 { try Disk.removeTree(aside) }
    }

    /// Takes up removals in a folder of worktrees that were cut short when their registrations were gone already.
    ///
    /// Only for a folder in which no other process removes any at the same time.
    package func finishRemovals(in folder: String, later: String) throws(GitError) {
        for name in try Disk.names(in: folder) where name.hasPrefix(".") && name.hasSuffix(Self.removing) {
            let path = "\(folder)/\(name.dropFirst().dropLast(Self.removing.count))"
            // As long as it is registered, its registration says what to do.
            if try worktrees().contains(where: { $0.path == path }) { continue }
            try Self.moveAway(folder + "/" + name, to: later)
        }
    }

    /// Deletes what ``removeWorktree(name:force:later:)`` moved into a folder, then the folder; links are not followed.
    ///
    /// One process at a time does it: another returns at once.
    package static func deleteRemoved(in later: String) throws(GitError) {
        guard let lock = try lockRemoved(later) else { return }
        defer { close(lock) }
        // What comes meanwhile is deleted, too.
        while true {
            let names = try Disk.names(in: later)
            for name in names { try Disk.removeTree(later + "/" + name) }
            if rmdir(later) == 0 || errno == ENOENT { return }
            if errno != ENOTEMPTY && errno != EEXIST { throw Disk.failure("remove", later) }
        }
    }

    /// Whether folders wait in `later` that nobody is deleting.
    package static func hasForgottenRemovals(in later: String) throws(GitError) -> Bool {
        guard try !Disk.names(in: later).isEmpty, let lock = try lockRemoved(later) else { return false }
        close(lock)
        return true
    }

    /// The folder, open and locked; nil where it is not there, or another process has it.
    private static func lockRemoved(_ later: String) throws(GitError) -> Int32? {
        guard try Disk.find(later) != nil else { return nil }
        let folder = try Disk.openFolder(later)
        if flock(folder, LOCK_EX | LOCK_NB) == 0 { return folder }
        let reason = errno
        close(folder)
        errno = reason
        if errno != EWOULDBLOCK { throw Disk.failure("lock", later) }
        return nil
    }

    /// How the folders begin, beside the registrations, in which one is made ready.
    static let draftPrefix = "hybrid-worktree-"

    /// Where a worktree's folder goes for as long as its removal takes: beside it, under a name nobody else uses.
    static func asideForRemoval(_ path: String) -> String {
        guard let slash = path.lastSlash else { return ".\(path)\(removing)" }
        return path[...slash] + ".\(path[path.index(after: slash)...])\(removing)"
    }

    private static let removing = ".removing"
}
