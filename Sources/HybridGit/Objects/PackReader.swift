internal import CLibgit2
internal import HybridBase

/// Reads objects from a repository's packs: for thousands of small trees, which is what finding conflicts reads.
///
/// Only an accelerator. What it does not find or does not understand is nil, and libgit2's object database then
/// answers, with its own errors: loose objects, packs that came later, old formats, damage.
final class PackReader {
    private let objects: String
    private let verifies: Bool
    private let inflater: Inflater
    private lazy var packs = Self.packs(in: objects)
    /// The pack that held the last object: its neighbours are near.
    private var last = 0
    /// What deltas were applied to, or may be: most trees lie in the pack as changes of others.
    private var bases = BaseCache()
    private var room: [UInt8] = []

    /// A process can map so many files; git itself begins to tidy up at 50 packs.
    private static let mostPacks = 1000
    /// What is larger is left to the object database.
    private static let largest = 64 << 20
    /// The most deltas on top of each other; git itself makes 50, and 4,095 when asked.
    private static let deepest = 4096

    /// Reads the packs of a repository's folder `objects`; with `verifies`, each object's id is hashed again.
    init(in objects: String, verifies: Bool) throws(GitError) {
        self.objects = objects
        self.verifies = verifies
        inflater = try Inflater()
    }

    private static func packs(in objects: String) -> [PackFile] {
        let names = folders(objects).flatMap { folder in
            listed("\(folder)/pack").filter { $0.hasSuffix(".idx") }.sorted().map {
                "\(folder)/pack/\($0.dropLast(4))"
            }
        }
        return names.prefix(mostPacks).compactMap { PackFile($0) }
    }

    /// The folder itself, and those that it borrows from, which may borrow in their turn (gitrepository-layout,
    /// "objects/info/alternates").
    static func folders(_ objects: String) -> [String] {
        var folders = [objects]
        var next = 0
        while next < folders.count, folders.count < 32 {
            let text = (try? Disk.text("\(folders[next])/info/alternates")) ?? nil
            for line in (text ?? "").parts(at: "\n") where !line.beginsWithBytes(of: "#") {
                let folder = line.beginsWithBytes(of: "/") ? String(line) : "\(folders[next])/\(line)"
                if !folders.contains(folder) { folders.append(folder) }
            }
            next += 1
        }
        return folders
    }

    // A folder that cannot be listed is for the object database to tell.
    private static func listed(_ folder: String) -> [String] { (try? Disk.names(in: folder)) ?? [] }

    /// An object; nil where another has to read it.
    func read(_ id: ObjectID) -> StoredObject? {
        guard let (pack, offset) = place(of: id), let object = object(at: offset, in: pack) else {
            return nil
        }
        return verifies && !Self.isNamed(object, id) ? nil : object
    }

    /// Whether a pack holds an object.
    func holds(_ id: ObjectID) -> Bool {
        place(of: id).map { packs[$0.pack].entry(at: $0.offset) != nil } ?? false
    }

    private static func isNamed(_ object: StoredObject, _ id: ObjectID) -> Bool {
        Library.start()
        var oid = git_oid()
        let status = object.withBytes { git_odb_hash(&oid, $0.baseAddress, $0.count, object.type) }
        return status == 0 && ObjectID(oid) == id
    }

    /// The length of an object's content in bytes; nil where another has to tell it.
    func size(of id: ObjectID) -> Int? {
        guard let (pack, offset) = place(of: id), let entry = packs[pack].entry(at: offset) else {
            return nil
        }
        guard case .delta = entry.kind else { return entry.size }
        return withDelta(entry) { delta in
            var reader = PackNumbers(bytes: delta)
            return reader.size().flatMap { _ in reader.size() }
        }
    }

    /// A number that objects have in common of which one lies in a pack as changes of another; nil for what is in none.
    func family(of id: ObjectID) -> Int? {
        guard let (pack, start) = place(of: id) else { return nil }
        var offset = start
        for _ in 0..<Self.deepest {
            guard case .delta(let base)? = packs[pack].entry(at: offset)?.kind else { break }
            offset = base
        }
        return BaseCache.place(pack, offset)
    }

    private func place(of id: ObjectID) -> (pack: Int, offset: Int)? {
        if packs.isEmpty { return nil }
        if let offset = packs[last].offset(of: id) { return (last, offset) }
        for number in packs.indices where number != last {
            if let offset = packs[number].offset(of: id) {
                last = number
                return (number, offset)
            }
        }
        return nil
    }

    private func object(at start: Int, in number: Int) -> StoredObject? {
        let pack = packs[number]
        var deltas: [(offset: Int, entry: PackFile.Entry)] = []
        var offset = start
        var object: StoredObject?
        while object == nil {
            if let found = bases[number, offset] {
                object = found
                break
            }
            guard deltas.count < Self.deepest, let entry = pack.entry(at: offset), entry.size <= Self.largest
            else { return nil }
            switch entry.kind {
            case .delta(let base):
                deltas.append((offset, entry))
                offset = base
            case .whole(let type):
                guard
                    let made = StoredObject(
                        git_object_t(rawValue: Int32(type)), count: entry.size,
                        { inflater.expand(entry.rest, into: $0) })
                else { return nil }
                bases.keep(made, number, offset)
                object = made
            }
        }
        while let (offset, entry) = deltas.popLast(), let base = object {
            guard let made = withDelta(entry, { applied($0, to: base) }) else { return nil }
            bases.keep(made, number, offset)
            object = made
        }
        return object
    }

