internal import CLibgit2
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Where a working tree may differ from its commit, found by looking once at the facts of each file, as git does.
///
/// A status of libgit2 goes twice through all folders and asks about every path; this only says which paths such a status
/// has to look at, mostly none. Whatever it does not know exactly, it leaves to a status of everything.
/// Sources: gitformat-index(5), git's `ie_match_stat`, Documentation/technical/racy-git.
struct WorktreeScan {
    private let repository: Repository
    private let root: String
    /// The paths that may differ: files, and what the index does not know.
    private(set) var candidates: [RepoPath] = []
    private var isUnusual = false

    /// More paths than these are not looked at singly.
    private static let most = 2_000
    private static let emptyBlob = ObjectID(hex: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")

    /// The paths of a working tree that may differ; nil where all have to be looked at.
    ///
    /// Throws `notAFile` for a pipe or device in the place of a file that says what is ignored or converted. Time grows
    /// with the number of files.
    static func candidates(of repository: Repository) throws(GitError) -> [RepoPath]? {
        guard let root = repository.workingDirectory,
            try !repository.setting("core.ignoreCase", in: repository.handle, default: false),
            try !repository.setting("core.precomposeUnicode", in: repository.handle, default: false),
            let head = try repository.headCommit(),
            let index = try RawIndex(repository.gitDirectory + "index"),
            try index.tree(of: 0..<index.count) == repository.commit(head).tree
        else { return nil }
        var scan = WorktreeScan(repository: repository, root: root)
        let folder = try Disk.openFolder(root)
        try scan.look(folder, index, 0..<index.count, 0)
        return scan.isUnusual ? nil : scan.candidates
    }

    private init(repository: Repository, root: String) {
        self.repository = repository
        self.root = root
    }

    /// Looks at a folder, whose entries of the index are `range` and share `prefix` bytes; closes it.
    private mutating func look(
        _ folder: Int32, _ index: RawIndex, _ range: Range<Int>, _ prefix: Int
    ) throws(GitError) {
        guard let stream = fdopendir(folder) else {
            close(folder)
            isUnusual = true
            return
        }
        defer { closedir(stream) }
        var found = 0
        var at = range.lowerBound
        while at < range.upperBound, !isUnusual {
            let path = index.path(at)
            guard let slash = memchr(path + prefix, 47, index.length(at) - prefix) else {
                found += try lookAtFile(folder, index, at, prefix) ? 1 : 0
                at += 1
                continue
            }
            let inner = UnsafeRawPointer(slash) - UnsafeRawPointer(path) + 1
            let end = index.end(of: at..<range.upperBound, sharing: inner)
            found += try lookAtFolder(folder, index, at..<end, prefix, inner) ? 1 : 0
            at = end
        }
        // Most folders hold just what the index says: only the others are compared name by name.
        let names = Self.count(stream, isRoot: prefix == 0)
        if let names, names == found { return }
        guard names != nil, !isUnusual else {
            isUnusual = true
            return
        }
        rewinddir(stream)
        try findUnknown(stream, index, range, prefix)
    }

    /// Looks at a file of the index; false where nothing lies there.
    private mutating func lookAtFile(
        _ folder: Int32, _ index: RawIndex, _ at: Int, _ prefix: Int
    ) throws(GitError) -> Bool {
        var facts = stat()
        let name = index.path(at) + prefix
        guard fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno != ENOENT { isUnusual = true }
            add(index.repoPath(at))
            return false
        }
        if facts.st_mode & S_IFMT != S_IFREG, RulePlace.isRule(name) {
            try Disk.refuseEndless(root + index.repoPath(at).text)
        }
        let isEmpty = facts.st_size == 0 && index.id(at) != Self.emptyBlob
        if isEmpty || !index.matches(at, facts) { add(index.repoPath(at)) }
        // A folder in its place may be in the index as well, and counts there.
        return facts.st_mode & S_IFMT != S_IFDIR
    }

    /// Looks at a folder of the index; false where nothing lies there.
    private mutating func lookAtFolder(
        _ folder: Int32, _ index: RawIndex, _ range: Range<Int>, _ prefix: Int, _ inner: Int
    ) throws(GitError) -> Bool {
        let name = index.component(range.lowerBound, from: prefix, to: inner - 1)
        if name == [0] || name == [46, 0] || name == [46, 46, 0] {
            isUnusual = true
            return false
        }
        let opened = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if opened >= 0 {
            try look(opened, index, range, inner)
            return true
        }
        let reason = errno
        for at in range { add(index.repoPath(at)) }
        if reason == ENOENT { return false }
        // Something else lies there, of which the index knows nothing.
        if reason != ENOTDIR && reason != ELOOP { isUnusual = true }
        add(RepoPath(bytes: UnsafeRawBufferPointer(start: index.path(range.lowerBound), count: inner - 1)))
        return true
    }

