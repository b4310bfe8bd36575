internal import CLibgit2
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One working tree of a repository, as its registration describes it.
public struct Worktree: Hashable, Sendable {
    /// The registration's name, a folder below `.git/worktrees`; empty for the main worktree.
    public var name: String
    /// The root of the working tree, without a final `/`.
    public var path: String
    /// The branch that is checked out; nil when HEAD is detached.
    public var branch: BranchName?
    /// The commit that is checked out; nil when the branch has none yet or cannot be read.
    public var head: ObjectID?
    /// Whether `git worktree lock` protects it.
    public var isLocked: Bool
    /// Whether it is being made at this moment, or was when a process was killed: its files are not all there.
    public var isUnfinished: Bool
    /// Whether the folder is gone and nothing protects the registration: git may drop it at any time.
    public var isPrunable: Bool
    /// Whether this is the main worktree.
    public var isMain: Bool

    /// Makes a value.
    public init(
        name: String, path: String, branch: BranchName?, head: ObjectID?, isLocked: Bool = false,
        isUnfinished: Bool = false, isPrunable: Bool = false, isMain: Bool = false
    ) {
        self.name = name
        self.path = path
        self.branch = branch
        self.head = head
        self.isLocked = isLocked
        self.isUnfinished = isUnfinished
        self.isPrunable = isPrunable
        self.isMain = isMain
    }
}

extension Repository {
    /// The linked worktrees, by name.
    ///
    /// Reads registrations only, so those whose folder is gone are listed too.
    ///
    /// Time grows with the number of worktrees. Entries below `.git/worktrees` that git would not list are left out.
    public func worktrees() throws(GitError) -> [Worktree] {
        var found: [Worktree] = []
        for name in try Disk.names(in: registrations).sorted() {
            if let worktree = try registration(name) { found.append(worktree) }
        }
        return found
    }

    /// The main worktree, also when this handle was opened in a linked one; nil for a bare repository.
    public func mainWorktree() throws(GitError) -> Worktree? {
        guard let path = try mainPath() else { return nil }
        let checkedOut = try checkedOut(in: commonDirectory)
        return Worktree(name: "", path: path, branch: checkedOut.branch, head: checkedOut.head, isMain: true)
    }

    /// The worktree that has this branch checked out, or rebases or bisects it; the main one comes first.
    public func worktree(checkedOut branch: BranchName) throws(GitError) -> Worktree? {
        if try uses(branch, commonDirectory), let main = try mainWorktree() { return main }
        for name in try Disk.names(in: registrations).sorted()
        where try uses(branch, registrations + name + "/") {
            if let worktree = try registration(name) { return worktree }
        }
        return nil
    }

    /// Removes a worktree's folder, ignored files included, and its registration.
    ///
    /// Unless forced, throws `uncommitted` when it holds changes or untracked files or an operation but bisecting is under way,
    /// and `locked` when it is locked. Links in it are removed, never followed. Throws `notFound` without the
    /// registration, and `changed` when the folder is no longer this worktree's: forced or not, it then stays. The
    /// folder goes at once, under another name beside it, so that a removal cut short is never taken for work that
    /// somebody deleted; ``clearUnfinishedWorktrees(prefix:place:)`` and a second call finish it.
    ///
    /// A large one is moved into the folder `later`, where one is given, which `deleteRemoved(in:)` then empties:
    /// that takes seconds, and nobody has to wait for it.
    ///
    /// What was made in submodules is kept at refs of theirs; of a worktree in which nobody works, `isForWork` false,
    /// only the commits.
    public func removeWorktree(
        name: String, force: Bool, later: String? = nil, isForWork: Bool = true
    ) throws(GitError) {
        try removeWorktree(name: name, force: force, later: later, isForWork: isForWork, spare: nil)
    }

