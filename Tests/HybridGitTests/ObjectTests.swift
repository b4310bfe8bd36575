import Foundation
import HybridGit
import TestSupport
import Testing

@Suite struct ObjectTests {
    @Test func editsTreesAsGitDoes() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "1\n", "d/e/c": "1\n", "f/x": "1\n"])
        let repository = try Repository(at: sandbox.root + "/repo")
        let root = try repository.commit(try repository.resolveCommit("main")).tree
        let blob = try repository.writeBlob(Array("new\n".utf8))
        let file = TreeEntry(kind: .file, id: blob)
        let edited = try repository.editTree(
            root,
            [
                RepoPath("a"): nil, RepoPath("d/e/c"): nil, RepoPath("d/new"): file, RepoPath("f/x"): nil,
                RepoPath("f"): file, RepoPath("g/h/i"): file, RepoPath("a-b"): file, RepoPath("a.b/c"): file,
            ])
        try sandbox.git("rm", "-rq", "a", "d/e/c", "f")
        for path in ["d/new", "f", "g/h/i", "a-b", "a.b/c"] { try sandbox.write("new\n", to: "repo/" + path) }
        try sandbox.git("add", "-A")
        #expect(try sandbox.git("write-tree") == edited.description)
    }

    @Test func stagedObjectsReachTheDiskAsOnePackOnlyWhenWritten() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "2\n"])
        let repository = try Repository(at: sandbox.root + "/repo/.git")
        let staging = try ObjectStore(repository)
        let main = try repository.resolveCommit("main")
        let blob = try staging.write(blob: Array("staged\n".utf8))
        let tree = try staging.editTree(
            try repository.commit(main).tree, [RepoPath("d/c"): TreeEntry(kind: .file, id: blob)])
        let me = Signature(name: "T", email: "t@example.com", time: 1_700_000_000, offsetMinutes: 60)
        let commit = try staging.write(
            commitOf: tree, parents: [main], message: "m", author: me, committer: me)
        #expect(try !Repository(at: sandbox.root + "/repo").exists(commit))
        #expect(try sandbox.run("git", "cat-file", "-e", commit.description, in: "repo").code != 0)
        _ = try staging.save(reachableFrom: commit, beyond: [main], keptFor: "a test")
        let packs = try FileManager.default.contentsOfDirectory(
            atPath: sandbox.root + "/repo/.git/objects/pack")
        #expect(packs.filter { $0.hasSuffix(".pack") }.count == 1)
        // Only what is new: a commit, two trees, a blob.
        let pack = try #require(packs.first { $0.hasSuffix(".idx") })
        let listed = try sandbox.git("verify-pack", "-v", ".git/objects/pack/" + pack)
        #expect(
            listed.split(separator: "\n").filter {
                $0.contains(" commit ") || $0.contains(" tree ") || $0.contains(" blob ")
            }.count == 4)
        #expect(try sandbox.git("show", "\(commit):d/c") == "staged")
        #expect(
            try sandbox.git("log", "-1", "--format=%an <%ae> %ad", "--date=raw", commit.description)
                == "T <t@example.com> 1700000000 +0100")
        #expect(try sandbox.run("git", "fsck", "--strict", in: "repo").code == 0)
    }

    /// What lies in a pack that no ref reaches goes with it when git repacks, so it is written again.
    @Test func stagedObjectsLeanOnNothingThatARepackDeletes() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "2\n", "e/f": "3\n"])
        try sandbox.git("switch", "-qc", "gone")
        for path in ["d/c", "x/y/z", "e/f"] { try sandbox.write("left\n", to: "repo/" + path) }
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-qm", "left")
        let left = try #require(ObjectID(hex: sandbox.git("rev-parse", "HEAD")))
        try sandbox.git("repack", "-adq")
        try sandbox.git("switch", "-q", "main")
        try sandbox.git("branch", "-qD", "gone")
        try sandbox.git("reflog", "expire", "--expire=now", "--all")

        let repository = try Repository(at: sandbox.root + "/repo/.git")
        let staging = try ObjectStore(repository)
        let main = try repository.resolveCommit("main")
        let me = Signature(name: "T", email: "t@example.com", time: 1_700_000_000, offsetMinutes: 60)
        let tree = try repository.commit(left).tree
        let inner = try staging.write(
            commitOf: tree, parents: [], message: "i", author: me, committer: me)
        let commit = try staging.write(
            commitOf: tree, parents: [main, inner], message: "m", author: me, committer: me)
        let kept = try staging.save(reachableFrom: commit, beyond: [main], keptFor: "a test")
        try sandbox.git("repack", "-adq")
        try sandbox.git("update-ref", "refs/heads/made", commit.description)
        let checked = try sandbox.run("git", "fsck", "--strict", "--no-dangling", in: "repo")
        #expect(checked.code == 0, "\(checked.out)\(checked.err)")
        #expect(try sandbox.git("show", "made:x/y/z") == "left")
        // What the known commit has is not written again: two commits, the trees "", d, e, x and x/y, and one blob.
        let packs = try sandbox.git("count-objects", "-v")
        #expect(packs.contains("packs: 2"), "\(packs)")
        let folder = sandbox.root + "/repo/.git/objects/pack/"
        let keep = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix(".keep") })
        let listed = try sandbox.git("verify-pack", "-v", folder + keep.dropLast(5) + ".idx")
        withExtendedLifetime(kept) {}
        let ids = listed.split(separator: "\n").filter {
            $0.contains(" commit ") || $0.contains(" tree ") || $0.contains(" blob ")
        }
        #expect(ids.count == 8, "\(listed)")
    }

    @Test func refsMoveByCompareAndSwap() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        let repository = try Repository(at: sandbox.root + "/repo")
        let first = try repository.resolveCommit("main")
        try sandbox.git("commit", "-q", "--allow-empty", "-m", "second")
        let second = try repository.resolveCommit("main")
        let branch = try BranchName("topic").ref
        #expect(try repository.id(of: branch) == nil)
        try repository.updateReference(branch, to: first, expecting: .zero, message: "made")
        #expect(
            code { try repository.updateReference(branch, to: second, expecting: .zero, message: "") }
                == .exists)
        #expect(
            code { try repository.updateReference(branch, to: second, expecting: second, message: "") }
                == .changed)
        #expect(try sandbox.git("rev-parse", "topic") == first.description)
        try repository.updateReference(branch, to: second, expecting: first, message: "moved on")
        #expect(try sandbox.git("rev-parse", "topic") == second.description)
        #expect(try sandbox.git("reflog", "-1", "--format=%gs", "topic") == "moved on")
        try sandbox.write("", to: "repo/.git/refs/heads/topic.lock")
        #expect(
            code { try repository.updateReference(branch, to: first, expecting: second, message: "") }
                == .locked)
        try FileManager.default.removeItem(atPath: sandbox.root + "/repo/.git/refs/heads/topic.lock")
        #expect(code { try repository.deleteReference(branch, expecting: first) } == .changed)
        try repository.deleteReference(branch, expecting: second)
        #expect(try repository.id(of: branch) == nil)
    }

    @Test func historyIsReadAsGitReadsIt() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        let repository = try Repository(at: sandbox.root + "/repo")
        let base = try repository.resolveCommit("main")
        for branch in ["x", "y"] {
            try sandbox.git("switch", "-q", "-c", branch, "main")
            try sandbox.git("commit", "-q", "--allow-empty", "-m", branch)
        }
        let (x, y) = (try repository.resolveCommit("x"), try repository.resolveCommit("y"))
        #expect(try repository.mergeBase(x, y) == base)
        #expect(try repository.isAncestor(base, of: x) && repository.isAncestor(x, of: x))
        #expect(try !repository.isAncestor(x, of: y))
        #expect(try repository.commits(from: x, excluding: [base]) == [x])
        #expect(try repository.currentBranch()?.text == "y")
    }

    private func code(_ body: () throws -> Void) -> GitError.Code? {
        do {
            try body()
            return nil
        } catch { return (error as? GitError)?.code }
    }
}

