import Foundation
import HybridGit
import Testing

@testable import HybridMerging

/// Conflicts as reports show them: types, versions, and the lines that do not fit together.
@Suite struct ConflictTests {
    private func conflicts(_ history: String) throws -> [Conflict] {
        let trial = try Trial(history)
        let engine = try trial.engine()
        let answer = try engine.merge(
            ours: trial.id("ours"), theirs: trial.id("theirs"),
            labels: MergeLabels(ours: "ours", theirs: "theirs"))
        return try engine.conflicts(in: answer)
    }

    @Test func hunksHaveLinesAndPlacesOnAllThreeSides() throws {
        let found = try conflicts(
            """
            commit base
              write f a1..a20
            commit ours base
              write f "new\\n" a1..a9 "ours\\n" a11..a18 "x\\n" "y\\n"
            commit theirs base
              write f a2..a9 "theirs\\n" "more\\n" a11..a18 "z\\n" a20..a20
            """)
        let conflict = try #require(found.first)
        #expect(found.count == 1)
        #expect(conflict.path == "f")
        #expect(conflict.types == ["CONFLICT (contents)"])
        func span(_ start: Int, _ lines: String...) -> Conflict.Span {
            Conflict.Span(start: start, lines: lines)
        }
        #expect(
            conflict.hunks == [
                Conflict.Hunk(base: span(1, "a1"), ours: span(1, "new", "a1"), theirs: span(1)),
                Conflict.Hunk(
                    base: span(10, "a10"), ours: span(11, "ours"), theirs: span(9, "theirs", "more")),
                Conflict.Hunk(
                    base: span(19, "a19", "a20"), ours: span(20, "x", "y"), theirs: span(19, "z", "a20")),
            ])
        #expect(
            conflict.entries.base != nil && conflict.entries.ours != nil && conflict.entries.theirs != nil)
    }

    @Test func lineEndsAreLeftOut() throws {
        let found = try conflicts(
            """
            commit base
              write f "a\\r\\nb\\r\\nc"
            commit ours base
              write f "a\\r\\nx\\r\\nc"
            commit theirs base
              write f "a\\r\\ny\\r\\nd"
            """)
        let hunks = try #require(found.first?.hunks)
        #expect(hunks.flatMap(\.ours.lines).contains("x"))
        #expect(
            hunks.flatMap { $0.base.lines + $0.ours.lines + $0.theirs.lines }.allSatisfy {
                !$0.contains("\r") && !$0.contains("\n")
            })
    }

    @Test(
        "types and versions",
        arguments: [
            (
                "both added", " write keep \"k\\n\"", " write f \"o\\n\"", " write f \"t\\n\"",
                ["f CONFLICT (contents) -ot 1"]
            ),
            (
                "changed and deleted", " write f a1..a9", " write f a1..a10", " delete f",
                ["f CONFLICT (modify/delete) bo- 0"]
            ),
            (
                "binary", " write f \"\\000b\"", " write f \"\\000o\"", " write f \"\\000t\"",
                ["f CONFLICT (binary),CONFLICT (contents) bot 0"]
            ),
            (
                // The path that it was and those that it became each have a version and the type.
                "renamed to two names", " write f a1..a9", " move f g", " move f h",
                [
                    "f CONFLICT (rename/rename) b-- 0", "g CONFLICT (rename/rename) -o- 0",
                    "h CONFLICT (rename/rename) --t 0",
                ]
            ),
            (
                "a file against a folder", " write keep \"k\\n\"", " write p \"o\\n\"", " write p/i \"t\\n\"",
                ["p~ours CONFLICT (file/directory) -o- 0"]
            ),
            (
                // No version is conflicted, and still it is not clean.
                "a folder without a clear new place", " write d/a a1..a9\n write d/b b1..b9",
                " move d/a e/a\n move d/b f/b", " write d/n \"n\\n\"",
                ["d CONFLICT(directory rename unclear split) --- 0"]
            ),
            ("nothing", " write f a1..a9", " write f a1..a10", " write g \"g\\n\"", []),
        ] as [(String, String, String, String, [String])])
    func kinds(_ name: String, _ base: String, _ ours: String, _ theirs: String, _ expected: [String]) throws
    {
        let found = try conflicts(
            "commit base\n\(base)\ncommit ours base\n\(ours)\ncommit theirs base\n\(theirs)")
        let shown = found.map { conflict in
            let versions = zip(MergeStage.allCases, "bot").map {
                conflict.entries[$0] == nil ? "-" : String($1)
            }
            .joined()
            return
                "\(conflict.path) \(conflict.types.joined(separator: ",")) \(versions) \(conflict.hunks.count)"
        }
        #expect(shown == expected, "\(name)")
    }
}