    /// The same; the folder is moved to `spare`, without its `.git`, where one is given: a later one is made of it.
    ///
    /// `isKnownClean`: somebody just saw that nothing is uncommitted there.
    package func removeWorktree(
        name: String, force: Bool, later: String?, isForWork: Bool, spare: String?, isKnownClean: Bool = false
    ) throws(GitError) {
        let admin = try existing(name, "remove worktree")
        if !force, let reason = try Disk.text(admin + "locked") {
            throw GitError(
                .locked, operation: "remove worktree", subject: name,
                reason: reason.isEmpty ? "it is locked" : "it is locked: \(reason)")
        }
        if let path = try folder(of: admin), let found = try Disk.find(path) {
            guard Disk.isFolder(found) else { throw notOurs(name, path) }
            if let link = try Disk.find(path + "/.git") {
                guard link.st_mode & S_IFMT == S_IFREG, let link = try Disk.text(path + "/.git"),
                    link.hasPrefix("gitdir: "),
                    let target = target(link.dropFirst(8), from: path),
                    let linked = Disk.real(target), linked == Disk.real(admin)
                else { throw notOurs(name, path) }
                if !force { try refuseUncommitted(name, path, isKnownClean) }
                if isForWork { try refuseLoneSubmodules(name, path) }
                try keepSubmodules(of: name, work: isForWork)
                let aside = Self.asideForRemoval(path)
                try Disk.removeTree(aside)
                let isLarge = try IndexForm.count(of: admin + "index") >= Self.manyFiles
                if rename(path, aside) != 0 { throw Disk.failure("remove worktree", path) }
                if let spare {
                    try dropRegistration(admin)
                    if unlink(aside + "/.git") == 0, rename(aside, spare) == 0 { return }
                    try Disk.removeTree(aside)
                    return
                }
                if let later, isLarge {
                    // The registration first: without its folder it would look like work that somebody deleted.
                    try dropRegistration(admin)
                    try Self.moveAway(aside, to: later)
                    return
                }
                try Disk.removeTree(aside)
            } else if rmdir(path) != 0 {
                // Without `.git` only an empty folder can be what an interrupted add or removal left.
                throw notOurs(name, path)
            }
        } else if let path = try folder(of: admin) {
            try Disk.removeTree(Self.asideForRemoval(path))
        }
        try dropRegistration(admin)
    }

    /// Gives a worktree's folder up to its user: moves it to `path`, which must not exist, and drops the registration.
    ///
    /// The files stay as they are; the folder is no worktree any more.
    package func releaseWorktree(name: String, to path: String) throws(GitError) {
        let admin = try existing(name, "release worktree")
        guard let place = try folder(of: admin), try Disk.find(path) == nil else {
            throw GitError(
                .exists, operation: "release worktree", subject: name, reason: "\(path) is there already")
        }
        if rename(place, path) != 0 { throw Disk.failure("move", place) }
        // Only the link goes: what else may lie there is not this worktree's.
        if let link = try Disk.find(path + "/.git"), !Disk.isFolder(link), unlink(path + "/.git") != 0 {
            throw Disk.failure("remove", path + "/.git")
        }
        try dropRegistration(admin)
    }

    /// Locks a worktree against pruning and removal; throws `locked` when it is locked already.
    public func lockWorktree(name: String, reason: String) throws(GitError) {
        let admin = try existing(name, "lock worktree")
        do throws(GitError) {
            try Disk.write(reason.isEmpty ? "" : reason + "\n", to: admin + "locked")
        } catch  where error.code == .exists {
            throw GitError(.locked, operation: "lock worktree", subject: name, reason: "it is locked already")
        }
    }

    /// Unlocks a worktree; one that is not locked is fine.
    public func unlockWorktree(name: String) throws(GitError) {
        let lock = try existing(name, "unlock worktree") + "locked"
        if unlink(lock) != 0 && errno != ENOENT { throw Disk.failure("unlock worktree", name) }
    }

    /// Drops the registration of a worktree whose folder is gone; no folder is touched.
    ///
    /// Throws `exists` when the folder is still there, `locked` when the worktree is locked.
    public func pruneWorktree(name: String) throws(GitError) {
        let admin = try existing(name, "prune worktree")
        if try Disk.find(admin + "locked") != nil {
            throw GitError(.locked, operation: "prune worktree", subject: name, reason: "it is locked")
        }
        if let path = try folder(of: admin), try Disk.find(path + "/.git") != nil {
            throw GitError(
                .exists, operation: "prune worktree", subject: name, reason: "its folder \(path) is there")
        }
        try dropRegistration(admin)
    }
}

