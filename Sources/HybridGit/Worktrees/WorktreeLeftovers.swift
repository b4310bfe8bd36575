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

    /// How the folders begin, beside the registrations, in which one is made ready.
    static let draftPrefix = "hybrid-worktree-"

    /// Where a worktree's folder goes for as long as its removal takes: beside it, under a name nobody else uses.
    static func asideForRemoval(_ path: String) -> String {
        guard let slash = path.lastSlash else { return ".\(path).removing" }
        return path[...slash] + ".\(path[path.index(after: slash)...]).removing"
    }
}
