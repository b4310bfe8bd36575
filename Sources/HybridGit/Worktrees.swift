internal import CLibgit2

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A working tree of the repository.
public struct Worktree: Hashable, Sendable {
    /// The name it is registered under; empty for the main worktree.
    public var name: String
    /// Its folder, without a final `/`.
    public var path: String
    /// The branch that is checked out; nil when detached.
    public var branch: BranchName?
    /// Whether it is locked against removal.
    public var isLocked: Bool
    /// Whether its folder is gone.
    public var isPrunable: Bool
}

extension Repository {
    /// The linked worktrees, vanished ones included.
    public func worktrees() throws(GitError) -> [Worktree] {
        var names = git_strarray()
        try check(git_worktree_list(&names, handle), "list worktrees", commonDirectory)
        defer { git_strarray_dispose(&names) }
        var found: [Worktree] = []
        for index in 0..<names.count {
            guard let raw = names.strings[index] else { continue }
            let name = String(cString: raw)
            let admin = commonDirectory + "worktrees/" + name
            guard let gitdir = text(admin + "/gitdir") else { continue }
            let path = gitdir.hasSuffix("/.git") ? String(gitdir.dropLast(5)) : gitdir
            found.append(
                Worktree(
                    name: name, path: path, branch: try branch(atHead: admin + "/HEAD"),
                    isLocked: FileManager.default.fileExists(atPath: admin + "/locked"),
                    isPrunable: !FileManager.default.fileExists(atPath: gitdir)))
        }
        return found
    }

    /// The main worktree, wherever this handle was opened; nil for a bare repository.
    public func mainWorktree() throws(GitError) -> Worktree? {
        let main = try Repository(at: commonDirectory)
        guard !main.isBare, let path = main.workingDirectory else { return nil }
        return Worktree(
            name: "", path: path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path,
            branch: try branch(atHead: commonDirectory + "HEAD"), isLocked: false, isPrunable: false)
    }

    /// The worktree that has a branch checked out; nil when none has.
    public func worktree(checkedOut branch: BranchName) throws(GitError) -> Worktree? {
        if let main = try mainWorktree(), main.branch == branch { return main }
        return try worktrees().first { $0.branch == branch && !$0.isPrunable }
    }

    /// Makes a worktree on a branch that exists and is free, in a folder that is not there yet.
    public func addWorktree(name: String, path: String, branch: BranchName) throws(GitError) {
        if let other = try worktree(checkedOut: branch) {
            throw GitError(
                .exists, operation: "add worktree", subject: path,
                reason: "branch \(branch) is checked out in \(other.path)")
        }
        guard let id = try id(of: branch.ref) else {
            throw GitError(
                .notFound, operation: "add worktree", subject: path, reason: "there is no branch \(branch)")
        }
        try add(name: name, path: path, head: "ref: \(branch.ref)\n", at: id)
    }

    /// Makes a worktree with a detached HEAD, in a folder that is not there yet.
    public func addDetachedWorktree(name: String, path: String, at commit: ObjectID) throws(GitError) {
        try add(name: name, path: path, head: "\(commit)\n", at: commit)
    }

    /// Registers and fills a worktree.
    ///
    /// The few files of the registration are written here: `git_worktree_add` always wants a branch of its own
    /// and takes no detached HEAD. The format is git's (gitrepository-layout).
    private func add(name: String, path: String, head: String, at commit: ObjectID) throws(GitError) {
        let safe = name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45
                || $0 == 95
        }
        guard safe, !name.isEmpty else {
            throw GitError(
                .invalidName, operation: "add worktree", subject: name, reason: "not a safe worktree name")
        }
        let admin = commonDirectory + "worktrees/" + name
        for place in [admin, path] where (try? FileManager.default.attributesOfItem(atPath: place)) != nil {
            throw GitError(.exists, operation: "add worktree", subject: place, reason: "it is there already")
        }
        do {
            try FileManager.default.createDirectory(atPath: admin, withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try store(head, at: admin + "/HEAD")
            try store(path + "/.git\n", at: admin + "/gitdir")
            try store("../..\n", at: admin + "/commondir")
            try store("gitdir: \(admin)\n", at: path + "/.git")
        } catch {
            throw GitError(.other, operation: "add worktree", subject: path, reason: Self.words(error))
        }
        let there = try Repository(at: path)
        try there.checkoutFresh(commit)
    }

