internal import CLibgit2
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One path that differs between HEAD, the index and the working tree.
public struct StatusEntry: Hashable, Sendable {
    /// How a path differs.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case added, modified, deleted, renamed, typeChanged, untracked, conflicted
    }

    /// The path; that of a repository inside the working tree ends with `/`.
    public var path: RepoPath
    /// How the working tree differs from HEAD; where only the index does, how the index differs.
    public var kind: Kind
    /// Whether the index differs from HEAD at this path.
    public var staged: Bool

    /// Makes a value.
    public init(path: RepoPath, kind: Kind, staged: Bool) {
        self.path = path
        self.kind = kind
        self.staged = staged
    }
}

extension Repository {
    /// What differs from HEAD here, sorted by path: one entry a path, untracked files singly, ignored ones not.
    ///
    /// Renames are not looked for: they come as a deletion and an addition. Paths marked skip-worktree or
    /// assume-unchanged count as unchanged, as in git; `filesStatus()` looks below the marks. Throws `bare` without a
    /// working tree. Time grows with the number of files.
    public func status() throws(GitError) -> [StatusEntry] {
        try changes().map(\.entry)
    }

    /// The same by what the files hold, whatever marks and settings would have git not look at them.
    package func filesStatus() throws(GitError) -> [StatusEntry] {
        try changes(belowMarks: true).map(\.entry)
    }

    /// The files that differ from HEAD unseen by git: marked skip-worktree or assume-unchanged.
    package func hiddenChanges() throws(GitError) -> [RepoPath] {
        // An index that is read there has no marks.
        if try RawIndex(gitDirectory + "index") != nil { return [] }
        return try changes(belowMarks: true).filter(\.isHidden).map(\.entry.path)
    }

    /// The same, of these files and of what lies in these folders.
    public func status(of paths: [RepoPath]) throws(GitError) -> [StatusEntry] {
        paths.isEmpty ? [] : try changes(paths).map(\.entry)
    }

    /// How many bytes the files of the index take in a working tree, as git noted it.
    package func indexedSize() throws(GitError) -> UInt64 {
        let index = try readIndex()
        defer { git_index_free(index) }
        return (0..<git_index_entrycount(index)).reduce(into: 0) { size, position in
            size += UInt64(git_index_get_byindex(index, position)?.pointee.file_size ?? 0)
        }
    }

    /// Whether nothing differs from HEAD: no change, no conflict, no untracked file, none that git would not look at.
    public func isClean() throws(GitError) -> Bool { try changes(belowMarks: true).isEmpty }

    /// The same, with what lies there although git ignores it, as ``ignoredEntries()`` gives it.
    package func cleanness() throws(GitError) -> (isClean: Bool, ignored: [RepoPath]) {
        var ignored: [RepoPath] = []
        let isClean = try changes(belowMarks: true) { ignored.append($0) }.isEmpty
        return (isClean, ignored.sorted())
    }

    /// One status entry with what a commit of it needs.
    struct Change {
        var entry: StatusEntry
        /// Whether the working tree differs from the index; otherwise the index's own entry is the new content.
        var inWorkingTree: Bool
        /// The index's entry; nil when the index has none.
        var index: TreeEntry?
        /// Whether a mark in the index keeps git from seeing it.
        var isHidden = false
    }

    /// The status, in the order of paths' bytes; with `paths`, only that of these files and folders.
    ///
    /// With `belowMarks`, by what the files hold, whatever would have git not look at them. `ignored` hears the ignored
    /// files, and the ignored folders without what lies in them.
    func changes(
        _ paths: [RepoPath]? = nil, belowMarks: Bool = false, ignored: (RepoPath) -> Void = { _ in }
    ) throws(GitError) -> [Change] {
        let scanned = try paths == nil ? WorktreeScan.candidates(of: self) : nil
        if scanned?.isEmpty == true { return [] }
        let index = try readIndex()
        defer { git_index_free(index) }
        let marks = try belowMarks ? lifted(from: index) : nil
        var changes: [Change] = []
        try eachStatus(paths ?? scanned, lookedAt: scanned != nil) { (entry, path) throws(GitError) in
            if let change = try change(entry, index, marks) {
                changes.append(change)
            } else if entry.status.rawValue & GIT_STATUS_IGNORED.rawValue != 0 {
                ignored(path)
            }
        }
        return try withoutConverted(changes).sorted { $0.entry.path < $1.entry.path }
    }