    /// Hands over the content of a delta; nil where it is damaged.
    private func withDelta<R>(_ entry: PackFile.Entry, _ body: (UnsafeRawBufferPointer) -> R?) -> R? {
        guard entry.size <= Self.largest else { return nil }
        if room.count < entry.size { room = [UInt8](repeating: 0, count: max(2 * entry.size, 1 << 14)) }
        return room.withUnsafeMutableBytes { room in
            let place = UnsafeMutableRawBufferPointer(rebasing: room[..<entry.size])
            return inflater.expand(entry.rest, into: place) ? body(UnsafeRawBufferPointer(place)) : nil
        }
    }

    /// What a delta makes of `base`; nil where it is damaged.
    private func applied(_ delta: UnsafeRawBufferPointer, to base: StoredObject) -> StoredObject? {
        var reader = PackNumbers(bytes: delta)
        guard reader.size() == base.count, let size = reader.size(), size <= Self.largest else { return nil }
        return base.withBytes { bytes in
            StoredObject(base.type, count: size) { reader.writeResult(of: bytes, into: $0) }
        }
    }
}

/// What deltas are applied to, for as long as nothing else needs the place: as git does it, a table without chains.
private struct BaseCache {
    private var slots: [Slot] = []
    private var bytes = 0

    private struct Slot {
        var place = -1
        var object: StoredObject?
    }

    /// How many bits of a hash choose a slot, how many bytes are kept at the most, and of one object.
    private static let (bits, most, largest) = (13, 24 << 20, 1 << 18)

    /// A pack and an offset as one number.
    static func place(_ pack: Int, _ offset: Int) -> Int { offset | pack << 44 }

    private static func slot(_ place: Int) -> Int {
        Int((UInt64(truncatingIfNeeded: place) &* 0x9E37_79B9_7F4A_7C15) >> (64 - UInt64(bits)))
    }

    subscript(pack: Int, offset: Int) -> StoredObject? {
        if slots.isEmpty || offset >= 1 << 44 { return nil }
        let place = Self.place(pack, offset)
        let slot = slots[Self.slot(place)]
        return slot.place == place ? slot.object : nil
    }

    mutating func keep(_ object: StoredObject, _ pack: Int, _ offset: Int) {
        // A large one would drive out all others; beyond 16 TiB two places would look the same.
        guard object.count <= Self.largest, offset < 1 << 44 else { return }
        if slots.isEmpty || bytes > Self.most {
            slots = [Slot](repeating: Slot(), count: 1 << Self.bits)
            bytes = 0
        }
        let place = Self.place(pack, offset)
        let slot = Self.slot(place)
        bytes += object.count - (slots[slot].object?.count ?? 0)
        slots[slot] = Slot(place: place, object: object)
    }
}

extension PackNumbers {
    /// After a delta's two sizes, writes its result, out of the base and the delta; false where it does not fill `place` exactly, or is damaged.
    fileprivate mutating func writeResult(
        of base: UnsafeRawBufferPointer, into place: UnsafeMutableRawBufferPointer
    ) -> Bool {
        var end = 0
        while at < bytes.count {
            let command = bytes[at]
            at += 1
            let piece: UnsafeRawBufferPointer
            if command & 0x80 == 0 {
                guard command > 0, at + Int(command) <= bytes.count else { return false }
                piece = UnsafeRawBufferPointer(rebasing: bytes[at..<at + Int(command)])
                at += Int(command)
            } else {
                guard let (offset, count) = stretch(command), offset + count <= base.count else {
                    return false
                }
                piece = UnsafeRawBufferPointer(rebasing: base[offset..<offset + count])
            }
            guard piece.count <= place.count - end else { return false }
            (place.baseAddress! + end).copyMemory(from: piece.baseAddress!, byteCount: piece.count)
            end += piece.count
        }
        return end == place.count
    }

    /// Where a stretch of the base begins and how long it is: of either, the bytes that `command` names.
    private mutating func stretch(_ command: UInt8) -> (offset: Int, count: Int)? {
        guard at + (command & 0x7F).nonzeroBitCount <= bytes.count else { return nil }
        var (offset, count) = (0, 0)
        for bit in 0..<4 where command >> bit & 1 != 0 {
            offset |= Int(bytes[at]) << (8 * bit)
            at += 1
        }
        for bit in 4..<7 where command >> bit & 1 != 0 {
            count |= Int(bytes[at]) << (8 * (bit - 4))
            at += 1
        }
        return (offset, count == 0 ? 1 << 16 : count)
    }
}
