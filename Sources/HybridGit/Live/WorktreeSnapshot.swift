#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One path of a worktree that differs from HEAD: as the index has it, and as it lies there.
public struct UncommittedFile: Codable, Hashable, Sendable {
    private var name: String
    private var stagedEntry: String?
    private var workEntry: String?
    /// Whether merging left it open.
    public private(set) var isConflicted: Bool
    /// Why its content is not known; such a file is told from another by its stamp alone.
    public private(set) var unread: String?
    /// Its size, mode and times; nil where nothing lies there.
    fileprivate var stamp: FileStamp?

    /// The path; that of a repository inside the worktree ends with `/`.
    public var path: RepoPath { WorktreeSnapshot.path(name) }
    /// What the index has; nil: nothing.
    public var staged: TreeEntry? { Self.entry(stagedEntry) }
    /// What lies there, as git would store it; nil: nothing, or it is not known.
    public var work: TreeEntry? { Self.entry(workEntry) }
    /// Whether anything lies there.
    public var isThere: Bool { workEntry != nil || unread != nil }
    /// When its content was last written, or its entry changed where `entry` asks for that, in seconds since 1970.
    public func changed(entry: Bool) -> Double? {
        stamp.map { Double(entry ? $0.changed : $0.modified) / 1e9 }
    }

    fileprivate init(_ change: Repository.Change, _ file: LiveFile?, unread: String?, stamp: FileStamp?) {
        name = WorktreeSnapshot.name(change.entry.path)
        stagedEntry = change.index.map(Self.text)
        workEntry = file?.entry.map(Self.text)
        isConflicted = change.entry.kind == .conflicted
        self.unread = unread
        self.stamp = stamp
    }

    /// Whether both hold the same, as far as that is known.
    package func holdsSame(as other: UncommittedFile) -> Bool {
        guard unread == nil, other.unread == nil else {
            return unread == other.unread && stamp?.size == other.stamp?.size
                && stamp?.modified == other.stamp?.modified
        }
        return workEntry == other.workEntry
    }

    private static func text(_ entry: TreeEntry) -> String { "\(entry.kind.octal) \(entry.id)" }

    private static func entry(_ text: String?) -> TreeEntry? {
        guard let words = text?.split(separator: " "), words.count == 2,
            let mode = UInt32(words[0], radix: 8), let id = ObjectID(hex: String(words[1]))
        else { return nil }
        return TreeEntry(kind: EntryKind(mode: mode), id: id)
    }

    fileprivate func known(_ read: Int64) -> LiveFile? {
        guard unread == nil, let stamp else { return nil }
        return LiveFile(entry: work, bytes: nil, stamp: stamp, read: read)
    }
}

/// What a worktree holds at one moment beside its commit, to be held against what it holds later.
public struct WorktreeSnapshot: Codable, Hashable, Sendable {
    /// The branch that is checked out; nil where HEAD is detached.
    public private(set) var branch: String?
    /// The commit that is checked out (hex); nil on a branch without one.
    public private(set) var head: String?
    /// The paths that differ from HEAD, untracked ones included and ignored ones not, by path.
    public private(set) var files: [UncommittedFile]
    /// What tells whether an ignored file is the same, by its path's bytes as Latin-1.
    private var ignored: [String: String]
    /// Ignored folders that hold too much to be looked at.
    private var skipped: [String]
    private var read: Int64

    /// How many ignored files are looked at in one worktree, and in one ignored folder.
    public static let ignoredLimit = 2_000, ignoredFolderLimit = 1_000
    /// The largest file that is read, in bytes.
    public static let largestFile = 64 << 20
    /// How many files of one worktree are read, and how many bytes; the rest is told by size and time.
    public static let readLimit = 20_000, readBytes = 256 << 20

    /// The commit that is checked out.
    public var headCommit: ObjectID? { head.flatMap { ObjectID(hex: $0) } }

    /// A worktree that holds its commit and nothing else.
    public static func clean(branch: String, head: ObjectID) -> WorktreeSnapshot {
        WorktreeSnapshot(
            branch: branch, head: head.description, files: [], ignored: [:], skipped: [], read: 0)
    }

