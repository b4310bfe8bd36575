#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The folders below an open one, each opened name by name and never through a link.
///
/// Who works in a worktree can put a link in the place of a folder at any moment: a path is looked up anew at each call,
/// an open folder stays the one that it was. So nothing outside is read, whatever stands there by then.
package final class FoldersBelow {
    /// A name in an open folder, which stays open until the next place is asked for.
    package struct Place {
        package var folder: Int32
        package var name: [CChar]
    }

    private let root: Int32
    private let isOwned: Bool
    /// The folder that was asked for last: what is read next lies in it most often, or below it.
    private var last: (path: ArraySlice<UInt8>, folder: Int32)?

    /// `root` stays the caller's.
    init(_ root: Int32) {
        self.root = root
        isOwned = false
    }

    /// Opens the root; a link in the place of it is not followed.
    ///
    /// Throws where it cannot be opened.
    package init(at path: String) throws(GitError) {
        root = try Disk.openFolder(path)
        isOwned = true
    }

    deinit {
        forget()
        if isOwned { close(root) }
    }

    /// Where a path leads; nil where nothing is there, or no folder on the way.
    ///
    /// Throws `unsupported` where a link stands for a folder on the way.
    package func place(of path: RepoPath) throws(GitError) -> Place? {
        let bytes = path.asFolder.bytes
        let end = bytes.lastIndex(of: RepoPath.separator)
        guard let folder = try folder(bytes[..<(end ?? 0)], path) else { return nil }
        return Place(folder: folder, name: Self.terminated(bytes[(end.map { $0 + 1 } ?? 0)...]))
    }

    private func folder(_ path: ArraySlice<UInt8>, _ whole: RepoPath) throws(GitError) -> Int32? {
        if path.isEmpty { return root }
        var (at, folder) = (0, root)
        if let last, path.starts(with: last.path) {
            if path.count == last.path.count { return last.folder }
            if path[last.path.count] == RepoPath.separator {
                (at, folder) = (last.path.count + 1, last.folder)
            }
        }
        while at < path.count {
            let end = path[at...].firstIndex(of: RepoPath.separator) ?? path.count
            let name = Self.terminated(path[at..<end])
            let next = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            if next < 0 {
                let reason = errno
                defer { if folder != root, folder != last?.folder { close(folder) } }
                return try refuse(reason, folder, name, whole)
            }
            if folder != root, folder != last?.folder { close(folder) }
            folder = next
            at = end + 1
        }
        forget()
        last = (path, folder)
        return folder
    }

    private func refuse(
        _ reason: Int32, _ folder: Int32, _ name: [CChar], _ whole: RepoPath
    ) throws(GitError) -> Int32? {
        if reason == ENOENT { return nil }
        var found = stat()
        if reason == ENOTDIR || reason == ELOOP {
            guard fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) == 0,
                found.st_mode & S_IFMT == S_IFLNK
            else { return nil }
            throw GitError(
                .unsupported, operation: "read", subject: whole.description,
                reason: "\(whole) is not read: a link stands in the place of a folder on the way to it")
        }
        errno = reason
        throw Disk.failure("read", whole.description)
    }

    private func forget() {
        if let last { close(last.folder) }
        last = nil
    }

    private static func terminated(_ name: ArraySlice<UInt8>) -> [CChar] {
        name.map { CChar(bitPattern: $0) } + [0]
    }

    // MARK: What lies there

    /// What lies at a path itself; nil for nothing.
    ///
    /// Throws as ``place(of:)`` does.
    func find(_ path: RepoPath) throws(GitError) -> stat? {
        guard let place = try place(of: path) else { return nil }
        var found = stat()
        if fstatat(place.folder, place.name, &found, AT_SYMLINK_NOFOLLOW) == 0 { return found }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw Disk.failure("look at", path.description)
    }

    /// Opens a file to read it, never waiting; throws `notFound`, `unsupported` for a link, `notAFile` for what is neither.
    ///
    /// The caller closes it.
    package func open(_ path: RepoPath) throws(GitError) -> Int32 {
        guard let place = try place(of: path) else {
            errno = ENOENT
            throw Disk.failure("read", path.description)
        }
        let file = openat(place.folder, place.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        if file < 0 {
            guard errno == ELOOP else { throw Disk.failure("read", path.description) }
            throw GitError(
                .unsupported, operation: "read", subject: path.description,
                reason: "\(path) became a link while it was read")
        }
        var found = stat()
        if fstat(file, &found) == 0, found.st_mode & S_IFMT == S_IFREG { return file }
        close(file)
        throw GitError(
            .notAFile, operation: "read", subject: path.description, reason: "\(path) is no file")
    }

    /// Moves what lies at a path to a place outside that nothing has; false where that is on another disk.
    package func move(_ path: RepoPath, to new: String) throws(GitError) -> Bool {
        guard let place = try place(of: path) else {
            errno = ENOENT
            throw Disk.failure("move", path.description)
        }
        if renameat(place.folder, place.name, AT_FDCWD, new) == 0 { return true }
        if errno == EXDEV { return false }
        throw Disk.failure("move", path.description)
    }

    /// Copies a file or link to a place outside that nothing has, and takes it away then.
    package func moveByCopy(_ path: RepoPath, to new: String) throws(GitError) {
        if let found = try find(path), found.st_mode & S_IFMT == S_IFLNK {
            let target = try self.target(of: path).map { CChar(bitPattern: $0) } + [0]
            if symlink(target, new) != 0 { throw Disk.failure("write", new) }
        } else {
            let file = try open(path)
            defer { close(file) }
            try Disk.write(Disk.readAll(file, path.description), to: new)
        }
        guard let place = try place(of: path), unlinkat(place.folder, place.name, 0) == 0 else {
            throw Disk.failure("remove", path.description)
        }
    }

    /// The target of a link.
    package func target(of path: RepoPath) throws(GitError) -> [UInt8] {
        guard let place = try place(of: path) else {
            errno = ENOENT
            throw Disk.failure("read", path.description)
        }
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes {
            readlinkat(place.folder, place.name, $0.baseAddress!, $0.count)
        }
        if count < 0 { throw Disk.failure("read", path.description) }
        return Array(bytes[..<count])
    }
}
