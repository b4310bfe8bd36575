import Foundation
import HybridGit
import TestSupport
import Testing

@Suite struct LiveWorktreeTests {
    /// The tree that `git add -A` makes of a copy of this working tree.
    private func oracle(_ sandbox: Sandbox) throws -> String {
        _ = try sandbox.run("cp", "-a", "repo", "copy")
        defer { try? FileManager.default.removeItem(atPath: sandbox.root + "/copy") }
        try sandbox.git("add", "-A", in: "copy")
        return try sandbox.git("write-tree", in: "copy")
    }

    /// Every file below `.git` with its size and times, and the index's bytes.
    private func gitFiles(_ sandbox: Sandbox) throws -> String {
        let list = try sandbox.run(
            "find", ".git", "-type", "f", "-printf", "%p %s %T@ %C@\n", in: "repo"
        ).out
        let index = FileManager.default.contents(atPath: sandbox.root + "/repo/.git/index") ?? Data()
        return list.split(separator: "\n").sorted().joined(separator: "\n") + index.base64EncodedString()
    }

    /// Looks, and compares with `git add -A`: the tree, that all of it can be read, and that nothing was written.
    @discardableResult
    private func agrees(_ sandbox: Sandbox) throws -> LiveTree {
        let expected = try oracle(sandbox)
        let before = try gitFiles(sandbox)
        var worktree = LiveWorktree(path: sandbox.root + "/repo")
        let live = try worktree.look()
        #expect(live.tree.description == expected)
        #expect(live.unchecked == [])
        let repository = try Repository(at: sandbox.root + "/repo")
        let store = try ObjectStore(repository)
        store.lend(live.objects)
        func readAll(_ id: ObjectID) throws {
            for item in try store.tree(id).items {
                if item.entry.isTree {
                    try readAll(item.entry.id)
                } else if item.entry.kind != .gitlink {
                    #expect(try store.blobSize(item.entry.id) == store.blob(item.entry.id).count)
                }
            }
        }
        try readAll(live.tree)
        #expect(try gitFiles(sandbox) == before)
        #expect(try worktree.look().tree == live.tree)
        return live
    }

