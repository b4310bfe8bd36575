#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Looks at all folders from time to time, where the system cannot tell of changes.
///
/// The interval follows what a look costs, so that looking takes a twentieth of the time at the most. A change shows as
/// one of its folder.
public final class PollingWatcher: ChangeWatcher {
    private var folders: [WatchedFolder: Int] = [:]
    private var due: Int64 = 0
    private let shortest: Int64

    /// The shortest interval, in milliseconds.
    public init(shortest: Int = 500) { self.shortest = Int64(shortest) * 1_000_000 }

    /// How many folders are looked at.
    public var polled: Int { folders.count }

    /// Takes a folder as it is now.
    public func add(_ folder: WatchedFolder) {
        if folders[folder] == nil { folders[folder] = Self.look(folder) }
    }

    /// Forgets a folder and those below it.
    public func remove(root: Int, below path: RepoPath) {
        for folder in folders.keys where folder.root == root && folder.path.lies(in: path) {
            folders[folder] = nil
        }
    }

    /// Sleeps and looks, until something changed or the time is over.
    public func wait(milliseconds: Int?, stop: Int32) throws(GitError) -> WatchNews {
        let end = milliseconds.map { Self.clock() + Int64($0) * 1_000_000 }
        while true {
            let now = Self.clock()
            if now >= due {
                let news = look()
                if !news.isEmpty { return news }
            }
            let left = [due, end ?? .max].min()! - Self.clock()
            var waited = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
            let pause = Int32(clamping: max(0, left + 999_999) / 1_000_000)
            if poll(&waited, stop < 0 ? 0 : 1, pause) > 0 {
                var news = WatchNews()
                news.stopped = true
                return news
            }
            if let end, Self.clock() >= end { return WatchNews() }
        }
    }

    /// When the next look is due, in milliseconds from now; nil where there is nothing to look at.
    var pause: Int? {
        folders.isEmpty ? nil : Int(clamping: max(0, due - Self.clock() + 999_999) / 1_000_000)
    }

    /// Looks at all folders, when that is due.
    func lookIfDue() -> WatchNews {
        folders.isEmpty || Self.clock() < due ? WatchNews() : look()
    }

    private func look() -> WatchNews {
        let start = Self.clock()
        var news = WatchNews()
        for (folder, before) in folders {
            let now = Self.look(folder)
            guard now != before else { continue }
            folders[folder] = now
            news.changes.insert(WatchNews.Change(root: folder.root, path: folder.path, isNewFolder: true))
        }
        let cost = Self.clock() - start
        due = start + cost + max(shortest, cost * 20)
        return news
    }

    /// A number that stands for all names in a folder and their stamps.
    private static func look(_ folder: WatchedFolder) -> Int {
        guard let stream = opendir(folder.terminated) else { return 0 }
        defer { closedir(stream) }
        let descriptor = dirfd(stream)
        var sum = 1
        while let entry = readdir(stream) {
            withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { name in
                    if name[0] == 46, name[1] == 0 || name[1] == 46 && name[2] == 0 { return }
                    var found = stat()
                    guard fstatat(descriptor, name, &found, AT_SYMLINK_NOFOLLOW) == 0 else { return }
                    var hasher = Hasher()
                    hasher.combine(bytes: UnsafeRawBufferPointer(start: name, count: strlen(name)))
                    // A folder's own stamps only repeat what is seen in it.
                    if found.st_mode & S_IFMT == S_IFDIR {
                        hasher.combine(found.st_ino)
                    } else {
                        hasher.combine(FileStamp(found))
                    }
                    // The order of names may change without a change of the folder.
                    sum = sum &+ hasher.finalize()
                }
            }
        }
        return sum
    }

    private static func clock() -> Int64 {
        var time = timespec()
        _ = clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
