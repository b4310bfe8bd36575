import HistoryGenerator
import HybridGit
import Testing

@testable import HybridMerging

/// Scores of pairs of files, as git prints them: in hundredths, rounded down.
struct Pairs {
    let trial: Trial
    let store: ObjectStore

    init() throws {
        trial = try Trial("commit base")
        store = try ObjectStore(trial.repository)
    }

    /// What git says of each pair as the only file of two trees; nil where it sees no rename at 1 %.
    func git(_ pairs: [([UInt8], [UInt8])]) throws -> [Int?] {
        var lines = ""
        for (old, new) in pairs {
            let trees = try [("old", old), ("new", new)].map { name, content in
                try store.write(
                    tree: Array("100644 \(name)\0".utf8) + store.write(blob: content).bytes)
            }
            lines += "\(trees[0]) \(trees[1])\n"
        }
        try store.save()
        let text = try trial.gitText("diff-tree", "--stdin", "-r", "--find-renames=01%", input: lines)
        var found: [Int?] = []
        for line in text.split(separator: "\n") {
            if !line.hasPrefix(":") {
                found.append(nil)
            } else if let score = line.split(separator: "\t")[0].split(separator: " ").last,
                score.hasPrefix("R")
            {
                found[found.count - 1] = Int(score.dropFirst())
            }
        }
        return found
    }

    /// The engine's score in hundredths; nil below one.
    func score(_ old: [UInt8], _ new: [UInt8]) -> Int? {
        let (one, other) = (ChunkCounts(old, rules: .installed), ChunkCounts(new, rules: .installed))
        let hundredths = one.score(to: other) * 100 / ChunkCounts.exact
        return hundredths == 0 ? nil : hundredths
    }
}

private func lines(_ numbers: some Sequence<Int>, _ end: String = "\n") -> String {
    numbers.map { "line number \($0)\(end)" }.joined()
}

@Suite struct SimilarityTests {
    /// Both contents and the hundredths that follow from the rule: copied bytes to the larger size.
    static let pairs: [(String, String, String, Int?)] = [
        ("half", "aaa\nbbb\n", "aaa\nccc\n", 50),
        ("a third", "a\nb\n", "a\nc\nd\n", 33),
        ("in another order", "a\nb\nc\nd\n!\n", "d\nb\na\nc\n?\n", 80),
        ("repeated lines count as often as both have them", "a\na\na\nb\n", "a\na\nc\nd\n", 50),
        ("nothing in common", "aaa\n", "bbb\n", nil),
        ("an empty target", "aaa\n", "", nil),
        ("an empty source", "", "aaa\n", nil),
        ("CR before LF does not count in texts", "a\r\nb\r\nc\r\nd\r\n", "a\nb\nc\nd\n", 66),
        ("CRLF on both", "a\r\nb\r\nc\r\nx\r\n", "a\r\nb\r\nc\r\ny\r\n", 50),
        ("CR alone counts", "a\rb\n1\n", "a\rb\n2\n", 66),
        ("CRLF in binaries counts", "\0\na\r\nb\r\n", "\0\na\nb\n", 25),
        ("a last line without a line feed is not counted", "aaaa\nbbbb", "aaaa\nbbbb\n", 50),
        ("nothing but such a line", "bbbb", "bbbb2", nil),
    ]

    @Test(arguments: pairs)
    func scores(_ name: String, _ old: String, _ new: String, _ hundredths: Int?) throws {
        let pairs = try Pairs()
        let (one, two) = (Array(old.utf8), Array(new.utf8))
        #expect(pairs.score(one, two) == hundredths, "\(name)")
        #expect(try pairs.git([(one, two)]) == [hundredths], "git: \(name)")
    }

    @Test("chunks end at 64 bytes", arguments: [63, 64, 65, 127, 128, 129, 200])
    func chunks(_ length: Int) throws {
        let pairs = try Pairs()
        let long = [UInt8](repeating: 97, count: length)
        // With and without a line feed behind, and with one more byte in front, which moves all chunks.
        let cases: [([UInt8], [UInt8])] = [
            (long + [10, 98, 10], long + [10, 99, 10]), (long + [10], long), (long, long + [98]),
            ([98] + long, long),
        ]
        #expect(cases.map { pairs.score($0, $1) } == (try pairs.git(cases)), "\(length)")
    }

