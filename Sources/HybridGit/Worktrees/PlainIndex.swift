internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An index in the form that every reader knows: version 3, each entry for itself, no extension.
struct PlainIndex {
    /// What stands before an entry's name.
    struct Fields {
        /// Facts of the file, mode and id: 60 bytes.
        var facts: ArraySlice<UInt8>
        var flags: UInt16
        var extended: UInt16

        static let isExtended: UInt16 = 0x4000
        /// Of the extended flags: git does not look at the file, which may well not be there.
        static let skipsWorktree: UInt16 = 0x4000

        var stage: UInt8 { UInt8(flags >> 12 & 3) }
    }

    private var bytes = Array("DIRC".utf8) + IndexForm.bytes(3) + IndexForm.bytes(0)
    private var count = 0
    private(set) var last: (name: ArraySlice<UInt8>, stage: UInt8)?

    /// Appends an entry; they have to come in git's order.
    mutating func add(_ fields: Fields, _ name: some Collection<UInt8>) {
        let start = bytes.count
        bytes += fields.facts
        var flags = fields.flags & 0xB000 | UInt16(min(name.count, 0xFFF))
        if fields.extended != 0 { flags |= Fields.isExtended }
        bytes += [UInt8(flags >> 8), UInt8(flags & 0xFF)]
        if fields.extended != 0 { bytes += [UInt8(fields.extended >> 8), UInt8(fields.extended & 0xFF)] }
        bytes += name
        // One to eight zero bytes make the length a multiple of eight.
        bytes += repeatElement(0, count: 8 - (bytes.count - start) % 8)
        count += 1
        last = (Array(name)[...], fields.stage)
    }

    /// A file that is not in the working tree.
    mutating func addAbsent(_ entry: TreeEntry, _ path: RepoPath) {
        var facts = [UInt8](repeating: 0, count: 24) + IndexForm.bytes(entry.kind.mode)
        facts += repeatElement(0, count: 12)
        entry.id.append(to: &facts)
        add(Fields(facts: facts[...], flags: 0, extended: Fields.skipsWorktree), path.bytes)
    }

    /// The whole file, its checksum with it.
    func finished() -> [UInt8] {
        var bytes = bytes
        IndexForm.setCount(count, in: &bytes)
        var sum = SHA1()
        bytes.withUnsafeBytes { sum.update($0) }
        sum.finish().append(to: &bytes)
        return bytes
    }
}

extension Repository {
    /// Puts a plain copy of the index in the place of one whose form libgit2 does not know; false for any other, unless a
    /// copy stands there already.
    ///
    /// Such are split and sparse indexes, and those without a checksum (`index.skipHash`). Nothing of the repository is
    /// written: the copy is a file of a moment's, and libgit2 keeps it in memory. Grows with the entries.
    func usePlainIndex() throws(GitError) -> Bool {
        let path = gitDirectory + "index"
        let file = try IndexFile(path, sharedIn: String(gitDirectory.dropLast()))
        guard file.isUnusual || hasPlainIndex else { return false }
        var plain = PlainIndex()
        for position in 0..<file.count {
            let (entry, name) = (file.entry(position), file.name(position))
            guard entry.isTree else {
                plain.add(file.fields(position), name)
                continue
            }
            try addAll(of: entry.id, below: RepoPath(bytes: name).asFolder, to: &plain)
        }
        var copy: OpaquePointer?
        try Self.withTemporary(plain.finished(), datedAs: path) { (place) throws(GitError) in
            try Library.started()
            _ = try check(git_index_open(&copy, place), "read the index of", gitDirectory)
        }
        defer { git_index_free(copy) }
        try check(git_repository_set_index(handle, copy), "read the index of", gitDirectory)
        try check(
            git_index_set_caps(copy, GIT_INDEX_CAPABILITY_FROM_OWNER.rawValue), "read the index of",
            gitDirectory)
        hasPlainIndex = true
        return true
    }

    /// A folder outside a sparse checkout stands as one entry.
    private func addAll(of tree: ObjectID, below folder: RepoPath, to plain: inout PlainIndex)
        throws(GitError)
    {
        for (name, entry) in try self.tree(tree).entries {
            let path = folder.appending(name)
            if entry.isTree {
                try addAll(of: entry.id, below: path, to: &plain)
            } else {
                plain.addAbsent(entry, path)
            }
        }
    }

    /// Gives `body` a file that is there until it returns, as old as another.
    private static func withTemporary(
        _ bytes: [UInt8], datedAs other: String, _ body: (String) throws(GitError) -> Void
    ) throws(GitError) {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((folder + "/hybrid-index.XXXXXX").utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw Disk.failure("make a temporary file in", folder) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            close(file)
            unlink(path)
        }
        guard bytes.withUnsafeBytes({ Disk.writeAll(file, $0) }) else { throw Disk.failure("write", path) }
        // A file that was changed when the index was written has to be read: both dates tell.
        var found = stat()
        guard stat(other, &found) == 0 else { throw Disk.failure("look at", other) }
        #if canImport(Darwin)
            var times = [found.st_atimespec, found.st_mtimespec]
        #else
            var times = [found.st_atim, found.st_mtim]
        #endif
        guard futimens(file, &times) == 0 else { throw Disk.failure("write", path) }
        try body(path)
    }
}
