#if os(Linux)
    internal import Glibc

    /// Lets the kernel tell of changes; folders beyond its limits are looked at from time to time.
    public final class InotifyWatcher: ChangeWatcher {
        private var descriptor: Int32
        private var numbers: [WatchedFolder: Int32] = [:]
        /// One folder may count for several roots.
        private var folders: [Int32: [WatchedFolder]] = [:]
        private let overflow = PollingWatcher()
        private let limit: Int
        private var buffer = [UInt8](repeating: 0, count: 1 << 16)

        private static let mask: UInt32 =
            UInt32(IN_MODIFY) | UInt32(IN_ATTRIB) | UInt32(IN_CLOSE_WRITE) | UInt32(IN_CREATE)
            | UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM) | UInt32(IN_MOVED_TO) | UInt32(IN_DELETE_SELF)
            | UInt32(IN_ONLYDIR) | UInt32(IN_EXCL_UNLINK)

        /// nil where the kernel has none left, or none at all; `limit` is the most folders it is asked for.
        public init?(limit: Int = .max) {
            descriptor = inotify_init1(Int32(O_CLOEXEC | O_NONBLOCK))
            self.limit = limit
            if descriptor < 0 { return nil }
        }

        deinit { close(descriptor) }

        /// How many folders are beyond the limits.
        public var polled: Int { overflow.polled }

        /// Asks the kernel to tell of a folder.
        public func add(_ folder: WatchedFolder) {
            if numbers[folder] != nil { return }
            guard folders.count < limit else { return overflow.add(folder) }
            let number = inotify_add_watch(descriptor, folder.terminated, Self.mask)
            if number < 0 {
                if errno == ENOSPC || errno == ENOMEM { overflow.add(folder) }
                return
            }
            numbers[folder] = number
            folders[number, default: []].append(folder)
        }

        /// Asks no longer.
        public func remove(root: Int, below path: RepoPath) {
            overflow.remove(root: root, below: path)
            for (folder, number) in numbers where folder.root == root && folder.path.lies(in: path) {
                numbers[folder] = nil
                folders[number]?.removeAll { $0 == folder }
                if folders[number]?.isEmpty == true {
                    folders[number] = nil
                    inotify_rm_watch(descriptor, number)
                }
            }
        }

        /// Sleeps until the kernel has something to tell.
        public func wait(milliseconds: Int?, stop: Int32) throws(GitError) -> WatchNews {
            var waited = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
            ]
            while true {
                let pause = [milliseconds, overflow.pause].compactMap { $0 }.min()
                let count = poll(&waited, 2, Int32(clamping: pause ?? -1))
                if count < 0 && errno != EINTR { throw Disk.failure("watch", "folders") }
                var news = overflow.lookIfDue()
                if count > 0, waited[0].revents != 0 { try read(into: &news) }
                if count > 0, waited[1].revents != 0 { news.stopped = true }
                // The pause that is over may only have been that of the overflow.
                if !news.isEmpty || milliseconds != nil { return news }
            }
        }

        private func read(into news: inout WatchNews) throws(GitError) {
            let head = MemoryLayout<inotify_event>.size
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                if count < 0 && errno == EAGAIN { return }
                if count <= 0 { throw Disk.failure("watch", "folders") }
                var at = 0
                defer { if news.lost { begin() } }
                while at + head <= count {
                    let event = buffer.withUnsafeBytes {
                        $0.loadUnaligned(fromByteOffset: at, as: inotify_event.self)
                    }
                    if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
                        news.lost = true
                        return
                    }
                    let name = buffer[(at + head)..<(at + head + Int(event.len))].prefix { $0 != 0 }
                    take(event.wd, event.mask, Array(name), into: &news)
                    at += head + Int(event.len)
                }
            }
        }

        /// Starts afresh after events were lost, those that end watches among them.
        ///
        /// Ending the watches one by one would fill the queue again.
        private func begin() {
            let fresh = inotify_init1(Int32(O_CLOEXEC | O_NONBLOCK))
            guard fresh >= 0 else { return }
            close(descriptor)
            descriptor = fresh
            let all = numbers.keys
            (numbers, folders) = ([:], [:])
            for folder in all { add(folder) }
        }

        private func take(_ number: Int32, _ mask: UInt32, _ name: [UInt8], into news: inout WatchNews) {
            func has(_ bit: Int32) -> Bool { mask & UInt32(bit) != 0 }
            let known = folders[number] ?? []
            if has(IN_IGNORED) {
                folders[number] = nil
                for folder in known { numbers[folder] = nil }
            }
            let isFolder = mask & folderBit != 0
            for folder in known {
                guard !name.isEmpty else {
                    if !has(IN_ATTRIB) {
                        news.changes.insert(WatchNews.Change(root: folder.root, path: folder.path))
                    }
                    continue
                }
                let path = folder.path.appending(name)
                // A folder that moves takes its watches along, under names that are no longer true.
                if isFolder, has(IN_MOVED_FROM) { remove(root: folder.root, below: path) }
                news.changes.insert(
                    WatchNews.Change(
                        root: folder.root, path: path,
                        isNewFolder: isFolder && (has(IN_CREATE) || has(IN_MOVED_TO))))
            }
        }
    }

    /// `IN_ISDIR`, and others like it, come as numbers that fit no Int32.
    private let folderBit: UInt32 = 0x4000_0000
#endif
