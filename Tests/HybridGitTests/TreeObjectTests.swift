import Foundation
import HistoryGenerator
import TestSupport
import Testing

@testable import HybridGit

/// An entry's bytes in a tree object, with any spelling of the mode.
private func item(_ mode: String, _ name: String, _ fill: UInt8 = 7) -> [UInt8] {
    Array(mode.utf8) + [32] + Array(name.utf8) + [0] + [UInt8](repeating: fill, count: 20)
}

/// What is to become of a name.
private func change(_ name: String, _ entry: TreeEntry? = nil) -> TreeRecord {
    TreeRecord(name: Array(name.utf8)[...], entry: entry)
}

/// An id that is 20 times the same byte.
private func filled(_ byte: UInt8) -> ObjectID { ObjectID(bytes: [UInt8](repeating: byte, count: 20))! }

@Suite struct TreeParsingTests {
    @Test func readsWhatGitWrote() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "a.b": "2\n", "a0": "3\n", "d/e": "4\n", "\u{E9}": "5\n"])
        _ = try sandbox.run("sh", "-ec", "ln -s a l; echo x > x; chmod +x x; git add -A", in: "repo")
        try sandbox.git(
            "update-index", "--add", "--cacheinfo", "160000,1111111111111111111111111111111111111111,sub")
        try sandbox.git("commit", "-qm", "all kinds")
        let store = try ObjectStore(Repository(at: sandbox.root + "/repo"))
        let id = try #require(ObjectID(hex: try sandbox.git("rev-parse", "HEAD^{tree}")))
        let tree = try store.tree(id)
        let shown = (0..<tree.count).map { index in
            let entry = tree.items[index].entry
            let mode = entry.kind.octal
            return "\(mode) \(entry.id)\t\(String(decoding: tree.name(index), as: UTF8.self))"
        }
        let git = try sandbox.git("-c", "core.quotePath=off", "ls-tree", "HEAD").split(separator: "\n")
            .map { line in
                // "040000 tree ID\tNAME" as the mode in the object, without the type.
                let parts = line.split(separator: " ", maxSplits: 2)
                return "\(parts[0].hasPrefix("0") ? parts[0].dropFirst() : parts[0]) \(parts[2])"
            }
        #expect(shown == git)
        #expect(tree.isCanonical)
    }

    @Test(
        "reads old spellings of modes as the nearest one",
        arguments: [
            ("100644", .file, true), ("100755", .executable, true), ("120000", .symlink, true),
            ("40000", .tree, true), ("160000", .gitlink, true), ("100664", .file, false),
            ("100600", .file, false), ("100655", .file, false), ("100744", .executable, false),
            ("100711", .executable, false),
            ("100100", .executable, false), ("040000", .tree, false), ("0100644", .file, false),
            ("120777", .symlink, false), ("40755", .tree, false), ("60000", .gitlink, false),
            ("0", .gitlink, false),
        ] as [(String, EntryKind, Bool)])
    func modes(_ spelling: String, _ kind: EntryKind, _ isCanonical: Bool) throws {
        let tree = try TreeObject(parsing: item(spelling, "a"))
        #expect(tree.items.map(\.entry) == [TreeEntry(kind: kind, id: filled(7))])
        #expect(tree.isCanonical == isCanonical)
    }

    @Test func kindsAreGitsNumbers() {
        #expect(EntryKind.allCases.map(\.octal) == ["100644", "100755", "120000", "160000", "40000", "0"])
        for kind in EntryKind.allCases where kind != .nothing { #expect(EntryKind(mode: kind.mode) == kind) }
        #expect(EntryKind.allCases.map(\.sort) == [.file, .file, .symlink, .gitlink, .tree, .nothing])
        #expect(EntryKind.allCases.filter(\.isFile) == [.file, .executable])
    }

    /// Each with whether git's own reader refuses it too; slashes and very long modes are left to its fsck.
    static let malformed: [(String, [UInt8], Bool)] = [
        ("a mode alone", Array("100644".utf8), true),
        ("no mode", item("", "a"), true),
        ("a digit above seven", item("100648", "a"), true),
        ("a sign", item("+00644", "a"), true),
        ("nine digits", item("000100644", "a"), false),
        ("no name", item("100644", ""), true),
        ("a slash in a name", item("100644", "a/b"), false),
        ("a slash behind a name", item("100644", "a/"), false),
        ("a name without end", Array("100644 abc".utf8), true),
        ("a name and nothing", Array("100644 abc".utf8) + [0], true),
        ("an id cut short", item("100644", "a").dropLast(), true),
        ("a second entry cut short", item("100644", "a") + item("100644", "b").dropLast(20), true),
        ("bytes behind the last entry", item("100644", "a") + [0], true),
        ("a NUL", [0], true),
    ]

    @Test(arguments: malformed)
    func malformedTreesAreErrors(_ name: String, _ bytes: [UInt8], _ isRefusedByGit: Bool) throws {
        let error = #expect(throws: GitError.self, "\(name)") { try TreeObject(parsing: bytes) }
        #expect(error?.operation == "read tree")
        #expect(error?.reason.hasSuffix("see git fsck") == true)
        let sandbox = try Sandbox()
        try sandbox.git("init", "-q", "--bare", "repo", in: "")
        let id = try sandbox.git(
            "hash-object", "-t", "tree", "--literally", "-w", "--stdin", input: Data(bytes))
        #expect((try sandbox.run("git", "ls-tree", id, in: "repo").code != 0) == isRefusedByGit, "\(name)")
        // Read through a store, the error names the object.
        let store = try ObjectStore(Repository(at: sandbox.root + "/repo"))
        let named = #expect(throws: GitError.self) { try store.tree(try #require(ObjectID(hex: id))) }
        #expect(named?.subject == id)
    }

    @Test func everyPrefixOfATreeIsReadOrRefused() throws {
        let entries = [item("100644", "a"), item("100644", "a.b"), item("40000", "a"), item("120000", "z")]
        let whole = entries.joined()
        var ends: Set<Int> = [0]
        for entry in entries { ends.insert((ends.max() ?? 0) + entry.count) }
        for length in 0...whole.count {
            let part = Array(whole.prefix(length))
            if ends.contains(length) {
                #expect(try TreeObject(parsing: part).content(changing: []) == part)
            } else {
                #expect(throws: GitError.self, "\(length) bytes") { try TreeObject(parsing: part) }
            }
        }
    }

    @Test(arguments: 0..<8)
    func mutatedTreesNeverTrap(batch: Int) throws {
        var random = Random(seed: 41, part: batch)
        let names = ["a", "a.b", "a0", "b", "t", "t-2", "z z", "\u{E9}"]
        var readable = 0
        for _ in 0..<400 {
            var bytes: [UInt8] = []
            for name in names.sorted() where random.chance(70) {
                bytes += item(
                    random.pick(["100644", "100755", "40000", "160000"]), name, random.pick([0, 32, 47]))
            }
            for _ in 0..<random.pick(1...3) where !bytes.isEmpty {
                let at = random.pick(0...bytes.count - 1)
                switch random.pick(0...3) {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(random.pick([0, 32, 47, 48, 255]), at: at)
                default: bytes.removeSubrange(at...)
                }
            }
            guard let tree = try? TreeObject(parsing: bytes) else { continue }
            readable += 1
            // What is read is all that there is, and asking for it never fails.
            #expect((0..<tree.count).reduce(0) { $0 + tree.name($1).count + 21 } <= bytes.count)
            for name in names { _ = tree.entry(named: Array(name.utf8)[...]) }
            let added = tree.content(changing: [change("new", .tree(.zero))])
            #expect(try TreeObject(parsing: added).count == tree.count + 1)
            if tree.isCanonical { #expect(tree.content(changing: []) == bytes) }
        }
        #expect(readable > 20)
    }
}

@Suite struct TreeLookupTests {
    /// A folder sorts as if its name ended in a slash: `a.b`, `a/`, `a0`; a file `a` stands before all.
    private func tree(_ entries: [(String, String)]) throws -> TreeObject {
        try TreeObject(
            parsing: entries.enumerated().flatMap { item($1.0, $1.1, UInt8($0 + 1)) })
    }

    @Test(
        arguments: [
            // Where the entry stands, counted from 1; 0 for nowhere.
            (
                [("100644", "a"), ("100644", "a.b"), ("100644", "a0")],
                ["a": 1, "a.b": 2, "a0": 3, "a/": 0, "": 0]
            ),
            (
                [("100644", "a.b"), ("40000", "a"), ("100644", "a0")],
                ["a": 2, "a.b": 1, "a0": 3, "a/": 0, "a.": 0]
            ),
            (
                [("40000", "a.b"), ("40000", "a"), ("40000", "a0")],
                ["a": 2, "a.b": 1, "a0": 3, "a-": 0, "b": 0]
            ),
            ([("100644", "a.b"), ("40000", "a")], ["a": 2, "a.b": 1]),
            ([("40000", "a"), ("100644", "a0")], ["a": 1, "a0": 2, "a1": 0]),
            ([("160000", "a"), ("120000", "a.b")], ["a": 1, "a.b": 2, "a0": 0]),
            ([], ["a": 0, "": 0]),
        ] as [([(String, String)], [String: Int])])
    func findsByName(_ entries: [(String, String)], _ places: [String: Int]) throws {
        let tree = try tree(entries)
        for (name, place) in places {
            let found = tree.entry(named: Array(name.utf8)[...])
            #expect(found?.id == (place == 0 ? nil : filled(UInt8(place))), "\(name)")
        }
    }

    @Test func ofAFileAndAFolderOfOneNameTheFileIsFound() throws {
        // git fsck calls such a tree broken; it must not be read as either at random.
        let tree = try tree([("100644", "a"), ("100644", "a.b"), ("40000", "a")])
        #expect(tree.entry(named: Array("a".utf8)[...])?.kind == .file)
        #expect(tree.content(changing: [change("a")]) == item("100644", "a.b", 2))
    }

    @Test(arguments: [
        ("a", "a", 0), ("a", "b", -1), ("b", "a", 1), ("a", "a.b", -1), ("ab", "a", 1), ("a", "\u{E9}", -1),
    ])
    func comparesNamesByBytes(_ one: String, _ other: String, _ sign: Int) throws {
        let (x, y) = (try tree([("40000", one)]), try tree([("100644", other)]))
        #expect(TreeObject.compareNames(x, 0, y, 0).signum() == sign)
        #expect(TreeObject.compareNames(y, 0, x, 0).signum() == -sign)
        #expect(TreeObject.compareNames(x, 0, x, 0) == 0)
    }

    @Test(arguments: [
        ("t", "t-2", true), ("t", "t.", true), ("t", "t0", false), ("t", "t", false), ("t", "u-", false),
        ("t-2", "t", false), ("tt", "t-", false),
    ])
    func knowsWhatMayHideBehindALaterName(_ name: String, _ behind: String, _ may: Bool) throws {
        let (x, y) = (try tree([("40000", name)]), try tree([("100644", behind)]))
        #expect(TreeObject.mayHide(x, 0, behind: y, 0) == may)
    }
}

@Suite struct TreeChangeTests {
    /// What `git mktree` makes of each list of entries; it sorts them itself.
    private func mktree(_ trees: [[String: TreeEntry]], in sandbox: Sandbox) throws -> [String] {
        let text = trees.map { tree in
            tree.map { name, entry in
                let type = entry.isTree ? "tree" : entry.kind == .gitlink ? "commit" : "blob"
                return "\(entry.kind.octal) \(type) \(entry.id)\t\(name)\n"
            }.joined()
        }
        let ids = try sandbox.git(
            "mktree", "--missing", "--batch", input: Data(text.joined(separator: "\n").utf8))
        return ids.split(separator: "\n").map(String.init)
    }

    @Test func changedTreesAreGits() throws {
        let sandbox = try Sandbox()
        try sandbox.git("init", "-q", "--bare", "repo", in: "")
        let store = try ObjectStore(Repository(at: sandbox.root + "/repo"))
        var random = Random(seed: 43)
        let names = ["a", "a-", "a.b", "a0", "aa", "b", "t", "t-2", "t.", "t0", "z z", "\u{E9}"]
        func entry() -> TreeEntry {
            TreeEntry(
                kind: random.pick([.file, .executable, .symlink, .gitlink, .tree, .tree]),
                id: filled(UInt8(random.pick(1...9))))
        }
        func some(_ percent: Int) -> [String: TreeEntry] {
            var tree: [String: TreeEntry] = [:]
            for name in names where random.chance(percent) { tree[name] = entry() }
            return tree
        }
        let before = (0..<300).map { _ in some(50) }
        var after = before
        var changes: [[TreeRecord]] = []
        for index in before.indices {
            var list: [TreeRecord] = []
            // In any order; what is not there may be taken out too.
            for name in names.shuffled(using: &random) where random.chance(random.pick([10, 40, 90])) {
                let new = random.chance(40) ? nil : entry()
                after[index][name] = new
                list.append(change(name, new))
            }
            changes.append(list)
        }
        let ids = try mktree(before, in: sandbox)
        let expected = try mktree(after, in: sandbox)
        try #require(ids.count == before.count && expected.count == after.count)
        for index in ids.indices {
            let tree = try store.tree(try #require(ObjectID(hex: ids[index])))
            let made = try store.write(tree: tree.content(changing: changes[index]))
            #expect(made.description == expected[index], "\(before[index]) with \(changes[index])")
        }
    }

    @Test func oldSpellingsAreWrittenAnew() throws {
        let tree = try TreeObject(
            parsing: item("100664", "a", 1) + item("040000", "b", 2) + item("100644", "c", 3))
        #expect(
            tree.content(changing: [])
                == item("100644", "a", 1) + item("40000", "b", 2) + item("100644", "c", 3))
        #expect(
            tree.content(changing: [change("b")])
                == item("100644", "a", 1) + item("100644", "c", 3))
    }

    @Test func nothingStaysOfATreeThatLosesAll() throws {
        let tree = try TreeObject(parsing: item("100644", "a") + item("40000", "b"))
        #expect(tree.content(changing: [change("b"), change("a")]) == [])
        #expect(TreeObject.empty.content(changing: []) == [])
        #expect(TreeObject.empty.isCanonical && TreeObject.empty.count == 0)
    }
}
