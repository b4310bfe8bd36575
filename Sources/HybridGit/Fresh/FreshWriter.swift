#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Writes one tree into several worktrees that are new and empty: each object is read once.
///
/// Nothing that exists is written to or through. A file takes five system calls: it is made below its open folder,
/// written, dated, looked at and closed.
final class FreshWriter {
    private let tree: FreshTree
    private let crew: StoreCrew
    private let pieces: [Piece]

    /// Files that lie in one folder.
    private struct Piece {
        var folder: Int
        var files: Range<Int>
    }

    /// Of a large folder so many files are one piece of work.
    private static let most = 256
    /// Worth a thread of its own.
    static let fewest = 500

    init(_ tree: FreshTree, _ crew: StoreCrew) {
        self.tree = tree
        self.crew = crew
        pieces = tree.folders.indices.flatMap { folder in
            let count = tree.folders[folder].files.count
            return stride(from: 0, to: count, by: Self.most).map {
                Piece(folder: folder, files: $0..<min($0 + Self.most, count))
            }
        }
    }

    /// How many bytes a worktree takes on a disk with blocks of `block` bytes.
    func size(block: Int) throws(GitError) -> Int {
        let files = tree.files
        let pieces = (files.count + Self.most - 1) / Self.most
        let sums = Sums(pieces)
        func blocks(_ bytes: Int) -> Int { (bytes + block - 1) / block * block }
        try crew.each(of: pieces) { (store, piece) throws(GitError) in
            var sum = 0
            for file in files[piece * Self.most..<min((piece + 1) * Self.most, files.count)]
            where file.kind != .gitlink {
                let bytes = try store.blobSize(file.id)
                sum += (bytes + block - 1) / block * block
            }
            sums.values[piece] = sum
        }
        return sums.values.reduce(0, +) + tree.folders.count * block + blocks(tree.index.count)
    }

    /// One number for each piece of work; no two threads write the same.
    private final class Sums: @unchecked Sendable {
        let values: UnsafeMutableBufferPointer<Int>

        init(_ count: Int) {
            values = .allocate(capacity: count)
            values.initialize(repeating: 0)
        }

        deinit { values.deallocate() }
    }

    /// Writes all files and indexes.
    func write(to places: [FreshPlace]) throws(GitError) {
        // An index is held for each worktree, and folders are open in all of them.
        let atOnce = max(1, min(16, (64 << 20) / max(tree.index.count, 1)))
        for start in stride(from: 0, to: places.count, by: atOnce) {
            try writeTogether(places[start..<min(start + atOnce, places.count)])
        }
    }

    private func writeTogether(_ places: ArraySlice<FreshPlace>) throws(GitError) {
        let targets = try Array(places).map { (place) throws(GitError) in
            try FreshTarget(place, self.tree)
        }
        let (tree, pieces) = (self.tree, self.pieces)
        try crew.each(of: targets.count) { (_, number) throws(GitError) in
            try targets[number].makeFolders(tree)
        }
        try crew.each(of: pieces.count) { (store, number) throws(GitError) in
            let piece = pieces[number]
            let folder = tree.folders[piece.folder]
            try Self.write(folder.files[piece.files], in: tree, of: folder, to: targets, store)
        }
        guard let drivers = tree.drivers, let filters = Repository.fileFilters else {
            try crew.each(of: targets.count) { (_, number) throws(GitError) in
                try targets[number].writeIndex()
            }
            return
        }
        let own = tree.files.filter(\.isGits)
        let paths = own.map { tree.repoPath(of: $0) }
        try crew.each(of: targets.count) { (_, number) throws(GitError) in
            let target = targets[number]
            try target.withIndexDraft { (index) throws(GitError) in
                try filters.checkOut(paths, in: target.root, index: index, drivers)
            }
            for file in own { try target.takeIn(file) }
            try target.writeIndex()
        }
    }

    private static func write(
        _ numbers: ArraySlice<Int>, in tree: FreshTree, of folder: FreshTree.Folder,
        to all: [FreshTarget], _ store: ObjectStore
    ) throws(GitError) {
        let targets = all.filter { target in !numbers.allSatisfy(target.stands) }
        let files = numbers.filter { number in !targets.allSatisfy { $0.stands(number) } }
        // To open a folder and close it again is worth it only for several files.
        let opens = files.count > 2
        var folders: [Int32] = []
        defer { if opens { folders.forEach { close($0) } } }
        for target in targets {
            folders.append(opens ? try target.openFolder(folder.path) : target.folder)
        }
        for number in files where !tree.files[number].isGits {
            let file = tree.files[number]
            let skipped = opens ? file.name : 0
            if file.kind == .gitlink {
                for (target, folder) in zip(targets, folders) {
                    try target.makeSubmodule(file, in: folder, skipped)
                }
                continue
            }
            try store.rawBlob(file.id).withBytes { (bytes) throws(GitError) in
                func put(_ bytes: UnsafeRawBufferPointer) throws(GitError) {
                    for (target, folder) in zip(targets, folders) where !target.stands(number) {
                        try target.write(file, bytes, in: folder, skipped)
                    }
                }
                guard let converted = file.conversion.apply(to: bytes, id: file.id) else {
                    try put(bytes)
                    return
                }
                try converted.withUnsafeBufferPointer { (bytes) throws(GitError) in
                    try put(UnsafeRawBufferPointer(bytes))
                }
            }
        }
    }
}

/// Where a worktree is written: its root, its git directory, and what of it is there already.
struct FreshPlace {
    var root: String
    var admin: String
    var spare: SpareFiles?
}

