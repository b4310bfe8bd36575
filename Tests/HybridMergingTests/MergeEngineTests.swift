import Foundation
import HybridGit
import HybridMerging
import TestSupport
import Testing

/// A repository with two branches that each did something to the same base.
struct TwoSides {
    let sandbox: Sandbox
    let repository: Repository

    init(_ files: [String: String], ours: String, theirs: String) throws {
        sandbox = try Sandbox()
        try sandbox.repository(files)
        for (branch, script) in [("ours", ours), ("theirs", theirs)] {
            try sandbox.git("switch", "-q", "-c", branch, "main")
            let done = try sandbox.run("sh", "-ec", script, in: "repo")
            try #require(done.code == 0, "\(done.err)")
            try sandbox.git("add", "-A")
            try sandbox.git("commit", "-q", "--allow-empty", "-m", branch)
        }
        repository = try Repository(at: sandbox.root + "/repo")
    }

    func id(_ name: String) throws -> ObjectID { try repository.resolveCommit(name) }

    /// What git says: its tree, and whether it is clean.
    func oracle() throws -> (tree: String, isClean: Bool) {
        let bare = sandbox.root + "/bare"
        if !FileManager.default.fileExists(atPath: bare) {
            _ = try sandbox.run("git", "clone", "-q", "--bare", "repo", "bare")
        }
        let done = try sandbox.run("git", "merge-tree", "--write-tree", "ours", "theirs", in: "bare")
        return (String(done.out.prefix(40)), done.code == 0)
    }
}

@Suite struct MergeEngineTests {
    @Test(
        "gives git's verdict, and git's tree where it is clean",
        arguments: [
            (
                "edit both ends", ["a": "1\n2\n3\n4\n5\n6\n7\n8\n9\n"], "sed -i s/1/one/ a",
                "sed -i s/9/nine/ a"
            ),
            ("edit one line twice", ["a": "1\n2\n3\n"], "echo x > a", "echo y > a"),
            ("same edit", ["a": "1\n"], "echo x > a", "echo x > a"),
            ("both create a file", ["a": "1\n"], "echo x > new", "echo y > new"),
            ("both create the same file", ["a": "1\n"], "echo x > new", "echo x > new"),
            ("modify against delete", ["a": "1\n2\n3\n"], "echo x >> a", "rm a"),
            ("delete twice", ["a": "1\n", "b": "1\n"], "rm a", "rm a"),
            ("rename against edit", ["a": "1\n2\n3\n4\n5\n6\n7\n8\n"], "git mv a b", "echo 9 >> a"),
            ("rename to two names", ["a": "1\n2\n3\n4\n5\n6\n7\n8\n"], "git mv a b", "git mv a c"),
            ("a file where the other makes a folder", ["a": "1\n"], "echo x > d", "mkdir d; echo y > d/f"),
            ("exec bit against edit", ["a": "1\n"], "chmod +x a", "echo 2 >> a"),
            ("no newline at the end", ["a": "1\n2\n3\n4\n5"], "sed -i s/1/one/ a", "printf 6 >> a"),
            ("binary both", ["a": "1\n"], "printf 'a\\000b' > a", "printf 'a\\000c' > a"),
            ("folder becomes file, other adds in it", ["d/a": "1\n"], "rm -r d; echo x > d", "echo y > d/b"),
            (
                "folder renamed, other adds in it", ["d/a": "1\n2\n3\n", "d/b": "4\n5\n6\n"], "git mv d e",
                "echo y > d/c"
            ),
            ("apart", ["a": "1\n", "d/b": "1\n"], "echo x > a", "echo y > d/b"),
            ("symlink against file", ["a": "1\n"], "ln -s a l", "echo y > l"),
        ])
    func agrees(_ name: String, _ files: [String: String], _ ours: String, _ theirs: String) throws {
        let sides = try TwoSides(files, ours: ours, theirs: theirs)
        let oracle = try sides.oracle()
        let engine = try MergeEngine(sides.repository)
        let answer = try engine.merge(
            ours: sides.id("ours"), theirs: sides.id("theirs"),
            labels: MergeLabels(ours: "ours", theirs: "theirs"))
        #expect(answer.isClean == oracle.isClean, "\(name)")
        #expect(answer.tree.description == oracle.tree, "\(name)")
        #expect(try engine.conflicts(in: answer).isEmpty == oracle.isClean, "\(name)")
    }

    @Test func aConflictHasBothSidesLinesAndPlaces() throws {
        let base = (1...20).map { "line \($0)\n" }.joined()
        let sides = try TwoSides(
            ["a": base], ours: "sed -i '1i new' a; sed -i 's/^line 10$/ours/' a",
            theirs: "sed -i 's/^line 10$/theirs/' a")
        let engine = try MergeEngine(sides.repository)
        let answer = try engine.merge(ours: sides.id("ours"), theirs: sides.id("theirs"))
        #expect(!answer.isClean)
        let conflict = try #require(try engine.conflicts(in: answer).first)
        #expect(conflict.path == RepoPath("a"))
        #expect(conflict.types == ["CONFLICT (contents)"])
        let hunk = try #require(conflict.hunks.first)
        #expect(hunk.ours.lines == ["ours"])
        #expect(hunk.ours.start == 11)
        #expect(hunk.theirs.lines == ["theirs"])
        #expect(hunk.theirs.start == 10)
        #expect(hunk.base.lines == ["line 10"])
        // The tree for `resolve` shows both sides.
        try engine.store.publish()
        let entry = try #require(try sides.repository.treeEntry(RepoPath("a"), in: answer.tree))
        let text = String(decoding: try sides.repository.blob(entry.id), as: UTF8.self)
        #expect(text.contains("<<<<<<<") && text.contains("ours\n") && text.contains("theirs\n"))
    }

    @Test func unrelatedHistoriesAreRefused() throws {
        let sides = try TwoSides(["a": "1\n"], ours: "true", theirs: "true")
        try sides.sandbox.git("checkout", "-q", "--orphan", "other")
        try sides.sandbox.git("commit", "-qm", "other")
        #expect(throws: GitError.self) {
            try MergeEngine(sides.repository).merge(ours: sides.id("ours"), theirs: sides.id("other"))
        }
    }
}

@Suite struct ChangeSetTests {
    @Test func namesWhatGitNames() throws {
        let sides = try TwoSides(
            ["a": "1\n", "d/b": "1\n", "d/e/c": "1\n", "f": "1\n", "x/y": "1\n"],
            ours: "echo 2 > a; rm d/e/c; echo n > d/new; chmod +x f; rm -r x; echo z > x", theirs: "true")
        let set = try ChangeSet.between(base: sides.id("main"), tip: sides.id("ours"), in: sides.repository)
        let git = try sides.sandbox.git("diff-tree", "-r", "--no-renames", "--name-only", "main", "ours")
        #expect(set.changes.map(\.path.text) == git.split(separator: "\n").map(String.init).sorted())
        #expect(set.changes.first { $0.path.text == "d/new" }?.old == nil)
        #expect(set.changes.first { $0.path.text == "d/e/c" }?.new == nil)
        #expect(set.changes.first { $0.path.text == "f" }?.new?.mode == 0o100755)
    }
}
