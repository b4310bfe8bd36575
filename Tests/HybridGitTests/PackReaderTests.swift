import Foundation
import TestSupport
import Testing

@testable import HybridGit

/// Our own reading of git's packs, against git's reading of them.
@Suite struct PackReaderTests {
    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "22\n"])
    }

    private var objectsFolder: String { sandbox.root + "/repo/.git/objects" }
    private var folder: String { objectsFolder + "/pack" }

    private struct Known {
        var id: ObjectID
        var type: String
        var bytes: [UInt8]
    }

    /// Every object of the repository, as `git cat-file --batch` gives it.
    private func objects() throws -> [Known] {
        let out = Array(
            try sandbox.run(
                "sh", "-c",
                "git cat-file --batch-all-objects --batch-check='%(objectname)' | git cat-file --batch | base64 -w0",
                in: "repo"
            ).out.utf8)
        let bytes = [UInt8](try #require(Data(base64Encoded: Data(out))))
        var found: [Known] = []
        var at = 0
        while at < bytes.count {
            let end = try #require(bytes[at...].firstIndex(of: 10))
            let head = String(decoding: bytes[at..<end], as: UTF8.self).split(separator: " ")
            let count = try #require(Int(head[2]))
            found.append(
                Known(
                    id: try #require(ObjectID(hex: String(head[0]))), type: String(head[1]),
                    bytes: Array(bytes[end + 1..<end + 1 + count])))
            at = end + 1 + count + 1
        }
        return found
    }

    private func type(_ object: StoredObject) -> String {
        // The enumeration is libgit2's, which tests do not import.
        let number = "\(object.type)".filter(\.isNumber).suffix(1)
        return ["", "commit", "tree", "blob", "tag"][Int(number) ?? 0]
    }

    /// Versions of a long file, of a short one and of a folder, with a tag, so that packs hold all kinds and long chains.
    private func history(_ versions: Int) throws {
        var stream = ""
        var lines = (0..<400).map { "line \($0) \($0 * 7919 % 1000)" }
        for version in 1...versions {
            lines[version * 31 % lines.count] = "version \(version)"
            let (long, short) = (lines.joined(separator: "\n"), "\(version)\n")
            stream +=
                "commit refs/heads/main\nmark :\(version)\ncommitter T <t@t> \(1_000_000 + version) +0000\n"
            stream += "data 1\nx\n" + (version == 1 ? "from refs/heads/main^0\n" : "")
            stream += "M 100644 inline d/long\ndata \(long.utf8.count)\n\(long)\n"
            stream += "M 100644 inline f\(version % 90)\ndata \(short.utf8.count)\n\(short)\n"
        }
        stream += "tag t\nfrom :1\ntagger T <t@t> 1 +0000\ndata 2\nt\n"
        try sandbox.git("fast-import", "--quiet", input: Data(stream.utf8))
        let empty = try sandbox.git("hash-object", "-w", "--stdin", input: Data())
        try sandbox.git("update-ref", "refs/tags/empty", empty)
    }

    private func check(deepest: Int, verifies: Bool) throws {
        let reader = try PackReader(in: objectsFolder, verifies: verifies)
        // In another order than they lie in.
        for object in try objects().sorted(by: { $0.id.low < $1.id.low }) {
            #expect(reader.size(of: object.id) == object.bytes.count, "\(object.id)")
            let read = try #require(reader.read(object.id), "\(object.type) \(object.id)")
            #expect(type(read) == object.type)
            #expect(read.withBytes { Array($0) } == object.bytes, "\(object.id)")
        }
        let chains = try sandbox.run(
            "sh", "-c", "git verify-pack -sv .git/objects/pack/*.idx", in: "repo"
        ).out
        #expect(
            deepest == 0
                || chains.contains("chain length = \(deepest):"),
            "\(chains)")
    }

    @Test(arguments: [
        (["-c", "repack.useDeltaBaseOffset=true"], 50), (["-c", "repack.useDeltaBaseOffset=false"], 50),
        (["-c", "pack.depth=300"], 80), (["-c", "pack.depth=0"], 0),
        (["-c", "pack.indexVersion=2", "-c", "pack.packSizeLimit=1m"], 50),
    ])
    func everyObjectIsReadAsGitReadsIt(settings: [String], deepest: Int) throws {
        try history(300)
        let git = "git \(settings.joined(separator: " ")) repack -adfq --window=20"
        #expect(try sandbox.run("sh", "-c", git, in: "repo").code == 0)
        try check(deepest: deepest, verifies: false)
        try check(deepest: deepest, verifies: true)
    }

    @Test func severalPacksAreLookedThrough() throws {
        for round in 0..<4 {
            try sandbox.write("\(round)\n", to: "repo/file\(round)")
            try sandbox.git("add", "-A")
            try sandbox.git("commit", "-qm", "\(round)")
            try sandbox.git("repack", "-dq")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.filter { $0.hasSuffix(".pack") }.count == 4)
        try check(deepest: 0, verifies: true)
    }

    @Test func packsOfOthersAreReadWhereARepositoryBorrows() throws {
        try history(20)
        try sandbox.git("repack", "-adfq")
        try sandbox.git("clone", "-q", "--bare", "--shared", ".", "../one.git")
        try sandbox.git("clone", "-q", "--bare", "--shared", "../one.git", "../two.git")
        // A relative name, a remark, a folder that is not there, and a circle.
        let one = sandbox.root + "/one.git/objects/info/alternates"
        try "# from\n../../repo/.git/objects\n/nowhere\n../../two.git/objects\n".write(
            toFile: one, atomically: true, encoding: .utf8)
        let reader = try PackReader(in: sandbox.root + "/two.git/objects", verifies: true)
        for object in try objects() {
            #expect(reader.read(object.id)?.withBytes { Array($0) } == object.bytes)
        }
    }

    @Test func whatIsInNoPackIsLeftToOthers() throws {
        let loose = try #require(ObjectID(hex: sandbox.git("rev-parse", "main")))
        let reader = try PackReader(in: objectsFolder, verifies: false)
        #expect(reader.read(loose) == nil && reader.size(of: loose) == nil)
        try sandbox.git("repack", "-adq")
        // A reader knows the packs of the time when it was first asked; a store asks libgit2 then.
        #expect(reader.read(loose) == nil)
        let store = try ObjectStore(Repository(at: sandbox.root + "/repo"))
        _ = try store.commitContent(loose)
        try sandbox.write("later\n", to: "repo/later")
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-qm", "later")
        try sandbox.git("repack", "-adq")
        let later = try #require(ObjectID(hex: sandbox.git("rev-parse", "main")))
        #expect(String(decoding: try store.commitContent(later), as: UTF8.self).contains("later"))
        // The old pack's file is gone; what it held can still be read.
        #expect(String(decoding: try store.commitContent(loose), as: UTF8.self).hasPrefix("tree "))
    }

    @Test func oldIndexesAreLeftToLibgit2() throws {
        try history(20)
        try sandbox.git("-c", "pack.indexVersion=1", "repack", "-adfq")
        let objects = try objects()
        let reader = try PackReader(in: objectsFolder, verifies: false)
        #expect(objects.allSatisfy { reader.read($0.id) == nil })
        let store = try ObjectStore(Repository(at: sandbox.root + "/repo"))
        for object in objects where object.type == "blob" {
            #expect(try store.blob(object.id) == object.bytes)
        }
    }

    /// Bytes of a pack and of its index are changed, cut off and exchanged: the answer is the object or none.
    @Test(arguments: [false, true]) func damageNeverGivesAnotherObject(indexToo: Bool) throws {
        try history(60)
        try sandbox.git("repack", "-adfq")
        let objects = try objects()
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix(".pack") })
        let pack = URL(fileURLWithPath: folder + "/" + name)
        let index = pack.deletingPathExtension().appendingPathExtension("idx")
        let whole = (pack: try Data(contentsOf: pack), index: try Data(contentsOf: index))
        let place = URL(fileURLWithPath: sandbox.root + "/damaged/pack")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        var state = UInt64(7)
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        var (read, missed) = (0, 0)
        for round in 0..<150 {
            var (packed, listed) = (whole.pack, whole.index)
            for _ in 0...next(30) {
                if indexToo, next(2) == 0 {
                    listed[next(listed.count - 40)] = UInt8(next(256))
                } else {
                    packed[next(packed.count - 20)] = UInt8(next(256))
                }
            }
            if round % 10 == 0 { packed = packed.prefix(next(packed.count)) + whole.pack.suffix(20) }
            try packed.write(to: place.appendingPathComponent("pack-1.pack"))
            try listed.write(to: place.appendingPathComponent("pack-1.idx"))
            let reader = try PackReader(in: place.deletingLastPathComponent().path, verifies: true)
            for object in objects {
                _ = reader.size(of: object.id)
                if let found = reader.read(object.id) {
                    #expect(found.withBytes { Array($0) } == object.bytes && type(found) == object.type)
                    read += 1
                } else {
                    missed += 1
                }
            }
        }
        #expect(read > 0 && missed > 0, "\(read) \(missed)")
    }

    /// What a delta makes of a base by git's gitformat-pack; nil where it breaks the format.
    private func applied(_ delta: [UInt8], to base: [UInt8]) -> [UInt8]? {
        var rest = delta[...]
        func size() -> Int? {
            var digits: [UInt8] = []
            repeat {
                guard let byte = rest.popFirst(), digits.count < 8 else { return nil }
                digits.append(byte)
            } while digits.last! >= 0x80
            return digits.reversed().reduce(0) { $0 * 128 + Int($1 % 128) }
        }
        guard size() == base.count, let wanted = size() else { return nil }
        var result: [UInt8] = []
        while let command = rest.popFirst() {
            if command < 0x80 {
                guard command > 0, rest.count >= command else { return nil }
                result += rest.prefix(Int(command))
                rest = rest.dropFirst(Int(command))
                continue
            }
            var numbers = [0, 0]
            for bit in 0..<7 where command & 1 << bit != 0 {
                guard let byte = rest.popFirst() else { return nil }
                numbers[bit / 4] += Int(byte) << (bit % 4 * 8)
            }
            let end = numbers[0] + (numbers[1] == 0 ? 0x10000 : numbers[1])
            guard end <= base.count else { return nil }
            result += base[numbers[0]..<end]
        }
        return result.count == wanted ? result : nil
    }

    /// Deltas with changed bytes, compressed anew so that they get as far as being applied, one on top of another.
    @Test func deltasThatBreakTheFormatAreRefused() throws {
        var state = UInt64(11)
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        let base = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) }
        let deflater = try Deflater(level: 1)
        let place = sandbox.root + "/own/pack"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let ids = (1...3).map { ObjectID(high: UInt64($0) << 60, middle: 0, low: 0) }
        func size(_ number: Int) -> [UInt8] {
            number < 128 ? [UInt8(number)] : [UInt8(number % 128) | 0x80] + size(number / 128)
        }
        func link(_ distance: Int) -> [UInt8] {
            var (bytes, rest) = ([UInt8(distance % 128)], distance / 128)
            while rest > 0 {
                bytes.insert(UInt8((rest - 1) % 128) | 0x80, at: 0)
                rest = (rest - 1) / 128
            }
            return bytes
        }
        var (made, refused) = (0, 0)
        for _ in 0..<400 {
            var pack: [UInt8] = Array("PACK".utf8) + [0, 0, 0, 2, 0, 0, 0, 3]
            var entries: [PackIndex.Entry] = []
            var (contents, last) = ([Optional(base)], pack.count)
            func add(_ type: UInt8, _ content: [UInt8], _ link: [UInt8]) throws {
                entries.append(PackIndex.Entry(id: ids[entries.count], offset: UInt64(pack.count), sum: 0))
                let low = UInt8(content.count % 16)
                pack += [type << 4 | low | (content.count > 15 ? 0x80 : 0)]
                if content.count > 15 { pack += size(content.count / 16) }
                pack += link
                content.withUnsafeBytes { bytes in
                    try? deflater.compress(bytes) { pack += $0 }
                }
            }
            try add(3, base, [])
            for level in 1...2 {
                let before = contents[level - 1] ?? base
                // A copy of much, an insertion, a copy of 64 KiB.
                let offset = next(200)
                var delta = size(before.count) + size(offset + 3 + (before.count >= 0x10000 ? 0x10000 : 1))
                delta += [0x91, 0, UInt8(offset)] + [3, 1, 2, 3]
                delta += before.count >= 0x10000 ? [0x80] : [0x90, 1]
                if offset == 0 { delta = size(before.count) + size(3) + [3, 7, 8, 9] }
                for _ in 0..<next(3) { delta[next(delta.count)] = UInt8(next(256)) }
                if next(6) == 0 { delta.removeLast(next(delta.count)) }
                let distance = pack.count - last
                last = pack.count
                try add(6, delta, link(distance))
                contents.append(contents[level - 1].flatMap { applied(delta, to: $0) })
            }
            let sum = ids[0]
            sum.append(to: &pack)
            try Data(pack).write(to: URL(fileURLWithPath: place + "/pack-1.pack"))
            try Data(PackIndex.content(entries, pack: sum)).write(
                to: URL(fileURLWithPath: place + "/pack-1.idx"))
            let reader = try PackReader(in: sandbox.root + "/own", verifies: false)
            for (id, content) in zip(ids, contents).reversed() {
                #expect(reader.read(id)?.withBytes { Array($0) } == content)
                if content == nil { refused += 1 } else { made += 1 }
            }
        }
        #expect(made > 500 && refused > 200, "\(made) \(refused)")
    }

    @Test func aDamagedPackIsTheObjectDatabasesToTell() throws {
        try history(5)
        try sandbox.git("repack", "-adfq")
        let blob = try #require(ObjectID(hex: sandbox.git("rev-parse", "main:d/long")))
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix(".pack") })
        let pack = URL(fileURLWithPath: folder + "/" + name)
        var bytes = try Data(contentsOf: pack)
        for place in 12..<bytes.count - 20 { bytes[place] ^= 0x55 }
        try FileManager.default.removeItem(at: pack)
        try bytes.write(to: pack)
        let store = try ObjectStore(Repository(at: sandbox.root + "/repo"))
        let error = #expect(throws: GitError.self) { try store.blob(blob) }
        #expect(error?.operation == "read blob" && error?.subject == blob.description)
    }
}
