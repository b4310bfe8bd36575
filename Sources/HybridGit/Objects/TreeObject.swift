internal import HybridBase

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A tree object, parsed once and then shared: names stay in the object's own bytes.
public final class TreeObject: Sendable {
    /// One entry: what stands there, and where its name lies in the bytes.
    public struct Item: Sendable {
        /// What the tree holds; the mode is one of the five that git knows.
        public let entry: TreeEntry
        fileprivate let start: Int32
        fileprivate let end: Int32
    }

    /// The entries in git's order.
    public let items: [Item]
    /// Whether writing these entries again gives the same object: old tools left other spellings of modes.
    public let isCanonical: Bool
    private let bytes: [UInt8]

    /// The tree without entries.
    public static let empty = TreeObject()

    private init() {
        items = []
        bytes = []
        isCanonical = true
    }

    /// Parses the content of a tree object; throws where git would call it corrupt.
    ///
    /// Grows with the number of bytes.
    public init(parsing bytes: [UInt8]) throws(GitError) {
        var items: [Item] = []
        items.reserveCapacity(bytes.count / 32)
        var canonical = true
        var at = 0
        while at < bytes.count {
            let modeStart = at
            var mode: UInt32 = 0
            while at < bytes.count, bytes[at] != UInt8(ascii: " ") {
                let digit = bytes[at]
                guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit), at - modeStart < 8 else {
                    throw Self.damaged("a mode is not an octal number")
                }
                mode = mode << 3 | UInt32(digit & 7)
                at += 1
            }
            guard at > modeStart, at < bytes.count else { throw Self.damaged("an entry has no mode") }
            at += 1
            let nameStart = at
            var hasSlash = false
            while at < bytes.count, bytes[at] != 0 {
                hasSlash = hasSlash || bytes[at] == UInt8(ascii: "/")
                at += 1
            }
            guard at > nameStart, !hasSlash else { throw Self.damaged("an entry's name is not a file name") }
            guard at + 20 < bytes.count else { throw Self.damaged("it ends within an entry") }
            let known = Self.knownMode(mode)
            canonical = canonical && known == mode && bytes[modeStart] != UInt8(ascii: "0")
            items.append(
                Item(
                    entry: TreeEntry(mode: known, id: ObjectID(rawAt: at + 1, in: bytes)),
                    start: Int32(nameStart), end: Int32(at)))
            at += 21
        }
        self.items = items
        self.bytes = bytes
        isCanonical = canonical
    }

    /// The five modes that git works with; what old tools wrote, such as 100664, is read as the nearest one.
    ///
    /// libgit2 gives modes as they are written: what comes from there goes through here. Source: git's `canon_mode`.
    static func knownMode(_ mode: UInt32) -> UInt32 {
        switch mode & 0o170000 {
        case 0o100000: mode & 0o100 == 0 ? 0o100644 : 0o100755
        case 0o120000: 0o120000
        case 0o40000: 0o40000
        default: 0o160000
        }
    }

    private static func damaged(_ reason: String) -> GitError {
        GitError(.other, operation: "read tree", subject: "object", reason: reason + "; see git fsck")
    }

    /// The number of entries.
    public var count: Int { items.count }

    /// About how many bytes of memory the tree takes.
    public var cost: Int { bytes.count + items.count * MemoryLayout<Item>.stride + 64 }

    /// The name of the entry at `index`.
    public func name(_ index: Int) -> ArraySlice<UInt8> {
        bytes[Int(items[index].start)..<Int(items[index].end)]
    }

    /// Orders two names by bytes, the shorter first where one begins the other; negative, 0 or positive.
    public static func compareNames(_ a: TreeObject, _ i: Int, _ b: TreeObject, _ j: Int) -> Int {
        if a === b, i == j { return 0 }
        let (x, y) = (a.items[i], b.items[j])
        let (m, n) = (Int(x.end - x.start), Int(y.end - y.start))
        let order = a.bytes.withUnsafeBufferPointer { left in
            b.bytes.withUnsafeBufferPointer { right in
                memcmp(
                    left.baseAddress! + Int(x.start), right.baseAddress! + Int(y.start), min(m, n))
            }
        }
        return order != 0 ? Int(order) : m - n
    }

    /// Orders two entries as git does, a folder's name as if it ended in a slash; 0 only for the same name and kind.
    public static func compareEntries(_ a: TreeObject, _ i: Int, _ b: TreeObject, _ j: Int) -> Int {
        let (x, y) = (a.items[i], b.items[j])
        return a.bytes.withUnsafeBufferPointer { left in
            b.bytes.withUnsafeBufferPointer { right in
                order(
                    UnsafeBufferPointer(rebasing: left[Int(x.start)..<Int(x.end)]), x.entry.isTree,
                    UnsafeBufferPointer(rebasing: right[Int(y.start)..<Int(y.end)]), y.entry.isTree)
            }
        }
    }

    /// Whether the name at `i` could still come later in `b`'s order although `b` stands at a later name.
    ///
    /// A folder `t` is sorted as `t/`, so that `t-2` stands before it.
    public static func mayHide(_ a: TreeObject, _ i: Int, behind b: TreeObject, _ j: Int) -> Bool {
        let (x, y) = (a.items[i], b.items[j])
        let (m, n) = (Int(x.end - x.start), Int(y.end - y.start))
        guard m < n, b.bytes[Int(y.start) + m] < UInt8(ascii: "/") else { return false }
        return a.name(i).elementsEqual(b.name(j).prefix(m))
    }

    /// The entry with this name; nil when there is none.
    ///
    /// Two binary searches, as a folder sorts elsewhere than a file of the same name.
    public func entry(named name: ArraySlice<UInt8>) -> TreeEntry? {
        find(name, asFolder: false) ?? find(name, asFolder: true)
    }

    private func find(_ name: ArraySlice<UInt8>, asFolder: Bool) -> TreeEntry? {
        let place = firstIndex(notBefore: name, asFolder: asFolder)
        guard place < items.count, self.name(place) == name, items[place].entry.isTree == asFolder else {
            return nil
        }
        return items[place].entry
    }

    /// Where an entry of this name stands or would stand.
    private func firstIndex(notBefore name: ArraySlice<UInt8>, asFolder: Bool) -> Int {
        var (low, high) = (0, items.count)
        bytes.withUnsafeBufferPointer { own in
            name.withUnsafeBufferPointer { wanted in
                while low < high {
                    let middle = (low + high) / 2
                    let item = items[middle]
                    let found = UnsafeBufferPointer(rebasing: own[Int(item.start)..<Int(item.end)])
                    if Self.order(found, item.entry.isTree, wanted, asFolder) < 0 {
                        low = middle + 1
                    } else {
                        high = middle
                    }
                }
            }
        }
        return low
    }

    /// git's order of tree entries: bytes, a folder's name as if it ended in a slash.
    static func order(
        _ a: UnsafeBufferPointer<UInt8>, _ aIsTree: Bool, _ b: UnsafeBufferPointer<UInt8>, _ bIsTree: Bool
    ) -> Int {
        let common = min(a.count, b.count)
        let order = common == 0 ? 0 : memcmp(a.baseAddress!, b.baseAddress!, common)
        if order != 0 { return Int(order) }
        let slash = Int(UInt8(ascii: "/"))
        let left = a.count > common ? Int(a[common]) : aIsTree ? slash : 0
        let right = b.count > common ? Int(b[common]) : bIsTree ? slash : 0
        return left - right
    }

    /// The content of this tree with some entries changed; nil takes an entry out.
    ///
    /// What stays between two changes is copied in one piece. Grows with the size of the tree.
    public func content(changing changes: [(name: ArraySlice<UInt8>, entry: TreeEntry?)]) -> [UInt8] {
        var removed = Set<Int>()
        var added: [(place: Int, name: ArraySlice<UInt8>, entry: TreeEntry)] = []
        for change in changes {
            for asFolder in [false, true] {
                let place = firstIndex(notBefore: change.name, asFolder: asFolder)
                if place < items.count, name(place) == change.name { removed.insert(place) }
            }
            if let entry = change.entry {
                added.append((firstIndex(notBefore: change.name, asFolder: entry.isTree), change.name, entry))
            }
        }
        added.sort { a, b in
            if a.place != b.place { return a.place < b.place }
            return a.name.withUnsafeBufferPointer { x in
                b.name.withUnsafeBufferPointer { y in Self.order(x, a.entry.isTree, y, b.entry.isTree) < 0 }
            }
        }
        var content: [UInt8] = []
        content.reserveCapacity(bytes.count + added.reduce(0) { $0 + $1.name.count + 28 })
        var copied = 0
        func copy(upTo place: Int) {
            // Old spellings of modes are written anew, one entry at a time.
            var start = copied
            for index in copied..<place where removed.contains(index) || !isCanonical {
                append(items: start..<index, to: &content)
                if !removed.contains(index) { Self.append(name(index), items[index].entry, to: &content) }
                start = index + 1
            }
            append(items: start..<place, to: &content)
            copied = place
        }
        for item in added {
            copy(upTo: item.place)
            Self.append(item.name, item.entry, to: &content)
        }
        copy(upTo: items.count)
        return content
    }

    private func append(items range: Range<Int>, to content: inout [UInt8]) {
        guard !range.isEmpty else { return }
        let first = range.lowerBound == 0 ? 0 : Int(items[range.lowerBound - 1].end) + 21
        content += bytes[first..<Int(items[range.upperBound - 1].end) + 21]
    }

    private static func append(_ name: ArraySlice<UInt8>, _ entry: TreeEntry, to content: inout [UInt8]) {
        content += String(entry.mode, radix: 8).utf8
        content.append(UInt8(ascii: " "))
        content += name
        content.append(0)
        entry.id.append(to: &content)
    }
}