    /// Adds what lies in a folder and is not in the index.
    private mutating func findUnknown(
        _ stream: OpaquePointer, _ index: RawIndex, _ range: Range<Int>, _ prefix: Int
    ) throws(GitError) {
        var known: Set<[UInt8]> = []
        var folder: [UInt8] = []
        if let first = range.first {
            folder = Array(UnsafeRawBufferPointer(start: index.path(first), count: prefix))
        }
        for at in range {
            let rest = UnsafeRawBufferPointer(
                start: index.path(at) + prefix, count: index.length(at) - prefix)
            known.insert(Array(rest.prefix { $0 != 47 }))
        }
        while let entry = readdir(stream) {
            let name = Self.name(of: entry)
            if Self.isOwn(name, isRoot: prefix == 0) || known.contains(name) { continue }
            add(RepoPath(bytes: folder + name))
            if RulePlace.names.contains(name) {
                try Disk.refuseEndless(root + RepoPath(bytes: folder + name).text)
            }
        }
    }

    private mutating func add(_ path: RepoPath) {
        candidates.append(path)
        if candidates.count > Self.most { isUnusual = true }
    }

    /// How many names a folder holds; nil for a repository of its own.
    private static func count(_ stream: OpaquePointer, isRoot: Bool) -> Int? {
        var count = 0
        while let entry = readdir(stream) {
            // Nearly no name begins with a dot.
            if entry.pointee.d_name.0 == 46 {
                let name = name(of: entry)
                if isOwn(name, isRoot: isRoot) { continue }
                if name == RulePlace.git { return nil }
            }
            count += 1
        }
        return count
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: UInt8.self, capacity: 1) {
                Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
            }
        }
    }

    /// Whether a name stands for the folder itself, the one above, or the working tree's own git directory.
    private static func isOwn(_ name: [UInt8], isRoot: Bool) -> Bool {
        name == [46] || name == [46, 46] || isRoot && name == RulePlace.git
    }
}

/// An index of version 2 without anything unusual, as it lies in its file: each entry with what git noted of its file.
private final class RawIndex {
    private let start: UnsafeRawPointer
    private let size: Int
    private let memory: UnsafeMutableRawBufferPointer
    /// Where the entries begin.
    private var entries: [Int] = []
    private let written: timespec

    /// Nil where there is no such index: libgit2 knows more forms, and says what is wrong with one.
    init?(_ path: String) throws(GitError) {
        try Disk.refuseEndless(path)
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size >= 32 else {
            return nil
        }
        size = Int(facts.st_size)
        // Read, not mapped: a file that is cut short meanwhile would end the process.
        memory = .allocate(byteCount: size, alignment: 8)
        start = UnsafeRawPointer(memory.baseAddress!)
        #if canImport(Darwin)
            written = facts.st_mtimespec
        #else
            written = facts.st_mtim
        #endif
        guard fill(from: file), let end = readEntries(), readExtensions(from: end) else { return nil }
    }

    deinit { memory.deallocate() }

