internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A worktree that is to be made.
public struct NewWorktree: Hashable, Sendable {
    /// The registration's name, a folder below `.git/worktrees`.
    public var name: String
    /// Where it will lie; nothing may be there.
    public var path: String
    /// The branch that is checked out; nil for none, HEAD detached.
    public var branch: BranchName?
    /// The folder of one that is gone, of which it is made where that can be; else that stays where it is.
    package var spare: SpareFolder?

    /// Makes a value.
    public init(name: String, path: String, branch: BranchName? = nil) {
        self.name = name
        self.path = path
        self.branch = branch
    }
}

extension Repository {
    /// Adds a worktree at `path`, which must not exist, with an existing branch that no other worktree has.
    ///
    /// As ``addWorktrees(_:at:)`` does at the branch's commit.
    public func addWorktree(name: String, path: String, branch: BranchName) throws(GitError) {
        guard let tip = try id(of: branch.ref) else { throw missing(branch, name) }
        try addWorktrees([NewWorktree(name: name, path: path, branch: branch)], at: tip)
    }

    /// Adds a worktree at `path`, which must not exist, with HEAD detached at a commit.
    ///
    /// No branch is made.
    ///
    /// Otherwise as ``addWorktrees(_:at:)``.
    public func addDetachedWorktree(name: String, path: String, at commit: ObjectID) throws(GitError) {
        try addWorktrees([NewWorktree(name: name, path: path)], at: commit)
    }

    /// Adds worktrees of one commit, all of them or none, sparse where the main worktree is: each object is read once, and all cores write.
    ///
    /// A branch has to be there, at this commit, and checked out nowhere. Missing folders above the paths are made. The
    /// registrations are durable before the first file is written; a failure takes everything away again. Configuration
    /// is not touched. What only git can convert is written by it, once a worktree. Throws `exists` for a name or path in use, `notFound` without the branch, `changed` where it is
    /// at another commit, `checkoutConflict` when it is checked out elsewhere, `noSpace` before anything is written
    /// where the disk has too little room, `invalidName`. Grows with the size of the tree.
    public func addWorktrees(_ wanted: [NewWorktree], at commit: ObjectID) throws(GitError) {
        _ = try makeWorktrees(wanted, at: commit)
    }

    /// The same; gives what has to be known of their folders to use them again, nil where they cannot be.
    package func makeWorktrees(
        _ wanted: [NewWorktree], at commit: ObjectID
    ) throws(GitError) -> String? {
        for new in wanted {
            try checkName(new.name)
            guard let branch = new.branch else { continue }
            guard let tip = try id(of: branch.ref) else { throw missing(branch, new.name) }
            guard tip == commit else {
                throw GitError(
                    .changed, operation: "add worktree", subject: new.name,
                    reason: "branch \(branch) is at \(tip) by now")
            }
            if let other = try worktree(checkedOut: branch) { throw taken(branch, other, new.name) }
        }
        let checkout = try FreshCheckout(of: commit, in: self, registration: wanted.first?.name)
        let spares = try wanted.map { (new) throws(GitError) in
            if let spare = new.spare { try checkout.reuse(spare) } else { nil as SpareFiles? }
        }
        var begun: [Begun] = []
        do throws(GitError) {
            let places = try wanted.map { (new) throws(GitError) in try freePlace(new.path) }
            try checkout.refuseFullDisk(zip(places, spares).filter { $0.1 == nil }.map(\.0))
            for (index, new) in wanted.enumerated() {
                try begin(new, places[index], spares[index]?.folder, at: commit, &begun)
                try checkout.sparse?.write(to: begun[index].admin)
            }
            try checkout.fill(
                zip(begun, spares).map { FreshPlace(root: $0.place ?? "", admin: $0.admin, spare: $1) })
            for (new, made) in zip(wanted, begun) where unlink(made.admin + "locked") != 0 {
                throw Disk.failure("finish worktree", new.name)
            }
        } catch {
            throw undo(error, begun)
        }
        return checkout.rules
    }

    /// What an add has made so far.
    private struct Begun {
        var place: String?
        var admin: String
    }