    /// Without the files that hold what git stores of them, once it converts them; libgit2 cannot.
    ///
    /// Git is asked in one call, and only where attributes give one of them a filter that may run.
    private func withoutConverted(_ changes: [Change]) throws(GitError) -> [Change] {
        guard let filters = Self.fileFilters, let root = workingDirectory else { return changes }
        let rules = CleanRules(self)
        var own: [(path: RepoPath, index: TreeEntry)] = []
        for change in changes
        where change.inWorkingTree && !change.entry.staged && change.entry.kind == .modified {
            guard let index = change.index, index.isRegularFile,
                // What may not run leaves the file as one that differs.
                (try? rules.attribute(of: change.entry.path)) != nil
            else { continue }
            own.append((change.entry.path, index))
        }
        // A filter that fails says nothing: the file counts as changed, as for git.
        guard !own.isEmpty,
            let ids = try? filters.stored(
                own.map(\.path), in: root, keeps: false, rules.filterDrivers())
        else { return changes }
        let kinds = try FileKinds(of: self)
        var same: Set<RepoPath> = []
        for (file, id) in zip(own, ids) where id == file.index.id {
            let found = try Disk.find(root + file.path.text)
            if let found, kinds.kind(of: found, file.index) == file.index.kind { same.insert(file.path) }
        }
        return changes.filter { !same.contains($0.entry.path) }
    }

    /// Visits what libgit2 finds of all paths, or of these files and folders, ignored files included.
    ///
    /// `lookedAt`: nothing but what lies in these folders can hold it up.
    func eachStatus(
        _ paths: [RepoPath]?, lookedAt: Bool = false,
        _ body: (git_status_entry, RepoPath) throws(GitError) -> Void
    ) throws(GitError) {
        try prepareIndex()
        let index = try heldIndex()
        defer { git_index_free(index) }
        try lookAtRules(index, below: lookedAt ? paths : nil)
        var options = git_status_options()
        try check(
            git_status_options_init(&options, UInt32(GIT_STATUS_OPTIONS_VERSION)), "read status", gitDirectory
        )
        options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR
        options.flags =
            GIT_STATUS_OPT_INCLUDE_UNTRACKED.rawValue | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS.rawValue
            | GIT_STATUS_OPT_DISABLE_PATHSPEC_MATCH.rawValue | GIT_STATUS_OPT_INCLUDE_UNREADABLE.rawValue
            | GIT_STATUS_OPT_SORT_CASE_SENSITIVELY.rawValue | GIT_STATUS_OPT_INCLUDE_IGNORED.rawValue
            // The index as it was just read: marks may have been lifted from it.
            | GIT_STATUS_OPT_NO_REFRESH.rawValue
        var names = (paths ?? []).map { path in strdup(path.terminated) }
        defer { names.forEach { free($0) } }
        var list: OpaquePointer?
        let handle = try handle
        let status = names.withUnsafeMutableBufferPointer {
            options.pathspec = git_strarray(strings: $0.baseAddress, count: $0.count)
            return git_status_list_new(&list, handle, &options)
        }
        try check(status, "read status", workingDirectory ?? gitDirectory)
        defer { git_status_list_free(list) }
        for position in 0..<git_status_list_entrycount(list) {
            guard let entry = git_status_byindex(list, position)?.pointee,
                let delta = entry.index_to_workdir ?? entry.head_to_index
            else { continue }
            let raw = delta.pointee.new_file.path ?? delta.pointee.old_file.path!
            try body(entry, RepoPath(bytes: UnsafeRawBufferPointer(start: raw, count: strlen(raw))))
        }
    }

    private func change(
        _ status: git_status_entry, _ index: OpaquePointer, _ marks: Marks?
    ) throws(GitError) -> Change? {
        let delta = status.index_to_workdir ?? status.head_to_index
        guard let delta else { return nil }
        let raw = delta.pointee.new_file.path ?? delta.pointee.old_file.path!
        let path = RepoPath(
            bytes: UnsafeRawBufferPointer(start: raw, count: strlen(raw)))
        var flags = status.status.rawValue
        if status.head_to_index?.pointee.holdsTheSame == true { flags &= ~Self.stagedFlags }
        if flags == 0 { return nil }
        if flags & GIT_STATUS_IGNORED.rawValue != 0 { return try nested(path) }
        let staged = flags & Self.stagedFlags != 0
        var entry: TreeEntry?
        var isHidden = false
        if let found = git_index_get_bypath(index, raw, 0)?.pointee {
            entry = found.held
            let mark = marks?.mark(of: raw, in: index) ?? .none
            isHidden = mark != .none
            if found.isTrusted || mark == .absent && flags & GIT_STATUS_WT_DELETED.rawValue != 0 {
                guard staged else { return nil }
                return Change(
                    entry: StatusEntry(path: path, kind: Self.kind(staged: flags), staged: true),
                    inWorkingTree: false, index: entry)
            }
        }
        let kind: StatusEntry.Kind
        let has = { (bit: git_status_t) in flags & bit.rawValue != 0 }
        switch true {
        case has(GIT_STATUS_CONFLICTED): kind = .conflicted
        case has(GIT_STATUS_WT_DELETED): kind = .deleted
        case has(GIT_STATUS_WT_NEW), has(GIT_STATUS_WT_UNREADABLE): kind = .untracked
        case has(GIT_STATUS_INDEX_NEW): kind = .added
        case has(GIT_STATUS_WT_TYPECHANGE): kind = .typeChanged
        case has(GIT_STATUS_WT_RENAMED): kind = .renamed
        case has(GIT_STATUS_WT_MODIFIED): kind = .modified
        default: kind = Self.kind(staged: flags)
        }
        return Change(
            entry: StatusEntry(path: path, kind: kind, staged: staged),
            inWorkingTree: status.index_to_workdir != nil, index: entry, isHidden: isHidden)
    }

