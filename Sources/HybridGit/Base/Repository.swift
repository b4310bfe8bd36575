internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An open repository: one handle, used on one thread at a time, freed in deinit.
///
/// Not Sendable: a second thread opens its own. Children of the handle never leave a method; what comes out
/// are values such as ``ObjectID``.
public final class Repository {
    private let place: RepositoryPlace
    private var opened: OpaquePointer?
    /// The configuration as it is read without libgit2; nil where only libgit2 may read it.
    var settings: PlainSettings?
    /// What reads objects without libgit2.
    var reader: AnyObject?
    /// Whether a plain copy of the index stands in the place of one that libgit2 cannot read.
    var hasPlainIndex = false
    /// Whether the repository has no main worktree.
    public let isBare: Bool
    /// Whether its paths are UTF-8, so that their text names them.
    public let hasTextPaths: Bool

    /// Discovers the repository that holds `path` and opens it, linked worktrees included.
    ///
    /// Throws `notFound` outside a repository, `owner` where it belongs to somebody else, `unsupported` for
    /// sha256 or reftable repositories.
    public convenience init(discovering path: String) throws(GitError) {
        try self.init(path, flags: 0)
    }

    /// Opens the repository whose worktree or git directory is `path` itself.
    public convenience init(at path: String) throws(GitError) {
        try self.init(path, flags: Self.noSearch)
    }

    /// Opens a git directory without its working tree, whose place may be gone.
    convenience init(gitDirectory path: String) throws(GitError) {
        try self.init(path, flags: Self.noSearch | Self.bare)
    }

    private static let noSearch = UInt32(GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue)
    private static let bare = UInt32(GIT_REPOSITORY_OPEN_BARE.rawValue)

    private init(_ path: String, flags: UInt32) throws(GitError) {
        let searching = flags & Self.noSearch == 0
        try Self.lookBeforeOpening(path, searching: searching)
        if flags & Self.bare == 0, let plain = RepositoryPlace(plain: path, searching: searching) {
            place = plain
            settings = PlainSettings(plain.common)
            (isBare, hasTextPaths) = (plain.root == nil, true)
            return
        }
        let handle = try Self.open(path, flags)
        opened = handle
        place = RepositoryPlace(of: handle)
        isBare = git_repository_is_bare(handle) == 1
        hasTextPaths = [
            git_repository_commondir(handle), git_repository_path(handle), git_repository_workdir(handle),
        ].allSatisfy { path in path.map { String(validatingCString: $0) != nil } ?? true }
        try RepositoryFormat.refuseUnreadable(commonDirectory)
    }

    private static func open(_ path: String, _ flags: UInt32) throws(GitError) -> OpaquePointer {
        try Library.started()
        var out: OpaquePointer?
        let status = git_repository_open_ext(&out, path, flags, nil)
        do throws(GitError) {
            try check(status, "open repository", path)
        } catch {
            throw RepositoryFormat.explained(error)
        }
        return out!
    }

    deinit { if let opened { git_repository_free(opened) } }

    /// libgit2's handle, which is opened when something is first asked that libgit2 has to answer.
    var handle: OpaquePointer {
        get throws(GitError) {
            if let opened { return opened }
            let handle = try Self.open(place.root ?? place.own, Self.noSearch)
            guard RepositoryPlace(of: handle) == place else {
                git_repository_free(handle)
                throw GitError(
                    .changed, operation: "open repository", subject: place.own,
                    reason: "another one stands in its place now")
            }
            opened = handle
            return handle
        }
    }

    /// Takes objects as they are instead of hashing each one that is read, for this process.
    ///
    /// For questions whose answer moves nothing; what lands is read with verification.
    package static func trustObjects() throws(GitError) {
        try Library.set { hybrid_git_set_strict_hash_verification(0) }
        verifiesObjects = false
    }

