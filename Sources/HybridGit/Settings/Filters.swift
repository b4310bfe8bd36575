internal import CLibgit2

/// The attributes for which git changes content by means that are not here: filter drivers (LFS ...) are programs,
/// and `working-tree-encoding` needs iconv.
private let conversions = ["filter", "working-tree-encoding"]

extension Repository {
    /// The first path of a tree, in git's order, that git would convert on checkout by means that are not here.
    ///
    /// That is a file whose attribute `filter` or `working-tree-encoding` has a value; nil where there is none.
    /// Attributes come from the tree's own `.gitattributes` files, `info/attributes` and the user's own attributes,
    /// never from the working tree. Whether a driver is configured plays no part. Without a mention of these
    /// attributes it reads trees and `.gitattributes` only; otherwise time grows with the number of files.
    public func filteredPath(in tree: ObjectID) throws -> RepoPath? {
        guard let lookup = try attributes(of: tree) else { return nil }
        var found: RepoPath?
        try walkFiles(tree) { path, entry in
            guard entry.isRegularFile else { return true }
            if try lookup.conversion(of: path) != nil { found = path }
            return found == nil
        }
        return found
    }

    /// Of files that are not there yet, the first that would not be stored as it is, and the attribute.
    ///
    /// Attributes come from the same places as those of files that are there.
    package func filtered(
        _ paths: [RepoPath], by tree: ObjectID
    ) throws -> (path: RepoPath, attribute: String)? {
        guard !paths.isEmpty, let lookup = try attributes(of: tree) else { return nil }
        for path in paths {
            if let attribute = try lookup.conversion(of: path) { return (path, attribute) }
        }
        return nil
    }

    /// The attributes that a tree sets; nil where nothing sets any that matters.
    private func attributes(of tree: ObjectID) throws -> AttributeLookup? {
        var sources: [(path: RepoPath, id: ObjectID)] = []
        try walkFiles(tree) { path, entry in
            if entry.isRegularFile, path.lastComponent.elementsEqual(".gitattributes".utf8) {
                sources.append((path, entry.id))
            }
            return true
        }
        guard try mentionsConversions(sources.map(\.id)) else { return nil }
        return try AttributeLookup(commonDirectory, sources)
    }

    /// The attribute, as `name=value`, that keeps a file of the working tree from being stored here; nil: none.
    ///
    /// The index has to be one that libgit2 can read.
    func conversion(of path: RepoPath) throws(GitError) -> String? {
        try conversionAttribute(handle, path, flags: UInt32(GIT_ATTR_CHECK_FILE_THEN_INDEX))
    }

    /// Whether any source of attributes could set one of them at all.
    private func mentionsConversions(_ ids: [ObjectID]) throws -> Bool {
        let words = conversions.map { Array($0.utf8) }
        let mentions = { (bytes: [UInt8]) in words.contains { bytes.firstRange(of: $0) != nil } }
        for id in ids where mentions(try blob(id)) { return true }
        if let own = try Disk.text(commonDirectory + "info/attributes"), mentions(Array(own.utf8)) {
            return true
        }
        return try configString("core.attributesfile") != nil
    }
}

/// Attributes as a tree sets them: a second handle without a working tree, with an index in memory that holds the
/// tree's `.gitattributes` files alone.
private final class AttributeLookup {
    private let bare: OpaquePointer

    init(_ gitDirectory: String, _ sources: [(path: RepoPath, id: ObjectID)]) throws(GitError) {
        let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue | GIT_REPOSITORY_OPEN_BARE.rawValue
        var out: OpaquePointer?
        try check(git_repository_open_ext(&out, gitDirectory, flags, nil), "open repository", gitDirectory)
        bare = out!
        var index: OpaquePointer?
        try check(git_index_new(&index), "read attributes", gitDirectory)
        defer { git_index_free(index) }
        try check(git_repository_set_index(bare, index), "read attributes", gitDirectory)
        for source in sources {
            var entry = git_index_entry()
            entry.mode = GIT_FILEMODE_BLOB.rawValue
            entry.id = source.id.oid
            let status = source.path.terminated.withUnsafeBufferPointer {
                entry.path = $0.baseAddress
                return git_index_add(index, &entry)
            }
            try check(status, "read attributes", source.path.description)
        }
    }

    deinit { git_repository_free(bare) }

    func conversion(of path: RepoPath) throws(GitError) -> String? {
        try conversionAttribute(bare, path, flags: UInt32(GIT_ATTR_CHECK_INDEX_ONLY))
    }
}

private func conversionAttribute(
    _ handle: OpaquePointer, _ path: RepoPath, flags: UInt32
) throws(GitError) -> String? {
    for name in conversions {
        var value: UnsafePointer<CChar>?
        try check(
            git_attr_get(&value, handle, flags, path.terminated, name), "read attributes of", path.description
        )
        // git, too, takes a bare `filter` or `-filter` as none.
        if git_attr_value(value) == GIT_ATTR_VALUE_STRING, let value {
            return "\(name)=\(String(cString: value))"
        }
    }
    return nil
}
