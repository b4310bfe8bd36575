import HybridGit
import Testing

@testable import HybridMerging

/// Where the files of folders went, counted.
@Suite struct FolderMovesTests {
    /// The counts that one rename adds, as `old > new`.
    private func counted(
        _ source: String, _ target: String, _ removed: [RepoPath: FolderRelevance]
    ) -> [String] {
        var moves = FolderMoves()
        moves.count(from: RepoPath(source), to: RepoPath(target), removed: removed)
        return moves.counts.flatMap { folder, targets in
            targets.ordered.map { "\(folder) > \($0.key) \($0.value)" }
        }.sorted()
    }

    @Test(
        "a rename counts for its folder, and above while the names below stay",
        arguments: [
            ("d/x", "e/x", ["d": .forSelf], ["d > e 1"]),
            ("d/x", "e/y", ["d": .forSelf], ["d > e 1"]),
            // The folder is still there: nothing is counted.
            ("d/x", "e/x", [:], []),
            ("x", "e/x", ["": .forSelf], [" > e 1"]),
            ("d/x", "x", ["d": .forSelf], ["d >  1"]),
            // git's own example: a/b/c/d/e/f that becomes a/b/some/thing/e/f.
            (
                "a/b/c/d/e/f", "a/b/some/thing/e/f",
                ["a/b/c/d/e": .forSelf, "a/b/c/d": .forSelf, "a/b/c": .forSelf, "a/b": .forSelf],
                ["a/b/c/d > a/b/some/thing 1", "a/b/c/d/e > a/b/some/thing/e 1"]
            ),
            // Folders above count only where a new file makes their own place matter.
            (
                "a/b/f", "z/b/f", ["a/b": .forAncestor, "a": .forAncestor], ["a/b > z/b 1"]
            ),
            ("a/b/f", "z/b/f", ["a/b": .forAncestor, "a": .forSelf], ["a > z 1", "a/b > z/b 1"]),
            // One that matters to nobody ends the way up.
            ("a/b/f", "z/b/f", ["a/b": .none, "a": .forSelf], ["a/b > z/b 1"]),
            ("a/b/f", "z/b/f", ["a": .forSelf], []),
        ] as [(String, String, [RepoPath: FolderRelevance], [String])])
    func counts(
        _ source: String, _ target: String, _ removed: [RepoPath: FolderRelevance], _ expected: [String]
    ) {
        #expect(counted(source, target, removed) == expected, "\(source) > \(target)")
    }

    /// Moves out of the folder `d`, so many to each place; "?" for files that are not found yet.
    private func moves(_ counts: [(String, Int)]) -> FolderMoves {
        var moves = FolderMoves()
        for (place, count) in counts {
            for number in 0..<count {
                if place == "?" {
                    moves.countUnknown(in: "d")
                } else {
                    moves.count(
                        from: RepoPath("d/\(number)"), to: RepoPath("\(place)/\(number)"),
                        removed: ["d": .forSelf])
                }
            }
        }
        return moves
    }

    @Test(
        "whether what is still looked for can change the place of most",
        arguments: [
            ([("e", 1)], true), ([("e", 2), ("f", 1)], true), ([("e", 1), ("f", 1)], false),
            ([("e", 1), ("?", 1)], false), ([("e", 2), ("?", 1)], true),
            ([("e", 3), ("f", 1), ("?", 2)], false),
            ([("e", 4), ("f", 1), ("?", 2)], true), ([("f", 1), ("e", 4), ("g", 3)], true),
            ([("f", 3), ("e", 4), ("?", 1)], false), ([("?", 2)], false), ([], false),
        ] as [([(String, Int)], Bool)])
    func settled(_ counts: [(String, Int)], _ isSettled: Bool) {
        #expect(moves(counts).isSettled("d") == isSettled, "\(counts)")
    }

    @Test func guessesAreThePlaceOfMost() {
        #expect(moves([("e", 1), ("f", 2)]).guesses == ["d": "f"])
        #expect(FolderMoves().guesses.isEmpty && FolderMoves().isEmpty)
    }

    @Test func whatIsLeftLeavesOutTheUnknownAndTheIrrelevant() {
        let moves = moves([("e", 2), ("?", 3)])
        #expect(moves.final(removed: ["d": .forSelf]) == ["d": ["e": 2]])
        #expect(moves.final(removed: ["d": .forAncestor]) == ["d": ["e": 2]])
        #expect(moves.final(removed: ["d": .none]) == [:])
        #expect(moves.final(removed: [:]) == [:])
    }
}

/// Which folders count as renamed, and what that does to a path.
@Suite struct FolderRenamesTests {
    private func folders(
        _ ours: [RepoPath: [RepoPath: Int]], _ theirs: [RepoPath: [RepoPath: Int]] = [:],
        isWanted: Bool = true
    ) -> FolderRenames { FolderRenames(PerSide(ours: ours, theirs: theirs), isWanted: isWanted) }

    @Test func mostFilesDecide() {
        let renames = folders(["d": ["e": 2, "f": 1], "x": ["y": 1, "z": 1], "n": [:]], ["q": ["r": 1]])
        #expect(renames.moved.ours == ["d": "e"])
        #expect(renames.moved.theirs == ["q": "r"])
        #expect(renames.unclear.ours == ["x"])
        #expect(renames.unclear.theirs == [])
    }

    @Test func aFolderThatBothSidesRenamedCountsForNeither() {
        let renames = folders(["d": ["e": 1], "k": ["l": 1]], ["d": ["f": 1]])
        #expect(renames.moved.ours == ["k": "l"])
        #expect(renames.moved.theirs == [:])
    }