    /// Opens repositories of any owner from now on, in this process: whoever calls it knows that git itself trusts the
    /// one that matters.
    ///
    /// libgit2 1.5 reads `safe.directory` neither from the environment nor with a `*`.
    package static func trustOwners() throws(GitError) {
        try Library.set { hybrid_git_set_owner_validation(0) }
    }

    /// Whether the files that decide what git does here all belong to whoever asks; git asks for no more.
    ///
    /// Source: git's `ensure_valid_ownership`.
    public var isOwnedByUser: Bool {
        let owner = geteuid()
        var paths = [gitDirectory]
        if let root = workingDirectory { paths += [root, root + ".git"] }
        return paths.allSatisfy { path in
            var found = stat()
            return lstat(path, &found) != 0 || found.st_uid == owner
        }
    }

    /// Whether each object that is read is hashed: libgit2 does not tell its own setting.
    ///
    /// Changed before a process has threads that read.
    nonisolated(unsafe) private(set) static var verifiesObjects = true

    /// Sets memory up for thousands of merges in this process, which keep what they need themselves.
    ///
    /// libgit2's own caches stay small, the packs that it reads are mapped in windows of 32 MiB, 128 MiB at the most, and
    /// memory is taken from the system in pieces of 4 MiB.
    package static func limitMemory() throws(GitError) {
        hybrid_take_memory_in_pieces(4 << 20)
        try Library.set { hybrid_git_set_cache_size(8 << 20) }
        try Library.set { hybrid_git_set_mapped_windows(32 << 20, 128 << 20) }
    }

    /// The git directory that all worktrees share, with a final `/`.
    public var commonDirectory: String { place.common }

    /// This worktree's own git directory, with a final `/`.
    public var gitDirectory: String { place.own }

    /// The root of the working tree, with a final `/`; nil in a bare repository.
    public var workingDirectory: String? { place.root }
}

extension RepositoryPlace {
    fileprivate init(of handle: OpaquePointer) {
        own = String(cString: git_repository_path(handle))
        common = String(cString: git_repository_commondir(handle))
        root = git_repository_workdir(handle).map { String(cString: $0) }
    }
}

/// libgit2's process-wide state, set up once.
enum Library {
    /// Why it cannot be loaded; nil where it is.
    private static let missing: GitError? = hybrid_git_load().map { reason in
        var error = GitError(
            .unsupported, operation: "load", subject: String(cString: hybrid_git_library()),
            reason: String(cString: reason))
        error.next = "sudo apt-get install \(String(cString: hybrid_git_package()))"
        return error
    }

    private static let status: Int32 = {
        let started = git_libgit2_init()
        if started < 0 { return started }
        let names = RepositoryFormat.known.map { strdup($0)! }
        defer { names.forEach { free($0) } }
        var pointers = names.map { UnsafePointer<CChar>?(UnsafePointer($0)) }
        var set = hybrid_git_set_extensions(&pointers, pointers.count)
        if set >= 0 { set = hybrid_git_set_fsync_gitdir(1) }
        isStarted = true
        for wish in wishes where set >= 0 { set = wish() }
        wishes = []
        return set
    }()

    /// Settings that are made when it starts; changed before a process has threads that use libgit2.
    nonisolated(unsafe) private static var wishes: [() -> Int32] = []
    nonisolated(unsafe) private static var isStarted = false

    /// Makes a setting, now or when libgit2 is first needed.
    static func set(_ wish: @escaping () -> Int32) throws(GitError) {
        if isStarted { try check(wish(), "set up", "libgit2") } else { wishes.append(wish) }
    }

    /// Starts it for a question whose answer is no where it cannot be started.
    static func start() { if missing == nil { _ = status } }

    static func started() throws(GitError) {
        if let missing { throw missing }
        try check(status, "start", "libgit2")
    }
}

extension Repository {
    /// Where the linked worktrees are registered, with a final `/`.
    var registrations: String { commonDirectory + "worktrees/" }
}
