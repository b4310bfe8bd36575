internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Taking a ref away while other gits pack refs.
///
/// libgit2 reads `packed-refs`, then locks it, and writes what it read: what another git packed in between is lost, a
/// user's branch among it. Here the order is git's (files backend, `refs_delete_refs`): lock the ref, lock
/// `packed-refs`, read it, replace it, and only then take the loose file away.
extension Repository {
    /// Deletes a ref that names `old`; throws `changed` when it names something else, and does nothing when it is gone.
    ///
    /// Its reflog goes with it. Grows with `packed-refs`. Throws `locked` where another git holds one of the two locks.
    func delete(_ ref: RefName, _ old: ObjectID) throws(GitError) {
        let loose = commonDirectory + ref.text
        // What is not there needs no lock, and no folders for one.
        if try Self.refContent(ofFile: loose) == nil, try packedRefs().lines(of: ref.text) == nil { return }
        try deleteLocked(ref, old, loose)
        // Only now: the lock lay in them too.
        removeEmptyFolders(above: ref.text, in: "")
        removeEmptyFolders(above: ref.text, in: "logs/")
    }

    private func deleteLocked(_ ref: RefName, _ old: ObjectID, _ loose: String) throws(GitError) {
        let lock = try RefLock(loose)
        defer { withExtendedLifetime(lock) {} }
        let packed = try packedRefs()
        let isPacked = packed.lines(of: ref.text) != nil
        switch try Self.refContent(ofFile: loose) {
        case .id(old)?: break
        case nil where !isPacked: return
        case nil where packed.id(of: ref.text) == old: break
        default:
            throw GitError(.changed, operation: "delete ref", subject: ref.text, reason: "it moved meanwhile")
        }
        if isPacked { try unpack(ref) }
        if unlink(loose) != 0 && errno != ENOENT { throw Disk.failure("delete ref", loose) }
        // A log that stays would belong to the next ref of this name.
        if unlink(commonDirectory + "logs/" + ref.text) != 0 && ![ENOENT, ENOTDIR, EISDIR].contains(errno) {
            throw Disk.failure("delete the log of", ref.text)
        }
    }

    /// Takes one ref out of `packed-refs`; the ref itself is locked.
    private func unpack(_ ref: RefName) throws(GitError) {
        let path = packedPath
        let lock = try RefLock(path)
        defer { withExtendedLifetime(lock) {} }
        // Read under the lock: nobody else replaces the file now.
        let packed = try packedRefs()
        guard let lines = packed.lines(of: ref.text) else { return }
        var bytes = packed.bytes
        bytes.removeSubrange(lines)
        try lock.replace(path, with: bytes)
        try Disk.syncFolder(String(path.pathFolder ?? "."))
    }

    /// Where `packed-refs` lies, through a link as git follows it.
    private var packedPath: String {
        let path = commonDirectory + "packed-refs"
        return Disk.real(path) ?? path
    }

    private func packedRefs() throws(GitError) -> PackedRefs { try PackedRefs(reading: packedPath) }

    /// Removes the folders of a ref's file that hold nothing any more; git keeps `refs/heads` and their like.
    private func removeEmptyFolders(above ref: String, in place: String) {
        var parts = ref.pathParts.dropLast()
        while parts.count > 2, rmdir(commonDirectory + place + parts.joined(separator: "/")) == 0 {
            parts.removeLast()
        }
    }
}

/// The lock of a ref's file or of `packed-refs`, as git takes it: `PATH.lock`, made by nobody else.
private final class RefLock {
    private let path: String
    private let file: Int32
    private var isThere = true

    init(_ locked: String) throws(GitError) {
        path = locked + ".lock"
        var attempts = 0
        while true {
            try Disk.makeFolders(String(locked.pathFolder ?? "."))
            let opened = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
            if opened >= 0 {
                file = opened
                return
            }
            if errno == EEXIST {
                throw GitError(
                    .locked, operation: "delete ref", subject: locked, reason: "another git holds \(path)")
            }
            attempts += 1
            // Somebody may have taken the folder away that was just made.
            if errno != ENOENT || attempts == 5 { throw Disk.failure("lock", locked) }
        }
    }

    deinit {
        close(file)
        if isThere { unlink(path) }
    }

    /// Puts new content into the place of what is locked; the lock is gone with that.
    func replace(_ locked: String, with bytes: [UInt8]) throws(GitError) {
        let written = bytes.withUnsafeBytes { Disk.writeAll(file, $0) } && fsync(file) == 0
        if !written || rename(path, locked) != 0 { throw Disk.failure("write", locked) }
        isThere = false
    }
}
