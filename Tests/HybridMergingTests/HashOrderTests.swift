import HistoryGenerator
import HybridGit
import Testing

@testable import HybridMerging

// The expected orders come from a model of git's hash table that was written apart from the product:
//
//     def hash(name):                         # FNV-1: multiply, then exclusive or
//         h = 0x811c9dc5
//         for byte in name: h = h * 0x01000193 % 2**32 ^ byte
//         return h
//     def order(names):
//         size, table = 64, [[] for _ in range(64)]
//         for count, name in enumerate(names, 1):
//             table[hash(name) % size].insert(0, name)       # the newest first
//             if count > size * 80 // 100:
//                 old, size = table, size * 4
//                 table = [[] for _ in range(size)]
//                 for bucket in old:
//                     for each in bucket: table[hash(each) % size].insert(0, each)
//         return [name for bucket in table for name in bucket]

@Suite struct HashOrderTests {
    private func order(_ names: [String]) -> [String] {
        var map = HashOrderedMap<Int>()
        for (index, name) in names.enumerated() { map[RepoPath(name)] = index }
        return map.ordered.map(\.key.text)
    }

    @Test(
        "small tables",
        arguments: [
            ([], []),
            (["a", "b", "c"], ["c", "b", "a"]),
            (["c", "b", "a"], ["c", "b", "a"]),
            (["src/a", "src/b", "lib", "lib/x", "é"], ["lib", "lib/x", "src/a", "src/b", "é"]),
            (
                ["d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8"],
                ["d1", "d0", "d3", "d2", "d5", "d4", "d7", "d6", "d8"]
            ),
            (["a/b/c", "a/b", "a", ""], ["", "a/b", "a/b/c", "a"]),
        ] as [([String], [String])])
    func small(_ names: [String], _ expected: [String]) { #expect(order(names) == expected) }

    @Test(
        "tables that grow, by number of names and a sum of place times name",
        arguments: [
            (51, 42409, ["f9", "f8", "f18", "f19"]),
            (52, 42221, ["f9", "f8", "f18", "f19"]),
            (53, 44974, ["f9", "f8", "f18", "f19"]),
            (204, 2135283, ["f182", "f137", "f67", "f183"]),
            (205, 2301154, ["f67", "f66", "f65", "f64"]),
            (206, 2342571, ["f67", "f66", "f65", "f64"]),
            (900, 195807171, ["f258", "f259", "f252", "f253"]),
        ] as [(Int, Int, [String])])
    func grown(_ count: Int, _ sum: Int, _ first: [String]) {
        let found = order((0..<count).map { "f\($0)" })
        #expect(Array(found.prefix(4)) == first)
        let checked = found.enumerated().reduce(0) {
            $0 + ($1.offset + 1) * (Int($1.element.dropFirst()) ?? 0)
        }
        #expect(checked == sum)
    }

    @Test func namesInOneBucketComeNewestFirst() {
        // Both fall into bucket 21 of 64.
        #expect(order(["x0", "x37"]) == ["x37", "x0"])
        #expect(order(["x37", "x0"]) == ["x0", "x37"])
    }

    @Test func valuesAreChangedInTheirPlace() {
        var map = HashOrderedMap<Int>()
        for name in ["a", "b", "c"] { map["\(name)".path] = 1 }
        let before = map.ordered.map(\.key)
        map["b".path] = 7
        #expect(map.ordered.map(\.key) == before)
        #expect(map["b".path] == 7)
        #expect(map["d".path] == nil)
        #expect(map.count == 3 && !map.isEmpty)
        #expect(map.keys == ["a".path, "b".path, "c".path], "keys stand in the order in which they came")
    }

    @Test func aTableThatWasEmptiedKeepsItsSize() {
        // 60 names make it grow to 256 buckets; in these the two names stand the other way round than in 64.
        var map = HashOrderedMap<Int>()
        for index in 0..<60 { map["f\(index)".path] = index }
        map.removeAll()
        #expect(map.isEmpty && map.ordered.isEmpty && map["f1".path] == nil)
        for name in ["g0", "g10"] { map[name.path] = 0 }
        #expect(map.ordered.map(\.key.text) == ["g10", "g0"])
        #expect(order(["g0", "g10"]) == ["g10", "g0"].reversed())
    }

    /// Where it matters: of two folders that equally many files went to, the first in this order is tried for a file of
    /// the same basename, and gets the majority with it.
    @Test func breaksTiesAsGitDoes() throws {
        var winners: Set<Character> = []
        for number in 0..<10 {
            let (one, other) = ("n\(number)", "m\(number * 7)")
            let trial = try Trial(
                """
                commit base
                    write old/x x1..x9
                    write old/y y1..y9
                    write old/Makefile m1..m20
                commit ours base
                    move old/x \(one)/x
                    move old/y \(other)/y
                    delete old/Makefile
                    write \(one)/Makefile m1..m17 "changed\\n"
                    write \(other)/Makefile m1..m17 "changed\\n"
                commit theirs base
                    write old/Makefile m1..m20 "edit\\n"
                    write old/x x1..x9 "edit\\n"
                    write old/new "new\\n"
                """)
            let answer = try trial.expectGitsAnswer("\(one) and \(other)")
            let moved = try #require(
                answer.messages.first { $0.type == .conflict(.directoryRenameSuggested) })
            winners.formUnion(moved.paths[0].text.prefix(1))
        }
        #expect(winners == ["m", "n"], "the names must show both orders")
    }
}

extension String {
    fileprivate var path: RepoPath { RepoPath(self) }
}
