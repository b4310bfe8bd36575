internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Repository {
    /// The tree that `git add -A` would make of what lies here now, were no file marked as one not to look at.
    ///
    /// Writes objects, and nothing else: branch and index stay, and an operation under way does not matter. Throws
    /// `unsupported` for conflicts, a filter that fails or may not run, a repository inside the working tree, and what git
    /// cannot store. What only git can convert is stored by it, in one call.
    public func snapshotTree() throws(GitError) -> ObjectID { try snapshotTree { _ in false } }

    /// The same without the new files that are left out: they are not even read.
    ///
    /// Many new objects become one pack where `keeping` says for whom it is kept until a ref names the tree. `ignored`
    /// hears what git ignores there, as ``ignoredEntries()`` gives it.
    package func snapshotTree(
        keeping: PackKeeping? = nil, leavingOut isOut: (RepoPath) -> Bool,
        ignored: (RepoPath) -> Void = { _ in }
    ) throws(GitError) -> ObjectID {
        let changes = try changes(belowMarks: true, ignored: ignored).filter { !Self.isOut($0, isOut) }
        return changes.isEmpty ? try headTree() : try collect(changes, keeping, nil)
    }

    /// The same of all that a tree can hold, with what it cannot hold: a repository of its own, a pipe, a file whose
    /// filter fails.
    ///
    /// For work that is to be kept, not committed: files with conflicts are taken as they lie there.
    package func keptTree(
        keeping: PackKeeping? = nil, leavingOut isOut: (RepoPath) -> Bool = { _ in false }
    ) throws(GitError) -> (tree: ObjectID, left: [UncheckedPath]) {
        var left: [UncheckedPath] = []
        let tree = try collect(changes(belowMarks: true).filter { !Self.isOut($0, isOut) }, keeping) {
            left.append(UncheckedPath(path: $0, reason: $1))
        }
        return (tree, left)
    }

    /// Whether a change is a file that no commit holds, and that is left out.
    private static func isOut(_ change: Change, _ isOut: (RepoPath) -> Bool) -> Bool {
        (change.index == nil || change.entry.kind == .added) && isOut(change.entry.path)
    }

    private func headTree() throws(GitError) -> ObjectID {
        try headCommit().map { id throws(GitError) in try commit(id).tree } ?? Repository.emptyTree
    }
}

extension Repository {
    /// HEAD's tree with the changed files, converted as git converts them; all of it is written.
    ///
    /// `leave` hears what cannot be taken, and why; without it, that is thrown.
    private func collect(
        _ changes: [Change], _ keeping: PackKeeping?, _ leave: ((RepoPath, String) -> Void)?
    ) throws(GitError) -> ObjectID {
        let folders = try FoldersBelow(at: workingDirectory ?? "")
        let rules = CleanRules(self)
        let reading = Reading(
            folders: folders, kinds: try FileKinds(of: self), rules: rules,
            content: try StoredContent(self, folders, rules, keeping: keeping))
        var files: [RepoPath: TreeEntry?] = [:]
        var own: [(path: RepoPath, kind: EntryKind)] = []
        // Refused before anything is written.
        for change in changes {
            if change.entry.kind == .conflicted, leave == nil {
                throw refusal("\(change.entry.path) has conflicts that are not resolved")
            }
            if change.entry.path.isRepository, try !isLinkedWorktree(change.entry.path) {
                guard let leave else {
                    throw refusal(
                        "\(change.entry.path) is a repository of its own: move it out of the worktree")
                }
                leave(change.entry.path, "a repository of its own")
            }
        }
        // A worktree of this repository that stands in here keeps its own work.
        for change in changes where !change.entry.path.isRepository {
            let path = change.entry.path
            guard change.inWorkingTree || change.entry.kind == .conflicted else {
                files[path] = .some(change.index)
                continue
            }
            do throws(GitError) {
                switch try entry(of: change, reading) {
                case .stored(let entry): files[path] = .some(entry)
                case .gits(let kind): own.append((path, kind))
                }
            } catch {
                guard let leave, error.code == .unsupported || error.code == .notAFile else { throw error }
                leave(path, error.reason)
            }
        }
        try store(own, rules.filterDrivers, leave) { files[$0] = .some($1) }
        return try reading.content.edit(headTree(), files)
    }

    /// What reads the files of a worktree.
    private struct Reading {
        var folders: FoldersBelow
        var kinds: FileKinds
        var rules: CleanRules
        var content: StoredContent
    }

    /// How a changed path comes into a tree.
    private enum Kept {
        case stored(TreeEntry?)
        /// Git has to convert it.
        case gits(EntryKind)
    }

