import Foundation
import TestSupport
import Testing

@testable import HybridGit

@Suite struct ObjectStoreTests {
    let sandbox: Sandbox
    let repository: Repository
    let store: ObjectStore

    init() throws {
        sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "22\n"])
        repository = try Repository(at: sandbox.root + "/repo")
        store = try ObjectStore(repository)
    }

    private func id(_ revision: String) throws -> ObjectID {
        try #require(ObjectID(hex: try sandbox.git("rev-parse", revision)))
    }

    private func packs() throws -> [String] {
        let folder = sandbox.root + "/repo/.git/objects/pack"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".pack") }.sorted()
    }

    /// The file of an object that git wrote on its own.
    private func looseFile(_ id: ObjectID) -> String {
        let hex = id.description
        return sandbox.root + "/repo/.git/objects/\(hex.prefix(2))/\(hex.dropFirst(2))"
    }

    // MARK: Reading

    @Test func readsTreesBlobsAndSizes() throws {
        #expect(try store.blob(id("main:d/b")) == Array("22\n".utf8))
        #expect(try store.blobSize(id("main:d/b")) == 3)
        let root = try store.tree(id("main^{tree}"))
        #expect(root.entry(named: Array("d".utf8)[...])?.id == (try id("main:d")))
    }

    @Test func aTreeIsParsedOnce() throws {
        let root = try id("main^{tree}")
        #expect(try store.tree(root) === store.tree(root))
    }

    @Test func whatIsKeptIsBounded() throws {
        // Room for about one of the two trees in each half.
        let small = try ObjectStore(repository, treeBytes: 400)
        let root = try small.tree(id("main^{tree}"))
        for index in 0..<20 {
            let name = "100644 f\(index)\0".utf8
            _ = try small.tree(small.write(tree: Array(name) + [UInt8](repeating: 1, count: 20)))
        }
        #expect(try small.tree(id("main^{tree}")) !== root)
    }

    @Test func theEmptyTreeNeedsNoObject() throws {
        #expect(try !repository.exists(Repository.emptyTree))
        #expect(try store.tree(Repository.emptyTree).count == 0)
    }

    @Test func missingObjectsAreNamed() throws {
        let nothing = try #require(ObjectID(hex: String(repeating: "1", count: 40)))
        for read in [
            { _ = try store.tree(nothing) }, { _ = try store.blob(nothing) },
            { _ = try store.blobSize(nothing) },
            { _ = try store.commitContent(nothing) },
        ] as [() throws -> Void] {
            let error = #expect(throws: GitError.self) { try read() }
            #expect(error?.code == .notFound)
            #expect(error?.subject == nothing.description)
        }
    }

    @Test func anObjectOfAnotherKindIsRefused() throws {
        let (blob, tree, commit) = (try id("main:a"), try id("main^{tree}"), try id("main"))
        for (reason, read) in [
            ("it is not a tree", { _ = try store.tree(blob) }),
            ("it is not a blob", { _ = try store.blob(tree) }),
            ("it is not a commit", { _ = try store.commitContent(tree) }),
            ("it is not a tree", { _ = try store.tree(commit) }),
        ] as [(String, () throws -> Void)] {
            let error = #expect(throws: GitError.self) { try read() }
            #expect(error?.reason == reason)
        }
        // The same of what only waits in memory.
        let own = try store.write(tree: Array("100644 x\0".utf8) + blob.bytes)
        #expect(throws: GitError.self) { try store.blob(own) }
        let text = try store.write(blob: Array("text\n".utf8))
        #expect(throws: GitError.self) { try store.tree(text) }
    }

    @Test(arguments: ["other bytes", "empty"])
    func damagedObjectsAreErrors(_ kind: String) throws {
        let blob = try id("main:a")
        let file = looseFile(blob)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        switch kind {
        case "other bytes": for index in bytes.indices.dropFirst(2) { bytes[index] ^= 0x55 }
        default: bytes = []
        }
        try FileManager.default.removeItem(atPath: file)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        let error = #expect(throws: GitError.self) { try store.blob(blob) }
        #expect(error?.subject == blob.description)
        #expect(error?.reason.contains("\n") == false)
    }

    @Test func anObjectThatIsNotWhatItsNameSaysIsAnError() throws {
        let (one, other) = (try id("main:a"), try id("main:d/b"))
        try FileManager.default.removeItem(atPath: looseFile(one))
        try FileManager.default.copyItem(atPath: looseFile(other), toPath: looseFile(one))
        #expect(throws: GitError.self) { try store.blob(one) }
    }

    // MARK: Writing

    @Test func whatIsWrittenIsThereAtOnceAndNowhereElse() throws {
        let blob = try store.write(blob: Array("new\n".utf8))
        #expect(blob.description == (try sandbox.git("hash-object", "--stdin", input: Data("new\n".utf8))))
        #expect(try store.blob(blob) == Array("new\n".utf8))
        #expect(try store.blobSize(blob) == 4)
        #expect(store.writtenBytes == 4)
        _ = try store.write(blob: Array("new\n".utf8))
        #expect(store.writtenBytes == 4, "the same bytes count once")
        #expect(try !repository.exists(blob))
        #expect(try sandbox.run("git", "cat-file", "-e", blob.description, in: "repo").code != 0)
    }

    @Test func whatIsForgottenIsGone() throws {
        let blob = try store.write(blob: Array("new\n".utf8))
        store.forget()
        #expect(store.writtenBytes == 0)
        #expect(throws: GitError.self) { try store.blob(blob) }
        try store.save()
        #expect(try packs() == [])
    }

    @Test func whatIsLentIsReadByAnotherStoreAndSavedByNone() throws {
        let blob = try store.write(blob: Array("new\n".utf8))
        let tree = try store.write(tree: Array("100644 n\0".utf8) + blob.bytes)
        let other = try ObjectStore(repository)
        other.lend(store.lendable)
        #expect(try other.treeEntry(RepoPath("n"), in: tree)?.id == blob)
        #expect(try other.blob(blob) == Array("new\n".utf8))
        #expect(other.writtenBytes == 0)
        try other.save()
        #expect(try packs() == [])
        other.lend(LentObjects())
        #expect(throws: GitError.self) { try other.blob(blob) }
    }

    @Test func savingMakesOnePackOfWhatIsNew() throws {
        let known = try store.write(blob: Array("1\n".utf8))
        let blob = try store.write(blob: Array("new\n".utf8))
        let inner = try store.write(tree: Array("100644 n\0".utf8) + blob.bytes)
        let outer = try store.write(
            tree: Array("100644 a\0".utf8) + known.bytes + Array("40000 in\0".utf8) + inner.bytes)
        try store.save()
        #expect(store.writtenBytes == 0)
        let made = try packs()
        try #require(made.count == 1)
        let listed = try sandbox.git("verify-pack", "-v", ".git/objects/pack/" + made[0])
        let ids = listed.split(separator: "\n").filter { $0.contains(" blob ") || $0.contains(" tree ") }
            .map { String($0.prefix(40)) }
        #expect(Set(ids) == Set([blob, inner, outer].map(\.description)))
        #expect(try sandbox.git("show", "\(outer):in/n") == "new")
        let checked = try sandbox.run("git", "fsck", "--strict", "--no-dangling", in: "repo")
        #expect(checked.code == 0 && checked.out + checked.err == "", "\(checked.out)\(checked.err)")
        // The store goes on reading what it saved.
        #expect(try store.blob(blob) == Array("new\n".utf8))
    }

    @Test func savingWhatIsThereMakesNothing() throws {
        try store.save()
        _ = try store.write(blob: Array("1\n".utf8))
        _ = try store.write(tree: [UInt8](try store.tree(id("main:d")).content(changing: [])))
        try store.save()
        #expect(try packs() == [])
        let blob = try store.write(blob: Array("new\n".utf8))
        try store.save()
        let once = try packs()
        #expect(try store.write(blob: Array("new\n".utf8)) == blob)
        try store.save()
        #expect(try packs() == once)
        #expect(once.count == 1)
    }

    @Test func savingLeavesNoOtherFiles() throws {
        func files() throws -> Set<String> {
            Set(try FileManager.default.subpathsOfDirectory(atPath: sandbox.root + "/repo/.git"))
        }
        let before = try files()
        _ = try store.write(blob: Array("new\n".utf8))
        try store.save()
        let new = try files().subtracting(before).map { ($0 as NSString).pathExtension }.sorted()
        #expect(new == ["idx", "pack"])
    }

    @Test func aFolderThatCannotTakeThePackIsAnError() throws {
        let folder = sandbox.root + "/repo/.git/objects/pack"
        try? FileManager.default.removeItem(atPath: folder)
        try sandbox.write("a file\n", to: folder)
        _ = try store.write(blob: Array("new\n".utf8))
        let error = #expect(throws: GitError.self) { try store.save() }
        #expect(error?.operation == "write pack")
    }
}

@Suite struct RecentCacheTests {
    @Test func forgetsWhatWasNotUsed() {
        // Two halves worth 10 each; every value costs 5.
        var cache = RecentCache<Int, Int>(limit: 20)
        for key in 1...2 { cache.insert(key * 10, for: key, cost: 5) }
        cache.insert(30, for: 3, cost: 5)
        #expect(cache[1] == 10, "the older half is still there")
        // 1 and 3 are the younger half now; the next value makes them the older one and drops 2.
        cache.insert(40, for: 4, cost: 5)
        #expect(cache[2] == nil)
        #expect(cache[3] == 30)
        #expect(cache[4] == 40)
        #expect(cache[5] == nil)
    }

    @Test func aValueLargerThanTheLimitDoesNotStopTheOthers() {
        var cache = RecentCache<Int, Int>(limit: 20)
        cache.insert(1, for: 1, cost: 1000)
        #expect(cache[1] == 1)
        cache.insert(2, for: 2, cost: 5)
        cache.insert(3, for: 3, cost: 5)
        #expect(cache[2] == 2 && cache[3] == 3)
        #expect(cache[1] == 1, "it is in the older half")
    }
}
