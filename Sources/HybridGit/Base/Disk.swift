internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The few file operations that worktrees need, with errors that name the path.
enum Disk {
    /// The error that `errno` stands for.
    static func failure(_ operation: String, _ path: String) -> GitError {
        let number = errno
        let code: GitError.Code =
            switch number {
            case EEXIST, ENOTEMPTY: .exists
            case ENOENT, ENOTDIR: .notFound
            case ENOSPC, EDQUOT: .noSpace
            default: .other
            }
        return GitError(code, operation: operation, subject: path, reason: String(cString: strerror(number)))
    }

    /// What is said where a checkout cannot write a path.
    static func checkoutFailure(_ path: String) -> GitError {
        var error = failure("check out", path)
        if error.code == .exists {
            error.reason =
                "the path is already there: two names that this disk takes for one, or a link in the way"
        }
        return error
    }

    /// What lies at a path itself, links not followed; nil: nothing.
    static func find(_ path: String) throws(GitError) -> stat? {
        var found = stat()
        if lstat(path, &found) == 0 { return found }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw failure("look at", path)
    }

    static func isFolder(_ found: stat) -> Bool { found.st_mode & S_IFMT == S_IFDIR }

    /// The path without links; nil when it leads nowhere.
    static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// A small file's text without final white space; nil: no such file.
    static func text(_ path: String) throws(GitError) -> String? {
        guard var bytes = try bytes(path) else { return nil }
        while let last = bytes.last, [10, 13, 32, 9].contains(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A small file's bytes; nil: no such file.
    static func bytes(_ path: String) throws(GitError) -> [UInt8]? {
        let file: Int32
        do throws(GitError) {
            file = try openFile(path)
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
        defer { close(file) }
        return try readAll(file, path)
    }

    /// Opens a file to read it, never waiting; throws `notAFile` for what is no regular file.
    static func openFile(_ path: String, _ flags: Int32 = 0) throws(GitError) -> Int32 {
        try refuseEndless(path)
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags)
        if file < 0 { throw failure("read", path) }
        var found = stat()
        if fstat(file, &found) == 0, found.st_mode & S_IFMT == S_IFREG { return file }
        close(file)
        throw GitError(.notAFile, operation: "read", subject: path, reason: "it is no file")
    }

    /// The most that is read of a file that has no business being large, in bytes.
    static let largest = 1 << 30

    /// All that is left to read of an open file.
    static func readAll(
        _ file: Int32, _ path: String, atMost largest: Int = largest
    ) throws(GitError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw failure("read", path) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            if bytes.count > largest {
                throw GitError(
                    .other, operation: "read", subject: path,
                    reason: "it is larger than \(largest >> 20) MiB")
            }
        }
    }

    /// The number of objects in a pack's index: the last entry of its fan-out table.
    static func lastFanout(_ path: String) throws(GitError) -> Int {
        let file = try openFile(path)
        defer { close(file) }
        // Version 2 has a head of eight bytes before the 256 counts.
        var count: UInt32 = 0
        let read = pread(file, &count, 4, 8 + 255 * 4)
        if read < 0 { throw failure("read", path) }
        return read == 4 ? Int(UInt32(bigEndian: count)) : 0
    }

    /// Writes a file that must not exist yet, down to the disk.
    static func write(_ text: String, to path: String) throws(GitError) {
        try write(Array(text.utf8), to: path)
    }

    /// The same of bytes.
    static func write(_ bytes: [UInt8], to path: String) throws(GitError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        if file < 0 { throw failure("write", path) }
        var bytes = bytes
        let written =
            bytes.withUnsafeMutableBytes { writeAll(file, UnsafeRawBufferPointer($0)) } && fsync(file) == 0
        let reason = errno
        close(file)
        if !written {
            errno = reason
            throw failure("write", path)
        }
    }

    /// Writes all bytes; false leaves the reason in `errno`.
    static func writeAll(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var done = 0
        while done < bytes.count {
            #if canImport(Darwin)
                let count = Darwin.write(file, bytes.baseAddress! + done, bytes.count - done)
            #else
                let count = Glibc.write(file, bytes.baseAddress! + done, bytes.count - done)
            #endif
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return false }
            done += count
        }
        return true
    }

    /// Makes one folder; `exists` when anything is there already.
    static func makeFolder(_ path: String) throws(GitError) {
        if mkdir(path, 0o777) != 0 { throw failure("make folder", path) }
    }

