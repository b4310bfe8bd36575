/// A folder that is watched: what happens to the names in it counts, not what happens below them.
public struct WatchedFolder: Hashable, Sendable {
    /// Whose folder it is: a number of the one who watches.
    public var root: Int
    /// The folder's path below that root.
    public var path: RepoPath
    /// Where it lies on the disk.
    var place: [UInt8]

    /// Names a folder below a root that lies at an absolute path.
    public init(root: Int, at rootPlace: String, path: RepoPath) {
        self.root = root
        self.path = path
        var place = Array(rootPlace.utf8)
        while place.count > 1, place.last == RepoPath.separator { place.removeLast() }
        self.place = path.isRoot ? place : place + [RepoPath.separator] + path.bytes
    }

    var terminated: [CChar] { place.map { CChar(bitPattern: $0) } + [0] }
}

/// What a watcher noticed since it was last asked.
public struct WatchNews: Sendable {
    /// One path that changed.
    public struct Change: Hashable, Sendable {
        /// Whose path it is.
        public var root: Int
        /// The path; the folder itself where its name or its contents as a whole changed.
        public var path: RepoPath
        /// Whether a folder came here, which nobody watches yet.
        public var isNewFolder = false
    }

    /// The changes, each once.
    public var changes: Set<Change> = []
    /// Whether more happened than was noted: anything may have changed.
    public var lost = false
    /// Whether the one who waits was told to stop.
    public var stopped = false

    /// Nothing happened.
    public init() {}

    /// Whether nothing happened.
    public var isEmpty: Bool { changes.isEmpty && !lost && !stopped }

    /// Takes in what happened later.
    public mutating func add(_ other: WatchNews) {
        changes.formUnion(other.changes)
        lost = lost || other.lost
        stopped = stopped || other.stopped
    }
}

/// Notices what changes in folders, file by file or folder by folder.
///
/// A change between ``add(_:)`` and ``wait(milliseconds:stop:)`` is never missed. Files that are written through a memory
/// map are noticed when they are closed.
public protocol ChangeWatcher: AnyObject {
    /// Watches one more folder; one that is not there is passed over.
    func add(_ folder: WatchedFolder)
    /// No longer watches a folder and those below it.
    func remove(root: Int, below path: RepoPath)
    /// How many folders are looked at from time to time, because the system does not tell of them.
    var polled: Int { get }
    /// Waits until something changes, until the time is over (nil: without end), or until `stop` can be read.
    ///
    /// The descriptor is left unread.
    func wait(milliseconds: Int?, stop: Int32) throws(GitError) -> WatchNews
}

/// The watcher that suits this system.
public func makeChangeWatcher() -> any ChangeWatcher {
    #if os(Linux)
        if let watcher = InotifyWatcher() { return watcher }
    #endif
    return PollingWatcher()
}
