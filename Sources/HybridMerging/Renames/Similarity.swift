import HybridGit

/// How alike two files are, by git's estimate (`diffcore-delta`): the share of bytes in chunks that both hold.
///
/// A text is cut into chunks that end at a line feed or at 64 bytes; each chunk is hashed into one of 107,927 kinds, and the
/// bytes of each kind are counted. What both files have of a kind counts as copied.
final class ChunkCounts: Sendable {
    /// The kinds that occur, ascending, each with the number of bytes in chunks of it: kind above, bytes below.
    private let kinds: [UInt64]
    /// The size of the file.
    let size: Int

    /// The highest score, for files that are the same.
    static let exact = 60_000
    /// The score from which a file counts as renamed unless another is asked for: half of its bytes.
    static let renamed = 30_000

    /// About how many bytes of memory the counts take.
    var cost: Int { kinds.count * 8 + 80 }

    /// Counts the chunks of a file.
    ///
    /// In texts, the CR of a CRLF does not count. Grows with the number of bytes.
    init(_ content: [UInt8], rules: GitRules = .newest) {
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
            chunks.append(Self.chunk(one, two, length))
            (one, two, length) = (0, 0, 0)
        }
        if length > 0, rules.contains(.lastLineCounts) { chunks.append(Self.chunk(one, two, length)) }
        chunks.sort()
        var kinds: [UInt64] = []
        for chunk in chunks {
            if let last = kinds.last, last >> 32 == chunk >> 32 {
                kinds[kinds.count - 1] = last &+ (chunk & 0xffff_ffff)
            } else {
                kinds.append(chunk)
            }
        }
        self.kinds = kinds
    }

    /// A chunk's kind above, its length below.
    @inline(__always)
    private static func chunk(_ one: UInt32, _ two: UInt32, _ length: UInt32) -> UInt64 {
        UInt64((one &+ two &* 0x61) % 107_927) << 32 | UInt64(length)
    }

    /// The score of `target` as a renamed `self`, from 0 to ``exact``.
    ///
    /// Grows with the number of kinds.
    func score(to target: ChunkCounts) -> Int {
        let larger = max(size, target.size)
        guard target.size > 0, larger > 0 else { return 0 }
        let (mine, others) = (kinds, target.kinds)
        let ours = mine.span
        let theirs = others.span
        var copied: UInt64 = 0
        var (i, j) = (0, 0)
        while i < ours.count, j < theirs.count {
            let (one, two) = (ours[i], theirs[j])
            if one >> 32 == two >> 32 {
                copied += min(one, two) & 0xffff_ffff
                i += 1
                j += 1
            } else if one < two {
                i += 1
            } else {
                j += 1
            }
        }
        return Int(copied) * Self.exact / larger
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
    private let rules: GitRules

    init(_ rules: GitRules = .newest) { self.rules = rules }

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

    /// The counts of a file, computed once while it is in use.
    mutating func count(_ id: ObjectID, in store: ObjectStore) throws(GitError) -> ChunkCounts {
        if let known = counts[id] { return known }
        let made = ChunkCounts(try store.blob(id), rules: rules)
        counts.insert(made, for: id, cost: made.cost)
        return made
    }
}

private typealias RecentCounts = RecentCache<ObjectID, ChunkCounts>