    /// Has git store files that only it can convert; singly where one fails and the others are to be kept.
    private func store(
        _ own: [(path: RepoPath, kind: EntryKind)], _ drivers: () throws(GitError) -> FilterDrivers,
        _ leave: ((RepoPath, String) -> Void)?, _ keep: (RepoPath, TreeEntry) -> Void
    ) throws(GitError) {
        guard !own.isEmpty, let filters = Self.fileFilters, let root = workingDirectory else { return }
        let allowed = try drivers()
        do throws(GitError) {
            let ids = try filters.stored(own.map(\.path), in: root, keeps: true, allowed)
            for (file, id) in zip(own, ids) { keep(file.path, TreeEntry(kind: file.kind, id: id)) }
        } catch {
            guard let leave, error.code == .unsupported else { throw error }
            if own.count == 1 {
                leave(own[0].path, error.reason)
                return
            }
            for file in own { try store([file], drivers, leave, keep) }
        }
    }

    private func entry(of change: Change, _ reading: Reading) throws(GitError) -> Kept {
        let path = change.entry.path
        guard change.entry.kind == .deleted else { return try store(path, change.index, reading) }
        // A pipe or socket in the place of a file hides it from the status; a link in the place of its folder does not.
        let place = try? reading.folders.place(of: path)
        if place != nil, let found = try reading.folders.find(path),
            ![S_IFREG, S_IFLNK, S_IFDIR].contains(found.st_mode & S_IFMT)
        {
            throw refusal("\(path) is neither a file nor a symlink")
        }
        return .stored(nil)
    }

    private func isLinkedWorktree(_ path: RepoPath) throws(GitError) -> Bool {
        let place = (workingDirectory ?? "") + path.asFolder.text
        // A repository of its own has a folder there.
        guard let found = try Disk.find(place + "/.git"), found.st_mode & S_IFMT == S_IFREG,
            let link = try Disk.text(place + "/.git"), link.hasPrefix("gitdir: "),
            let target = target(link.dropFirst(8), from: place), let real = Disk.real(target),
            let all = Disk.real(registrations)
        else { return false }
        return real.hasPrefix(all + "/")
    }

    private func store(
        _ path: RepoPath, _ index: TreeEntry?, _ reading: Reading
    ) throws(GitError) -> Kept {
        guard let found = try reading.folders.find(path) else { return .stored(nil) }
        guard let kind = reading.kinds.kind(of: found, index) else {
            throw refusal(
                Disk.isFolder(found)
                    ? "\(path) is a folder that git does not look into: move it away or ignore it"
                    : "\(path) is neither a file nor a symlink")
        }
        if kind == .gitlink { return .stored(try submodule(path)) }
        if kind.isFile, try reading.rules.attribute(of: path) != nil { return .gits(kind) }
        return .stored(
            TreeEntry(kind: kind, id: try reading.content.store(path, as: kind, index: index)))
    }

    /// The commit that a submodule has checked out, as `git add` takes it.
    private func submodule(_ path: RepoPath) throws(GitError) -> TreeEntry? {
        let inside = try Repository(at: (workingDirectory ?? "") + path.text)
        guard let head = try inside.headCommit() else {
            throw refusal("\(path) is a submodule without a commit")
        }
        return TreeEntry(kind: .gitlink, id: head)
    }

    private func refusal(_ reason: String) -> GitError {
        GitError(.unsupported, operation: "commit", subject: workingDirectory ?? gitDirectory, reason: reason)
    }
}

/// As what git stores the files of a worktree, by its settings `core.fileMode` and `core.symlinks`.
struct FileKinds {
    /// Whether the executable bit counts.
    let modes: Bool
    /// Whether the disk has symlinks; where not, a link stands as a file that holds its target.
    let links: Bool

    init(of repository: Repository) throws(GitError) {
        modes = try repository.setting("core.fileMode", in: repository.handle, default: true)
        links = try repository.setting("core.symlinks", in: repository.handle, default: true)
    }

    /// What `git add` makes of what lies at a path; nil for what it cannot store, such as a pipe.
    ///
    /// `index` is what the index holds there.
    func kind(of found: stat, _ index: TreeEntry?) -> EntryKind? {
        switch found.st_mode & S_IFMT {
        case S_IFLNK: return .symlink
        case S_IFREG:
            if !links, index?.kind == .symlink { return .symlink }
            let runs = modes ? found.st_mode & 0o100 != 0 : index?.kind == .executable
            return runs ? .executable : .file
        case S_IFDIR where index?.kind == .gitlink: return .gitlink
        default: return nil
        }
    }
}
