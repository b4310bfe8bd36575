import Foundation
import HistoryGenerator
import TestSupport
import Testing

/// The generator of histories, their text form and the shrinker.
@Suite struct HistoryToolTests {
    // MARK: The text form

    @Test func aGeneratedHistoryReadsBackAsItWasWritten() throws {
        let generator = Generator(seed: 5, variesSettings: true)
        for number in 0..<400 {
            let history = generator.history(number * 7)
            #expect(try History(parsing: history.text) == history, "\(history.text)")
        }
    }

    @Test func everyStatementReadsBackAsItWasWritten() throws {
        let text = #"""
            config merge.conflictStyle zdiff3
            attribute "*.c -merge"
            meets "CONFLICT (contents): content"
            commit base
                write d/f a1..a9 "x\n" b3..b5 "no end"
                write "\303\251 \"q\"\\\n\t\r\000" ""
                exec d/f
                noexec d/f
                link l "a b"
                gitlink s 0123456789012345678901234567890123456789
            commit topic/ours base @7
                move d .
                copy f e/f
                delete s
            commit theirs base
                take topic/ours base
            merge topic/ours theirs
            merge-ids theirs base

            """#
        #expect(try History(parsing: text).text == text)
    }

    @Test func commentsAndEmptyLinesSayNothing() throws {
        let history = try History(
            parsing: "# why\n\ncommit a\n  # how\n  write f \"# no comment\\n\"\nmerge a a\n")
        #expect(history.commits == [.init("a", [], [.write("f", Array("# no comment\n".utf8))])])
    }

    @Test(arguments: [
        ("write f \"x\"\n", "line 1: write stands before any commit"),
        ("commit a\nwrite f x\n", "line 2: x is neither quoted nor a run of lines"),
        ("commit a\nwrite f a3..a1\n", "line 2: a3..a1 is neither quoted nor a run of lines"),
        ("commit a\nwrite f \"x\n", "line 2: a quote is not closed"),
        (
            "commit a\nwrite f \"\\9\"\n",
            "line 2: a backslash stands before n, t, r, \", \\ or three octal digits"
        ),
        ("commit a\nmove f\n", "line 2: a wrong number of words"),
        ("commit a\nrename f g\n", "line 2: rename is no statement"),
        ("commit a\ngitlink s 12\n", "line 2: a submodule's commit has 40 hexadecimal digits"),
        ("commit a b\n", "a has the unknown parent b"),
        ("commit a\ncommit a\n", "two commits are named a"),
        ("commit a\ncommit b\nmerge a b\n", "a and b have nothing in common"),
        ("commit a\nmerge a b\n", "a merge names the unknown commit b"),
    ])
    func aFaultIsSaid(text: String, fault: String) {
        let error = #expect(throws: HistorySyntaxError.self) { try History(parsing: text) }
        #expect(error?.description == fault)
    }

    // MARK: Trees

    @Test func whatIsInTheWayOfAPathGoes() {
        var tree = Snapshot()
        for path: Path in ["a/b/c", "a/d", "e"] { tree.apply(.write(path, [])) }
        tree.apply(.write("a/b", []))
        #expect(tree.paths == ["a/b", "a/d", "e"])
        tree.apply(.write("e/f/g", []))
        #expect(tree.paths == ["a/b", "a/d", "e/f/g"])
        #expect(tree.folders == ["a", "e", "e/f"])
    }

    @Test func foldersMoveIntoThemselvesAndToTheRoot() {
        var tree = Snapshot()
        for path: Path in ["d/a", "d/s/b"] { tree.apply(.write(path, [])) }
        tree.apply(.move("d", "d/s"))
        #expect(tree.paths == ["d/s/a", "d/s/s/b"])
        tree.apply(.move("d/s", .root))
        #expect(tree.paths == ["a", "s/b"])
        tree.apply(.move(.root, "x"))
        #expect(tree.paths == ["x/a", "x/s/b"])
        tree.apply(.move("nothing", "y"))
        #expect(tree.paths == ["x/a", "x/s/b"])
    }

    // MARK: The generator

    @Test func aSeedGivesTheSameHistories() {
        let one = (0..<50).map { Generator(seed: 9).history($0) }
        #expect(one == (0..<50).map { Generator(seed: 9).history($0) })
        #expect(one != (0..<50).map { Generator(seed: 10).history($0) })
        #expect(Set(one).count == 50)
        #expect(one.allSatisfy { $0.fault == nil })
    }

    @Test func mergeBasesAreTheYoungestCommonAncestors() {
        var history = History()
        history.commits = [
            .init("base"), .init("one", ["base"]), .init("two", ["base"]), .init("x", ["one", "two"]),
            .init("y", ["two", "one"]),
        ]
        #expect(history.mergeBases("x", "y") == ["one", "two"])
        #expect(history.mergeBases("one", "two") == ["base"])
        #expect(history.mergeBases("one", "x") == ["one"])
    }

    /// The generator is worth its time only while git meets its own rare rules in it.
    @Test func generatedHistoriesMeetEveryRule() throws {
        let generator = Generator(seed: 1)
        let histories = (0..<750).map { generator.history($0) }
        var statistics = Statistics()
        statistics.add(try Batch(histories, program: .git), of: histories)
        #expect(statistics.differing == 0)
        #expect(statistics.conflicted * 2 > statistics.merges)
        #expect(statistics.severalBases > 100)
        for kind in [
            "Auto-merging", "CONFLICT (binary)", "CONFLICT (contents): add/add",
            "CONFLICT (contents): content",
            "CONFLICT (contents): submodule", "CONFLICT (directory rename suggested)",
            "CONFLICT (distinct modes)",
            "CONFLICT (file in way of directory rename)", "CONFLICT (file/directory)",
            "CONFLICT (modify/delete)",
            "CONFLICT (rename involved in collision)", "CONFLICT (rename/delete)", "CONFLICT (rename/rename)",
            "CONFLICT (submodule not initialized)", "CONFLICT(directory rename collision)",
            "CONFLICT(directory rename unclear split)",
            "Directory rename skipped since directory was renamed on both sides",
        ] {
            #expect(statistics.kinds[kind, default: 0] > 0, "\(kind) never occurs")
        }
    }

    // MARK: Comparing and shrinking

    /// A program that is git but for what a line of shell does.
    private func standIn(_ line: String, in sandbox: Sandbox) throws -> MergeProgram {
        try sandbox.write("#!/bin/sh\n\(line)\n", to: "program")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: sandbox.root + "/program")
        return MergeProgram(newestBy: sandbox.root + "/program")
    }

    @Test func theShrinkerFindsTheOneStepThatMatters() throws {
        let sandbox = try Sandbox()
        let program = try standIn(
            "exec git -c merge.directoryRenames=false merge-tree --write-tree --stdin", in: sandbox)
        var history = try History(
            parsing: """
                commit base @3
                    write old/a a1..a9
                    write old/b b1..b9
                    write keep/one c1..c9
                    write keep/two d1..d9
                    link l keep
                commit middle base
                    write keep/one c1..c8 "middle\\n"
                commit topic/ours middle
                    write keep/three "three\\n"
                    move old new
                    exec keep/one
                commit topic/theirs middle
                    write keep/two "two\\n" d2..d9
                    write old/added e1..e9
                    delete l
                commit other topic/theirs
                merge topic/ours topic/theirs
                merge other base

                """)
        var shrinker = Shrinker(program: program)
        let small = try shrinker.shrink(history, .verdict)
        #expect(
            small.text == """
                commit base
                    write b/a "x\\n"
                commit ours base
                    move b c
                commit theirs base
                    write b/d ""
                merge ours theirs

                """, "\(small.text)")
        #expect(try explanation(of: small, program: program).contains("# - conflicts\n"))

        history.merges = [.init("other", "base")]
        #expect(try shrinker.shrink(history, .verdict) == history, "what does not differ stays as it is")
    }

    @Test func aProgramThatDiesLeavesOnlyItsOwnPairOut() throws {
        let sandbox = try Sandbox()
        let program = try standIn(
            """
            while read -r one other; do
                case $one in *c) exit 3 ;; esac
                echo "$one $other" | git merge-tree --write-tree --stdin
            done
            """, in: sandbox)
        let generator = Generator(seed: 3)
        let histories = (0..<40).map { generator.history($0) }
        let batch = try Batch(histories, program: program)
        let silent = batch.comparisons.filter { $0.git != nil && $0.program == nil }
        #expect(!silent.isEmpty)
        #expect(silent.allSatisfy { $0.difference == .noAnswer && $0.complaint?.hasPrefix("exit 3") == true })
        #expect(batch.comparisons.allSatisfy { $0.difference == nil || $0.difference == .noAnswer })
    }
}