    private static let stagedFlags =
        GIT_STATUS_INDEX_NEW.rawValue | GIT_STATUS_INDEX_MODIFIED.rawValue | GIT_STATUS_INDEX_DELETED.rawValue
        | GIT_STATUS_INDEX_RENAMED.rawValue | GIT_STATUS_INDEX_TYPECHANGE.rawValue

    /// libgit2 calls a repository inside the working tree ignored; for git it is untracked work.
    func nested(_ path: RepoPath) throws(GitError) -> Change? {
        let folder = path.asFolder
        let inside = Array((workingDirectory ?? "").utf8) + folder.bytes + Array("/.git".utf8)
        guard access(RepoPath(bytes: inside).terminated, F_OK) == 0 else { return nil }
        var ignored: Int32 = 0
        let status = git_ignore_path_is_ignored(
            &ignored, try handle, folder.asRepository.terminated)
        if status == 0, ignored == 1 { return nil }
        return Change(
            entry: StatusEntry(path: folder.asRepository, kind: .untracked, staged: false),
            inWorkingTree: true, index: nil)
    }

    private static func kind(staged flags: UInt32) -> StatusEntry.Kind {
        if flags & GIT_STATUS_INDEX_NEW.rawValue != 0 { return .added }
        if flags & GIT_STATUS_INDEX_DELETED.rawValue != 0 { return .deleted }
        if flags & GIT_STATUS_INDEX_TYPECHANGE.rawValue != 0 { return .typeChanged }
        if flags & GIT_STATUS_INDEX_RENAMED.rawValue != 0 { return .renamed }
        return .modified
    }

    /// The index as it is on the disk, changes in memory dropped.
    ///
    /// The caller frees it.
    func readIndex() throws(GitError) -> OpaquePointer {
        guard workingDirectory != nil else {
            throw GitError(
                .bare, operation: "read status", subject: gitDirectory, reason: "it has no working tree")
        }
        try Disk.refuseEndless(gitDirectory + "index")
        if hasPlainIndex, try usePlainIndex() { return try heldIndex() }
        do throws(GitError) {
            return try rereadIndex()
        } catch {
            guard try usePlainIndex() else { throw error }
            return try heldIndex()
        }
    }

    private func rereadIndex() throws(GitError) -> OpaquePointer {
        let index = try heldIndex()
        let status = git_index_read(index, 1)
        if status < 0 { git_index_free(index) }
        try check(status, "read the index of", gitDirectory)
        return index
    }

    /// Sees to it that libgit2 has an index that it can read, before it is asked what looks into one.
    func prepareIndex() throws(GitError) {
        guard workingDirectory != nil else { return }
        do throws(GitError) {
            git_index_free(try heldIndex())
        } catch {
            guard try usePlainIndex() else { throw error }
        }
    }

    /// The index that libgit2 holds, read when it is asked for the first time.
    private func heldIndex() throws(GitError) -> OpaquePointer {
        var index: OpaquePointer?
        try check(git_repository_index(&index, handle), "read the index of", gitDirectory)
        return index!
    }
}

extension git_diff_delta {
    /// Whether both sides are one thing to git, whatever way their modes are written.
    fileprivate var holdsTheSame: Bool {
        status == GIT_DELTA_MODIFIED && ObjectID(old_file.id) == ObjectID(new_file.id)
            && EntryKind(mode: UInt32(old_file.mode)) == EntryKind(mode: UInt32(new_file.mode))
    }
}

extension git_index_entry {
    /// What the index holds here.
    var held: TreeEntry { TreeEntry(kind: EntryKind(mode: mode), id: ObjectID(id)) }

    /// Whether git takes the path as unchanged whatever lies in the working tree, even nothing.
    var isTrusted: Bool {
        UInt32(flags_extended) & GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue != 0
            || UInt32(flags) & GIT_INDEX_ENTRY_VALID.rawValue != 0
    }
}
