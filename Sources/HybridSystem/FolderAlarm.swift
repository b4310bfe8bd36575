#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Wakes who waits when a file comes into one of some folders, or is written there.
///
/// It wakes and says no more: what happened is looked at.
package final class FolderAlarm {
    /// Below 0 where the system has no such thing, or none to give.
    private let number: Int32
    /// Whether all is heard that was asked for; else it has to be looked at from time to time.
    package private(set) var hearsAll: Bool

    package init() {
        #if os(Linux)
            number = inotify_init1(Int32(O_CLOEXEC | O_NONBLOCK))
        #else
            number = -1
        #endif
        hearsAll = number >= 0
    }

    deinit { if number >= 0 { close(number) } }

    /// Can be read after something happened, until `clear`; nil where nothing is heard.
    package var descriptor: Int32? { number < 0 ? nil : number }

    /// Hears files that come into a folder, with `writing` also what is written to those that are there.
    package func add(_ folder: String, writing: Bool = false) {
        #if os(Linux)
            add(folder, UInt32(IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | (writing ? IN_MODIFY : 0)))
        #endif
    }

    /// Hears who had a file open to write to it and closes it, as the kernel does for a process that ends.
    package func add(closing file: String) {
        #if os(Linux)
            add(file, UInt32(IN_CLOSE_WRITE))
        #endif
    }

    #if os(Linux)
        private func add(_ path: String, _ mask: UInt32) {
            if number >= 0, unsafe inotify_add_watch(number, path, mask) < 0 { hearsAll = false }
        }
    #endif

    /// Forgets what happened until now; gives whether anything did.
    @discardableResult
    package func clear() -> Bool {
        var happened = false
        var news = [UInt8](repeating: 0, count: 1 << 12)
        while number >= 0, unsafe read(number, &news, news.count) > 0 { happened = true }
        return happened
    }
}
