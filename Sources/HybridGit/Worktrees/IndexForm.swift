#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How an index of version 2 is written; source: gitformat-index(5).
enum IndexForm {
    /// Where a path begins behind the begin of its entry.
    static let nameOffset = flagsOffset + 2
    /// Where its id begins, and behind that its flags.
    static let (idOffset, flagsOffset) = (40, 40 + ObjectID.length)
    private static let modeOffset = 24

    /// Version 2, the number of entries not yet known.
    static let head = Array("DIRC".utf8) + [0, 0, 0, 2, 0, 0, 0, 0]

    /// The first version that can say that a file is outside of a sparse checkout.
    static func setExtended(in index: inout [UInt8]) { index[7] = 3 }

    static func setCount(_ count: Int, in index: inout [UInt8]) {
        index.replaceSubrange(8..<12, with: bytes(UInt32(count)))
    }

    /// Appends an entry whose file nobody has looked at; gives where its path lies.
    ///
    /// `isOutside`: of a sparse checkout; no such file is written, and its path begins later.
    static func append(
        _ entry: TreeEntry, _ folder: [UInt8], _ name: ArraySlice<UInt8>, isOutside: Bool = false,
        to index: inout [UInt8]
    ) -> Range<Int> {
        let start = index.count
        let length = folder.count + name.count
        index.append(contentsOf: repeatElement(0, count: modeOffset))
        index += bytes(entry.kind.mode)
        index.append(contentsOf: repeatElement(0, count: idOffset - modeOffset - 4))
        entry.id.append(to: &index)
        let flags = UInt16(min(length, 0xFFF)) | (isOutside ? 0x4000 : 0)
        index += [UInt8(flags >> 8), UInt8(flags & 0xFF)]
        if isOutside { index += [0x40, 0] }
        let path = index.count..<index.count + length
        index += folder
        index += name
        // One to eight zero bytes make the length a multiple of eight.
        let end = start + (path.lowerBound - start + length + 8) & ~7
        index.append(contentsOf: repeatElement(0, count: end - index.count))
        return path
    }

    /// Writes what git keeps of a file's facts into its entry, so that an unchanged file is not read again.
    static func fill(_ entry: UnsafeMutableRawPointer, from found: stat) {
        #if canImport(Darwin)
            let (changed, modified) = (found.st_ctimespec, found.st_mtimespec)
        #else
            let (changed, modified) = (found.st_ctim, found.st_mtim)
        #endif
        func put(_ value: some BinaryInteger, at offset: Int) {
            entry.storeBytes(
                of: UInt32(truncatingIfNeeded: value).bigEndian, toByteOffset: offset, as: UInt32.self)
        }
        put(changed.tv_sec, at: 0)
        put(changed.tv_nsec, at: 4)
        put(modified.tv_sec, at: 8)
        put(modified.tv_nsec, at: 12)
        put(found.st_dev, at: 16)
        put(found.st_ino, at: 20)
        put(found.st_uid, at: 28)
        put(found.st_gid, at: 32)
        put(found.st_size, at: 36)
    }

    /// How many entries an index file says that it has; 0 where there is none.
    static func count(of path: String) throws(GitError) -> Int {
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        if file < 0 {
            if errno == ENOENT { return 0 }
            throw Disk.failure("read the index", path)
        }
        defer { close(file) }
        var count: UInt32 = 0
        return pread(file, &count, 4, 8) == 4 ? Int(UInt32(bigEndian: count)) : 0
    }

    static func bytes(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}

/// A folder in an index's record of trees.
struct TreeRecordLine {
    let id: ObjectID
    var name: [UInt8] = []
    /// How many entries lie below it.
    var count = 0
    var children: [TreeRecordLine] = []

    init(id: ObjectID) { self.id = id }

    /// Appends the record as an extension of an index.
    func append(to index: inout [UInt8]) {
        var body: [UInt8] = []
        appendLine(to: &body)
        index += Array("TREE".utf8) + IndexForm.bytes(UInt32(body.count)) + body
    }

    private func appendLine(to body: inout [UInt8]) {
        body += name + [0]
        body += Array("\(count) \(children.count)\n".utf8)
        id.append(to: &body)
        // git's order: shorter names first.
        let ordered = children.sorted { a, b in
            a.name.count != b.name.count
                ? a.name.count < b.name.count : a.name.lexicographicallyPrecedes(b.name)
        }
        for child in ordered { child.appendLine(to: &body) }
    }
}
