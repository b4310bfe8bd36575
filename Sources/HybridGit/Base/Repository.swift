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
    let handle: OpaquePointer
    /// Whether a plain copy of the index stands in the place of one that libgit2 cannot read.
    var hasPlainIndex = false

    /// Discovers the repository that holds `path` and opens it, linked worktrees included.
    ///
    /// Throws `notFound` outside a repository, `owner` where it belongs to somebody else, `unsupported` for
    /// sha256 or reftable repositories.
    public convenience init(discovering path: String) throws(GitError) {
        try self.init(path, flags: 0)
    }

    /// Opens the repository whose worktree or git directory is `path` itself.
    public convenience init(at path: String) throws(GitError) {
        try self.init(path, flags: UInt32(GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue))
    }

    /// Opens a git directory without its working tree, whose place may be gone.
    convenience init(gitDirectory path: String) throws(GitError) {
        try self.init(
            path,
            flags: UInt32(GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue | GIT_REPOSITORY_OPEN_BARE.rawValue))
    }

    private init(_ path: String, flags: UInt32) throws(GitError) {
        try Library.started()
        try Self.lookBeforeOpening(
            path, searching: flags & UInt32(GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue) == 0)
        var out: OpaquePointer?
        let status = git_repository_open_ext(&out, path, flags, nil)
        do throws(GitError) {
            try check(status, "open repository", path)
        } catch {
            throw RepositoryFormat.explained(error)
        }
        handle = out!
        try RepositoryFormat.refuseUnreadable(commonDirectory)
    }

    deinit { git_repository_free(handle) }

    /// Takes objects as they are instead of hashing each one that is read, for this process.
    ///
    /// For questions whose answer moves nothing; what lands is read with verification.
    package static func trustObjects() throws(GitError) {
        try Library.started()
        try check(hybrid_git_set_strict_hash_verification(0), "set up", "libgit2")
        verifiesObjects = false
    }

    /// Opens repositories of any owner from now on, in this process: whoever calls it knows that git itself trusts the
    /// one that matters.
    ///
    /// libgit2 1.5 reads `safe.directory` neither from the environment nor with a `*`.
    package static func trustOwners() throws(GitError) {
        try Library.started()
        try check(hybrid_git_set_owner_validation(0), "set up", "libgit2")
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
        try Library.started()
        try check(hybrid_git_set_cache_size(8 << 20), "set up", "libgit2")
        try check(hybrid_git_set_mapped_windows(32 << 20, 128 << 20), "set up", "libgit2")
    }

    /// Sets libgit2 up beforehand, on any thread; what fails is told where a repository is opened.
    ///
    /// That takes milliseconds (Debian's libgit2 reads all certificates), in which a program can do something else.
    package static func warmUp() { Library.warmUp() }

    /// The git directory that all worktrees share, with a final `/`.
    public var commonDirectory: String { String(cString: git_repository_commondir(handle)) }

    /// This worktree's own git directory, with a final `/`.
    public var gitDirectory: String { String(cString: git_repository_path(handle)) }

    /// Whether its paths are UTF-8, so that their text names them.
    public var hasTextPaths: Bool {
        [git_repository_commondir(handle), git_repository_path(handle), git_repository_workdir(handle)]
            .allSatisfy { path in path.map { String(validatingCString: $0) != nil } ?? true }
    }

    /// The root of the working tree, with a final `/`; nil in a bare repository.
    public var workingDirectory: String? { git_repository_workdir(handle).map { String(cString: $0) } }
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
        let set = hybrid_git_set_extensions(&pointers, pointers.count)
        return set < 0 ? set : hybrid_git_set_fsync_gitdir(1)
    }()

    /// Others that ask meanwhile wait for it.
    static func warmUp() { if missing == nil { _ = status } }

    static func started() throws(GitError) {
        if let missing { throw missing }
        try check(status, "start", "libgit2")
    }
}

extension Repository {
    /// Where the linked worktrees are registered, with a final `/`.
    var registrations: String { commonDirectory + "worktrees/" }
}
