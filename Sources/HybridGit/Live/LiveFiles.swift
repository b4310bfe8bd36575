#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One changed path of a worktree, as a tree would hold it.
struct LiveFile: Sendable {
    /// What the tree gets; nil removes the path.
    var entry: TreeEntry?
    /// The content; nil where the repository holds it, or where there is none.
    var bytes: [UInt8]?
    /// The file as it was found; nil where no file was read.
    var stamp: FileStamp?
    /// When it was read, in nanoseconds since 1970.
    var read: Int64 = 0
}

/// Why one path is left out.
struct Unchecked: Error {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Reads changed files of a worktree as `git add` would store them, without storing them.
///
/// libgit2's own way writes each blob, or touches the pack that holds it already.
struct LiveReader {
    private let repository: Repository
    private let folders: FoldersBelow
    private let kinds: FileKinds
    private let largest: Int
    private let rules: CleanRules

    /// `folder` is the open root of the worktree, and stays the caller's.
    init(_ repository: Repository, folder: Int32, largest: Int) throws(GitError) {
        self.repository = repository
        folders = FoldersBelow(folder)
        self.largest = largest
        kinds = try FileKinds(of: repository)
        rules = CleanRules(repository)
    }

    /// What a commit of the worktree would hold at a changed path.
    ///
    /// `known` is what was read there before; it is taken again while the file is untouched.
    func read(_ change: Repository.Change, known: LiveFile?) throws(Unchecked) -> LiveFile {
        let path = change.entry.path
        if change.entry.kind == .conflicted { throw Unchecked("its conflicts are not resolved") }
        if path.isRepository { throw Unchecked("it is a repository of its own") }
        guard change.inWorkingTree else { return LiveFile(entry: change.index) }
        if change.entry.kind == .deleted {
            // A pipe or socket in the place of a file hides it from the status.
            // A link in the place of its folder hides it as well, and is what the tree gets.
            let place = try? folders.place(of: path)
            if place != nil, let found = try find(path),
                ![S_IFREG, S_IFLNK, S_IFDIR].contains(found.st_mode & S_IFMT)
            {
                throw Unchecked("it is neither a file nor a symlink")
            }
            return LiveFile()
        }
        return try read(path, change.index, known)
    }

    private func read(
        _ path: RepoPath, _ index: TreeEntry?, _ known: LiveFile?
    ) throws(Unchecked) -> LiveFile {
        // A file that somebody writes right now is tried again; one that never rests is named.
        for _ in 1...3 {
            guard let found = try find(path) else { return LiveFile() }
            let stamp = FileStamp(found)
            let kind = try kind(of: path, found, index)
            if kind == .gitlink { return try submodule(path) }
            if let known, known.stamp == stamp, stamp.isSettled(at: known.read), known.entry?.kind == kind {
                return known
            }
            let read = FileStamp.now()
            guard let bytes = try content(path, found, stamp) else { continue }
            do throws(GitError) {
                let stored = kind == .symlink && kinds.links ? bytes : try repository.filtered(bytes, path)
                let id = try ObjectID(ofBlob: stored)
                return LiveFile(
                    entry: TreeEntry(kind: kind, id: id), bytes: stored, stamp: stamp, read: read)
            } catch {
                throw Unchecked(error.reason)
            }
        }
        throw Unchecked("it changes while it is read")
    }

    private func find(_ path: RepoPath) throws(Unchecked) -> stat? {
        do throws(GitError) { return try folders.find(path) } catch { throw Unchecked(error.reason) }
    }

    private func place(of path: RepoPath) throws(Unchecked) -> FoldersBelow.Place? {
        do throws(GitError) { return try folders.place(of: path) } catch { throw Unchecked(error.reason) }
    }

    private func kind(
        of path: RepoPath, _ found: stat, _ index: TreeEntry?
    ) throws(Unchecked) -> EntryKind {
        guard let kind = kinds.kind(of: found, index) else {
            throw Unchecked(
                Disk.isFolder(found)
                    ? "it is a folder that git does not look into" : "it is neither a file nor a symlink")
        }
        let attribute: String?
        do throws(GitError) {
            attribute = kind.isFile ? try rules.attribute(of: path) : nil
        } catch {
            throw Unchecked(error.reason)
        }
        if let attribute {
            throw Unchecked("it has the attribute \(attribute), which only git itself can apply")
        }
        return kind
    }

    /// The bytes of a file or the target of a link; nil when it changed meanwhile.
    private func content(
        _ path: RepoPath, _ found: stat, _ stamp: FileStamp
    ) throws(Unchecked) -> [UInt8]? {
        guard found.st_size <= largest else {
            throw Unchecked("it is larger than \(largest >> 20) MiB")
        }
        let size = Int(found.st_size)
        var bytes = [UInt8](repeating: 0, count: size + 1)
        guard let place = try place(of: path) else { return nil }
        if found.st_mode & S_IFMT == S_IFLNK {
            let count = bytes.withUnsafeMutableBytes {
                readlinkat(place.folder, place.name, $0.baseAddress!, $0.count)
            }
            if count < 0 && errno == EINVAL || count > size { return nil }
            if count < 0 { throw Unchecked(Self.unreadable()) }
            bytes.removeLast(bytes.count - count)
            return bytes
        }
        let file = openat(place.folder, place.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        if file < 0 {
            if errno == ENOENT || errno == ELOOP { return nil }
            throw Unchecked(Self.unreadable())
        }
        defer { close(file) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Self.read(file, $0.baseAddress! + done, $0.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw Unchecked(Self.unreadable()) }
            if count == 0 { break }
            done += count
        }
        var after = stat()
        guard done == size, fstat(file, &after) == 0, FileStamp(after) == stamp else { return nil }
        bytes.removeLast(bytes.count - done)
        return bytes
    }

    private static func read(_ file: Int32, _ into: UnsafeMutableRawPointer, _ count: Int) -> Int {
        #if canImport(Darwin)
            Darwin.read(file, into, count)
        #else
            Glibc.read(file, into, count)
        #endif
    }

    private static func unreadable() -> String { "it cannot be read: \(String(cString: strerror(errno)))" }

    /// The commit that a submodule has checked out, as `git add` takes it.
    private func submodule(_ path: RepoPath) throws(Unchecked) -> LiveFile {
        do throws(GitError) {
            let inside = try Repository(at: (repository.workingDirectory ?? "") + path.text)
            if let head = try inside.headCommit() {
                return LiveFile(entry: TreeEntry(kind: .gitlink, id: head))
            }
        } catch {
            throw Unchecked(error.reason)
        }
        throw Unchecked("it is a submodule without a commit")
    }
}
