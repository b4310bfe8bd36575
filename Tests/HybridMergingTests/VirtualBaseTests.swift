import Foundation
import HybridGit
import Testing

@testable import HybridMerging

/// Several merge bases become one: merged with each other, oldest first, conflicts and all.
@Suite struct VirtualBaseTests {
    /// Lines a1 to a9 with the fifth replaced.
    private static func file(_ word: String) -> String { "write f a1..a4 \"\(word)\\n\" a6..a9" }

    static let histories: [(String, Int, String)] = [
        (
            "two bases that agree", 2,
            """
            commit base
              write f a1..a9
            commit one base
              write f "1\\n" a2..a9
            commit two base
              write f a1..a8 "2\\n"
            commit ours one two
              take two base
              write g "g\\n"
            commit theirs two one
              take one base
              write f "1\\n" a2..a4 "5\\n" a6..a8 "2\\n"
            """
        ),
        (
            "two bases that conflict", 2,
            """
            commit base
              \(file("base"))
            commit one base
              \(file("one"))
            commit two base
              \(file("two"))
            commit ours one two
              \(file("ours"))
            commit theirs two one
              \(file("theirs"))
            """
        ),
        (
            "two bases that conflict as one side has it", 2,
            """
            commit base
              \(file("base"))
            commit one base
              \(file("one"))
            commit two base
              \(file("two"))
            commit ours one two
              write f a1..a4 "<<<<<<<<< Temporary merge branch 1\\ntwo\\n=========\\none\\n>>>>>>>>> Temporary merge branch 2\\n" a6..a9
            commit theirs two one
              \(file("theirs"))
            """
        ),
        (
            "three bases", 3,
            """
            commit base
              \(file("base"))
            commit one base
              \(file("one"))
            commit two base
              \(file("two"))
            commit three base
              write f "1\\n" a2..a9
            commit ours one two three
              \(file("ours"))
            commit theirs three two one
              \(file("theirs"))
            """
        ),
        (
            "criss-cross within criss-cross", 2,
            """
            commit base
              \(file("base"))
            commit one base
              \(file("one"))
            commit two base
              \(file("two"))
            commit left one two
              \(file("left"))
            commit right two one
              \(file("right"))
            commit ours left right
              \(file("ours"))
            commit theirs right left
              \(file("theirs"))
            """
        ),
        (
            "three bases with two bases between them", 3,
            """
            commit base
              \(file("base"))
            commit one base
              \(file("one"))
            commit two base
              \(file("two"))
            commit left one two
              \(file("left"))
            commit right two one
              \(file("right"))
            commit third base
              write h "h\\n"
            commit ours left right third
              \(file("ours"))
            commit theirs third right left
              \(file("theirs"))
            """
        ),
        (
            "bases that changed a file and took it away", 2,
            """
            commit base
              \(file("base"))
              write keep "k\\n"
            commit one base
              \(file("one"))
            commit two base
              delete f
            commit ours one two
              \(file("ours"))
            commit theirs two one
              delete f
            """
        ),
        (
            "bases of binaries", 2,
            """
            commit base
              write f "\\000base\\n"
            commit one base
              write f "\\000one\\n"
            commit two base
              write f "\\000two\\n"
            commit ours one two
              write f "\\000ours\\n"
            commit theirs two one
              write f "\\000base\\n"
            """
        ),
        (
            "bases of links, of submodules and of several kinds", 2,
            """
            commit base
              link l base
              gitlink s 1111111111111111111111111111111111111111
              write t "text\\n"
            commit one base
              link l one
              gitlink s 2222222222222222222222222222222222222222
              link t one
            commit two base
              link l two
              gitlink s 3333333333333333333333333333333333333333
              gitlink t 3333333333333333333333333333333333333333
            commit ours one two
              link l ours
              gitlink s 4444444444444444444444444444444444444444
              write t "ours\\n"
            commit theirs two one
              link l base
              gitlink s 1111111111111111111111111111111111111111
              write t "text\\n"
            """
        ),
        (
            "bases that renamed a file to two names", 2,
            """
            commit base
              \(file("base"))
            commit one base
              move f one
            commit two base
              move f two
            commit ours one two
              write one a1..a9 "more\\n"
            commit theirs two one
              write two a1..a9 "other\\n"
            """
        ),
        (
            // Inside a virtual base folder renames count for nothing.
            "bases that renamed a folder and added to it", 2,
            """
            commit base
              write d/a a1..a9
              write d/b b1..b9
            commit one base
              move d e
            commit two base
              write d/n "n\\n"
            commit ours one two
              take two base
            commit theirs two one
              write d/n "m\\n"
            """
        ),
    ]

    @Test(arguments: histories)
    func givesGitsAnswer(_ name: String, _ count: Int, _ history: String) throws {
        for style in ["merge", "diff3", "zdiff3"] {
            let trial = try Trial("config merge.conflictStyle \(style)\n" + history)
            let bases = try trial.engine().mergeBases(trial.id("ours"), trial.id("theirs"))
            #expect(bases.count == count)
            try trial.expectGitsAnswer("\(name), \(style)")
        }
    }

    @Test func theBaseShowsWhatConflictsInIt() throws {
        let trial = try Trial("config merge.conflictStyle diff3\n" + Self.histories[1].2)
        let engine = try trial.engine()
        let answer = try engine.merge(
            ours: trial.id("ours"), theirs: trial.id("theirs"), labels: MergeLabels(ours: "o", theirs: "t"))
        // Markers in the base are two longer; the older base comes first.
        let text = try #require(try trial.file("f", of: answer, in: engine))
        let start = try #require(text.range(of: "||||||| merged common ancestors\n"))
        let end = try #require(text.range(of: "\n=======\n"))
        let base = try trial.gitText("rev-parse", "--short", trial.id("base").description)
        #expect(
            text[start.upperBound..<end.lowerBound] == """
                <<<<<<<<< Temporary merge branch 1
                one
                ||||||||| \(base)
                base
                =========
                two
                >>>>>>>>> Temporary merge branch 2
                """)
    }

    @Test func mergesOfMergeBasesAreSilent() throws {
        let answer = try Trial(Self.histories[1].2).merge()
        #expect(answer.messages.map(\.type) == [.note(.autoMerging), .conflict(.contents)])
    }

    @Test func aKnownBaseIsTheSameOneAgain() throws {
        let trial = try Trial(Self.histories[4].2)
        let engine = try trial.engine()
        let format = MergeAnswer.Format(messages: true)
        let labels = MergeLabels(ours: "ours", theirs: "theirs")
        let (ours, theirs) = (try trial.id("ours"), try trial.id("theirs"))
        let first = format.bytes(try engine.merge(ours: ours, theirs: theirs, labels: labels))
        #expect(format.bytes(try engine.merge(ours: ours, theirs: theirs, labels: labels)) == first)
        // Its tree is among what was forgotten, so that it is made again.
        engine.forgetNewObjects()
        #expect(format.bytes(try engine.merge(ours: ours, theirs: theirs, labels: labels)) == first)
        try engine.store.save()
        #expect(format.bytes(try engine.merge(ours: ours, theirs: theirs, labels: labels)) == first)
    }
}
