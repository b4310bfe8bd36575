import Foundation
import HybridGit
import TestSupport
import Testing

@Suite struct WorkingTreeStatusTests {
    private func status(_ sandbox: Sandbox) throws -> [StatusEntry] {
        try Repository(at: sandbox.root + "/repo").status()
    }

    /// The paths that git reports, each once.
    private func oracle(_ sandbox: Sandbox, in directory: String = "repo") throws -> [String] {
        let text = try sandbox.git(
            "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", in: directory)
        return Set(text.split(separator: "\0").map { String($0.dropFirst(3)) }).sorted()
    }

    @Test func `each kind of change is told`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository([
            "same": "1\n", "mod": "1\n", "del": "1\n", "type": "1\n", "sdel": "1\n", "smod": "1\n",
            "readd": "1\n",
            ".gitignore": "*.o\nout/\n",
        ])
        let repo = sandbox.root + "/repo"
        try sandbox.write("2\n", to: "repo/mod")
        try FileManager.default.removeItem(atPath: repo + "/del")
        try FileManager.default.removeItem(atPath: repo + "/type")
        try FileManager.default.createSymbolicLink(atPath: repo + "/type", withDestinationPath: "mod")
        try sandbox.git("rm", "-q", "sdel")
        try sandbox.git("rm", "-q", "--cached", "readd")
        try sandbox.write("2\n", to: "repo/smod")
        try sandbox.write("n\n", to: "repo/sadd")
        try sandbox.git("add", "smod", "sadd")
        try sandbox.write("n\n", to: "repo/new/deep/file")
        try sandbox.write("n\n", to: "repo/x.o")
        try sandbox.write("n\n", to: "repo/out/x")
        let found = try status(sandbox)
        let expected: [(String, StatusEntry.Kind, Bool)] = [
            ("del", .deleted, false), ("mod", .modified, false), ("new/deep/file", .untracked, false),
            ("readd", .untracked, true), ("sadd", .added, true), ("sdel", .deleted, true),
            ("smod", .modified, true),
            ("type", .typeChanged, false),
        ]
        #expect(found == expected.map { StatusEntry(path: RepoPath($0), kind: $1, staged: $2) })
        #expect(try found.map(\.path.text) == oracle(sandbox))
    }

    @Test func `a clean tree is clean, also when files were touched`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "2\n"])
        try sandbox.write("1\n", to: "repo/a")
        let index = FileManager.default.contents(atPath: sandbox.root + "/repo/.git/index")
        let repository = try Repository(at: sandbox.root + "/repo")
        #expect(try repository.isClean())
        // Looking changes nothing.
        #expect(FileManager.default.contents(atPath: sandbox.root + "/repo/.git/index") == index)
        try sandbox.write("", to: "repo/new")
        #expect(try !repository.isClean())
        try FileManager.default.removeItem(atPath: sandbox.root + "/repo/new")
        #expect(try repository.isClean())
    }

    @Test(arguments: [
        "*.log\n!keep.log\n", "/build\n", "build/\n!build/keep.log\n", "**/tmp/*\n", "a/**/z\n", "[ab].log\n",
        "\\#x\n", "/*\n!/a\n", "a/*\n!a/b\n", "tmp\n", "*.LOG\n", "trail \n", "a/b/\n", "!x\n*.log\n",
    ])
    func `ignores what git ignores`(_ ignore: String) throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["base": "1\n", ".gitignore": ignore])
        for path in [
            "x.log", "keep.log", "a.log", "build/x.log", "build/keep.log", "sub/build/y", "tmp", "sub/tmp/q",
            "a/z",
            "a/b/z", "a/b/c/z", "#x", "trail", "sub/tmp2/a.LOG", "a/keep.log", "sub/a/z", "x",
        ] {
            try sandbox.write("1\n", to: "repo/" + path)
        }
        #expect(try status(sandbox).map(\.path.text) == oracle(sandbox))
    }

    @Test func `conflicts, nested repositories and submodules are told`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        let head = try sandbox.git("rev-parse", "HEAD")
        try sandbox.git("update-index", "--add", "--cacheinfo", "160000,\(head),vendor")
        try sandbox.git("commit", "-qm", "a submodule")
        try FileManager.default.createDirectory(
            atPath: sandbox.root + "/repo/vendor", withIntermediateDirectories: true)
        #expect(try status(sandbox) == [])
        try sandbox.git("init", "-q", "nested/inner")
        try sandbox.write("x\n", to: "repo/nested/inner/file")
        #expect(
            try status(sandbox) == [
                StatusEntry(path: RepoPath("nested/inner/"), kind: .untracked, staged: false)
            ])
        try FileManager.default.removeItem(atPath: sandbox.root + "/repo/nested")
        try sandbox.git("switch", "-qc", "side")
        try sandbox.write("2\n", to: "repo/a")
        try sandbox.git("commit", "-qam", "side")
        try sandbox.git("switch", "-q", "main")
        try sandbox.write("3\n", to: "repo/a")
        try sandbox.git("commit", "-qam", "main")
        #expect(try sandbox.run("git", "merge", "side", in: "repo").code == 1)
        #expect(try status(sandbox).map(\.kind) == [.conflicted])
        #expect(try status(sandbox).map(\.path.text) == ["a"])
    }

    @Test func `paths that git is told to take as unchanged are unchanged`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "b": "1\n", "c": "1\n", "d/e": "1\n"])
        try sandbox.git("update-index", "--skip-worktree", "a", "c")
        try sandbox.git("update-index", "--assume-unchanged", "b")
        try FileManager.default.removeItem(atPath: sandbox.root + "/repo/a")
        try sandbox.write("2\n", to: "repo/b")
        try sandbox.write("2\n", to: "repo/c")
        #expect(try oracle(sandbox) == [])
        #expect(try status(sandbox) == [])
        let sparse = try Sandbox()
        try sparse.repository(["in/a": "1\n", "out/b": "1\n"])
        try sparse.git("sparse-checkout", "set", "in")
        #expect(try status(sparse) == [])
    }

    /// Forms of an index that libgit2 does not read, and how a repository comes to have them.
    static let forms: [(String, String)] = [
        ("split", "git config core.splitIndex true; git update-index --split-index"),
        (
            "split, version 4",
            """
            git update-index --index-version 4; git config splitIndex.maxPercentChange 100
            git config core.splitIndex true; git update-index --split-index
            """
        ),
        ("sparse", "git sparse-checkout set --cone --sparse-index a c"),
        (
            "sparse, version 4",
            "git update-index --index-version 4; git sparse-checkout set --cone --sparse-index c"
        ),
        ("no checksum", ""),
    ]

    @Test(arguments: forms.map(\.0), [1, 2, 3] as [UInt64])
    func `an index of any form is read as git reads it`(_ name: String, seed: UInt64) throws {
        let form = try #require(Self.forms.first { $0.0 == name })
        let sandbox = try Sandbox()
        try sandbox.repository([
            "a/b": "1\n", "a.b": "1\n", "c/d/e": "1\n", "f": "1\n", "out/in/x": "1\n", "out/y": "1\n",
        ])
        #expect(try sandbox.run("sh", "-c", form.1, in: "repo").code == 0)
        var edits = RandomEdits(seed: seed)
        for round in 0..<4 {
            _ = try edits.make(8, in: sandbox.root + "/repo")
            if round % 2 == 1 { try sandbox.git("add", "-A", "--sparse") }
            if form.1.isEmpty { try leaveOutChecksum(sandbox) }
            let found = try status(sandbox)
            #expect(Set(found.map(\.path.text)).sorted() == (try oracle(sandbox)), "\(name), round \(round)")
        }
        // One handle sees the index change its form, and leaves nothing behind.
        let repository = try Repository(at: sandbox.root + "/repo")
        _ = try repository.status()
        try sandbox.git("reset", "-q", "--hard")
        try sandbox.git("clean", "-qfdx")
        #expect(try repository.status() == [])
        try sandbox.git("update-index", "--no-split-index")
        try sandbox.write("2\n", to: "repo/f")
        #expect(try repository.status().map(\.path.text) == ["f"])
    }

    private func leaveOutChecksum(_ sandbox: Sandbox) throws {
        let path = sandbox.root + "/repo/.git/index"
        let facts = try FileManager.default.attributesOfItem(atPath: path)
        var bytes = try #require(FileManager.default.contents(atPath: path))
        bytes.replaceSubrange((bytes.count - 20)..<bytes.count, with: Data(count: 20))
        try bytes.write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes(
            [.modificationDate: facts[.modificationDate] as Any], ofItemAtPath: path)
    }

    @Test func `a damaged index of an unusual form is told as damaged`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.git("update-index", "--split-index")
        let folder = sandbox.root + "/repo/.git"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder)
        where name.hasPrefix("sharedindex.") {
            try FileManager.default.removeItem(atPath: folder + "/" + name)
        }
        #expect { try status(sandbox) } throws: { "\($0)".contains("it is damaged; git read-tree HEAD") }
    }

    @Test func `a bare repository has no status`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.git("clone", "-q", "--bare", "repo", "bare", in: "")
        let repository = try Repository(at: sandbox.root + "/bare")
        #expect { try repository.status() } throws: { ($0 as? GitError)?.code == .bare }
    }
}
