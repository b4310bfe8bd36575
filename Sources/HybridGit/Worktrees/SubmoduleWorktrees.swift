internal import CLibgit2
internal import HybridBase

/// Worktrees of submodules that lie in a worktree: linked ones of the main checkout's own submodule repositories.
extension Repository {
    /// What the worktree of a submodule is called, for one that lies in the worktree with this registration.
    ///
    /// No job has a dot in its name, so that it is never taken for a worker's.
    package static func submoduleRegistration(in name: String) -> String { name + submoduleMark }

    /// The registration of the worktree in which the worktree of a submodule lies; nil where it is none of these.
    package static func holder(ofSubmodule registration: String) -> String? {
        registration.rest(before: submoduleMark).map(String.init)
    }

    private static let submoduleMark = ".sub"

    /// The worktrees of submodules that belong to the worktree with this registration, each with its repository.
    package func submoduleWorktrees(
        in name: String
    ) throws(GitError) -> [(module: Repository, registration: String)] {
        let registration = Self.submoduleRegistration(in: name)
        var found: [(module: Repository, registration: String)] = []
        for directory in try submoduleDirectories()
        where try Disk.find("\(directory)/worktrees/\(registration)") != nil {
            found.append((try Repository(gitDirectory: directory), registration))
        }
        return found
    }

    /// Points refs at all that was made in the submodules of a worktree and that no branch or tag holds: commits, and
    /// where `work` says so what is not committed.
    ///
    /// Gives the refs, each below ``keptInSubmodules`` in the submodule's git directory. What no commit can hold throws
    /// `uncommitted`.
    @discardableResult
    package func keepSubmodules(
        of name: String, work: Bool
    ) throws(GitError) -> [(directory: String, ref: String)] {
        var kept: [(directory: String, ref: String)] = []
        for (module, registration) in try submoduleWorktrees(in: name) {
            var refs: [String] = []
            if work, let id = try module.uncommitted(in: registration) {
                refs += try module.keep([id], registration)
            }
            refs += try module.keep(module.headIDs(of: registration), registration)
            for ref in refs { kept.append((module.commonDirectory, ref)) }
        }
        return kept
    }

    /// Where refs lie that keep what was made in worktrees of submodules.
    package static let keptInSubmodules = "refs/hybrid/kept/"

    /// Every commit that the HEAD of a worktree named.
    private func headIDs(of registration: String) throws(GitError) -> [ObjectID] {
        var ids: [ObjectID] = []
        for entry in try headReflog(worktree: registration) { ids += [entry.old, entry.new] }
        if let head = try self.registration(registration)?.head { ids.append(head) }
        // What is the youngest reaches most of the others.
        return ids.reversed()
    }

    private func keep(_ ids: [ObjectID], _ registration: String) throws(GitError) -> [String] {
        var kept: [String] = []
        var seen: Set<ObjectID> = [.zero]
        for id in ids where seen.insert(id).inserted {
            guard try hasCommit(id), try !isNamed(id) else { continue }
            let name = "\(Self.keptInSubmodules)\(registration)/\(id.description.prefix(12))"
            let ref = try RefName(name)
            if try self.id(of: ref) == nil { try createReference(ref, at: id, message: "hybrid: kept") }
            kept.append(name)
        }
        return kept
    }

    /// Whether a branch, a tag or another ref holds a commit.
    private func isNamed(_ id: ObjectID) throws(GitError) -> Bool {
        var tips: [ObjectID] = []
        for (_, tip) in try references(prefix: "refs/") where try hasCommit(tip) { tips.append(tip) }
        if tips.contains(id) { return true }
        return try commits(from: id, excluding: tips).isEmpty
    }

    /// A commit of what is not committed in a worktree; nil where there is nothing, or no worktree any more.
    private func uncommitted(in registration: String) throws(GitError) -> ObjectID? {
        guard let place = try self.registration(registration), !place.isUnfinished, !place.isPrunable else {
            return nil
        }
        let there = try Repository(at: place.path)
        guard let head = try there.headCommit() else { return nil }
        let (tree, left) = try there.keptTree()
        if let first = left.first {
            throw GitError(
                .uncommitted, operation: "keep submodule", subject: place.path,
                reason: "\(first.path?.description ?? "a file") is in no commit: \(first.reason)")
        }
        let commit = try there.commit(head)
        if commit.tree == tree { return nil }
        return try there.createCommit(
            tree: tree, parents: [head], message: "Uncommitted work in \(place.path)",
            author: commit.author, committer: commit.committer)
    }

