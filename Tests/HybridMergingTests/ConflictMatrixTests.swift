import Foundation
import HistoryGenerator
import HybridGit
import HybridMerging
import TestSupport
import Testing

/// Conflict matrices against git's merges of every pair.
@Suite struct ConflictMatrixTests {
    /// `histories --matrix` goes on for as long as one likes.
    @Test(arguments: 0..<12)
    func everyPairOfAGeneratedHistoryIsAsMergingItSays(batch: Int) throws {
        let generator = Generator(seed: 20_28, variesSettings: true)
        let first = batch * Generator.batchSize
        let histories = (first..<first + min(draws(10), Generator.batchSize)).map {
            batch % 2 == 0 ? generator.crew($0) : generator.history($0)
        }
        let made = try MatrixBatch(histories, engines: 1 + batch % 4)
        #expect(made.matrices == 4 * histories.count)
        #expect(made.conflicted > 0 && made.conflicted < made.pairs)
        guard let difference = made.differences.first else { return }
        let small = try histories[difference.history].smallestDifferingMatrix(limit: 600)
        Issue.record(
            "\(made.differences.count) differ; history \(first + difference.history):\n\(difference)\n\(small.text)"
        )
    }

    /// Small histories of `base`, `ours` and `theirs`, and whether the last two conflict.
    @Test(arguments: [
        ("apart", "write a a1..a9", "write x \"x\\n\"", "write y \"y\\n\"", false),
        ("free names that are taken", "", "link a \"b\"", "write a \"x\\n\"\nwrite a~theirs \"y\\n\"", true),
        ("a link for a file against an edit", "write a a1..a9", "link a \"b\"", "write a a1..a8", true),
        (
            "a submodule for a file against an edit", "write a a1..a9", "gitlink a \(commit)",
            "write a a1..a8", true
        ),
        (
            "a submodule for a folder against an add", "write d/a a1..a9", "delete d\ngitlink d \(commit)",
            "write d/b b1..b9", true
        ),
        (
            "two names of one hash", "write 8yn0iYCKYHlIj4-BwPqk a1..a9\nwrite GReLUrM4wMqfg9yzV3KQ b1..b9",
            "write 8yn0iYCKYHlIj4-BwPqk a2..a9\nwrite GReLUrM4wMqfg9yzV3KQ b2..b9",
            "write GReLUrM4wMqfg9yzV3KQ \"x\\n\" b3..b9",
            true
        ),
        (
            "the other name of one hash",
            "write 8yn0iYCKYHlIj4-BwPqk a1..a9\nwrite GReLUrM4wMqfg9yzV3KQ b1..b9",
            "write GReLUrM4wMqfg9yzV3KQ b2..b9", "write 8yn0iYCKYHlIj4-BwPqk a1..a8", false
        ),
        ("the same edit", "write a a1..a9", "write a a1..a8", "write a a1..a8", false),
        ("the same rename", "write a a1..a9", "move a b", "move a b", false),
        ("two renames to one name", "write a a1..a9\nwrite b b1..b9", "move a c", "move b c", true),
        ("a rename onto what the other adds", "write a a1..a9", "move a c", "write c x1..x9", true),
        ("a rename against an edit", "write a a1..a9", "move a c", "write a a1..a8", false),
        ("a rename against a deletion", "write a a1..a9", "move a c", "delete a", true),
        (
            "a renamed folder against an add", "write d/a a1..a9\nwrite d/b b1..b9", "move d e",
            "write d/c c1..c9", true
        ),
        (
            "a folder renamed to the root", "write d/a a1..a9\nwrite d/b b1..b9\nwrite k k1..k9", "move d .",
            "write d/c c1..c9", true
        ),
        (
            "an inner folder renamed", "write d/s/a a1..a9\nwrite d/s/b b1..b9\nwrite d/k k1..k9",
            "move d/s e", "write d/s/c c1..c9", true
        ),
        (
            "a rename into a folder that the other renamed",
            "write d/a a1..a9\nwrite d/b b1..b9\nwrite x x1..x9", "move d e", "move x d/x", true
        ),
        ("a folder deleted against an add", "write d/a a1..a9", "delete d", "write d/c c1..c9", false),
        (
            "an add beside a folder that the other renamed", "write d/s/a a1..a9\nwrite d/k k1..k9",
            "move d/s d/t", "write d/c c1..c9", false
        ),
        (
            "a file for a folder against an add in it", "write d/a a1..a9", "delete d\nwrite d \"x\\n\"",
            "write d/c c1..c9", true
        ),
        (
            "a file where the other adds a folder", "write k k1..k9", "write d \"x\\n\"",
            "write d/s/c c1..c9", true
        ),
        (
            "a folder for a file against an edit", "write d a1..a9", "delete d\nwrite d/a a1..a9",
            "write d a1..a8", false
        ),
        ("the bit against an edit", "write a a1..a9", "exec a", "write a a1..a8", false),
        ("names that differ in case", "write k k1..k9", "write README a1..a9", "write readme b1..b9", false),
        ("deleted by both", "write a a1..a9\nwrite k k1..k9", "delete a", "delete a", false),
        (
            "everything deleted against an add at the root", "write a a1..a9\nwrite b b1..b9",
            "delete a\ndelete b", "write c c1..c9", false
        ),
    ])
    func aCaseIsAsMergingItSays(name: String, base: String, ours: String, theirs: String, conflicts: Bool)
        throws
    {
        for setting in ["", "config merge.directoryRenames false\n", "config merge.renameLimit 1\n"] {
            let history = try History(
                parsing:
                    "\(setting)commit base\n\(base)\ncommit ours base\n\(ours)\ncommit theirs base\n\(theirs)\nmerge ours theirs\n"
            )
            let batch = try MatrixBatch([history], engines: 1)
            #expect(batch.differences.isEmpty, "\(name), \(setting): \(batch.differences)")
            // One pair, both ways round; the base goes with everything.
            if setting.isEmpty { #expect(batch.conflicted == (conflicts ? 2 : 0), "\(name)") }
        }
    }

    private static let commit = "1234567890123456789012345678901234567890"

    // MARK: What it says beside the verdict

    private func matrix(_ sandbox: Sandbox, _ names: [String], base: String? = nil) throws -> ConflictMatrix {
        let path = sandbox.root + "/repo"
        let repository = try Repository(at: path)
        return try ConflictMatrix.make(
            names.map { ConflictMatrix.Branch(name: $0, tip: try repository.resolveCommit($0)) },
            base: base.map(repository.resolveCommit),
            with: MergeCrew(2) { try MergeEngine(Repository(at: path)) })
    }

    private func branch(_ sandbox: Sandbox, _ name: String, from start: String, _ files: [String: String])
        throws
    {
        try sandbox.git("switch", "-q", "-c", name, start)
        for (path, text) in files { try sandbox.write(text, to: "repo/" + path) }
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-q", "--allow-empty", "-m", name)
    }

    @Test func pairsThatTouchCleanlyAreSaidApart() throws {
        let sandbox = try Sandbox()
        let text = (1...20).map { "\($0)\n" }.joined()
        try sandbox.repository(["a": text, "b": text])
        try branch(sandbox, "top", from: "main", ["a": "x\n" + text])
        try branch(sandbox, "end", from: "main", ["a": text + "y\n"])
        try branch(sandbox, "other", from: "main", ["a": text + "z\n", "b": "b\n"])
        try branch(sandbox, "free", from: "main", ["c": "c\n"])
        let names = ["top", "end", "other", "free"]
        let found = try matrix(sandbox, names)
        #expect(found.pairs.map { [$0.ours, $0.theirs] } == [[1, 2]])
        #expect(found.pairs.map { $0.conflicts.map(\.path) } == [[RepoPath("a")]])
        #expect(found.touching.map { [$0.ours, $0.theirs] } == [[0, 1], [0, 2]])
        #expect(found.touching.map(\.shared) == [[RepoPath("a")], [RepoPath("a")]])
        #expect(found.neighbours == [[], [2], [1], []])
        let main = try ObjectID(hex: sandbox.git("rev-parse", "main"))
        #expect(found.branches.map(\.base) == [main, main, main, main])
        #expect(try matrix(sandbox, names, base: "top").pairs == found.pairs)
    }

    @Test func emptyFoldersMeetNobody() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "a\n"])
        let blob = try sandbox.git("rev-parse", "main:a")
        let empty = try sandbox.git("mktree", input: Data())
        func commit(_ name: String, _ lines: [String]) throws {
            let tree = try sandbox.git("mktree", input: Data(lines.map { $0 + "\n" }.joined().utf8))
            try sandbox.git("branch", name, sandbox.git("commit-tree", "-p", "main", "-m", name, tree))
        }
        try commit("empty", ["100644 blob \(blob)\ta", "040000 tree \(empty)\td"])
        try commit("file", ["100644 blob \(blob)\ta", "100644 blob \(blob)\td"])
        try commit("link", ["100644 blob \(blob)\ta", "120000 blob \(blob)\td"])
        try commit("nothing", [])
        let names = ["empty", "file", "link", "nothing"]
        let found = try matrix(sandbox, names)
        for (one, ours) in names.enumerated() {
            for (two, theirs) in names.enumerated() where one < two {
                let merged = try sandbox.run("git", "merge-tree", "--write-tree", ours, theirs, in: "repo")
                #expect(
                    (merged.code == 0) == !found.pairs.contains { $0.ours == one && $0.theirs == two },
                    "\(ours) and \(theirs)")
            }
        }
        #expect(found.pairs.count == 1)
    }

    /// Enough small files for reading ahead, whose versions lie in packs as changes of one another, or loose, or both.
    @Test(arguments: ["loose", "half", "packed"])
    func manyWorkersOnTheSameFiles(place: String) throws {
        let sandbox = try Sandbox()
        try sandbox.git("init", "-q", "-b", "main", "repo", in: ".")
        var state = UInt64(3)
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        func text(_ file: Int, _ edit: (line: Int, by: Int)? = nil) -> String {
            // One is beyond what is read ahead.
            (0..<(file == 0 ? 900 : 25)).map { line in
                edit?.line == line ? "by \(edit?.by ?? 0)\n" : "line \(line) of \(file * line % 61)\n"
            }.joined()
        }
        func put(_ file: Int, _ text: String) -> String {
            "M 100644 inline d\(file % 7)/f\(file)\ndata \(text.utf8.count)\n\(text)\n"
        }
        var stream = "commit refs/heads/main\nmark :1\ncommitter T <t@t> 1 +0000\ndata 1\nx\n"
        for file in 0..<60 { stream += put(file, text(file)) }
        let names = (0..<24).map { "w\($0)" }
        func worker(_ number: Int) {
            stream += "commit refs/heads/w\(number)\ncommitter T <t@t> 2 +0000\ndata 1\nx\nfrom :1\n"
            for file in [0] + (0..<8).map({ _ in 1 + next(59) }) {
                stream += put(file, text(file, (file == 0 ? number * 30 : next(25), number)))
            }
        }
        for number in 0..<12 { worker(number) }
        let unpacked = place == "loose" ? "100000" : "0"
        func take() throws {
            try sandbox.git(
                "-c", "fastimport.unpackLimit=\(unpacked)", "fast-import", "--quiet",
                "--export-marks=.git/marks",
                "--import-marks-if-exists=.git/marks", input: Data(stream.utf8))
            stream = ""
        }
        try take()
        if place != "loose" { try sandbox.git("repack", "-adfq") }
        for number in 12..<24 { worker(number) }
        if place == "half" {
            try sandbox.git(
                "-c", "fastimport.unpackLimit=100000", "fast-import", "--quiet",
                "--import-marks=.git/marks", input: Data(stream.utf8))
        } else {
            try take()
            if place == "packed" { try sandbox.git("repack", "-adfq") }
        }
        let pairs = names.indices.flatMap { a in names.indices[(a + 1)...].map { (a, $0) } }
        let asked = pairs.map { "\(names[$0]) \(names[$1])\n" }.joined()
        let git = try sandbox.run(
            "sh", "-c",
            "while read a b; do if git merge-tree --write-tree $a $b >/dev/null; then echo; else echo $a $b; fi; done",
            in: "repo", input: Data(asked.utf8)
        ).out.split(separator: "\n").map(String.init)
        let found = try matrix(sandbox, names, base: "main")
        #expect(found.pairs.map { "\(names[$0.ours]) \(names[$0.theirs])" } == git)
        #expect(
            !git.isEmpty && git.count < pairs.count && found.pairs.count + found.touching.count == pairs.count
        )
    }

    @Test func unrelatedHistoriesAreNamed() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "a\n"])
        try branch(sandbox, "one", from: "main", ["b": "b\n"])
        try sandbox.git("switch", "-q", "--orphan", "alone")
        try sandbox.git("commit", "-q", "--allow-empty", "-m", "alone")
        let error = #expect(throws: GitError.self) { try matrix(sandbox, ["main", "one", "alone"]) }
        #expect(error?.description == "compare main and alone: the histories have no common commit")
    }

    @Test func noBranchAndOneBranchHaveNoPairs() throws {
        let sandbox = try Sandbox()
        try sandbox.repository(["a": "a\n"])
        #expect(try matrix(sandbox, []).pairs.isEmpty)
        #expect(try matrix(sandbox, ["main"]).pairs.isEmpty)
        #expect(try matrix(sandbox, ["main", "main"], base: "main").touching.isEmpty)
    }
}
