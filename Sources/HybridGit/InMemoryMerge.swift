internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What libgit2's merge of two commits gave, without a worktree or the user's index.
public struct InMemoryMerge: Sendable {
    /// The merged tree; where there are conflicts, with markers in the text files.
    public var tree: ObjectID
    /// The conflicted paths; empty for a clean merge.
    public var conflicts: [Entry]

    /// One conflicted path and what each side has there.
    public struct Entry: Hashable, Sendable {
        /// The path.
        public var path: RepoPath
        /// The merge base's entry.
        public var base: TreeEntry?
        /// Our entry.
        public var ours: TreeEntry?
        /// Their entry.
        public var theirs: TreeEntry?
    }
}

/// The text of a file-level merge.
public struct FileMerge: Sendable {
    /// The merged bytes, markers included.
    public var bytes: [UInt8]
    /// Whether there is no conflict in it.
    public var isClean: Bool
}

extension Repository {
    /// Merges two commits with libgit2, in memory; objects go where this handle writes.
    ///
    /// Throws `unsupported` for unrelated histories.
    public func mergeInMemory(
        ours: ObjectID, theirs: ObjectID, ourLabel: String, theirLabel: String
    ) throws(GitError) -> InMemoryMerge {
        guard try mergeBase(ours, theirs) != nil else {
            throw GitError(
                .unsupported, operation: "merge", subject: "\(ours.short) \(theirs.short)",
                reason: "the histories have no common commit")
        }
        var (one, two): (OpaquePointer?, OpaquePointer?)
        var (a, b) = (ours.oid, theirs.oid)
        try check(git_commit_lookup(&one, handle, &a), "read commit", ours.description)
        defer { git_commit_free(one) }
        try check(git_commit_lookup(&two, handle, &b), "read commit", theirs.description)
        defer { git_commit_free(two) }
        var options = git_merge_options()
        try check(git_merge_options_init(&options, UInt32(GIT_MERGE_OPTIONS_VERSION)), "merge", theirs.short)
        options.flags = GIT_MERGE_FIND_RENAMES.rawValue
        var index: OpaquePointer?
        try check(
            git_merge_commits(&index, handle, one, two, &options), "merge", "\(ours.short) \(theirs.short)")
        defer { git_index_free(index) }
        let conflicts = try conflicts(in: index)
        for conflict in conflicts {
            try mark(conflict, index, ourLabel, theirLabel)
        }
        var id = git_oid()
        try check(git_index_write_tree_to(&id, index, handle), "write merged tree", theirs.short)
        return InMemoryMerge(tree: ObjectID(id), conflicts: conflicts)
    }

    /// Merges three versions of a text with markers of `markerSize` characters; a missing base is empty.
    public func mergeFile(
        base: [UInt8], ours: [UInt8], theirs: [UInt8], labels: (base: String, ours: String, theirs: String),
        markerSize: Int, diff3: Bool
    ) throws(GitError) -> FileMerge {
        var options = git_merge_file_options()
        try check(
            git_merge_file_options_init(&options, UInt32(GIT_MERGE_FILE_OPTIONS_VERSION)), "merge file",
            labels.theirs)
        options.marker_size = UInt16(markerSize)
        options.flags = diff3 ? GIT_MERGE_FILE_STYLE_DIFF3.rawValue : GIT_MERGE_FILE_STYLE_MERGE.rawValue
        var result = git_merge_file_result()
        let status = labels.base.withCString { baseLabel in
            labels.ours.withCString { ourLabel in
                labels.theirs.withCString { theirLabel in
                    base.withUnsafeBytes { b in
                        ours.withUnsafeBytes { o in
                            theirs.withUnsafeBytes { t in
                                options.ancestor_label = baseLabel
                                options.our_label = ourLabel
                                options.their_label = theirLabel
                                var inputs = (
                                    git_merge_file_input(), git_merge_file_input(), git_merge_file_input()
                                )
                                git_merge_file_input_init(&inputs.0, UInt32(GIT_MERGE_FILE_INPUT_VERSION))
                                git_merge_file_input_init(&inputs.1, UInt32(GIT_MERGE_FILE_INPUT_VERSION))
                                git_merge_file_input_init(&inputs.2, UInt32(GIT_MERGE_FILE_INPUT_VERSION))
                                (inputs.0.ptr, inputs.0.size) = (
                                    b.bindMemory(to: CChar.self).baseAddress, b.count
                                )
                                (inputs.1.ptr, inputs.1.size) = (
                                    o.bindMemory(to: CChar.self).baseAddress, o.count
                                )
                                (inputs.2.ptr, inputs.2.size) = (
                                    t.bindMemory(to: CChar.self).baseAddress, t.count
                                )
                                return git_merge_file(&result, &inputs.0, &inputs.1, &inputs.2, &options)
                            }
                        }
                    }
                }
            }
        }
        try check(status, "merge file", labels.theirs)
        defer { git_merge_file_result_free(&result) }
        let bytes = UnsafeRawBufferPointer(start: result.ptr, count: result.len)
        return FileMerge(bytes: Array(bytes), isClean: result.automergeable != 0)
    }