    /// Throws `uncommitted` where a submodule of a worktree holds what is not committed.
    func refuseUncommittedSubmodules(_ name: String) throws(GitError) {
        for (module, registration) in try submoduleWorktrees(in: name) {
            guard let place = try module.registration(registration), !place.isUnfinished, !place.isPrunable,
                try !Repository(at: place.path).isClean()
            else { continue }
            throw GitError(
                .uncommitted, operation: "remove worktree", subject: name,
                reason: "the submodule at \(place.path) holds what is not committed")
        }
    }

    /// Drops what the repositories of submodules know of their worktrees in a worktree that goes; commits are kept.
    func dropSubmodules(of name: String) throws(GitError) {
        for (module, registration) in try submoduleWorktrees(in: name) {
            _ = try module.keep(module.headIDs(of: registration), registration)
            try module.dropRegistration(module.registrations + registration + "/")
        }
    }

    /// Registrations of submodules' worktrees whose worktree is registered no more, and the git directories they lie in.
    package func forgottenSubmodules() throws(GitError) -> [(directory: String, registration: String)] {
        var found: [(directory: String, registration: String)] = []
        for directory in try submoduleDirectories() {
            for name in try Disk.names(in: directory + "/worktrees").sorted() {
                guard let holder = Self.holder(ofSubmodule: name),
                    try Disk.find(registrations + holder) == nil
                else { continue }
                found.append((directory, name))
            }
        }
        return found
    }

    /// Drops what submodules know of worktrees in a worktree that is gone; commits are kept, folders stay.
    package func dropForgottenSubmodules(of holder: String) throws(GitError) {
        try dropSubmodules(of: holder)
    }
}

extension Repository {
    /// Throws `uncommitted` where a submodule in a worktree is a repository of its own, as `git submodule update` makes
    /// it there, and holds commits that neither its remote nor the main checkout's submodule has.
    func refuseLoneSubmodules(_ name: String, _ path: String) throws(GitError) {
        // The index of a large worktree is not read for nothing.
        let signs = [path + "/.gitmodules", commonDirectory + "modules", "\(registrations)\(name)/modules"]
        var isLikely = false
        for sign in signs where try Disk.find(sign) != nil { isLikely = true }
        if !isLikely { return }
        let there = try Repository(at: path)
        for module in try there.gitlinks() where try Disk.find("\(path)/\(module)/.git") != nil {
            let inside = try Repository(at: "\(path)/\(module)")
            if inside.commonDirectory.beginsWithBytes(of: commonDirectory + "modules/") { continue }
            let main = try mainWorktree()?.path
            var other: Repository?
            if let main, try Disk.find("\(main)/\(module)/.git") != nil {
                other = try Repository(at: "\(main)/\(module)")
            }
            guard let lone = try inside.lone(besides: other) else { continue }
            var error = GitError(
                .uncommitted, operation: "remove worktree", subject: name,
                reason: "commit \(lone.short) in its submodule \(module) is nowhere else")
            error.next =
                "git -C \(ShellWord.bare("\(main ?? ".")/\(module)")) fetch \(ShellWord.bare("\(path)/\(module)")) "
                + "\(lone):refs/heads/\(name)"
            throw error
        }
    }

    /// The paths of the submodules that the index has.
    private func gitlinks() throws(GitError) -> [String] {
        let index = try readIndex()
        defer { git_index_free(index) }
        return (0..<git_index_entrycount(index)).compactMap { position in
            guard let entry = git_index_get_byindex(index, position)?.pointee, entry.held.kind == .gitlink
            else { return nil }
            return String(cString: entry.path)
        }
    }

    /// A commit of HEAD's log or a branch that no remote and not the other repository has; nil where there is none.
    private func lone(besides other: Repository?) throws(GitError) -> ObjectID? {
        var ids: [ObjectID] = try references(prefix: "refs/heads/").map(\.id)
        if let head = try headCommit() { ids.append(head) }
        for entry in try Self.reflog(inFile: gitDirectory + "logs/HEAD") { ids.append(entry.new) }
        var tips: [ObjectID] = []
        for (_, tip) in try references(prefix: "refs/remotes/") where try hasCommit(tip) { tips.append(tip) }
        for id in ids where id != .zero && !tips.contains(id) {
            guard try hasCommit(id) else { continue }
            if let other, try other.hasCommit(id) { continue }
            if try !commits(from: id, excluding: tips).isEmpty { return id }
        }
        return nil
    }
}