    @Test(
        "generated contents",
        arguments: ["lines", "CRLF", "mixed ends", "binary", "long lines", "one line", "few lines"])
    func generated(_ kind: String) throws {
        var random = Random(seed: 59, part: kind.utf8.count)
        let pairs = try Pairs()
        func line() -> [UInt8] {
            let length = kind == "long lines" ? random.pick(0...300) : random.pick(0...20)
            var bytes = (0..<length).map { _ in UInt8(random.pick(97...104)) }
            if kind == "binary", random.chance(30) { bytes.append(UInt8(random.pick(0...9))) }
            if kind == "CRLF" || kind == "mixed ends" && random.chance(50) { bytes.append(13) }
            if kind != "one line" || random.chance(3) { bytes.append(10) }
            return bytes
        }
        var cases: [([UInt8], [UInt8])] = []
        while cases.count < 200 {
            let count = kind == "few lines" ? random.pick(0...4) : random.pick(0...60)
            var content = (0..<count).map { _ in line() }
            let old = Array(content.joined())
            let share = random.pick([2, 10, 50, 90])
            for index in content.indices where random.chance(share) { content[index] = line() }
            if random.chance(30) { content.shuffle(using: &random) }
            var new = Array(content.joined())
            if random.chance(30) { new = new.dropLast(random.pick(0...5)) + [] }
            if random.chance(20) { new += line() + line() }
            // The same bytes are found by their id and never scored.
            if old != new { cases.append((old, new)) }
        }
        let git = try pairs.git(cases)
        try #require(git.count == cases.count)
        for (index, pair) in cases.enumerated() {
            #expect(pairs.score(pair.0, pair.1) == git[index], "\(kind) \(index): \(pair)")
        }
        #expect(Set(git).count > 15, "the scores must differ")
    }

    @Test(
        "sizes alone rule out",
        arguments: [
            // Half the size can just reach half the score.
            (100, 50, ChunkCounts.renamed, false), (100, 49, ChunkCounts.renamed, true),
            (49, 100, ChunkCounts.renamed, true), (100, 75, 45_000, false),
            (100, 74, 45_000, true), (0, 1, 1, true), (0, 0, ChunkCounts.renamed, false),
            (7, 7, ChunkCounts.exact, false), (7, 6, ChunkCounts.exact, true),
        ])
    func rulesOut(_ one: Int, _ other: Int, _ minimum: Int, _ expected: Bool) {
        #expect(ChunkCounts.rulesOut(one, other, minimum: minimum) == expected)
        #expect(ChunkCounts.rulesOut(other, one, minimum: minimum) == expected)
    }

    // MARK: The cache

    @Test func onlyRegularFilesHaveAScore() throws {
        let pairs = try Pairs()
        var cache = SimilarityCache()
        let (old, new) = (
            try pairs.store.write(blob: Array(lines(1...9).utf8)),
            try pairs.store.write(blob: Array(lines(1...8).utf8))
        )
        func score(_ one: EntryKind, _ other: EntryKind) throws -> Int {
            try cache.score(
                TreeEntry(kind: one, id: old), TreeEntry(kind: other, id: new), minimum: ChunkCounts.renamed,
                in: pairs.store)
        }
        #expect(
            try score(.file, .executable)
                == ChunkCounts(Array(lines(1...9).utf8)).score(to: ChunkCounts(Array(lines(1...8).utf8))))
        #expect(try score(.symlink, .symlink) == 0)
        #expect(try score(.file, .symlink) == 0)
        // A submodule's commit is not even looked for.
        #expect(try score(.gitlink, .gitlink) == 0)
    }

    @Test func aKnownScoreNeedsNoContent() throws {
        let pairs = try Pairs()
        var cache = SimilarityCache()
        let (one, two) = (
            try pairs.store.write(blob: Array(lines(1...9).utf8)),
            try pairs.store.write(blob: Array(lines(2...9).utf8))
        )
        let (old, new) = (TreeEntry(kind: .file, id: one), TreeEntry(kind: .file, id: two))
        func score(_ a: TreeEntry, _ b: TreeEntry, minimum: Int = ChunkCounts.renamed) throws -> Int {
            try cache.score(a, b, minimum: minimum, in: pairs.store)
        }
        let there = try score(old, new)
        let back = try score(new, old)
        #expect(there > 0 && back > 0)
        // Sizes rule out before anything is looked up: a smaller file is never all of a larger one.
        #expect(try score(old, new, minimum: ChunkCounts.exact) == 0)
        #expect(try score(old, new) == there)
        let fresh = ChunkCounts(Array(lines(1...9).utf8))
        #expect(there == fresh.score(to: ChunkCounts(Array(lines(2...9).utf8))))
    }
}
