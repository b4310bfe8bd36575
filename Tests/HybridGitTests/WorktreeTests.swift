import Foundation
import HybridGit
import TestSupport
import Testing

/// What `git worktree add` and the library leave for the same commit: every path with its kind, mode and content.
private func contents(_ root: String) throws -> [String] {
    var lines: [String] = []
    let files = FileManager.default
    for path in try files.subpathsOfDirectory(atPath: root).sorted() where path != ".git" {
        let full = root + "/" + path
        let attributes = try files.attributesOfItem(atPath: full)
        switch attributes[.type] as? FileAttributeType {
        case .typeSymbolicLink?:
            lines.append("\(path) -> \(try files.destinationOfSymbolicLink(atPath: full))")
        case .typeDirectory?: lines.append("\(path)/")
        default:
            let mode = String((attributes[.posixPermissions] as? Int) ?? 0, radix: 8)
            lines.append("\(path) \(mode) \(files.contents(atPath: full)!.base64EncodedString())")
        }
    }
    return lines
}

private func caught(_ body: () throws -> Void) -> GitError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? GitError)?.code
    }
}

@Suite struct WorktreeTests {
    /// A repository with every kind of entry and line ending.
    private func everything(_ sandbox: Sandbox, config: [(String, String)] = []) throws {
        try sandbox.repository([
            "plain.txt": "a\nb\n", "crlf.txt": "a\r\nb\r\n", "mixed.txt": "a\r\nb\n", "bin.dat": "\0\n\r\n",
            "dir/deep/er/x.sh": "#!/bin/sh\n", "empty": "",
            "dir/.gitattributes": "*.win text eol=crlf\n*.id ident\n",
            "dir/(early).win": "one\ntwo\n", "dir/late.win": "one\ntwo\n", "dir/v.id": "$Id$\n",
            "-t.win": "x\ny\n",
        ])
        try sandbox.git("config", "core.autocrlf", "false")
        let repo = sandbox.root + "/repo"
        let files = FileManager.default
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: repo + "/dir/deep/er/x.sh")
        try files.createSymbolicLink(atPath: repo + "/link", withDestinationPath: "dir/deep")
        try files.createSymbolicLink(atPath: repo + "/dangling", withDestinationPath: "/nowhere\n/x")
        try sandbox.git("add", "-A")
        let head = try sandbox.git("rev-parse", "HEAD")
        try sandbox.git("update-index", "--add", "--cacheinfo", "160000,\(head),vendor/sub")
        try sandbox.git("commit", "-q", "-m", "all kinds")
        for (key, value) in config { try sandbox.git("config", key, value) }
        try sandbox.git("branch", "job")
        try sandbox.git("branch", "oracle")
    }

    @Test(arguments: [
        [], [("core.autocrlf", "true")], [("core.autocrlf", "input")], [("core.eol", "crlf")],
        [("core.symlinks", "false")],
    ])
    func `checks out what git checks out`(_ config: [(String, String)]) throws {
        let sandbox = try Sandbox()
        try everything(sandbox, config: config)
        try sandbox.git("worktree", "add", "-q", "../oracle", "oracle")
        let repository = try Repository(at: sandbox.root + "/repo")
        try repository.addWorktree(name: "job", path: sandbox.root + "/trees/job", branch: BranchName("job"))
        #expect(try contents(sandbox.root + "/trees/job") == contents(sandbox.root + "/oracle"))
        #expect(try sandbox.git("diff-files", "--name-only", in: "trees/job") == "")
        #expect(
            try sandbox.git("status", "--porcelain", in: "trees/job")
                == sandbox.git("status", "--porcelain", in: "oracle"))
        #expect(
            try sandbox.git("ls-files", "-s", in: "trees/job") == sandbox.git("ls-files", "-s", in: "oracle"))
        #expect(try sandbox.git("symbolic-ref", "HEAD", in: "trees/job") == "refs/heads/job")
        try sandbox.git("fsck", "--strict", "--no-dangling")
        try sandbox.git("worktree", "prune", "--expire", "now")
        #expect(try sandbox.git("worktree", "list").contains("/trees/job"))
        #expect(try !sandbox.git("worktree", "list", "--porcelain").contains("locked"))
    }

    @Test func `a checkout leaves nothing for git to read again`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "2\n"])
        try sandbox.git("branch", "job")
        let path = sandbox.root + "/job"
        try Repository(at: sandbox.root + "/repo").addWorktree(
            name: "job", path: path, branch: BranchName("job"))
        let index = sandbox.root + "/repo/.git/worktrees/job/index"
        // Younger by whole seconds, so that no entry is racy: then only the stat fields count.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: 60)], ofItemAtPath: index)
        try FileManager.default.removeItem(atPath: sandbox.root + "/repo/.git/objects")
        try FileManager.default.createDirectory(
            atPath: sandbox.root + "/repo/.git/objects", withIntermediateDirectories: true)
        #expect(try sandbox.git("diff-files", "--name-only", in: "job") == "")
    }

    /// A new index says which trees its entries make, or git and the guard read all of them again for each commit.
    @Test func `a checkout leaves the record of trees in the index`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "2\n", "d/e/c": "3\n"])
        try sandbox.git("branch", "job")
        try Repository(at: sandbox.root + "/repo").addWorktree(
            name: "job", path: sandbox.root + "/job", branch: BranchName("job"))
        let folder = try sandbox.git("rev-parse", "--absolute-git-dir", in: "job")
        let index = try #require(FileManager.default.contents(atPath: folder + "/index"))
        let entries = try sandbox.git("ls-files", in: "job").split(separator: "\n").count
        // The root: no name, and so many entries; -1 where they are not known.
        let record = Data("TREE".utf8)
        let at = try #require(index.range(of: record)).upperBound + 4
        #expect(String(decoding: index[at...].prefix(12), as: UTF8.self).hasPrefix("\0\(entries) "))
    }

    @Test func `a detached worktree has no branch and leaves no helper ref`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        let head = try sandbox.git("rev-parse", "HEAD")
        let before = try sandbox.git("for-each-ref")
        let config = sandbox.read("repo/.git/config")
        let repository = try Repository(at: sandbox.root + "/repo")
        let path = sandbox.root + "/loose"
        try repository.addDetachedWorktree(name: "loose", path: path + "/", at: #require(ObjectID(hex: head)))
        #expect(try sandbox.git("for-each-ref") == before)
        #expect(sandbox.read("repo/.git/config") == config)
        #expect(try sandbox.git("status", "--porcelain=v2", "--branch", in: "loose").contains("(detached)"))
        let found = try #require(try repository.worktrees().first)
        #expect(found == Worktree(name: "loose", path: path, branch: nil, head: ObjectID(hex: head)))
        try sandbox.write("2\n", to: "loose/a")
        try sandbox.git("commit", "-qam", "works with git", in: "loose")
        try sandbox.git("fsck", "--strict")
        try repository.removeWorktree(name: "loose", force: false)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(!FileManager.default.fileExists(atPath: sandbox.root + "/repo/.git/worktrees"))
    }

    @Test func `names, paths and branches in use are refused and nothing is left behind`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.git("branch", "job")
        try sandbox.git("branch", "other")
        let repository = try Repository(at: sandbox.root + "/repo")
        try repository.addWorktree(name: "job", path: sandbox.root + "/job", branch: BranchName("job"))
        let other = try BranchName("other")
        let add = { (name: String, path: String, branch: BranchName) in
            caught { try repository.addWorktree(name: name, path: sandbox.root + path, branch: branch) }
        }
        #expect(add("job", "/new", other) == .exists)
        #expect(add("new", "/job", other) == .exists)
        #expect(try add("new", "/new", BranchName("job")) == .checkoutConflict)
        #expect(try add("new", "/new", BranchName("main")) == .checkoutConflict)
        #expect(try add("new", "/new", BranchName("absent")) == .notFound)
        for name in ["", ".", "..", "a/b", "-x", "a b", "a.lock", ".x", "a..b", "é", "x\n", "y."] {
            #expect(add(name, "/new", other) == .invalidName, "\(name)")
        }
        try FileManager.default.createSymbolicLink(
            atPath: sandbox.root + "/dangling", withDestinationPath: "nowhere")
        #expect(add("new", "/dangling", other) == .exists)
        #expect(!FileManager.default.fileExists(atPath: sandbox.root + "/new"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: sandbox.root + "/repo/.git/worktrees") == [
                "job"
            ])
    }

    @Test func `a branch in the middle of a rebase is in use`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.git("branch", "job")
        try sandbox.write("2\n", to: "repo/a")
        try sandbox.git("commit", "-qam", "main")
        try sandbox.git("switch", "-q", "job")
        try sandbox.write("3\n", to: "repo/a")
        try sandbox.git("commit", "-qam", "job")
        #expect(try sandbox.run("git", "rebase", "main", in: "repo").code != 0)
        let repository = try Repository(at: sandbox.root + "/repo")
        #expect(try repository.worktree(checkedOut: BranchName("job"))?.isMain == true)
        #expect(try repository.worktree(checkedOut: BranchName("main")) == nil)
    }

    @Test func `a tree that git refuses is refused and leaves nothing`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        let blob = try sandbox.git("rev-parse", "HEAD:a")
        let outside = sandbox.root + "/outside"
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        let target = try sandbox.git("hash-object", "-w", "--stdin", input: Data(outside.utf8))
        func bytes(_ hex: String) -> [UInt8] {
            var rest = hex[...]
            var out: [UInt8] = []
            while let next = UInt8(rest.prefix(2), radix: 16) {
                out.append(next)
                rest = rest.dropFirst(2)
            }
            return out
        }
        func tree(_ entries: [(String, String, String)]) throws -> String {
            var raw: [UInt8] = []
            for (mode, name, id) in entries { raw += Array("\(mode) \(name)\0".utf8) + bytes(id) }
            return try sandbox.git(
                "hash-object", "-w", "-t", "tree", "--literally", "--stdin", input: Data(raw))
        }
        let inner = try tree([("100644", "x", blob)])
        let bad = [
            try tree([("40000", ".git", inner)]), try tree([("40000", "..", inner)]),
            try tree([("100644", ".GIT", blob)]),
            // The same name as a link to outside and as a folder.
            try tree([("120000", "d", target), ("40000", "d", inner)]),
        ]
        let repository = try Repository(at: sandbox.root + "/repo")
        for (number, tree) in bad.enumerated() {
            let commit = try #require(ObjectID(hex: sandbox.git("commit-tree", "-m", "bad", tree)))
            let path = sandbox.root + "/bad\(number)"
            #expect(
                caught { try repository.addDetachedWorktree(name: "bad", path: path, at: commit) } != nil,
                "\(number)")
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(!FileManager.default.fileExists(atPath: sandbox.root + "/repo/.git/worktrees"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == [])
    }

    @Test func `lists main, linked, locked and vanished worktrees from anywhere`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        for name in ["gone", "kept", "other"] {
            try sandbox.git("worktree", "add", "-q", "-b", name, "../\(name)")
        }
        let head = try ObjectID(hex: sandbox.git("rev-parse", "HEAD"))
        try FileManager.default.removeItem(atPath: sandbox.root + "/gone")
        let linked = try Repository(at: sandbox.root + "/kept")
        try linked.lockWorktree(name: "other", reason: "a job runs")
        #expect(caught { try linked.lockWorktree(name: "other", reason: "again") } == .locked)
        #expect(try sandbox.git("worktree", "list", "--porcelain").contains("locked a job runs"))
        let list = try linked.worktrees()
        #expect(list.map(\.name) == ["gone", "kept", "other"])
        #expect(list.map(\.isPrunable) == [true, false, false])
        #expect(list.map(\.isLocked) == [false, false, true])
        #expect(list.allSatisfy { $0.head == head && $0.branch?.text == $0.name })
        #expect(list.map(\.path) == ["gone", "kept", "other"].map { sandbox.root + "/" + $0 })
        let main = try #require(try linked.mainWorktree())
        #expect(
            main
                == Worktree(
                    name: "", path: sandbox.root + "/repo", branch: try BranchName("main"), head: head,
                    isMain: true))
        #expect(try linked.worktree(checkedOut: BranchName("other"))?.name == "other")
        #expect(try linked.worktree(checkedOut: BranchName("main"))?.isMain == true)
        #expect(caught { try linked.pruneWorktree(name: "kept") } == .exists)
        #expect(caught { try linked.pruneWorktree(name: "absent") } == .notFound)
        try linked.pruneWorktree(name: "gone")
        #expect(caught { try linked.removeWorktree(name: "other", force: false) } == .locked)
        try linked.unlockWorktree(name: "other")
        try linked.unlockWorktree(name: "other")
        try linked.removeWorktree(name: "other", force: false)
        #expect(try linked.worktrees().map(\.name) == ["kept"])
        try sandbox.git("fsck")
    }

    @Test func `a bare repository has no main worktree but can have linked ones`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.git("clone", "-q", "--bare", "repo", "bare.git", in: "")
        try sandbox.git("branch", "job", in: "bare.git")
        let repository = try Repository(at: sandbox.root + "/bare.git")
        #expect(try repository.mainWorktree() == nil)
        try repository.addWorktree(name: "job", path: sandbox.root + "/job", branch: BranchName("job"))
        let linked = try Repository(at: sandbox.root + "/job")
        #expect(try linked.mainWorktree() == nil)
        #expect(try linked.isClean())
        #expect(try sandbox.git("status", "--porcelain", in: "job") == "")
    }

    @Test func `removal refuses what would be lost`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", ".gitignore": "*.o\n"])
        let repository = try Repository(at: sandbox.root + "/repo")
        let changes: [(String) throws -> Void] = [
            { try sandbox.write("2\n", to: $0 + "/a") },
            { try sandbox.write("new\n", to: $0 + "/sub/new") },
            {
                try sandbox.write("staged\n", to: $0 + "/s")
                try sandbox.git("add", "s", in: $0)
            },
            { try FileManager.default.removeItem(atPath: sandbox.root + "/" + $0 + "/a") },
            {
                try sandbox.git("init", "-q", "nested", in: $0)
                try sandbox.git("commit", "-q", "--allow-empty", "-m", "inside", in: $0 + "/nested")
            },
        ]
        for (number, change) in changes.enumerated() {
            let name = "w\(number)"
            try sandbox.git("branch", name)
            try repository.addWorktree(name: name, path: sandbox.root + "/" + name, branch: BranchName(name))
            try change(name)
            #expect(
                caught { try repository.removeWorktree(name: name, force: false) } == .uncommitted,
                "\(number)")
            #expect(FileManager.default.fileExists(atPath: sandbox.root + "/" + name))
            try repository.removeWorktree(name: name, force: true)
            #expect(!FileManager.default.fileExists(atPath: sandbox.root + "/" + name))
        }
        // Ignored files alone do not matter, as in git.
        try sandbox.git("branch", "ignored")
        try repository.addWorktree(name: "i", path: sandbox.root + "/i", branch: BranchName("ignored"))
        try sandbox.write("x", to: "i/x.o")
        try repository.removeWorktree(name: "i", force: false)
        #expect(try sandbox.git("worktree", "list").split(separator: "\n").count == 1)
    }

    @Test func `removal follows no link and copes with deep and read-only folders`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.git("branch", "job")
        try sandbox.write("keep\n", to: "outside/kept")
        let repository = try Repository(at: sandbox.root + "/repo")
        let path = sandbox.root + "/job"
        try repository.addWorktree(name: "job", path: path, branch: BranchName("job"))
        let files = FileManager.default
        try files.createSymbolicLink(atPath: path + "/out", withDestinationPath: sandbox.root + "/outside")
        try sandbox.write("x\n", to: "job/ro/in/x")
        for folder in ["/ro/in", "/ro"] {
            try files.setAttributes([.posixPermissions: 0o500], ofItemAtPath: path + folder)
        }
        try sandbox.write("deep\n", to: "job/" + String(repeating: "d/", count: 600) + "x")
        try repository.removeWorktree(name: "job", force: true)
        #expect(!files.fileExists(atPath: path))
        #expect(sandbox.read("outside/kept") == "keep\n")
    }

    @Test func `a folder that is not the worktree any more stays`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.git("branch", "job")
        let repository = try Repository(at: sandbox.root + "/repo")
        try repository.addWorktree(name: "job", path: sandbox.root + "/job", branch: BranchName("job"))
        let files = FileManager.default
        try files.moveItem(atPath: sandbox.root + "/job", toPath: sandbox.root + "/moved")
        try sandbox.write("mine\n", to: "job/mine")
        #expect(caught { try repository.removeWorktree(name: "job", force: true) } == .changed)
        try sandbox.git("init", "-q", in: "job")
        #expect(caught { try repository.removeWorktree(name: "job", force: true) } == .changed)
        #expect(sandbox.read("job/mine") == "mine\n")
        try files.removeItem(atPath: sandbox.root + "/job")
        try files.createSymbolicLink(atPath: sandbox.root + "/job", withDestinationPath: "moved")
        #expect(caught { try repository.removeWorktree(name: "job", force: true) } == .changed)
        #expect(sandbox.read("moved/a") == "1\n")
        try files.removeItem(atPath: sandbox.root + "/job")
        try repository.removeWorktree(name: "job", force: true)
        #expect(try repository.worktrees().isEmpty)
        #expect(sandbox.read("moved/a") == "1\n")
    }

    @Test func `many at once all succeed, and one branch is given once`() async throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "d/b": "2\n"])
        for number in 0..<12 { try sandbox.git("branch", "w\(number)") }
        let config = sandbox.read("repo/.git/config")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    let repository = try Repository(at: sandbox.root + "/repo")
                    try repository.addWorktree(
                        name: "w\(number)", path: sandbox.root + "/trees/\(number)",
                        branch: BranchName("w\(number)"))
                }
            }
            try await group.waitForAll()
        }
        #expect(sandbox.read("repo/.git/config") == config)
        #expect(try sandbox.git("worktree", "list").split(separator: "\n").count == 13)
        try sandbox.git("branch", "shared")
        let winners = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask {
                    caught {
                        let repository = try Repository(at: sandbox.root + "/repo")
                        try repository.addWorktree(
                            name: "s\(number)", path: sandbox.root + "/s\(number)",
                            branch: BranchName("shared"))
                    } == nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners <= 1)
        let list = try Repository(at: sandbox.root + "/repo").worktrees()
        #expect(list.count == 12 + winners)
    }

    /// The steps of an add, each as it stands when the process is killed after it.
    @Test(arguments: 0..<7) func `what an add left that was cut short goes away`(_ step: Int) throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        try sandbox.git("branch", "job")
        let repository = try Repository(at: sandbox.root + "/repo")
        let (admin, place) = (sandbox.root + "/repo/.git/worktrees/run-job", sandbox.root + "/trees/run/job")
        let steps = [
            "mkdir -p \(admin)", "echo initializing > \(admin)/locked", "mkdir -p \(place)",
            "echo 'gitdir: \(admin)' > \(place)/.git", "echo ../.. > \(admin)/commondir; : > \(admin)/gitdir",
            "echo \(place)/.git > \(admin)/gitdir; echo 'ref: refs/heads/job' > \(admin)/HEAD",
            "echo half > \(place)/a",
        ]
        for line in steps[...step] { try #require(try sandbox.run("sh", "-c", line).code == 0) }
        let cleared = try repository.clearUnfinishedWorktrees(prefix: "run-") { _ in place }
        #expect(cleared == ["run-job"])
        #expect(!FileManager.default.fileExists(atPath: admin))
        #expect(!FileManager.default.fileExists(atPath: place))
        try repository.addWorktree(name: "run-job", path: place, branch: BranchName("job"))
        #expect(sandbox.read("trees/run/job/a") == "1\n")
        // What is whole stays, and so does what is another's.
        #expect(try repository.clearUnfinishedWorktrees(prefix: "run-") { _ in place } == [])
        #expect(sandbox.read("trees/run/job/a") == "1\n")
    }

    @Test func `a folder that is not the worktree's stays`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n"])
        let repository = try Repository(at: sandbox.root + "/repo")
        try sandbox.write("initializing\n", to: "repo/.git/worktrees/run-job/locked")
        try sandbox.write("mine\n", to: "trees/job/mine")
        let place = sandbox.root + "/trees/job"
        #expect(
            caught { _ = try repository.clearUnfinishedWorktrees(prefix: "run-") { _ in place } } == .changed)
        #expect(sandbox.read("trees/job/mine") == "mine\n")
    }

    @Test func `a removal that was cut short is finished, not taken for deleted work`() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "1\n", "b": "2\n"])
        try sandbox.git("branch", "job")
        let repository = try Repository(at: sandbox.root + "/repo")
        let place = sandbox.root + "/trees/job"
        for finisher in 0..<2 {
            try repository.addWorktree(name: "run-job", path: place, branch: BranchName("job"))
            try #require(
                try sandbox.run("sh", "-c", "cd trees && mv job .job.removing && rm .job.removing/a").code
                    == 0)
            if finisher == 0 {
                #expect(try repository.clearUnfinishedWorktrees(prefix: "run-") { _ in place } == ["run-job"])
            } else {
                try repository.removeWorktree(name: "run-job", force: false)
            }
            #expect(try repository.worktrees().isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.root + "/trees").isEmpty)
        }
    }
}
