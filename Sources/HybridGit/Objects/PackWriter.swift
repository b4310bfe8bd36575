internal import CLibgit2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Writes objects into one pack with its index (git's gitformat-pack).
///
/// Nothing looks for deltas: who makes a tree out of another one knows what it differs from. Both files are complete and
/// synced under other names before they get theirs, the index last, as it makes the pack seen.
final class PackWriter {
    private let folder: String
    private let pack: NewFile
    private let index: NewFile
    private var hash = SHA1()
    /// Where the next object begins.
    private var offset = 0
    private var waiting: [UInt8] = []
    private var entries: [PackIndex.Entry] = []
    private var places: [ObjectID: (offset: Int, depth: Int)] = [:]
    /// For what is small, such as trees, and ids in it hardly shrink.
    private let fast: Deflater
    private let thorough: Deflater

    /// As many deltas as git puts on top of each other.
    private static let deepest = 50

    /// Begins a pack of `count` objects in the folder `objects/pack` of a repository.
    init(in folder: String, count: Int) throws(GitError) {
        self.folder = folder
        fast = try Deflater(level: 1)
        thorough = try Deflater(level: 6)
        pack = try NewFile(in: folder, "pack")
        index = try NewFile(in: folder, "idx")
        waiting.reserveCapacity(1 << 18)
        entries.reserveCapacity(count)
        waiting += "PACK".utf8
        for number in [2, UInt32(count)] { withUnsafeBytes(of: number.bigEndian) { waiting += $0 } }
        offset = waiting.count
    }

    /// Adds an object; none may come twice.
    ///
    /// A tree may be written as what it takes from `other`, which was added before.
    func add(
        _ id: ObjectID, _ type: git_object_t, _ bytes: [UInt8],
        like other: (id: ObjectID, bytes: [UInt8])? = nil
    ) throws(GitError) {
        let start = offset
        var depth = 0
        var content = bytes
        var head: [UInt8] = []
        if let other, let place = places[other.id], place.depth < Self.deepest,
            let delta = PackDelta.make(from: other.bytes, to: bytes)
        {
            head = Self.head(GIT_OBJECT_OFS_DELTA, delta.count) + Self.distance(start - place.offset)
            content = delta
            depth = place.depth + 1
        } else {
            head = Self.head(type, bytes.count)
        }
        var sum = head.withUnsafeBytes { crc32($0) }
        try write(head)
        let deflater = type == GIT_OBJECT_BLOB ? thorough : fast
        try content.withUnsafeBufferPointer { (bytes) throws(GitError) in
            try deflater.compress(UnsafeRawBufferPointer(bytes)) { (stream) throws(GitError) in
                sum = crc32(stream, after: sum)
                try write(stream)
            }
        }
        entries.append(PackIndex.Entry(id: id, offset: UInt64(start), sum: sum))
        places[id] = (start, depth)
    }

    /// Completes both files and shows them to the repository.
    ///
    /// With an owner git keeps the pack until the value that it gives is gone, whether or not a ref names its objects.
    func finish(keptFor owner: (name: String, tip: ObjectID)? = nil) throws(GitError) -> KeptPack? {
        try flush()
        let sum = hash.finish()
        try pack.write(sum.bytes)
        try index.write(PackIndex.content(entries, pack: sum))
        try pack.sync()
        try index.sync()
        let name = folder + "/pack-\(sum)"
        let kept = try owner.flatMap { (owner) throws(GitError) in try keep(name + ".keep", owner) }
        // Readers look for indexes: a pack that has none yet is not seen.
        try pack.keep(as: name + ".pack")
        try index.keep(as: name + ".idx")
        try Disk.syncFolder(folder)
        return kept
    }

    /// Nil where somebody keeps this very pack already.
    private func keep(_ path: String, _ owner: (name: String, tip: ObjectID)) throws(GitError) -> KeptPack? {
        let file = try NewFile(in: folder, "keep")
        // Not synced: it says something of a process, which a power cut ends.
        try file.write(Array(KeptPack.text(owner.name).utf8))
        return try file.link(as: path) ? KeptPack(tip: owner.tip, path: path) : nil
    }

    private func write(_ bytes: [UInt8]) throws(GitError) {
        try bytes.withUnsafeBufferPointer { (bytes) throws(GitError) in
            try write(UnsafeRawBufferPointer(bytes))
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(GitError) {
        offset += bytes.count
        waiting += bytes
        if waiting.count >= 1 << 17 { try flush() }
    }

    private func flush() throws(GitError) {
        waiting.withUnsafeBytes { hash.update($0) }
        try pack.write(waiting)
        waiting.removeAll(keepingCapacity: true)
    }

    /// Kind and size of an object, the lowest four bits of the size first.
    private static func head(_ type: git_object_t, _ count: Int) -> [UInt8] {
        var rest = count >> 4
        var bytes = [UInt8(type.rawValue) << 4 | UInt8(count & 15)]
        while rest > 0 {
            bytes[bytes.count - 1] |= 0x80
            bytes.append(UInt8(rest & 0x7F))
            rest >>= 7
        }
        return bytes
    }

    /// How far back a delta's base lies: seven bits a byte, the highest first, each but the last one less.
    private static func distance(_ distance: Int) -> [UInt8] {
        var bytes = [UInt8(distance & 0x7F)]
        var rest = distance >> 7
        while rest > 0 {
            rest -= 1
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes.reversed()
    }
}

/// A file that gets its name when it is complete; removed where it does not come so far.
private final class NewFile {
    private let path: String
    private let file: Int32
    private var isKept = false

    /// The name is one that git's prune removes if this process ends before.
    init(in folder: String, _ kind: String) throws(GitError) {
        let random = UInt64.random(in: .min ... .max)
        path = folder + "/tmp_\(kind)_\(getpid())_" + String(random, radix: 36)
        file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o444)
        if file < 0 { throw Disk.failure("write pack", path) }
    }

    deinit {
        close(file)
        if !isKept { unlink(path) }
    }

    func write(_ bytes: [UInt8]) throws(GitError) {
        let isWritten = bytes.withUnsafeBytes { Disk.writeAll(file, $0) }
        if !isWritten { throw Disk.failure("write pack", path) }
    }

    func sync() throws(GitError) {
        if fsync(file) != 0 { throw Disk.failure("write pack", path) }
    }

    /// Gives it a second name that nothing has; false where something does.
    func link(as name: String) throws(GitError) -> Bool {
        #if canImport(Darwin)
            let status = Darwin.link(path, name)
        #else
            let status = Glibc.link(path, name)
        #endif
        if status == 0 { return true }
        if errno == EEXIST { return false }
        throw Disk.failure("write pack", name)
    }

    func keep(as name: String) throws(GitError) {
        if rename(path, name) != 0 { throw Disk.failure("write pack", name) }
        isKept = true
    }
}

/// The index of a pack, version 2.
enum PackIndex {
    struct Entry {
        var id: ObjectID
        var offset: UInt64
        /// CRC-32 of the object as it stands in the pack.
        var sum: UInt32
    }

    /// How such an index begins.
    static let head: [UInt8] = [0xFF, 0x74, 0x4F, 0x63, 0, 0, 0, 2]

    /// The content of the index of a pack with this checksum.
    static func content(_ entries: [Entry], pack: ObjectID) -> [UInt8] {
        let entries = entries.sorted { $0.id < $1.id }
        var bytes = head
        bytes.reserveCapacity(1100 + 28 * entries.count)
        func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
        }
        var count = 0
        for first in 0..<256 {
            while count < entries.count, entries[count].id.high >> 56 <= UInt64(first) { count += 1 }
            append(UInt32(count))
        }
        for entry in entries { entry.id.append(to: &bytes) }
        for entry in entries { append(entry.sum) }
        // What does not fit into 31 bits stands in a table of its own.
        var large: [UInt64] = []
        for entry in entries {
            if entry.offset < 1 << 31 {
                append(UInt32(entry.offset))
            } else {
                append(UInt32(1) << 31 | UInt32(large.count))
                large.append(entry.offset)
            }
        }
        for offset in large { append(offset) }
        pack.append(to: &bytes)
        var hash = SHA1()
        bytes.withUnsafeBytes { hash.update($0) }
        hash.finish().append(to: &bytes)
        return bytes
    }
}
