import Foundation
import HybridGit
import TestSupport
import Testing

/// Trees compared as they lie in the database.
@Suite struct TreeDifferenceTests {
    private let sandbox: Sandbox
    private let store: ObjectStore

    init() throws {
        sandbox = try Sandbox()
        try sandbox.git("init", "-q", "--bare", "repo", in: "")
        store = try ObjectStore(Repository(at: sandbox.root + "/repo"))
    }

    private static let ids = (1...4).map { String(repeating: String($0), count: 40) }

    /// Writes a tree as it is, right or wrong.
    private func tree(_ bytes: [UInt8]) throws -> ObjectID {
        let id = try sandbox.git(
            "hash-object", "-t", "tree", "-w", "--stdin", "--literally", input: Data(bytes))
        return try #require(ObjectID(hex: id))
    }

    private static func entry(_ mode: String, _ name: String, _ id: Int) -> [UInt8] {
        Array("\(mode) \(name)\0".utf8) + [UInt8](repeating: UInt8(id * 17), count: 20)
    }

    /// A tree from words "mode name number", in the order given.
    private func tree(_ entries: [(String, String, Int)]) throws -> ObjectID {
        try tree(entries.flatMap { Self.entry($0.0, $0.1, $0.2) })
    }

    /// What differs, as lines.
    private func said(_ old: ObjectID?, _ new: ObjectID?) throws -> [String] {
        func text(_ entry: TreeEntry?) -> String {
            entry.map { $0.kind.octal + "," + $0.id.description.prefix(2) } ?? "-"
        }
        return try store.differences(from: old, to: [new])[0].map {
            "\(String(decoding: $0.name, as: UTF8.self)) \(text($0.old)) \(text($0.new))"
        }
    }