    @Test func nothingCountsWhereItIsNotWanted() {
        let renames = folders(["d": ["e": 1], "x": ["y": 1, "z": 1]], isWanted: false)
        #expect(renames.moved.ours.isEmpty && renames.unclear.ours.isEmpty)
    }

    @Test(
        arguments: [
            ("a/b/c/f", "a/b/c", "p"), ("a/b/f", "a", "q"), ("a/f", "a", "q"), ("a", nil, nil),
            ("b/f", nil, nil),
            ("ab/f", nil, nil),
        ] as [(String, String?, String?)])
    func theNearestRenamedFolderAboveIsFound(_ path: String, _ old: String?, _ new: String?) {
        let found = folders(["a": ["q": 1], "a/b/c": ["p": 1]]).renamed(above: RepoPath(path), by: .ours)
        #expect(found?.old.text == old)
        #expect(found?.new.text == new)
        #expect(folders(["a": ["q": 1]]).renamed(above: RepoPath(path), by: .theirs) == nil)
    }
}

/// The rules of folder renames in whole merges, each with git's answer.
@Suite struct FolderRenameMergeTests {
    /// `ours` moves the folder `d` of the files a, b, c; `theirs` does something in it.
    private static func history(_ ours: String, _ theirs: String, _ setting: String = "") -> String {
        let base =
            "commit base\n  write d/a a1..a9\n  write d/b b1..b9\n  write d/c c1..c9\n  write keep \"k\\n\"\n"
        return setting + "\n" + base + "commit ours base\n" + ours + "\ncommit theirs base\n" + theirs + "\n"
    }

    @Test(
        "kinds",
        arguments: [
            ("added into it", "move d e", "write d/n \"n\\n\"", [.conflict(.directoryRenameSuggested)]),
            // Only a file directly in the folder asks where it went.
            ("added below it", "move d e", "write d/n/m \"n\\n\"", []),
            ("renamed into it", "move d e", "move keep d/k", [.conflict(.directoryRenameSuggested)]),
            ("edited in it", "move d e", "write d/a a1..a10", []),
            (
                // The folder is still there on our side: not renamed.
                "one file stays", "move d/a e/a\nmove d/b e/b", "write d/n \"n\\n\"", []
            ),
            (
                "no majority", "move d/a e/a\nmove d/b f/b\ndelete d/c", "write d/n \"n\\n\"",
                [.conflict(.directoryRenameSplit)]
            ),
            (
                "the new place is taken", "move d e", "write d/n \"n\\n\"\nwrite e/n \"other\\n\"",
                [.conflict(.directoryRenameFileInWay)]
            ),
            (
                "both renamed it", "move d e", "move d f\nwrite f/n \"n\\n\"", [.conflict(.renameRename)]
            ),
        ] as [(String, String, String, [MergeMessageType])])
    func kinds(_ name: String, _ ours: String, _ theirs: String, _ types: [MergeMessageType]) throws {
        for setting in ["", "config merge.directoryRenames true", "config merge.directoryRenames false"] {
            let trial = try Trial(Self.history(ours, theirs, setting))
            let answer = try trial.expectGitsAnswer("\(name), \(setting)")
            if setting == "" { #expect(Set(answer.messages.map(\.type)) == Set(types), "\(name)") }
        }
    }

    @Test func theSettingDecidesWhatIsDone() throws {
        func answer(_ renames: MergeOptions.DirectoryRenames) throws -> (MergeAnswer, String?, String?) {
            let trial = try Trial(Self.history("move d e", "write d/n \"n\\n\""))
            let engine = try trial.engine { $0.directoryRenames = renames }
            let answer = try engine.merge(ours: trial.id("ours"), theirs: trial.id("theirs"))
            return (
                answer, try trial.file("d/n", of: answer, in: engine),
                try trial.file("e/n", of: answer, in: engine)
            )
        }
        let left = try answer(.ignore)
        #expect(left.0.isClean && left.1 == "n\n" && left.2 == nil)
        let suggested = try answer(.suggest)
        #expect(!suggested.0.isClean && suggested.1 == nil && suggested.2 == "n\n")
        #expect(suggested.0.conflicted.map(\.path) == ["e/n"])
        let moved = try answer(.apply)
        #expect(moved.0.isClean && moved.1 == nil && moved.2 == "n\n")
        #expect(moved.0.messages.map(\.type) == [.note(.directoryRenameApplied)])
    }

    @Test func twoPathsToOnePlaceCollide() throws {
        let answer = try Trial(
            """
            commit base
                write d/a a1..a9
                write d/b b1..b9
                write f/p p1..p9
                write f/q q1..q9
            commit ours base
                move d e
                move f e
            commit theirs base
                write d/n "1\\n"
                write f/n "2\\n"
            """
        ).expectGitsAnswer()
        #expect(answer.messages.map(\.type) == [.conflict(.directoryRenameCollision)])
        #expect(answer.messages[0].paths == ["e/n", "d/n", "f/n"])
    }

    @Test func aRenameOfTheNewPlaceIsNotFollowed() throws {
        // d became e on our side; their side renamed e itself, so that nobody's file is moved twice.
        let answer = try Trial(
            """
            commit base
                write d/a a1..a9
                write d/b b1..b9
                write e/p p1..p9
                write e/q q1..q9
            commit ours base
                move d/a e/a
                move d/b e/b
                write e/n "n\\n"
            commit theirs base
                move e f
                write d/n "n\\n"
            """
        ).expectGitsAnswer()
        #expect(answer.messages.contains { $0.type == .note(.directoryRenameSkipped) })
    }
}