    private func fill(from file: Int32) -> Bool {
        var done = 0
        while done < size {
            let count = pread(file, memory.baseAddress! + done, size - done, off_t(done))
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return false }
            done += count
        }
        return true
    }

    private func number(_ at: Int) -> UInt32 {
        start.loadUnaligned(fromByteOffset: at, as: UInt32.self).bigEndian
    }

    private func readEntries() -> Int? {
        let limit = size - ObjectID.length
        guard number(0) == 0x4449_5243, number(4) == 2 else { return nil }
        let count = Int(number(8))
        guard count <= limit / IndexForm.nameOffset else { return nil }
        entries.reserveCapacity(count)
        var at = 12
        for _ in 0..<count {
            guard at + IndexForm.nameOffset + 1 < limit else { return nil }
            let flags = start.loadUnaligned(fromByteOffset: at + IndexForm.flagsOffset, as: UInt16.self)
                .bigEndian
            // Marks, sides of a conflict, very long names, submodules.
            guard flags & 0xF000 == 0, flags < 0xFFF, flags > 0, number(at + 24) != 0o160000 else {
                return nil
            }
            let end = at + IndexForm.nameOffset + Int(flags)
            // Names are whole, and in their order: none is there twice.
            guard end < limit,
                memchr(start + at + IndexForm.nameOffset, 0, end - at - IndexForm.nameOffset + 1) == start
                    + end
            else { return nil }
            entries.append(at)
            guard entries.count == 1 || strcmp(path(entries.count - 2), path(entries.count - 1)) < 0 else {
                return nil
            }
            at += (end - at + 8) & ~7
        }
        return at
    }

    private func readExtensions(from end: Int) -> Bool {
        var at = end
        while at + 8 <= size - ObjectID.length {
            let length = Int(number(at + 4))
            guard length <= size - ObjectID.length - at - 8 else { return false }
            // Small letters begin the name of what has to be understood.
            if start.load(fromByteOffset: at, as: UInt8.self) & 0x20 != 0 { return false }
            at += 8 + length
        }
        return true
    }

    /// The id of the tree that these entries, of one folder whose path has `prefix` bytes, make.
    ///
    /// git notes such ids in the index itself; whoever can write the index can write any there. Grows with the entries.
    func tree(of range: Range<Int>, below prefix: Int = 0) throws(GitError) -> ObjectID {
        var bytes: [UInt8] = []
        var at = range.lowerBound
        while at < range.upperBound {
            let name = path(at) + prefix
            guard let slash = memchr(name, 47, length(at) - prefix) else {
                append(String(number(entries[at] + 24), radix: 8), name, length(at) - prefix, to: &bytes)
                bytes += UnsafeRawBufferPointer(
                    start: start + entries[at] + IndexForm.idOffset, count: ObjectID.length)
                at += 1
                continue
            }
            let length = UnsafeRawPointer(slash) - UnsafeRawPointer(name)
            let end = end(of: at..<range.upperBound, sharing: prefix + length + 1)
            append("40000", name, length, to: &bytes)
            let inner = try tree(of: at..<end, below: prefix + length + 1).oid
            withUnsafeBytes(of: inner.id) { bytes += $0 }
            at = end
        }
        return try ObjectID(hashing: bytes, as: GIT_OBJECT_TREE)
    }

    private func append(_ mode: String, _ name: UnsafePointer<CChar>, _ length: Int, to bytes: inout [UInt8])
    {
        bytes += mode.utf8
        bytes.append(32)
        bytes += UnsafeRawBufferPointer(start: name, count: length)
        bytes.append(0)
    }

    var count: Int { entries.count }

    /// Ends with a zero byte.
    func path(_ index: Int) -> UnsafePointer<CChar> {
        (start + entries[index] + IndexForm.nameOffset).assumingMemoryBound(to: CChar.self)
    }

    func length(_ index: Int) -> Int {
        Int(
            start.loadUnaligned(fromByteOffset: entries[index] + IndexForm.flagsOffset, as: UInt16.self)
                .bigEndian & 0xFFF)
    }

    func repoPath(_ index: Int) -> RepoPath {
        RepoPath(bytes: UnsafeRawBufferPointer(start: path(index), count: length(index)))
    }

    func id(_ index: Int) -> ObjectID {
        ObjectID(
            rawAt: 0,
            in: Array(
                UnsafeRawBufferPointer(
                    start: start + entries[index] + IndexForm.idOffset, count: ObjectID.length)))
    }

    /// A part of an entry's path as C text.
    func component(_ index: Int, from: Int, to: Int) -> [CChar] {
        Array(UnsafeBufferPointer(start: path(index) + from, count: to - from)) + [0]
    }

    /// Where the entries end that share their first `length` bytes with the first of `range`.
    func end(of range: Range<Int>, sharing length: Int) -> Int {
        let first = path(range.lowerBound)
        var (low, high) = (range.lowerBound + 1, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if strncmp(first, path(middle), length) == 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Whether a file is the one that git saw, and was not written in the moment in which the index was.
    func matches(_ index: Int, _ facts: stat) -> Bool {
        #if canImport(Darwin)
            let (changed, modified) = (facts.st_ctimespec, facts.st_mtimespec)
        #else
            let (changed, modified) = (facts.st_ctim, facts.st_mtim)
        #endif
        let at = entries[index]
        func holds(_ offset: Int, _ value: some BinaryInteger) -> Bool {
            number(at + offset) == UInt32(truncatingIfNeeded: value)
        }
        let kind: UInt32 =
            switch facts.st_mode & S_IFMT {
            case S_IFREG: facts.st_mode & 0o100 != 0 ? 0o100755 : 0o100644
            case S_IFLNK: 0o120000
            default: 0
            }
        return holds(0, changed.tv_sec) && holds(4, changed.tv_nsec) && holds(8, modified.tv_sec)
            && holds(12, modified.tv_nsec) && holds(20, facts.st_ino) && holds(24, kind)
            && holds(36, facts.st_size)
            && (modified.tv_sec, modified.tv_nsec) < (written.tv_sec, written.tv_nsec)
    }
}
