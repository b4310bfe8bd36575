internal import CLibgit2
internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An index of version 2 without anything unusual, as it lies in its file: each entry with what git noted of its file.
final class RawIndex {
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

    /// Whether an entry has the mode and the object of one that lies in an index elsewhere.
    func holds(_ index: Int, asAt other: UnsafeRawPointer) -> Bool {
        let at = start + entries[index]
        return memcmp(at + 24, other + 24, 4) == 0
            && memcmp(at + IndexForm.idOffset, other + IndexForm.idOffset, ObjectID.length) == 0
    }

    /// The checksum at its end, where its bytes have that; nil where they are others.
    var checksum: ObjectID? {
        var sum = SHA1()
        sum.update(UnsafeRawBufferPointer(start: start, count: size - ObjectID.length))
        let found = sum.finish()
        return found == writtenChecksum ? found : nil
    }

    /// The checksum that stands at its end.
    var writtenChecksum: ObjectID {
        ObjectID(raw: UnsafeRawBufferPointer(start: start + size - ObjectID.length, count: ObjectID.length))
    }

    /// The bytes of all files, as far as they are noted.
    var filesSize: Int { entries.reduce(0) { $0 + Int(number($1 + 36)) } }

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