    private func begin(
        _ new: NewWorktree, _ place: String, _ spare: String?, at commit: ObjectID, _ begun: inout [Begun]
    ) throws(GitError) {
        let admin = try register(new.name)
        begun.append(Begun(place: nil, admin: admin))
        // Registered as unfinished: one that is cut short from here on is taken away, and never used.
        if let spare {
            if rename(spare, place) != 0 { throw Disk.failure("use again", spare) }
        } else {
            try Disk.makeFolder(place)
        }
        begun[begun.count - 1].place = place
        try Disk.write("gitdir: \(admin.dropLast())\n", to: place + "/.git")
        try Disk.write("../..\n", to: admin + "commondir")
        try Disk.write("\(place)/.git\n", to: admin + "gitdir")
        try Disk.write(new.branch.map { "ref: \($0.ref.text)\n" } ?? "\(commit)\n", to: admin + "HEAD")
        try Disk.syncFolder(admin)
        try Disk.syncFolder(registrations)
        // Two adds of one branch at once both come here; each then sees the other.
        if let branch = new.branch, let other = try rival(of: new.name, branch) {
            throw taken(branch, other, new.name)
        }
    }

    private func missing(_ branch: BranchName, _ name: String) -> GitError {
        GitError(.notFound, operation: "add worktree", subject: name, reason: "there is no branch \(branch)")
    }

    /// Takes away what a failed add made, and says so when that fails too.
    private func undo(_ error: GitError, _ begun: [Begun]) -> GitError {
        var error = error
        for made in begun.reversed() {
            do throws(GitError) {
                if let place = made.place { try Disk.removeTree(place) }
                try dropRegistration(made.admin)
            } catch let second {
                error.reason += "; then \(second)"
            }
        }
        return error
    }

    /// The reason of the lock that git gives a worktree until all of it is there.
    static var unfinished: String { "initializing" }

    /// Reserves the name: the folder is put here and by nobody else, locked as git does it until all is there.
    ///
    /// It comes with its lock: git worktree prune, which git gc runs, takes a registration away at once that says nothing.
    private func register(_ name: String) throws(GitError) -> String {
        let admin = registrations + name + "/"
        let draft = commonDirectory + Self.draftPrefix + "\(name).\(getpid())/"
        try Disk.removeTree(String(draft.dropLast()))
        try Disk.makeFolder(draft)
        do throws(GitError) {
            try Disk.write(Self.unfinished + "\n", to: draft + "locked")
            var attempts = 0
            while true {
                // The folder above goes away with its last entry: another removal may do that in between.
                try Disk.makeFolders(String(registrations.dropLast()))
                if try Disk.find(admin) != nil {
                    throw GitError(
                        .exists, operation: "add worktree", subject: name, reason: "the name is in use")
                }
                if rename(draft, admin) == 0 { return admin }
                attempts += 1
                // In the second case the next look finds it.
                if ![ENOENT, ENOTEMPTY, EEXIST].contains(errno) || attempts == 5 {
                    throw Disk.failure("make folder", admin)
                }
            }
        } catch {
            throw undo(error, [Begun(place: nil, admin: draft)])
        }
    }

    /// The absolute path without links, its folder made; throws `exists` when anything is there.
    private func freePlace(_ path: String) throws(GitError) -> String {
        let path = path.withoutFinalSlashes
        let last = String(path.pathName)
        guard !last.isEmpty, last != ".", last != "..", !path.utf8.contains(10), !path.utf8.contains(0),
            last.last?.isWhitespace == false
        else {
            throw GitError(
                .invalidName, operation: "add worktree", subject: RepoPath(path).description,
                reason: "not a usable folder name")
        }
        if try Disk.find(path) != nil {
            throw GitError(
                .exists, operation: "add worktree", subject: path, reason: "the path is already there")
        }
        let parent = path.pathFolder.map(String.init) ?? "."
        try Disk.makeFolders(parent)
        guard let real = Disk.real(parent) else { throw Disk.failure("find folder", parent) }
        return real == "/" ? "/" + last : real + "/" + last
    }

    private func rival(of name: String, _ branch: BranchName) throws(GitError) -> Worktree? {
        for other in try Disk.names(in: registrations) where other != name {
            if try uses(branch, registrations + other + "/"), let found = try registration(other) {
                return found
            }
        }
        return nil
    }

    private func taken(_ branch: BranchName, _ other: Worktree, _ name: String) -> GitError {
        GitError(
            .checkoutConflict, operation: "add worktree", subject: name,
            reason: "branch \(branch) is already checked out at \(other.path)")
    }
}