/// One worktree that is being written: its root and its index.
///
/// Several threads use it at once: each file's entry is written by one of them.
private final class FreshTarget: @unchecked Sendable {
    let root: String
    let folder: Int32
    private let admin: String
    /// What lies there already.
    private let spare: SpareFiles?
    private let makesLinks: Bool
    private let index: UnsafeMutableRawBufferPointer
    private let times: [timespec]

    init(_ place: FreshPlace, _ tree: FreshTree) throws(GitError) {
        root = place.root
        admin = place.admin
        spare = place.spare
        folder = try Disk.openFolder(root)
        makesLinks = tree.makesLinks
        index = .allocate(byteCount: tree.index.count, alignment: 8)
        index.copyBytes(from: tree.index)
        // git reads a file again that may have changed in the second in which its index was written. Dated to the
        // second before, no file is in doubt, and every later change shows.
        let date = timespec(tv_sec: time(nil) - 1, tv_nsec: 0)
        times = [date, date]
    }

    deinit {
        index.deallocate()
        close(folder)
    }

    /// Whether a file of the tree lies there already.
    func stands(_ file: Int) -> Bool { spare?.stands[file] == true }

    /// Makes the folders of the tree; of a folder that was used before, keeps what the tree has there.
    func makeFolders(_ tree: FreshTree) throws(GitError) {
        if let spare {
            try spare.tidy(root, folder) { file, found in
                IndexForm.fill(index.baseAddress! + file.entry, from: found)
            }
            return
        }
        for inner in tree.folders.dropFirst() where mkdirat(folder, inner.path, 0o777) != 0 {
            throw failure(inner.path)
        }
    }

    func openFolder(_ path: [CChar]) throws(GitError) -> Int32 {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let opened = openat(folder, path.count > 1 ? path : [46, 0], flags)
        guard opened >= 0 else { throw failure(path) }
        return opened
    }

    /// Of the path, so many bytes name the folder that is open.
    func makeSubmodule(_ file: FreshTree.File, in folder: Int32, _ skipped: Int) throws(GitError) {
        guard mkdirat(folder, path(file) + skipped, 0o777) == 0 else { throw failure(file) }
    }

    func write(
        _ file: FreshTree.File, _ bytes: UnsafeRawBufferPointer, in folder: Int32, _ skipped: Int
    ) throws(GitError) {
        let name = path(file) + skipped
        var found = stat()
        if file.kind == .symlink && makesLinks {
            let target = bytes.map { CChar(bitPattern: $0) } + [0]
            guard symlinkat(target, folder, name) == 0 else { throw failure(file) }
            // Where a link has no date of its own, the date that it has is noted.
            _ = utimensat(folder, name, times, AT_SYMLINK_NOFOLLOW)
            guard fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) == 0 else { throw failure(file) }
        } else {
            let permissions: mode_t = file.kind == .executable ? 0o777 : 0o666
            let opened = openat(
                folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, permissions)
            guard opened >= 0 else { throw failure(file) }
            let isWritten = Disk.writeAll(opened, bytes)
            if isWritten { _ = futimens(opened, times) }
            let isDone = isWritten && fstat(opened, &found) == 0
            let reason = errno
            // close reports what a network file system could not store.
            let isClosed = close(opened) == 0
            if !isDone { errno = reason }
            guard isDone, isClosed else { throw failure(file) }
        }
        IndexForm.fill(index.baseAddress! + file.entry, from: found)
    }

    /// Dates and notes a file that git wrote, as one that was written here.
    func takeIn(_ file: FreshTree.File) throws(GitError) {
        let name = path(file)
        var found = stat()
        _ = utimensat(folder, name, times, AT_SYMLINK_NOFOLLOW)
        guard fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) == 0 else { throw failure(file) }
        IndexForm.fill(index.baseAddress! + file.entry, from: found)
    }

    /// Gives `body` a copy of the index as it is so far, for a git of its own.
    func withIndexDraft(_ body: (String) throws(GitError) -> Void) throws(GitError) {
        let draft = Repository.indexDraft(admin)
        try write(to: draft)
        try body(draft)
        guard unlink(draft) == 0 else { throw Disk.failure("remove", draft) }
    }

    /// Puts the index in its place, whole or not at all.
    func writeIndex() throws(GitError) { try write(to: admin + "index") }

    private func write(to place: String) throws(GitError) {
        var sum = SHA1()
        sum.update(UnsafeRawBufferPointer(index))
        let draft = place + ".lock"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw Disk.failure("write the index of", root) }
        let isWritten =
            Disk.writeAll(file, UnsafeRawBufferPointer(index))
            && sum.finish().bytes.withUnsafeBytes { Disk.writeAll(file, $0) } && fsync(file) == 0
        let reason = errno
        close(file)
        errno = reason
        guard isWritten, rename(draft, place) == 0 else { throw Disk.failure("write the index of", root) }
    }

    private func path(_ file: FreshTree.File) -> UnsafePointer<CChar> {
        FreshTree.path(of: file, in: UnsafeRawPointer(index.baseAddress!))
    }

    private func failure(_ file: FreshTree.File) -> GitError {
        let reason = errno
        let start = path(file)
        let copy = Array(UnsafeBufferPointer(start: start, count: file.length + 1))
        errno = reason
        return failure(copy)
    }

    private func failure(_ path: [CChar]) -> GitError {
        let reason = errno
        let name = RepoPath(bytes: path.dropLast().map { UInt8(bitPattern: $0) }).description
        errno = reason
        return Disk.checkoutFailure(root + "/" + name)
    }
}
