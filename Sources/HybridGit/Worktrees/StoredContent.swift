internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Stores files of a worktree as git stores them, read by descriptor below its root.
///
/// The objects wait in memory as long as they are not too many; ``finish()`` writes them.
struct StoredContent {
    private let repository: Repository
    private let folders: FoldersBelow
    private let rules: CleanRules
    private let store: ObjectStore
    private let keeping: PackKeeping?

    /// A larger file goes to the disk as it is read, in bytes.
    private static let large = 32 << 20
    /// How many bytes wait in memory before they are written.
    private static let most = 64 << 20

    init(
        _ repository: Repository, _ folders: FoldersBelow, _ rules: CleanRules, keeping: PackKeeping?
    ) throws(GitError) {
        self.repository = repository
        self.folders = folders
        self.rules = rules
        self.keeping = keeping
        store = try ObjectStore(repository)
    }

    /// The id of what lies at a path, which the index knows as `index`; throws `notFound` where it is gone.
    func store(_ path: RepoPath, as kind: EntryKind, index: TreeEntry?) throws(GitError) -> ObjectID {
        let id = try write(path, kind, index)
        if store.writtenBytes > Self.most { try store.saveNew(keeping) }
        return id
    }

    /// A tree with changed paths; all of it is written then.
    func edit(_ tree: ObjectID, _ edits: [RepoPath: TreeEntry?]) throws(GitError) -> ObjectID {
        let edited = try store.editTree(tree, edits)
        try store.saveNew(keeping)
        return edited
    }

    private func write(
        _ path: RepoPath, _ kind: EntryKind, _ index: TreeEntry?
    ) throws(GitError) -> ObjectID {
        if let found = try folders.find(path), found.st_mode & S_IFMT == S_IFLNK {
            return try store.write(blob: folders.target(of: path))
        }
        let file = try folders.open(path)
        defer { close(file) }
        var found = stat()
        if fstat(file, &found) != 0 { throw Disk.failure("look at", path.description) }
        if Int(found.st_size) > Self.large, try !isConverted(path, kind) {
            return try stream(file, Int(found.st_size), path)
        }
        var bytes = try Disk.readAll(file, path.description, atMost: .max)
        // libgit2 looks for files of attributes along the whole path of each file that it is asked about.
        if kind.isFile, try !rules.keepsContent(of: path) {
            bytes = try repository.filtered(bytes, path)
            bytes = try rules.cleaned(path, bytes, index: index) ?? bytes
        }
        return try store.write(blob: bytes)
    }

    private func isConverted(_ path: RepoPath, _ kind: EntryKind) throws(GitError) -> Bool {
        guard kind.isFile, try !rules.keepsContent(of: path) else { return false }
        let filters = try repository.filters(of: path)
        git_filter_list_free(filters)
        if filters != nil { return true }
        return try rules.convertsEndings(of: path)
    }

    /// Writes a large file as an object of its own; one that is cut short meanwhile is refused.
    private func stream(_ file: Int32, _ size: Int, _ path: RepoPath) throws(GitError) -> ObjectID {
        var database: OpaquePointer?
        try check(
            git_repository_odb(&database, repository.handle), "open object database",
            repository.commonDirectory)
        defer { git_odb_free(database) }
        var stream: UnsafeMutablePointer<git_odb_stream>?
        try check(
            git_odb_open_wstream(&stream, database, git_object_size_t(size), GIT_OBJECT_BLOB), "store",
            path.description)
        defer { git_odb_stream_free(stream) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var left = size
        while left > 0 {
            let count = read(file, &buffer, min(buffer.count, left))
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw Disk.failure("read", path.description) }
            if count == 0 {
                throw GitError(
                    .unsupported, operation: "store", subject: path.description,
                    reason: "\(path) changes while it is read")
            }
            let written = buffer.withUnsafeBytes {
                git_odb_stream_write(stream, $0.baseAddress?.assumingMemoryBound(to: CChar.self), count)
            }
            try check(written, "store", path.description)
            left -= count
        }
        var oid = git_oid()
        try check(git_odb_stream_finalize_write(&oid, stream), "store", path.description)
        return ObjectID(oid)
    }
}

extension Repository {
    /// Content of a file as libgit2 would have git store it: line endings and `$Id$`.
    func filtered(_ bytes: [UInt8], _ path: RepoPath) throws(GitError) -> [UInt8] {
        guard let filters = try filters(of: path) else { return bytes }
        defer { git_filter_list_free(filters) }
        var out = git_buf()
        defer { git_buf_dispose(&out) }
        let status = bytes.withUnsafeBytes {
            git_filter_list_apply_to_buffer(
                &out, filters, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
        }
        try check(status, "convert", path.description)
        return Array(UnsafeRawBufferPointer(start: out.ptr, count: out.size))
    }

    /// What libgit2 does to a file on its way into the repository; nil for nothing.
    ///
    /// The caller frees it.
    fileprivate func filters(of path: RepoPath) throws(GitError) -> OpaquePointer? {
        var filters: OpaquePointer?
        try prepareIndex()
        try check(
            git_filter_list_load(
                &filters, handle, nil, path.terminated, GIT_FILTER_TO_ODB, GIT_FILTER_DEFAULT.rawValue),
            "read filters of", path.description)
        return filters
    }
}
