import HybridGit

/// How alike two files are, by git's estimate (`diffcore-delta`): the share of bytes in chunks that both hold.
///
/// A text is cut into chunks that end at a line feed or at 64 bytes; each chunk is hashed into one of 107,927 kinds, and the
/// bytes of each kind are counted. What both files have of a kind counts as copied.
struct ChunkCounts: Sendable {
    /// The kinds that occur, ascending.
    private let kinds: [UInt32]
    /// The bytes in chunks of each kind.
    private let bytes: [UInt32]
    /// The size of the file.
    let size: Int

    /// The highest score, for files that are the same.
    static let exact = 60_000
    /// The score from which a file counts as renamed: half of its bytes.
    static let renamed = 30_000
    /// The score from which a file of the same basename counts as renamed without further comparison.
    static let sameBasename = 45_000

    /// About how many bytes of memory the counts take.
    var cost: Int { kinds.count * 8 + 64 }

    /// Counts the chunks of a file.
    ///
    /// In texts, the CR of a CRLF does not count. Grows with the number of bytes.
    init(_ content: [UInt8]) {
        size = content.count
        let isText = !BinaryMerge.isBinary(content)
        var chunks: [UInt64] = []
        chunks.reserveCapacity(content.count / 24 + 1)
        var one: UInt32 = 0
        var two: UInt32 = 0
        var length: UInt32 = 0
        let span = content.span
        let count = span.count
        var at = 0
        while at < count {
            let byte = span[at]
            at += 1
            if isText, byte == 13, at < count, span[at] == 10 { continue }
            let before = one
            one = ((one << 7) ^ (two >> 25)) &+ UInt32(byte)
            two = (two << 7) ^ (before >> 25)
            length += 1
            if length < 64, byte != 10 { continue }
            let kind = (one &+ two &* 0x61) % 107_927
            chunks.append(UInt64(kind) << 32 | UInt64(length))
            (one, two, length) = (0, 0, 0)
        }
        // What remains without a line feed is not counted, as in git.
        chunks.sort()
        var kinds: [UInt32] = []
        var bytes: [UInt32] = []
        for chunk in chunks {
            let kind = UInt32(truncatingIfNeeded: chunk >> 32)
            let length = UInt32(truncatingIfNeeded: chunk)
            if kinds.last == kind {
                bytes[bytes.count - 1] &+= length
            } else {
                kinds.append(kind)
                bytes.append(length)
            }
        }
        self.kinds = kinds
        self.bytes = bytes
    }

    /// The score of `target` as a renamed `self`, from 0 to ``exact``.
    ///
    /// Grows with the number of kinds.
    func score(to target: ChunkCounts) -> Int {
        let larger = max(size, target.size)
        guard target.size > 0, larger > 0 else { return 0 }
        var copied = 0
        var (i, j) = (0, 0)
        while i < kinds.count, j < target.kinds.count {
            if kinds[i] < target.kinds[j] {
                i += 1
            } else if kinds[i] > target.kinds[j] {
                j += 1
            } else {
                copied += Int(min(bytes[i], target.bytes[j]))
                i += 1
                j += 1
            }
        }
        return copied * Self.exact / larger
    }

    /// Whether the sizes alone rule out a score of `minimum`.
    static func rulesOut(_ one: Int, _ other: Int, minimum: Int) -> Bool {
        let larger = max(one, other)
        return larger * (exact - minimum) < (larger - min(one, other)) * exact
    }
}

/// Scores of pairs of files, kept from one merge to the next: workers meet the same files again and again.
struct SimilarityCache {
    private var counts = RecentCounts(limit: 32 << 20)
    private var scores: [Pair: Int32] = [:]

    private struct Pair: Hashable {
        var source: ObjectID
        var target: ObjectID
    }

    /// The score of two regular files, 0 where their sizes rule out `minimum`.
    mutating func score(
        _ source: TreeEntry, _ target: TreeEntry, minimum: Int, in store: ObjectStore
    ) throws(GitError) -> Int {
        guard source.isRegularFile, target.isRegularFile else { return 0 }
        let sizes = (try store.blobSize(source.id), try store.blobSize(target.id))
        if ChunkCounts.rulesOut(sizes.0, sizes.1, minimum: minimum) { return 0 }
        let pair = Pair(source: source.id, target: target.id)
        if let known = scores[pair] { return Int(known) }
        let score = try count(source.id, in: store).score(to: try count(target.id, in: store))
        if scores.count > 500_000 { scores.removeAll(keepingCapacity: true) }
        scores[pair] = Int32(score)
        return score
    }

    private mutating func count(_ id: ObjectID, in store: ObjectStore) throws(GitError) -> ChunkCounts {
        if let known = counts[id] { return known }
        let made = ChunkCounts(try store.blob(id))
        counts.insert(made, for: id, cost: made.cost)
        return made
    }
}

private typealias RecentCounts = RecentCache<ObjectID, ChunkCounts>