@Suite struct RepositoryTests {
    @Test func opensWhatGitOpens() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["d/a": "1\n"])
        try sandbox.git("worktree", "add", "-q", "../linked", "-b", "linked")
        let common = sandbox.root + "/repo/.git/"
        for place in ["repo", "repo/d", "linked"] {
            #expect(
                try Repository(discovering: sandbox.root + "/" + place).commonDirectory == common, "\(place)")
        }
        try sandbox.git("config", "extensions.worktreeConfig", "true")
        try sandbox.git("config", "core.repositoryformatversion", "1")
        #expect(try Repository(discovering: sandbox.root + "/repo").commonDirectory == common)
    }

    @Test func saysWhatItCannotOpen() throws {
        let sandbox = try Sandbox()
        #expect(throws: GitError.self) { try Repository(discovering: sandbox.root + "/home") }
        _ = try sandbox.run("git", "init", "-q", "--object-format=sha256", "big")
        do {
            _ = try Repository(discovering: sandbox.root + "/big")
            Issue.record("opened")
        } catch {
            #expect("\(error)".contains("sha256"))
        }
    }

    @Test(arguments: ["-x", "a..b", "x.lock", "a b", "", "HEAD", "a\u{202E}b", "a~1"])
    func unsafeBranchNamesAreRefused(_ name: String) {
        #expect(throws: GitError.self) { try BranchName(name) }
    }

    /// In a process of its own, in which nothing has started libgit2.
    @Test func whatNeedsNoRepositoryIsAnsweredBeforeOneIsOpened() async {
        await #expect(processExitsWith: .success) {
            #expect(throws: GitError.self) { try BranchName("a..b") }
            let branch = try RefName("refs/heads/a").branch
            #expect(branch?.text == "a")
        }
        await #expect(processExitsWith: .success) {
            let id = try ObjectID(ofBlob: [])
            #expect(id.description == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
        }
    }

    @Test(arguments: ["a", "a/b", "a.b/..c/...", " ", ".git", "a/\u{E9}"])
    func pathsOfTreesAreTaken(_ text: String) throws {
        #expect(try RepoPath(checked: text.utf8) == RepoPath(text))
    }

    @Test(arguments: ["", "/", "/a", "a/", "a//b", ".", "..", "a/./b", "a/..", "../a", "a\0b"])
    func otherPathsAreRefused(_ text: String) {
        let error = #expect(throws: GitError.self) { try RepoPath(checked: text.utf8) }
        #expect(error?.code == .invalidName)
    }

    @Test(
        arguments: [
            ("", "", [], [], 0), ("a", "", ["a"], [], 0), ("a/b", "a", ["a", "b"], ["a"], 1),
            ("a/b/c", "a/b", ["a", "b", "c"], ["a/b", "a"], 2),
            ("a/b/", "a/b", ["a", "b"], ["a/b", "a"], 2),
        ] as [(String, String, [String], [String], Int)])
    func pathsAreTakenApart(
        _ text: String, _ parent: String, _ names: [String], _ above: [String], _ depth: Int
    ) {
        let path = RepoPath(text)
        #expect(path.parent.text == parent)
        #expect(path.components.map { String(decoding: $0, as: UTF8.self) } == names)
        #expect(path.parents.map(\.text) == above)
        #expect(path.depth == depth)
        #expect(path.isRoot == text.isEmpty)
        // A final slash ends the path of a repository, whose last component is then empty.
        let last = text.hasSuffix("/") ? "" : names.last ?? ""
        #expect(String(decoding: path.lastComponent, as: UTF8.self) == last)
        let whole = names.reduce(RepoPath.root) { $0.appending($1.utf8) }
        #expect(whole.text == (text.hasSuffix("/") ? String(text.dropLast()) : text))
    }

    @Test(arguments: [
        ("a", "", true), ("", "", true), ("a/b", "a", true), ("a", "a", true), ("ab", "a", false),
        ("a", "a/b", false), ("a-b/c", "a", false), ("b/a", "a", false),
    ])
    func pathsLieInTheirFolders(_ path: String, _ folder: String, _ lies: Bool) {
        #expect(RepoPath(path).lies(in: RepoPath(folder)) == lies)
    }

    @Test(arguments: [
        ("a/b", "a", "x", "x/b"), ("a/b", "a", "", "b"), ("a/b/c", "a/b", "x/y", "x/y/c"),
        ("a", "", "x", "x/a"),
        ("a", "a", "x", "x"),
        ("d/f/h", "d", "e/g", "e/g/f/h"), ("d/e/f", "d/e", "", "f"), ("d/e/f", "d", "", "e/f"),
    ])
    func pathsMoveWithTheirFolders(_ path: String, _ old: String, _ new: String, _ moved: String) {
        #expect(RepoPath(path).moved(from: RepoPath(old), to: RepoPath(new)).text == moved)
    }

    @Test func aFolderComesDirectlyBeforeWhatIsInIt() {
        let order = ["a-b", "a", "a/b", "a/b/c", "a/b0", "a0", "b"]
        for (place, one) in order.enumerated() {
            for (other, two) in order.enumerated() {
                let precedes = RepoPath.precedesAsFolder(RepoPath(one), RepoPath(two))
                #expect(precedes == (place < other), "\(one) \(two)")
            }
        }
    }

    @Test func pathsAreShownEscaped() {
        #expect(RepoPath("a\u{1B}[1m\nb").description == "a\\u{1b}[1m\\u{a}b")
    }
}
