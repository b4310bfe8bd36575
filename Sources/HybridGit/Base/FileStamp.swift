#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What tells that a file is still the one that was read, as git's index does.
struct FileStamp: Codable, Hashable, Sendable {
    var size: Int
    var modified: Int64
    var changed: Int64
    var inode: UInt64
    var mode: UInt32

    init(_ found: stat) {
        #if canImport(Darwin)
            let (changed, modified) = (found.st_ctimespec, found.st_mtimespec)
        #else
            let (changed, modified) = (found.st_ctim, found.st_mtim)
        #endif
        size = Int(found.st_size)
        self.modified = Int64(modified.tv_sec) &* 1_000_000_000 &+ Int64(modified.tv_nsec)
        self.changed = Int64(changed.tv_sec) &* 1_000_000_000 &+ Int64(changed.tv_nsec)
        inode = UInt64(found.st_ino)
        mode = UInt32(found.st_mode)
    }

    /// The stamp of what lies at a path, links not followed; nil where nothing can be found.
    static func of(_ path: String) -> FileStamp? {
        var found = stat()
        return lstat(path, &found) == 0 ? FileStamp(found) : nil
    }

    /// Whether the file rested for two seconds before `now`, in nanoseconds since 1970.
    ///
    /// A change right after it was read could otherwise leave the same stamp: clocks of file systems are coarse.
    func isSettled(at now: Int64) -> Bool { max(modified, changed) < now - 2_000_000_000 }

    /// The time now, in nanoseconds since 1970.
    static func now() -> Int64 {
        var time = timespec()
        _ = clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
