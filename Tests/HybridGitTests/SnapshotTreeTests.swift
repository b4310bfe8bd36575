import Foundation
import HybridGit
import TestSupport
import Testing

@Suite struct SnapshotTreeTests {
    /// The tree that `git add -A` makes of a copy of this working tree.
    private func oracle(_ sandbox: Sandbox) throws -> String {
        _ = try sandbox.run("cp", "-a", "repo", "copy")
        defer { try? FileManager.default.removeItem(atPath: sandbox.root + "/copy") }
        try sandbox.git("add", "-A", in: "copy")
        return try sandbox.git("write-tree", in: "copy")
    }

    /// Compares with `git add -A`: the tree, and that index, refs and status stay as they were.
    private func agrees(_ sandbox: Sandbox) throws {
        let expected = try oracle(sandbox)
        func state() throws -> [String] {
            // Before the index: git refreshes it.
            let status = try sandbox.git("status", "--porcelain", "-z")
            let index = FileManager.default.contents(atPath: sandbox.root + "/repo/.git/index") ?? Data()
            return try [
                status, index.base64EncodedString(), sandbox.git("for-each-ref"),
                sandbox.git("rev-parse", "HEAD"),
            ]
        }
        let before = try state()
        let tree = try Repository(at: sandbox.root + "/repo").snapshotTree()
        #expect(tree.description == expected)
        #expect(try state() == before)
        let checked = try sandbox.run("git", "fsck", "--strict", "--no-dangling", in: "repo")
        #expect(checked.code == 0, "\(checked.out)\(checked.err)")
    }