    /// Fills an empty worktree.
    ///
    /// Never forced: what is in the way is an error, not overwritten.
    private func checkoutFresh(_ commit: ObjectID) throws(GitError) {
        var object: OpaquePointer?
        var oid = commit.oid
        try check(
            git_object_lookup(&object, handle, &oid, GIT_OBJECT_COMMIT), "read commit", commit.description)
        defer { git_object_free(object) }
        var options = git_checkout_options()
        try check(
            git_checkout_options_init(&options, UInt32(GIT_CHECKOUT_OPTIONS_VERSION)), "check out",
            commit.description)
        options.checkout_strategy =
            GIT_CHECKOUT_SAFE.rawValue | GIT_CHECKOUT_RECREATE_MISSING.rawValue
        try check(git_checkout_tree(handle, object, &options), "check out", workingDirectory ?? "")
    }

    /// Removes a worktree: its folder and its registration, branches untouched.
    ///
    /// Without `force`, throws `uncommitted` when it holds changes that are not committed, or is locked.
    public func removeWorktree(name: String, force: Bool) throws(GitError) {
        guard let worktree = try worktrees().first(where: { $0.name == name }) else { return }
        if !worktree.isPrunable, !force {
            let clean = try Repository(at: worktree.path).isClean()
            guard clean, !worktree.isLocked else {
                throw GitError(
                    .uncommitted, operation: "remove worktree", subject: worktree.path,
                    reason: worktree.isLocked ? "it is locked" : "it has uncommitted changes")
            }
        }
        do {
            try Self.removeAll(worktree.path)
            try Self.removeAll(commonDirectory + "worktrees/" + name)
        } catch {
            throw GitError(
                .other, operation: "remove worktree", subject: worktree.path, reason: Self.words(error))
        }
    }

    /// Locks a worktree against pruning and removal.
    public func lockWorktree(name: String, reason: String) throws(GitError) {
        do {
            try store(reason + "\n", at: commonDirectory + "worktrees/" + name + "/locked")
        } catch {
            throw GitError(.other, operation: "lock worktree", subject: name, reason: Self.words(error))
        }
    }

    /// Takes a worktree's lock away; one that is not locked is fine.
    public func unlockWorktree(name: String) throws(GitError) {
        let path = commonDirectory + "worktrees/" + name + "/locked"
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw GitError(.other, operation: "unlock worktree", subject: name, reason: Self.words(error))
        }
    }

    /// Drops the registration of a worktree whose folder is gone; throws when the folder is there or it is locked.
    public func pruneWorktree(name: String) throws(GitError) {
        guard let worktree = try worktrees().first(where: { $0.name == name }) else { return }
        guard worktree.isPrunable, !worktree.isLocked else {
            throw GitError(
                .other, operation: "prune worktree", subject: worktree.path,
                reason: worktree.isLocked ? "it is locked" : "its folder is still there")
        }
        do {
            try Self.removeAll(commonDirectory + "worktrees/" + name)
        } catch {
            throw GitError(.other, operation: "prune worktree", subject: name, reason: Self.words(error))
        }
    }

    // MARK: Files

    private func branch(atHead path: String) throws(GitError) -> BranchName? {
        guard let head = text(path), head.hasPrefix("ref: ") else { return nil }
        return try RefName(String(head.dropFirst(5))).branch
    }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map {
            var text = String(decoding: $0, as: UTF8.self)
            while text.last?.isNewline == true { text.removeLast() }
            return text
        }
    }

    private func store(_ text: String, at path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    /// Removes a tree of files; symbolic links are removed, never followed.
    private static func removeAll(_ path: String) throws {
        guard (try? FileManager.default.attributesOfItem(atPath: path)) != nil else { return }
        try FileManager.default.removeItem(atPath: path)
    }

    private static func words(_ error: any Error) -> String {
        (error as? CocoaError).flatMap { $0.underlying.map { "\($0)" } } ?? "\(error)"
    }
}