extension Repository {
    func checkName(_ name: String) throws(GitError) {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95: true
            default: false
            }
        }
        // The name becomes part of refs such as worktrees/NAME/HEAD.
        var valid: Int32 = 0
        try Library.started()
        let status = git_reference_name_is_valid(&valid, "refs/worktrees/\(name)/x")
        guard allowed, !name.isEmpty, !name.hasPrefix("-"), !name.hasSuffix("."), status == 0, valid == 1
        else {
            throw GitError(
                .invalidName, operation: "add worktree", subject: name,
                reason:
                    "the name may hold letters, digits, '.', '_' and '-' only, and must make a valid ref name"
            )
        }
    }

    func notOurs(_ name: String, _ path: String) -> GitError {
        GitError(
            .changed, operation: "remove worktree", subject: name,
            reason:
                "\(path) is no longer this worktree: look at it, move it away, then run git worktree prune")
    }

    private func refuseUncommitted(
        _ name: String, _ path: String, _ isKnownClean: Bool
    ) throws(GitError) {
        let inside = try Repository(at: path)
        if let operation = inside.operationHoldingWork() {
            throw GitError(
                .uncommitted, operation: "remove worktree", subject: name,
                reason: "a \(operation) is in progress there")
        }
        try refuseUncommittedSubmodules(name)
        let changes = isKnownClean ? [] : try inside.filesStatus()
        guard let first = changes.first else { return }
        let more = changes.count > 1 ? " and \(changes.count - 1) more" : ""
        throw GitError(
            .uncommitted, operation: "remove worktree", subject: name,
            reason: "\(first.path)\(more) not committed")
    }

    private func existing(_ name: String, _ operation: String) throws(GitError) -> String {
        try checkName(name)
        let admin = registrations + name + "/"
        guard let found = try Disk.find(registrations + name), Disk.isFolder(found) else {
            throw GitError(
                .notFound, operation: operation, subject: name, reason: "no worktree has this name")
        }
        return admin
    }

    func dropRegistration(_ admin: String) throws(GitError) {
        try dropSubmodules(of: String(admin.dropLast().pathName))
        // git gc writes below it while it goes, such as locks of its logs.
        try Patience.wait(.removal) { () throws(GitError) in try Disk.removeTree(String(admin.dropLast())) }
        // As git does: the folder goes with its last entry.
        if rmdir(registrations) != 0 && errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT {
            throw Disk.failure("remove", registrations)
        }
    }
}

// MARK: - Reading registrations

extension Repository {
    func registration(_ name: String) throws(GitError) -> Worktree? {
        let admin = registrations + name + "/"
        guard let path = try folder(of: admin), try Disk.find(admin + "HEAD") != nil else { return nil }
        let checkedOut = try checkedOut(in: admin)
        let locked = try Disk.find(admin + "locked") != nil
        let lock = try locked ? Self.known(admin + "locked") : nil
        let gone = try Disk.find(path + "/.git") == nil
        return Worktree(
            name: name, path: path, branch: checkedOut.branch, head: checkedOut.head, isLocked: locked,
            isUnfinished: lock == Self.unfinished, isPrunable: gone && !locked)
    }

    /// The working tree that a registration names; nil when it names none.
    func folder(of admin: String) throws(GitError) -> String? {
        guard let text = try Disk.text(admin + "gitdir"), !text.isEmpty else { return nil }
        guard let link = target(text[...], from: String(admin.dropLast())) else { return nil }
        return link.rest(before: "/.git").map(String.init) ?? link
    }

    /// Resolves a path that git may have written relative to a folder (`worktree.useRelativePaths`).
    func target(_ text: Substring, from folder: String) -> String? {
        if text.beginsWithBytes(of: "/") { return String(text) }
        guard let slash = text.lastSlash else { return folder + "/" + text }
        // The folder of a worktree may be gone: only its parts that exist can be resolved.
        let parent = folder + "/" + text[..<slash]
        return (Disk.real(parent) ?? parent) + text[slash...]
    }

    /// A small file's text; nil also for a pipe in its place, which must not hide all other worktrees.
    ///
    /// Whoever opens the worktree is told of it.
    private static func known(_ path: String) throws(GitError) -> String? {
        do throws(GitError) {
            return try Disk.text(path)
        } catch {
            guard error.code == .notAFile else { throw error }
            return nil
        }
    }

    private func checkedOut(in admin: String) throws(GitError) -> (branch: BranchName?, head: ObjectID?) {
        guard let text = try Self.known(admin + "HEAD") else { return (nil, nil) }
        guard let name = text.rest(behind: "ref: ") else { return (nil, ObjectID(hex: text)) }
        do throws(GitError) {
            let ref = try RefName(String(name))
            do throws(GitError) {
                return (ref.branch, try id(of: ref))
            } catch {
                // One unreadable branch must not hide all other worktrees: it shows as one without a commit.
                return (ref.branch, nil)
            }
        } catch {
            return (nil, nil)
        }
    }

    /// Whether the worktree with this git directory holds a branch: checked out, rebased or bisected.
    func uses(_ branch: BranchName, _ admin: String) throws(GitError) -> Bool {
        let ref = branch.ref.text
        if try Self.known(admin + "HEAD") == "ref: " + ref { return true }
        if try Self.known(admin + "rebase-merge/head-name") == ref { return true }
        if try Self.known(admin + "rebase-apply/head-name") == ref { return true }
        return try Self.known(admin + "BISECT_START") == branch.text
    }

    private func mainPath() throws(GitError) -> String? {
        if git_repository_is_worktree(try handle) == 0 {
            return workingDirectory.map { $0.count > 1 ? String($0.dropLast()) : $0 }
        }
        let main = try Repository(at: commonDirectory)
        return main.workingDirectory.map { $0.count > 1 ? String($0.dropLast()) : $0 }
    }
}