    /// Looks at a worktree, without writing anything; gives the contents that were read, too, by id.
    ///
    /// Files that are as `known` has them are not read again. What lies in one of the `excluded` folders, absolute
    /// and without links, is left out. Throws where the worktree cannot be looked at.
    public static func take(
        _ path: String, known: WorktreeSnapshot? = nil, excluding excluded: [String] = []
    ) throws(GitError) -> (snapshot: WorktreeSnapshot, contents: [ObjectID: [UInt8]]) {
        let repository = try Repository(at: path)
        let root = repository.workingDirectory ?? path + "/"
        let now = FileStamp.now()
        var ignored: [RepoPath] = []
        let head = try repository.headCommit()
        let branch = try repository.currentBranch()
        let changes = try repository.changes(belowMarks: true) { ignored.append($0) }
        let folder = try Disk.openFolder(root)
        defer { close(folder) }
        let reader = try LiveReader(repository, folder: folder, largest: largestFile)
        let before = Dictionary(known?.files.map { ($0.path, $0) } ?? []) { one, _ in one }
        func isExcluded(_ path: RepoPath) -> Bool {
            let whole = root + path.text
            let bare = whole.hasSuffix("/") ? String(whole.dropLast()) : whole
            return excluded.contains { bare == $0 || bare.hasPrefix($0 + "/") }
        }
        var contents: [ObjectID: [UInt8]] = [:]
        var files: [UncommittedFile] = []
        var (count, bytes) = (0, 0)
        // What git tracks goes first where there is too much to read.
        for change in changes.filter({ $0.index != nil }) + changes.filter({ $0.index == nil })
        where !isExcluded(change.entry.path) {
            let path = change.entry.path
            var plain = change
            if change.entry.kind == .conflicted { plain.entry.kind = .modified }
            count += 1
            bytes += path.isRepository ? 0 : FileStamp.of(root + path.text)?.size ?? 0
            do throws(Unchecked) {
                if count > readLimit || bytes > readBytes {
                    throw Unchecked(
                        "more than \(readLimit) files or \(readBytes >> 20) MiB lie there uncommitted")
                }
                let file = try reader.read(plain, known: before[path]?.known(known?.read ?? 0))
                if let entry = file.entry, let bytes = file.bytes { contents[entry.id] = bytes }
                files.append(
                    UncommittedFile(change, file, unread: nil, stamp: file.stamp ?? .of(root + path.text)))
            } catch {
                // A repository of its own, or a folder, changes without meaning anything.
                let stamp = path.isRepository ? nil : FileStamp.of(root + path.text)
                files.append(UncommittedFile(change, nil, unread: error.reason, stamp: stamp))
            }
        }
        var taken = WorktreeSnapshot(
            branch: branch?.text, head: head?.description, files: files, ignored: [:], skipped: [], read: now)
        for path in ignored where !isExcluded(path) { taken.addIgnored(root, path, isExcluded) }
        return (taken, contents)
    }

    private mutating func addIgnored(_ root: String, _ path: RepoPath, _ isExcluded: (RepoPath) -> Bool) {
        let limit = min(Self.ignoredFolderLimit, Self.ignoredLimit - ignored.count)
        var found: [String: String] = [:]
        var waiting = [path]
        while let next = waiting.popLast() {
            let bare = next.asFolder
            guard let stamp = FileStamp.of(root + bare.text), !isExcluded(bare) else { continue }
            if stamp.mode & S_IFMT == S_IFDIR {
                guard let names = try? Disk.names(in: root + bare.text) else { continue }
                waiting += names.map { bare.appending($0.utf8) }
            } else {
                found[Self.name(bare)] = "\(stamp.size) \(stamp.modified) \(stamp.mode)"
            }
            if found.count + waiting.count > limit {
                skipped.append(Self.name(path))
                return
            }
        }
        ignored.merge(found) { $1 }
    }

    /// The ignored files that are not as `other`, a later look, has them; those in folders that held too much in
    /// one of the two are left out.
    package func ignoredChanges(to other: WorktreeSnapshot) -> [RepoPath] {
        let out = (skipped + other.skipped).map { $0.hasSuffix("/") ? $0 : $0 + "/" }
        return Set(ignored.keys).union(other.ignored.keys).filter { name in
            ignored[name] != other.ignored[name] && !out.contains { name.hasPrefix($0) }
        }.map(Self.path).sorted()
    }

    /// The ignored folders that were not looked at.
    public var ignoredLeftOut: [RepoPath] { skipped.map(Self.path).sorted() }

    fileprivate static func name(_ path: RepoPath) -> String {
        String(String.UnicodeScalarView(path.bytes.map { Unicode.Scalar($0) }))
    }

    fileprivate static func path(_ name: String) -> RepoPath {
        RepoPath(bytes: name.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    }
}
