import Foundation
import TestSupport
import Testing

@testable import HybridGit

/// What is read from a worktree comes from below it, whatever takes the place of a folder meanwhile.
@Suite struct FoldersBelowTests {
    private func repository() throws -> (Sandbox, String) {
        let sandbox = try Sandbox()
        try sandbox.repository(["base": "1\n"])
        let root = sandbox.root + "/repo"
        try sandbox.write("mine\n", to: "repo/d/e/new.txt")
        try sandbox.write("secret\n", to: "outside/e/new.txt")
        return (sandbox, root)
    }

    /// Puts a link in the place of a folder.
    private func swap(_ root: String, _ outside: String) {
        let files = FileManager.default
        try? files.moveItem(atPath: root + "/d", toPath: root + "/was")
        try? files.createSymbolicLink(atPath: root + "/d", withDestinationPath: outside)
    }

    @Test func aFolderThatBecomesALinkBringsNothingFromOutside() throws {
        let (sandbox, root) = try repository()
        let there = try Repository(at: root)
        let (tree, left) = try there.keptTree { _ in
            swap(root, sandbox.root + "/outside")
            return false
        }
        #expect(left.map { $0.path?.description } == ["d/e/new.txt"])
        #expect(left.first?.reason.contains("a link stands in the place of a folder") == true)
        #expect(try there.treeEntry(RepoPath("d"), in: tree) == nil)
        let secret = try ObjectID(ofBlob: Array("secret\n".utf8))
        #expect(try !there.exists(secret))
    }

    @Test func aCommitOfItIsRefused() throws {
        let (sandbox, root) = try repository()
        #expect(throws: GitError.self) {
            _ = try Repository(at: root).snapshotTree { _ in
                swap(root, sandbox.root + "/outside")
                return false
            }
        }
        #expect(try !Repository(at: root).exists(ObjectID(ofBlob: Array("secret\n".utf8))))
    }

    @Test func manyNewFilesAreOnePackThatIsKept() throws {
        let (sandbox, root) = try repository()
        for number in 0..<600 {
            try sandbox.write("file \(number)\n", to: "repo/many/\(number % 7)/\(number)")
        }
        let there = try Repository(at: root)
        let single = try there.snapshotTree()
        for number in 0..<600 {
            try sandbox.write("file \(number)!\n", to: "repo/many/\(number % 7)/\(number)")
        }
        var held: [KeptPack] = []
        let keeping = PackKeeping(owner: "a test") { if let pack = $0 { held.append(pack) } }
        let tree = try there.snapshotTree(keeping: keeping) { _ in false }
        #expect(tree != single)
        #expect(held.count == 1)
        #expect(try there.keptPacks().map(\.owner) == ["a test"])
        // Git's own repack deletes a pack that nothing names, but for that file.
        try sandbox.git("repack", "-adq")
        #expect(try sandbox.git("ls-tree", "-r", "\(tree)").split(separator: "\n").count == 602)
        #expect(try sandbox.run("git", "fsck", "--strict", "--no-dangling", in: "repo").code == 0)
        held = []
        #expect(try there.keptPacks().isEmpty)
    }
}
