import Foundation
import TestSupport
import Testing

@testable import HybridGit

/// Packs that hybrid writes, against git's own reading of them.
@Suite struct PackWriterTests {
    let sandbox: Sandbox
    let repository: Repository
    let store: ObjectStore

    init() throws {
        sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        repository = try Repository(at: sandbox.root + "/repo")
        store = try ObjectStore(repository)
    }

    private var folder: String { sandbox.root + "/repo/.git/objects/pack" }

    private func packs() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pack") }
    }

    private func check(_ name: String) throws {
        let pack = folder + "/" + name
        // git makes the index anew: the same bytes.
        let index = pack.replacing(".pack", with: ".idx")
        let other = sandbox.root + "/other.idx"
        try sandbox.git("index-pack", "--strict", "-o", other, pack)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: index)) == Data(contentsOf: URL(fileURLWithPath: other))
        )
        try FileManager.default.removeItem(atPath: other)
        let checked = try sandbox.run("git", "fsck", "--strict", "--full", "--no-dangling", in: "repo")
        #expect(checked.code == 0 && checked.out + checked.err == "", "\(checked.out)\(checked.err)")
        let mode = try FileManager.default.attributesOfItem(atPath: pack)[.posixPermissions] as? Int
        #expect(mode == 0o444)
    }

    /// A folder of many entries, changed again and again in several ways; each version is read back by git.
    @Test(arguments: [(0, 40), (1, 40), (2, 120), (3, 5)])
    func versionsOfAFolderAreWrittenAsWhatTheyDifferIn(kind: Int, versions: Int) throws {
        let blob = try store.write(blob: Array("text\n".utf8))
        let other = try store.write(blob: Array("other\n".utf8))
        var state = UInt64(kind + 1)
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        var names = Set((0..<200).map { "file\($0).swift" })
        var tree = TreeObject.empty
        var origin: ObjectID?
        var ids: [(ObjectID, [UInt8])] = []
        for version in 0..<versions {
            var changes: [TreeRecord] = []
            if version == 0 {
                changes = names.sorted().map {
                    TreeRecord(name: Array($0.utf8)[...], entry: TreeEntry(kind: .file, id: blob))
                }
            }
            for _ in 0..<(kind == 3 ? 150 : kind * 7 + 1) where version > 0 {
                let name = "file\(next(kind == 2 ? 400 : 200)).swift"
                let isThere = names.contains(name)
                if kind == 2, isThere, next(2) == 0 {
                    names.remove(name)
                    changes.append(TreeRecord(name: Array(name.utf8)[...], entry: nil))
                } else {
                    names.insert(name)
                    changes.append(
                        TreeRecord(
                            name: Array(name.utf8)[...],
                            entry: TreeEntry(
                                kind: next(9) == 0 ? .executable : .file, id: next(2) == 0 ? blob : other)))
                }
            }
            let unique = Dictionary(changes.map { ($0.name, $0.entry) }) { $1 }
            let content = tree.content(changing: unique.map { TreeRecord(name: $0.key, entry: $0.value) })
            let id = try store.write(tree: content, from: origin)
            if id != origin { ids.append((id, content)) }
            tree = try store.tree(id)
            origin = id
        }
        try store.save()
        let made = try packs()
        try #require(made.count == 1)
        try check(made[0])
        for (id, content) in ids {
            let read = try sandbox.run("git", "ls-tree", id.description, in: "repo").out
            #expect(read.split(separator: "\n").count == (try TreeObject(parsing: content)).count)
            let (_, bytes) = try repository.object(id)
            #expect(bytes == content)
        }
        let lines = try sandbox.git("verify-pack", "-v", ".git/objects/pack/" + made[0]).split(
            separator: "\n")
        // id kind size packed-size offset depth base
        let depths = lines.compactMap { line -> Int? in
            let fields = line.split(separator: " ")
            return fields.count == 7 && fields[1] == "tree" ? Int(fields[5]) : nil
        }
        #expect(depths.max() ?? 0 <= 50)
        if kind < 3 { #expect(depths.count >= ids.count - 1 - ids.count / 50) }
        let newest = try #require(ids.last).0.description
        #expect(lines.contains { $0.hasPrefix(newest) && $0.split(separator: " ").count == 5 }, "is whole")
    }

    @Test func contentsOfEverySizeAreReadBack() throws {
        var contents: [[UInt8]] = []
        for count in [0, 1, 15, 16, 2047, 2048, 65_535, 65_536, 262_145, 3 << 20] {
            var state = UInt64(count)
            contents.append(
                (0..<count).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return UInt8(truncatingIfNeeded: state >> 56)
                })
            contents.append([UInt8](repeating: 97, count: count + 1))
        }
        let ids = try contents.map { try store.write(blob: $0) }
        try store.save()
        let made = try packs()
        try #require(made.count == 1)
        try check(made[0])
        for (id, content) in zip(ids, contents) {
            #expect(try repository.object(id).1 == content)
            #expect(
                try sandbox.git("cat-file", "-s", id.description) == "\(content.count)")
        }
    }

    @Test func aPackThatIsNotFinishedLeavesNothing() throws {
        let before = try FileManager.default.contentsOfDirectory(atPath: folder)
        do {
            let pack = try PackWriter(in: folder, count: 2)
            let tip = try repository.resolveCommit("main")
            let (type, bytes) = try repository.object(tip)
            try pack.add(tip, type, bytes)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == before)
    }

    /// Offsets behind 2 GiB stand in a table of their own; git reads both.
    @Test func theIndexHoldsLargeOffsets() throws {
        let offsets: [UInt64] = [12, 1 << 31 - 1, 1 << 31, 1 << 32 + 5, 1 << 40]
        let entries = offsets.enumerated().map { at, offset in
            PackIndex.Entry(
                id: ObjectID(high: UInt64(at) << 61 | 7, middle: 0, low: UInt32(at)), offset: offset,
                sum: UInt32(at) + 1)
        }
        let content = PackIndex.content(entries.shuffled(), pack: .zero)
        let shown = try sandbox.git("show-index", input: Data(content))
        #expect(
            shown.split(separator: "\n").map(String.init)
                == entries.map {
                    let sum = String($0.sum, radix: 16)
                    return "\($0.offset) \($0.id) (\(String(repeating: "0", count: 8 - sum.count))\(sum))"
                })
    }

    /// Against the checksums of the standard's examples, in pieces of every size.
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        ),
    ])
    func checksums(text: String, sum: String) {
        let bytes = Array(text.utf8)
        for size in 1...70 {
            var hash = SHA1()
            for start in stride(from: 0, to: bytes.count, by: size) {
                bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { hash.update($0) }
            }
            #expect(hash.finish().description == sum)
        }
    }
}