    @Test func `is what git add -A would store`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository([
            "mod": "1\n", "del": "1\n", "dir/in": "1\n", "file": "1\n", "x.sh": "1\n", "link-to-be": "1\n",
            "same/kept": "1\n", "old.o": "1\n", "staged": "1\n", "both": "1\n", "gone/a/b": "1\n",
        ])
        let repo = sandbox.root + "/repo"
        let files = FileManager.default
        try sandbox.write("*.o\n", to: "repo/.gitignore")
        try sandbox.write("2\n", to: "repo/old.o")
        try sandbox.write("2\n", to: "repo/new.o")
        try sandbox.write("2\n", to: "repo/mod")
        for path in ["del", "dir", "file", "link-to-be", "gone"] {
            try files.removeItem(atPath: repo + "/" + path)
        }
        try sandbox.write("now a file\n", to: "repo/dir")
        try sandbox.write("now in a folder\n", to: "repo/file/inside")
        try files.createSymbolicLink(atPath: repo + "/link-to-be", withDestinationPath: "/etc/passwd")
        try files.createSymbolicLink(atPath: repo + "/out", withDestinationPath: sandbox.root)
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: repo + "/x.sh")
        try sandbox.write("s\n", to: "repo/staged")
        try sandbox.write("s\n", to: "repo/staged-new")
        try sandbox.write("s\n", to: "repo/both")
        try sandbox.git("add", "staged", "staged-new", "both")
        try sandbox.write("t\n", to: "repo/both")
        try sandbox.write("later\n", to: "repo/intended")
        try sandbox.git("add", "-N", "intended")
        try sandbox.write("", to: "repo/deep/er/empty")
        try agrees(sandbox)
    }

    @Test(arguments: ["true", "input", "false"])
    func `converts line endings as git does`(_ mode: String) throws {
        let sandbox = try Sandbox()
        try sandbox.repository([
            "lf": "a\nb\n", "crlf": "a\r\nb\r\n",
            ".gitattributes": "*.win text eol=crlf\n*.raw -text\n*.id ident\n",
        ])
        try sandbox.git("config", "core.autocrlf", mode)
        try sandbox.write("a\r\nb\r\nc\r\n", to: "repo/lf")
        try sandbox.write("a\r\nb\r\nc\r\n", to: "repo/crlf")
        try sandbox.write("a\r\nb\n", to: "repo/mixed")
        try sandbox.write("a\r\nb\r\n", to: "repo/x.win")
        try sandbox.write("a\r\nb\r\n", to: "repo/x.raw")
        try sandbox.write("$Id: abc $\n", to: "repo/x.id")
        try sandbox.write("a\0\r\n", to: "repo/bin")
        try agrees(sandbox)
    }

    @Test func `names of any bytes are kept`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        let script =
            #"printf x > "$(printf 'new\nline')"; printf x > "$(printf 'cr\r')"; printf x > "$(printf 'e\033[1m')"; printf x > "$(printf 'bad\377\376')"; printf x > "$(printf 'n\303\244me')"; printf x > ' sp ace '; printf x > '*'; printf x > ':(top)'; printf x > 'back\slash'; mkdir "$(printf 'd\351')"; printf y > "$(printf 'd\351/[a]')""#
        #expect(try sandbox.run("sh", "-c", script, in: "repo").code == 0)
        try agrees(sandbox)
    }

    @Test func `modes follow core fileMode`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "x": "1\n"])
        try sandbox.git("update-index", "--chmod=+x", "x")
        try sandbox.git("commit", "-qm", "x can run")
        try sandbox.git("config", "core.fileMode", "false")
        try sandbox.write("2\n", to: "repo/a")
        try sandbox.write("2\n", to: "repo/x")
        try sandbox.write("2\n", to: "repo/new")
        for (path, mode) in [("a", 0o755), ("x", 0o644), ("new", 0o755)] {
            try FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: sandbox.root + "/repo/" + path)
        }
        try agrees(sandbox)
    }

    @Test func `a staged change that was taken back is none`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try agrees(sandbox)
        try sandbox.write("2\n", to: "repo/a")
        try sandbox.git("add", "a")
        try sandbox.write("1\n", to: "repo/a")
        try agrees(sandbox)
    }

    @Test func `refuses and changes nothing`() throws {
        let refusals: [(String, GitError.Code, String, (Sandbox) throws -> Void)] = [
            ("nested", .unsupported, "sub/in/", { try $0.git("init", "-q", "sub/in") }),
            (
                "lfs", .unsupported, "big.bin",
                {
                    try $0.git("config", "filter.lfs.clean", "false")
                    try $0.git("config", "filter.lfs.required", "true")
                    try $0.write("*.bin filter=lfs\n", to: "repo/.gitattributes")
                    try $0.write("big\n", to: "repo/big.bin")
                }
            ),
            (
                "info", .unsupported, "new.txt",
                {
                    try $0.git("config", "filter.x.clean", "false")
                    try $0.git("config", "filter.x.required", "true")
                    try $0.write("*.txt filter=x\n", to: "repo/.git/info/attributes")
                    try $0.write("x\n", to: "repo/new.txt")
                }
            ),
            (
                "encoding", .unsupported, "u.txt",
                {
                    try $0.write("*.txt working-tree-encoding=UTF-16\n", to: "repo/.git/info/attributes")
                    try $0.write("x\n", to: "repo/u.txt")
                }
            ),
            (
                "conflict", .unsupported, "a has conflicts",
                { sandbox in
                    try sandbox.git("switch", "-qc", "side")
                    try sandbox.write("2\n", to: "repo/a")
                    try sandbox.git("stash", "-q")
                    try sandbox.write("3\n", to: "repo/a")
                    try sandbox.git("commit", "-qam", "mine")
                    _ = try sandbox.run("git", "stash", "pop", in: "repo")
                }
            ),
            (
                "pipe", .unsupported, "a is neither",
                { sandbox in
                    try FileManager.default.removeItem(atPath: sandbox.root + "/repo/a")
                    _ = try sandbox.run("mkfifo", "a", in: "repo")
                }
            ),
        ]
        for (name, code, words, prepare) in refusals {
            let sandbox = try Sandbox()
            try sandbox.repository(["a": "1\n"])
            try prepare(sandbox)
            if name != "pipe" { try sandbox.write("1\n", to: "repo/zz") }
            let index = FileManager.default.contents(atPath: sandbox.root + "/repo/.git/index")
            let refs = try sandbox.git("for-each-ref")
            #expect("\(name)") {
                _ = try Repository(at: sandbox.root + "/repo").snapshotTree()
            } throws: {
                let error = $0 as? GitError
                return error?.code == code && "\($0)".contains(words)
            }
            #expect(FileManager.default.contents(atPath: sandbox.root + "/repo/.git/index") == index)
            #expect(try sandbox.git("for-each-ref") == refs)
        }
    }

    @Test func `what lies outside a sparse checkout stays, what a mark hides is taken`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["in/a": "1\n", "out/b": "1\n", "assumed": "1\n"])
        try sandbox.git("sparse-checkout", "set", "in")
        try sandbox.git("update-index", "--assume-unchanged", "assumed")
        try sandbox.write("2\n", to: "repo/assumed")
        try sandbox.write("2\n", to: "repo/in/a")
        let index = FileManager.default.contents(atPath: sandbox.root + "/repo/.git/index")
        let tree = try Repository(at: sandbox.root + "/repo").snapshotTree()
        #expect(FileManager.default.contents(atPath: sandbox.root + "/repo/.git/index") == index)
        try sandbox.git("update-index", "--no-assume-unchanged", "assumed")
        #expect(try tree.description == oracle(sandbox))
    }

    @Test func `a file that a tracked link leads to is not read through the link`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["d/a": "1\n", "d/b": "1\n"])
        try FileManager.default.removeItem(atPath: sandbox.root + "/repo/d")
        try sandbox.write("secret\n", to: "outside/a")
        try FileManager.default.createSymbolicLink(
            atPath: sandbox.root + "/repo/d", withDestinationPath: sandbox.root + "/outside")
        try agrees(sandbox)
    }

    @Test func `a submodule that was moved on is taken, one that is gone is removed`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        for name in ["one", "two"] {
            try sandbox.repository(["x": "1\n"], at: "repo/" + name)
            try sandbox.git("add", name)
        }
        try sandbox.git("commit", "-qm", "submodules")
        #expect(try Repository(at: sandbox.root + "/repo").isClean())
        try sandbox.git("commit", "-q", "--allow-empty", "-m", "on", in: "repo/one")
        try FileManager.default.removeItem(atPath: sandbox.root + "/repo/two")
        try agrees(sandbox)
    }
}
