#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One name that two trees hold differently.
public struct TreeDifference: Sendable {
    /// The name.
    public var name: [UInt8]
    /// What the older tree holds; nil for nothing of this kind.
    public var old: TreeEntry?
    /// What the newer tree holds; nil for nothing of this kind.
    public var new: TreeEntry?
}

extension ObjectStore {
    /// What each of some trees holds otherwise than one older tree, in git's order.
    ///
    /// A folder and a file of one name are two names, as they sort apart. The trees are compared as they lie in the
    /// database, byte by byte, and nothing is kept: for change sets, which look at each tree once. nil is a tree without
    /// entries. Grows with the sizes of the trees.
    public func differences(
        from old: ObjectID?, to new: [ObjectID?]
    ) throws(GitError) -> [[TreeDifference]] {
        try withTree(old) { (before) throws(GitError) in
            var found: [[TreeDifference]] = []
            found.reserveCapacity(new.count)
            for id in new {
                found.append(
                    try withTree(id) { (after) throws(GitError) in try before.differences(to: after) })
            }
            return found
        }
    }

    private func withTree<R>(
        _ id: ObjectID?, _ body: (RawTree) throws(GitError) -> R
    ) throws(GitError) -> R {
        guard let id, id != Repository.emptyTree else {
            return try body(RawTree(bytes: UnsafeRawBufferPointer(start: nil, count: 0), id: id))
        }
        return try rawTree(id).withBytes { (bytes) throws(GitError) in try body(RawTree(bytes: bytes, id: id))
        }
    }
}

/// The bytes of a tree object, where they lie.
private struct RawTree {
    let bytes: UnsafeRawBufferPointer
    let id: ObjectID?

    private struct Entry {
        var start: Int
        var name: Range<Int>
        var end: Int
        var isTree: Bool
    }

    /// The entry that begins at `start`; throws where the tree is damaged.
    private func entry(at start: Int) throws(GitError) -> Entry {
        let rest = bytes.count - start
        guard rest > 24, let space = find(32, from: start, within: min(rest, 8)),
            let end = find(0, from: space + 1, within: bytes.count - space - 1), end > space + 1,
            end + 20 < bytes.count
        else { throw damaged() }
        // Only a folder's mode begins with 4, or with 04 in old trees.
        let first = bytes[start] == UInt8(ascii: "0") ? start + 1 : start
        return Entry(
            start: start, name: space + 1..<end, end: end + 21,
            isTree: bytes[first] == UInt8(ascii: "4") && space - first == 5)
    }

    private func find(_ byte: Int32, from start: Int, within count: Int) -> Int? {
        guard count > 0, let base = bytes.baseAddress, let found = memchr(base + start, byte, count) else {
            return nil
        }
        return UnsafeRawPointer(found) - base
    }

    private func value(_ entry: Entry) throws(GitError) -> TreeEntry {
        var mode: UInt32 = 0
        for place in entry.start..<entry.name.lowerBound - 1 {
            guard (48...55).contains(bytes[place]) else { throw damaged() }
            mode = mode << 3 | UInt32(bytes[place] & 7)
        }
        return TreeEntry(
            mode: TreeObject.knownMode(mode),
            id: ObjectID(raw: UnsafeRawBufferPointer(rebasing: bytes[(entry.end - 20)..<entry.end])))
    }

    private func name(_ entry: Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[entry.name])
    }

    private func damaged() -> GitError {
        GitError(
            .other, operation: "read tree", subject: id?.description ?? "",
            reason: "the object is damaged; see git fsck")
    }

    func differences(to other: RawTree) throws(GitError) -> [TreeDifference] {
        var found: [TreeDifference] = []
        var (i, j) = (0, 0)
        while i < bytes.count || j < other.bytes.count {
            let one: Entry? = i < bytes.count ? try entry(at: i) : nil
            let two: Entry? = j < other.bytes.count ? try other.entry(at: j) : nil
            if let one, let two, one.end - one.start == two.end - two.start,
                memcmp(
                    bytes.baseAddress! + one.start, other.bytes.baseAddress! + two.start, one.end - one.start)
                    == 0
            {
                (i, j) = (one.end, two.end)
                continue
            }
            let order: Int
            if let one, let two {
                order = TreeObject.order(
                    name(one).bindMemory(to: UInt8.self), one.isTree,
                    other.name(two).bindMemory(to: UInt8.self), two.isTree)
            } else {
                order = one == nil ? 1 : -1
            }
            if order == 0, let one, let two {
                let (old, new) = (try value(one), try other.value(two))
                if old != new { found.append(TreeDifference(name: Array(name(one)), old: old, new: new)) }
            } else if order < 0, let one {
                found.append(TreeDifference(name: Array(name(one)), old: try value(one), new: nil))
            } else if let two {
                found.append(
                    TreeDifference(name: Array(other.name(two)), old: nil, new: try other.value(two)))
            }
            if order <= 0, let one { i = one.end }
            if order >= 0, let two { j = two.end }
        }
        return found
    }
}
