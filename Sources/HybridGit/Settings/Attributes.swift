internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What an attribute is for a path.
public enum AttributeValue: Hashable, Sendable {
    /// Nothing says anything.
    case unspecified
    /// `name`.
    case set
    /// `-name`.
    case unset
    /// `name=value`.
    case value(String)
}

/// Attributes of paths: from `$GIT_DIR/info/attributes` and the user's own files, and from a tree where one is given.
///
/// Neither a working tree nor an index is ever asked: answers do not depend on what somebody has checked out.
public final class AttributeSource {
    private let handle: Repository
    private let commit: ObjectID?

    /// Opens a handle of its own, whose index is empty.
    ///
    /// `tree` is the one whose `.gitattributes` files count; nil for none, as with `git merge-tree` in a bare repository.
    public init(of repository: Repository, tree: ObjectID? = nil) throws(GitError) {
        handle = try Repository(at: repository.commonDirectory)
        if let tree {
            guard try handle.exists(tree) else {
                throw GitError(
                    .notFound, operation: "read attributes", subject: tree.description,
                    reason: "there is no such tree")
            }
            // libgit2 asks for a commit: one that exists in memory only, and is not checked when it is made, which
            // would touch the tree's file.
            try handle.keepWritesInMemory()
            let nobody = "hybrid <hybrid> 0 +0000"
            let text = "tree \(tree)\nauthor \(nobody)\ncommitter \(nobody)\n\nattributes\n"
            commit = try handle.write(Array(text.utf8), GIT_OBJECT_COMMIT)
        } else {
            commit = nil
        }
        // With an empty index of its own the handle finds no .gitattributes there.
        var index: OpaquePointer?
        try Library.started()
        try check(git_index_new(&index), "read attributes", repository.commonDirectory)
        defer { git_index_free(index) }
        try check(
            git_repository_set_index(handle.handle, index), "read attributes", repository.commonDirectory)
    }

    /// The values of some attributes of a path, in the order of `names`.
    ///
    /// Files are read again when they changed.
    public func values(of names: [String], for path: RepoPath) throws(GitError) -> [AttributeValue] {
        var options = git_attr_options()
        options.version = UInt32(GIT_ATTR_OPTIONS_VERSION)
        options.flags = UInt32(GIT_ATTR_CHECK_INDEX_ONLY)
        if let commit {
            options.flags |= UInt32(GIT_ATTR_CHECK_INCLUDE_COMMIT)
            options.attr_commit_id = commit.oid
        }
        let text = path.bytes.map { CChar(bitPattern: $0) } + [0]
        // All at once: libgit2 looks at every file of attributes for each call.
        let words = names.map { strdup($0) }
        defer { words.forEach { free($0) } }
        var asked = words.map { UnsafePointer($0) }
        var found = [UnsafePointer<CChar>?](repeating: nil, count: names.count)
        try check(
            git_attr_get_many_ext(&found, handle.handle, &options, text, asked.count, &asked),
            "read attributes", path.description)
        return found.map { value in
            switch git_attr_value(value) {
            case GIT_ATTR_VALUE_TRUE: .set
            case GIT_ATTR_VALUE_FALSE: .unset
            case GIT_ATTR_VALUE_STRING: value.map { .value(String(cString: $0)) } ?? .unspecified
            default: .unspecified
            }
        }
    }
}

extension Repository {
    /// From now on what this handle writes stays in memory, for libgit2 itself to read, and goes with the handle.
    fileprivate func keepWritesInMemory() throws(GitError) {
        var backend: UnsafeMutablePointer<git_odb_backend>?
        try Library.started()
        try check(git_mempack_new(&backend), "keep objects in memory", commonDirectory)
        try withDatabase { (database) throws(GitError) in
            _ = try check(
                git_odb_add_backend(database, backend, 999), "keep objects in memory", commonDirectory)
        }
    }
}
