internal import CPlatform
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A time of a file, of any year: one number of nanoseconds would end in 2262.
package struct FileTime: Hashable, Sendable, CustomStringConvertible {
    /// Whole seconds since 1970, below zero before.
    package var seconds: Int
    /// What goes on top of them, never below zero.
    package var nanoseconds: Int

    package init(seconds: Int, nanoseconds: Int) {
        (self.seconds, self.nanoseconds) = (seconds, nanoseconds)
    }

    /// Reads what ``description`` gives, or nanoseconds since 1970 alone; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard let first = parts[0] else { return nil }
        if parts.count == 1 {
            let (whole, rest) = first.quotientAndRemainder(dividingBy: 1_000_000_000)
            self.init(
                seconds: rest < 0 ? whole - 1 : whole, nanoseconds: rest < 0 ? rest + 1_000_000_000 : rest)
        } else if parts.count == 2, let rest = parts[1], (0..<1_000_000_000).contains(rest) {
            self.init(seconds: first, nanoseconds: rest)
        } else {
            return nil
        }
    }

    /// Both numbers, with a dot between them: no decimal fraction.
    package var description: String { "\(seconds).\(nanoseconds)" }

    fileprivate var value: timespec { timespec(tv_sec: seconds, tv_nsec: nanoseconds) }
}

/// What tells that a file, folder or link is still the one that was looked at.
package struct PathFacts: Hashable, Sendable {
    /// What lies there.
    package enum Kind: UInt8, Sendable { case file, folder, link, other }

    package var kind: Kind
    /// Bytes.
    package var size: Int
    /// Its permissions.
    package var mode: UInt32
    /// When its content changed, and when anything of it did.
    package var (modified, changed): (FileTime, FileTime)
    package var inode: UInt64

    package init(
        kind: Kind, size: Int, mode: UInt32, modified: FileTime, changed: FileTime, inode: UInt64
    ) {
        (self.kind, self.size, self.mode) = (kind, size, mode)
        (self.modified, self.changed, self.inode) = (modified, changed, inode)
    }

    private init(_ found: stat) {
        #if canImport(Darwin)
            let (last, content) = (found.st_ctimespec, found.st_mtimespec)
        #else
            let (last, content) = (found.st_ctim, found.st_mtim)
        #endif
        kind =
            switch found.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        size = Int(found.st_size)
        mode = UInt32(found.st_mode & 0o7777)
        modified = FileTime(seconds: content.tv_sec, nanoseconds: content.tv_nsec)
        changed = FileTime(seconds: last.tv_sec, nanoseconds: last.tv_nsec)
        inode = UInt64(found.st_ino)
    }

    /// What lies at a path itself; nil where nothing can be found.
    package static func of(_ path: String) -> PathFacts? {
        var found = stat()
        return unsafe lstat(path, &found) == 0 ? PathFacts(found) : nil
    }

    /// Whether the content is the same as far as size and time tell.
    package func hasContent(of other: PathFacts) -> Bool {
        kind == other.kind && size == other.size && modified == other.modified
    }
}

/// Copies of files, which share their blocks with them where the disk can.
package enum FileCopies {
    /// Whether a file's blocks can be shared by one that lies in a folder, found by doing it.
    package static func canClone(_ path: String, into folder: String) -> Bool {
        let trial = folder + "/.hybrid-clone-\(getpid())"
        defer { _ = unsafe unlink(trial) }
        guard let from = try? Descriptor(opening: path, O_RDONLY | O_NOFOLLOW),
            let to = try? Descriptor(opening: trial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        else { return false }
        return hybrid_clone_file(from.number, to.number) == 0
    }

    /// Makes a copy of a file where nothing is yet, with its permissions and times; a clone where that can be.
    ///
    /// The file is open, and stays the one that it was when it was opened. Throws where something is there.
    package static func copy(
        _ from: borrowing Descriptor, to new: String, _ facts: PathFacts
    ) throws(SystemError) {
        let to = try Descriptor(opening: new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        if hybrid_clone_file(from.number, to.number) != 0 {
            while true {
                let bytes = try from.read(1 << 20)
                if bytes.isEmpty { break }
                try to.write(bytes[...])
            }
        }
        let times = [facts.modified.value, facts.modified.value]
        guard fchmod(to.number, mode_t(facts.mode)) == 0, unsafe futimens(to.number, times) == 0 else {
            throw SystemError()
        }
    }

    /// Makes a link that leads where another one does, or to a path.
    package static func link(_ new: String, to target: String) throws(SystemError) {
        guard unsafe symlink(target, new) == 0 else { throw SystemError() }
    }

    /// Makes one folder with permissions; its owner can write there in any case.
    package static func folder(_ new: String, mode: UInt32) throws(SystemError) {
        guard unsafe mkdir(new, 0o700) == 0, unsafe chmod(new, mode_t(mode | 0o700)) == 0 else {
            throw SystemError()
        }
    }

    /// Gives a folder the times that another one has; what is made in it afterwards changes them again.
    package static func setModified(_ path: String, _ facts: PathFacts) {
        let time = facts.modified.value
        // Only tools that compare times would see it, and they do their work once more.
        _ = unsafe utimensat(AT_FDCWD, path, [time, time], AT_SYMLINK_NOFOLLOW)
    }

    /// Where a link leads; nil for what is none.
    package static func target(of path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe readlink(path, $0.baseAddress!, $0.count) }
        return count < 0 || count == buffer.count ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// How much room the disk of a folder has, in bytes; nil where it does not say.
    package static func room(in folder: String) -> UInt64? {
        var facts = statvfs()
        guard unsafe statvfs(folder, &facts) == 0 else { return nil }
        return UInt64(facts.f_bavail) * UInt64(facts.f_frsize)
    }
}