    @Test func `takes what git add -A would and writes nothing`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository([
            "mod": "1\n", "del": "1\n", "dir/in": "1\n", "file": "1\n", "x.sh": "1\n", "link-to-be": "1\n",
            "same/kept": "1\n", "old.o": "1\n", "staged": "1\n", "both": "1\n", "gone/a/b": "1\n",
            "moved/from": "a\nb\nc\n",
        ])
        let repo = sandbox.root + "/repo"
        let files = FileManager.default
        try sandbox.write("*.o\n/ignored/\n", to: "repo/.gitignore")
        try sandbox.write("2\n", to: "repo/old.o")
        try sandbox.write("2\n", to: "repo/new.o")
        try sandbox.write("2\n", to: "repo/ignored/new")
        try sandbox.write("2\n", to: "repo/mod")
        for path in ["del", "dir", "file", "link-to-be", "gone"] {
            try files.removeItem(atPath: repo + "/" + path)
        }
        try sandbox.write("now a file\n", to: "repo/dir")
        try sandbox.write("now in a folder\n", to: "repo/file/inside")
        try files.moveItem(atPath: repo + "/moved/from", toPath: repo + "/moved/to")
        try files.createSymbolicLink(atPath: repo + "/link-to-be", withDestinationPath: "/etc/passwd")
        try files.createSymbolicLink(atPath: repo + "/out", withDestinationPath: sandbox.root)
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: repo + "/x.sh")
        for (path, text) in [("staged", "s\n"), ("staged-new", "s\n"), ("both", "s\n")] {
            try sandbox.write(text, to: "repo/" + path)
        }
        try sandbox.git("add", "staged", "staged-new", "both")
        try sandbox.write("t\n", to: "repo/both")
        try sandbox.write("", to: "repo/deep/er/empty")
        // The same content lies in the repository: even its times must stay.
        try sandbox.write("1\n", to: "repo/again")
        let live = try agrees(sandbox)
        #expect(live.branch?.text == "main")
        #expect(live.uncommitted == 19)
    }

    @Test(arguments: ["true", "input", "false"])
    func `converts line endings as git does`(_ mode: String) throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n2\n", "crlf": "1\r\n2\r\n", ".gitattributes": "*.txt text\n"])
        try sandbox.git("config", "core.autocrlf", mode)
        for name in ["a", "crlf", "new", "b.txt"] { try sandbox.write("1\r\n2\r\n3\r\n", to: "repo/" + name) }
        try sandbox.write("1\r\n\0\r\n", to: "repo/binary")
        try agrees(sandbox)
    }

    @Test func `a change of attributes is seen although no other file changed`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "1\n"])
        try sandbox.write("1\r\n2\r\n", to: "repo/d/b")
        var worktree = LiveWorktree(path: sandbox.root + "/repo")
        #expect(try worktree.look().tree.description == oracle(sandbox))
        let version = worktree.rulesVersion
        try sandbox.write("b text\n", to: "repo/d/.gitattributes")
        #expect(try worktree.look(at: [RepoPath("d/.gitattributes")]).tree.description == oracle(sandbox))
        #expect(worktree.rulesVersion > version)
        try FileManager.default.removeItem(atPath: sandbox.root + "/repo/d/.gitattributes")
        #expect(try worktree.look(at: []).tree.description == oracle(sandbox))
    }

    @Test func `names what only git could store and keeps what is committed there`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a.bin": "1\n", "b.wide": "1\n", "plain": "1\n"])
        try sandbox.git("config", "filter.lfs.clean", "cat")
        try sandbox.write(
            "*.bin filter=lfs\n*.wide working-tree-encoding=UTF-16\n", to: "repo/.git/info/attributes")
        for name in ["a.bin", "b.wide", "new.bin", "plain"] { try sandbox.write("2\n", to: "repo/" + name) }
        try sandbox.git("init", "-q", "repo/inside", in: "")
        try sandbox.write("x", to: "repo/large")
        try FileManager.default.removeItem(atPath: sandbox.root + "/repo/large")
        try Data(count: 3 << 20).write(to: URL(fileURLWithPath: sandbox.root + "/repo/large"))
        var worktree = LiveWorktree(path: sandbox.root + "/repo")
        worktree.largestFile = 2 << 20
        let live = try worktree.look()
        #expect(
            live.unchecked.map { "\($0.path.map(\.text) ?? "")" } == [
                "a.bin", "b.wide", "inside/", "large", "new.bin",
            ])
        #expect(live.unchecked[0].reason.contains("filter=lfs"))
        #expect(live.unchecked[1].reason.contains("working-tree-encoding=UTF-16"))
        #expect(live.unchecked[3].reason.contains("larger than 2 MiB"))
        try sandbox.git("add", "plain")
        #expect(try sandbox.git("write-tree") == live.tree.description)
    }

    @Test func `a file that cannot be read is named`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.write("2\n", to: "repo/a")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0], ofItemAtPath: sandbox.root + "/repo/a")
        guard FileManager.default.contents(atPath: sandbox.root + "/repo/a") == nil else { return }
        var worktree = LiveWorktree(path: sandbox.root + "/repo")
        #expect(try worktree.look().unchecked.map { $0.path?.text } == ["a"])
    }

    @Test func `a merge under way and its conflicts count as not checked`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.git("checkout", "-q", "-b", "side")
        try sandbox.write("2\n", to: "repo/a")
        try sandbox.git("commit", "-qam", "side")
        try sandbox.git("checkout", "-q", "main")
        try sandbox.write("3\n", to: "repo/a")
        try sandbox.git("commit", "-qam", "main")
        #expect(try sandbox.run("git", "cherry-pick", "side", in: "repo").code != 0)
        var worktree = LiveWorktree(path: sandbox.root + "/repo")
        #expect(try worktree.look().unchecked.map { $0.path?.text } == ["a"])
        try sandbox.git("cherry-pick", "--abort")
        #expect(try sandbox.run("git", "merge", "side", in: "repo").code != 0)
        let live = try worktree.look(at: [])
        #expect(live.unchecked.map(\.reason) == ["a merge is in progress"])
        #expect(try live.tree.description == sandbox.git("rev-parse", "HEAD^{tree}"))
        try sandbox.git("merge", "--abort")
        #expect(try worktree.look(at: []).unchecked == [])
    }

    @Test func `a worktree that is gone throws`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        var worktree = LiveWorktree(path: sandbox.root + "/repo")
        _ = try worktree.look()
        try FileManager.default.removeItem(atPath: sandbox.root + "/repo")
        #expect(throws: GitError.self) { try worktree.look(at: []) }
    }

    @Test func `a file that grows is taken as it was at one moment or named`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        let path = sandbox.root + "/repo/grows"
        let writer = Process()
        writer.executableURL = URL(fileURLWithPath: "/bin/sh")
        let script = "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done"
        writer.arguments = ["-c", "\(script) > '\(path)'"]
        var worktree = LiveWorktree(path: sandbox.root + "/repo")
        try writer.run()
        var seen: [[UInt8]] = []
        repeat {
            let live = try worktree.look()
            let store = try ObjectStore(Repository(at: sandbox.root + "/repo"))
            store.lend(live.objects)
            guard let entry = try store.tree(live.tree).entry(named: Array("grows".utf8)[...]) else {
                #expect(live.unchecked.allSatisfy { $0.reason.contains("changes while") })
                continue
            }
            seen.append(try store.blob(entry.id))
        } while writer.isRunning
        writer.waitUntilExit()
        let whole = Array(FileManager.default.contents(atPath: path) ?? Data())
        #expect(seen.allSatisfy { whole.starts(with: $0) })
        #expect(try worktree.look().tree.description == oracle(sandbox))
    }

    @Test(arguments: 0..<6)
    func `looking at what changed equals looking at everything`(_ seed: UInt64) throws {
        let sandbox = try Sandbox()
        try sandbox.repository([
            "a": "1\n", "d/b": "1\n", "d/e/c": "1\n", "f/g": "1\n", ".gitignore": "*.o\n",
        ])
        var edits = RandomEdits(seed: seed)
        var worktree = LiveWorktree(path: sandbox.root + "/repo")
        _ = try worktree.look()
        for round in 0..<12 {
            let paths = try edits.make(3, in: sandbox.root + "/repo")
            if round == 6 {
                try sandbox.git("add", "-A")
                try sandbox.git("commit", "-q", "--allow-empty", "-m", "half")
            }
            let live = try worktree.look(at: paths.map { RepoPath($0) })
            #expect(try live.tree.description == oracle(sandbox), "round \(round): \(paths)")
            var other = LiveWorktree(path: sandbox.root + "/repo")
            #expect(try other.look().uncommitted == live.uncommitted)
        }
    }
}