    private func conflicts(in index: OpaquePointer?) throws(GitError) -> [InMemoryMerge.Entry] {
        guard git_index_has_conflicts(index) != 0 else { return [] }
        var iterator: OpaquePointer?
        try check(git_index_conflict_iterator_new(&iterator, index), "read conflicts", "")
        defer { git_index_conflict_iterator_free(iterator) }
        var found: [InMemoryMerge.Entry] = []
        while true {
            var base: UnsafePointer<git_index_entry>?
            var ours: UnsafePointer<git_index_entry>?
            var theirs: UnsafePointer<git_index_entry>?
            let status = git_index_conflict_next(&base, &ours, &theirs, iterator)
            if status == GIT_ITEROVER.rawValue { return found }
            try check(status, "read conflicts", "")
            guard let path = (ours ?? theirs ?? base)?.pointee.path else { continue }
            found.append(
                InMemoryMerge.Entry(
                    path: RepoPath(
                        bytes: UnsafeBufferPointer(start: path, count: strlen(path)).map(
                            UInt8.init(bitPattern:))), base: Self.entry(base), ours: Self.entry(ours),
                    theirs: Self.entry(theirs)))
        }
    }

    private static func entry(_ raw: UnsafePointer<git_index_entry>?) -> TreeEntry? {
        raw.map { TreeEntry(mode: $0.pointee.mode, id: ObjectID($0.pointee.id)) }
    }

    /// Puts something that a person can edit in the place of a conflict: markers, or the side that is there.
    private func mark(
        _ conflict: InMemoryMerge.Entry, _ index: OpaquePointer?, _ ourLabel: String, _ theirLabel: String
    ) throws(GitError) {
        let name = conflict.path.bytes.map { CChar(bitPattern: $0) } + [0]
        try check(git_index_conflict_remove(index, name), "mark conflict", conflict.path.description)
        guard var kept = conflict.ours ?? conflict.theirs else { return }
        if let ours = conflict.ours, let theirs = conflict.theirs, Self.isFile(ours), Self.isFile(theirs) {
            let (one, two) = (try blob(ours.id), try blob(theirs.id))
            if !one.prefix(8000).contains(0), !two.prefix(8000).contains(0) {
                let base: [UInt8] =
                    if let entry = conflict.base, Self.isFile(entry) { try blob(entry.id) } else { [] }
                let merged = try mergeFile(
                    base: base, ours: one, theirs: two, labels: ("base", ourLabel, theirLabel), markerSize: 7,
                    diff3: false)
                kept.id = try writeBlob(merged.bytes)
            }
        }
        var entry = git_index_entry()
        entry.mode = kept.mode
        entry.id = kept.id.oid
        let status = name.withUnsafeBufferPointer { buffer in
            entry.path = buffer.baseAddress
            return git_index_add(index, &entry)
        }
        try check(status, "mark conflict", conflict.path.description)
    }

    static func isFile(_ entry: TreeEntry) -> Bool { entry.mode & 0o170000 == 0o100000 }
}
