import Foundation
import HybridGit
import TestSupport
import Testing

/// Trees whose modes are written as old tools wrote them (100664 and the like), which git takes for the nearest one.
@Suite struct OldModeTests {
    /// Gives HEAD's commit a tree with other spellings of modes, and checks that out with git.
    static func respell(_ sandbox: Sandbox, _ modes: [String: String]) throws {
        let program = """
            import subprocess, sys, json
            modes = json.loads(sys.argv[1])
            def git(*words, data=None):
                return subprocess.run(["git", *words], input=data, capture_output=True, check=True).stdout
            def tree(name, path):
                out = b""
                for entry in git("ls-tree", "-z", name).split(b"\\0")[:-1]:
                    head, file = entry.split(b"\\t", 1)
                    mode, kind, id = head.split()
                    here = path + file
                    if kind == b"tree": id = tree(id.decode(), here + b"/")
                    mode = modes.get(here.decode(), mode.decode().lstrip("0")).encode()
                    out += mode + b" " + file + b"\\0" + bytes.fromhex(id.decode())
                return git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=out).strip()
            made = git("commit-tree", tree("HEAD", b"").decode(), "-m", "old modes").decode().strip()
            git("reset", "-q", "--hard", made)
            """
        let spelled = String(decoding: try JSONEncoder().encode(modes), as: UTF8.self)
        let done = try sandbox.run("python3", "-c", program, spelled, in: "repo")
        try #require(done.code == 0, "\(done.err)")
    }

    static let odd = [
        "a": "100664", "run": "100775", "quiet": "100600", "d/b": "100666", "d": "40755", "e/only": "100640",
    ]

    private static func sandbox() throws -> Sandbox {
        let sandbox = try Sandbox()
        try sandbox.repository([
            "a": "1\n", "run": "1\n", "quiet": "1\n", "d/b": "1\n", "e/only": "1\n", "c": "1\n",
        ])
        try sandbox.git("update-index", "--chmod=+x", "run")
        try sandbox.git("commit", "-qm", "x")
        try respell(sandbox, odd)
        return sandbox
    }

    @Test func `what is clean to git is clean, and what is not shows alone`() throws {
        let sandbox = try Self.sandbox()
        let repository = try Repository(at: sandbox.root + "/repo")
        #expect(try sandbox.git("status", "--porcelain") == "")
        #expect(try repository.isClean())
        #expect(try repository.stagedChanges() == [])
        let head = try repository.commit(#require(try repository.headCommit()))
        #expect(try repository.snapshotTree() == head.tree)
        let modes = try repository.tree(head.tree).entries.map { $0.entry.kind.octal }
        #expect(modes == ["100644", "100644", "40000", "40000", "100644", "100755"])

        try sandbox.write("2\n", to: "repo/a")
        try sandbox.write("2\n", to: "repo/d/b")
        try sandbox.git("add", "d/b")
        try sandbox.git("update-index", "--chmod=+x", "quiet")
        let found = try repository.status()
        #expect(found.map(\.path.text) == ["a", "d/b", "quiet"])
        #expect(found.map(\.staged) == [false, true, true])
        #expect(try repository.stagedChanges().map(\.path.text) == ["d/b", "quiet"])
    }

    @Test func `a tree of what changed is git's own`() throws {
        let sandbox = try Self.sandbox()
        let start = try sandbox.git("rev-parse", "HEAD")
        let change = { try sandbox.write("2\n", to: "repo/d/b") }
        try change()
        try sandbox.git("commit", "-qam", "by git")
        let expected = try sandbox.git("rev-parse", "HEAD^{tree}")
        try sandbox.git("reset", "-q", "--hard", start)
        try change()
        let repository = try Repository(at: sandbox.root + "/repo")
        let made = try repository.snapshotTree()
        // A folder that stays may keep its spelling; git itself does so only where its index remembers the tree.
        let difference = try sandbox.git("diff-tree", "--raw", "-r", expected, made.description)
        #expect(difference == "")
    }

    @Test func `an edit that changes nothing keeps the tree`() throws {
        let sandbox = try Self.sandbox()
        let repository = try Repository(at: sandbox.root + "/repo")
        let tree = try repository.commit(#require(try repository.headCommit())).tree
        let same = try #require(try repository.treeEntry(RepoPath("d/b"), in: tree))
        #expect(try repository.editTree(tree, [RepoPath("d/b"): same, RepoPath("none"): nil]) == tree)
    }

    @Test func `a new worktree is clean to git`() throws {
        let sandbox = try Self.sandbox()
        let repository = try Repository(at: sandbox.root + "/repo")
        let head = try #require(try repository.headCommit())
        let place = sandbox.root + "/other"
        try repository.addDetachedWorktree(name: "other", path: place, at: head)
        #expect(try sandbox.git("status", "--porcelain", in: "other") == "")
        #expect(try sandbox.git("diff-index", "--cached", "HEAD", in: "other") == "")
        #expect(try Repository(at: place).isClean())
        #expect(try sandbox.git("ls-files", "-s", in: "other") == sandbox.git("ls-files", "-s"))
        #expect(FileManager.default.isExecutableFile(atPath: place + "/run"))
    }
}
