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
        /// What the tree holds.
        public let entry: TreeEntry
        fileprivate let start: Int32
        fileprivate let end: Int32
    }

    /// The entries in git's order.
    public let items: [Item]
    /// Whether writing these entries again gives the same object: old tools left other spellings of modes.
    public let isCanonical: Bool
    /// The first entry whose name the entry before it has too; nil in all but damaged trees.
    package let doubled: Int?
    private let bytes: [UInt8]

    /// The tree without entries.
    public static let empty = TreeObject()

    private init() {
        items = []
        bytes = []
        isCanonical = true
        doubled = nil
    }

    /// Parses the content of a tree object; throws where git would call it corrupt.
    ///
    /// Errors name the tree by `id`. Grows with the number of bytes.
    public init(parsing bytes: [UInt8], id: ObjectID? = nil) throws(GitError) {
        var items: [Item] = []
        items.reserveCapacity(bytes.count / 32)
        var canonical = true
        var doubled: Int?
        try bytes.withUnsafeBufferPointer { (bytes) throws(GitError) in
            let reader = TreeReader(bytes: UnsafeRawBufferPointer(bytes), id: id)
            var at = 0
            while at < bytes.count {
                let entry = try reader.entry(at: at)
                _ = try reader.name(of: entry)
                canonical = canonical && entry.isCanonical
                if doubled == nil, let last = items.last, reader.areEqual(last.start..<last.end, entry.name) {
                    doubled = items.count
                }
                items.append(
                    Item(
                        entry: reader.value(of: entry), start: Int32(entry.name.lowerBound),
                        end: Int32(entry.name.upperBound)))
                at = entry.end
            }
        }
        self.items = items
        self.bytes = bytes
        isCanonical = canonical
        self.doubled = doubled
    }

    /// The number of entries.
    public var count: Int { items.count }

    /// About how many bytes of memory the tree takes.
    public var cost: Int { bytes.count + items.count * MemoryLayout<Item>.stride + 64 }

    /// The entries with their names, in git's order.
    public var entries: some RandomAccessCollection<(name: ArraySlice<UInt8>, entry: TreeEntry)> {
        items.indices.lazy.map { (name: self.name($0), entry: self.items[$0].entry) }
    }

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
        bytes.withUnsafeBytes { own in
            name.withUnsafeBytes { wanted in
                while low < high {
                    let middle = (low + high) / 2
                    let item = items[middle]
                    let found = UnsafeRawBufferPointer(rebasing: own[Int(item.start)..<Int(item.end)])
                    if TreeReader.order(found, item.entry.isTree, wanted, asFolder) < 0 {
                        low = middle + 1
                    } else {
                        high = middle
                    }
                }
            }
        }
        return low
    }

    /// The content of this tree with some entries changed; nil takes an entry out.
    ///
    /// What stays between two changes is copied in one piece. Grows with the size of the tree.
    public func content(changing changes: [TreeRecord]) -> [UInt8] {
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
            return a.name.withUnsafeBytes { x in
                b.name.withUnsafeBytes { y in TreeReader.order(x, a.entry.isTree, y, b.entry.isTree) < 0 }
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
        content += entry.kind.octal.utf8
        content.append(UInt8(ascii: " "))
        content += name
        content.append(0)
        entry.id.append(to: &content)
    }
}
