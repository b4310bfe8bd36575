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
        _ id: ObjectID?, _ body: (TreeReader) throws(GitError) -> R
    ) throws(GitError) -> R {
        guard let id, id != Repository.emptyTree else {
            return try body(TreeReader(bytes: UnsafeRawBufferPointer(start: nil, count: 0), id: id))
        }
        return try rawTree(id).withBytes { (bytes) throws(GitError) in
            try body(TreeReader(bytes: bytes, id: id))
        }
    }
}

extension TreeReader {
    /// What `other` holds otherwise, in git's order.
    fileprivate func differences(to other: TreeReader) throws(GitError) -> [TreeDifference] {
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
                order = Self.order(
                    uncheckedName(of: one), one.kind == .tree, other.uncheckedName(of: two),
                    two.kind == .tree)
            } else {
                order = one == nil ? 1 : -1
            }
            let old = order <= 0 ? one : nil
            let new = order >= 0 ? two : nil
            if let old { i = old.end }
            if let new { j = new.end }
            let (before, after) = (old.map(value), new.map(other.value))
            guard before != after else { continue }
            let name: UnsafeRawBufferPointer
            if let old {
                name = try self.name(of: old)
            } else if let new {
                name = try other.name(of: new)
            } else {
                continue
            }
            found.append(TreeDifference(name: Array(name), old: before, new: after))
        }
        return found
    }
}