    @Test func whatDiffersIsSaidOnceAndInOrder() throws {
        let old = try tree([
            ("100644", "a", 1), ("100644", "b", 1), ("100644", "d", 1), ("40000", "e", 1), ("120000", "l", 1),
        ])
        let new = try tree([
            ("100755", "a", 1), ("100644", "b", 1), ("100644", "c", 2), ("40000", "d", 2), ("100644", "e", 3),
            ("120000", "l", 1), ("160000", "s", 4),
        ])
        #expect(
            try said(old, new) == [
                "a 100644,11 100755,11", "c - 100644,22", "d 100644,11 -", "d - 40000,22", "e - 100644,33",
                "e 40000,11 -", "s - 160000,44",
            ])
        #expect(try said(old, old) == [])
        #expect(try said(nil, nil) == [])
        #expect(try said(nil, old).count == 5)
        #expect(try said(old, nil).count == 5)
        #expect(try store.differences(from: old, to: [new, nil, old]).map(\.count) == [7, 5, 0])
        #expect(try store.differences(from: old, to: []).isEmpty)
    }

    @Test(arguments: [
        ("100664", "100644", 0), ("040000", "40000", 0), ("100640", "100755", 1), ("100644", "120000", 1),
        ("100777", "100755", 0),
    ])
    func modesOfOldToolsAreReadAsTheNearest(old: String, new: String, differing: Int) throws {
        #expect(try said(tree([(old, "a", 1)]), tree([(new, "a", 1)])).count == differing)
    }

    @Test func namesAroundTheSlashMeetTheirOwn() throws {
        let names: [(String, String, Int)] = [
            ("100644", "a", 1), ("100644", "a-b", 1), ("100644", "a.b", 1), ("40000", "a", 2),
            ("100644", "a0", 1),
        ]
        // A file and a folder of one name cannot stand in one tree: each is left out in turn.
        for left in [0, 3] {
            var one = names
            one.remove(at: left)
            for gone in one.indices {
                var two = one
                two.remove(at: gone)
                #expect(try said(tree(one), tree(two)).count == 1)
                #expect(try said(tree(two), tree(one)).count == 1)
            }
        }
    }

    @Test func theyAreWhatGitSaysAndWhatParsedTreesSay() throws {
        var seed: UInt64 = 42
        func roll(_ count: UInt64) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % count)
        }
        let names = ["a", "a-", "a.c", "a0", "b", "b.c", "b/", "\u{e9}", "x y", "Z"]
        func random() throws -> ObjectID {
            var entries: [(String, String, Int)] = []
            for name in names where name != "b/" && roll(3) > 0 {
                entries.append(
                    (["100644", "100755", "120000", "160000", "40000"][roll(5)], name, 1 + roll(3)))
            }
            entries.sort {
                Array(($0.1 + ($0.0 == "40000" ? "/" : "")).utf8).lexicographicallyPrecedes(
                    Array(($1.1 + ($1.0 == "40000" ? "/" : "")).utf8))
            }
            return try tree(entries)
        }
        for _ in 0..<40 {
            let (old, new) = (try random(), try random())
            let found = try store.differences(from: old, to: [new])[0]
            let raw = try sandbox.git("diff-tree", "-z", "--no-renames", old.description, new.description)
            // One record for a changed name; a folder for a file is one that goes and one that comes.
            let fields = raw.split(separator: "\0").map(String.init)
            var git: [String] = []
            for place in stride(from: 0, to: fields.count, by: 2) {
                let parts = fields[place].dropFirst().split(separator: " ").map(String.init)
                if parts[0] != "000000" { git.append("\(fields[place + 1]) old \(parts[0]) \(parts[2])") }
                if parts[1] != "000000" { git.append("\(fields[place + 1]) new \(parts[1]) \(parts[3])") }
            }
            func mode(_ entry: TreeEntry) -> String {
                let text = entry.kind.octal
                return String(repeating: "0", count: 6 - text.count) + text
            }
            var own: [String] = []
            for difference in found {
                let name = String(decoding: difference.name, as: UTF8.self)
                if let entry = difference.old { own.append("\(name) old \(mode(entry)) \(entry.id)") }
                if let entry = difference.new { own.append("\(name) new \(mode(entry)) \(entry.id)") }
            }
            #expect(own.sorted() == git.sorted())

            let (before, after) = (try store.tree(old), try store.tree(new))
            var parsed: [String] = []
            for (word, tree, other) in [("old", before, after), ("new", after, before)] {
                for index in 0..<tree.count {
                    let entry = tree.items[index].entry
                    if other.entry(named: tree.name(index)) == entry { continue }
                    parsed.append(
                        "\(String(decoding: tree.name(index), as: UTF8.self)) \(word) \(mode(entry)) \(entry.id)"
                    )
                }
            }
            #expect(own.sorted() == parsed.sorted())
        }
    }

    @Test func aDamagedTreeIsNamed() throws {
        let good = Self.entry("100644", "a", 1)
        let healthy = try tree(good)
        let damaged: [[UInt8]] = [
            Array(good.dropLast()), Array(good.prefix(9)), Array("100644 a".utf8), Array("x".utf8),
            good + Array("100644 b\0".utf8), good + Array("100644".utf8), Self.entry("100644", "", 1),
            Self.entry("100684", "a", 1), Self.entry("", "a", 1), Self.entry("1006440000", "a", 1), [0],
            good + [0], Self.entry("100644", "a/b", 1), Self.entry("000100644", "a", 1),
        ]
        for bytes in damaged {
            let id = try tree(bytes)
            for (old, new) in [(healthy, id), (id, healthy)] {
                let error = #expect(throws: GitError.self, "\(bytes)") {
                    try store.differences(from: old, to: [new])
                }
                let text = error?.description ?? ""
                #expect(text.hasPrefix("read tree \(id): the object is damaged, "), "\(text)")
                #expect(text.hasSuffix("; see git fsck"), "\(text)")
            }
        }
    }

    @Test func whatIsNoTreeOrNotThereIsAnError() throws {
        let blob = try sandbox.git("hash-object", "-w", "--stdin", input: Data("x".utf8))
        let error = #expect(throws: GitError.self) {
            try store.differences(from: nil, to: [ObjectID(hex: blob)])
        }
        #expect(error?.reason == "it is not a tree")
        let missing = #expect(throws: GitError.self) {
            try store.differences(from: ObjectID(hex: Self.ids[0]), to: [nil])
        }
        #expect(missing?.code == .notFound)
    }
}
