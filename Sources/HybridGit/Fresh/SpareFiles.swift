internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What of a folder that was used before stays for a new checkout: files that are as they were written, and as the tree
/// has them.
///
/// Whatever was changed since has another change time than noted, which nobody but the system sets; all else goes. One
/// thread uses it at a time until the folder is tidy. Links are never followed.
final class SpareFiles: @unchecked Sendable {
    let folder: String
    private let tree: FreshTree
    private let index: RawIndex
    private let later: String
    private let kept: Set<[UInt8]>
    /// Where each file of the tree stands in the old index, if it is the same there; else -1.
    private let known: [Int32]
    /// Which files of the tree lie there.
    private(set) var stands: [Bool]
    private var moved = 0

    /// Nil where the old index is not the one that was written with the files.
    init?(_ spare: SpareFolder, _ tree: FreshTree) throws(GitError) {
        guard let index = try RawIndex(spare.index), index.checksum == spare.checksum else { return nil }
        self.tree = tree
        self.index = index
        folder = spare.folder
        later = spare.later
        kept = Set(spare.kept.map { Array($0.withoutFinalSlashes.utf8) })
        stands = Array(repeating: false, count: tree.files.count)
        known = Self.same(tree, index)
    }

    /// Goes through both in their common order.
    private static func same(_ tree: FreshTree, _ index: RawIndex) -> [Int32] {
        tree.index.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return [] }
            var at = 0
            return tree.files.map { file in
                let path = FreshTree.path(of: file, in: start)
                while at < index.count, strcmp(index.path(at), path) < 0 { at += 1 }
                guard at < index.count, !file.isGits, strcmp(index.path(at), path) == 0,
                    index.holds(at, asAt: start + file.entry)
                else { return -1 }
                return Int32(at)
            }
        }
    }

    /// Clears the folder, which is open, of all that does not stay, and makes the folders that are missing.
    ///
    /// `note` hears each file that stays, with its facts.
    func tidy(
        _ root: String, _ opened: Int32, _ note: (FreshTree.File, stat) -> Void
    ) throws(GitError) {
        let copy = fcntl(opened, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw Disk.failure("list", root) }
        try tidy(0, copy, root, note)
    }

    /// The same for a folder of the tree; closes it.
    private func tidy(
        _ number: Int, _ opened: Int32, _ shown: String, _ note: (FreshTree.File, stat) -> Void
    ) throws(GitError) {
        guard let stream = fdopendir(opened) else {
            close(opened)
            throw Disk.failure("list", shown)
        }
        defer { closedir(stream) }
        let own = tree.folders[number]
        var staying = 0
        for file in own.files where try keep(file, in: opened, shown, note) { staying += 1 }
        for inner in own.folders {
            let name = name(of: inner)
            let place = shown + "/" + Self.text(name)
            try tidy(inner, folder(name, in: opened, place), place, note)
        }
        // Most folders hold just what they should: only in the others each name is looked at.
        if Self.count(stream) - (number == 0 ? 1 : 0) == staying + own.folders.count { return }
        rewinddir(stream)
        try clear(stream, number, opened, shown)
    }

    /// Keeps a file of the tree or takes away what is in its place.
    private func keep(
        _ number: Int, in opened: Int32, _ shown: String, _ note: (FreshTree.File, stat) -> Void
    ) throws(GitError) -> Bool {
        let file = tree.files[number]
        var found = stat()
        let status = tree.index.withUnsafeBytes { bytes in
            let path = FreshTree.path(of: file, in: bytes.baseAddress!)
            return fstatat(opened, path + file.name, &found, AT_SYMLINK_NOFOLLOW)
        }
        if status != 0 {
            if errno == ENOENT { return false }
            throw Disk.failure("look at", shown)
        }
        if known[number] >= 0, index.matches(Int(known[number]), found) {
            stands[number] = true
            note(file, found)
            return true
        }
        try remove(name(of: file), found, from: opened, shown)
        return false
    }

    /// Opens a folder below another one, made where none is.
    private func folder(_ name: [CChar], in opened: Int32, _ shown: String) throws(GitError) -> Int32 {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var inner = openat(opened, name, flags)
        if inner < 0, errno == EACCES, fchmodat(opened, name, 0o700, AT_SYMLINK_NOFOLLOW) == 0 {
            inner = openat(opened, name, flags)
        }
        if inner < 0, errno == ENOTDIR || errno == ELOOP, unlinkat(opened, name, 0) != 0 {
            throw Disk.failure("remove", shown)
        }
        if inner < 0 {
            guard mkdirat(opened, name, 0o777) == 0 else { throw Disk.failure("make folder", shown) }
            inner = openat(opened, name, flags)
        }
        guard inner >= 0 else { throw Disk.failure("open folder", shown) }
        return inner
    }

    /// Takes away whatever the tree does not have in a folder.
    private func clear(
        _ stream: OpaquePointer, _ number: Int, _ opened: Int32, _ shown: String
    ) throws(GitError) {
        let own = tree.folders[number]
        var wanted = Set(own.folders.map { Self.bytes(name(of: $0)) })
        for file in own.files where stands[file] { wanted.insert(Self.bytes(name(of: tree.files[file]))) }
        if number == 0 { wanted.insert(Array(".git".utf8)) }
        let above = Self.bytes(own.path)
        var going: [[CChar]] = []
        while let entry = readdir(stream) {
            let name = Self.name(of: entry)
            let bytes = Self.bytes(name)
            if name == [46, 0] || name == [46, 46, 0] || wanted.contains(bytes) { continue }
            if kept.contains(above.isEmpty ? bytes : above + [RepoPath.separator] + bytes) { continue }
            going.append(name)
        }
        for name in going {
            var found = stat()
            if fstatat(opened, name, &found, AT_SYMLINK_NOFOLLOW) != 0 {
                if errno == ENOENT { continue }
                throw Disk.failure("look at", shown + "/" + Self.text(name))
            }
            try remove(name, found, from: opened, shown)
        }
    }

    private func remove(
        _ name: [CChar], _ found: stat, from opened: Int32, _ shown: String
    ) throws(GitError) {
        let place = shown + "/" + Self.text(name)
        guard Disk.isFolder(found) else {
            if unlinkat(opened, name, 0) != 0 && errno != ENOENT { throw Disk.failure("remove", place) }
            return
        }
        // To delete it takes long: it only goes out of the way. A folder that nobody may write to cannot be moved.
        if found.st_mode & 0o700 != 0o700 { _ = fchmodat(opened, name, 0o700, AT_SYMLINK_NOFOLLOW) }
        moved += 1
        let away = try "\(Repository.placeForRemoval(in: later)).\(moved)"
        if renameat(opened, name, AT_FDCWD, away) != 0 { throw Disk.failure("remove", place) }
    }

    // MARK: Names

    private func name(of file: FreshTree.File) -> [CChar] {
        tree.index.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return [0] }
            let path = FreshTree.path(of: file, in: start)
            return Array(UnsafeBufferPointer(start: path + file.name, count: file.length - file.name + 1))
        }
    }

    private func name(of folder: Int) -> [CChar] {
        let path = tree.folders[folder].path
        let slash = path.lastIndex(of: CChar(bitPattern: RepoPath.separator))
        return slash.map { Array(path[($0 + 1)...]) } ?? path
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [CChar] {
        withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 1) {
                Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
            }
        }
    }

    private static func count(_ stream: OpaquePointer) -> Int {
        var count = 0
        while readdir(stream) != nil { count += 1 }
        return count - 2
    }

    private static func bytes(_ name: [CChar]) -> [UInt8] {
        name.dropLast().map { UInt8(bitPattern: $0) }
    }

    private static func text(_ name: [CChar]) -> String { RepoPath(bytes: bytes(name)).description }
}
