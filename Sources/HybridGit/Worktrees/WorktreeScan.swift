internal import CLibgit2
internal import Dispatch
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
    private let root: String
    /// The paths that may differ: files, and what the index does not know.
    private(set) var candidates: [RepoPath] = []
    private var isUnusual = false
    /// Folders that several threads look through once all else is seen; nil where one does it all.
    private var pieces: [Piece]?

    /// A folder of the index, open.
    private struct Piece {
        var folder: Int32
        var range: Range<Int>
        var prefix: Int
    }

    /// So many files are worth a thread, and so many folders are open at once.
    private static let (fewest, mostPieces) = (200, 64)

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
        var scan = WorktreeScan(root: root)
        let folder = try Disk.openFolder(root)
        if index.count > Self.fewest * 4 { scan.pieces = [] }
        do throws(GitError) {
            try scan.look(folder, index, 0..<index.count, 0)
        } catch {
            for piece in scan.pieces ?? [] { close(piece.folder) }
            throw error
        }
        try scan.lookAtPieces(index)
        return scan.isUnusual ? nil : scan.candidates
    }

    private init(root: String) { self.root = root }

    /// Looks through the folders that were left for it, on all cores.
    private mutating func lookAtPieces(_ index: RawIndex) throws(GitError) {
        guard let pieces, !pieces.isEmpty else { return }
        let (root, isUnusual, shared) = (root, isUnusual, Findings(index, pieces.count))
        DispatchQueue.concurrentPerform(iterations: pieces.count) { number in
            let piece = pieces[number]
            guard !isUnusual else {
                close(piece.folder)
                return
            }
            var scan = WorktreeScan(root: root)
            do throws(GitError) {
                try scan.look(piece.folder, shared.index, piece.range, piece.prefix)
                shared.put((scan.candidates, scan.isUnusual), number)
            } catch {
                shared.fail(error)
            }
        }
        for (paths, wasUnusual) in try shared.all() {
            candidates += paths
            if wasUnusual || candidates.count > Self.most { self.isUnusual = true }
        }
    }

    /// What several threads find; each writes its own place.
    private final class Findings: @unchecked Sendable {
        let index: RawIndex
        private var found: [([RepoPath], Bool)]
        private var failure: GitError?
        private let lock = DispatchSemaphore(value: 1)

        init(_ index: RawIndex, _ count: Int) {
            self.index = index
            found = Array(repeating: ([], false), count: count)
        }

        func put(_ piece: ([RepoPath], Bool), _ number: Int) {
            lock.wait()
            found[number] = piece
            lock.signal()
        }

        func fail(_ error: GitError) {
            lock.wait()
            failure = failure ?? error
            lock.signal()
        }

        func all() throws(GitError) -> [([RepoPath], Bool)] {
            if let failure { throw failure }
            return found
        }
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
            if let count = pieces?.count, count < Self.mostPieces, range.count >= Self.fewest,
                range.count <= max(Self.fewest * 4, index.count / 8)
            {
                pieces?.append(Piece(folder: opened, range: range, prefix: inner))
            } else {
                try look(opened, index, range, inner)
            }
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