    /// Makes a folder and those above it that are missing.
    static func makeFolders(_ path: String) throws(GitError) {
        if path.isEmpty || mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let above = path.pathFolder, above != "/" else {
            throw failure("make folder", path)
        }
        try makeFolders(String(above))
        // Somebody else may make it at the same moment.
        if mkdir(path, 0o777) != 0 && errno != EEXIST { throw failure("make folder", path) }
    }

    /// Makes a folder's list of names durable.
    static func syncFolder(_ path: String) throws(GitError) {
        let folder = try openFolder(path)
        defer { close(folder) }
        if fsync(folder) != 0 && errno != EINVAL { throw failure("sync", path) }
    }

    /// Opens a folder itself, never through a link as its last part.
    static func openFolder(_ path: String) throws(GitError) -> Int32 {
        let folder = open(path.withoutFinalSlashes, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if folder < 0 { throw failure("open folder", path) }
        return folder
    }

    /// The names in a folder as C strings, in no order; empty when there is no such folder.
    static func names(in path: String) throws(GitError) -> [String] {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder < 0 {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw failure("list", path)
        }
        defer { close(folder) }
        return try names(of: folder, path).map(shown)
    }

    /// Removes a folder with all it holds.
    ///
    /// Links are unlinked, never followed; `.git` at its top goes last, so that a removal that was cut
    /// short can still be recognised and taken up again.
    static func removeTree(_ path: String) throws(GitError) {
        let folder: Int32
        do throws(GitError) {
            folder = try openFolder(path)
        } catch {
            if error.code == .notFound { return }
            throw error
        }
        defer { close(folder) }
        try makeWritable(folder, path)
        // What lies too deep is moved up here and taken in a later round: each level costs an open file.
        var moved = 0
        var before = 0
        repeat {
            before = moved
            try empty(folder, path, level: 0, top: folder, moved: &moved)
        } while moved > before
        if unlinkat(folder, ".git", 0) != 0 && errno != ENOENT {
            throw failure("remove", path + "/.git")
        }
        if rmdir(path) != 0 && errno != ENOENT { throw failure("remove", path) }
    }

    private static let deepest = 100

    private static func empty(
        _ folder: Int32, _ path: String, level: Int, top: Int32, moved: inout Int
    ) throws(GitError) {
        for name in try names(of: folder, path) {
            let shown = path + "/" + shown(name)
            if level == 0 && name == [46, 103, 105, 116, 0] { continue }
            var found = stat()
            if fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0 {
                if errno == ENOENT { continue }
                throw failure("remove", shown)
            }
            guard isFolder(found) else {
                if unlinkat(folder, name, 0) != 0 && errno != ENOENT { throw failure("remove", shown) }
                continue
            }
            // git's own prune may take it away at the same time.
            guard let inner = try openInside(folder, name, shown) else { continue }
            defer { close(inner) }
            try makeWritable(inner, shown)
            if level >= deepest {
                moved += 1
                let target = ".removing-\(getpid())-\(moved)"
                if renameat(folder, name, top, target) != 0 { throw failure("remove", shown) }
                continue
            }
            try empty(inner, shown, level: level + 1, top: top, moved: &moved)
            if unlinkat(folder, name, AT_REMOVEDIR) != 0 && errno != ENOENT { throw failure("remove", shown) }
        }
    }

    private static func openInside(_ folder: Int32, _ name: [CChar], _ shown: String) throws(GitError)
        -> Int32?
    {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var inner = openat(folder, name, flags)
        if inner < 0 && errno == EACCES && fchmodat(folder, name, 0o700, AT_SYMLINK_NOFOLLOW) == 0 {
            inner = openat(folder, name, flags)
        }
        if inner < 0 && errno == ENOENT { return nil }
        if inner < 0 { throw failure("open folder", shown) }
        return inner
    }

    /// A read-only folder would keep its files.
    private static func makeWritable(_ folder: Int32, _ path: String) throws(GitError) {
        var found = stat()
        if fstat(folder, &found) != 0 { throw failure("look at", path) }
        if found.st_mode & 0o700 != 0o700, fchmod(folder, (found.st_mode & 0o7777) | 0o700) != 0 {
            throw failure("make writable", path)
        }
    }

    private static func shown(_ name: [CChar]) -> String {
        String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func names(of folder: Int32, _ path: String) throws(GitError) -> [[CChar]] {
        // The stream takes over and closes its own descriptor.
        let copy = fcntl(folder, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw failure("list", path) }
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw failure("list", path)
        }
        defer { closedir(stream) }
        rewinddir(stream)
        var names: [[CChar]] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
                }
            }
            if name != [46, 0] && name != [46, 46, 0] { names.append(name) }
            errno = 0
        }
        if errno != 0 { throw failure("list", path) }
        return names
    }
}
